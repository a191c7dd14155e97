//! The terminal's keyboard as a source of events, read in the program's own loop.
//!
//! The terminal is read through a file of its own that does not wait, so that the reading of others is as it was.

use std::fs::File;
use std::future::poll_fn;
use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Sleep, sleep};

use super::background::ReplyFilter;
use super::keys::{KeyDecoder, TerminalEvent};
use super::tty::Tty;

/// How long the rest of a key may be on its way: an Esc that nothing follows for so long is the key of that name.
const REST_OF_A_KEY: Duration = Duration::from_millis(50);
/// The same of a paste, which is what has come of it after a pause of so long.
const REST_OF_A_PASTE: Duration = Duration::from_secs(1);

/// The keyboard. What is typed while it is not read waits in the terminal.
#[derive(Debug)]
pub struct Keyboard {
    file: AsyncFd<File>,
    decoder: KeyDecoder,
    /// An event that was looked at and is still to come.
    peeked: Option<TerminalEvent>,
    /// Ends the wait for the rest of a key or a paste.
    rest: Option<Pin<Box<Sleep>>>,
    resizes: Option<Signal>,
    /// The terminal's replies come among the keys.
    pub replies: ReplyFilter,
}

impl Keyboard {
    /// Must be called inside the runtime.
    #[expect(
        deprecated,
        reason = "it is unsound for what changes its descriptor, which a file does not"
    )]
    pub fn open(replies: ReplyFilter) -> io::Result<Keyboard> {
        Ok(Keyboard {
            file: AsyncFd::with_interest(Tty::open_keys()?, Interest::READABLE)?,
            decoder: KeyDecoder::default(),
            peeked: None,
            rest: None,
            // Without it the window is measured at the next key.
            resizes: signal(SignalKind::window_change()).ok(),
            replies,
        })
    }

    /// Waits for the next event. Dropped before it comes, nothing is lost.
    pub async fn next(&mut self) -> io::Result<TerminalEvent> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// The same, to be polled beside other things.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<TerminalEvent>> {
        loop {
            if let Some(event) = self.peeked.take().or_else(|| self.decoded()) {
                return Poll::Ready(Ok(event));
            }
            let resized = self.resizes.as_mut().map(|resizes| resizes.poll_recv(cx));
            if let Some(Poll::Ready(Some(()))) = resized {
                return Poll::Ready(Ok(TerminalEvent::Resize));
            }
            if let Poll::Ready(mut readable) = self.file.poll_read_ready(cx)? {
                self.rest = None;
                if let Ok(done) = readable.try_io(|file| read(file.get_ref(), &mut self.decoder)) {
                    done?;
                }
                continue;
            }
            let patience = match self.decoder.is_in_paste() {
                true => REST_OF_A_PASTE,
                false if self.decoder.is_undecided() => REST_OF_A_KEY,
                false => return Poll::Pending,
            };
            let rest = self.rest.get_or_insert_with(|| Box::pin(sleep(patience)));
            ready!(rest.as_mut().poll(cx));
            self.rest = None;
            self.decoder.decide();
        }
    }

    /// The next event, if it has arrived already; it is still to come.
    pub fn peek(&mut self) -> Option<&TerminalEvent> {
        if self.peeked.is_none() {
            self.peeked = self.decoded();
        }
        if self.peeked.is_none() {
            // A failure is found by the next read that waits.
            if read(self.file.get_ref(), &mut self.decoder).is_ok() {
                self.rest = None;
            }
            self.peeked = self.decoded();
        }
        self.peeked.as_ref()
    }

    /// The next event, if it has arrived already.
    pub fn ready(&mut self) -> Option<TerminalEvent> {
        self.peek();
        self.peeked.take()
    }

    /// The text so far of a paste whose end has not come.
    pub fn unfinished_paste(&self) -> Option<String> {
        self.decoder.unfinished_paste()
    }

    fn decoded(&mut self) -> Option<TerminalEvent> {
        while let Some(event) = self.decoder.pop() {
            if !self.replies.takes(&event) {
                return Some(event);
            }
        }
        None
    }
}

fn read(mut file: &File, decoder: &mut KeyDecoder) -> io::Result<()> {
    let mut bytes = [0; 4096];
    loop {
        return match file.read(&mut bytes) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                decoder.feed(&bytes[..count]);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
    }
}
