//! The bytes of a terminal, made into lines that appear and vanish at a time.
//!
//! The pace is ours, so that the same bytes make the same film; the bytes are the program's.

use std::num::NonZeroU16;

use vt100::{Cell, Color, Parser, Screen};

/// Between two pieces of an answer, in milliseconds.
const PACE: u32 = 40;
/// Visible characters in a piece.
const PIECE: usize = 12;
/// More lines than any film has.
const SCROLLBACK: usize = 1000;

/// How a run of cells looks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Look {
    pub foreground: Color,
    pub background: Color,
    pub bold: bool,
    pub dim: bool,
    pub italic: bool,
    pub underlined: bool,
}

/// Cells beside each other that look the same and are equally wide.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub column: u16,
    /// In columns.
    pub width: u16,
    /// Whether each character takes two columns.
    pub is_wide: bool,
    pub text: String,
    pub look: Look,
}

/// What one line shows for a while.
#[derive(Clone, Debug)]
pub struct Version {
    /// Counted from the first line that was ever on the screen.
    pub line: usize,
    pub runs: Vec<Run>,
    pub from: u32,
    /// `None`: to the end.
    pub to: Option<u32>,
}

/// A film as it is made. Times are milliseconds from its begin.
pub struct Film {
    parser: Parser,
    pub now: u32,
    pub versions: Vec<Version>,
    /// When the first line of the screen became which one.
    pub scrolls: Vec<(u32, usize)>,
    /// When the cursor went to which line and column.
    pub cursors: Vec<(u32, usize, u16)>,
}

impl Film {
    pub fn new(rows: u16, columns: u16) -> Film {
        let side = |length| NonZeroU16::new(length).unwrap();
        Film {
            parser: Parser::new(side(rows), side(columns), SCROLLBACK),
            now: 0,
            versions: Vec::new(),
            scrolls: vec![(0, 0)],
            cursors: vec![(0, 0, 0)],
        }
    }

    pub fn pause(&mut self, milliseconds: u32) {
        self.now += milliseconds;
    }

    /// Everything at once, as the echo of a key.
    pub fn show(&mut self, bytes: &[u8]) {
        self.parser.process(bytes);
        self.look_at();
    }

    /// Piece by piece, as an answer comes.
    pub fn stream(&mut self, bytes: &[u8]) {
        for piece in pieces(&String::from_utf8_lossy(bytes)) {
            self.show(piece.as_bytes());
            self.pause(PACE);
        }
    }

    /// Notes what the screen shows now.
    fn look_at(&mut self) {
        let screen = self.parser.screen();
        let first = screen.scrollback_len();
        let (row, column) = screen.cursor_position();
        let cursor = (self.now, first + usize::from(row), column);
        let rows = screen.size().0.get();
        let shown: Vec<(usize, Vec<Run>)> = (0..rows)
            .map(|row| (first + usize::from(row), runs(screen, row)))
            .collect();
        if self.scrolls.last().is_none_or(|(_, line)| *line != first) {
            self.scrolls.push((self.now, first));
        }
        if self
            .cursors
            .last()
            .is_none_or(|(_, line, at)| (*line, *at) != (cursor.1, column))
        {
            self.cursors.push(cursor);
        }
        for (line, runs) in shown {
            self.line_shows(line, runs);
        }
    }

    fn line_shows(&mut self, line: usize, runs: Vec<Run>) {
        let last = self.versions.iter_mut().rev().find(|version| version.line == line);
        match last {
            Some(version) if version.to.is_none() && version.runs == runs => return,
            Some(version) if version.to.is_none() => version.to = Some(self.now),
            _ => {}
        }
        // What was shown for no time was never seen.
        self.versions.retain(|version| version.to != Some(version.from));
        if !runs.is_empty() {
            self.versions.push(Version {
                line,
                runs,
                from: self.now,
                to: None,
            });
        }
    }
}

/// Cut after each line and each few characters, never inside of an escape sequence or of an update that the terminal is
/// to show at once.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut at, mut seen, mut is_whole) = (0, 0, 0, true);
    while let Some(c) = text[at..].chars().next() {
        if c == '\u{1b}' {
            let sequence = escape_sequence(&text[at..]);
            match sequence {
                "\u{1b}[?2026h" => is_whole = false,
                "\u{1b}[?2026l" => is_whole = true,
                _ => {}
            }
            at += sequence.len();
            continue;
        }
        at += c.len_utf8();
        seen += usize::from(!c.is_control());
        if is_whole && (c == '\n' || seen >= PIECE) {
            pieces.push(&text[start..at]);
            (start, seen) = (at, 0);
        }
    }
    pieces.push(&text[start..]);
    pieces
}

/// The escape sequence that `text` begins with: a control sequence, a title, or a cursor that is saved or put back. The
/// program writes no others here.
fn escape_sequence(text: &str) -> &str {
    let end = match text.as_bytes()[1] {
        b'[' => 2 + text[2..].find(|c: char| ('@'..='~').contains(&c)).expect("its end") + 1,
        b']' => text.find("\u{1b}\\").expect("its end") + 2,
        b'7' | b'8' => 2,
        other => panic!("a sequence that begins with {other}"),
    };
    &text[..end]
}

/// The runs of a row, without the blanks between and behind them.
fn runs(screen: &Screen, row: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for column in 0..screen.size().1.get() {
        let cell = screen.cell(row, column).unwrap();
        if cell.is_wide_continuation() {
            continue;
        }
        let (look, is_wide) = (look(cell), cell.is_wide());
        let text = if cell.has_contents() { cell.contents() } else { " " };
        let width = 1 + u16::from(is_wide);
        match runs.last_mut() {
            Some(run) if run.look == look && run.is_wide == is_wide && run.column + run.width == column => {
                run.text.push_str(text);
                run.width += width;
            }
            _ => runs.push(Run {
                column,
                width,
                is_wide,
                text: text.to_owned(),
                look,
            }),
        }
    }
    for run in runs.iter_mut().filter(|run| run.look.background == Color::Default) {
        let blank = |text: &str| u16::try_from(text.len()).unwrap();
        let (front, back) = (run.text.trim_start().len(), run.text.trim_end().len());
        let before = blank(&run.text[..run.text.len() - front]);
        run.width -= blank(&run.text[back..]).min(run.width);
        run.width = run.width.saturating_sub(before);
        run.column += before;
        run.text = run.text.trim().to_owned();
    }
    runs.retain(|run| !run.text.is_empty());
    runs
}

fn look(cell: &Cell) -> Look {
    let (foreground, background) = (cell.fgcolor(), cell.bgcolor());
    Look {
        foreground,
        background,
        bold: cell.bold(),
        dim: cell.dim(),
        italic: cell.italic(),
        underlined: cell.underline(),
    }
}
