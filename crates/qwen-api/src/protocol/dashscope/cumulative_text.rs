//! Detection of cumulative streams, whose events each repeat the whole text so far.
//!
//! Incremental output is always requested, but some models do not support it. As long as each piece begins with all of
//! the one before, a stream may be of either kind: "ha", "haha" is the text "hahaha" if incremental and "haha" if
//! cumulative. The text in which both readings agree is passed on; the rest is held back until a piece, or the end of the
//! answer, decides. A piece that does not begin with the one before decides for incremental, for good. Cumulative needs
//! more evidence than a text gives by chance.

use crate::protocol::json::without_half;

/// This many pieces in a row that grew, with readings that differ, are evidence for cumulative ...
const GROWTHS: u32 = 3;
/// ... if the text has at least this many bytes.
const TELLING: usize = 24;
/// A single piece is, if it begins with at least this many bytes of the one before.
const LONG: usize = 1024;
/// The number of pieces that must have grown where both readings agree, as in "haha".
const STEADY_GROWTHS: u32 = 16;
/// This many equal pieces, with more tokens counted for each, are evidence for incremental.
const SAME: u32 = 8;
/// The limit of the text held back, in bytes.
const MAX_HELD: usize = 256 * 1024;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    Open,
    Incremental,
    Cumulative,
}

/// A text that arrives in pieces of a stream of either kind.
#[derive(Debug, Default)]
pub(super) struct CumulativeText {
    mode: Mode,
    /// The text if cumulative: the last piece, without a high surrogate at its end.
    whole: String,
    /// That surrogate.
    half: String,
    /// The text if incremental; empty once decided.
    apart: String,
    /// The number of bytes of either that were passed on.
    passed: usize,
    /// The number of pieces; of those longer than the one before; of these since the readings differ.
    pieces: u32,
    growths: u32,
    differing: u32,
    /// The number of equal pieces with more tokens counted, since the text grew.
    counted_same: u32,
    /// The last piece was equal, without more tokens counted.
    is_repeated: bool,
}

impl CumulativeText {
    /// Takes a piece and returns the text it adds. `counted_more` is whether the server counted more tokens than with
    /// the piece before; `None` when it sends no count.
    pub(super) fn take(&mut self, piece: &str, counted_more: Option<bool>) -> String {
        let (text, half) = without_half(piece);
        match self.mode {
            Mode::Incremental => piece.to_owned(),
            Mode::Cumulative if piece.is_empty() => String::new(),
            Mode::Cumulative => match text.strip_prefix(&*self.whole) {
                Some(rest) => {
                    self.whole.push_str(rest);
                    self.half = half.to_owned();
                    rest.to_owned()
                }
                None => {
                    self.mode = Mode::Incremental;
                    self.whole = String::new();
                    std::mem::take(&mut self.half) + piece
                }
            },
            Mode::Open if self.pieces == 0 && piece.is_empty() => String::new(),
            Mode::Open if self.pieces > 0 && (piece.is_empty() || !text.starts_with(&*self.whole)) => {
                self.apart.push_str(piece);
                self.decide(Mode::Incremental)
            }
            Mode::Open => {
                let before = self.whole.len();
                let has_grown = self.pieces > 0 && text.len() > before;
                let did_differ = self.differs();
                self.pieces += 1;
                self.whole.push_str(&text[before..]);
                self.half = half.to_owned();
                self.apart.push_str(piece);
                let agreed = self.agreed();
                self.growths += u32::from(has_grown);
                self.differing += u32::from(has_grown && did_differ);
                self.is_repeated = !has_grown && counted_more == Some(false);
                self.counted_same = match has_grown {
                    true => 0,
                    false => self.counted_same + u32::from(self.pieces > 1 && counted_more == Some(true)),
                };
                let repeats = match self.differs() {
                    true => self.differing >= GROWTHS && self.whole.len() >= TELLING || before >= LONG,
                    false => self.growths >= STEADY_GROWTHS,
                };
                if repeats {
                    agreed + &self.decide(Mode::Cumulative)
                } else if self.counted_same >= SAME || self.apart.len() > MAX_HELD {
                    agreed + &self.decide(Mode::Incremental)
                } else {
                    agreed
                }
            }
        }
    }

    /// The rest of an answer that is complete. The undecided text of one that was cut is requested again.
    pub(super) fn end(&mut self) -> String {
        let has_grown_oddly =
            self.differs() && self.counted_same == 0 && (self.pieces > 2 || self.whole.len() >= TELLING);
        match self.mode {
            Mode::Incremental => String::new(),
            Mode::Cumulative => std::mem::take(&mut self.half),
            Mode::Open if self.is_repeated || self.growths >= GROWTHS || has_grown_oddly => {
                self.decide(Mode::Cumulative) + &std::mem::take(&mut self.half)
            }
            // Incremental output was requested, so it is likelier.
            Mode::Open => self.decide(Mode::Incremental),
        }
    }

    /// Whether the two readings are different texts over the length of the shorter one.
    fn differs(&self) -> bool {
        self.passed < self.whole.len()
    }

    /// The further text in which both readings agree.
    fn agreed(&mut self) -> String {
        let (whole, apart) = (
            &self.whole.as_bytes()[self.passed..],
            &self.apart.as_bytes()[self.passed..],
        );
        let same = whole.iter().zip(apart).take_while(|(a, b)| a == b).count();
        let end = self.whole.floor_char_boundary(self.passed + same);
        let agreed = self.whole[self.passed..end].to_owned();
        self.passed = end;
        agreed
    }

    /// Decides for a reading and returns the rest of its text.
    fn decide(&mut self, mode: Mode) -> String {
        self.mode = mode;
        let apart = std::mem::take(&mut self.apart);
        match mode {
            Mode::Cumulative => self.whole[self.passed..].to_owned(),
            _ => {
                self.whole = String::new();
                apart[self.passed..].to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The text of pieces, each with the number of tokens counted; `is_cut` when the answer is.
    fn text_of(pieces: &[(String, Option<u64>)], is_cut: bool) -> String {
        let mut cumulative = CumulativeText::default();
        let mut text = String::new();
        let mut last = None;
        for (piece, tokens) in pieces {
            let more = last.zip(*tokens).map(|(last, tokens): (u64, u64)| tokens > last);
            text += &cumulative.take(piece, more);
            last = *tokens;
        }
        if !is_cut {
            text += &cumulative.end();
        }
        text
    }

    fn all(pieces: &[(&str, u64)]) -> String {
        let pieces: Vec<_> = pieces
            .iter()
            .map(|(piece, tokens)| ((*piece).to_owned(), Some(*tokens)))
            .collect();
        text_of(&pieces, false)
    }

    #[test]
    fn a_cumulative_text_is_passed_on_once() {
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
        assert_eq!(
            all(&[("哈", 1), ("哈哈", 2), ("哈哈哈！", 3), ("哈哈哈！", 3)]),
            "哈哈哈！"
        );
    }

    #[test]
    fn equal_pieces_of_an_incremental_text_are_all_passed_on() {
        assert_eq!(all(&[("ha", 1), ("ha", 2), ("ha", 3), ("!", 4), ("", 4)]), "hahaha!");
        assert_eq!(all(&[("1", 1), ("12", 2), ("3", 3)]), "1123");
        assert_eq!(all(&[("=", 1), ("==", 2), ("", 2)]), "===");
        assert_eq!(all(&[("go", 1), ("go", 2)]), "gogo");
        // Where the count stands still, too.
        let (eight, ten) = ("哈".repeat(8), "哈".repeat(10));
        assert_eq!(
            all(&[(&eight, 3), (&ten, 3), ("，真好笑。", 3), ("", 3)]),
            format!("{eight}{ten}，真好笑。")
        );
        let row = "| --- | --- | --- | --- | --- |\n";
        let more = format!("{row}| a | ");
        assert_eq!(
            all(&[(row, 9), (&more, 18), ("b |\n", 20), ("", 20)]),
            format!("{row}{more}b |\n")
        );
    }

    #[test]
    fn a_text_of_one_word_is_not_held_for_ever() {
        let mut cumulative = CumulativeText::default();
        let said: String = (0..100).map(|_| cumulative.take("哈", Some(true))).collect();
        assert_eq!(said, "哈".repeat(100));
        let mut cumulative = CumulativeText::default();
        let row = "0".repeat(1000);
        let said: String = (0..400).map(|_| cumulative.take(&row, None)).collect();
        assert_eq!(said.len(), 400_000);
    }

    #[test]
    fn what_is_in_doubt_at_a_cut_is_not_said() {
        let cut = |pieces: &[&str]| {
            let pieces: Vec<_> = pieces.iter().map(|piece| ((*piece).to_owned(), None)).collect();
            text_of(&pieces, true)
        };
        assert_eq!(cut(&["Hello", "Hello, world"]), "Hello");
        assert_eq!(cut(&["哈", "哈哈"]), "哈哈");
    }

    /// A piece of a text and how often it is said: answers repeat themselves.
    fn pieces(most: usize) -> impl Strategy<Value = Vec<String>> {
        let piece = ("[ab世哈 \n]{1,5}|ha|哈哈|-{1,9}|row [ab]\n", 1..4usize);
        prop::collection::vec(piece, 1..most).prop_map(|pieces| {
            pieces
                .iter()
                .flat_map(|(piece, times)| vec![piece.clone(); *times])
                .collect()
        })
    }

    #[derive(Clone, Copy, Debug)]
    enum Counts {
        Right,
        Still,
        Absent,
    }

    fn counted(counts: Counts, tokens: usize) -> Option<u64> {
        match counts {
            Counts::Right => Some(tokens as u64),
            Counts::Still => Some(1),
            Counts::Absent => None,
        }
    }

    const COUNTS: [Counts; 3] = [Counts::Right, Counts::Still, Counts::Absent];

    proptest! {
        #[test]
        fn whatever_a_stream_repeats_is_said_once(pieces in pieces(12), counts in prop::sample::select(&COUNTS[..2])) {
            let mut whole = String::new();
            let mut events: Vec<(String, Option<u64>)> = Vec::new();
            for (piece, tokens) in pieces.iter().zip(1..) {
                whole += piece;
                events.push((whole.clone(), counted(counts, tokens)));
            }
            for cut in 0..=events.len() {
                let said = text_of(&events[..cut], true);
                prop_assert!(whole.starts_with(&said), "{:?} of {:?}", said, whole);
            }
            // The last event says the end, and all of the text again.
            events.push((whole.clone(), counted(counts, pieces.len())));
            prop_assert_eq!(text_of(&events, false), whole);
        }

        #[test]
        fn whatever_a_stream_adds_is_said(pieces in pieces(12), counts in prop::sample::select(&COUNTS[..])) {
            let whole = pieces.concat();
            let mut events: Vec<_> = pieces.into_iter().zip(1..).map(|(piece, tokens)| (piece, counted(counts, tokens))).collect();
            for cut in 0..=events.len() {
                let said = text_of(&events[..cut], true);
                prop_assert!(whole.starts_with(&said), "{:?} of {:?}", said, whole);
            }
            events.push((String::new(), events.last().and_then(|event| event.1)));
            prop_assert_eq!(text_of(&events, false), whole);
        }

        #[test]
        fn a_text_cut_anywhere_into_pieces_is_all_said(
            line in "[a-c世 ]{1,30}\n", times in 1..20usize, sizes in prop::collection::vec(1..40usize, 1..20),
        ) {
            let whole = line.repeat(times);
            let letters: Vec<char> = whole.chars().collect();
            let (mut at, mut events) = (0, Vec::new());
            for size in sizes.iter().cycle() {
                let end = (at + size).min(letters.len());
                events.push((letters[at..end].iter().collect::<String>(), None));
                at = end;
                if at == letters.len() {
                    break;
                }
            }
            events.push((String::new(), None));
            prop_assert_eq!(text_of(&events, false), whole);
        }
    }

    #[test]
    fn a_text_that_does_not_repeat_is_never_held_back() {
        let mut cumulative = CumulativeText::default();
        assert_eq!(cumulative.take("Hello", None), "Hello");
        assert_eq!(cumulative.take(", ", None), ", ");
        assert_eq!(cumulative.take("Hello", None), "Hello");
    }

    #[test]
    fn a_repeating_text_is_passed_on_as_it_grows_until_a_piece_does_not_fit() {
        let mut cumulative = CumulativeText::default();
        let long = "a sentence of more than twenty-four bytes";
        let parts: Vec<String> = [4, 9, 20, 30, 35]
            .map(|end| cumulative.take(&long[..end], None))
            .to_vec();
        assert_eq!(parts.concat(), long[..35]);
        assert_eq!(cumulative.take("", None), "");
        assert_eq!(cumulative.take(long, None), &long[35..]);
        assert_eq!(cumulative.take("something else", None), "something else");
        assert_eq!(cumulative.take(long, None), long);
    }
}
