//! The lock of a batch: of two processes that run it, one waits.

use std::fs::{self, File, TryLockError};

use tokio::task::spawn_blocking;

use crate::app::App;
use crate::error::Failure;
use crate::tr;

/// The folder of the locks in that of the store.
const FOLDER: &str = "batches";

/// Held as long as a process runs a batch. The system takes it back when the process ends, however it does.
#[derive(Debug)]
pub(super) struct RunLock {
    _file: File,
}

impl RunLock {
    /// Takes the lock of the batch of that digest, waiting for another process that has it.
    pub(super) async fn take(app: &App<'_>, digest: &str) -> Result<RunLock, Failure> {
        let folder = app.settings.paths.data.join(FOLDER);
        let path = folder.join(format!("{digest}.lock"));
        let failed = |error: &std::io::Error| Failure::io(tr!("lock {}", path.display()), error);
        fs::create_dir_all(&folder).map_err(|error| failed(&error))?;
        let file = File::create(&path).map_err(|error| failed(&error))?;
        match file.try_lock() {
            Ok(()) => return Ok(RunLock { _file: file }),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(failed(&error)),
        }
        app.notice(tr!("another process runs this batch; waiting for it to end"));
        let locked = spawn_blocking(move || file.lock().map(|()| file));
        let waited = async {
            match locked.await {
                Ok(file) => file.map_err(|error| failed(&error)),
                Err(_) => Err(Failure::no_thread()),
            }
        };
        Ok(RunLock {
            _file: app.or_cancelled(waited).await?,
        })
    }
}
