//! A row of live lines: text with SGR sequences, and where it differs from another.

use crate::sanitize::push_visible;
use crate::width;

/// What ends all attributes.
const PLAIN: &str = "\x1b[m";

/// The longest cluster that is drawn, in bytes: combining marks could go on without end.
const MAX_CLUSTER: usize = 64;

/// A row as it is drawn.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    /// What it was made of.
    source: String,
    /// Clusters and SGR sequences. No attribute outlasts it.
    pub(super) text: String,
    /// In cells.
    pub(super) width: usize,
    /// Whether every terminal agrees on the width.
    pub(super) is_certain: bool,
}

/// A place in a row.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// In bytes of the row's text.
    pub(super) at: usize,
    /// In cells.
    pub(super) column: usize,
    /// The SGR sequences in force.
    pub(super) pen: String,
}

/// A part of a row's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part<'t> {
    Sgr(&'t str),
    Cluster(&'t str),
}

/// The first part of a text, and the rest.
fn next_part(text: &str) -> Option<(Part<'_>, &str)> {
    if let Some(rest) = text.strip_prefix("\x1b[")
        && let Some(end) = rest.find(|c: char| !matches!(c, '0'..=';'))
        && rest[end..].starts_with('m')
    {
        let (sgr, rest) = text.split_at(end + 3);
        return Some((Part::Sgr(sgr), rest));
    }
    let cluster = width::first_cluster(text)?;
    Some((Part::Cluster(cluster), &text[cluster.len()..]))
}

fn parts(mut text: &str) -> impl Iterator<Item = Part<'_>> {
    std::iter::from_fn(move || {
        let (part, rest) = next_part(text)?;
        text = rest;
        Some(part)
    })
}

impl Place {
    fn pass(&mut self, part: Part<'_>) {
        match part {
            Part::Sgr(sgr) => {
                self.at += sgr.len();
                if matches!(sgr, PLAIN | "\x1b[0m") {
                    self.pen.clear();
                } else {
                    self.pen.push_str(sgr);
                }
            }
            Part::Cluster(cluster) => {
                self.at += cluster.len();
                self.column += width::cluster(cluster);
            }
        }
    }
}

impl Row {
    /// The row of a line, cut off where the last column but one ends.
    pub(super) fn new(line: &str, columns: usize) -> Row {
        let room = columns.saturating_sub(1).max(1);
        let mut row = Row {
            source: line.to_owned(),
            text: String::with_capacity(line.len() + PLAIN.len()),
            width: 0,
            is_certain: true,
        };
        let mut place = Place::default();
        let mut visible = String::new();
        for part in parts(line) {
            place.pass(part);
            match part {
                Part::Sgr(sgr) => row.text.push_str(sgr),
                Part::Cluster(cluster) if cluster.starts_with(char::is_control) => {
                    visible.clear();
                    cluster.chars().for_each(|c| push_visible(&mut visible, c));
                    if !width::clusters(&visible).all(|(_, cluster)| row.push(cluster, room)) {
                        break;
                    }
                }
                Part::Cluster(cluster) => {
                    if !row.push(cluster, room) {
                        break;
                    }
                }
            }
        }
        if !place.pen.is_empty() {
            row.text.push_str(PLAIN);
        }
        row
    }

    /// Adds a cluster, if there is room.
    fn push(&mut self, cluster: &str, room: usize) -> bool {
        let cells = width::cluster(cluster);
        if cells == 0 {
            // A mark without a letter would join one of those that stay when the row is drawn from here on.
            return true;
        }
        if self.width + cells > room {
            return false;
        }
        self.width += cells;
        self.is_certain &= width::is_certain(cluster);
        let end = (0..=cluster.len().min(MAX_CLUSTER)).rev();
        let end = end.into_iter().find(|end| cluster.is_char_boundary(*end));
        self.text.push_str(&cluster[..end.unwrap_or_default()]);
        true
    }

    pub(super) fn is_of(&self, line: &str) -> bool {
        self.source == line
    }

    /// Up to where this row and another are the same, on the screen as well.
    pub(super) fn common(&self, other: &Row) -> Place {
        let mut place = Place::default();
        for (one, two) in parts(&self.text).zip(parts(&other.text)) {
            if one != two {
                break;
            }
            place.pass(one);
        }
        place
    }

    /// The beginning of the row that takes no more than some cells.
    pub(super) fn place(&self, column: usize) -> Place {
        let mut place = Place::default();
        for part in parts(&self.text) {
            if let Part::Cluster(cluster) = part
                && place.column + width::cluster(cluster) > column
            {
                break;
            }
            place.pass(part);
        }
        place
    }

    /// Appends what draws the row from a place up to a byte, and leaves no attribute behind.
    pub(super) fn write(&self, from: &Place, to: usize, out: &mut Vec<u8>) {
        let text = self.text.get(from.at..to).unwrap_or_default();
        if text.is_empty() || text == PLAIN {
            return;
        }
        out.extend_from_slice(from.pen.as_bytes());
        out.extend_from_slice(text.as_bytes());
        if to < self.text.len() {
            out.extend_from_slice(PLAIN.as_bytes());
        }
    }

    /// How many rows the row takes in a window of so many columns, and which of them, from 0, has a column of it.
    pub(super) fn rewrapped(&self, columns: usize, column: usize) -> (usize, usize) {
        let (mut row, mut used, mut passed, mut found) = (0, 0, 0, None);
        for part in parts(&self.text) {
            let Part::Cluster(cluster) = part else { continue };
            let cells = width::cluster(cluster);
            if used + cells > columns && used > 0 {
                (row, used) = (row + 1, 0);
            }
            if passed >= column {
                found.get_or_insert(row);
            }
            used += cells;
            passed += cells;
        }
        (row + 1, found.unwrap_or(row))
    }
}
