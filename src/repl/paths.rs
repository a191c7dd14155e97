//! `@path` in a message, and paths that were dropped into it: found, completed, and nothing read. Looks at the disk only
//! for what is there.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use icu_normalizer::ComposingNormalizerBorrowed;

use super::commands::strip_sign;
use crate::attach;

/// The longest path that is looked for, and how often a shorter one is tried.
const LONGEST: usize = 4096;
const TRIES: usize = 64;
/// The most folders that are looked through for one message.
const LISTINGS: usize = 50;
/// Signs that stand between a path and the words that go on without a blank.
pub(super) const WIDE_STOPS: &[char] = &[
    '，', '。', '；', '：', '！', '？', '、', '）', '」', '』', '》', '】', '”', '’', '…',
];
/// Signs that may stand at the end of a path and belong to the sentence.
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
            // The next one, behind words without blanks.
            '@' | '＠' if at > 0 && begins_mention(text[..at].chars().next_back()) => return (out, at, false),
            c => out.push(c),
        }
    }
    (out, text.len(), false)
}

/// The word at the beginning of a text as a shell reads it, and how many bytes it takes up.
fn shell_word(text: &str) -> Option<(String, usize)> {
    let mut out = String::new();
    let mut quote = None;
    let mut chars = text.char_indices().take_while(|(at, _)| *at <= LONGEST);
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (None, c) if c.is_ascii_whitespace() => return Some((out, at)),
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None | Some('"'), '\\') => out.push(chars.next()?.1),
            (_, c) => out.push(c),
        }
    }
    (quote.is_none() && text.len() <= LONGEST).then_some((out, text.len()))
}

/// A path as an argument of a command: in quotes, with backslashes, or as it is, spaces and all.
pub(super) fn unquoted(argument: &str) -> String {
    match shell_word(argument.trim()) {
        Some((path, length)) if length == argument.trim().len() => path,
        _ => argument.trim().to_owned(),
    }
}

/// Whether a path says by itself where it begins, as that of a dropped file does.
fn is_whole(path: &str) -> bool {
    path.starts_with(['/', '~']) || path.starts_with("file:/") || path.get(1..3) == Some(":\\")
}

/// A path with one sign less that may belong to the sentence around it.
fn shorter(path: &str) -> Option<&str> {
    match path.strip_suffix(|c| STOPS.contains(&c) || WIDE_STOPS.contains(&c)) {
        Some(shorter) => Some(shorter),
        None => path.rfind(WIDE_STOPS).map(|at| &path[..at]),
    }
}

/// Whether a word is written as the name of a file is: `notes.txt`, and not `app.get("/x")`.
pub(super) fn is_file_name(word: &str) -> bool {
    stem(word).is_some_and(|stem| stem.chars().all(|c| c.is_alphanumeric() || " ._-/~".contains(c)))
}

/// What stands before an ending such as `.txt`, if there is one.
fn stem(name: &str) -> Option<&str> {
    let (stem, ending) = name.rsplit_once('.')?;
    let is_ending = matches!(ending.len(), 1..=5)
        && ending.starts_with(|c: char| c.is_ascii_alphabetic())
        && ending.chars().all(|c| c.is_ascii_alphanumeric());
    (is_ending && !stem.is_empty()).then_some(stem)
}

/// Where the paths of a prompt begin.
#[derive(Debug)]
pub(super) struct Disk {
    base: PathBuf,
    home: Option<PathBuf>,
    /// How often a folder may be looked through yet: a text may be full of what looks like names.
    listings: Cell<usize>,
}

impl Disk {
    pub(super) fn new(base: PathBuf, home: Option<PathBuf>) -> Disk {
        Disk {
            base,
            home,
            listings: Cell::new(LISTINGS),
        }
    }

    /// The file that a mention means, if there is one.
    pub(super) fn mentioned(&self, mention: &Mention) -> Option<String> {
        match mention.is_quoted {
            true => self.file(&mention.path),
            false => self.within(&mention.path),
        }
    }

    /// Whether a mention is a slip of the pen: of a path in a folder that is there. `@angular/core` is none.
    pub(super) fn is_slip(&self, mention: &Mention) -> bool {
        let Some((first, rest)) = mention.path.split_once('/') else {
            return false;
        };
        !first.is_empty()
            && !rest.is_empty()
            && !mention.path.contains("://")
            && self.whole(&format!("{first}/")).is_dir()
            && self.mentioned(mention).is_none()
            && !self.is_folder(&mention.path)
    }

    pub(super) fn is_folder(&self, path: &str) -> bool {
        self.whole(path).is_dir()
    }

    /// The files whose paths were dropped or pasted into a message, as terminals write them: as they are, in quotes, with
    /// backslashes, or as a `file:` URL. Pictures; and other files where the message holds nothing else and was pasted.
    pub(super) fn dropped(&self, message: &str, is_pasted: bool) -> Vec<String> {
        let goes = |path: &String| is_pasted || is_picture_name(path);
        if let Some(only) = self.all_of(message.trim()).filter(goes) {
            return vec![only];
        }
        let mut found: Vec<String> = Vec::new();
        let mut is_all = true;
        let mut rest = message.trim();
        while !rest.is_empty() {
            let end = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
            let (path, length) = self.first_of(rest, end).unzip();
            is_all &= path.is_some();
            found.extend(path);
            rest = rest[length.unwrap_or(end)..].trim_start();
        }
        found.retain(|path| is_picture_name(path) || is_pasted && is_all);
        let mut seen = std::collections::BTreeSet::new();
        found.retain(|path| seen.insert(path.clone()));
        found
    }

    /// What an argument of `/image` or `/file` names: a path with its blanks, or several that were dropped.
    pub(super) fn named(&self, argument: &str) -> Vec<String> {
        let argument = argument.trim();
        if let Some(only) = self.all_of(argument) {
            return vec![only];
        }
        let mut found = Vec::new();
        let mut rest = argument;
        while let Some((path, length)) = shell_word(rest) {
            if rest.is_empty() {
                return found;
            }
            let Some(path) = self.file(&path) else { break };
            found.push(path);
            rest = rest[length..].trim_start();
        }
        vec![unquoted(argument)]
    }

    /// The file whose path is all of the text.
    fn all_of(&self, text: &str) -> Option<String> {
        let unquoted = unquoted(text);
        self.file(text)
            .or_else(|| self.file(&unquoted).filter(|_| unquoted != text))
    }

    /// The file whose whole path a text begins with, and how much of the text that is.
    fn first_of(&self, text: &str, end: usize) -> Option<(String, usize)> {
        if !is_whole(text.trim_start_matches(['"', '\''])) {
            return None;
        }
        let plain = || Some((text[..end].to_owned(), end));
        let in_quotes = || Some(word(text)).filter(|(_, _, is_quoted)| *is_quoted);
        let readings: [&dyn Fn() -> Option<(String, usize)>; 3] = [&plain, &|| shell_word(text), &|| {
            in_quotes().map(|(path, length, _)| (path, length))
        }];
        readings.iter().find_map(|reading| {
            let (path, length) = reading()?;
            let path = self.within(&path).filter(|_| is_whole(&path))?;
            Some((path, length))
        })
    }

    /// The file at the beginning of a word; a stop or a comma, and what follows it in Chinese, is not part of it.
    fn within(&self, word: &str) -> Option<String> {
        let words = std::iter::successors(Some(word), |word| shorter(word));
        words.take(TRIES).find_map(|word| self.file(word))
    }

    /// A path if there is a file, as it is called there.
    fn file(&self, path: &str) -> Option<String> {
        if path.is_empty() || path.len() > LONGEST || path.contains('\0') {
            return None;
        }
        let url = attach::file_url(path).and_then(Result::ok);
        let path = url.as_deref().map_or(Some(path), Path::to_str)?;
        let whole = self.whole(path);
        if whole.exists() {
            return (!whole.is_dir()).then(|| path.to_owned());
        }
        // A folder is looked through only for what is a name, and can be written otherwise.
        let is_plain = path.is_ascii() && !path.contains(' ');
        let listings = self.listings.get();
        if is_plain || stem(path).is_none() || path.contains('\n') || listings == 0 {
            return None;
        }
        self.listings.set(listings - 1);
        otherwise(&whole)?.to_str().map(str::to_owned)
    }

    fn whole(&self, path: &str) -> PathBuf {
        whole(&self.base, self.home.as_deref(), path)
    }
}

/// The file of that name in another writing: macOS composes letters otherwise, and puts a narrow blank before the `PM` of
/// a screenshot.
fn otherwise(path: &Path) -> Option<PathBuf> {
    let plain = |name: &str| -> String {
        let composed = ComposingNormalizerBorrowed::new_nfc().normalize(name);
        composed
            .chars()
            .map(|c| if c.is_whitespace() { ' ' } else { c })
            .collect()
    };
    let mut found = PathBuf::new();
    for part in path.components() {
        let next = found.join(part);
        found = if next.exists() {
            next
        } else {
            let wanted = plain(part.as_os_str().to_str()?);
            let mut there = std::fs::read_dir(&found).ok()?.filter_map(Result::ok);
            let is_wanted = |name: &std::ffi::OsStr| name.to_str().is_some_and(|name| plain(name) == wanted);
            there.find(|entry| is_wanted(&entry.file_name()))?.path()
        };
    }
    (!found.is_dir()).then_some(found)
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
        .find(|(at, c)| matches!(c, '@' | '＠') && begins_mention(before[..*at].chars().next_back()))?;
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

    /// A folder with these files in it.
    fn disk(names: &[&str]) -> (tempfile::TempDir, Disk) {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let disk = Disk::new(folder.path().to_owned(), None);
        (folder, disk)
    }

    #[test]
    fn a_mention_ends_where_the_file_does() {
        let (_folder, disk) = disk(&["n.txt", "a，b.txt", "src/main.rs", "stop."]);
        let found = |message: &str| -> Vec<Option<String>> {
            mentions(message)
                .iter()
                .map(|mention| disk.mentioned(mention))
                .collect()
        };
        let some = |path: &str| vec![Some(path.to_owned())];
        for message in [
            "看 @n.txt，然后",
            "看@n.txt。",
            "看＠n.txt：x",
            "(@n.txt).",
            "@n.txt!?",
            "“@n.txt”是",
            "《@n.txt》",
            "@n.txt、然后，说。",
            "@\"n.txt\"，然后",
        ] {
            assert_eq!(found(message), some("n.txt"), "{message}");
        }
        assert_eq!(found("@a，b.txt，然后"), some("a，b.txt"));
        assert_eq!(found("@stop."), some("stop."));
        assert_eq!(found("me@n.txt, git@n.txt:x, é@n.txt"), Vec::<Option<String>>::new());
        for message in [
            "@angular/core",
            "@app.get(\"/x\")",
            "@alice,",
            "@media (max-width: 1px)",
            "@src",
            "@\"hello\"",
        ] {
            assert_eq!(found(message), [None], "{message}");
        }
    }

    #[test]
    fn a_slip_is_a_path_in_a_folder_that_is_there() {
        let (_folder, disk) = disk(&["src/main.rs"]);
        let is_slip = |message: &str| mentions(message).iter().any(|mention| disk.is_slip(mention));
        for slip in ["@src/mian.rs", "@src/mian.rs，然后", "@./x", "@\"src/a b\""] {
            assert!(is_slip(slip), "{slip}");
        }
        for none in [
            "@src/main.rs",
            "@src/main.rs.",
            "@src/",
            "@src",
            "@lib/x",
            "@angular/core",
            "@/lib/utils",
            "@/tmp/none",
            "@https://a.b/src",
            "@alice",
        ] {
            assert!(!is_slip(none), "{none}");
        }
    }

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

    #[test]
    fn finds_dropped_pictures() {
        let (folder, disk) = disk(&[
            "a b.png",
            "c.PNG",
            "it's.jpg",
            "100% 中.png",
            "notes.txt",
            "Bildschirmfoto 9.41.07\u{202f}PM.png",
            "Cafe\u{301}.png",
        ]);
        let base = folder.path().to_str().unwrap();
        let found = |message: &str, is_pasted: bool| -> Vec<String> {
            let paths = disk.dropped(&message.replace("DIR", base), is_pasted).into_iter();
            paths.map(|path| path.replace(&format!("{base}/"), "")).collect()
        };
        for (message, expected) in [
            ("DIR/a b.png", vec!["a b.png"]),
            ("  DIR/a b.png\n", vec!["a b.png"]),
            ("DIR/a\\ b.png ", vec!["a b.png"]),
            ("'DIR/a b.png' what is it?", vec!["a b.png"]),
            ("'DIR/a b.png'是什么", vec!["a b.png"]),
            ("\"DIR/a b.png\"", vec!["a b.png"]),
            ("file://DIR/a%20b.png", vec!["a b.png"]),
            ("file://localhostDIR/a%20b.png", vec!["a b.png"]),
            ("file://DIR/100%25%20%E4%B8%AD.png", vec!["100% 中.png"]),
            ("'DIR/it'\\''s.jpg'", vec!["it's.jpg"]),
            ("DIR/it's.jpg", vec!["it's.jpg"]),
            ("DIR/it\\'s.jpg what's up?", vec!["it's.jpg"]),
            ("DIR/c.PNG，这是什么", vec!["c.PNG"]),
            ("DIR/c.PNG DIR/c.PNG 'DIR/a b.png'", vec!["c.PNG", "a b.png"]),
            ("DIR/c.PNG\nDIR/it\\'s.jpg\n", vec!["c.PNG", "it's.jpg"]),
            (
                "DIR/Bildschirmfoto 9.41.07\u{202f}PM.png",
                vec!["Bildschirmfoto 9.41.07\u{202f}PM.png"],
            ),
            (
                "DIR/Bildschirmfoto 9.41.07 PM.png",
                vec!["Bildschirmfoto 9.41.07\u{202f}PM.png"],
            ),
            (
                "DIR/Bildschirmfoto\\ 9.41.07\u{202f}PM.png hm",
                vec!["Bildschirmfoto 9.41.07\u{202f}PM.png"],
            ),
            ("DIR/Café.png", vec!["Cafe\u{301}.png"]),
            ("c.PNG", vec!["c.PNG"]),
            ("see c.PNG", vec![]),
            ("DIR/none.png", vec![]),
        ] {
            disk.listings.set(LISTINGS);
            assert_eq!(found(message, false), expected, "{message}");
            assert_eq!(found(message, true), expected, "{message}");
        }
        assert_eq!(found("DIR/notes.txt", false), Vec::<String>::new());
        assert_eq!(found("DIR/notes.txt", true), ["notes.txt"]);
        assert_eq!(found("DIR/notes.txt DIR/c.PNG", true), ["notes.txt", "c.PNG"]);
        assert_eq!(found("DIR/notes.txt DIR/c.PNG differ", true), ["c.PNG"]);
    }

    #[test]
    fn an_argument_is_a_path_or_several() {
        let (_folder, disk) = disk(&["a b.png", "it's.png", "c.png"]);
        for (argument, expected) in [
            ("a b.png", vec!["a b.png"]),
            ("'a b.png'", vec!["a b.png"]),
            ("a\\ b.png", vec!["a b.png"]),
            ("it's.png", vec!["it's.png"]),
            ("'it'\\''s.png'", vec!["it's.png"]),
            ("c.png 'a b.png'", vec!["c.png", "a b.png"]),
            ("'no file.png'", vec!["no file.png"]),
            ("no file.png", vec!["no file.png"]),
            ("it's no file", vec!["it's no file"]),
            ("https://a.b/c?d=e", vec!["https://a.b/c?d=e"]),
        ] {
            assert_eq!(disk.named(argument), expected, "{argument}");
        }
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
