//! Paths as they are typed: quotes, backslashes, `~`, endings. Pure.

use std::path::{Path, PathBuf};

/// The longest path that is read, in bytes.
pub(super) const MAX_PATH_BYTES: usize = 4096;

/// The word at the beginning of a text as a shell reads it, and how many bytes it takes up.
pub(super) fn shell_word(text: &str) -> Option<(String, usize)> {
    let mut out = String::new();
    let mut quote = None;
    let mut chars = text.char_indices().take_while(|(at, _)| *at <= MAX_PATH_BYTES);
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (None, c) if c.is_ascii_whitespace() => return Some((out, at)),
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None | Some('"'), '\\') => out.push(chars.next()?.1),
            (_, c) => out.push(c),
        }
    }
    (quote.is_none() && text.len() <= MAX_PATH_BYTES).then_some((out, text.len()))
}

/// A path as an argument of a command: in quotes, with backslashes, or as it is, spaces and all.
pub(super) fn unquoted(argument: &str) -> String {
    match shell_word(argument.trim()) {
        Some((path, length)) if length == argument.trim().len() => path,
        _ => argument.trim().to_owned(),
    }
}

/// Whether a path is absolute or begins in the home folder, as that of a dropped file does.
pub(super) fn is_whole(path: &str) -> bool {
    path.starts_with(['/', '~']) || path.starts_with("file:/") || path.get(1..3) == Some(":\\")
}

/// A path with `~` expanded and joined to `base`.
pub(super) fn resolve(base: &Path, home: Option<&Path>, path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), home) {
        (Some(inside), Some(home)) => home.join(inside),
        _ => base.join(path),
    }
}

/// What stands before an ending such as `.txt`, if there is one.
pub(super) fn stem(name: &str) -> Option<&str> {
    let (stem, ending) = name.rsplit_once('.')?;
    let is_ending = matches!(ending.len(), 1..=5)
        && ending.starts_with(|c: char| c.is_ascii_alphabetic())
        && ending.chars().all(|c| c.is_ascii_alphanumeric());
    (is_ending && !stem.is_empty()).then_some(stem)
}

/// Whether a word is written as the name of a file is: `notes.txt`, and not `app.get("/x")`.
pub(super) fn is_file_name(word: &str) -> bool {
    stem(word).is_some_and(|stem| stem.chars().all(|c| c.is_alphanumeric() || " ._-/~".contains(c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_told_from_words() {
        for name in ["notes.txt", "src/mian.rs", "a b.md", "数据.csv", "~/x.tar.gz"] {
            assert!(is_file_name(name), "{name}");
        }
        for word in [
            "angular/core",
            "alice",
            "app.get(\"/x\")",
            ".",
            "a.",
            "v1.2",
            ".env",
            "3.14",
        ] {
            assert!(!is_file_name(word), "{word}");
        }
    }
}
