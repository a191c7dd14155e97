//! The keys of vi's command mode. Pure.

use super::action::Action;
use super::buffer::Buffer;
use super::motion::{CharSearch, Motion, WordKind};
use crate::term::keys::{Key, KeyCode as K};

/// Vi's modes, and the command whose keys are still coming.
#[derive(Debug, Default)]
pub(super) struct Vi {
    is_command: bool,
    /// The digits so far; 0 for none.
    count: usize,
    /// `d`, `c` or `y`, and the count before it.
    operator: Option<(char, usize)>,
    /// `f`, `F`, `t`, `T` or `r`: the next key is a character.
    awaits_char: Option<char>,
    last_search: Option<CharSearch>,
    /// The keys of the command that is being typed, with what it inserts.
    typed: Vec<Key>,
    /// The keys of the last change, for `.`.
    repeated: Vec<Key>,
    /// The text is inserted by a command that `.` repeats.
    is_recording: bool,
}

impl Vi {
    /// Begins another line, in insert mode.
    pub(super) fn begin(&mut self) {
        *self = Vi {
            last_search: self.last_search,
            repeated: std::mem::take(&mut self.repeated),
            ..Vi::default()
        };
    }

    pub(super) fn is_command(&self) -> bool {
        self.is_command
    }

    /// Whether the next key belongs to a command that has begun.
    pub(super) fn is_pending(&self) -> bool {
        self.count > 0 || self.operator.is_some() || self.awaits_char.is_some()
    }

    /// Notes a key of the insert mode.
    pub(super) fn inserts(&mut self, key: Key) {
        if self.is_recording {
            self.typed.push(key);
        }
    }

    /// Esc: back to the command mode, or out of a command that has begun.
    pub(super) fn escape(&mut self, buffer: &mut Buffer) {
        if !self.is_command {
            self.is_command = true;
            if self.is_recording {
                self.typed.push(Key::plain(K::Esc));
                self.repeated = std::mem::take(&mut self.typed);
                self.is_recording = false;
            }
            if !buffer.before().is_empty() && !buffer.before().ends_with('\n') {
                buffer.go(Motion::Left, 1);
            }
        }
        self.abandon();
    }

    fn abandon(&mut self) {
        (self.count, self.operator, self.awaits_char) = (0, None, None);
        self.typed.clear();
    }

    /// A character of the command mode; what it does beyond the line.
    pub(super) fn command(&mut self, c: char, buffer: &mut Buffer) -> Option<Action> {
        self.typed.push(Key::plain(K::Char(c)));
        let action = self.step(c, buffer);
        if !self.is_pending() && !self.is_recording {
            self.typed.clear();
        }
        if self.is_command && !self.is_pending() {
            on_a_character(buffer);
        }
        action
    }

    fn step(&mut self, c: char, buffer: &mut Buffer) -> Option<Action> {
        if let Some(kind) = self.awaits_char.take() {
            self.with_char(kind, c, buffer);
            return None;
        }
        if c.is_ascii_digit() && (c != '0' || self.count > 0) {
            let digit = usize::from(c as u8 - b'0');
            self.count = (self.count * 10 + digit).min(9_999);
            return None;
        }
        if matches!(c, 'f' | 'F' | 't' | 'T') || (c == 'r' && self.operator.is_none()) {
            self.awaits_char = Some(c);
            return None;
        }
        let count = std::mem::take(&mut self.count);
        if let Some((operator, before)) = self.operator.take() {
            let count = count.max(1) * before;
            if c == operator {
                let lines = buffer.lines(count, operator == 'd');
                self.operate(operator, lines, true, buffer);
            } else if let Some(motion) = self.motion(c, operator) {
                let range = motion.range(buffer.text(), buffer.cursor(), count);
                self.operate(operator, range, motion.is_forward(), buffer);
            }
            return None;
        }
        let times = count.max(1);
        match c {
            'd' | 'c' | 'y' => self.operator = Some((c, times)),
            'i' => self.insert(),
            'I' => self.insert_at(Motion::FirstPrint, buffer),
            'a' => self.insert_at(Motion::Right, buffer),
            'A' => self.insert_at(Motion::LineEnd, buffer),
            'o' => {
                buffer.go(Motion::LineEnd, 1);
                buffer.insert("\n");
                self.insert();
            }
            'O' => {
                buffer.go(Motion::LineStart, 1);
                buffer.insert("\n");
                buffer.go(Motion::Left, 1);
                self.insert();
            }
            'x' => self.change_to('d', Motion::Right, times, buffer),
            'X' => self.change_to('d', Motion::Left, times, buffer),
            's' => self.change_to('c', Motion::Right, times, buffer),
            'D' => self.change_to('d', Motion::LineEnd, 1, buffer),
            'C' => self.change_to('c', Motion::LineEnd, 1, buffer),
            'S' => self.operate('c', buffer.lines(times, false), true, buffer),
            'Y' => buffer.copy(buffer.lines(times, false)),
            'p' => {
                buffer.go(Motion::Right, 1);
                self.put(times, buffer);
            }
            'P' => self.put(times, buffer),
            'u' => (0..times).for_each(|_| buffer.undo()),
            '.' => self.repeat(buffer),
            'j' | '+' => return Some(Action::Down),
            'k' | '-' => return Some(Action::Up),
            '/' => return Some(Action::SearchOlder),
            '?' => return Some(Action::SearchNewer),
            _ => {
                if let Some(motion) = self.motion(c, ' ') {
                    buffer.go(motion, times);
                }
            }
        }
        None
    }

    /// The motion of a character, behind an operator or alone.
    fn motion(&self, c: char, operator: char) -> Option<Motion> {
        Some(match c {
            'h' => Motion::Left,
            'l' | ' ' => Motion::Right,
            'j' => Motion::LineDown,
            'k' => Motion::LineUp,
            // `cw` leaves the blanks behind a word.
            'w' if operator == 'c' => Motion::WordEnd(WordKind::Vi),
            'W' if operator == 'c' => Motion::WordEnd(WordKind::Big),
            'w' => Motion::WordStart(WordKind::Vi),
            'W' => Motion::WordStart(WordKind::Big),
            'b' => Motion::WordLeft(WordKind::Vi),
            'B' => Motion::WordLeft(WordKind::Big),
            'e' => Motion::WordEnd(WordKind::Vi),
            'E' => Motion::WordEnd(WordKind::Big),
            '0' => Motion::LineStart,
            '^' => Motion::FirstPrint,
            '$' => Motion::LineEnd,
            ';' | ',' => {
                let search = self.last_search?;
                Motion::Find(CharSearch {
                    is_backward: search.is_backward != (c == ','),
                    is_again: true,
                    ..search
                })
            }
            _ => return None,
        })
    }

    /// The character that `f`, `t` or `r` waited for.
    fn with_char(&mut self, kind: char, c: char, buffer: &mut Buffer) {
        let count = std::mem::take(&mut self.count).max(1);
        if kind == 'r' {
            let range = Motion::Right.range(buffer.text(), buffer.cursor(), count);
            if buffer.text()[range.clone()].chars().count() >= count && !range.is_empty() {
                buffer.replace(range, &c.to_string().repeat(count));
                buffer.go(Motion::Left, 1);
                self.repeated = std::mem::take(&mut self.typed);
            }
            return;
        }
        let search = CharSearch {
            c,
            is_backward: kind.is_ascii_uppercase(),
            is_before: kind.eq_ignore_ascii_case(&'t'),
            is_again: false,
        };
        self.last_search = Some(search);
        let motion = Motion::Find(search);
        match self.operator.take() {
            Some((operator, before)) => self.change_to(operator, motion, count * before, buffer),
            None => {
                buffer.go(motion, count);
            }
        }
    }

    fn change_to(&mut self, operator: char, motion: Motion, count: usize, buffer: &mut Buffer) {
        let range = motion.range(buffer.text(), buffer.cursor(), count);
        self.operate(operator, range, motion.is_forward(), buffer);
    }

    fn operate(&mut self, operator: char, range: std::ops::Range<usize>, is_forward: bool, buffer: &mut Buffer) {
        match operator {
            'y' => {
                let start = range.start;
                buffer.copy(range);
                buffer.set_cursor(start.min(buffer.cursor()));
            }
            'c' => {
                buffer.set_cursor(range.start);
                buffer.kill_range(range, is_forward);
                self.insert();
            }
            _ => {
                buffer.set_cursor(range.start);
                buffer.kill_range(range, is_forward);
                self.repeated = std::mem::take(&mut self.typed);
            }
        }
    }

    fn put(&mut self, times: usize, buffer: &mut Buffer) {
        buffer.yank(times);
        buffer.go(Motion::Left, 1);
        self.repeated = std::mem::take(&mut self.typed);
    }

    fn insert(&mut self) {
        self.is_command = false;
        self.is_recording = true;
    }

    fn insert_at(&mut self, motion: Motion, buffer: &mut Buffer) {
        let is_at_line_end = buffer.after().is_empty() || buffer.after().starts_with('\n');
        if motion != Motion::Right || !is_at_line_end {
            buffer.go(motion, 1);
        }
        self.insert();
    }

    /// Does the last change once more.
    fn repeat(&mut self, buffer: &mut Buffer) {
        let keys = std::mem::take(&mut self.repeated);
        self.typed.clear();
        for key in &keys {
            match key.text() {
                Some(c) if self.is_command => {
                    self.command(c, buffer);
                }
                Some(c) => buffer.insert_char(c),
                None if key.code == K::Esc => self.escape(buffer),
                None if key.code == K::Backspace => buffer.delete(Motion::Left),
                None => buffer.insert("\n"),
            }
        }
        self.repeated = keys;
    }
}

/// In command mode the cursor stands on a character, not behind the last one of its line.
fn on_a_character(buffer: &mut Buffer) {
    let is_behind = buffer.after().is_empty() || buffer.after().starts_with('\n');
    if is_behind && !buffer.before().is_empty() && !buffer.before().ends_with('\n') {
        buffer.go(Motion::Left, 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Types keys into a line, `|` being the cursor, from the command mode on; ` I` says that it ended in insert mode.
    #[track_caller]
    fn typed(line: &str, keys: &str) -> String {
        let (left, right) = line.split_once('|').unwrap();
        let mut buffer = Buffer::default();
        buffer.begin(left, right);
        let mut vi = Vi {
            is_command: true,
            ..Vi::default()
        };
        for c in keys.chars() {
            match c {
                '\x1b' => vi.escape(&mut buffer),
                c if vi.is_command() => {
                    vi.command(c, &mut buffer);
                }
                c => {
                    vi.inserts(Key::plain(K::Char(c)));
                    buffer.insert_char(c);
                }
            }
        }
        let mode = if vi.is_command() { "" } else { " I" };
        format!("{}|{}{mode}", buffer.before(), buffer.after())
    }

    #[test]
    fn vi_keys() {
        for (line, keys, expected) in [
            // Places.
            ("abc|d", "h", "ab|cd"),
            ("a|bcd", "2l", "abc|d"),
            ("|abc", "9l", "ab|c"),
            ("|one, two", "w", "one|, two"),
            ("|one, two", "W", "one, |two"),
            ("|one two three", "2w", "one two |three"),
            ("one, tw|o", "b", "one, |two"),
            ("one, tw|o", "2b", "one|, two"),
            ("one, tw|o", "2B", "|one, two"),
            ("|one two", "e", "on|e two"),
            ("|one two", "2e", "one tw|o"),
            ("|a,b c", "E", "a,|b c"),
            ("  ab|c", "0", "|  abc"),
            ("  ab|c", "^", "  |abc"),
            ("|abc", "$", "ab|c"),
            ("天|地人", "$", "天地|人"),
            // Characters.
            ("|a.b.c", "f.", "a|.b.c"),
            ("|a.b.c", "2f.", "a.b|.c"),
            ("|a.b.c", "f.;", "a.b|.c"),
            ("|a.b.c", "f.;,", "a|.b.c"),
            ("|ab.c", "t.", "a|b.c"),
            ("|a.b.c", "t.;", "a.|b.c"),
            ("a.b.|c", "F.", "a.b|.c"),
            ("a.bc|d", "T.", "a.|bcd"),
            ("|abc", "fz", "|abc"),
            // Deleting.
            ("a|bc", "x", "a|c"),
            ("ab|c", "x", "a|b"),
            ("ab|c", "X", "a|c"),
            ("|abcd", "2x", "|cd"),
            ("|one two", "dw", "|two"),
            ("|one two three", "2dw", "|three"),
            ("|one two three", "d2w", "|three"),
            ("|one two", "de", "| two"),
            ("one |two three", "d$", "one| "),
            ("one |two", "D", "one| "),
            ("one t|wo", "d0", "|wo"),
            ("one t|wo", "db", "one |wo"),
            ("|a.b", "df.", "|b"),
            ("|a.b", "dt.", "|.b"),
            ("a.b|c", "dF.", "a|c"),
            ("one|\ntwo\nthree", "dd", "|two\nthree"),
            ("one|\ntwo\nthree", "2dd", "|three"),
            ("one\n|two", "dd", "on|e"),
            // Changing.
            ("|one two", "cwx\x1b", "|x two"),
            ("|one two", "cw", "| two I"),
            ("one |two", "C3\x1b", "one |3"),
            ("one |two", "cc3\x1b", "|3"),
            ("one |two", "S3\x1b", "|3"),
            ("a|bc", "sX\x1b", "a|Xc"),
            ("a|bc", "rX", "a|Xc"),
            ("|abc", "2rX", "X|Xc"),
            ("|ab", "3rX", "|ab"),
            // Inserting.
            ("a|b", "iX\x1b", "a|Xb"),
            ("a|b", "aX\x1b", "ab|X"),
            ("  a|b", "IX\x1b", "  |Xab"),
            ("|ab", "AX\x1b", "ab|X"),
            ("a|b", "oX\x1b", "ab\n|X"),
            ("a|b", "OX\x1b", "|X\nab"),
            // Copies.
            ("|one two", "yw$p", "one twoone| "),
            ("|abc", "xp", "b|ac"),
            ("|abc", "xP", "|abc"),
            ("|ab", "yy$p", "aba|b"),
            ("|ab", "x2p", "ba|a"),
            // Undo and again.
            ("|abc", "xu", "|abc"),
            ("|abcd", "x.", "|cd"),
            ("|one two", "cwx\x1bw.", "x |x"),
            ("|one two three", "dw.", "|three"),
            ("|ab", "AX\x1b.", "abX|X"),
            ("|a.b.c", "df..", "|c"),
            // Esc in the middle of a command, or a key that is no command.
            ("|abc", "2d\x1bx", "|bc"),
            ("|abc", "dzx", "|bc"),
            ("|", "xXD dd p u . w b e 0 $ ~", "|"),
        ] {
            assert_eq!(typed(line, keys), expected, "{line:?} {keys:?}");
        }
    }
}
