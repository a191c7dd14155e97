//! Where a resumed answer meets its first part.
//!
//! The rest is asked for with the text so far as a prefix, and the server says only what follows. Should one
//! begin with an echo, the echo is dropped: no word comes twice. For an echo is taken
//!
//! * all of the text so far, said again; or
//! * its tail up to the very end, said nowhere else in it, where the text was cut in the middle of a sentence.
//!   What stands behind a whole sentence or line may be meant: a refrain, a row of a table, a second call.

/// The shortest echo, in bytes, that is taken for one. Shorter ones are too likely to be meant.
const LEAST_ECHO: usize = 24;

/// The longest echo of a tail, in bytes, that is taken for one. What is said again from the very start may be longer.
const MOST_ECHO: usize = 16 * 1024;

/// Holds the rest back until it is clear that it is no echo.
#[derive(Debug)]
pub struct Seam {
    before: String,
    held: String,
    /// What is held stands at the start of the text before.
    is_from_start: bool,
    is_open: bool,
}

impl Seam {
    pub fn new(before: &str) -> Seam {
        Seam {
            before: before.to_owned(),
            held: String::new(),
            is_from_start: true,
            is_open: true,
        }
    }

    /// Takes a piece of the rest; returns what may be shown.
    pub fn push(&mut self, text: String) -> Option<String> {
        if !self.is_open {
            return Some(text);
        }
        // Only what is new is compared: an answer said again comes in many pieces.
        let rest = self.before.as_bytes().get(self.held.len()..);
        self.is_from_start &= rest.is_some_and(|rest| rest.starts_with(text.as_bytes()));
        self.held.push_str(&text);
        // While it could still be an echo, it is somewhere in the text before.
        let is_begun = self.is_from_start || (self.is_mid_sentence() && self.tail().contains(&self.held));
        if is_begun && self.held.len() < self.before.len() {
            return None;
        }
        self.settle()
    }

    /// The answer ended: what is held is the rest.
    pub fn finish(&mut self) -> Option<String> {
        if !self.is_open {
            return None;
        }
        self.settle()
    }

    fn settle(&mut self) -> Option<String> {
        self.is_open = false;
        let held = std::mem::take(&mut self.held);
        let rest = &held[self.echo(&held)..];
        (!rest.is_empty()).then(|| rest.to_owned())
    }

    /// Whether the text before stops where no sentence and no line does.
    fn is_mid_sentence(&self) -> bool {
        let end = self.before.chars().next_back();
        end.is_some_and(|end| end.is_alphanumeric() || matches!(end, ' ' | ',' | '，' | '、' | '-' | '('))
    }

    /// The end of the text before, as far back as an echo of it may begin.
    fn tail(&self) -> &str {
        let start = self.before.len().saturating_sub(MOST_ECHO);
        &self.before[self.before.ceil_char_boundary(start)..]
    }

    /// How many bytes at the start of `held` repeat the end of the text before.
    fn echo(&self, held: &str) -> usize {
        if self.before.len() >= LEAST_ECHO && held.starts_with(&self.before) {
            return self.before.len();
        }
        if !self.is_mid_sentence() {
            return 0;
        }
        let tail = self.tail();
        let longest = (LEAST_ECHO..=held.len().min(tail.len()))
            .rev()
            .filter(|size| held.is_char_boundary(*size))
            .find(|size| tail.ends_with(&held[..*size]));
        longest
            // A text that repeats itself goes on repeating: that is no echo. Where the longest is said twice, so is
            // each shorter one, which is its end.
            .filter(|size| self.before.find(&held[..*size]) == Some(self.before.len() - size))
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(before: &str, rest: &[&str]) -> String {
        let mut seam = Seam::new(before);
        let mut text = before.to_owned();
        for piece in rest {
            text.extend(seam.push((*piece).to_owned()));
        }
        text.extend(seam.finish());
        text
    }

    #[test]
    fn a_plain_continuation_is_untouched() {
        assert_eq!(joined("one two", &[" three", " four"]), "one two three four");
        assert_eq!(joined("ha ha ", &["ha ", "ha"]), "ha ha ha ha");
        assert_eq!(joined("\n", &["\n", "text"]), "\n\ntext");
        assert_eq!(joined("第一行\n", &["第", "二行"]), "第一行\n第二行");
    }

    #[test]
    fn an_echo_is_dropped() {
        let before = "A whole sentence that was here before the line dropped, and then";
        assert_eq!(
            joined(before, &["A whole sen", &before[11..], " more"]),
            format!("{before} more")
        );
        assert_eq!(
            joined(before, &["before the line ", "dropped, and then", " more"]),
            format!("{before} more")
        );
    }

    #[test]
    fn a_refrain_is_said_again() {
        let verse = "First verse, which is said once.\n";
        for refrain in [
            "Row, row, row your boat, gently down.\n",
            "Merrily we go, all of us, together!",
            "合唱：大家一起唱这首歌。",
        ] {
            let before = format!("{verse}{refrain}");
            assert_eq!(
                joined(&before, &[refrain, "The end"]),
                format!("{before}{refrain}The end")
            );
        }
    }

    #[test]
    fn what_is_cut_anywhere_and_echoed_from_any_word_joins_to_the_whole() {
        let whole = "Alpha beta gamma delta, epsilon zeta eta theta iota kappa lambda mu nu xi omikron pi rho sigma.";
        for cut in 40..whole.len() {
            let (before, rest) = whole.split_at(cut);
            assert_eq!(joined(before, &[rest]), whole, "no echo at {cut}");
            for from in 0..=cut - LEAST_ECHO {
                let echoed = &whole[from..];
                if from == 0 || before.ends_with(char::is_alphanumeric) {
                    for size in [1, 7, echoed.len()] {
                        let pieces: Vec<&str> = echoed
                            .as_bytes()
                            .chunks(size)
                            .map(|piece| std::str::from_utf8(piece).unwrap())
                            .collect();
                        assert_eq!(joined(before, &pieces), whole, "cut at {cut}, echo from {from}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_text_that_repeats_itself_goes_on() {
        let line = "| --- | --- | --- | --- | --- |\n";
        assert_eq!(
            joined(&line.repeat(3), &[line, "end"]),
            format!("{}end", line.repeat(4))
        );
        // Also where it repeats itself within less than an echo's length, and stops in mid-sentence.
        let laugh = "ha ".repeat(20);
        assert_eq!(
            joined(&laugh, &[&laugh[3..], "and so on"]),
            format!("{}and so on", "ha ".repeat(39))
        );
    }

    /// Counted in steps, these would be 10^11 and more.
    #[test]
    fn a_very_long_text_costs_no_more_than_its_length() {
        let long: String = (0..400_000).map(|number| format!("{number:x} ")).collect();
        let pieces: Vec<&str> = long.split_inclusive(' ').collect();
        assert!(joined(&long, &pieces) == long);
        let same = "a".repeat(1_000_000);
        assert!(joined(&same, &["a"; 30_000]).len() == 1_030_000);
    }
}
