//! Signals, and a reader that has gone away, as one thing to wait for.

use tokio::sync::watch;

use crate::error::Kind;

/// Tells of interruptions. Each is told once to whoever waits for it.
#[derive(Clone, Debug)]
pub struct Cancel {
    receiver: watch::Receiver<Option<Kind>>,
}

impl Cancel {
    /// Begins to watch. Must be called inside the runtime; until then a signal does what the system does with it.
    pub fn watch(stdout_is_pipe: bool) -> Cancel {
        let (sender, receiver) = watch::channel(None);
        signals(&sender);
        if stdout_is_pipe {
            closed_output(sender);
        }
        Cancel { receiver }
    }

    /// Waits for the next interruption since the last one that was told.
    pub async fn next(&mut self) -> Kind {
        loop {
            if self.receiver.changed().await.is_err() {
                // Nobody is left who could tell of one.
                std::future::pending::<()>().await;
            }
            if let Some(kind) = *self.receiver.borrow_and_update() {
                return kind;
            }
        }
    }

    /// Forgets what was not waited for.
    pub fn reset(&mut self) {
        self.receiver.mark_unchanged();
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
    for (number, kind) in kinds {
        // Where a signal cannot be watched, the system's way with it stays: the program ends.
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

/// Notices at once when the reader of a pipe has closed it, also while there is nothing to write.
#[cfg(target_os = "linux")]
fn closed_output(sender: watch::Sender<Option<Kind>>) {
    use std::os::fd::AsFd;
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;

    let Ok(output) = std::io::stdout().as_fd().try_clone_to_owned() else {
        return;
    };
    // A file or a terminal cannot be watched like this, and need not be.
    let Ok(output) = AsyncFd::with_interest(output, Interest::ERROR) else {
        return;
    };
    tokio::spawn(async move {
        if output.ready(Interest::ERROR).await.is_ok() {
            // Nobody may be listening any more; then it does not matter.
            let _ = sender.send(Some(Kind::OutputClosed));
        }
    });
}

/// Elsewhere the next write tells.
#[cfg(not(target_os = "linux"))]
fn closed_output(_: watch::Sender<Option<Kind>>) {}
