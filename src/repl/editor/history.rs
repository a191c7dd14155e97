//! The messages of before: in their file, and as keys walk through them.

use std::path::{Path, PathBuf};

use rustyline::Config;
use rustyline::error::ReadlineError;
use rustyline::history::{FileHistory, History, SearchDirection};

use crate::config::private_file::write_private;

/// The most lines that are kept.
const MAX_LINES: usize = 10_000;

/// The lines that were entered, and the place among them.
pub(super) struct LineHistory {
    /// `None` until they are read.
    lines: Option<FileHistory>,
    path: PathBuf,
    /// Whether lines are added to the file.
    is_kept: bool,
    walk: Option<Walk>,
}

impl std::fmt::Debug for LineHistory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LineHistory")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// A walk through the lines.
#[derive(Debug)]
struct Walk {
    at: usize,
    /// The line that was being written when it began.
    begun: String,
}

impl LineHistory {
    pub(super) fn new(path: PathBuf, is_kept: bool) -> LineHistory {
        LineHistory {
            lines: None,
            path,
            is_kept,
            walk: None,
        }
    }

    /// The lines. They are read when they are first needed, which is after the first prompt is there.
    fn lines(&mut self) -> &mut FileHistory {
        let (path, is_kept) = (&self.path, self.is_kept);
        self.lines.get_or_insert_with(|| read(path, is_kept))
    }

    /// Reads the file, unless it was read.
    pub(super) fn load(&mut self) {
        self.lines();
    }

    /// Adds a line, to the file at once, so that a crash loses none.
    pub(super) fn add(&mut self, line: &str) {
        let is_new = !line.trim().is_empty() && matches!(self.lines().add(line), Ok(true));
        if is_new && self.is_kept {
            let path = self.path.clone();
            // A history that cannot be written does not end the conversation.
            let _ = self.lines().append(&path);
        }
    }

    /// Ends a walk: another line begins.
    pub(super) fn leave(&mut self) {
        self.walk = None;
    }

    /// The line before or after the one that is shown, of those that begin with `prefix`.
    pub(super) fn step(&mut self, shown: &str, prefix: &str, direction: SearchDirection) -> Option<String> {
        let count = self.lines().len();
        let at = self.walk.as_ref().map_or(count, |walk| walk.at);
        let from = match direction {
            SearchDirection::Reverse => at.checked_sub(1)?,
            SearchDirection::Forward => at + 1,
        };
        // It finds nothing that begins with nothing.
        let found = (from < count).then(|| match prefix {
            "" => self.lines().get(from, direction).ok().flatten(),
            _ => self.lines().starts_with(prefix, from, direction).ok().flatten(),
        });
        match found.flatten().map(|found| (found.idx, found.entry.into_owned())) {
            Some((at, line)) => {
                let walk = self.walk.get_or_insert_with(|| Walk {
                    at,
                    begun: shown.to_owned(),
                });
                walk.at = at;
                Some(line)
            }
            // Behind the last one is what was being written.
            None if direction == SearchDirection::Forward => self.newest(),
            None => None,
        }
    }

    /// The first line of all.
    pub(super) fn oldest(&mut self, shown: &str) -> Option<String> {
        let line = self.lines().iter().next().cloned()?;
        let begun = self.walk.take().map_or_else(|| shown.to_owned(), |walk| walk.begun);
        self.walk = Some(Walk { at: 0, begun });
        Some(line)
    }

    /// The line that was being written when the walk began.
    pub(super) fn newest(&mut self) -> Option<String> {
        self.walk.take().map(|walk| walk.begun)
    }

    /// The next line that contains `term`, from a place on; its place, and that of the term in it.
    pub(super) fn search(
        &mut self,
        term: &str,
        from: Option<usize>,
        direction: SearchDirection,
    ) -> Option<(usize, String, usize)> {
        let from = from.unwrap_or_else(|| self.lines().len().saturating_sub(1));
        let found = self.lines().search(term, from, direction).ok().flatten()?;
        Some((found.idx, found.entry.into_owned(), found.pos))
    }

    /// How the latest line that begins so continues.
    pub(super) fn hint(&mut self, line: &str) -> Option<String> {
        let latest = self.lines().len().checked_sub(1)?;
        let found = self.lines().starts_with(line, latest, SearchDirection::Reverse);
        // Its first line is enough to recognise it.
        let hint = found
            .ok()
            .flatten()?
            .entry
            .get(line.len()..)?
            .lines()
            .next()?
            .to_owned();
        (!hint.is_empty() && !hint.contains(char::is_control)).then_some(hint)
    }
}

fn read(path: &Path, is_kept: bool) -> FileHistory {
    let empty = || {
        let config = Config::builder().max_history_size(MAX_LINES);
        FileHistory::with_config(&config.unwrap_or_default().build())
    };
    let mut lines = empty();
    // A missing or unreadable history is an empty one.
    if let Err(ReadlineError::Io(error)) = lines.load(path)
        && error.kind() == std::io::ErrorKind::InvalidData
        && is_kept
        && mend(path).is_some()
    {
        lines = empty();
        let _ = lines.load(path);
    }
    lines
}

/// Rewrites a history that is not UTF-8; the original stays beside it.
fn mend(history: &Path) -> Option<()> {
    let bytes = std::fs::read(history).ok()?;
    std::fs::rename(history, history.with_extension("damaged")).ok()?;
    write_private(history, String::from_utf8_lossy(&bytes).as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use SearchDirection::{Forward, Reverse};

    use super::*;

    #[test]
    fn keys_walk_through_the_lines_and_back_to_the_one_begun() {
        let mut history = LineHistory::new(PathBuf::from("/nonexistent/history"), false);
        for line in ["one", "two", "once more", "three"] {
            history.add(line);
        }
        let step = |history: &mut LineHistory, prefix, direction| history.step("draft", prefix, direction);
        assert_eq!(step(&mut history, "", Forward), None);
        assert_eq!(step(&mut history, "", Reverse).as_deref(), Some("three"));
        assert_eq!(step(&mut history, "on", Reverse).as_deref(), Some("once more"));
        assert_eq!(step(&mut history, "on", Reverse).as_deref(), Some("one"));
        assert_eq!(step(&mut history, "on", Reverse), None);
        assert_eq!(step(&mut history, "", Forward).as_deref(), Some("two"));
        assert_eq!(step(&mut history, "z", Forward).as_deref(), Some("draft"));
        assert_eq!(history.oldest("other").as_deref(), Some("one"));
        assert_eq!(history.newest().as_deref(), Some("other"));
        assert_eq!(history.hint("on").as_deref(), Some("ce more"));
        assert_eq!(
            history.search("o", None, Reverse).unwrap(),
            (2, "once more".to_owned(), 0)
        );
        assert_eq!(history.search("o", Some(1), Reverse).unwrap().0, 1);
    }
}
