//! The stored conversations as a command reads and lists them.

use jiff::tz::TimeZone;

use super::look::Look;
use crate::cli::Globals;
use crate::config::Settings;
use crate::error::Failure;
use crate::host::Host;
use crate::i18n::UiText;
use crate::store::Store;
use crate::store::listing;
use crate::term::ui::Ui;

/// The store, and the screen its lists are shown on.
pub struct StoreView<'a> {
    pub host: &'a Host,
    pub settings: Settings,
    pub ui: Ui,
    pub store: Store,
}

/// Opens the store that the settings name and does `work` with it.
pub fn with_store(
    host: &Host,
    globals: &Globals,
    mut work: impl FnMut(StoreView<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let settings = Settings::resolve(host, globals, None)?;
    let ui = super::ui(host, &settings);
    let notice = |notice: &UiText| ui.notice(notice);
    settings.notices.iter().for_each(notice);
    Store::with(&settings.paths.data, notice, |store| {
        let settings = settings.clone();
        work(StoreView {
            host,
            settings,
            ui,
            store,
        })
    })
}

impl StoreView<'_> {
    /// What decides how text looks on the terminal. That was not asked for its background.
    pub fn look(&self) -> Look<'_> {
        Look {
            host: self.host,
            settings: &self.settings,
            background: None,
        }
    }

    /// How a list of conversations with these ids looks on the terminal.
    pub fn list_style(&self, ids: impl IntoIterator<Item: AsRef<str>>) -> Result<listing::ListStyle, Failure> {
        Ok(listing::ListStyle {
            columns: self.ui.line_columns(self.host.window().0.into()),
            is_colored: self.look().is_styled(true),
            now: crate::host::now(),
            zone: TimeZone::system(),
            lang: self.settings.lang(),
            ends: self.store.id_ends(ids)?,
        })
    }
}
