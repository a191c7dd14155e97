//! The files of the store: for their owner alone, locked while they are made or moved, moved away when they are damaged.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::now;
use crate::error::Failure;
use crate::i18n::UiText;
use crate::tr;

/// The store's file inside its folder. SQLite keeps `-wal` and `-shm` beside it.
pub const FILE: &str = "conversations.db";

/// The lock file: held while the store is created, migrated or moved, so that two processes do not do it twice.
pub(super) const LOCK: &str = "conversations.lock";

/// An error of the operating system, and what was to be done: "open FILE".
#[derive(Debug)]
pub(super) struct FileError {
    what: UiText,
    pub(super) error: io::Error,
}

impl FileError {
    pub(super) fn into_failure(self) -> Failure {
        Failure::io(self.what, &self.error)
    }
}

/// Makes a folder and a file in it where they are missing, and keeps other users out of them.
pub(super) fn create_private(dir: &Path, file: &Path) -> Result<(), FileError> {
    private_dir(dir).map_err(|error| FileError {
        what: tr!("create the directory {}", dir.display()),
        error,
    })?;
    private_file(file).map_err(unopened(file))
}

fn unopened(file: &Path) -> impl Fn(io::Error) -> FileError {
    move |error| FileError {
        what: tr!("open {}", file.display()),
        error,
    }
}

#[cfg(unix)]
fn private_dir(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    match fs::metadata(dir) {
        Ok(found) if found.is_dir() => {
            if found.permissions().mode() & 0o077 != 0 {
                // The mode of another owner's folder cannot be changed; the file inside is private anyway.
                let _ = fs::set_permissions(dir, fs::Permissions::from_mode(0o700));
            }
            Ok(())
        }
        Ok(_) => Err(io::ErrorKind::NotADirectory.into()),
        Err(_) => fs::DirBuilder::new().recursive(true).mode(0o700).create(dir),
    }
}

#[cfg(not(unix))]
fn private_dir(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)
}

/// Makes the file where it is missing, so that it never exists with a wider mode.
#[cfg(unix)]
fn private_file(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    match fs::metadata(path) {
        Ok(found) if found.permissions().mode() & 0o077 == 0 => Ok(()),
        Ok(_) => {
            // The mode of another owner's file cannot be changed, and need not be.
            let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o600));
            Ok(())
        }
        Err(_) => OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(path)
            .map(|_| ()),
    }
}

#[cfg(not(unix))]
fn private_file(path: &Path) -> io::Result<()> {
    OpenOptions::new().create(true).append(true).open(path).map(|_| ())
}

/// The lock to hold while the store is created, migrated or moved.
pub(super) fn lock(dir: &Path) -> Result<File, FileError> {
    let path = dir.join(LOCK);
    create_private(dir, &path)?;
    let file = OpenOptions::new().write(true).open(&path).map_err(unopened(&path))?;
    file.lock().map_err(unopened(&path))?;
    Ok(file)
}

/// A lock to hold while the file and its log are opened, so that they are not moved in between. Where no lock can be
/// taken, nothing can be moved either.
pub(super) fn shared_lock(dir: &Path) -> Option<File> {
    let path = dir.join(LOCK);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(_) => {
            private_file(&path).ok()?;
            File::open(&path).ok()?
        }
    };
    file.lock_shared().ok()?;
    Some(file)
}

/// Device and inode of the file in `dir`.
#[cfg(unix)]
pub(super) fn identity(dir: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let meta = fs::metadata(dir.join(FILE)).ok()?;
    Some((meta.dev(), meta.ino()))
}

/// Windows cannot move an open file.
#[cfg(not(unix))]
pub(super) fn identity(_: &Path) -> Option<(u64, u64)> {
    None
}

/// Moves the files of a damaged store to a new name.
pub(super) fn set_aside(dir: &Path) -> Result<PathBuf, Failure> {
    let mut stamp = now();
    let aside = loop {
        let name = dir.join(format!("{FILE}.damaged-{stamp}"));
        if !name.exists() {
            break name;
        }
        stamp += 1;
    };
    // The log first: a new store must never find the old log.
    for suffix in ["-wal", "-shm", ""] {
        let from = dir.join(format!("{FILE}{suffix}"));
        let mut to = aside.clone().into_os_string();
        to.push(suffix);
        match fs::rename(&from, &to) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Failure::io(tr!("move {} aside", from.display()), &error));
            }
            _ => {}
        }
    }
    Ok(aside)
}
