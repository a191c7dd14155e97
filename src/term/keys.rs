//! Keys and pastes, decoded from the bytes that a terminal sends (xterm, "Control Sequences"). Pure.

use std::collections::VecDeque;

/// A key, apart from what is held down with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyCode {
    /// A letter as it is typed; with Ctrl the small one.
    Char(char),
    Enter,
    Tab,
    BackTab,
    Backspace,
    Delete,
    Esc,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    /// A key that the program has no use for.
    Other,
}

/// A key and what is held down with it. Shift is part of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    pub code: KeyCode,
    pub ctrl: bool,
    pub alt: bool,
    pub shift: bool,
}

impl Key {
    pub const fn plain(code: KeyCode) -> Key {
        Key {
            code,
            ctrl: false,
            alt: false,
            shift: false,
        }
    }

    pub const fn ctrl(c: char) -> Key {
        Key {
            ctrl: true,
            ..Key::plain(KeyCode::Char(c))
        }
    }

    pub const fn alt(code: KeyCode) -> Key {
        Key {
            alt: true,
            ..Key::plain(code)
        }
    }

    /// The character of a key that is typed as text.
    pub fn text(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if !self.ctrl && !self.alt && !c.is_control() => Some(c),
            _ => None,
        }
    }
}

/// What comes from a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TerminalEvent {
    Key(Key),
    /// A bracketed paste, whole, as it was sent.
    Paste(String),
    /// The reply to a device-attributes request (DA1).
    Attributes,
    /// The window has another size.
    Resize,
}

const ESC: u8 = 0x1b;
const PASTE_BEGIN: &[u8] = b"\x1b[200~";
const PASTE_END: &[u8] = b"\x1b[201~";

/// Bytes on their way to become events. A sequence that comes in pieces is one event, until [`KeyDecoder::decide`] ends
/// the wait for the rest.
#[derive(Debug, Default)]
pub struct KeyDecoder {
    bytes: Vec<u8>,
    events: VecDeque<TerminalEvent>,
    /// The bytes of an unfinished paste in which its end was looked for already.
    searched: usize,
}

/// What the first bytes are.
enum Recognized {
    /// So many bytes are an event, or nothing.
    Event(Option<TerminalEvent>, usize),
    /// More bytes decide.
    Incomplete,
}

impl KeyDecoder {
    pub fn feed(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        let mut done = 0;
        while done < self.bytes.len() {
            match decode(&self.bytes[done..], &mut self.searched) {
                Recognized::Event(event, length) => {
                    self.events.extend(event);
                    done += length;
                    self.searched = 0;
                }
                Recognized::Incomplete => break,
            }
        }
        self.bytes.drain(..done);
    }

    /// Takes the first event.
    pub fn pop(&mut self) -> Option<TerminalEvent> {
        self.events.pop_front()
    }

    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Whether bytes wait that are a key if no others follow soon: an Esc, Alt-O or Alt-[, or a part of a character.
    pub fn is_undecided(&self) -> bool {
        self.undecided().is_some()
    }

    /// The key that the bytes are if no others follow.
    fn undecided(&self) -> Option<Key> {
        const LOST: KeyCode = KeyCode::Char(char::REPLACEMENT_CHARACTER);
        Some(match *self.bytes {
            [ESC] => Key::plain(KeyCode::Esc),
            [ESC, c @ (b'O' | b'[')] => Key::alt(KeyCode::Char(char::from(c))),
            [ESC, 0x80..=0xff, ..] => Key::alt(LOST),
            [0x80..=0xff, ..] => Key::plain(LOST),
            _ => return None,
        })
    }

    /// Whether the end of a paste has not come.
    pub fn is_in_paste(&self) -> bool {
        self.bytes.starts_with(PASTE_BEGIN)
    }

    /// Nothing followed: the bytes are that key, or all of a paste.
    pub fn decide(&mut self) {
        let paste = || self.unfinished_paste().map(TerminalEvent::Paste);
        if let Some(event) = self.undecided().map(TerminalEvent::Key).or_else(paste) {
            self.bytes.clear();
            self.searched = 0;
            self.events.push_back(event);
        }
    }

    /// The text so far of a paste whose end has not come.
    pub fn unfinished_paste(&self) -> Option<String> {
        let text = self.bytes.strip_prefix(PASTE_BEGIN)?;
        Some(String::from_utf8_lossy(text).into_owned())
    }
}

fn key(key: Key, length: usize) -> Recognized {
    Recognized::Event(Some(TerminalEvent::Key(key)), length)
}

fn decode(bytes: &[u8], searched: &mut usize) -> Recognized {
    match bytes {
        [ESC] | [ESC, b'O'] => Recognized::Incomplete,
        [ESC, ESC, ..] => key(Key::plain(KeyCode::Esc), 1),
        [ESC, b'[', ..] => control_sequence(bytes, searched),
        [ESC, b'O', last, ..] => match arrow(last.to_ascii_uppercase()) {
            Some(code) => {
                let ctrl = last.is_ascii_lowercase();
                key(
                    Key {
                        ctrl,
                        ..Key::plain(code)
                    },
                    3,
                )
            }
            // The keypad's Enter.
            None if *last == b'M' => key(Key::plain(KeyCode::Enter), 3),
            None if last.is_ascii_graphic() => Recognized::Event(None, 3),
            None => Recognized::Event(None, 2),
        },
        [ESC, rest @ ..] => match decode(rest, searched) {
            Recognized::Event(Some(TerminalEvent::Key(plain)), length) => key(Key { alt: true, ..plain }, length + 1),
            other => other,
        },
        _ => character(bytes),
    }
}

/// A character, or a key that is one byte.
fn character(bytes: &[u8]) -> Recognized {
    let first = bytes.first().copied().unwrap_or_default();
    let plain = match first {
        b'\r' => KeyCode::Enter,
        b'\t' => KeyCode::Tab,
        0x08 | 0x7f => KeyCode::Backspace,
        0 => return key(Key::ctrl(' '), 1),
        0x01..=0x1a => return key(Key::ctrl(char::from(first - 1 + b'a')), 1),
        0x1c..=0x1f => return key(Key::ctrl(char::from(first + 0x40)), 1),
        _ => {
            let start = &bytes[..bytes.len().min(4)];
            let (valid, bad) = match std::str::from_utf8(start) {
                Ok(text) => (text, None),
                Err(error) => {
                    let valid = std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or_default();
                    (valid, error.error_len())
                }
            };
            return match (valid.chars().next(), bad) {
                (Some(c), _) => key(Key::plain(KeyCode::Char(c)), c.len_utf8()),
                (None, Some(length)) => key(Key::plain(KeyCode::Char(char::REPLACEMENT_CHARACTER)), length),
                (None, None) => Recognized::Incomplete,
            };
        }
    };
    key(Key::plain(plain), 1)
}

/// `ESC [`, parameters, a final byte.
fn control_sequence(bytes: &[u8], searched: &mut usize) -> Recognized {
    // The function keys of a Linux console.
    if let [_, _, b'[', rest @ ..] = bytes {
        return if rest.is_empty() {
            Recognized::Incomplete
        } else {
            Recognized::Event(None, 4)
        };
    }
    let Some(length) = bytes.iter().skip(2).position(|byte| !(0x20..=0x3f).contains(byte)) else {
        return Recognized::Incomplete;
    };
    let end = length + 2;
    let last = bytes[end];
    if !(0x40..=0x7e).contains(&last) {
        // What is typed behind a broken sequence is a key of its own.
        return Recognized::Event(None, end);
    }
    let parameters = &bytes[2..end];
    if last == b'c' && parameters.first() == Some(&b'?') {
        return Recognized::Event(Some(TerminalEvent::Attributes), end + 1);
    }
    if parameters == b"200" && last == b'~' {
        return paste(bytes, end + 1, searched);
    }
    let text = std::str::from_utf8(parameters).unwrap_or_default();
    let mut numbers = text.split(';').map(|part| {
        let digits = part.split(':').next().unwrap_or_default();
        digits.parse::<u32>().unwrap_or(1)
    });
    let (first, mut held) = (numbers.next().unwrap_or(1), numbers.next().unwrap_or(1));
    let code = match last {
        b'~' => match first {
            1 | 7 => KeyCode::Home,
            4 | 8 => KeyCode::End,
            3 => KeyCode::Delete,
            5 => KeyCode::PageUp,
            6 => KeyCode::PageDown,
            27 => {
                let code = numbers.next().unwrap_or_default();
                code_of(code)
            }
            _ => KeyCode::Other,
        },
        b'u' => code_of(first),
        b'Z' => KeyCode::BackTab,
        // rxvt's, with Shift.
        b'a'..=b'd' => {
            held = 2;
            arrow(last.to_ascii_uppercase()).unwrap_or(KeyCode::Other)
        }
        _ => arrow(last).unwrap_or(KeyCode::Other),
    };
    if code == KeyCode::Other {
        return Recognized::Event(None, end + 1);
    }
    let held = held.saturating_sub(1);
    let pressed = Key {
        code,
        shift: held & 1 != 0,
        alt: held & (2 | 8) != 0,
        ctrl: held & 4 != 0,
    };
    key(pressed, end + 1)
}

fn arrow(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        _ => return None,
    })
}

/// The key of a number, as `modifyOtherKeys` and the kitty keyboard protocol have it.
fn code_of(number: u32) -> KeyCode {
    match number {
        9 => KeyCode::Tab,
        13 => KeyCode::Enter,
        27 => KeyCode::Esc,
        8 | 127 => KeyCode::Backspace,
        // Functional keys.
        57344..=63743 => KeyCode::Other,
        _ => char::from_u32(number)
            .filter(|c| !c.is_control())
            .map_or(KeyCode::Other, KeyCode::Char),
    }
}

fn paste(bytes: &[u8], begin: usize, searched: &mut usize) -> Recognized {
    let from = (*searched).max(begin);
    let Some(at) = memchr::memmem::find(&bytes[from..], PASTE_END) else {
        // Its end may have come in part.
        *searched = bytes.len().saturating_sub(PASTE_END.len()).max(begin);
        return Recognized::Incomplete;
    };
    let text = String::from_utf8_lossy(&bytes[begin..from + at]).into_owned();
    Recognized::Event(Some(TerminalEvent::Paste(text)), from + at + PASTE_END.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(pieces: &[&[u8]]) -> Vec<TerminalEvent> {
        let mut decoder = KeyDecoder::default();
        for piece in pieces {
            decoder.feed(piece);
        }
        decoder.decide();
        std::iter::from_fn(|| decoder.pop()).collect()
    }

    fn keys(bytes: &[u8]) -> Vec<Key> {
        let key = |event| match event {
            TerminalEvent::Key(key) => key,
            other => panic!("{other:?}"),
        };
        let whole: Vec<Key> = events(&[bytes]).into_iter().map(key).collect();
        // It makes no difference in how many pieces they come.
        let pieces: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(
            events(&pieces).into_iter().map(key).collect::<Vec<_>>(),
            whole,
            "{bytes:?}"
        );
        whole
    }

    #[test]
    fn keys_are_known_by_their_bytes() {
        use KeyCode::*;
        let ctrl = |code| Key {
            ctrl: true,
            ..Key::plain(code)
        };
        for (bytes, expected) in [
            ("a", Key::plain(Char('a'))),
            ("天", Key::plain(Char('天'))),
            ("\r", Key::plain(Enter)),
            ("\n", Key::ctrl('j')),
            ("\t", Key::plain(Tab)),
            ("\x7f", Key::plain(Backspace)),
            ("\x08", Key::plain(Backspace)),
            ("\x1b", Key::plain(Esc)),
            ("\x01", Key::ctrl('a')),
            ("\x1f", Key::ctrl('_')),
            ("\x1bb", Key::alt(Char('b'))),
            ("\x1b天", Key::alt(Char('天'))),
            ("\x1bO", Key::alt(Char('O'))),
            ("\x1b[", Key::alt(Char('['))),
            ("\x1b\r", Key::alt(Enter)),
            ("\x1b\x7f", Key::alt(Backspace)),
            ("\u{1b}]", Key::alt(Char(']'))),
            ("\x1b[A", Key::plain(Up)),
            ("\x1bOA", Key::plain(Up)),
            ("\x1b[H", Key::plain(Home)),
            ("\x1b[4~", Key::plain(End)),
            ("\x1b[3~", Key::plain(Delete)),
            ("\x1b[6~", Key::plain(PageDown)),
            ("\x1b[Z", Key::plain(BackTab)),
            ("\x1b[1;5C", ctrl(Right)),
            ("\x1bOd", ctrl(Left)),
            ("\x1b[1;3D", Key::alt(Left)),
            ("\x1b[3;5~", ctrl(Delete)),
            (
                "\x1b[13;2u",
                Key {
                    shift: true,
                    ..Key::plain(Enter)
                },
            ),
            (
                "\x1b[27;2;13~",
                Key {
                    shift: true,
                    ..Key::plain(Enter)
                },
            ),
            ("\x1b[97;5u", Key::ctrl('a')),
        ] {
            assert_eq!(keys(bytes.as_bytes()), [expected], "{bytes:?}");
        }
    }

    #[test]
    fn what_is_no_key_takes_nothing_along() {
        let a = Key::plain(KeyCode::Char('a'));
        let lost = Key::plain(KeyCode::Char(char::REPLACEMENT_CHARACTER));
        for bytes in [
            &b"\x1b[15~a"[..],
            b"\x1b[[Aa",
            b"\x1bOPa",
            b"\x1b[?1;2Sa",
            b"\x1b[57441ua",
        ] {
            assert_eq!(keys(bytes), [a], "{bytes:?}");
        }
        assert_eq!(keys(b"\xe9a"), [lost, a]);
        assert_eq!(keys(b"\xd6\xd0"), [lost, lost]);
        assert_eq!(keys(b"\xf0\x9f\x98a"), [lost, a]);
        assert_eq!(keys(b"\xe9\x1b[A"), [lost, Key::plain(KeyCode::Up)]);
        assert_eq!(keys(b"\x1b\x1b[A"), [Key::plain(KeyCode::Esc), Key::plain(KeyCode::Up)]);
        assert_eq!(keys(b"\x1b[1;\ra"), [Key::plain(KeyCode::Enter), a]);
    }

    #[test]
    fn a_paste_is_one_event_in_any_pieces() {
        let bytes = "\x1b[200~a\r\n天\x1b[A\x1b[201~b".as_bytes();
        let expected = [
            TerminalEvent::Paste("a\r\n天\x1b[A".to_owned()),
            TerminalEvent::Key(Key::plain(KeyCode::Char('b'))),
        ];
        assert_eq!(events(&[bytes]), expected);
        assert_eq!(events(&bytes.chunks(1).collect::<Vec<_>>()), expected);
        let mut decoder = KeyDecoder::default();
        decoder.feed(b"\x1b[200~half\x1b[20");
        assert_eq!((decoder.pop(), decoder.is_undecided()), (None, false));
        assert_eq!(decoder.unfinished_paste().as_deref(), Some("half\x1b[20"));
    }

    #[test]
    fn a_paste_without_an_end_takes_no_key_along() {
        let mut decoder = KeyDecoder::default();
        decoder.feed(b"\x1b[200~half\r");
        assert!(decoder.is_in_paste());
        decoder.decide();
        assert_eq!(decoder.pop(), Some(TerminalEvent::Paste("half\r".to_owned())));
        assert!(!decoder.is_in_paste());
        decoder.feed(b"a\x1b[201~b\x1b[200~c\x1b[201~");
        let key = |c| TerminalEvent::Key(Key::plain(KeyCode::Char(c)));
        let events: Vec<TerminalEvent> = std::iter::from_fn(|| decoder.pop()).collect();
        assert_eq!(events, [key('a'), key('b'), TerminalEvent::Paste("c".to_owned())]);
    }

    #[test]
    fn a_reply_is_no_key() {
        assert_eq!(events(&[b"\x1b[?6", b"2;22c"]), [TerminalEvent::Attributes]);
    }
}
