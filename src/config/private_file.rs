//! Files and folders that only their owner can read.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::Failure;
use crate::tr;

/// Writes a file that only its owner can read, in one step. Makes its folder.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let what = tr!("write {}", path.display());
    let folder: PathBuf = path.parent().map(Path::to_owned).unwrap_or_default();
    make_private_folder(&folder)?;
    // `tempfile` makes it 0600.
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(|error| Failure::io(what, &error))
}

/// Makes a folder and its parents, for its owner alone.
pub fn make_private_folder(folder: &Path) -> Result<(), Failure> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .map_err(|error| Failure::io(tr!("create the directory {}", folder.display()), &error))
}
