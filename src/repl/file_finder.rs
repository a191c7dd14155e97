//! The files that a message mentions, that were dropped into it, or that an argument names. Looks at the disk, reads no file.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use icu_normalizer::ComposingNormalizerBorrowed;

use super::mention::{self, Mention};
use super::path_text::{MAX_PATH_BYTES, is_whole, resolve, shell_word, stem, unquoted};
use crate::attach;
use crate::attach::named_kind;

/// How often a shorter path is tried.
const MAX_TRIES: usize = 64;
/// The most folders that are listed for one message.
const MAX_LISTINGS: usize = 50;

/// Finds the files that a message or an argument names.
#[derive(Debug)]
pub(super) struct FileFinder {
    base: PathBuf,
    home: Option<PathBuf>,
    /// How many more folders may be listed: a text may be full of what looks like names.
    listings: Cell<usize>,
}

impl FileFinder {
    pub(super) fn new(base: PathBuf, home: Option<PathBuf>) -> FileFinder {
        FileFinder {
            base,
            home,
            listings: Cell::new(MAX_LISTINGS),
        }
    }

    /// The file that a mention means, if there is one.
    pub(super) fn mentioned(&self, mention: &Mention) -> Option<String> {
        match mention.is_quoted {
            true => self.file(&mention.path),
            false => self.within(&mention.path),
        }
    }

    /// The folder or the pattern that a mention means, if it names any: `src/`, `*.rs`.
    pub(super) fn file_set(&self, mention: &Mention) -> Option<String> {
        self.listings.set(self.listings.get().checked_sub(1)?);
        let words = std::iter::successors(Some(mention.path.as_str()), |word| mention::shorter(word));
        let tries = if mention.is_quoted { 1 } else { MAX_TRIES };
        let found = words
            .take(tries)
            .find(|word| match (word.strip_prefix("~/"), &self.home) {
                (Some(inside), Some(home)) => attach::is_file_set(home, inside),
                _ => attach::is_file_set(&self.base, word),
            });
        found.map(str::to_owned)
    }

    /// Whether a mention is a misspelt path: its folder exists, the file does not. `@angular/core` names a package, and is sent as it is.
    pub(super) fn is_misspelt(&self, mention: &Mention) -> bool {
        let Some((first, rest)) = mention.path.split_once('/') else {
            return false;
        };
        !first.is_empty()
            && !rest.is_empty()
            && !mention.path.contains("://")
            && self.resolve(&format!("{first}/")).is_dir()
            && self.mentioned(mention).is_none()
            && self.file_set(mention).is_none()
            && !self.is_folder(&mention.path)
    }

    pub(super) fn is_folder(&self, path: &str) -> bool {
        self.resolve(path).is_dir()
    }

    /// The files whose paths were dropped or pasted into a message, as terminals write them: as they are, in quotes, with
    /// backslashes, or as a `file:` URL. Pictures, sound and video; and other files where the message holds nothing else and was pasted.
    pub(super) fn dropped(&self, message: &str, is_pasted: bool) -> Vec<String> {
        let goes = |path: &String| is_pasted || named_kind(path).is_some();
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
        found.retain(|path| named_kind(path).is_some() || is_pasted && is_all);
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
        let in_quotes = || Some(mention::word(text)).filter(|(_, _, is_quoted)| *is_quoted);
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
        let words = std::iter::successors(Some(word), |word| mention::shorter(word));
        words.take(MAX_TRIES).find_map(|word| self.file(word))
    }

    /// A path if there is a file, as it is called there.
    fn file(&self, path: &str) -> Option<String> {
        if path.is_empty() || path.len() > MAX_PATH_BYTES || path.contains('\0') {
            return None;
        }
        let url = attach::file_url(path).and_then(Result::ok);
        let path = url.as_deref().map_or(Some(path), Path::to_str)?;
        let whole = self.resolve(path);
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
        same_name(&whole)?.to_str().map(str::to_owned)
    }

    fn resolve(&self, path: &str) -> PathBuf {
        resolve(&self.base, self.home.as_deref(), path)
    }
}

/// The file whose name differs only in its Unicode form: macOS decomposes letters, and puts a narrow no-break space before
/// the `PM` of a screenshot.
fn same_name(path: &Path) -> Option<PathBuf> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repl::mention::mentions;

    /// A folder with these files in it.
    fn disk(names: &[&str]) -> (tempfile::TempDir, FileFinder) {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let disk = FileFinder::new(folder.path().to_owned(), None);
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
        let is_misspelt = |message: &str| mentions(message).iter().any(|mention| disk.is_misspelt(mention));
        for slip in ["@src/mian.rs", "@src/mian.rs，然后", "@./x", "@\"src/a b\""] {
            assert!(is_misspelt(slip), "{slip}");
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
            assert!(!is_misspelt(none), "{none}");
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
            disk.listings.set(MAX_LISTINGS);
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
}
