//! Files inside a message: each is its name and a colon, its text in a fence, and an empty line.

use std::path::Path;

/// A text under its name, in a fence longer than any run of backticks in it.
pub fn fenced(name: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    let language = Path::new(name)
        .extension()
        .and_then(|ext| ext.to_str())
        .unwrap_or_default();
    let language = if language.chars().all(|c| c.is_ascii_alphanumeric()) {
        language
    } else {
        ""
    };
    let end = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    format!("{name}:\n{fence}{language}\n{text}{end}{fence}\n")
}

/// A file at the beginning of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileBlock<'t> {
    pub name: &'t str,
    /// The whole of it, its name included.
    pub block: &'t str,
}

/// The files at the beginning of a message, and the words behind them. A message without words is words.
pub fn split_files(message: &str) -> (Vec<FileBlock<'_>>, &str) {
    let mut files = Vec::new();
    let mut rest = message;
    while let Some((file, behind)) = first_file(rest) {
        files.push(file);
        rest = behind;
    }
    match rest.trim().is_empty() {
        true => (Vec::new(), message),
        false => (files, rest),
    }
}

fn first_file(text: &str) -> Option<(FileBlock<'_>, &str)> {
    let text = text.trim_start_matches('\n');
    let (first, behind) = text.split_once('\n')?;
    let name = first.strip_suffix(':').filter(|name| !name.is_empty())?;
    let fence = &behind[..behind.len() - behind.trim_start_matches('`').len()];
    if fence.len() < 3 {
        return None;
    }
    let end = behind.find(&format!("\n{fence}\n"))? + fence.len() + 2;
    let (block, behind) = text.split_at(first.len() + 1 + end);
    let is_ended = behind.is_empty() || behind.starts_with('\n');
    is_ended.then_some((FileBlock { name, block }, behind.strip_prefix('\n').unwrap_or(behind)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_longer_than_any_inside() {
        assert_eq!(fenced("a.md", "x\n````\n"), "a.md:\n`````md\nx\n````\n`````\n");
        assert_eq!(fenced("notes", "x"), "notes:\n```\nx\n```\n");
        assert_eq!(fenced("https://a.b/c?d=.e f", ""), "https://a.b/c?d=.e f:\n```\n```\n");
    }

    #[test]
    fn files_are_told_from_the_words_behind_them() {
        let (one, two) = (fenced("notes.md", "```\nx\n```\n"), fenced("$ ls", "a"));
        let message = format!("{one}\n{two}\n  why?\n");
        let (files, words) = split_files(&message);
        let found: Vec<_> = files.iter().map(|file| (file.name, file.block)).collect();
        assert_eq!(found, [("notes.md", one.as_str()), ("$ ls", two.as_str())]);
        assert_eq!(words, "  why?\n");
        for only_words in [
            "why?",
            one.as_str(),
            "like this:\n```\nx\n```\nwhy?",
            "like this:\n\n```\nx\n```\n\nwhy?",
            "this: it\n```\nx\n```\n\nwhy?",
            "",
        ] {
            assert_eq!(split_files(only_words), (Vec::new(), only_words), "{only_words:?}");
        }
    }
}
