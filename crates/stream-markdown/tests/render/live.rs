//! Lines that change and go: what the screen and its scrollback show, on a terminal that cuts lines off and on one that
//! wraps them anew.

use std::num::NonZeroU16;

use proptest::prelude::*;
use stream_markdown::{Live, width};

use crate::reflow::Reflow;
use crate::screen::{lines, show, terminal};

/// What a program does with live lines.
#[derive(Clone, Debug)]
enum Step {
    /// Shows lines, and puts the cursor into one of them, behind a part of it.
    Draw(Vec<String>, usize, usize),
    /// Changes a line of those shown at a place, and puts the cursor there.
    Edit(usize, usize, String),
    /// Takes a line out, or puts one in.
    Remove(usize),
    Insert(usize, String),
    /// Moves every line up by some, or down, with another line in the places that are free.
    Scroll(usize, String),
    Resize(u16, u16),
    /// Leaves lines above for good, and goes on below them.
    Finish(Vec<String>),
    Clear,
}

const MIN_COLUMNS: u16 = 12;
const MIN_ROWS: u16 = 6;

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z ]{1,9}",
        2 => "[你我他的重点]{1,6}",
        1 => Just("e\u{301}\u{302}".to_owned()),
        1 => Just("🙂".to_owned()),
        1 => Just("\x1b[1mbold\x1b[m".to_owned()),
        1 => Just("\x1b[2m".to_owned()),
        1 => Just("\x1b[38;5;1m红\x1b[0m".to_owned()),
        1 => Just("\x1b[m".to_owned()),
    ]
}

/// Lines that may be longer than any window.
fn line() -> impl Strategy<Value = String> {
    proptest::collection::vec(piece(), 0..8).prop_map(|pieces| pieces.concat())
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (proptest::collection::vec(line(), 1..=usize::from(MIN_ROWS)), any::<usize>(), any::<usize>())
            .prop_map(|(lines, row, column)| Step::Draw(lines, row, column)),
        8 => (any::<usize>(), any::<usize>(), piece()).prop_map(|(row, at, text)| Step::Edit(row, at, text)),
        2 => any::<usize>().prop_map(Step::Remove),
        2 => (any::<usize>(), line()).prop_map(|(row, text)| Step::Insert(row, text)),
        2 => (1..usize::from(MIN_ROWS), line()).prop_map(|(count, line)| Step::Scroll(count, line)),
        2 => (MIN_COLUMNS..60, MIN_ROWS..20).prop_map(|(columns, rows)| Step::Resize(columns, rows)),
        1 => proptest::collection::vec("[a-z]{0,9}", 0..4).prop_map(Step::Finish),
        1 => Just(Step::Clear),
    ]
}

/// The text of a line, without sequences, and without marks that join nothing.
fn plain(line: &str) -> String {
    let texts = line.split("\x1b[").enumerate().map(|(at, part)| match at {
        0 => part,
        _ => part.split_once('m').map_or("", |(_, text)| text),
    });
    let clusters = texts.flat_map(width::clusters).map(|(_, cluster)| cluster);
    clusters.filter(|cluster| width::of(cluster) > 0).collect()
}

/// What of a line is on the screen.
fn cut(line: &str, columns: u16) -> String {
    let text = plain(line);
    width::fit(&text, usize::from(columns) - 1).trim_end().to_owned()
}

/// The lines of a program, kept beside those that are drawn.
struct Program {
    live: Live,
    size: (u16, u16),
    finished: Vec<String>,
    shown: Vec<String>,
    cursor: (usize, usize),
}

impl Program {
    fn new(size: (u16, u16), rewraps: bool) -> Program {
        Program {
            live: Live::new(size.0, size.1, rewraps),
            size,
            finished: vec!["above".to_owned(), String::new()],
            shown: Vec::new(),
            cursor: (0, 0),
        }
    }

    fn step(&mut self, step: &Step, out: &mut Vec<u8>) {
        let many = self.shown.len();
        match step {
            Step::Draw(lines, row, column) => {
                self.shown.clone_from(lines);
                self.cursor = (row % lines.len(), column % 30);
            }
            Step::Edit(row, at, text) if many > 0 => {
                let line = &mut self.shown[row % many];
                let at = (0..=at % (line.len() + 1)).rev().find(|at| line.is_char_boundary(*at));
                let at = at.unwrap();
                // Not into a sequence.
                let at = if line[..at].ends_with(|c: char| c == '\x1b' || c == '[' || c == ';' || c.is_ascii_digit()) {
                    line.len()
                } else {
                    at
                };
                line.insert_str(at, text);
                self.cursor = (row % many, width::of(&plain(&line[..at + text.len()])));
            }
            Step::Remove(row) if many > 1 => {
                self.shown.remove(row % many);
                self.cursor = (row % (many - 1), 0);
            }
            Step::Insert(row, line) if many > 0 && many < usize::from(MIN_ROWS) => {
                self.shown.insert(row % many, line.clone());
                self.cursor = (row % many, 1);
            }
            Step::Scroll(count, line) if many > 0 => {
                match line.len() % 2 {
                    0 => self.shown.rotate_left(count % many),
                    _ => self.shown.rotate_right(count % many),
                }
                self.shown[0].clone_from(line);
                self.cursor = (count % many, 3);
            }
            Step::Finish(lines) => {
                self.live.finish(lines, out);
                self.finished.extend_from_slice(lines);
                self.shown.clear();
            }
            Step::Clear => {
                self.live.clear(out);
                self.shown.clear();
            }
            Step::Resize(columns, rows) => {
                self.size = (*columns, *rows);
                self.live.resize(*columns, *rows);
            }
            _ => {}
        }
        if !self.shown.is_empty() {
            // Behind a character, or a little to the right of an empty line.
            let text = plain(&self.shown[self.cursor.0]);
            let text = width::fit(&text, usize::from(self.size.0) - 1);
            self.cursor.1 = self.cursor.1.min(width::of(text).max(2));
            if self.cursor.1 < width::of(text) {
                self.cursor.1 = width::of(width::fit(text, self.cursor.1));
            }
            self.live.draw(&self.shown, self.cursor, out);
        }
    }

    /// Everything that is to be seen, scrollback and all.
    fn picture(&self) -> Vec<String> {
        let shown = self.shown.iter().map(|line| cut(line, self.size.0));
        let mut all: Vec<String> = self.finished.iter().cloned().chain(shown).collect();
        while all.last().is_some_and(String::is_empty) {
            all.pop();
        }
        all
    }

    /// The row, of all lines, and the column of the cursor.
    fn place(&self) -> (usize, usize) {
        match self.shown.is_empty() {
            true => (self.finished.len(), 0),
            false => {
                let columns = usize::from(self.size.0) - 1;
                (self.finished.len() + self.cursor.0, self.cursor.1.min(columns))
            }
        }
    }
}

proptest! {
    #[test]
    fn a_terminal_that_cuts_lines_off_shows_the_lines_and_no_trace(
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        let mut program = Program::new((30, 10), false);
        let mut parser = terminal(30, 10);
        show(&mut parser, b"above\r\n\r\n");
        for step in &steps {
            let mut out = Vec::new();
            if let Step::Resize(columns, rows) = step {
                parser.set_size(NonZeroU16::new(*rows).unwrap(), NonZeroU16::new(*columns).unwrap());
            }
            program.step(step, &mut out);
            parser.process(&out);
            let all = lines(&mut parser, false);
            prop_assert_eq!(&all, &program.picture(), "{:?} {:?}", step, String::from_utf8_lossy(&out));
            parser.screen_mut().set_scrollback(usize::MAX);
            let back = parser.screen().scrollback();
            parser.screen_mut().set_scrollback(0);
            let (row, column) = parser.screen().cursor_position();
            let place = (back + usize::from(row), usize::from(column));
            prop_assert_eq!(place, program.place(), "{:?} {:?}", step, String::from_utf8_lossy(&out));
        }
    }

    #[test]
    fn a_terminal_that_wraps_lines_anew_shows_the_lines_and_no_trace(
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        let mut program = Program::new((30, 24), true);
        let mut terminal = Reflow::new(30, 24);
        terminal.is_live = true;
        terminal.write(b"above\r\n\r\n");
        terminal.protect();
        for step in &steps {
            let mut out = Vec::new();
            if let Step::Resize(columns, rows) = step {
                // High enough for every line, however it is wrapped.
                terminal.resize(*columns, rows + 40);
                program.size = (*columns, rows + 40);
                program.live.resize(*columns, rows + 40);
                program.step(&Step::Edit(0, 0, String::new()), &mut out);
            } else {
                program.step(step, &mut out);
            }
            terminal.write(&out);
            let text = terminal.text();
            let mut all: Vec<&str> = text.split('\n').map(str::trim_end).collect();
            while all.last().is_some_and(|line| line.is_empty()) {
                all.pop();
            }
            prop_assert_eq!(&all, &program.picture(), "{:?} {:?}", step, String::from_utf8_lossy(&out));
            prop_assert_eq!(terminal.cursor(), program.place(), "{:?} {:?}", step, String::from_utf8_lossy(&out));
            if matches!(step, Step::Finish(_)) {
                terminal.protect();
            }
        }
    }
}
