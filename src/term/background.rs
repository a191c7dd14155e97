//! The terminal's background, which decides between inks for dark and for light: the question, and its answer.
//!
//! The question is OSC 11 with a device-attributes request (DA1) behind it, which every terminal answers: once that
//! reply is here, no colour comes any more (xterm, "Control Sequences").

use std::sync::{Arc, OnceLock};

use stream_markdown::Theme;

use super::keys::{Key, KeyCode, TerminalEvent};

/// The question.
pub const QUERY: &str = "\x1b]11;?\x1b\\\x1b[c";

/// The most characters of a colour: `rgba:` and four numbers of four digits.
const LONGEST: usize = "rgba:ffff/ffff/ffff/ffff".len();

/// What the terminal has answered so far, shared between the prompt, which asks, and the renderers.
#[derive(Clone, Debug, Default)]
pub struct Background(Arc<OnceLock<Theme>>);

impl Background {
    /// `None` while the terminal has not answered.
    pub fn theme(&self) -> Option<Theme> {
        self.0.get().copied()
    }
}

/// Takes the replies out of what is typed, whenever and in however many pieces they come.
#[derive(Debug)]
pub struct ReplyFilter {
    background: Background,
    state: FilterState,
}

#[derive(Debug)]
enum FilterState {
    /// A reply may come.
    Waiting,
    /// An Esc has come that may begin one.
    Escaped,
    /// Within the reply to OSC 11: what has come of it.
    Color(String),
    /// No reply comes any more.
    Done,
}

impl ReplyFilter {
    /// A filter that lets all through until a question was asked.
    pub fn new(background: Background) -> ReplyFilter {
        ReplyFilter {
            background,
            state: FilterState::Done,
        }
    }

    /// The question was asked.
    pub fn expect(&mut self) {
        self.state = FilterState::Waiting;
    }

    /// Whether this belongs to a reply, so that it is no text of the user.
    pub fn takes(&mut self, event: &TerminalEvent) -> bool {
        const PREFIX: &str = "11;";
        const OSC: Key = Key::alt(KeyCode::Char(']'));
        const END: Key = Key::alt(KeyCode::Char('\\'));
        const BEL: Key = Key::ctrl('g');
        let key = match event {
            TerminalEvent::Key(key) => *key,
            TerminalEvent::Attributes => {
                self.state = FilterState::Done;
                return true;
            }
            TerminalEvent::Paste(_) | TerminalEvent::Resize => return false,
        };
        let FilterState::Color(reply) = &mut self.state else {
            let is_done = matches!(self.state, FilterState::Done);
            let was_escape = matches!(self.state, FilterState::Escaped);
            let begins = !is_done && (key == OSC || (was_escape && key.text() == Some(']')));
            self.state = match key.code {
                _ if is_done => FilterState::Done,
                _ if begins => FilterState::Color(String::new()),
                KeyCode::Esc => FilterState::Escaped,
                _ => FilterState::Waiting,
            };
            return begins;
        };
        if let Some(c) = key.text().filter(|c| *c != '\\') {
            let is_reply = match PREFIX.chars().nth(reply.len()) {
                Some(expected) => c == expected,
                None => c.is_ascii_hexdigit() || "rgba:/#".contains(c),
            };
            if is_reply && reply.len() < PREFIX.len() + LONGEST {
                reply.push(c);
                return true;
            }
        } else if key == END || key == BEL || key.text() == Some('\\') {
            if let Some(theme) = reply.strip_prefix(PREFIX).and_then(theme_of) {
                // The first answer counts.
                let _ = self.background.0.set(theme);
            }
            self.state = FilterState::Waiting;
            return true;
        } else if key.code == KeyCode::Esc {
            // The end may come in two pieces.
            return true;
        }
        self.state = FilterState::Waiting;
        false
    }
}

/// The theme for a colour as X11 writes it: `rgb:1e1e/1e1e/1e1e`, `rgba:…`, `#1e1e1e`.
fn theme_of(color: &str) -> Option<Theme> {
    let parts: Vec<&str> = match color.strip_prefix('#') {
        Some(digits) => {
            let width = digits.len() / 3;
            (0..3)
                .map(|n| digits.get(n * width..(n + 1) * width))
                .collect::<Option<_>>()?
        }
        None => color.split_once(':')?.1.split('/').take(3).collect(),
    };
    let channel = |part: &&str| {
        let most = 16_f64.powi(i32::try_from(part.len()).ok()?) - 1.0;
        Some(f64::from(u16::from_str_radix(part, 16).ok()?) / most)
    };
    let [red, green, blue] = parts
        .iter()
        .map(channel)
        .collect::<Option<Vec<f64>>>()?
        .try_into()
        .ok()?;
    // ITU-R BT.601: how bright it looks.
    let brightness = 0.299 * red + 0.587 * green + 0.114 * blue;
    Some(if brightness > 0.5 { Theme::Light } else { Theme::Dark })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::term::keys::KeyDecoder;

    #[test]
    fn a_colour_is_dark_or_light() {
        for (color, theme) in [
            ("rgb:0000/0000/0000", Some(Theme::Dark)),
            ("rgb:1e/1e/1e", Some(Theme::Dark)),
            ("rgb:ffff/ffff/ffff", Some(Theme::Light)),
            ("rgba:fdfd/f6f6/e3e3/ffff", Some(Theme::Light)),
            ("#002b36", Some(Theme::Dark)),
            ("#fff", Some(Theme::Light)),
            ("rgb:f/f/f", Some(Theme::Light)),
            ("rgb:ffff/ffff", None),
            ("rgb:fffff/fffff/fffff", None),
            ("rgb://", None),
            ("#", None),
            ("", None),
        ] {
            assert_eq!(theme_of(color), theme, "{color}");
        }
    }

    /// The text that is left as typed.
    fn typed(filter: &mut ReplyFilter, pieces: &[&str]) -> String {
        let mut decoder = KeyDecoder::default();
        let mut typed = String::new();
        for piece in pieces {
            decoder.feed(piece.as_bytes());
            decoder.decide();
            let events = std::iter::from_fn(|| decoder.pop()).filter(|event| !filter.takes(event));
            typed.extend(events.filter_map(|event| match event {
                TerminalEvent::Key(key) => key.text(),
                _ => None,
            }));
        }
        typed
    }

    #[test]
    fn replies_are_taken_out_of_what_is_typed() {
        let background = Background::default();
        let mut filter = ReplyFilter::new(background.clone());
        assert_eq!(typed(&mut filter, &["\u{1b}]11;a"]), "11;a");
        filter.expect();
        assert_eq!(typed(&mut filter, &["a\u{1b}]11;rgb:ff"]), "a");
        assert_eq!(background.theme(), None);
        assert_eq!(typed(&mut filter, &["ff/ffff/ffff\u{1b}\\b"]), "b");
        assert_eq!(background.theme(), Some(Theme::Light));
        assert_eq!(typed(&mut filter, &["\u{1b}[?62;2", "2cc"]), "c");
        assert_eq!(typed(&mut filter, &["\u{1b}]11;"]), "11;");
        // What only begins as one does not take along what is typed.
        filter.expect();
        assert_eq!(typed(&mut filter, &["\u{1b}]x11"]), "x11");
        assert_eq!(typed(&mut filter, &["\u{1b}]11;hello"]), "hello");
    }

    #[test]
    fn a_reply_may_come_byte_by_byte() {
        let background = Background::default();
        let mut filter = ReplyFilter::new(background.clone());
        filter.expect();
        let reply: Vec<String> = "a\u{1b}]11;#ffffff\u{1b}\\b".chars().map(String::from).collect();
        let reply: Vec<&str> = reply.iter().map(String::as_str).collect();
        assert_eq!(typed(&mut filter, &reply), "ab");
        assert_eq!(background.theme(), Some(Theme::Light));
    }
}
