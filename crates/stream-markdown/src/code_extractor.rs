//! The code of a text: the contents of its fenced blocks, given out while the text arrives.
//!
//! The blocks are those that [`Renderer`](crate::Renderer) shows, read by the same parser: behind list markers and in
//! quotes too, and without what those put before each line.

use crate::document::{BlockEvent, CodeSource, Document};
use crate::inline::Links;
use crate::viewport::Layout;

/// The window that the parser decides for. No line of it is drawn.
const LAYOUT: Layout = Layout {
    columns: 80,
    rows: 24,
    is_plain: false,
    is_ascii: false,
    collects: false,
    prose_columns: 0,
};

/// Which code blocks a [`CodeExtractor`] gives out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeSelection {
    /// All of them, with an empty line between.
    All,
    /// The one with this number, from 1.
    Nth(usize),
}

/// The code of a Markdown text, given out while the text arrives.
///
/// ```
/// use stream_markdown::{CodeExtractor, CodeSelection};
///
/// let mut extractor = CodeExtractor::new(CodeSelection::All);
/// let mut code = String::new();
/// extractor.push("1. Type\n   ```sh\n   cargo te", &mut code);
/// assert_eq!(code, "cargo te");
/// extractor.push("st\n   ```\n", &mut code);
/// extractor.finish(&mut code);
/// assert_eq!(code, "cargo test\n");
/// ```
#[derive(Debug)]
pub struct CodeExtractor {
    reader: FenceReader,
    selector: BlockSelector,
}

impl CodeExtractor {
    /// An extractor of a text that begins.
    pub fn new(selection: CodeSelection) -> CodeExtractor {
        CodeExtractor {
            reader: FenceReader::new(),
            selector: BlockSelector {
                selection,
                blocks: 0,
                has_found: false,
            },
        }
    }

    /// Takes more of the text, and appends the code in it to `out`.
    pub fn push(&mut self, text: &str, out: &mut String) {
        self.reader.push(text, |part| self.selector.take(part, out));
    }

    /// Ends the text: a last line without its line end counts. Returns whether there was any code.
    pub fn finish(&mut self, out: &mut String) -> bool {
        self.reader.finish(|part| self.selector.take(part, out));
        self.has_found()
    }

    /// Whether there was any code so far.
    pub fn has_found(&self) -> bool {
        self.selector.has_found
    }
}

/// Appends the code of the selected blocks.
#[derive(Debug)]
struct BlockSelector {
    selection: CodeSelection,
    /// How many blocks have begun.
    blocks: usize,
    has_found: bool,
}

impl BlockSelector {
    fn take(&mut self, part: CodePart<'_>, out: &mut String) {
        self.blocks += usize::from(part == CodePart::Begin);
        if ![CodeSelection::All, CodeSelection::Nth(self.blocks)].contains(&self.selection) {
            return;
        }
        match part {
            CodePart::Begin => {
                if std::mem::replace(&mut self.has_found, true) {
                    out.push('\n');
                }
            }
            CodePart::Text(text) => out.push_str(text),
        }
    }
}

/// The code of each fenced block in a Markdown text.
///
/// ```
/// let text = "```\none\n```\n\n> ~~~\n> two\n";
/// assert_eq!(stream_markdown::code_blocks(text), ["one\n", "two\n"]);
/// ```
pub fn code_blocks(text: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    let mut collect = |part: CodePart<'_>| match part {
        CodePart::Begin => blocks.push(String::new()),
        CodePart::Text(text) => {
            if let Some(block) = blocks.last_mut() {
                block.push_str(text);
            }
        }
    };
    let mut reader = FenceReader::new();
    reader.push(text, &mut collect);
    reader.finish(&mut collect);
    blocks
}

/// The line that ends the fenced block which `text` leaves open, if it does: without it, Markdown that follows would be
/// code. A block in a list or a quote ends with that.
///
/// ```
/// use stream_markdown::closing_fence;
///
/// assert_eq!(closing_fence("````sh\nls"), Some("````".to_owned()));
/// assert_eq!(closing_fence("- ```\n  ls"), None);
/// ```
pub fn closing_fence(text: &str) -> Option<String> {
    let mut reader = FenceReader::new();
    reader.push(text, |_| ());
    reader.end_line("", &mut |_| ());
    let (mark, length) = reader.document.open_fence()?;
    Some(char::from(mark).to_string().repeat(length))
}

/// What comes out of a [`FenceReader`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CodePart<'a> {
    Begin,
    /// More of the block that began last. Line ends are those of the text.
    Text(&'a str),
}

/// Reads a text for its fenced blocks.
#[derive(Debug)]
struct FenceReader {
    document: Document,
    /// The last character was a carriage return: a newline after it belongs to it.
    after_return: bool,
    /// The block of lines that began last has fences.
    is_fenced: bool,
}

impl FenceReader {
    fn new() -> FenceReader {
        let mut document = Document::new(LAYOUT, Links::new(false));
        document.output.events = Some(Vec::new());
        FenceReader {
            document,
            after_return: false,
            is_fenced: false,
        }
    }

    fn push(&mut self, text: &str, mut each: impl FnMut(CodePart<'_>)) {
        if text.is_empty() {
            return;
        }
        let mut rest = text;
        if std::mem::take(&mut self.after_return) {
            let end = if rest.starts_with('\n') { "\r\n" } else { "\r" };
            self.end_line(end, &mut each);
            rest = &rest[end.len() - 1..];
        }
        while let Some(at) = memchr::memchr2(b'\n', b'\r', rest.as_bytes()) {
            self.document.push_part(&rest[..at]);
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
            self.end_line(end, &mut each);
            rest = &rest[end.len()..];
        }
        self.document.push_part(rest);
        self.take("", &mut each);
    }

    fn finish(&mut self, mut each: impl FnMut(CodePart<'_>)) {
        if std::mem::take(&mut self.after_return) {
            self.end_line("\r", &mut each);
        }
        self.document.finish();
        self.take("", &mut each);
    }

    fn end_line(&mut self, end: &str, each: &mut impl FnMut(CodePart<'_>)) {
        self.document.end_line();
        self.take(end, each);
    }

    /// Hands over the code parsed so far. `end` is the line's end in the source.
    fn take(&mut self, end: &str, each: &mut impl FnMut(CodePart<'_>)) {
        self.document.output.done.clear();
        for event in self
            .document
            .output
            .events
            .iter_mut()
            .flat_map(|events| events.drain(..))
        {
            match event {
                BlockEvent::BeginCode(source) => {
                    self.is_fenced = matches!(source, CodeSource::Fence { .. });
                    if self.is_fenced {
                        each(CodePart::Begin);
                    }
                }
                BlockEvent::CodeText(text) if self.is_fenced => each(CodePart::Text(&text)),
                BlockEvent::EndOfCodeLine if self.is_fenced => each(CodePart::Text(end)),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The code of an answer, the same whole and character by character.
    fn code(selection: CodeSelection, answer: &str) -> (String, bool) {
        let mut whole = String::new();
        let mut extract = CodeExtractor::new(selection);
        extract.push(answer, &mut whole);
        let found = extract.finish(&mut whole);
        let mut pieces = String::new();
        let mut extract = CodeExtractor::new(selection);
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
        assert_eq!(code(CodeSelection::All, TWO).0, "echo a\n\n  echo b\n\nprint(1)\n```\n");
        assert_eq!(code(CodeSelection::Nth(2), TWO).0, "print(1)\n```\n");
        assert_eq!(code(CodeSelection::Nth(3), TWO), (String::new(), false));
        assert_eq!(code(CodeSelection::All, "no `code` here"), (String::new(), false));
    }

    #[test]
    fn takes_the_indentation_of_a_list_off() {
        assert_eq!(
            code(CodeSelection::All, "1. so:\n   ```\n   a\n     b\n   ```\n").0,
            "a\n  b\n"
        );
    }

    #[test]
    fn a_block_without_its_end_counts() {
        assert_eq!(
            code(CodeSelection::All, "```\nlast line"),
            ("last line".to_owned(), true)
        );
        assert_eq!(code(CodeSelection::All, "```\r\na\r\n```\r\n").0, "a\r\n");
        assert_eq!(code(CodeSelection::All, "```\na\n```"), ("a\n".to_owned(), true));
    }

    #[test]
    fn streams_inside_a_block() {
        let mut extract = CodeExtractor::new(CodeSelection::All);
        let mut out = String::new();
        extract.push("```\nlong li", &mut out);
        assert_eq!(out, "long li");
        extract.push("ne\n``", &mut out);
        assert_eq!(out, "long line\n");
    }
}
