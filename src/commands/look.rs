//! Looking into the store from a command: what that takes, and how it is shown.

use jiff::tz::TimeZone;

use crate::config::Settings;
use crate::error::Failure;
use crate::host::Host;
use crate::render::failure::notice_line;
use crate::store::Store;
use crate::store::listing;
use crate::text::style::ColorDepth;

/// The store, and the screen it is shown on.
pub(super) struct Look<'a> {
    pub(super) host: &'a Host,
    pub(super) settings: Settings,
    pub(super) store: Store,
}

impl<'a> Look<'a> {
    pub(super) fn new(host: &'a Host, settings: Settings) -> Result<Look<'a>, Failure> {
        let (store, notices) = Store::open(&settings.paths.data)?;
        for notice in notices.iter().chain(&settings.notices).filter(|_| !settings.quiet) {
            super::chat::put(&notice_line(notice, settings.lang(), host.columns_of_stderr()));
        }
        Ok(Look { host, settings, store })
    }

    /// How lists of conversations look on the terminal.
    pub(super) fn list(&self) -> listing::Look {
        listing::Look {
            columns: usize::from(self.host.window().0),
            is_colored: match self.settings.text("color").as_str() {
                "always" => true,
                "never" => false,
                _ => self.host.color_depth() > ColorDepth::None,
            },
            now: jiff::Timestamp::now().as_millisecond(),
            zone: TimeZone::system(),
            lang: self.settings.lang(),
        }
    }
}
