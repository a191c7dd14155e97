//! Writing to a reader that may not read. A full pipe is waited for, as by any program, but a signal ends the wait: the
//! runtime cannot act on one while its only thread is blocked in a write.
//!
//! On Linux a write says by itself that the pipe is full ("pwritev2(2)": RWF_NOWAIT), so that a write that succeeds is one
//! system call. Elsewhere, and where the kernel cannot do that for the file, each write is preceded by a look.

use std::fs::File;
use std::io::{self, Write};

use crate::error::{Failure, Kind};
use crate::i18n::UiText;

/// A file that may be a pipe.
#[derive(Debug)]
pub struct Pipe {
    file: File,
    has_reader: bool,
    /// The kernel has not refused to write without waiting.
    knows_nowait: bool,
}

impl Pipe {
    pub fn new(file: File) -> Pipe {
        Pipe {
            has_reader: has_reader(&file),
            knows_nowait: true,
            file,
        }
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.has_reader {
            return self.file.write(bytes);
        }
        if self.knows_nowait {
            match write_nowait(&self.file, bytes) {
                Err(error) if error.kind() == io::ErrorKind::Unsupported => self.knows_nowait = false,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return written,
            }
        }
        wait(&self.file)?;
        self.file.write(&bytes[..bytes.len().min(PIECE_BYTES)])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A write that failed. One that a signal ended is no error of the system's.
pub fn failed(what: impl Into<UiText>, error: &io::Error) -> Failure {
    match stopped() {
        Some(kind) if error.kind() == io::ErrorKind::WouldBlock => Failure::stopped(kind),
        _ => Failure::io(what, error),
    }
}

/// Writes what the pipe takes at once. [`io::ErrorKind::WouldBlock`] where it is full, [`io::ErrorKind::Unsupported`] where
/// the kernel cannot tell.
#[cfg(target_os = "linux")]
fn write_nowait(file: &File, bytes: &[u8]) -> io::Result<usize> {
    use rustix::io::{Errno, ReadWriteFlags, pwritev2};

    /// "pwritev2(2)": no position, as a pipe has none.
    const NO_OFFSET: u64 = u64::MAX;
    let parts = [io::IoSlice::new(bytes)];
    pwritev2(file, &parts, NO_OFFSET, ReadWriteFlags::NOWAIT).map_err(|error| match error {
        // An older kernel knows neither the call, the flag, nor the flag for a pipe; for a socket it refuses the position.
        Errno::NOSYS | Errno::OPNOTSUPP | Errno::INVAL | Errno::SPIPE => io::ErrorKind::Unsupported.into(),
        error => error.into(),
    })
}

#[cfg(not(target_os = "linux"))]
fn write_nowait(_: &File, _: &[u8]) -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The most bytes that a pipe which takes any takes at once ("pipe(7)": PIPE_BUF).
const PIECE_BYTES: usize = if cfg!(target_os = "linux") { 4096 } else { 512 };

#[cfg(unix)]
use unix::{has_reader, stopped, wait};

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::FileTypeExt;
    use std::sync::{Once, OnceLock};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use tokio::signal::unix::{SignalKind, signal};

    use super::*;
    use crate::host::{can_allocate, ignored_signals};

    /// How long one poll waits before a signal is looked for.
    const POLL_TIME: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: 50_000_000,
    };

    /// The memory of the thread that listens: its stack, and what it allocates.
    const LISTENER_BYTES: u64 = 3 << 20;

    /// The signal that ended a wait. From then on none is begun.
    static STOPPED: OnceLock<Kind> = OnceLock::new();
    static LISTENING: Once = Once::new();

    pub(super) fn stopped() -> Option<Kind> {
        STOPPED.get().copied()
    }

    pub(super) fn has_reader(file: &File) -> bool {
        let kind = file.metadata().map(|meta| meta.file_type());
        kind.is_ok_and(|kind| kind.is_fifo() || kind.is_socket())
    }

    /// Waits until the pipe takes [`PIECE_BYTES`] bytes or has an error.
    pub(super) fn wait(file: &File) -> io::Result<()> {
        let is_ready = |time: &Timespec| {
            let mut fds = [PollFd::new(file, PollFlags::OUT)];
            // A signal may end the poll; another follows.
            poll(&mut fds, Some(time)).is_ok_and(|ready| ready > 0)
        };
        if is_ready(&Timespec::default()) {
            return Ok(());
        }
        LISTENING.call_once(|| {
            // Without a thread the wait has no end but the reader's; one that begins where memory is out aborts the program.
            if can_allocate(LISTENER_BYTES) {
                let _ = std::thread::Builder::new().name("pipe".to_owned()).spawn(listen);
            }
        });
        loop {
            if stopped().is_some() {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            if is_ready(&POLL_TIME) {
                return Ok(());
            }
        }
    }

    /// Notes the first signal that ends the program, on a runtime of its own.
    fn listen() {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
            return;
        };
        runtime.block_on(async {
            let kinds = [
                (SignalKind::interrupt(), Kind::Interrupted),
                (SignalKind::terminate(), Kind::Terminated),
                (SignalKind::hangup(), Kind::HungUp),
            ];
            let ignored = ignored_signals();
            let signals = kinds.map(|(number, kind)| async move {
                let is_ignored = ignored >> (number.as_raw_value() - 1) & 1 == 1;
                if let Ok(mut signals) = signal(number)
                    && !is_ignored
                    && signals.recv().await.is_some()
                {
                    return kind;
                }
                std::future::pending().await
            });
            let first = futures_util::future::select_all(signals.map(Box::pin)).await.0;
            let _ = STOPPED.set(first);
        });
    }
}

/// Elsewhere a write waits.
#[cfg(not(unix))]
fn has_reader(_: &File) -> bool {
    false
}

#[cfg(not(unix))]
fn wait(_: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn stopped() -> Option<Kind> {
    None
}
