//! Streams whose events repeat the whole text so far, told apart from those that send only what is new.
//!
//! `incremental_output` is always asked for, but some models do not know it. One event cannot tell: a text may
//! well go on with the piece it began with ("ha", "ha"). So while it is open which kind a stream is, a piece that
//! begins with all there is so far is held back, until what follows decides. That costs one or two events of
//! delay in a repeating stream, and nothing in any other.

/// From this many bytes on, a piece that begins with all so far is no accident.
const TELLING: usize = 24;
/// So many growing pieces in a row are none either.
const GROWTHS: u32 = 3;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    Open,
    /// Each piece is new.
    New,
    /// Each piece is everything so far.
    Whole,
}

/// One text of a stream.
#[derive(Debug, Default)]
pub(super) struct Grown {
    mode: Mode,
    /// The text so far, if the stream repeats.
    whole: String,
    /// How much of `whole` was passed on.
    passed: usize,
    /// Pieces held back, should the stream not repeat.
    held: String,
    growths: u32,
}

impl Grown {
    /// Takes a piece and returns what is new. `counted_more` says whether the server counted more tokens than at
    /// the piece before; `None` when it does not say.
    pub(super) fn take(&mut self, piece: &str, counted_more: Option<bool>) -> String {
        match self.mode {
            Mode::New => piece.to_owned(),
            Mode::Whole => self.rest_of(piece),
            Mode::Open if self.whole.is_empty() => {
                self.whole = piece.to_owned();
                self.passed = piece.len();
                piece.to_owned()
            }
            Mode::Open if !piece.starts_with(&self.whole) => {
                self.mode = Mode::New;
                let mut new = std::mem::take(&mut self.held);
                new.push_str(piece);
                new
            }
            Mode::Open => {
                let is_longer = piece.len() > self.whole.len();
                let is_telling = match is_longer {
                    true => self.whole.len() >= TELLING || self.growths + 1 >= GROWTHS,
                    // Nothing was written since, and yet the text came again.
                    false => counted_more == Some(false),
                };
                self.growths += u32::from(is_longer);
                self.held.push_str(piece);
                if is_telling {
                    self.mode = Mode::Whole;
                    self.held.clear();
                    return self.rest_of(piece);
                }
                self.whole = piece.to_owned();
                String::new()
            }
        }
    }

    /// The text has ended undecided: what was asked for is likelier.
    pub(super) fn end(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    fn rest_of(&mut self, piece: &str) -> String {
        match piece.get(self.passed..) {
            Some(rest) if piece.as_bytes()[..self.passed] == self.whole.as_bytes()[..self.passed] => {
                self.whole = piece.to_owned();
                self.passed = piece.len();
                rest.to_owned()
            }
            // Shorter, or rewritten: it cannot be taken back, and saying it twice is worse.
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Pieces with the number of tokens counted after each.
    fn all(pieces: &[(&str, u64)]) -> String {
        let mut grown = Grown::default();
        let mut text = String::new();
        let mut last = None;
        for (piece, tokens) in pieces {
            text += &grown.take(piece, last.map(|last| *tokens > last));
            last = Some(*tokens);
        }
        text + &grown.end()
    }

    #[test]
    fn a_text_that_repeats_is_said_once() {
        assert_eq!(
            all(&[
                ("Hello", 1),
                ("Hello, 世界", 4),
                ("Hello, 世界 👋", 6),
                ("Hello, 世界 👋", 6)
            ]),
            "Hello, 世界 👋"
        );
        assert_eq!(all(&[("Hi", 1), ("Hi", 1)]), "Hi");
        let long = "a sentence of more than twenty-four bytes";
        assert_eq!(all(&[(long, 9), (&format!("{long}."), 10)]), format!("{long}."));
    }

    #[test]
    fn pieces_that_look_alike_are_all_said() {
        assert_eq!(all(&[("ha", 1), ("ha", 2), ("ha", 3), ("!", 4), ("", 4)]), "hahaha!");
        assert_eq!(all(&[("1", 1), ("12", 2), ("3", 3)]), "1123");
        assert_eq!(all(&[("=", 1), ("==", 2), ("", 2)]), "===");
        assert_eq!(all(&[("go", 1), ("go", 2)]), "gogo");
    }

    proptest! {
        #[test]
        fn whatever_a_stream_repeats_is_said_once(pieces in prop::collection::vec("[a-c世 ]{1,4}", 1..12)) {
            let mut whole = String::new();
            let mut events: Vec<(String, u64)> = Vec::new();
            for (piece, tokens) in pieces.iter().zip(1..) {
                whole += piece;
                events.push((whole.clone(), tokens));
            }
            // The last event says the end, and all of the text again.
            events.push((whole.clone(), pieces.len() as u64));
            let events: Vec<(&str, u64)> = events.iter().map(|(text, tokens)| (text.as_str(), *tokens)).collect();
            prop_assert_eq!(all(&events), whole);
        }

        #[test]
        fn whatever_a_stream_adds_is_said(pieces in prop::collection::vec("[ab世]{1,3}", 1..12)) {
            let mut events: Vec<(&str, u64)> = pieces.iter().map(String::as_str).zip(1..).collect();
            events.push(("", pieces.len() as u64));
            prop_assert_eq!(all(&events), pieces.concat());
        }
    }

    #[test]
    fn a_text_that_does_not_repeat_is_never_held_back() {
        let mut grown = Grown::default();
        assert_eq!(grown.take("Hello", None), "Hello");
        assert_eq!(grown.take(", ", None), ", ");
        assert_eq!(grown.take("Hello", None), "Hello");
    }

    #[test]
    fn a_repeating_text_that_is_rewritten_says_nothing_twice() {
        let mut grown = Grown::default();
        let long = "a sentence of more than twenty-four bytes";
        grown.take(long, None);
        assert_eq!(grown.take(&format!("{long} and"), None), " and");
        assert_eq!(grown.take("something else", None), "");
        assert_eq!(grown.take(&format!("{long} and on"), None), " on");
    }
}
