//! Credentials the user gave to `qwen auth login`: `credentials.toml` beside the config file, for its owner alone.
//!
//! A table a credential, named by the variable it stands for:
//!
//! ```toml
//! [DASHSCOPE_API_KEY]
//! value = "sk-…"
//! region = "singapore"
//! ```

use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item, Table, value};

use super::file::write_private;
use super::paths::Paths;
use crate::error::{Failure, io_reason};
use crate::secret::Secret;

/// One credential of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    pub variable: String,
    pub secret: Secret,
    /// The region its key belongs to, where it was stored with one.
    pub region: Option<String>,
    /// From 1.
    pub line: usize,
}

/// Where the file is, whether it exists or not.
pub fn path(paths: &Paths) -> PathBuf {
    paths.config_file.with_file_name("credentials.toml")
}

/// The stored credentials: variable and value. None where there is no file; a file that others can read, or that
/// cannot be understood, is passed over with a notice.
pub fn read(paths: &Paths, notices: &mut Vec<String>) -> Vec<(String, Secret)> {
    let stored = entries(paths, notices);
    stored.into_iter().map(|entry| (entry.variable, entry.secret)).collect()
}

/// The same with their regions and lines.
pub fn entries(paths: &Paths, notices: &mut Vec<String>) -> Vec<Stored> {
    let path = path(paths);
    let read = text(&path).and_then(|text| text.map_or(Ok(Vec::new()), |text| parse(&text)));
    read.unwrap_or_else(|why| {
        notices.push(format!("{} is ignored: {why}", path.display()));
        Vec::new()
    })
}

/// Keeps a credential under the name of its variable.
pub fn store(paths: &Paths, variable: &str, secret: &Secret) -> Result<(), Failure> {
    store_in_region(paths, variable, secret, None)
}

/// The same, with the region the key belongs to.
pub fn store_in_region(paths: &Paths, variable: &str, secret: &Secret, region: Option<&str>) -> Result<(), Failure> {
    let path = path(paths);
    let mut document = document(&path)?;
    let mut table = Table::new();
    table.insert("value", value(secret.expose()));
    if let Some(region) = region {
        table.insert("region", value(region));
    }
    document.insert(variable, Item::Table(table));
    write_private(&path, document.to_string().as_bytes())
}

/// Takes a credential out again. Says whether it was there.
pub fn remove(paths: &Paths, variable: &str) -> Result<bool, Failure> {
    let path = path(paths);
    let mut document = document(&path)?;
    if document.remove(variable).is_none() {
        return Ok(false);
    }
    if document.is_empty() {
        std::fs::remove_file(&path).map_err(|error| Failure::io(&format!("remove {}", path.display()), &error))?;
    } else {
        write_private(&path, document.to_string().as_bytes())?;
    }
    Ok(true)
}

/// The file for changing it. One that cannot be read is not overwritten.
fn document(path: &Path) -> Result<DocumentMut, Failure> {
    let bad = |why: &str| {
        Failure::usage(format!("{}: {why}", path.display())).hint("mend the file, or remove it and log in again")
    };
    let text = text(path).map_err(|why| bad(&why))?.unwrap_or_default();
    // The parser's own words may quote the line, which may hold a credential.
    text.parse().map_err(|_| bad("it is no TOML"))
}

/// `None` where there is no file.
fn text(path: &Path) -> Result<Option<String>, String> {
    match std::fs::metadata(path) {
        Ok(meta) => private(&meta)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_reason(&error)),
    }
    std::fs::read_to_string(path)
        .map(Some)
        .map_err(|error| io_reason(&error))
}

#[cfg(unix)]
fn private(meta: &std::fs::Metadata) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt;
    if meta.mode() & 0o077 != 0 {
        return Err("others can read it; chmod 600 it, and change the keys in it if that matters".to_owned());
    }
    if meta.uid() != rustix::process::geteuid().as_raw() {
        return Err("it belongs to another user".to_owned());
    }
    Ok(())
}

#[cfg(not(unix))]
fn private(_: &std::fs::Metadata) -> Result<(), String> {
    Ok(())
}

fn parse(text: &str) -> Result<Vec<Stored>, String> {
    let document = toml_edit::Document::parse(text).map_err(|_| "it is no TOML".to_owned())?;
    let mut stored = Vec::new();
    for (variable, item) in document.iter() {
        let line = 1 + item.span().map_or(0, |span| {
            memchr::memchr_iter(b'\n', &text.as_bytes()[..span.start]).count()
        });
        let word = |name: &str| item.get(name).and_then(Item::as_str).map(str::to_owned);
        // A plain text, without a table, is what a person would write by hand.
        let Some(secret) = item.as_str().map(str::to_owned).or_else(|| word("value")) else {
            return Err(format!("its line {line} holds no credential"));
        };
        stored.push(Stored {
            variable: variable.to_owned(),
            secret: Secret::new(secret.trim()),
            region: word("region"),
            line,
        });
    }
    Ok(stored)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> (tempfile::TempDir, Paths) {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths {
            config_file: folder.path().join("config.toml"),
            data: folder.path().join("data"),
            cache: folder.path().join("cache"),
        };
        (folder, paths)
    }

    fn read_quietly(paths: &Paths) -> Vec<(String, Secret)> {
        let mut notices = Vec::new();
        let read = read(paths, &mut notices);
        assert_eq!(notices, [""; 0]);
        read
    }

    #[test]
    fn keeps_several_and_takes_them_out_again() {
        let (_folder, paths) = home();
        assert_eq!(read_quietly(&paths), []);
        let (key, cookie) = (Secret::new("sk-placeholder"), Secret::new("a=\"b\"; c"));
        store_in_region(&paths, "DASHSCOPE_API_KEY", &key, Some("singapore")).unwrap();
        store(&paths, "QWEN_COOKIE", &cookie).unwrap();
        store(&paths, "QWEN_COOKIE", &cookie).unwrap();
        let both = [
            ("DASHSCOPE_API_KEY".to_owned(), key),
            ("QWEN_COOKIE".to_owned(), cookie),
        ];
        assert_eq!(read_quietly(&paths), both);
        let entries = entries(&paths, &mut Vec::new());
        assert_eq!((entries[0].region.as_deref(), entries[0].line), (Some("singapore"), 1));
        assert_eq!((entries[1].region.as_deref(), entries[1].line), (None, 5));
        assert!(remove(&paths, "DASHSCOPE_API_KEY").unwrap());
        assert!(!remove(&paths, "DASHSCOPE_API_KEY").unwrap());
        assert_eq!(read_quietly(&paths), both[1..]);
        assert!(remove(&paths, "QWEN_COOKIE").unwrap());
        assert!(!path(&paths).exists());
    }

    #[cfg(unix)]
    #[test]
    fn is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, paths) = home();
        store(&paths, "K", &Secret::new("sk-placeholder")).unwrap();
        let mode = std::fs::metadata(path(&paths)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::set_permissions(path(&paths), std::fs::Permissions::from_mode(0o640)).unwrap();
        let mut notices = Vec::new();
        assert_eq!(read(&paths, &mut notices), []);
        assert!(notices[0].contains("others can read it"), "{notices:?}");
        assert!(store(&paths, "K", &Secret::new("x")).is_err());
    }

    #[test]
    fn a_broken_file_is_told_without_its_words_and_kept() {
        let (_folder, paths) = home();
        write_private(&path(&paths), b"K = sk-placeholder\n").unwrap();
        let mut notices = Vec::new();
        assert_eq!(read(&paths, &mut notices), []);
        assert!(notices[0].ends_with("it is no TOML"), "{notices:?}");
        let failure = store(&paths, "K", &Secret::new("x")).unwrap_err();
        assert!(!format!("{failure:?}").contains("placeholder"), "{failure:?}");
        write_private(&path(&paths), b"K = \"by hand\"\n").unwrap();
        assert_eq!(read_quietly(&paths), [("K".to_owned(), Secret::new("by hand"))]);
    }
}
