//! The lock of a batch: of two processes that run it, one waits.

use std::fs::{self, File, TryLockError};
use std::path::PathBuf;

use tokio::task::spawn_blocking;

use crate::app::App;
use crate::error::Failure;
use crate::tr;

/// The folder of the locks in that of the store.
const FOLDER: &str = "batches";

/// Held as long as a process runs a batch. The system takes it back when the process ends, however it does; its file stays
/// only after a crash.
#[derive(Debug)]
pub(super) struct RunLock {
    path: PathBuf,
    file: File,
}

impl RunLock {
    /// Takes the lock of the batch of that digest, waiting for another process that has it.
    pub(super) async fn take(app: &App<'_>, digest: &str) -> Result<RunLock, Failure> {
        let folder = app.settings.paths.data.join(FOLDER);
        let path = folder.join(format!("{digest}.lock"));
        let failed = |error: &std::io::Error| Failure::io(tr!("lock {}", path.display()), error);
        fs::create_dir_all(&folder).map_err(|error| failed(&error))?;
        let mut has_waited = false;
        loop {
            let file = File::create(&path).map_err(|error| failed(&error))?;
            let file = match file.try_lock() {
                Ok(()) => file,
                Err(TryLockError::Error(error)) => return Err(failed(&error)),
                Err(TryLockError::WouldBlock) => {
                    if !has_waited {
                        app.notice(tr!("another process runs this batch; waiting for it to end"));
                        has_waited = true;
                    }
                    let locked = spawn_blocking(move || file.lock().map(|()| file));
                    let waited = async {
                        match locked.await {
                            Ok(file) => file.map_err(|error| failed(&error)),
                            Err(_) => Err(Failure::no_thread()),
                        }
                    };
                    app.or_cancelled(waited).await?
                }
            };
            let lock = RunLock {
                path: path.clone(),
                file,
            };
            if lock.is_current() {
                return Ok(lock);
            }
        }
    }

    /// Whether the file is still the one at its path. The process that had the lock may have removed it, and a third one may
    /// have made another.
    #[cfg(unix)]
    fn is_current(&self) -> bool {
        use std::os::unix::fs::MetadataExt;
        let identity = |meta: std::io::Result<fs::Metadata>| meta.ok().map(|meta| (meta.dev(), meta.ino()));
        identity(fs::metadata(&self.path)) == identity(self.file.metadata())
    }

    /// An open file is not removed there.
    #[cfg(not(unix))]
    fn is_current(&self) -> bool {
        self.file.metadata().is_ok()
    }
}

impl Drop for RunLock {
    fn drop(&mut self) {
        // Only the file that is locked may be removed: one that was made since is another process's.
        if cfg!(unix) && self.is_current() {
            let _ = fs::remove_file(&self.path);
        }
    }
}
