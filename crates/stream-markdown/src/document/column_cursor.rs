//! A position in a line of source, counted in columns as Markdown counts them: a tab ends at a multiple of four.

#[derive(Clone, Debug)]
pub(super) struct ColumnCursor<'a> {
    line: &'a str,
    pub at: usize,
    column: usize,
    /// Columns of a tab at `at` that the cursor has passed.
    used: usize,
}

impl<'a> ColumnCursor<'a> {
    pub(super) fn new(line: &'a str) -> ColumnCursor<'a> {
        ColumnCursor {
            line,
            at: 0,
            column: 0,
            used: 0,
        }
    }

    /// How many columns of white space come next, and the byte after them; `None` at the end of the line.
    pub(super) fn indent(&self) -> (usize, Option<u8>) {
        let mut ahead = self.clone();
        ahead.eat_columns(usize::MAX);
        let next = self.line.as_bytes().get(ahead.at).copied();
        (ahead.column - self.column, next)
    }

    /// Moves past white space, at most `columns` of it.
    pub(super) fn eat_columns(&mut self, columns: usize) {
        let mut left = columns;
        while left > 0 {
            match self.line.as_bytes().get(self.at) {
                Some(b' ') => {
                    self.at += 1;
                    self.column += 1;
                    left -= 1;
                }
                Some(b'\t') => {
                    let width = 4 - self.column % 4;
                    let taken = width.min(left);
                    self.column += taken;
                    left -= taken;
                    if taken == width {
                        self.at += 1;
                        self.used = 0;
                    } else {
                        self.used += taken;
                    }
                }
                _ => return,
            }
        }
    }

    /// Moves past `bytes` bytes that are no white space.
    pub(super) fn eat(&mut self, bytes: usize) {
        self.at += bytes;
        self.column += bytes;
        self.used = 0;
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.line[self.at..]
    }

    /// Columns of white space before `rest`, where the cursor is inside a tab.
    pub(super) fn padding(&self) -> usize {
        if self.used > 0 { 4 - self.column % 4 } else { 0 }
    }
}
