//! The open containers and what they put before each line.

use super::line_plan::Container;
use crate::style::{ColorRole, Style};
use crate::styled_line::StyledLine;
use crate::viewport::Layout;

/// The open containers, outermost first, and how they look.
#[derive(Debug, Default)]
pub(super) struct Nesting {
    pub containers: Vec<Container>,
    looks: Vec<ContainerPrefix>,
}

#[derive(Debug)]
struct ContainerPrefix {
    /// A marker that no line shows yet.
    marker: Option<String>,
    /// Cells of indentation; 0 for a quote.
    indent: usize,
}

impl ContainerPrefix {
    /// Whether its marker is a number that no line shows yet.
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
        let look = match &container {
            Container::Quote => ContainerPrefix {
                marker: None,
                indent: 0,
            },
            Container::Item(item) => {
                let marker = match &item.number {
                    Some(number) => format!("{number}{} ", item.mark),
                    None if layout.is_plain => "- ".to_owned(),
                    None => "• ".to_owned(),
                };
                ContainerPrefix {
                    indent: marker.chars().count(),
                    marker: Some(marker),
                }
            }
        };
        self.containers.push(container);
        self.looks.push(look);
    }

    /// Replaces the innermost marker: a task's box stands for its bullet.
    pub(super) fn set_marker(&mut self, marker: &str) {
        if let Some(look) = self.looks.last_mut()
            && look.marker.is_some()
        {
            look.marker = Some(marker.to_owned());
            look.indent = marker.chars().count();
        }
    }

    /// Closes all but the first `keep`. An item without content leaves its marker on a line.
    pub(super) fn close(&mut self, keep: usize, layout: Layout, out: &mut Vec<StyledLine>) {
        while self.len() > keep {
            if self.looks.last().is_some_and(|look| look.marker.is_some()) {
                let (line, _) = self.prefixes(layout);
                out.push(line.head(line.text().len()));
            }
            self.looks.pop();
            self.containers.pop();
        }
    }

    /// What the first line of the block that begins now starts with, and what its other lines do.
    pub(super) fn prefixes(&mut self, layout: Layout) -> (StyledLine, StyledLine) {
        let room = layout.width() / 2;
        let mut from = 0;
        while from + 1 < self.len() && self.indent(from) > room {
            from += 1;
        }
        let (mut first, mut other) = (StyledLine::new(), StyledLine::new());
        // Numbers come before bullets: they are words. Text that has no room behind them begins on the next line.
        let mut spare = layout.width().saturating_sub(self.indent(from));
        let numbers: usize = self.looks[..from]
            .iter()
            .filter(|look| look.is_numbered())
            .map(|look| look.indent)
            .sum();
        let mut spare_for_bullets = spare.saturating_sub(numbers + 2);
        for (at, look) in self.looks.iter_mut().enumerate() {
            let is_numbered = look.is_numbered();
            let marker = look.marker.take();
            if at < from {
                // No room for its indentation, but for its marker.
                let room = if is_numbered {
                    &mut spare
                } else {
                    &mut spare_for_bullets
                };
                if let Some(marker) = marker.filter(|_| look.indent <= *room) {
                    *room -= look.indent;
                    first.push_str(&marker, Style::colored(ColorRole::Marker));
                }
                continue;
            }
            if look.indent == 0 {
                first.push_str(bar(layout), Style::dim());
                other.push_str(bar(layout), Style::dim());
                continue;
            }
            match marker {
                Some(marker) => first.push_str(&marker, Style::colored(ColorRole::Marker)),
                None => first.push_spaces(look.indent, Style::default()),
            }
            other.push_spaces(look.indent.min(room), Style::default());
        }
        (first, other)
    }

    /// An empty line between two blocks that share the first `shared` containers.
    pub(super) fn gap(&self, shared: usize, layout: Layout) -> StyledLine {
        let mut line = StyledLine::new();
        for look in self.looks.iter().take(shared) {
            if line.width() + look.indent.max(2) > layout.width() {
                break;
            }
            if look.indent == 0 {
                line.push_str(bar(layout), Style::dim());
            } else {
                line.push_spaces(look.indent, Style::default());
            }
        }
        line.head(line.text().len())
    }

    fn indent(&self, from: usize) -> usize {
        self.looks[from..]
            .iter()
            .map(|look| if look.indent == 0 { 2 } else { look.indent })
            .sum()
    }
}

fn bar(layout: Layout) -> &'static str {
    if layout.is_plain { "> " } else { "│ " }
}
