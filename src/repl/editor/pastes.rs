//! Long pasted texts, each of which stands in the line as one character, its mark. Pure.

use std::borrow::Cow;

use crate::i18n::lang::Lang;
use crate::tr;

/// The characters that are marks: the end of Unicode's last private plane.
const FIRST: u32 = 0x10_f000;
const LAST: u32 = 0x10_fffd;

/// A paste of more lines is a mark.
const MAX_SHOWN_LINES: usize = 20;

/// The texts that marks stand for, in the order of their characters.
#[derive(Clone, Debug, Default)]
pub(super) struct Pastes(Vec<String>);

impl Pastes {
    /// A text as it is put into the line. A character that would be taken for a mark has a mark of its own.
    pub(super) fn hold<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        if !text.contains(is_mark) {
            return Cow::Borrowed(text);
        }
        let characters = text.chars().map(|c| match is_mark(c) {
            true => self.mark(c.to_string()).unwrap_or(char::REPLACEMENT_CHARACTER),
            false => c,
        });
        Cow::Owned(characters.collect())
    }

    /// A pasted text as it is put into the line: a long one as its mark.
    pub(super) fn hold_paste<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        match text.lines().count() > MAX_SHOWN_LINES {
            true => self
                .mark(text.to_owned())
                .map_or(Cow::Borrowed(text), |c| c.to_string().into()),
            false => self.hold(text),
        }
    }

    fn mark(&mut self, text: String) -> Option<char> {
        let at = self.0.iter().position(|held| *held == text).unwrap_or(self.0.len());
        let mark = char::from_u32(FIRST + u32::try_from(at).ok()?).filter(|c| is_mark(*c))?;
        if at == self.0.len() {
            self.0.push(text);
        }
        Some(mark)
    }

    /// The text of a mark.
    pub(super) fn text(&self, mark: char) -> Option<&str> {
        let at = u32::from(mark).checked_sub(FIRST)?;
        self.0.get(usize::try_from(at).ok()?).map(String::as_str)
    }

    /// A line with the texts in the places of their marks.
    pub(super) fn expand<'l>(&self, line: &'l str) -> Cow<'l, str> {
        if !line.contains(is_mark) {
            return Cow::Borrowed(line);
        }
        let mut whole = String::new();
        for c in line.chars() {
            match self.text(c) {
                Some(text) => whole.push_str(text),
                None => whole.push(c),
            }
        }
        Cow::Owned(whole)
    }

    /// What is shown for a mark: `[pasted 2000 lines]`.
    pub(super) fn label(&self, mark: char, lang: Lang) -> Option<String> {
        let text = self.text(mark)?;
        Some(match text.lines().count() {
            0 | 1 => "\u{fffd}".to_owned(),
            lines => tr!("[pasted {} lines]", lines).localize(lang),
        })
    }
}

pub(super) fn is_mark(c: char) -> bool {
    (FIRST..=LAST).contains(&u32::from(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_paste_is_one_character_and_comes_out_whole() {
        let mut pastes = Pastes::default();
        let long = "line\n".repeat(2000);
        let line = format!("a{}b{}", pastes.hold_paste(&long), pastes.hold_paste(&long));
        assert_eq!(line.chars().count(), 4);
        assert_eq!(pastes.expand(&line), format!("a{long}b{long}"));
        let mark = line.chars().nth(1).unwrap();
        assert_eq!(pastes.label(mark, Lang::En).unwrap(), "[pasted 2000 lines]");
        assert_eq!(pastes.hold_paste(&"line\n".repeat(20)), "line\n".repeat(20));
    }

    #[test]
    fn a_character_that_looks_like_a_mark_stays_itself() {
        let mut pastes = Pastes::default();
        pastes.hold_paste(&"line\n".repeat(30));
        let odd = "a\u{10f000}\u{10fffd}\u{f0001}";
        let line = pastes.hold(odd).into_owned();
        assert_eq!(pastes.expand(&line), odd);
        let again = pastes.hold_paste(odd).into_owned();
        assert_eq!(again, line);
    }
}
