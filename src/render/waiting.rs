//! What is waited for, as a terminal shows it.

use std::time::Duration;

use stream_markdown::width;

use super::footer::FooterRow;
use crate::i18n::UiText;
use crate::i18n::duration::seconds;
use crate::i18n::lang::Lang;
use crate::tr;
use qwen_api::{Error, Notice};

/// A fast answer needs no sign of waiting.
const SHOWN_AFTER: Duration = Duration::from_millis(200);
/// In the middle of an answer, short silences are usual.
const SHOWN_AMID_AFTER: Duration = Duration::from_secs(2);
/// The time between two messages about a wait, where no line is redrawn.
const TOLD_EACH: Duration = Duration::from_secs(10);

/// The time that each sign of activity is shown.
pub const PACE: Duration = Duration::from_millis(100);
pub const SIGNS: &[&str] = &["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
pub const ASCII_SIGNS: &[&str] = &["|", "/", "-", "\\"];

/// A retry that is waited for.
#[derive(Clone, Debug)]
pub struct Retry {
    /// Counted from 1.
    number: u32,
    /// How many there are at most, where their number is what limits them.
    most: Option<u32>,
    /// From the failure to the retry.
    wait: Duration,
    /// Why it is needed, in a few words.
    reason: UiText,
}

impl Retry {
    /// The retry that a notice is about; `reason` is what to say about its error.
    pub fn of(notice: &Notice, reason: impl FnOnce(&Error) -> UiText) -> Option<Retry> {
        match notice {
            Notice::Retrying {
                error,
                retry,
                most,
                wait,
                ..
            } => Some(Retry {
                number: *retry,
                most: *most,
                wait: *wait,
                reason: reason(error),
            }),
            _ => None,
        }
    }

    /// `retry 2 of 3`.
    fn name(&self) -> UiText {
        match self.most {
            Some(most) => tr!("retry {} of {}", self.number, most),
            None => tr!("retry {}", self.number),
        }
    }

    /// `retry 2 of 3 in 4 s: rate limit`.
    pub fn announcement(&self) -> UiText {
        tr!("{}: {}", self.countdown(Duration::ZERO), self.reason.clone())
    }

    /// `retry 2 of 3 in 4 s`, so long after the failure.
    fn countdown(&self, passed: Duration) -> UiText {
        let left = self.wait.saturating_sub(passed).as_millis().div_ceil(1000);
        let left = seconds(Duration::from_secs(u64::try_from(left).unwrap_or(u64::MAX)));
        match self.most {
            Some(most) => tr!("retry {} of {} in {}", self.number, most, left),
            None => tr!("retry {} in {}", self.number, left),
        }
    }
}

/// The wait for the next event.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting {
    /// How long it has lasted.
    lasted: Duration,
    /// How many times it has been told.
    told: u32,
    /// What it is for, where it is not the server alone.
    retry: Option<Retry>,
}

impl Waiting {
    pub(super) fn for_retry(retry: &Retry) -> Waiting {
        Waiting {
            retry: Some(retry.clone()),
            ..Waiting::default()
        }
    }

    pub(super) fn is_for_retry(&self) -> bool {
        self.retry.is_some()
    }

    /// Follows the time that has passed since the last event.
    pub(super) fn follow(&mut self, lasted: Duration) {
        self.lasted = lasted;
    }

    /// `⠏ waiting 4 s · Ctrl-C stops` when it is time for that, or the countdown of a retry; as much of it as fits.
    pub(super) fn row(&self, is_amid: bool, columns: u16, is_ascii: bool, lang: Lang) -> Option<FooterRow> {
        let dot = if is_ascii { "-" } else { "·" };
        let (head, tail) = match &self.retry {
            Some(retry) if self.lasted < retry.wait => {
                (retry.countdown(self.lasted).localize(lang), retry.reason.localize(lang))
            }
            Some(retry) => {
                let since = self.lasted.saturating_sub(retry.wait);
                let waiting = waiting(since, is_ascii, lang);
                (
                    format!("{waiting} {dot} {}", retry.name().localize(lang)),
                    String::new(),
                )
            }
            None if self.lasted < if is_amid { SHOWN_AMID_AFTER } else { SHOWN_AFTER } => return None,
            None => (waiting(self.lasted, is_ascii, lang), String::new()),
        };
        let whole = match tail.as_str() {
            "" => head.clone(),
            tail => tr!("{}: {}", head.as_str(), tail).localize(lang),
        };
        let with_stop = format!("{whole} {dot} {}", tr!("Ctrl-C stops").localize(lang));
        let fits = |text: &&String| width::of(text) < usize::from(columns);
        let text = [&with_stop, &whole].into_iter().find(fits).unwrap_or(&head);
        Some(FooterRow::dim(text))
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

/// `⠏ waiting 4 s`.
fn waiting(lasted: Duration, is_ascii: bool, lang: Lang) -> String {
    let signs = if is_ascii { ASCII_SIGNS } else { SIGNS };
    let beat = usize::try_from(lasted.as_millis() / PACE.as_millis()).unwrap_or(0);
    let what = match lasted.as_secs() {
        0 => tr!("waiting"),
        whole => tr!("waiting {}", seconds(Duration::from_secs(whole))),
    };
    format!("{} {}", signs[beat % signs.len()], what.localize(lang))
}
