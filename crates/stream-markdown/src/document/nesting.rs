//! The open containers, and what each line begins with because of them.

use super::line_plan::Container;
use crate::style::{ColorRole, Style};
use crate::styled_line::StyledLine;
use crate::viewport::Layout;

/// The open containers, outermost first, and what is shown of them.
#[derive(Debug, Default)]
pub(super) struct Nesting {
    pub containers: Vec<Container>,
    container_prefixes: Vec<ContainerPrefix>,
}

#[derive(Debug)]
struct ContainerPrefix {
    /// Its marker, until a line shows it.
    marker: Option<String>,
    /// Cells of indentation; 0 for a quote.
    indent: usize,
}

impl ContainerPrefix {
    /// Whether its marker is a number, and no line shows it yet.
    fn is_numbered(&self) -> bool {
        self.marker
            .as_ref()
            .is_some_and(|marker| marker.starts_with(|c: char| c.is_ascii_digit()))
    }
}

impl Nesting {
    pub(super) fn len(&self) -> usize {
        self.containers.len()
    }

    pub(super) fn open(&mut self, container: Container, layout: Layout) {
        let prefix = match &container {
            Container::Quote => ContainerPrefix {
                marker: None,
                indent: 0,
            },
            Container::Item(item) => {
                let marker = match &item.number {
                    Some(number) => format!("{number}{} ", item.mark),
                    None if layout.is_ascii => "- ".to_owned(),
                    None => "• ".to_owned(),
                };
                ContainerPrefix {
                    indent: marker.chars().count(),
                    marker: Some(marker),
                }
            }
        };
        self.containers.push(container);
        self.container_prefixes.push(prefix);
    }

    /// Replaces the innermost marker: a task has a box instead of a bullet.
    pub(super) fn set_task(&mut self, is_done: bool, layout: Layout) {
        let marker = match (is_done, layout.is_ascii) {
            (false, true) => "[ ] ",
            (true, true) => "[x] ",
            (false, false) => "☐ ",
            (true, false) => "☑ ",
        };
        if let Some(prefix) = self.container_prefixes.last_mut()
            && prefix.marker.is_some()
        {
            prefix.marker = Some(marker.to_owned());
            prefix.indent = marker.chars().count();
        }
    }

    /// Closes all but the first `keep`. An item without content leaves its marker on a line.
    pub(super) fn close(&mut self, keep: usize, layout: Layout, out: &mut Vec<StyledLine>) {
        while self.len() > keep {
            if self
                .container_prefixes
                .last()
                .is_some_and(|prefix| prefix.marker.is_some())
            {
                let (line, _) = self.prefixes(layout);
                out.push(line.head(line.text().len()));
            }
            self.container_prefixes.pop();
            self.containers.pop();
        }
    }

    /// What the first line of the next block begins with, and what its other lines begin with.
    pub(super) fn prefixes(&mut self, layout: Layout) -> (StyledLine, StyledLine) {
        let room = layout.prose_width() / 2;
        let mut from = 0;
        while from + 1 < self.len() && self.indent(from) > room {
            from += 1;
        }
        let (mut first, mut other) = (StyledLine::new(), StyledLine::new());
        // Numbers, which say something, take room before bullets. Text without room behind them begins a line lower.
        let mut spare = layout.prose_width().saturating_sub(self.indent(from));
        let numbers: usize = self.container_prefixes[..from]
            .iter()
            .filter(|prefix| prefix.is_numbered())
            .map(|prefix| prefix.indent)
            .sum();
        let mut spare_for_bullets = spare.saturating_sub(numbers + 2);
        for (at, prefix) in self.container_prefixes.iter_mut().enumerate() {
            let is_numbered = prefix.is_numbered();
            let marker = prefix.marker.take();
            if at < from {
                // It is not indented, but its marker is shown where there is room.
                let room = if is_numbered {
                    &mut spare
                } else {
                    &mut spare_for_bullets
                };
                if let Some(marker) = marker.filter(|_| prefix.indent <= *room) {
                    *room -= prefix.indent;
                    first.push_str(&marker, Style::colored(ColorRole::Marker));
                }
                continue;
            }
            if prefix.indent == 0 {
                first.push_str(bar(layout), Style::dim());
                other.push_str(bar(layout), Style::dim());
                continue;
            }
            match marker {
                Some(marker) => first.push_str(&marker, Style::colored(ColorRole::Marker)),
                None => first.push_spaces(prefix.indent, Style::default()),
            }
            other.push_spaces(prefix.indent.min(room), Style::default());
        }
        (first, other)
    }

    /// An empty line between two blocks that share the first `shared` containers.
    pub(super) fn gap(&self, shared: usize, layout: Layout) -> StyledLine {
        let mut line = StyledLine::new();
        for prefix in self.container_prefixes.iter().take(shared) {
            if line.width() + prefix.indent.max(2) > layout.prose_width() {
                break;
            }
            if prefix.indent == 0 {
                line.push_str(bar(layout), Style::dim());
            } else {
                line.push_spaces(prefix.indent, Style::default());
            }
        }
        line.head(line.text().len())
    }

    fn indent(&self, from: usize) -> usize {
        self.container_prefixes[from..]
            .iter()
            .map(|prefix| if prefix.indent == 0 { 2 } else { prefix.indent })
            .sum()
    }
}

fn bar(layout: Layout) -> &'static str {
    if layout.is_ascii { "> " } else { "│ " }
}
