//! Progress of uploads on a terminal: a bar each, and notices above the bars.

use std::sync::{Mutex, PoisonError};

use crate::i18n::UiText;
use crate::messages::{self, Context};
use crate::render::waiting::Retry;
use crate::term::bars::{Bar, Bars};
use qwen_api::Notice;
use qwen_api::uploads::UploadObserver;

/// Shows the progress of uploads, one after the other.
pub struct Progress<'a> {
    bars: &'a Bars,
    /// Shows a notice to the user.
    notice: &'a (dyn Fn(UiText) + Sync),
    /// The bar of the upload in progress.
    bar: Mutex<Option<Bar>>,
}

impl<'a> Progress<'a> {
    pub fn new(bars: &'a Bars, notice: &'a (dyn Fn(UiText) + Sync)) -> Progress<'a> {
        Progress {
            bars,
            notice,
            bar: Mutex::default(),
        }
    }

    /// Shows a notice above the bars.
    pub fn say(&self, message: UiText) {
        self.bars.between(|| (self.notice)(message));
    }
}

impl UploadObserver for Progress<'_> {
    fn started(&self, name: &str, size: u64) {
        *self.bar.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.bars.add(name, size));
    }

    fn progress(&self, sent: u64) {
        if let Some(bar) = &*self.bar.lock().unwrap_or_else(PoisonError::into_inner) {
            bar.at(sent);
        }
    }

    fn notice(&self, notice: Notice) {
        if let Some(retry) = Retry::of(&notice, messages::reason)
            && let Some(bar) = &*self.bar.lock().unwrap_or_else(PoisonError::into_inner)
            && bar.tell(&retry.announcement())
        {
            return;
        }
        self.say(messages::notice(&notice, &Context::default()));
    }
}
