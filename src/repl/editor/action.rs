//! What keys do at the prompt, by the names that readline has for it. Pure.

use super::buffer::{Buffer, Case};
use super::motion::Motion::{self, *};
use super::motion::WordKind;
use crate::term::keys::{Key, KeyCode as K};

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Insert(char),
    Newline,
    Move(Motion),
    /// Removes text that is not to be inserted elsewhere.
    Delete(Motion),
    /// Removes text that Ctrl-Y inserts again.
    Kill(Motion),
    Yank,
    /// Replaces what was just inserted with what was killed before it.
    YankPop,
    ChangeCase(Case),
    TransposeChars,
    TransposeWords,
    Undo,
    /// To the row above, or the older message.
    Up,
    Down,
    Older,
    Newer,
    /// The older message that begins like the text left of the cursor.
    OlderAlike,
    NewerAlike,
    Oldest,
    Newest,
    SearchOlder,
    SearchNewer,
    Complete,
    /// Shows the text of a pasted mark.
    OpenPaste,
    Enter,
    Interrupt,
    /// Ctrl-D: deletes a character, or leaves.
    DeleteOrEnd,
    EditElsewhere,
    Suspend,
    ClearScreen,
}

/// What a key does in the emacs mode, and in the insert mode of vi but for Esc.
pub(super) fn emacs(key: Key, after_ctrl_x: bool) -> Option<Action> {
    use Action as A;
    let is_plain = !key.ctrl && !key.alt;
    if let Some(c) = key.text() {
        return Some(A::Insert(c));
    }
    Some(match (key.code, key.ctrl, key.alt) {
        (K::Char('e'), true, false) if after_ctrl_x => A::EditElsewhere,
        (K::Char('u'), true, false) if after_ctrl_x => A::Undo,
        (K::Enter, false, false) if !key.shift => A::Enter,
        (K::Enter, ..) | (K::Char('j'), true, _) => A::Newline,
        (K::Tab, ..) => A::Complete,
        (K::Backspace, false, false) => A::Delete(Left),
        (K::Backspace, ..) => A::Kill(WordLeft(WordKind::Emacs)),
        (K::Delete, false, false) => A::Delete(Right),
        (K::Delete, ..) => A::Kill(WordRight(WordKind::Emacs)),
        (K::Up, ..) if is_plain => A::Up,
        (K::Down, ..) if is_plain => A::Down,
        (K::Left, ..) if is_plain => A::Move(Left),
        (K::Right, ..) if is_plain => A::Move(Right),
        (K::Left, ..) => A::Move(WordLeft(WordKind::Emacs)),
        (K::Right, ..) => A::Move(WordRight(WordKind::Emacs)),
        (K::Home, ..) if is_plain => A::Move(LineStart),
        (K::End, ..) if is_plain => A::Move(LineEnd),
        (K::Home, ..) => A::Move(Start),
        (K::End, ..) => A::Move(End),
        (K::PageUp, ..) => A::OlderAlike,
        (K::PageDown, ..) => A::NewerAlike,
        (K::Char(c), true, false) => match c {
            'a' => A::Move(LineStart),
            'b' => A::Move(Left),
            'c' => A::Interrupt,
            'd' => A::DeleteOrEnd,
            'e' => A::Move(LineEnd),
            'f' => A::Move(Right),
            'g' => A::EditElsewhere,
            'k' => A::Kill(LineEnd),
            'l' => A::ClearScreen,
            'm' => A::Enter,
            'n' => A::Newer,
            'o' => A::OpenPaste,
            'p' => A::Older,
            'r' => A::SearchOlder,
            's' => A::SearchNewer,
            't' => A::TransposeChars,
            'u' => A::Kill(LineStart),
            'w' => A::Kill(WordLeft(WordKind::Big)),
            'y' => A::Yank,
            'z' => A::Suspend,
            '_' | '/' => A::Undo,
            _ => return None,
        },
        (K::Char(c), false, true) => match c {
            'b' | 'B' => A::Move(WordLeft(WordKind::Emacs)),
            'c' | 'C' => A::ChangeCase(Case::Title),
            'd' | 'D' => A::Kill(WordRight(WordKind::Emacs)),
            'f' | 'F' => A::Move(WordRight(WordKind::Emacs)),
            'l' | 'L' => A::ChangeCase(Case::Lower),
            'n' | 'N' => A::NewerAlike,
            'p' | 'P' => A::OlderAlike,
            't' | 'T' => A::TransposeWords,
            'u' | 'U' => A::ChangeCase(Case::Upper),
            'y' | 'Y' => A::YankPop,
            '<' => A::Oldest,
            '>' => A::Newest,
            _ => return None,
        },
        _ => return None,
    })
}

/// Does what an action does to the line alone.
pub(super) fn edit(action: Action, buffer: &mut Buffer) {
    match action {
        Action::Insert(c) => buffer.insert_char(c),
        Action::Newline => buffer.insert("\n"),
        Action::Move(motion) => {
            buffer.go(motion, 1);
        }
        Action::Delete(motion) => buffer.delete(motion),
        Action::Kill(motion) => buffer.kill(motion, 1),
        Action::Yank => buffer.yank(1),
        Action::YankPop => buffer.yank_pop(),
        Action::ChangeCase(case) => buffer.change_case(case),
        Action::TransposeChars => buffer.transpose_chars(),
        Action::TransposeWords => buffer.transpose_words(),
        Action::Undo => buffer.undo(),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::term::keys::{KeyDecoder, TerminalEvent};

    /// Types keys into a line, `|` being the cursor, and gives the line.
    #[track_caller]
    fn typed(line: &str, keys: &str) -> String {
        let (left, right) = line.split_once('|').unwrap();
        let mut buffer = Buffer::default();
        buffer.begin(left, right);
        let mut decoder = KeyDecoder::default();
        decoder.feed(keys.as_bytes());
        let mut after_ctrl_x = false;
        while let Some(TerminalEvent::Key(key)) = decoder.pop() {
            if let Some(action) = emacs(key, after_ctrl_x) {
                edit(action, &mut buffer);
            }
            after_ctrl_x = key == Key::ctrl('x');
        }
        format!("{}|{}", buffer.before(), buffer.after())
    }

    #[test]
    fn emacs_keys() {
        for (line, keys, expected) in [
            // Text, of any width.
            ("|", "hi 天", "hi 天|"),
            ("a|d", "bc", "abc|d"),
            ("|", "a\x1b\rb\nc\x1b[13;2ud", "a\nb\nc\nd|"),
            // Places.
            ("ab|c", "\x01X", "X|abc"),
            ("a|bc", "\x05X", "abcX|"),
            ("a\nb|c", "\x01X", "a\nX|bc"),
            ("a|b\nc", "\x05X", "abX|\nc"),
            ("a|bc", "\x02\x02X", "X|abc"),
            ("a|bc", "\x06X", "abX|c"),
            ("天地|人", "\x1b[DX\x1b[C", "天X地|人"),
            ("e\u{301}|", "\x1b[D", "|e\u{301}"),
            ("one two|", "\x1bbX", "one X|two"),
            ("one, two|", "\x1b[1;5DX", "one, X|two"),
            ("|one two", "\x1bf\x1bfX", "one twoX|"),
            ("|one two", "\x1b[1;3CX", "oneX| two"),
            ("a\nb|", "\x1b[1;5HX", "X|a\nb"),
            ("a|\nb", "\x1b[1;5FX", "a\nbX|"),
            ("a\nb|c", "\x1b[HX\x1b[FY", "a\nXbcY|"),
            // Deleting.
            ("ab|c", "\x7f", "a|c"),
            ("ab|c", "\x08\x08\x08", "|c"),
            ("a|bc", "\x1b[3~", "a|c"),
            ("a👩\u{200d}🚀|b", "\x7f", "a|b"),
            // Killing, and what comes back.
            ("one |two three", "\x0b", "one |"),
            ("one |two", "\x0b\x01\x19", "two|one "),
            ("a|\nb", "\x0b", "a|b"),
            ("one two|", "\x15\x19\x19", "one twoone two|"),
            ("a\nb|c", "\x15", "a\n|c"),
            ("a\n|c", "\x15", "a|c"),
            ("see a/b.c|", "\x17", "see |"),
            ("see a/b.c|", "\x1b\x7f", "see a/b.|"),
            ("one two|", "\x17\x17\x19", "one two|"),
            ("|one two", "\x1bd\x1bd\x19", "one two|"),
            ("one two|", "\x17\x01\x0b\x19\x1by", "two|"),
            // Letters.
            ("|one two", "\x1bu\x1bc", "ONE Two|"),
            ("|ONE", "\x1bl", "one|"),
            ("ab|c", "\x14", "acb|"),
            ("ab|", "\x14", "ba|"),
            ("one two|", "\x1bt", "two one|"),
            ("one |two", "\x1bt", "two one|"),
            ("|", "\x14\x1bt\x0b\x15\x17\x19\x1by\x1f", "|"),
            // Undo: a word at a time.
            ("|", "one two\x1f", "one |"),
            ("|", "one two\x1f\x1f", "|"),
            ("|", "one\x15\x18\x15", "one|"),
            ("abc|", "\x7f\x7f\x1f", "abc|"),
        ] {
            assert_eq!(typed(line, keys), expected, "{line:?} {keys:?}");
        }
    }

    #[test]
    fn keys_beyond_the_line() {
        let action = |keys: &str| {
            let mut decoder = KeyDecoder::default();
            decoder.feed(keys.as_bytes());
            decoder.decide();
            match decoder.pop() {
                Some(TerminalEvent::Key(key)) => emacs(key, false),
                other => panic!("{other:?}"),
            }
        };
        for (keys, expected) in [
            ("\r", Action::Enter),
            ("\t", Action::Complete),
            ("\x03", Action::Interrupt),
            ("\x04", Action::DeleteOrEnd),
            ("\x07", Action::EditElsewhere),
            ("\x0c", Action::ClearScreen),
            ("\x0f", Action::OpenPaste),
            ("\x1a", Action::Suspend),
            ("\x12", Action::SearchOlder),
            ("\x13", Action::SearchNewer),
            ("\x10", Action::Older),
            ("\x0e", Action::Newer),
            ("\x1b[A", Action::Up),
            ("\x1b[B", Action::Down),
            ("\x1b[5~", Action::OlderAlike),
            ("\x1b[6~", Action::NewerAlike),
            ("\x1b<", Action::Oldest),
            ("\x1b>", Action::Newest),
        ] {
            assert_eq!(action(keys), Some(expected), "{keys:?}");
        }
        assert_eq!(emacs(Key::ctrl('e'), true), Some(Action::EditElsewhere));
        for keys in ["\x1bq", "\x00", "\x11", "\x1b[Z"] {
            assert_eq!(action(keys), None, "{keys:?}");
        }
    }
}
