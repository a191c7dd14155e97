//! A menu: rows in columns, narrowed by a query, one of them highlighted. Pure: keys in, lines out.

use std::ops::Range;

use stream_markdown::sanitize::safe_line;
use stream_markdown::width;

use crate::app::App;
use crate::i18n::lang::Lang;
use crate::text::{elide, with_marks};
use crate::tr;

/// A row of a menu.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MenuRow {
    /// What choosing the row gives. It is not shown, and not searched.
    pub name: String,
    /// What is shown and searched: a cell for each column, the one that tells the rows apart first.
    pub cells: Vec<String>,
    /// The row stands for what is in use, and is marked.
    pub is_current: bool,
}

impl MenuRow {
    /// Whether this is its whole name, or what is shown of that, whatever the case of letters.
    pub fn is_called(&self, typed: &str) -> bool {
        let typed = typed.to_lowercase();
        let shown = self.cells.first().is_some_and(|cell| cell.to_lowercase() == typed);
        shown || self.name.to_lowercase() == typed
    }
}

/// How a menu is drawn.
#[derive(Clone, Copy, Debug, Default)]
pub struct MenuStyle {
    /// Whether letters may be bold, dim or reversed.
    pub is_styled: bool,
    /// Whether marks are ASCII.
    pub is_ascii: bool,
    pub lang: Lang,
}

impl MenuStyle {
    /// How menus are drawn on the terminal of the program.
    pub fn of(app: &App<'_>) -> MenuStyle {
        MenuStyle {
            is_styled: app.ui.is_styled,
            is_ascii: app.host.is_ascii(),
            lang: app.ui.lang,
        }
    }

    /// What stands for the part of a text that is left out.
    fn ellipsis(self) -> &'static str {
        if self.is_ascii { "..." } else { "…" }
    }

    /// A text in so many columns, as far as they go.
    fn elided(self, text: &str, columns: usize) -> String {
        let seen = seen_part(text, columns, &[], self.ellipsis());
        let (_, behind) = marks_of(text, &seen, self.ellipsis());
        format!("{}{behind}", &text[seen])
    }
}

/// A key that moves the highlight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MenuKey {
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
}

/// Rows to choose from, the query that narrows them, and the highlighted one of those that are left.
#[derive(Clone, Debug, Default)]
pub struct Menu {
    rows: Vec<MenuRow>,
    /// The width of the widest cell of each column.
    full_widths: Vec<usize>,
    style: MenuStyle,
    /// The columns that a narrow window leaves out, in that order; then the rest from the right.
    dropped_first: &'static [usize],
    /// The words of the query.
    words: Vec<String>,
    /// The rows that the query leaves, best first.
    found: Vec<usize>,
    /// The highlighted one of `found`.
    at: usize,
}

/// The columns of the first cell that no other column may take.
const MIN_FIRST: usize = 24;
/// The columns that any other cell has at least, where it is that wide.
const MIN_CELL: usize = 16;
/// The columns between two cells.
const GAP: usize = 2;

/// A place where a word of the query stands in a row.
struct Hit {
    rank: Rank,
    cell: usize,
    bytes: Range<usize>,
}

/// How well a word fits a row, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Prefix,
    WordBeginning,
    Inside,
    OtherCell,
}

impl Menu {
    pub fn new(rows: Vec<MenuRow>, style: MenuStyle) -> Menu {
        let mut rows = rows;
        for cell in rows.iter_mut().flat_map(|row| &mut row.cells) {
            *cell = with_marks(safe_line(cell), style.is_ascii);
        }
        let mut full_widths = Vec::new();
        for row in &rows {
            full_widths.resize(full_widths.len().max(row.cells.len()), 0);
            for (full, cell) in full_widths.iter_mut().zip(&row.cells) {
                *full = width::of(cell).max(*full);
            }
        }
        Menu {
            at: current(&rows),
            found: (0..rows.len()).collect(),
            rows,
            full_widths,
            style,
            ..Menu::default()
        }
    }

    /// The same with other columns to leave out first where the window is narrow.
    #[must_use]
    pub fn dropping_first(mut self, columns: &'static [usize]) -> Menu {
        self.dropped_first = columns;
        self
    }

    /// Leaves the rows in which every word of the query is found, best first, and highlights the best; without a query
    /// the row that is in use.
    pub fn filter(&mut self, query: &str) {
        let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
        if words == self.words {
            return;
        }
        self.words = words;
        self.at = if self.words.is_empty() { current(&self.rows) } else { 0 };
        let whole = self.words.join(" ");
        let mut ranked: Vec<(Vec<Rank>, usize)> = Vec::new();
        for (at, row) in self.rows.iter().enumerate() {
            let ranks: Option<Vec<Rank>> = self.words.iter().map(|word| Some(hit(row, word)?.rank)).collect();
            if let Some(ranks) = ranks {
                // No rank at all is better than any.
                ranked.push((if row.is_called(&whole) { Vec::new() } else { ranks }, at));
            }
        }
        // The worst word decides before the others.
        for (ranks, _) in &mut ranked {
            ranks.sort_unstable_by(|a, b| b.cmp(a));
        }
        ranked.sort_by(|(a, _), (b, _)| a.cmp(b));
        self.found = ranked.into_iter().map(|(_, at)| at).collect();
    }

    /// Leaves of the rows only these, where there are any among those that the query leaves.
    pub fn prefer(&mut self, is_preferred: impl Fn(&MenuRow) -> bool) {
        let rows = &self.rows;
        let is_kept = |at: &usize| rows.get(*at).is_some_and(&is_preferred);
        if self.found.iter().any(is_kept) {
            self.found.retain(is_kept);
        }
    }

    /// Moves the highlight. `max_rows` is what the menu is drawn with.
    pub fn press(&mut self, key: MenuKey, max_rows: usize) {
        let page = self.shown(max_rows).len().max(1);
        let last = self.found.len().saturating_sub(1);
        self.at = match key {
            MenuKey::Up => self.at.saturating_sub(1),
            MenuKey::Down => self.at + 1,
            MenuKey::PageUp => self.at.saturating_sub(page),
            MenuKey::PageDown => self.at + page,
            MenuKey::Home => 0,
            MenuKey::End => last,
        }
        .min(last);
    }

    /// The highlighted row; `None` where the query leaves none.
    pub fn chosen(&self) -> Option<&MenuRow> {
        self.found().nth(self.at)
    }

    /// The rows that the query leaves, best first.
    pub fn found(&self) -> impl Iterator<Item = &MenuRow> {
        self.found.iter().filter_map(|at| self.rows.get(*at))
    }

    /// All rows, in their order.
    pub fn rows(&self) -> &[MenuRow] {
        &self.rows
    }

    /// The menu in at most `max_rows` lines of at most `columns` columns: the rows around the highlighted one, and how
    /// many there are where they are not all seen.
    pub fn draw(&self, columns: usize, max_rows: usize) -> Vec<String> {
        let (here, current) = match self.style.is_ascii {
            true => (">", "*"),
            false => ("❯", "•"),
        };
        let has_current = self.rows.iter().any(|row| row.is_current);
        let widths = self.widths(columns.saturating_sub(if has_current { 3 } else { 2 }));
        let shown = self.shown(max_rows);
        let mut lines: Vec<String> = shown
            .clone()
            .filter_map(|at| Some((at, self.rows.get(*self.found.get(at)?)?)))
            .map(|(at, row)| {
                let is_here = at == self.at;
                let mark = match (has_current, row.is_current) {
                    (true, true) => current,
                    (true, false) => " ",
                    (false, _) => "",
                };
                let line = self.line(row, &widths, is_here);
                match (is_here, self.style.is_styled) {
                    (true, true) => format!("\x1b[7m{here}{mark} {line}\x1b[m"),
                    (true, false) => format!("{here}{mark} {line}"),
                    (false, _) => format!(" {mark} {line}"),
                }
            })
            .collect();
        if lines.len() < max_rows && shown.len() < self.rows.len() {
            let count = if self.found.is_empty() {
                tr!("no match")
            } else if shown.len() < self.found.len() {
                tr!("{}-{} of {}", shown.start + 1, shown.end, self.found.len())
            } else {
                tr!("{} of {}", self.found.len(), self.rows.len())
            };
            let count = format!("  {}", count.localize(self.style.lang));
            let count = self.style.elided(&count, columns);
            lines.push(self.styled("2", &count));
        }
        lines
    }

    /// The rows that the query leaves as a list with numbers, for where keys cannot move a highlight.
    pub fn numbered(&self, columns: usize) -> Vec<String> {
        let digits = self.found.len().to_string().len();
        let widths = self.widths(columns.saturating_sub(digits + 2));
        let numbered = (1..).zip(self.found());
        numbered
            .map(|(number, row)| {
                let mark = if row.is_current { "*" } else { " " };
                format!("{number:>digits$}{mark} {}", self.line(row, &widths, false))
            })
            .collect()
    }

    /// Which of the rows that the query leaves are seen: all, or those around the highlighted one.
    fn shown(&self, max_rows: usize) -> Range<usize> {
        let count = self.found.len();
        let has_all = count == self.rows.len() && count <= max_rows;
        // The last line says how many there are, where there is a line to spare for it.
        let room = if has_all || max_rows < 2 {
            max_rows
        } else {
            max_rows - 1
        };
        let first = self.at.saturating_sub(room / 2).min(count.saturating_sub(room));
        first..count.min(first + room)
    }

    /// A row's cells in columns of these widths. The highlighted one is as wide as all of them.
    fn line(&self, row: &MenuRow, widths: &[usize], is_here: bool) -> String {
        let hits: Vec<Hit> = self.words.iter().filter_map(|word| hit(row, word)).collect();
        let shown = widths.iter().enumerate().filter(|(_, width)| **width > 0);
        let (mut line, mut gap) = (String::new(), 0);
        for (number, (cell, width)) in shown.enumerate() {
            let text = row.cells.get(cell).map_or("", String::as_str);
            let hits = hits.iter().filter(|hit| hit.cell == cell);
            let mut hits: Vec<Range<usize>> = hits.map(|hit| hit.bytes.clone()).collect();
            hits.sort_by_key(|hit| hit.start);
            let seen = seen_part(text, *width, &hits, self.style.ellipsis());
            line.push_str(&" ".repeat(if number > 0 { gap + GAP } else { 0 }));
            let (before, behind) = marks_of(text, &seen, self.style.ellipsis());
            gap = width.saturating_sub([before, &text[seen.clone()], behind].map(width::of).iter().sum());
            // Dim letters are hard to read where they are reversed.
            let is_dim = cell > 0 && !is_here;
            line.push_str(&self.with_hits(text, &seen, &hits, is_dim));
        }
        match is_here && self.style.is_styled {
            true => line.push_str(&" ".repeat(gap)),
            false => line.truncate(line.trim_end_matches(' ').len()),
        }
        line
    }

    /// The part of a text that is seen, with the hits in it in bold.
    fn with_hits(&self, text: &str, seen: &Range<usize>, hits: &[Range<usize>], is_dim: bool) -> String {
        let plain = |part: &str| match is_dim {
            true => self.styled("2", part),
            false => part.to_owned(),
        };
        let (before, behind) = marks_of(text, seen, self.style.ellipsis());
        let (mut marked, mut done) = (plain(before), seen.start);
        for hit in hits {
            let (start, end) = (hit.start.clamp(done, seen.end), hit.end.clamp(done, seen.end));
            marked.push_str(&plain(&text[done..start]));
            marked.push_str(&self.styled("1", &text[start..end]));
            done = end;
        }
        marked + &plain(&text[done..seen.end]) + &plain(behind)
    }

    /// A text that is bold (1) or dim (2).
    fn styled(&self, weight: &str, text: &str) -> String {
        match self.style.is_styled && !text.is_empty() {
            true => format!("\x1b[{weight}m{text}\x1b[22m"),
            false => text.to_owned(),
        }
    }

    /// The width of each column in a room of so many; 0 for one that is left out.
    fn widths(&self, room: usize) -> Vec<usize> {
        let full = &self.full_widths;
        let count = full.len();
        let mut widths: Vec<usize> = (0..)
            .zip(full)
            .map(|(at, full)| match at {
                0 => *full.min(&MIN_FIRST.max(room / 2).min(room)),
                _ => *full.min(&MIN_CELL),
            })
            .collect();
        let total = |widths: &[usize]| {
            let shown = widths.iter().filter(|width| **width > 0);
            shown.map(|width| width + GAP).sum::<usize>().saturating_sub(GAP)
        };
        for at in self.dropped_first.iter().copied().chain((1..count).rev()) {
            if total(&widths) > room
                && let Some(width) = widths.get_mut(at)
            {
                *width = 0;
            }
        }
        // What is left goes to the columns that want more, the first one last.
        for at in (1..count).chain([0]).filter(|at| *at < count) {
            let left = room.saturating_sub(total(&widths));
            if widths[at] > 0 {
                widths[at] = full[at].min(widths[at] + left);
            }
        }
        widths
    }
}

/// The bytes of a text that are seen in so many columns: its beginning, or what leads to the last hit where that is
/// further behind. The rest is for the marks of what is left out.
fn seen_part(text: &str, columns: usize, hits: &[Range<usize>], ellipsis: &str) -> Range<usize> {
    if width::of(text) <= columns {
        return 0..text.len();
    }
    let mark = width::of(ellipsis);
    // `elide` leaves one column for its own mark.
    let beginning = 0..elide(text, (columns + 1).saturating_sub(mark)).len() - '…'.len_utf8();
    match hits.last() {
        Some(hit) if hit.end > beginning.end => {
            let marks = if hit.end < text.len() { 2 * mark } else { mark };
            let part = width::fit_end(&text[..hit.end], columns.saturating_sub(marks));
            hit.end - part.len()..hit.end
        }
        _ => beginning,
    }
}

/// The marks of what is left out before and behind the part of a text that is seen.
fn marks_of<'m>(text: &str, seen: &Range<usize>, ellipsis: &'m str) -> (&'m str, &'m str) {
    let mark = |is_cut| if is_cut { ellipsis } else { "" };
    (mark(seen.start > 0), mark(seen.end < text.len()))
}

/// The row that is in use, or else the first.
fn current(rows: &[MenuRow]) -> usize {
    rows.iter().position(|row| row.is_current).unwrap_or(0)
}

/// The best place of a word, in small letters, in a row.
fn hit(row: &MenuRow, word: &str) -> Option<Hit> {
    let mut best: Option<Hit> = None;
    for (cell, text) in row.cells.iter().enumerate() {
        let mut before = None;
        for (start, c) in text.char_indices() {
            let rank = match before {
                _ if cell > 0 => Rank::OtherCell,
                None => Rank::Prefix,
                Some(before) if !char::is_alphanumeric(before) => Rank::WordBeginning,
                Some(_) => Rank::Inside,
            };
            before = Some(c);
            if best.as_ref().is_none_or(|best| rank < best.rank)
                && let Some(length) = length_of_prefix(&text[start..], word)
            {
                let bytes = start..start + length;
                best = Some(Hit { rank, cell, bytes });
            }
        }
    }
    best
}

/// The bytes of a text's beginning that are this word in whatever case; `None` where it begins otherwise.
fn length_of_prefix(text: &str, word: &str) -> Option<usize> {
    let mut left = word.chars();
    for (at, c) in text.char_indices() {
        if left.as_str().is_empty() {
            return Some(at);
        }
        for small in c.to_lowercase() {
            if left.next().is_some_and(|wanted| wanted != small) {
                return None;
            }
        }
    }
    left.as_str().is_empty().then_some(text.len())
}

#[cfg(test)]
mod tests;
