//! The code of an answer: what stands inside its fenced blocks, told apart while it streams.
//!
//! The blocks are those of [`super::Markdown`], read by the same reader: behind list markers and in quotes, too, and
//! without what those put before each line.

use super::document::Document;
use super::page::{Fenced, Measure};

/// The window that the reader decides for. No line of it is drawn.
const MEASURE: Measure = Measure {
    columns: 80,
    rows: 24,
    is_plain: false,
};

/// Which blocks are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All, a blank line between.
    All,
    /// The one with this number, from 1.
    Nth(usize),
}

/// Fed the answer's text, gives out the code.
#[derive(Debug)]
pub struct Extract {
    wanted: Wanted,
    document: Document,
    /// The last character was a carriage return: a newline after it belongs to it.
    after_return: bool,
    /// Blocks begun so far.
    blocks: usize,
    /// Whether anything was given out.
    found: bool,
}

impl Extract {
    pub fn new(wanted: Wanted) -> Extract {
        let mut document = Document::new(MEASURE, false);
        document.page.code = Some(Vec::new());
        Extract {
            wanted,
            document,
            after_return: false,
            blocks: 0,
            found: false,
        }
    }

    /// Takes a piece of the answer and appends the code in it to `out`.
    pub fn push(&mut self, text: &str, out: &mut String) {
        if text.is_empty() {
            return;
        }
        let mut rest = text;
        if std::mem::take(&mut self.after_return) {
            let end = if rest.starts_with('\n') { "\r\n" } else { "\r" };
            self.end_line(end, out);
            rest = &rest[end.len() - 1..];
        }
        while let Some(at) = memchr::memchr2(b'\n', b'\r', rest.as_bytes()) {
            self.document.part(&rest[..at]);
            rest = &rest[at..];
            if rest == "\r" {
                self.after_return = true;
                rest = "";
                break;
            }
            let end = ["\r\n", "\r", "\n"]
                .into_iter()
                .find(|end| rest.starts_with(end))
                .unwrap_or("\n");
            self.end_line(end, out);
            rest = &rest[end.len()..];
        }
        self.document.part(rest);
        self.give("", out);
    }

    /// The answer ended: a last line without its end counts. Returns whether there was any code.
    pub fn finish(&mut self, out: &mut String) -> bool {
        if std::mem::take(&mut self.after_return) {
            self.end_line("\r", out);
        }
        self.document.finish();
        self.give("", out);
        self.found
    }

    /// Whether there was any code so far.
    pub fn has_found(&self) -> bool {
        self.found
    }

    fn end_line(&mut self, end: &str, out: &mut String) {
        self.document.end_line();
        self.give(end, out);
    }

    /// Gives out what has come of the code. `end` is how the line ended.
    fn give(&mut self, end: &str, out: &mut String) {
        self.document.page.done.clear();
        for piece in self.document.page.code.iter_mut().flat_map(|code| code.drain(..)) {
            let is_wanted = match self.wanted {
                Wanted::All => true,
                Wanted::Nth(n) => n == self.blocks + usize::from(matches!(piece, Fenced::Begin)),
            };
            match piece {
                Fenced::Begin => {
                    self.blocks += 1;
                    if is_wanted && std::mem::replace(&mut self.found, true) {
                        out.push('\n');
                    }
                }
                Fenced::Text(text) if is_wanted => out.push_str(&text),
                Fenced::EndOfLine if is_wanted => out.push_str(end),
                _ => {}
            }
        }
    }
}

/// How many fenced blocks a text has.
pub fn blocks(text: &str) -> usize {
    let mut extract = Extract::new(Wanted::Nth(0));
    let mut out = String::new();
    extract.push(text, &mut out);
    extract.finish(&mut out);
    extract.blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The code of an answer, the same whole and character by character.
    fn code(wanted: Wanted, answer: &str) -> (String, bool) {
        let mut whole = String::new();
        let mut extract = Extract::new(wanted);
        extract.push(answer, &mut whole);
        let found = extract.finish(&mut whole);
        let mut pieces = String::new();
        let mut extract = Extract::new(wanted);
        for c in answer.chars() {
            extract.push(&c.to_string(), &mut pieces);
        }
        assert_eq!(
            (&whole, found),
            (&pieces, extract.finish(&mut pieces.clone())),
            "{answer:?}"
        );
        (whole, found)
    }

    const TWO: &str = "Here:\n```sh\necho a\n\n  echo b\n```\nand\n~~~~ py\nprint(1)\n```\n~~~~\nbye\n";

    #[test]
    fn gives_all_blocks_or_one() {
        assert_eq!(code(Wanted::All, TWO).0, "echo a\n\n  echo b\n\nprint(1)\n```\n");
        assert_eq!(code(Wanted::Nth(2), TWO).0, "print(1)\n```\n");
        assert_eq!(code(Wanted::Nth(3), TWO), (String::new(), false));
        assert_eq!(code(Wanted::All, "no `code` here"), (String::new(), false));
    }

    #[test]
    fn takes_the_indentation_of_a_list_off() {
        assert_eq!(
            code(Wanted::All, "1. so:\n   ```\n   a\n     b\n   ```\n").0,
            "a\n  b\n"
        );
    }

    #[test]
    fn a_block_without_its_end_counts() {
        assert_eq!(code(Wanted::All, "```\nlast line"), ("last line".to_owned(), true));
        assert_eq!(code(Wanted::All, "```\r\na\r\n```\r\n").0, "a\r\n");
        assert_eq!(code(Wanted::All, "```\na\n```"), ("a\n".to_owned(), true));
    }

    #[test]
    fn streams_inside_a_block() {
        let mut extract = Extract::new(Wanted::All);
        let mut out = String::new();
        extract.push("```\nlong li", &mut out);
        assert_eq!(out, "long li");
        extract.push("ne\n``", &mut out);
        assert_eq!(out, "long line\n");
    }
}
