//! `@path` in a message: where it begins, where it ends, and the path in it. Pure.

use super::input::strip_sign;

/// Punctuation that ends a path where the sentence continues without a space.
pub(super) const WIDE_STOPS: &[char] = &[
    '，', '。', '；', '：', '！', '？', '、', '）', '」', '』', '》', '】', '”', '’', '…',
];
/// Punctuation at the end of a path that may belong to the sentence.
const STOPS: &[char] = &[',', '.', ';', ':', '!', '?', ')', ']', '}', '>', '"', '\'', '`'];

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
    let mut before = None;
    while let Some(c) = rest.chars().next() {
        if let Some(behind) = strip_sign(rest, '@', '＠').filter(|_| begins_mention(before)) {
            let (path, length, is_quoted) = word(behind);
            if !path.is_empty() {
                found.push(Mention { path, is_quoted });
            }
            before = behind[..length].chars().next_back();
            rest = &behind[length..];
            continue;
        }
        before = Some(c);
        rest = &rest[c.len_utf8()..];
    }
    found
}

/// Whether an `@` behind this character can begin a mention: in `me@example.com` it does not. Chinese is written
/// without blanks.
fn begins_mention(before: Option<char>) -> bool {
    before.is_none_or(|c| !(c.is_alphanumeric() && c < '\u{2e80}' || "@._%+-/\\".contains(c)))
}

/// The word at the beginning of a text, without its quotes and backslashes, and how many bytes it takes up.
pub(super) fn word(text: &str) -> (String, usize, bool) {
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
            // The next one, behind words without blanks.
            '@' | '＠' if at > 0 && begins_mention(text[..at].chars().next_back()) => return (out, at, false),
            c => out.push(c),
        }
    }
    (out, text.len(), false)
}

/// A path without the last sign, or the last part, that may belong to the sentence around it.
pub(super) fn shorter(path: &str) -> Option<&str> {
    match path.strip_suffix(|c| STOPS.contains(&c) || WIDE_STOPS.contains(&c)) {
        Some(shorter) => Some(shorter),
        None => path.rfind(WIDE_STOPS).map(|at| &path[..at]),
    }
}

/// The unfinished mention at the end of the typed text: where its path begins, and the path.
pub(super) fn open_mention(before: &str) -> Option<(usize, &str)> {
    let (at, sign) = before
        .char_indices()
        .rev()
        .find(|(at, c)| matches!(c, '@' | '＠') && begins_mention(before[..*at].chars().next_back()))?;
    let start = at + sign.len_utf8();
    let typed = &before[start..];
    let is_open = match typed.chars().next() {
        Some(quote @ ('"' | '\'')) => !typed[1..].contains(quote),
        _ => word(typed).1 == typed.len(),
    };
    is_open.then_some((start, typed))
}

/// The address at the beginning of a word, without what belongs to the sentence.
pub(super) fn address(word: &str) -> Option<&str> {
    let is_address = word.starts_with("https://") || word.starts_with("http://");
    let end = word.find(WIDE_STOPS).unwrap_or(word.len());
    is_address.then(|| word[..end].trim_end_matches([',', '.', ';', ':', '!', '?', ')']))
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
    fn the_last_mention_is_open_until_its_path_ends() {
        assert_eq!(open_mention("see @\"my n"), Some((5, "\"my n")));
        assert_eq!(open_mention("see @a b"), None);
        assert_eq!(open_mention("me@a"), None);
    }
}
