//! Folders and patterns: the text files that they name. What `.gitignore` rules leave out is left out, and so are hidden
//! files and links.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use ignore::WalkBuilder;
use tokio::task::spawn_blocking;

use super::file::{FileContent, HEAD, MAX_TEXT_BYTES, is_text, path_of, read_file};
use super::{InputContext, text_of};
use crate::error::{Failure, io_reason};
use crate::i18n::UiText;
use crate::text::file_block::fenced;
use crate::tr;

/// The most files that are attached without a question.
const MAX_FILES: usize = 200;
/// The most bytes that are attached without a question.
const MAX_BYTES: u64 = 2_000_000;
/// The most files that are looked at.
const MAX_SEEN: usize = 10_000;
/// The most files that are named when they cannot be read.
const MAX_NAMED: usize = 5;

/// The characters that make a pattern of a path.
const SIGNS: &[char] = &['*', '?', '[', '{'];

/// The text files of a folder or a pattern, in the order of their names.
#[derive(Debug, Default)]
pub struct FileSet {
    /// As the user named it.
    name: String,
    /// Each with its name in the message.
    files: Vec<(String, PathBuf)>,
    bytes: u64,
    /// How many files are no text.
    others: usize,
    /// Each with the reason.
    unreadable: Vec<(String, UiText)>,
}

/// The content for one `-f`: of a file, or of the text files of a folder or a pattern, which must not be too many.
pub async fn read_files(input: InputContext<'_>, given: &OsStr) -> anyhow::Result<FileContent> {
    let Some(mut set) = FileSet::survey(input, given).await? else {
        return read_file(input, given).await;
    };
    if let Some(refusal) = set.refusal() {
        return Err(refusal.into());
    }
    let text = set.read(input).await?;
    set.left_out().into_iter().for_each(input.notice);
    Ok(FileContent::Text(text))
}

/// What the user named: where to look, and which of the files there are meant.
#[derive(Debug)]
struct Selection {
    root: PathBuf,
    /// What stands before the names of the files.
    prefix: String,
    /// `None` for all of them.
    pattern: Option<GlobMatcher>,
    max_depth: Option<usize>,
}

impl Selection {
    /// `None` where the name is that of a file, or of nothing. A folder's name ends with `/`.
    fn parse(base: &Path, name: &str) -> Option<Selection> {
        let whole = base.join(name);
        if name.ends_with('/') && whole.is_dir() {
            return Some(Selection {
                root: whole,
                prefix: name.to_owned(),
                pattern: None,
                max_depth: None,
            });
        }
        let is_pattern = name.contains(SIGNS) && name.contains(char::is_alphanumeric);
        if !is_pattern || whole.exists() {
            return None;
        }
        let literal = name.find(SIGNS).and_then(|at| name[..at].rfind('/'));
        let (prefix, pattern) = name.split_at(literal.map_or(0, |at| at + 1));
        let root = if prefix.is_empty() {
            base.to_owned()
        } else {
            base.join(prefix)
        };
        let glob = GlobBuilder::new(pattern).literal_separator(true).build().ok()?;
        root.is_dir().then(|| Selection {
            root,
            prefix: prefix.to_owned(),
            max_depth: (!pattern.contains("**")).then(|| pattern.split('/').count()),
            pattern: Some(glob.compile_matcher()),
        })
    }

    /// The files, each with its name, and what cannot be read. Links are not followed.
    fn files(&self) -> impl Iterator<Item = Result<(String, PathBuf), (String, UiText)>> {
        let mut walk = WalkBuilder::new(&self.root);
        walk.require_git(false).max_depth(self.max_depth);
        walk.build().filter_map(|entry| {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => return Some(Err(self.unreadable(&error))),
            };
            let path = entry.path().strip_prefix(&self.root).ok()?;
            let is_meant = entry.file_type().is_some_and(|kind| kind.is_file())
                && self.pattern.as_ref().is_none_or(|pattern| pattern.is_match(path));
            is_meant.then(|| Ok((self.name_of(path), entry.path().to_owned())))
        })
    }

    fn name_of(&self, path: &Path) -> String {
        format!("{}{}", self.prefix, path.to_string_lossy().replace('\\', "/"))
    }

    fn unreadable(&self, error: &ignore::Error) -> (String, UiText) {
        let mut inner = error;
        let mut path = None;
        loop {
            inner = match inner {
                ignore::Error::WithPath { path: found, err } => {
                    path = Some(found);
                    err
                }
                ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => err,
                _ => break,
            };
        }
        let path = path.and_then(|path| path.strip_prefix(&self.root).ok());
        let why = inner
            .io_error()
            .map_or_else(|| UiText::foreign(inner.to_string()), io_reason);
        (path.map_or_else(|| self.prefix.clone(), |path| self.name_of(path)), why)
    }
}

/// Whether a name is that of a folder, or a pattern that matches any file.
pub fn is_file_set(base: &Path, name: &str) -> bool {
    // The root of all folders is more likely a word.
    let selection = Selection::parse(base, name).filter(|_| name.contains(|c| c != '/'));
    selection.is_some_and(|selection| {
        selection.pattern.is_none() || selection.files().take(MAX_SEEN).any(|found| found.is_ok())
    })
}

impl FileSet {
    /// What a folder or a pattern holds; `None` where the name is that of neither.
    pub async fn survey(input: InputContext<'_>, name: &OsStr) -> Result<Option<FileSet>, Failure> {
        let (base, name) = (path_of(input.host, Path::new("")), name.to_string_lossy().into_owned());
        let failed = Failure::other(tr!("cannot read {}", name));
        spawn_blocking(move || {
            let Some(selection) = Selection::parse(&base, &name) else {
                return Ok(None);
            };
            FileSet::of(&selection, name).map(Some)
        })
        .await
        .unwrap_or(Err(failed))
    }

    fn of(selection: &Selection, name: String) -> Result<FileSet, Failure> {
        let mut set = FileSet {
            name,
            ..FileSet::default()
        };
        for (seen, found) in selection.files().enumerate() {
            if seen == MAX_SEEN {
                return Err(Failure::usage(tr!("{} has more than {} files", set.name, MAX_SEEN)).hint(fewer()));
            }
            match found.and_then(|(name, path)| {
                look(&path)
                    .map(|size| (name.clone(), path, size))
                    .map_err(|why| (name, why))
            }) {
                Ok((name, path, Some(size))) => {
                    set.files.push((name, path));
                    set.bytes += size;
                }
                Ok(_) => set.others += 1,
                Err(unreadable) => set.unreadable.push(unreadable),
            }
        }
        set.files.sort();
        if set.bytes > MAX_TEXT_BYTES {
            let why = tr!("it is larger than {} MiB", MAX_TEXT_BYTES >> 20);
            return Err(Failure::usage(tr!("cannot read {}: {}", set.name, why)).hint(fewer()));
        }
        Ok(set)
    }

    /// Its name, and how many files it has.
    pub fn label(&self) -> UiText {
        match self.files.len() {
            1 => tr!("{} (1 file)", self.name),
            count => tr!("{} ({} files)", self.name, count),
        }
    }

    /// What is to be said before so many files are attached; `None` where they are few.
    pub fn excess(&self) -> Option<UiText> {
        let is_large = self.files.len() > MAX_FILES || self.bytes > MAX_BYTES;
        let tenths = self.bytes.div_ceil(100_000);
        let megabytes = format!("{}.{}", tenths / 10, tenths % 10);
        is_large.then(|| match self.files.len() {
            1 => tr!("{} has one text file, {} MB", self.name, megabytes),
            count => tr!("{} has {} text files, {} MB", self.name, count, megabytes),
        })
    }

    /// The failure where too many are refused without a question.
    fn refusal(&self) -> Option<Failure> {
        let excess = self.excess()?;
        Some(
            Failure::usage(tr!(
                "{}; at most {} files and {} MB are attached",
                excess,
                MAX_FILES,
                MAX_BYTES / 1_000_000
            ))
            .hint(fewer()),
        )
    }

    /// The texts, each in a fence under its name. What is left out is added to the set's notices.
    pub async fn read(&mut self, input: InputContext<'_>) -> Result<String, Failure> {
        let mut blocks = Vec::new();
        for (name, path) in std::mem::take(&mut self.files) {
            let bytes = spawn_blocking(move || std::fs::read(path)).await;
            match bytes.map_err(|_| Failure::other(tr!("cannot read {}", name)))? {
                Ok(bytes) => match text_of(input, bytes, &name).await {
                    Ok(text) => blocks.push(fenced(&name, &text)),
                    Err(failure) if failure.kind == crate::error::Kind::Usage => self.others += 1,
                    Err(failure) => return Err(failure),
                },
                Err(error) => self.unreadable.push((name, io_reason(&error))),
            }
        }
        if blocks.is_empty() {
            let why = self.left_out().into_iter().next();
            return Err(match why {
                Some(why) => Failure::usage(tr!("{} has no text file to attach: {}", self.name, why)),
                None => Failure::usage(tr!("{} has no text file to attach", self.name)),
            });
        }
        Ok(blocks.join("\n"))
    }

    /// What was left out, and why.
    pub fn left_out(&self) -> Vec<UiText> {
        let mut notices = Vec::new();
        match self.others {
            0 => {}
            1 => notices.push(tr!("{}: one file is no text and was left out", self.name)),
            others => notices.push(tr!("{}: {} files are no text and were left out", self.name, others)),
        }
        let named = self.unreadable.iter().take(MAX_NAMED);
        notices.extend(named.map(|(name, why)| tr!("cannot read {}: {}", name, why)));
        if let Some(more @ 1..) = self.unreadable.len().checked_sub(MAX_NAMED) {
            notices.push(tr!("{}: {} more cannot be read", self.name, more));
        }
        notices
    }
}

fn fewer() -> UiText {
    tr!("name fewer: a folder in it, or a pattern such as 'src/*.rs'")
}

/// The size of a file, if that is text.
fn look(path: &Path) -> Result<Option<u64>, UiText> {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| {
        let size = file.metadata()?.len();
        file.take(HEAD).read_to_end(&mut head)?;
        Ok(size)
    });
    let size = read.map_err(|error| io_reason(&error))?;
    Ok(is_text(&head).then_some(size))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with these files in it.
    fn disk(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        folder
    }

    fn set(folder: &tempfile::TempDir, name: &str) -> FileSet {
        let selection = Selection::parse(folder.path(), name).unwrap();
        FileSet::of(&selection, name.to_owned()).unwrap()
    }

    fn names(set: &FileSet) -> Vec<&str> {
        set.files.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn a_folder_is_its_text_files_without_those_that_are_ignored() {
        let folder = disk(&[
            (".gitignore", b"*.log\n/out/\n"),
            ("src/main.rs", b"fn main() {}\n"),
            ("src/a/b.txt", "\u{5185}\u{5bb9}".as_bytes()),
            ("src/empty", b""),
            ("src/x.log", b"log"),
            ("src/.hidden", b"secret"),
            ("src/cat.png", b"\x89PNG\r\n\x1a\n"),
            ("src/paper.pdf", b"%PDF-1.7\n"),
            ("src/nul", b"a\0b"),
            ("out/made.txt", b"x"),
            ("read.md", b"x"),
        ]);
        let src = set(&folder, "src/");
        assert_eq!(names(&src), ["src/a/b.txt", "src/empty", "src/main.rs"]);
        assert_eq!((src.others, src.unreadable.len(), src.excess()), (3, 0, None));
        assert_eq!(
            names(&set(&folder, "./")),
            ["./read.md", "./src/a/b.txt", "./src/empty", "./src/main.rs"]
        );
        // Named by itself it is meant.
        assert_eq!(names(&set(&folder, "out/")), ["out/made.txt"]);
    }

    #[test]
    fn a_pattern_is_matched_as_a_shell_does() {
        let folder = disk(&[
            ("a.rs", b"a"),
            ("b.md", b"b"),
            ("src/c.rs", b"c"),
            ("src/deep/d.rs", b"d"),
            ("src/deep/e.md", b"e"),
            ("x[1].txt", b"x"),
        ]);
        for (pattern, found) in [
            ("*.rs", &["a.rs"] as &[&str]),
            ("src/*.rs", &["src/c.rs"]),
            ("src/*/*.rs", &["src/deep/d.rs"]),
            ("**/*.md", &["b.md", "src/deep/e.md"]),
            ("src/**", &["src/c.rs", "src/deep/d.rs", "src/deep/e.md"]),
            ("src/d*p/?.{rs,md}", &["src/deep/d.rs", "src/deep/e.md"]),
            ("[ab].*", &["a.rs", "b.md"]),
            ("./src/*", &["./src/c.rs"]),
            ("*.py", &[]),
        ] {
            assert_eq!(names(&set(&folder, pattern)), found, "{pattern}");
            assert_eq!(is_file_set(folder.path(), pattern), !found.is_empty(), "{pattern}");
        }
        for neither in [
            "x[1].txt", "a.rs", "nothing", "*", "**", "no/*.rs", "[a", "src", "/", "",
        ] {
            assert!(!is_file_set(folder.path(), neither), "{neither}");
        }
        assert!(is_file_set(folder.path(), "src/"));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let folder = disk(&[("src/a.txt", b"a"), ("secret.txt", b"s")]);
        std::os::unix::fs::symlink("..", folder.path().join("src/loop")).unwrap();
        std::os::unix::fs::symlink("../secret.txt", folder.path().join("src/link.txt")).unwrap();
        assert_eq!(names(&set(&folder, "src/")), ["src/a.txt"]);
    }

    #[test]
    fn many_files_and_large_ones_are_asked_about() {
        let many: Vec<(String, Vec<u8>)> = (0..201).map(|n| (format!("m/{n:03}.txt"), b"x".to_vec())).collect();
        let many: Vec<(&str, &[u8])> = many
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
            .collect();
        let folder = disk(&many);
        assert_eq!(set(&folder, "m/").excess().unwrap(), "m/ has 201 text files, 0.1 MB");
        std::fs::remove_file(folder.path().join("m/200.txt")).unwrap();
        assert_eq!(set(&folder, "m/").excess(), None);
        let large = disk(&[("l/a.txt", &[b'x'; 2_000_001])]);
        assert_eq!(
            set(&large, "l/").refusal().unwrap().message,
            "l/ has one text file, 2.1 MB; at most 200 files and 2 MB are attached"
        );
    }
}
