//! Completions of a path that was begun.

use std::path::Path;

use super::mention;
use super::path_text::resolve;

/// The entries that a typed path can become: the name that is shown, and the text that replaces what was typed. In a
/// mention, a path with spaces is put into quotes.
pub(super) fn complete(base: &Path, home: Option<&Path>, typed: &str, is_mention: bool) -> Vec<(String, String)> {
    let quote = typed.chars().next().filter(|c| is_mention && matches!(c, '"' | '\''));
    let (plain, _, _) = if is_mention {
        mention::word(typed)
    } else {
        (typed.to_owned(), 0, false)
    };
    let (folder, begun) = match plain.rfind('/') {
        Some(slash) => plain.split_at(slash + 1),
        None => ("", plain.as_str()),
    };
    let Ok(entries) = std::fs::read_dir(resolve(base, home, folder)) else {
        return Vec::new();
    };
    let mut found: Vec<(String, String)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            let is_hidden = name.starts_with('.') && !begun.starts_with('.');
            if !name.starts_with(begun) || is_hidden || name.chars().any(char::is_control) {
                return None;
            }
            let slash = if entry.path().is_dir() { "/" } else { "" };
            let path = format!("{folder}{name}{slash}");
            let replacement = match quote.or_else(|| (is_mention && path.contains(char::is_whitespace)).then_some('"'))
            {
                // A folder's quotes stay open for what is in it.
                Some(quote) if slash.is_empty() => format!("{quote}{path}{quote}"),
                Some(quote) => format!("{quote}{path}"),
                None => path,
            };
            Some((format!("{name}{slash}"), replacement))
        })
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completes_paths_with_spaces_in_quotes() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["my notes.txt", "main.rs", ".hidden"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        std::fs::create_dir(folder.path().join("my folder")).unwrap();
        let replacements = |typed: &str| -> Vec<String> {
            complete(folder.path(), None, typed, true)
                .into_iter()
                .map(|pair| pair.1)
                .collect()
        };
        assert_eq!(replacements("ma"), ["main.rs"]);
        assert_eq!(replacements("my"), ["\"my folder/", "\"my notes.txt\""]);
        assert_eq!(replacements("'my n"), ["'my notes.txt'"]);
        assert_eq!(replacements("my\\ n"), ["\"my notes.txt\""]);
    }
}
