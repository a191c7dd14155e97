//! The keyboard where there are no terminal modes: the console's own events.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};

use crossterm::event::{Event, EventStream, KeyCode as Code, KeyEvent, KeyEventKind, KeyModifiers};
use futures_util::{FutureExt, StreamExt};

use super::background::ReplyFilter;
use super::keys::{Key, KeyCode, TerminalEvent};

/// The keyboard.
#[derive(Debug)]
pub struct Keyboard {
    events: EventStream,
    /// An event that was looked at and is still to come.
    peeked: Option<TerminalEvent>,
    pub replies: ReplyFilter,
}

impl Keyboard {
    pub fn open(replies: ReplyFilter) -> io::Result<Keyboard> {
        Ok(Keyboard {
            events: EventStream::new(),
            peeked: None,
            replies,
        })
    }

    pub async fn next(&mut self) -> io::Result<TerminalEvent> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<TerminalEvent>> {
        loop {
            if let Some(event) = self.peeked.take() {
                return Poll::Ready(Ok(event));
            }
            let event = ready!(self.events.poll_next_unpin(cx));
            self.peeked = translated(event.ok_or(io::ErrorKind::UnexpectedEof)??);
        }
    }

    pub fn peek(&mut self) -> Option<&TerminalEvent> {
        while self.peeked.is_none() {
            self.peeked = translated(self.events.next().now_or_never()??.ok()?);
        }
        self.peeked.as_ref()
    }

    pub fn ready(&mut self) -> Option<TerminalEvent> {
        self.peek();
        self.peeked.take()
    }

    /// A console pastes key by key.
    pub fn unfinished_paste(&self) -> Option<String> {
        None
    }
}

fn translated(event: Event) -> Option<TerminalEvent> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => Some(TerminalEvent::Key(translated_key(key)?)),
        Event::Paste(text) => Some(TerminalEvent::Paste(text)),
        Event::Resize(..) => Some(TerminalEvent::Resize),
        _ => None,
    }
}

fn translated_key(key: KeyEvent) -> Option<Key> {
    let held = |modifier| key.modifiers.contains(modifier);
    // AltGr is both, and makes letters.
    let is_text = held(KeyModifiers::CONTROL) && held(KeyModifiers::ALT);
    Some(Key {
        code: match key.code {
            Code::Char(c) if held(KeyModifiers::CONTROL) && !is_text => KeyCode::Char(c.to_ascii_lowercase()),
            Code::Char(c) => KeyCode::Char(c),
            Code::Enter => KeyCode::Enter,
            Code::Tab => KeyCode::Tab,
            Code::BackTab => KeyCode::BackTab,
            Code::Backspace => KeyCode::Backspace,
            Code::Delete => KeyCode::Delete,
            Code::Esc => KeyCode::Esc,
            Code::Up => KeyCode::Up,
            Code::Down => KeyCode::Down,
            Code::Left => KeyCode::Left,
            Code::Right => KeyCode::Right,
            Code::Home => KeyCode::Home,
            Code::End => KeyCode::End,
            Code::PageUp => KeyCode::PageUp,
            Code::PageDown => KeyCode::PageDown,
            _ => return None,
        },
        ctrl: held(KeyModifiers::CONTROL) && !is_text,
        alt: held(KeyModifiers::ALT) && !is_text,
        shift: held(KeyModifiers::SHIFT),
    })
}
