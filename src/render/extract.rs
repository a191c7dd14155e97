//! The code of an answer: what stands inside its fenced blocks, told apart while it streams.
//!
//! Fences are CommonMark's (section 4.5 "Fenced code blocks"), at any indentation, since answers put blocks into
//! lists and quotes of their own making.

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
    /// The line so far, while it may yet be a fence.
    line: String,
    /// Inside a block: its opening fence.
    fence: Option<Fence>,
    /// The rest of the line is known to be ordinary and passes at once.
    passes: bool,
    /// Blocks begun so far.
    blocks: usize,
    /// Whether anything was given out.
    found: bool,
}

#[derive(Clone, Copy, Debug)]
struct Fence {
    mark: char,
    length: usize,
    /// White space before it, taken off each line of the block.
    indent: usize,
}

impl Extract {
    pub fn new(wanted: Wanted) -> Extract {
        Extract {
            wanted,
            line: String::new(),
            fence: None,
            passes: false,
            blocks: 0,
            found: false,
        }
    }

    /// Takes a piece of the answer and appends the code in it to `out`.
    pub fn push(&mut self, text: &str, out: &mut String) {
        for piece in text.split_inclusive('\n') {
            let (body, ends) = match piece.strip_suffix('\n') {
                Some(body) => (body, true),
                None => (piece, false),
            };
            if self.passes {
                self.give(body, out);
            } else {
                self.line.push_str(body);
                if !ends && self.fence.is_some_and(|fence| !may_close(&self.line, fence)) {
                    self.pass(out);
                }
            }
            if ends {
                self.end_line(out);
            }
        }
    }

    /// The answer ended: a last line without its end counts. Returns whether there was any code.
    pub fn finish(&mut self, out: &mut String) -> bool {
        if !self.line.is_empty() && self.fence.is_some_and(|fence| !closes(&self.line, fence)) {
            self.pass(out);
        }
        self.found
    }

    /// Whether there was any code so far.
    pub fn has_found(&self) -> bool {
        self.found
    }

    fn is_wanted(&self) -> bool {
        match self.wanted {
            Wanted::All => true,
            Wanted::Nth(n) => self.blocks == n,
        }
    }

    /// Gives out the line so far, and lets the rest of it pass.
    fn pass(&mut self, out: &mut String) {
        let line = std::mem::take(&mut self.line);
        let indent = self.fence.map_or(0, |fence| fence.indent);
        let spaces = line.len() - line.trim_start_matches([' ', '\t']).len();
        self.give(&line[spaces.min(indent)..], out);
        self.passes = true;
    }

    fn give(&mut self, text: &str, out: &mut String) {
        if self.fence.is_some() && self.is_wanted() {
            out.push_str(text);
        }
    }

    fn end_line(&mut self, out: &mut String) {
        match self.fence {
            Some(fence) if !self.passes && closes(&self.line, fence) => self.fence = None,
            Some(_) => {
                if !self.passes {
                    self.pass(out);
                }
                self.give("\n", out);
            }
            None => {
                if let Some(fence) = opens(&self.line) {
                    self.fence = Some(fence);
                    self.blocks += 1;
                    if self.is_wanted() {
                        if self.found {
                            out.push('\n');
                        }
                        self.found = true;
                    }
                }
            }
        }
        self.line.clear();
        self.passes = false;
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

/// The fence that a line opens.
fn opens(line: &str) -> Option<Fence> {
    let body = line.trim_start_matches([' ', '\t']);
    let mark = body.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let rest = body.trim_start_matches(mark);
    let length = body.len() - rest.len();
    if length < 3 || (mark == '`' && rest.contains('`')) {
        return None;
    }
    Some(Fence {
        mark,
        length,
        indent: line.len() - body.len(),
    })
}

/// Whether a whole line closes the block.
fn closes(line: &str, fence: Fence) -> bool {
    let body = line.trim_matches([' ', '\t', '\r']);
    body.len() >= fence.length && body.chars().all(|c| c == fence.mark)
}

/// Whether a line that is not whole may yet close the block, or has no more than white space.
fn may_close(line: &str, fence: Fence) -> bool {
    let body = line.trim_start_matches([' ', '\t']);
    let rest = body.trim_start_matches(fence.mark);
    rest.is_empty() || (body.len() - rest.len() >= fence.length && rest.trim_matches([' ', '\t', '\r']).is_empty())
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
