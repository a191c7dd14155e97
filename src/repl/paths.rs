//! `@path` in a message, and paths that were dropped into it: found, completed, and nothing read. Looks into
//! folders only to complete.

use std::path::{Path, PathBuf};

use super::commands::strip_sign;

/// A path that a message mentions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mention {
    /// As a file system knows it.
    pub(super) path: String,
    /// It stood in quotes.
    pub(super) is_quoted: bool,
}

/// The `@path`s of a message, in their order: at the beginning of a word, with quotes around a path with spaces.
pub(super) fn mentions(message: &str) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut rest = message;
    let mut at_word = true;
    while let Some(c) = rest.chars().next() {
        if let Some(behind) = strip_sign(rest, '@', '＠').filter(|_| at_word) {
            let (path, length, is_quoted) = word(behind);
            if !path.is_empty() {
                found.push(Mention { path, is_quoted });
            }
            rest = &behind[length..];
            at_word = false;
            continue;
        }
        at_word = c.is_whitespace() || matches!(c, '(' | '（' | '，' | '。' | '：' | '、');
        rest = &rest[c.len_utf8()..];
    }
    found
}

/// The word at the beginning of a text, without its quotes and backslashes, and how many bytes it takes up.
fn word(text: &str) -> (String, usize, bool) {
    let mut out = String::new();
    let mut chars = text.char_indices();
    if let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let inside = &text[1..];
        return match inside.find(quote) {
            Some(end) => (inside[..end].to_owned(), end + 2, true),
            None => (inside.to_owned(), text.len(), true),
        };
    }
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some((_, escaped)) => out.push(escaped),
                None => out.push(c),
            },
            c if c.is_whitespace() => return (out, at, false),
            c => out.push(c),
        }
    }
    (out, text.len(), false)
}

/// The words of a message that look like whole paths to a picture, as a terminal types them when a file is
/// dropped: quoted, with backslashes, or as a `file://` URL.
pub(super) fn dropped(message: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = message;
    while let Some(c) = rest.chars().next() {
        if c.is_whitespace() {
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let (path, length, _) = word(rest);
        rest = &rest[length.max(c.len_utf8())..];
        let path = match path.strip_prefix("file://") {
            Some(url) => unescaped(url.strip_prefix("localhost").unwrap_or(url)),
            None => path,
        };
        let is_whole = path.starts_with('/') || path.starts_with("~/") || path.get(1..3) == Some(":\\");
        if is_whole && is_picture_name(&path) && !found.contains(&path) {
            found.push(path);
        }
    }
    found
}

/// `%20` and its kin.
fn unescaped(url: &str) -> String {
    let mut bytes = Vec::with_capacity(url.len());
    let mut rest = url.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let code = tail
            .get(..2)
            .filter(|_| byte == b'%')
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(code) => {
                bytes.push(code);
                rest = &tail[2..];
            }
            None => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A path as an argument of a command: in quotes, with backslashes, or as it is, spaces and all.
pub(super) fn unquoted(argument: &str) -> String {
    let argument = argument.trim();
    let (path, length, is_quoted) = word(argument);
    if is_quoted || length == argument.len() {
        path
    } else {
        argument.to_owned()
    }
}

/// Whether a name ends like a picture's.
pub(super) fn is_picture_name(path: &str) -> bool {
    let ending = Path::new(path).extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| {
        [
            "png", "jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff", "heic", "heif",
        ]
        .contains(&ending.to_ascii_lowercase().as_str())
    })
}

/// A path with `~` and relative to the working directory, as a whole one.
pub(super) fn whole(base: &Path, home: Option<&Path>, path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), home) {
        (Some(inside), Some(home)) => home.join(inside),
        _ => base.join(path),
    }
}

/// The mention at the end of what was typed so far: where its path begins, and the path.
pub(super) fn open_mention(before: &str) -> Option<(usize, &str)> {
    let (at, sign) = before
        .char_indices()
        .rev()
        .find(|(at, c)| matches!(c, '@' | '＠') && before[..*at].chars().next_back().is_none_or(char::is_whitespace))?;
    let start = at + sign.len_utf8();
    let typed = &before[start..];
    let is_open = match typed.chars().next() {
        Some(quote @ ('"' | '\'')) => !typed[1..].contains(quote),
        _ => word(typed).1 == typed.len(),
    };
    is_open.then_some((start, typed))
}

/// What a path can go on as: what is shown, and what replaces all that was typed of it. In a mention, a path with
/// spaces is put into quotes.
pub(super) fn complete(base: &Path, home: Option<&Path>, typed: &str, mention: bool) -> Vec<(String, String)> {
    let quote = typed.chars().next().filter(|c| mention && matches!(c, '"' | '\''));
    let (plain, _, _) = if mention {
        word(typed)
    } else {
        (typed.to_owned(), 0, false)
    };
    let (folder, begun) = match plain.rfind('/') {
        Some(slash) => plain.split_at(slash + 1),
        None => ("", plain.as_str()),
    };
    let Ok(entries) = std::fs::read_dir(whole(base, home, folder)) else {
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
            let replacement = match quote.or_else(|| (mention && path.contains(char::is_whitespace)).then_some('"')) {
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

    fn paths(message: &str) -> Vec<String> {
        mentions(message).into_iter().map(|mention| mention.path).collect()
    }

    #[test]
    fn finds_mentions_at_the_beginning_of_words() {
        assert_eq!(
            paths("see @a.txt and ＠\"b c.md\", not me@example.com"),
            ["a.txt", "b c.md"]
        );
        assert_eq!(paths(r"@my\ file.rs"), ["my file.rs"]);
        assert_eq!(paths("@ x @"), Vec::<String>::new());
        assert_eq!(paths("@'数据 一.csv'讲什么"), ["数据 一.csv"]);
    }

    #[test]
    fn finds_dropped_pictures() {
        assert_eq!(dropped("'/tmp/a b.png' what is it?"), ["/tmp/a b.png"]);
        assert_eq!(dropped(r"/tmp/a\ b.PNG"), ["/tmp/a b.PNG"]);
        assert_eq!(dropped("file:///tmp/a%20b.jpg"), ["/tmp/a b.jpg"]);
        assert_eq!(dropped("a.png /etc/passwd"), Vec::<String>::new());
    }

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
        assert_eq!(open_mention("see @\"my n"), Some((5, "\"my n")));
        assert_eq!(open_mention("see @a b"), None);
        assert_eq!(open_mention("me@a"), None);
    }
}
