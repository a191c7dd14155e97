//! Looking into the store from a command: what that takes, and how it is shown.

use jiff::tz::TimeZone;
use stream_markdown::ColorDepth;

use crate::cli::{Globals, When};
use crate::config::Settings;
use crate::error::Failure;
use crate::host::Host;
use crate::i18n::UiText;
use crate::render::failure::notice_line;
use crate::store::Store;
use crate::store::listing;

/// The store, and the screen it is shown on.
pub(super) struct Look<'a> {
    pub(super) host: &'a Host,
    pub(super) settings: Settings,
    pub(super) store: Store,
}

/// Does `work` in the store that the settings name.
pub(super) fn look(
    host: &Host,
    globals: &Globals,
    mut work: impl FnMut(Look<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let settings = Settings::resolve(host, globals, None)?;
    let tell = |told: &UiText| {
        if !settings.quiet {
            super::chat::put(&notice_line(told, settings.lang(), host.columns_of_stderr()));
        }
    };
    settings.notices.iter().for_each(tell);
    Store::with(&settings.paths.data, tell, |store| {
        let settings = settings.clone();
        work(Look { host, settings, store })
    })
}

impl Look<'_> {
    /// How lists of conversations look on the terminal.
    pub(super) fn list(&self) -> listing::ListStyle {
        listing::ListStyle {
            columns: usize::from(self.host.window().0),
            is_colored: match self.settings.color.value {
                When::Always => true,
                When::Never => false,
                When::Auto => self.host.color_depth() > ColorDepth::None,
            },
            now: crate::host::now(),
            zone: TimeZone::system(),
            lang: self.settings.lang(),
        }
    }
}
