//! What is waited for, as it is told on a terminal.

use std::time::Duration;

use stream_markdown::width;

use super::footer::FooterRow;
use crate::i18n::UiText;
use crate::i18n::duration::seconds;
use crate::i18n::lang::Lang;
use crate::tr;

/// A fast answer needs no sign of waiting.
const SHOWN_AFTER: Duration = Duration::from_millis(200);
/// In the middle of an answer, short silences are usual.
const SHOWN_AMID_AFTER: Duration = Duration::from_secs(2);
/// How often it is told where nothing is drawn twice.
const TOLD_EACH: Duration = Duration::from_secs(10);

/// The time that each sign of activity is shown.
const PACE: Duration = Duration::from_millis(100);
const SIGNS: &[&str] = &["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const ASCII_SIGNS: &[&str] = &["|", "/", "-", "\\"];

/// A silence of the server.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Silence {
    /// How long it has lasted.
    lasted: Duration,
    /// How many times it has been told.
    told: u32,
}

impl Silence {
    /// Follows the time that has passed since the last event.
    pub(super) fn follow(&mut self, lasted: Duration) {
        self.lasted = lasted;
    }

    /// `⠏ waiting 4 s · Ctrl-C stops`, when it is time for that.
    pub(super) fn row(self, is_amid: bool, columns: u16, is_ascii: bool, lang: Lang) -> Option<FooterRow> {
        let after = if is_amid { SHOWN_AMID_AFTER } else { SHOWN_AFTER };
        if self.lasted < after {
            return None;
        }
        let (signs, dot) = if is_ascii { (ASCII_SIGNS, "-") } else { (SIGNS, "·") };
        let beat = usize::try_from(self.lasted.as_millis() / PACE.as_millis()).unwrap_or(0);
        let what = match self.lasted.as_secs() {
            0 => tr!("waiting"),
            whole => tr!("waiting {}", seconds(Duration::from_secs(whole))),
        };
        let head = format!("{} {}", signs[beat % signs.len()], what.localize(lang));
        let whole = format!("{head} {dot} {}", tr!("Ctrl-C stops").localize(lang));
        let fits = width::of(&whole) < usize::from(columns);
        Some(FooterRow::dim(if fits { &whole } else { &head }))
    }

    /// The same as a sentence, each time it is due.
    pub(super) fn sentence(&mut self) -> Option<UiText> {
        let due = u32::try_from(self.lasted.as_secs() / TOLD_EACH.as_secs()).unwrap_or(u32::MAX);
        if due <= self.told {
            return None;
        }
        self.told = due;
        let lasted = Duration::from_secs(self.lasted.as_secs());
        Some(tr!("still waiting after {}; Ctrl-C stops", seconds(lasted)))
    }
}
