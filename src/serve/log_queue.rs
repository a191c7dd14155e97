//! What the server says on standard error, written by a thread of its own: no answer waits for a pipe that is not read
//! or a terminal that was stopped.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::Builder;
use std::time::Duration;

use crate::i18n::UiText;
use crate::term::ui::Ui;
use crate::tr;

/// The most entries that wait to be written. What comes while as many wait is left out, and counted.
const CAPACITY: usize = 1024;

/// How long the end of the program waits for the entries to be written.
const LAST_WRITES: Duration = Duration::from_secs(1);

#[derive(Debug)]
enum LogEntry {
    Line(String),
    Notice(UiText),
    End,
}

/// Where the lines and notices of the server go.
#[derive(Clone, Debug)]
pub(super) struct LogQueue {
    entries: SyncSender<LogEntry>,
    left_out: Arc<AtomicUsize>,
    is_quiet: bool,
}

/// Disconnected once the thread has ended.
pub(super) struct LogThread(Receiver<Infallible>);

impl LogQueue {
    /// The queue, and the thread that writes to `ui`.
    pub(super) fn new(ui: Ui) -> (LogQueue, LogThread) {
        let (entries, waiting) = mpsc::sync_channel(CAPACITY);
        let (running, ended) = mpsc::channel();
        let left_out = Arc::new(AtomicUsize::new(0));
        let missing = Arc::clone(&left_out);
        // Without a thread all is left out.
        let _ = Builder::new().spawn(move || {
            write(&waiting, &missing, ui);
            drop(running);
        });
        let queue = LogQueue {
            entries,
            left_out,
            is_quiet: ui.is_quiet,
        };
        (queue, LogThread(ended))
    }

    /// A line, which is made only where it is shown.
    pub(super) fn line(&self, text: impl FnOnce() -> String) {
        if !self.is_quiet {
            self.add(LogEntry::Line(text()));
        }
    }

    pub(super) fn notice(&self, notice: UiText) {
        self.add(LogEntry::Notice(notice));
    }

    fn add(&self, entry: LogEntry) {
        if self.entries.try_send(entry).is_err() {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until everything until now is written, where standard error takes it.
    pub(super) fn finish(&self, thread: &LogThread) {
        if self.entries.try_send(LogEntry::End).is_ok() {
            let _ = thread.0.recv_timeout(LAST_WRITES);
        }
    }
}

fn write(entries: &Receiver<LogEntry>, left_out: &AtomicUsize, ui: Ui) {
    while let Ok(entry) = entries.recv() {
        match entry {
            LogEntry::Line(line) => ui.note(UiText::foreign(line)),
            LogEntry::Notice(notice) => ui.notice(notice),
            LogEntry::End => return,
        }
        match left_out.swap(0, Ordering::Relaxed) {
            0 => {}
            count => ui.notice(tr!(
                "standard error took the log too slowly: {} lines were left out",
                count
            )),
        }
    }
}
