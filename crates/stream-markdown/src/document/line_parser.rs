//! Reads what a line means for the structure of a document, as soon as enough of it has come.

use super::block_start::{item, leaf, underline_or_table};
use super::column_cursor::ColumnCursor;
use super::line_plan::{Container, LinePlan, LineStart, OpenLeaf};

/// The deepest nesting of containers; deeper ones are text. Every line takes time for each that is open.
const MAX_DEPTH: usize = 64;

/// What `line` means, of which more may come unless it is `complete`. `None`: that depends on the rest of it.
pub(super) fn parse_line(line: &str, complete: bool, containers: &[Container], open: OpenLeaf) -> Option<LinePlan> {
    let mut cursor = ColumnCursor::new(line);
    let matched = match_containers(&mut cursor, complete, containers)?;
    let mut plan = LinePlan {
        matched,
        opened: Vec::new(),
        start: LineStart::Blank,
        at: 0,
        padding: 0,
    };
    let is_inside = matched == containers.len();
    let inside = if is_inside {
        verbatim(&mut cursor, complete, open)?
    } else {
        None
    };
    plan.start = match inside {
        Some(start) => start,
        None => begin(&mut cursor, complete, open, (matched, is_inside), &mut plan.opened)?,
    };
    plan.padding = cursor.padding();
    // A tab that the containers use in part is replaced by the padding.
    plan.at = cursor.at + usize::from(plan.padding > 0);
    Some(plan)
}

/// How many of the open containers the line belongs to.
fn match_containers(cursor: &mut ColumnCursor, complete: bool, containers: &[Container]) -> Option<usize> {
    for (at, container) in containers.iter().enumerate() {
        let (indent, next) = cursor.indent();
        if next.is_none() && !complete {
            return None;
        }
        match container {
            Container::Quote if indent < 4 && next == Some(b'>') => eat_quote(cursor),
            Container::Item(item) if next.is_none() || indent >= item.indent => cursor.eat_columns(item.indent),
            _ => return Some(at),
        }
    }
    Some(containers.len())
}

fn eat_quote(cursor: &mut ColumnCursor) {
    cursor.eat_columns(3);
    cursor.eat(1);
    cursor.eat_columns(1);
}

/// A line inside a block of code, math or HTML. The outer `None`: that depends on the rest of the line.
fn verbatim(cursor: &mut ColumnCursor, complete: bool, open: OpenLeaf) -> Option<Option<LineStart>> {
    let (indent, next) = cursor.indent();
    let start = match open {
        OpenLeaf::None | OpenLeaf::Paragraph { .. } | OpenLeaf::Defined | OpenLeaf::Table => return Some(None),
        OpenLeaf::Fence {
            mark,
            length,
            indent: fence,
        } => {
            let text = cursor.rest().trim_matches([' ', '\t']);
            let run = text.bytes().take_while(|b| *b == mark).count();
            let may_end = indent < 4 && run == text.len();
            if may_end && !complete {
                return None;
            }
            if may_end && run >= length {
                LineStart::FenceEnd
            } else {
                cursor.eat_columns(fence);
                LineStart::Code
            }
        }
        _ if !complete => return None,
        OpenLeaf::Indented if indent >= 4 => {
            cursor.eat_columns(4);
            LineStart::Code
        }
        OpenLeaf::Indented => return Some(None),
        // A blank line ends it, so that a stray `$$` does not take the rest of the text.
        OpenLeaf::Verbatim { .. } if next.is_none() => LineStart::Blank,
        // So does a fence, which no formula holds.
        OpenLeaf::Verbatim { end: "$$" | "\\]" } if indent < 4 && is_fence(cursor.rest().trim_start_matches(' ')) => {
            return Some(None);
        }
        OpenLeaf::Verbatim { .. } => LineStart::Code,
    };
    Some(Some(start))
}

/// The block that begins here, after the containers that the line opens.
fn begin(
    cursor: &mut ColumnCursor,
    complete: bool,
    open: OpenLeaf,
    (matched, is_inside): (usize, bool),
    opened: &mut Vec<Container>,
) -> Option<LineStart> {
    loop {
        let (indent, next) = cursor.indent();
        let Some(next) = next else {
            return complete.then_some(LineStart::Blank);
        };
        let is_paragraph = matches!(open, OpenLeaf::Paragraph { .. } | OpenLeaf::Defined) && opened.is_empty();
        if indent >= 4 {
            if is_paragraph {
                cursor.eat_columns(indent);
                return Some(LineStart::Continue { may_be_head: false });
            }
            if open == OpenLeaf::Table && is_inside && opened.is_empty() {
                return complete.then_some(LineStart::Row);
            }
            cursor.eat_columns(4);
            return complete.then_some(LineStart::Indented);
        }
        // The line is in the paragraph's own container, and may make it a heading or a table.
        let goes_on = is_paragraph && is_inside && open != OpenLeaf::Defined;
        let mut ahead = cursor.clone();
        ahead.eat_columns(indent);
        let rest = ahead.rest();
        if next == b'>' && matched + opened.len() < MAX_DEPTH {
            eat_quote(cursor);
            opened.push(Container::Quote);
            continue;
        }
        let (first, head) = match open {
            OpenLeaf::Paragraph { first, head } if goes_on => (first, head),
            _ => ("", ""),
        };
        if let Some(start) = underline_or_table(rest, complete, goes_on, (first, head))? {
            return Some(start);
        }
        if let Some(start) = leaf(rest, indent, complete)? {
            *cursor = ahead;
            if let LineStart::Heading(level) = start {
                cursor.eat(usize::from(level));
                cursor.eat_columns(usize::MAX);
            }
            return Some(start);
        }
        if matched + opened.len() < MAX_DEPTH
            && let Some(item) = item(&mut ahead, indent, complete, is_paragraph && is_inside)?
        {
            *cursor = ahead;
            opened.push(Container::Item(item));
            continue;
        }
        if opened.last().is_some_and(|c| matches!(c, Container::Item(_))) && may_be_task(rest) && !complete {
            return None;
        }
        *cursor = ahead;
        return Some(match open {
            _ if is_paragraph => LineStart::Continue {
                may_be_head: goes_on && next == b'|',
            },
            OpenLeaf::Table if is_inside && opened.is_empty() => {
                // A bar alone holds no cell, and is no row.
                let is_row = rest.trim() != "|";
                return complete.then_some(if is_row { LineStart::Row } else { LineStart::Paragraph });
            }
            _ => LineStart::Paragraph,
        });
    }
}

fn is_fence(rest: &str) -> bool {
    matches!(leaf(rest, 0, true), Some(Some(LineStart::Fence { .. })))
}

/// Whether an item's text may be the beginning of `[ ] text`.
fn may_be_task(text: &str) -> bool {
    ["[ ] ", "[x] ", "[X] "]
        .iter()
        .any(|task| task.starts_with(text) || text.strip_prefix(task).is_some_and(|rest| rest.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::line_plan::ListItem;
    use crate::document::table_row::ColumnAlign;

    fn start(line: &str, complete: bool) -> Option<LineStart> {
        parse_line(line, complete, &[], OpenLeaf::None).map(|plan| plan.start)
    }

    #[test]
    fn tells_a_block_as_soon_as_it_can() {
        for (line, told) in [
            ("T", Some(LineStart::Paragraph)),
            ("#", None),
            ("## T", Some(LineStart::Heading(2))),
            ("#T", Some(LineStart::Paragraph)),
            ("-", None),
            ("- ", None),
            ("- a", Some(LineStart::Paragraph)),
            ("**", None),
            ("**b", Some(LineStart::Paragraph)),
            ("``", None),
            ("``a", Some(LineStart::Paragraph)),
            ("```rust", None),
            ("12", None),
            ("12. a", Some(LineStart::Paragraph)),
            ("- [x", None),
            ("  ", None),
            ("    x", None),
        ] {
            assert_eq!(start(line, false), told, "{line}");
        }
        assert_eq!(start("---", true), Some(LineStart::Rule));
        assert_eq!(start("    x", true), Some(LineStart::Indented));
        assert_eq!(start("", true), Some(LineStart::Blank));
    }

    #[test]
    fn sees_what_a_line_makes_of_the_paragraph_above() {
        let first = OpenLeaf::Paragraph {
            first: "a | b",
            head: "a | b",
        };
        let told = |line, complete| parse_line(line, complete, &[], first).map(|plan| plan.start);
        assert_eq!(told("--", false), None);
        assert_eq!(told("---", true), Some(LineStart::Underline(2)));
        assert_eq!(told("==", true), Some(LineStart::Underline(1)));
        assert_eq!(told("-|:", false), None);
        assert_eq!(
            told("-|:-:", true),
            Some(LineStart::Table(vec![ColumnAlign::Left, ColumnAlign::Center]))
        );
        let more = |may_be_head| Some(LineStart::Continue { may_be_head });
        assert_eq!(told("2. c", true), more(false));
        assert_eq!(told("| c", false), more(true));
        assert_eq!(told("    | c", false), more(false));
        assert_eq!(told("1. c", true), Some(LineStart::Paragraph));
    }

    #[test]
    fn counts_tabs_in_columns() {
        let plan = parse_line("-\ta", true, &[], OpenLeaf::None).unwrap();
        let item = ListItem {
            indent: 4,
            mark: '-',
            number: None,
        };
        assert_eq!(plan.opened, [Container::Item(item.clone())]);
        let plan = parse_line("\t\tb", true, &[Container::Item(item)], OpenLeaf::None).unwrap();
        assert_eq!((plan.start, plan.at), (LineStart::Indented, 2));
        let plan = parse_line("\t\tb", true, &[Container::Quote], OpenLeaf::Indented).unwrap();
        assert_eq!(plan.matched, 0);
        let plan = parse_line(">\t\tb", true, &[Container::Quote], OpenLeaf::Indented).unwrap();
        assert_eq!((plan.start, plan.padding, plan.at), (LineStart::Code, 2, 3));
    }
}
