//! Where an answer is written to: standard output, or a file that appears whole.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Failure, io_reason};
use crate::text::words::Words;
use crate::words;

/// Standard output without a buffer of its own: whoever writes decides when.
#[derive(Debug)]
pub struct Stdout(Option<File>);

impl Stdout {
    pub fn new() -> Stdout {
        #[cfg(unix)]
        let file = {
            use std::os::fd::AsFd;
            io::stdout().as_fd().try_clone_to_owned().ok().map(File::from)
        };
        #[cfg(not(unix))]
        let file = None;
        Stdout(file)
    }
}

impl Default for Stdout {
    fn default() -> Stdout {
        Stdout::new()
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Some(file) => file.write(bytes),
            None => io::stdout().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Some(file) => file.flush(),
            None => io::stdout().flush(),
        }
    }
}

/// A file that is written beside its place and put there when it is whole.
#[derive(Debug)]
pub struct WholeFile {
    target: PathBuf,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Beside(NamedTempFile),
    /// A device or a pipe cannot be replaced.
    Direct(File),
}

impl WholeFile {
    /// Makes sure before anything is asked that the file can be written.
    pub fn create(target: &Path) -> Result<WholeFile, Failure> {
        let bad = |why: Words| Failure::usage(words!("cannot write {}: {}", target.display(), why));
        let is_special = match std::fs::metadata(target) {
            Ok(meta) if meta.is_dir() => return Err(bad(words!("it is a folder"))),
            Ok(meta) => !meta.is_file(),
            Err(_) => false,
        };
        if is_special {
            let file = File::options()
                .write(true)
                .open(target)
                .map_err(|error| bad(io_reason(&error)))?;
            return Ok(WholeFile {
                target: target.to_owned(),
                place: Place::Direct(file),
            });
        }
        // A link is followed: it stays one.
        let target = match target.is_symlink() {
            true => target.canonicalize().unwrap_or_else(|_| target.to_owned()),
            false => target.to_owned(),
        };
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".qwen-");
        // A new file is made as any other is; one that was there keeps its permissions, whatever the umask.
        let there = std::fs::metadata(&target).map(|meta| meta.permissions()).ok();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(folder).map_err(|error| bad(io_reason(&error)))?;
        if let Some(permissions) = there {
            file.as_file()
                .set_permissions(permissions)
                .map_err(|error| bad(io_reason(&error)))?;
        }
        Ok(WholeFile {
            target,
            place: Place::Beside(file),
        })
    }

    pub fn writer(&self) -> io::Result<File> {
        match &self.place {
            Place::Beside(file) => file.as_file().try_clone(),
            Place::Direct(file) => file.try_clone(),
        }
    }

    /// Puts the file in its place.
    pub fn keep(self) -> Result<(), Failure> {
        let Place::Beside(file) = self.place else {
            return Ok(());
        };
        file.persist(&self.target)
            .map(|_| ())
            .map_err(|error| Failure::io(words!("write {}", self.target.display()), &error.error))
    }

    /// Keeps a part under a name that says so; returns that name. Nothing was written: nothing is kept.
    pub fn keep_part(self) -> Option<PathBuf> {
        let Place::Beside(file) = self.place else {
            return None;
        };
        if file.as_file().metadata().is_ok_and(|meta| meta.len() == 0) {
            return None;
        }
        let mut name = self.target.into_os_string();
        name.push(".part");
        let name = PathBuf::from(name);
        file.persist(&name).ok().map(|_| name)
    }
}
