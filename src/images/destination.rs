//! The files that pictures are written to: named by the user, or after the words that they were made from.

use std::ffi::OsString;
use std::fs::File;
use std::io::{ErrorKind, Seek, Write};
use std::path::{Path, PathBuf};

use stream_markdown::sanitize::hidden;
use tempfile::NamedTempFile;

use super::MadeImage;
use crate::error::{Failure, io_reason};
use crate::term::out::WholeFile;
use crate::tr;

/// The most characters of a name that is made of words, and the most bytes.
const MOST_CHARACTERS: usize = 60;
const MOST_BYTES: usize = 180;
/// The name of what was made from no letters.
const NAMELESS: &str = "picture";
/// The most files of one name.
const MOST_FILES: u32 = 9999;

/// Where pictures are written.
#[derive(Clone, Debug)]
pub struct Destination {
    /// The working directory.
    folder: PathBuf,
    name: FileName,
}

#[derive(Clone, Debug)]
enum FileName {
    /// The user's own; of several pictures, each gets a number.
    Given { path: PathBuf, has_number: bool },
    /// Words between hyphens. No other file is written over.
    Words(String),
}

impl Destination {
    /// The file of that name, or for several pictures `out-1.png`, `out-2.png`, ….
    pub fn given(folder: PathBuf, path: PathBuf, has_number: bool) -> Destination {
        Destination {
            folder,
            name: FileName::Given { path, has_number },
        }
    }

    /// A file in `folder` named after the words.
    pub fn of_words(folder: PathBuf, words: &str) -> Destination {
        Destination {
            folder,
            name: FileName::Words(file_name(words)),
        }
    }

    /// Fails where nothing can be written, before anything is paid for.
    pub fn check(&self) -> Result<(), Failure> {
        match &self.name {
            FileName::Given { .. } => WholeFile::create(&self.folder.join(self.given_path(1))).map(drop),
            FileName::Words(_) => self.temporary().map(drop),
        }
    }

    /// Writes a picture whole, the `number`-th from 1.
    pub fn write(&self, number: usize, image: &MadeImage) -> Result<PathBuf, Failure> {
        let FileName::Words(words) = &self.name else {
            let path = self.given_path(number);
            WholeFile::write(&self.folder.join(&path), &image.bytes)?;
            return Ok(path);
        };
        let mut file = self.temporary()?;
        let failed = |error: &std::io::Error| Failure::io(tr!("write {}", words.as_str()), error);
        file.write_all(&image.bytes).map_err(|error| failed(&error))?;
        for number in 1..=MOST_FILES {
            let name = PathBuf::from(format!("{words}-{number}.{}", extension(image.header.mime)));
            match put_new(file, &self.folder.join(&name)) {
                Ok(()) => return Ok(name),
                Err((error, back)) if error.kind() == ErrorKind::AlreadyExists => file = back,
                Err((error, _)) => return Err(failed(&error)),
            }
        }
        Err(Failure::other(tr!(
            "cannot write {}: there are too many files of that name",
            words.as_str()
        )))
    }

    fn given_path(&self, number: usize) -> PathBuf {
        match &self.name {
            FileName::Given { path, has_number: true } => numbered(path, number),
            FileName::Given { path, .. } => path.clone(),
            FileName::Words(_) => PathBuf::new(),
        }
    }

    fn temporary(&self) -> Result<NamedTempFile, Failure> {
        let mut builder = tempfile::Builder::new();
        builder.prefix("qwen-picture.").suffix(".part");
        // It is made as any other file is.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        builder.tempfile_in(&self.folder).map_err(|error| {
            Failure::usage(tr!("cannot write to the working directory: {}", io_reason(&error)))
                .hint(tr!("-o FILE writes elsewhere"))
        })
    }
}

/// Gives a file a name that no other has, and gives it back where one has it.
fn put_new(file: NamedTempFile, path: &Path) -> Result<(), (std::io::Error, NamedTempFile)> {
    let error = match file.persist_noclobber(path) {
        Ok(_) => return Ok(()),
        Err(error) => error,
    };
    if error.error.kind() == ErrorKind::AlreadyExists {
        return Err((error.error, error.file));
    }
    // Some file systems cannot rename without writing over another file: it is copied.
    let mut file = error.file;
    let copied = File::create_new(path).and_then(|mut target| {
        let copied = file
            .rewind()
            .and_then(|()| std::io::copy(file.as_file_mut(), &mut target));
        copied.inspect_err(|_| {
            // A part of a picture is of no use.
            let _ = std::fs::remove_file(path);
        })
    });
    copied.map(drop).map_err(|error| (error, file))
}

/// `out-2.png` for `out.png`.
fn numbered(path: &Path, number: usize) -> PathBuf {
    let mut name = OsString::from(path.file_stem().unwrap_or_default());
    name.push(format!("-{number}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// Letters and digits of a text with hyphens between its words: a name that is no path and no option, and shows all it
/// is made of.
fn file_name(words: &str) -> String {
    let is_kept = |c: char| c.is_alphanumeric() && hidden(c.encode_utf8(&mut [0; 4])).is_empty();
    let words = words.split(|c| !is_kept(c)).filter(|word| !word.is_empty());
    let mut name = String::new();
    for word in words {
        let word = word.to_lowercase();
        let room = MOST_CHARACTERS.saturating_sub(name.chars().count() + 1);
        let is_first = name.is_empty();
        if !is_first && (word.chars().count() > room || name.len() + word.len() + 1 > MOST_BYTES) {
            break;
        }
        if !is_first {
            name.push('-');
        }
        name.extend(word.chars().take(MOST_CHARACTERS));
    }
    name.truncate(name.floor_char_boundary(MOST_BYTES));
    match name.as_str() {
        "" => NAMELESS.to_owned(),
        _ => name,
    }
}

/// The extension of files of a type.
fn extension(mime: &str) -> &'static str {
    match mime {
        "image/jpeg" => "jpg",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/bmp" => "bmp",
        "image/tiff" => "tiff",
        "image/heic" => "heic",
        _ => "png",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attach::ImageHeader;

    #[test]
    fn words_make_a_name_that_is_no_path_and_no_option() {
        for (words, name) in [
            ("a red fox in snow", "a-red-fox-in-snow"),
            ("  A Red Fox!  ", "a-red-fox"),
            ("../../etc/passwd", "etc-passwd"),
            ("--help", "help"),
            (".bashrc", "bashrc"),
            ("a/b\\c:d*e?f\"g<h>i|j", "a-b-c-d-e-f-g-h-i-j"),
            ("a\u{1b}[2J\nb\u{0}c", "a-2j-b-c"),
            ("一只红狐狸，在雪地里", "一只红狐狸-在雪地里"),
            ("fox\u{202e}gnp\u{200b}x\u{3164}", "fox-gnp-x"),
            ("🦊 fox 🦊", "fox"),
            ("…/\\", "picture"),
            ("", "picture"),
        ] {
            assert_eq!(file_name(words), name, "{words:?}");
        }
    }

    #[test]
    fn a_long_text_makes_a_name_that_a_file_can_have() {
        let long = file_name(&"a very long prompt ".repeat(30));
        assert_eq!(long, "a-very-long-prompt-a-very-long-prompt-a-very-long-prompt-a");
        assert_eq!(file_name(&"x".repeat(500)), "x".repeat(MOST_CHARACTERS));
        let chinese = file_name(&"狐".repeat(500));
        assert_eq!(chinese, "狐".repeat(MOST_CHARACTERS));
        assert!(file_name(&"𠀀".repeat(500)).len() <= MOST_BYTES);
    }

    #[test]
    fn several_pictures_are_numbered_before_the_extension() {
        for (path, name) in [
            ("out.png", "out-2.png"),
            ("a/out.tar.png", "a/out.tar-2.png"),
            ("out", "out-2"),
            (".hidden", ".hidden-2"),
        ] {
            assert_eq!(numbered(Path::new(path), 2), Path::new(name));
        }
    }

    #[test]
    fn a_name_that_is_taken_meanwhile_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let destination = Destination::of_words(folder.path().to_owned(), "fox");
        let image = MadeImage {
            bytes: b"PNG".to_vec().into(),
            header: ImageHeader {
                mime: "image/png",
                sides: None,
            },
        };
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| destination.write(1, &image).unwrap());
            }
        });
        let count = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(count, 8);
    }
}
