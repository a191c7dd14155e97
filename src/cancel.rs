//! Interruptions: signals, and a pipe whose reader has closed it.

use tokio::sync::watch;

use crate::error::{Failure, Kind};
#[cfg(unix)]
use crate::host::ignored_signals;

/// A receiver of interruptions. A clone receives them all by itself.
#[derive(Clone, Debug)]
pub struct Cancel {
    receiver: watch::Receiver<Option<Kind>>,
}

impl Cancel {
    /// Begins to watch. Must be called inside the runtime; before that a signal has its default action.
    pub fn watch(stdout_is_pipe: bool) -> Cancel {
        let (sender, receiver) = watch::channel(None);
        signals(&sender);
        if stdout_is_pipe {
            closed_output(sender);
        }
        Cancel { receiver }
    }

    /// Waits for the next interruption after the last one that this value received.
    pub async fn next(&mut self) -> Kind {
        loop {
            if self.receiver.changed().await.is_err() {
                // Every sender is gone: none can come.
                std::future::pending::<()>().await;
            }
            if let Some(kind) = *self.receiver.borrow_and_update() {
                return kind;
            }
        }
    }

    /// An interruption that has come and was not received, also if its signal was delivered only just now.
    pub async fn pending(&mut self) -> Option<Kind> {
        // Once for the runtime to look at the signals, and once for their task to send them here.
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        match self.receiver.has_changed() {
            Ok(true) => *self.receiver.borrow_and_update(),
            _ => None,
        }
    }

    /// Drops what has come and was not received.
    pub fn reset(&mut self) {
        self.receiver.mark_unchanged();
    }

    /// Runs `work` until it is done or the next interruption.
    pub async fn or_stopped<T, E: From<Failure>>(&mut self, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        self.reset();
        tokio::select! {
            biased;
            kind = self.next() => Err(Failure::stopped(kind).into()),
            done = work => done,
        }
    }
}

#[cfg(unix)]
fn signals(sender: &watch::Sender<Option<Kind>>) {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [
        (SignalKind::interrupt(), Kind::Interrupted),
        (SignalKind::terminate(), Kind::Terminated),
        (SignalKind::hangup(), Kind::HungUp),
    ];
    // Where a file has reached its size limit, the write fails, as on a full disk; the signal's default action would end the
    // program.
    let _ = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()));
    let ignored = ignored_signals();
    for (number, kind) in kinds {
        if ignored >> (number.as_raw_value() - 1) & 1 == 1 {
            continue;
        }
        // A signal that cannot be watched keeps its default action: the program ends.
        let Ok(mut signals) = signal(number) else {
            continue;
        };
        let sender = sender.clone();
        tokio::spawn(async move { while signals.recv().await.is_some() && sender.send(Some(kind)).is_ok() {} });
    }
}

#[cfg(not(unix))]
fn signals(sender: &watch::Sender<Option<Kind>>) {
    let sender = sender.clone();
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() && sender.send(Some(Kind::Interrupted)).is_ok() {}
    });
}

/// Notices at once when the reader of a pipe has closed it, also while there is nothing to write: a thread sleeps
/// until the system says so. A file or a terminal is never closed by its reader.
#[cfg(unix)]
fn closed_output(sender: watch::Sender<Option<Kind>>) {
    use std::fs::File;
    use std::os::fd::AsFd;
    use std::os::unix::fs::FileTypeExt;

    use rustix::event::{PollFd, PollFlags, poll};

    let Ok(output) = std::io::stdout().as_fd().try_clone_to_owned().map(File::from) else {
        return;
    };
    let kind = output.metadata().map(|meta| meta.file_type());
    if !kind.is_ok_and(|kind| kind.is_fifo() || kind.is_socket()) {
        return;
    }
    let watcher = std::thread::Builder::new()
        .name("output".to_owned())
        .stack_size(64 * 1024);
    // Without a thread the next write fails instead.
    let _ = watcher.spawn(move || {
        // No event is asked for: errors and hang-ups are always reported.
        let mut fds = [PollFd::new(&output, PollFlags::empty())];
        if poll(&mut fds, None).is_ok() {
            // Without receivers the program is ending already.
            let _ = sender.send(Some(Kind::OutputClosed));
        }
    });
}

/// Elsewhere the next write fails.
#[cfg(not(unix))]
fn closed_output(_: watch::Sender<Option<Kind>>) {}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_signal_delivered_just_now_is_pending_once() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(async {
            let mut seen = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt()).unwrap();
            let mut cancel = Cancel::watch(false);
            assert_eq!(cancel.pending().await, None);
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::INT).unwrap();
            // The system may take its time until it interrupts this process, of whose threads any will do.
            seen.recv().await;
            assert_eq!(cancel.pending().await, Some(Kind::Interrupted));
            assert_eq!(cancel.pending().await, None);
        });
    }
}
