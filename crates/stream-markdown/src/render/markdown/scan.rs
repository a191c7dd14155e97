//! What a line means for the structure of a document, told as soon as enough of it has come.

use super::cursor::Cursor;
use super::starts::{item, leaf, underline_or_table};
use super::table::Align;

/// Containers within containers beyond this are text: every line costs time for each one that is open.
const MAX_DEPTH: usize = 64;

/// An open block that holds others.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Container {
    Quote,
    Item(Item),
}

/// A list item.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    /// Columns that what belongs to it is indented by.
    pub indent: usize,
    /// The bullet, or what follows the number.
    pub mark: char,
    /// As it was written; `None` for bullets.
    pub number: Option<String>,
}

/// The open block that holds text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Open<'a> {
    None,
    Paragraph {
        /// Its text so far where it is one line; empty otherwise.
        first: &'a str,
        /// Its last line, where that may be a table's head.
        head: &'a str,
    },
    /// A paragraph that was definitions so far.
    Defined,
    Fence {
        mark: u8,
        length: usize,
        indent: usize,
    },
    Indented,
    /// Lines shown as written up to one that holds `end`, or up to a blank line.
    Verbatim {
        end: &'static str,
    },
    Table,
}

/// What a line begins or goes on with.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Start {
    Blank,
    Paragraph,
    /// More of the open paragraph.
    Continue {
        /// Unless the next line makes this one a table's head.
        may_be_head: bool,
    },
    Heading(u8),
    /// The open paragraph was a heading.
    Underline(u8),
    Rule,
    Fence {
        mark: u8,
        length: usize,
        indent: usize,
        info: String,
    },
    FenceEnd,
    Indented,
    /// A line of the open code block.
    Code,
    Verbatim {
        end: &'static str,
    },
    /// The open paragraph was a table's head.
    Table(Vec<Align>),
    Row,
}

/// A line understood.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    /// How many of the open containers go on.
    pub matched: usize,
    pub opened: Vec<Container>,
    pub start: Start,
    /// Where its text begins, in bytes, and how many spaces come before that.
    pub at: usize,
    pub padding: usize,
}

impl Plan {
    pub(super) fn begins_item(&self) -> bool {
        self.opened.iter().any(|c| matches!(c, Container::Item(_)))
    }
}

/// Understands `line`, of which more may come unless `complete`. `None` when it cannot be told yet.
pub(super) fn scan(line: &str, complete: bool, containers: &[Container], open: Open) -> Option<Plan> {
    let mut cursor = Cursor::new(line);
    let matched = match_containers(&mut cursor, complete, containers)?;
    let mut plan = Plan {
        matched,
        opened: Vec::new(),
        start: Start::Blank,
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
    // A tab of which a part was used up is those spaces.
    plan.at = cursor.at + usize::from(plan.padding > 0);
    Some(plan)
}

/// How many containers the line goes on with.
fn match_containers(cursor: &mut Cursor, complete: bool, containers: &[Container]) -> Option<usize> {
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

fn eat_quote(cursor: &mut Cursor) {
    cursor.eat_columns(3);
    cursor.eat(1);
    cursor.eat_columns(1);
}

/// A line inside a block whose lines are not looked into. The outer `None` waits for the line's end.
fn verbatim(cursor: &mut Cursor, complete: bool, open: Open) -> Option<Option<Start>> {
    let (indent, next) = cursor.indent();
    let start = match open {
        Open::None | Open::Paragraph { .. } | Open::Defined | Open::Table => return Some(None),
        Open::Fence {
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
                Start::FenceEnd
            } else {
                cursor.eat_columns(fence);
                Start::Code
            }
        }
        _ if !complete => return None,
        Open::Indented if indent >= 4 => {
            cursor.eat_columns(4);
            Start::Code
        }
        Open::Indented => return Some(None),
        // A blank line ends it, so that a stray `$$` does not swallow the rest of the answer.
        Open::Verbatim { .. } if next.is_none() => Start::Blank,
        // Nor a block of code: no formula holds a fence.
        Open::Verbatim { end: "$$" | "\\]" } if indent < 4 && is_fence(cursor.rest().trim_start_matches(' ')) => {
            return Some(None);
        }
        Open::Verbatim { .. } => Start::Code,
    };
    Some(Some(start))
}

/// What begins here, after the containers that begin here.
fn begin(
    cursor: &mut Cursor,
    complete: bool,
    open: Open,
    (matched, is_inside): (usize, bool),
    opened: &mut Vec<Container>,
) -> Option<Start> {
    loop {
        let (indent, next) = cursor.indent();
        let Some(next) = next else {
            return complete.then_some(Start::Blank);
        };
        let is_paragraph = matches!(open, Open::Paragraph { .. } | Open::Defined) && opened.is_empty();
        if indent >= 4 {
            if is_paragraph {
                cursor.eat_columns(indent);
                return Some(Start::Continue { may_be_head: false });
            }
            if open == Open::Table && is_inside && opened.is_empty() {
                return complete.then_some(Start::Row);
            }
            cursor.eat_columns(4);
            return complete.then_some(Start::Indented);
        }
        // `opened` is empty and every container goes on: the line may still change what the paragraph is.
        let goes_on = is_paragraph && is_inside && open != Open::Defined;
        let mut ahead = cursor.clone();
        ahead.eat_columns(indent);
        let rest = ahead.rest();
        if next == b'>' && matched + opened.len() < MAX_DEPTH {
            eat_quote(cursor);
            opened.push(Container::Quote);
            continue;
        }
        let (first, head) = match open {
            Open::Paragraph { first, head } if goes_on => (first, head),
            _ => ("", ""),
        };
        if let Some(start) = underline_or_table(rest, complete, goes_on, (first, head))? {
            return Some(start);
        }
        if let Some(start) = leaf(rest, indent, complete)? {
            *cursor = ahead;
            if let Start::Heading(level) = start {
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
        if opened.last().is_some_and(|c| matches!(c, Container::Item(_))) && is_cut_task(rest) && !complete {
            return None;
        }
        *cursor = ahead;
        return Some(match open {
            _ if is_paragraph => Start::Continue {
                may_be_head: goes_on && next == b'|',
            },
            Open::Table if is_inside && opened.is_empty() => {
                // A bar alone holds no cell, and is no row.
                let is_row = rest.trim() != "|";
                return complete.then_some(if is_row { Start::Row } else { Start::Paragraph });
            }
            _ => Start::Paragraph,
        });
    }
}

fn is_fence(rest: &str) -> bool {
    matches!(leaf(rest, 0, true), Some(Some(Start::Fence { .. })))
}

/// Whether an item's text may be the beginning of `[ ] text`.
fn is_cut_task(text: &str) -> bool {
    ["[ ] ", "[x] ", "[X] "]
        .iter()
        .any(|task| task.starts_with(text) || text.strip_prefix(task).is_some_and(|rest| rest.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(line: &str, complete: bool) -> Option<Start> {
        scan(line, complete, &[], Open::None).map(|plan| plan.start)
    }

    #[test]
    fn tells_a_block_as_soon_as_it_can() {
        for (line, told) in [
            ("T", Some(Start::Paragraph)),
            ("#", None),
            ("## T", Some(Start::Heading(2))),
            ("#T", Some(Start::Paragraph)),
            ("-", None),
            ("- ", None),
            ("- a", Some(Start::Paragraph)),
            ("**", None),
            ("**b", Some(Start::Paragraph)),
            ("``", None),
            ("``a", Some(Start::Paragraph)),
            ("```rust", None),
            ("12", None),
            ("12. a", Some(Start::Paragraph)),
            ("- [x", None),
            ("  ", None),
            ("    x", None),
        ] {
            assert_eq!(start(line, false), told, "{line}");
        }
        assert_eq!(start("---", true), Some(Start::Rule));
        assert_eq!(start("    x", true), Some(Start::Indented));
        assert_eq!(start("", true), Some(Start::Blank));
    }

    #[test]
    fn sees_what_a_line_makes_of_the_paragraph_above() {
        let first = Open::Paragraph {
            first: "a | b",
            head: "a | b",
        };
        let told = |line, complete| scan(line, complete, &[], first).map(|plan| plan.start);
        assert_eq!(told("--", false), None);
        assert_eq!(told("---", true), Some(Start::Underline(2)));
        assert_eq!(told("==", true), Some(Start::Underline(1)));
        assert_eq!(told("-|:", false), None);
        assert_eq!(
            told("-|:-:", true),
            Some(Start::Table(vec![Align::Left, Align::Center]))
        );
        let more = |may_be_head| Some(Start::Continue { may_be_head });
        assert_eq!(told("2. c", true), more(false));
        assert_eq!(told("| c", false), more(true));
        assert_eq!(told("    | c", false), more(false));
        assert_eq!(told("1. c", true), Some(Start::Paragraph));
    }

    #[test]
    fn counts_tabs_in_columns() {
        let plan = scan("-\ta", true, &[], Open::None).unwrap();
        let item = Item {
            indent: 4,
            mark: '-',
            number: None,
        };
        assert_eq!(plan.opened, [Container::Item(item.clone())]);
        let plan = scan("\t\tb", true, &[Container::Item(item)], Open::None).unwrap();
        assert_eq!((plan.start, plan.at), (Start::Indented, 2));
        let plan = scan("\t\tb", true, &[Container::Quote], Open::Indented).unwrap();
        assert_eq!(plan.matched, 0);
        let plan = scan(">\t\tb", true, &[Container::Quote], Open::Indented).unwrap();
        assert_eq!((plan.start, plan.padding, plan.at), (Start::Code, 2, 3));
    }
}
