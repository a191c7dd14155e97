//! The marks that a block begins with: headings, rules, fences, items, tables, math and HTML.

use super::column_cursor::ColumnCursor;
use super::line_plan::{LineStart, ListItem};
use super::table_row;

/// What was found, if anything. The outer `None`: it depends on the rest of the line.
type Lookahead<T> = Option<Option<T>>;

/// A line that makes a heading or a table of the paragraph above it.
pub(super) fn underline_or_table(
    rest: &str,
    complete: bool,
    goes_on: bool,
    (first, head): (&str, &str),
) -> Lookahead<LineStart> {
    if !goes_on {
        return Some(None);
    }
    let of = |marks: &[u8]| rest.bytes().all(|b| marks.contains(&b));
    if !complete {
        let undecided = of(b"= \t") || of(b"- \t") || (head.contains('|') && of(b"|:- \t"));
        return if undecided { None } else { Some(None) };
    }
    // A bar alone holds no cell.
    if head.contains('|')
        && head.trim() != "|"
        && let Some(aligns) = table_row::delimiter_row(rest)
        && aligns.len() == table_row::split_row(head, table_row::CellSeparator::All).len()
    {
        return Some(Some(LineStart::Table(aligns)));
    }
    let text = rest.trim_end();
    if text.bytes().all(|b| b == b'=') {
        return Some(Some(LineStart::Underline(1)));
    }
    // Models write three dashes below several lines as a rule, though CommonMark reads a heading.
    if text.bytes().all(|b| b == b'-') && (!first.is_empty() || text.len() < 3) {
        return Some(Some(LineStart::Underline(2)));
    }
    Some(None)
}

/// The start of a heading, a rule, a fence, math or HTML.
pub(super) fn leaf(rest: &str, indent: usize, complete: bool) -> Lookahead<LineStart> {
    let bytes = rest.as_bytes();
    let run = bytes.iter().take_while(|b| **b == bytes[0]).count();
    let is_incomplete = run == rest.len() && !complete;
    match bytes[0] {
        b'#' if run <= 6 => match bytes.get(run) {
            None if !complete => None,
            None | Some(b' ' | b'\t') => {
                // Whether it has text is not known yet.
                if rest[run..].trim().is_empty() && !complete {
                    return None;
                }
                Some(Some(LineStart::Heading(u8::try_from(run).unwrap_or(6))))
            }
            Some(_) => Some(None),
        },
        mark @ (b'`' | b'~') => {
            if run < 3 {
                return if is_incomplete { None } else { Some(None) };
            }
            if !complete {
                return None;
            }
            let info = rest[run..].trim_end_matches([' ', '\t']);
            if mark == b'`' && info.contains('`') {
                return Some(None);
            }
            Some(Some(LineStart::Fence {
                mark,
                length: run,
                indent,
                info: info.to_owned(),
            }))
        }
        mark @ (b'*' | b'-' | b'_') => {
            let is_rule = bytes.iter().all(|b| *b == mark || matches!(b, b' ' | b'\t'));
            if is_rule && !complete {
                return None;
            }
            let marks = bytes.iter().filter(|b| **b == mark).count();
            Some((is_rule && marks >= 3).then_some(LineStart::Rule))
        }
        b'<' if !complete
            && bytes
                .get(1)
                .is_none_or(|b| b.is_ascii_alphabetic() || b"/!?".contains(b)) =>
        {
            None
        }
        b'<' => Some(html(rest).map(|end| LineStart::Verbatim { end })),
        b'$' if !complete && (is_incomplete || rest.starts_with("$$")) => None,
        b'$' if rest.starts_with("$$") && !ends_inside(&rest[2..], "$$") => {
            Some(Some(LineStart::Verbatim { end: "$$" }))
        }
        b'\\' if !complete && (is_incomplete || rest.starts_with("\\[")) => None,
        b'\\' if rest.starts_with("\\[") && !ends_inside(&rest[2..], "\\]") => {
            Some(Some(LineStart::Verbatim { end: "\\]" }))
        }
        _ => Some(None),
    }
}

/// Whether a formula ends in its first line with text behind it: then it is part of a paragraph.
fn ends_inside(body: &str, end: &str) -> bool {
    body.find(end).is_some_and(|at| {
        !body[at + end.len()..]
            .trim_matches([' ', '\t', '.', ',', '，', '。'])
            .is_empty()
    })
}

/// What ends the HTML block that begins here: `-->`, or a blank line where it is empty. Nothing in it is Markdown.
fn html(rest: &str) -> Option<&'static str> {
    if rest.starts_with("<!--") {
        return Some("-->");
    }
    let name = rest[1..].trim_start_matches('/');
    let end = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let (name, after) = name.split_at(end);
    if !after.is_empty() && !after.starts_with([' ', '\t', '>', '/']) {
        return None;
    }
    let name = name.to_ascii_lowercase();
    BLOCK_TAGS.contains(&name.as_str()).then_some("")
}

const BLOCK_TAGS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "center",
    "dd",
    "details",
    "dialog",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "iframe",
    "legend",
    "li",
    "link",
    "main",
    "menu",
    "nav",
    "ol",
    "option",
    "p",
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "title",
    "tr",
    "ul",
];

/// Reads a list item's marker, and moves past it and the space after it.
pub(super) fn item(ahead: &mut ColumnCursor, indent: usize, complete: bool, in_paragraph: bool) -> Lookahead<ListItem> {
    let rest = ahead.rest();
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let after = &rest.as_bytes()[digits..];
    let (mark, number) = match (digits, after.first()) {
        (0, Some(b'-' | b'+' | b'*')) => (char::from(after[0]), None),
        (1..=9, Some(b'.' | b')')) => (char::from(after[0]), Some(&rest[..digits])),
        (1..=9, None) if !complete => return None,
        _ => return Some(None),
    };
    let width = digits + 1;
    match rest.as_bytes().get(width) {
        None if !complete => return None,
        None | Some(b' ' | b'\t') => {}
        Some(_) => return Some(None),
    }
    let is_empty = rest[width..].trim().is_empty();
    if is_empty && !complete {
        return None;
    }
    if in_paragraph && (is_empty || number.is_some_and(|number| number.parse() != Ok(1))) {
        return Some(None);
    }
    ahead.eat(width);
    let (spaces, _) = ahead.indent();
    // Of five spaces or more, one belongs to the marker and the rest to a block of indented code.
    let spaces = if is_empty || spaces > 4 { 1 } else { spaces };
    ahead.eat_columns(spaces);
    Some(Some(ListItem {
        indent: indent + width + spaces,
        mark,
        number: number.map(str::to_owned),
    }))
}
