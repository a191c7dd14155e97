//! Opening the store: which version it is, and what happens to one that is damaged or cannot be written to.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior, config::DbConfig};

use super::files::{FILE, FileError, LOCK, create_private, identity, lock, set_aside, shared_lock};
use super::schema::{self, select_conversation};
use super::{Store, sqlite_error};
use crate::error::Failure;
use crate::i18n::{StaticText, UiText};
use crate::{tr, tr_static};

/// How long a writer waits for another one. Transactions take milliseconds; a migration may take longer.
const BUSY: Duration = Duration::from_secs(5);

/// How long the completion of a word for a shell waits for a writer.
const GLANCE: Duration = Duration::from_millis(50);

/// The action a message begins with when the store cannot be opened.
const OPEN: StaticText = tr_static!("open the saved conversations");

/// Why a store could not be opened.
enum OpenError {
    Damaged,
    /// The file exists, and may be readable.
    Unwritable(Failure),
    Failed(Failure),
}

impl OpenError {
    fn into_failure(self) -> Failure {
        match self {
            OpenError::Failed(failure) | OpenError::Unwritable(failure) => failure,
            OpenError::Damaged => Failure::other(tr!("cannot {}: the new file is damaged too", OPEN)),
        }
    }
}

impl From<Failure> for OpenError {
    fn from(failure: Failure) -> OpenError {
        OpenError::Failed(failure)
    }
}

impl From<FileError> for OpenError {
    fn from(error: FileError) -> OpenError {
        let kind = error.error.kind();
        let failure = error.into_failure();
        match kind {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => OpenError::Unwritable(failure),
            _ => OpenError::Failed(failure),
        }
    }
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> OpenError {
        let failure = sqlite_error::failure(OPEN, &error);
        if sqlite_error::is_damage(&error) {
            OpenError::Damaged
        } else if sqlite_error::is_unwritable(&error) {
            OpenError::Unwritable(failure)
        } else {
            OpenError::Failed(failure)
        }
    }
}

impl Store {
    /// Opens the store in `dir`, creating both where they are missing. The second value is notices for the user.
    ///
    /// A damaged file is moved to another name and a new one is created. A file of a newer version of the program is a
    /// failure and stays unchanged. One that cannot be written to is opened read-only.
    pub fn open(dir: &Path) -> Result<(Store, Vec<UiText>), Failure> {
        match open(dir) {
            Ok(connection) => Ok((Store::of(connection, dir), Vec::new())),
            Err(OpenError::Failed(failure)) => Err(failure),
            Err(OpenError::Damaged) => Store::replace(dir),
            Err(OpenError::Unwritable(failure)) => match read_only(dir) {
                Ok(connection) => Ok((Store::of(connection, dir), Vec::new())),
                Err(OpenError::Failed(own)) => Err(own),
                Err(OpenError::Unwritable(own)) if is_damage(&own) => Err(own),
                Err(_) => Err(failure),
            },
        }
    }

    /// Opens the store in `dir` read-only, if there is one: nothing is created, migrated or moved, and a writer is
    /// waited for no longer than a shell's completion may take.
    pub fn glance(dir: &Path) -> Option<Store> {
        let lock = File::open(dir.join(LOCK)).ok();
        if let Some(lock) = &lock {
            lock.try_lock_shared().ok()?;
        }
        let opened =
            connect_to(&dir.join(FILE), GLANCE).and_then(|found| version(&found).map(|version| (found, version)));
        let connection = match opened {
            Ok((connection, schema::VERSION)) => connection,
            Err(error) if sqlite_error::is_unwritable(&error) => read_only(dir).ok()?,
            _ => return None,
        };
        connection.pragma_update(None, "query_only", true).ok()?;
        Some(Store::of(connection, dir))
    }

    /// Opens the store in `dir` and runs `work` on it; if the store turns out to be damaged, runs it again on a new one.
    /// `tell` gets the notices for the user.
    pub fn with<T>(
        dir: &Path,
        tell: impl Fn(&UiText),
        mut work: impl FnMut(Store) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let (store, notices) = Store::open(dir)?;
        notices.iter().for_each(&tell);
        match work(store) {
            Err(failure) if is_damage(&failure) => {
                let Ok((store, notices)) = Store::replace(dir) else {
                    return Err(failure);
                };
                notices.iter().for_each(&tell);
                work(store)
            }
            done => done,
        }
    }

    /// Moves a store away that turned out to be damaged while it was used ([`is_damage`]), and creates a new one. The
    /// old one must be closed first.
    pub fn replace(dir: &Path) -> Result<(Store, Vec<UiText>), Failure> {
        let _lock = lock(dir).map_err(FileError::into_failure)?;
        // Another process may have done it while this one waited.
        if let Ok(connection) = open_locked(dir)
            && is_sound(&connection)
        {
            return Ok((Store::of(connection, dir), Vec::new()));
        }
        let aside = set_aside(dir)?;
        let notice = tr!(
            "the saved conversations were damaged: the file was moved to {}, and a new one was created; `sqlite3 FILE .recover` recovers what is left of the old one",
            aside.display()
        );
        let connection = open_locked(dir).map_err(OpenError::into_failure)?;
        Ok((Store::of(connection, dir), vec![notice]))
    }

    /// Checks every page of the store in `dir`, which takes time with a large one. A damaged store is replaced.
    pub fn check(dir: &Path) -> Result<(Store, Vec<UiText>), Failure> {
        let (store, notices) = Store::open(dir)?;
        if is_sound(&store.connection) {
            return Ok((store, notices));
        }
        drop(store);
        Store::replace(dir)
    }

    fn of(connection: Connection, dir: &Path) -> Store {
        Store {
            connection,
            file: identity(dir),
            dir: dir.to_owned(),
        }
    }

    /// The folder it is in.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Whether nothing can be written to it.
    pub fn is_read_only(&self) -> bool {
        self.connection.is_readonly(rusqlite::MAIN_DB).unwrap_or(false)
    }

    /// Whether its file was moved: another process found it damaged and replaced it.
    pub fn has_moved(&self) -> bool {
        self.file != identity(&self.dir)
    }
}

fn open(dir: &Path) -> Result<Connection, OpenError> {
    {
        let _lock = shared_lock(dir);
        let connection = connect(dir)?;
        if version(&connection)? == schema::VERSION {
            return Ok(connection);
        }
    }
    let _lock = lock(dir)?;
    open_locked(dir)
}

/// Opens and migrates it; the caller holds the lock.
fn open_locked(dir: &Path) -> Result<Connection, OpenError> {
    let mut connection = connect(dir)?;
    migrate(&mut connection)?;
    Ok(connection)
}

fn connect(dir: &Path) -> Result<Connection, OpenError> {
    let path = dir.join(FILE);
    create_private(dir, &path)?;
    // The file exists by now, with the mode SQLite gives -wal and -shm too.
    let connection = connect_to(&path, BUSY)?;
    // After a crash of the machine the last moments may be missing, but nothing older, and no commit but the first of a
    // new log waits for the disk. A crash of the program alone loses nothing.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    // Negative means KiB: a one-shot writes little, and the system caches the file anyway.
    connection.pragma_update(None, "cache_size", -512)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true)?;
    Ok(connection)
}

fn connect_to(path: &Path, wait: Duration) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(wait)?;
    Ok(connection)
}

/// Opens a store that cannot be written to: another user's, a backup, one on a read-only file system.
fn read_only(dir: &Path) -> Result<Connection, OpenError> {
    let path = dir.join(FILE);
    let log = dir.join(format!("{FILE}-wal"));
    let has_log = fs::metadata(&log).is_ok_and(|log| log.len() > 0);
    let mut uri = url::Url::from_file_path(&path)
        .map_err(|()| Failure::other(tr!("cannot {}: the store of conversations cannot be opened", OPEN)))?;
    // SQLite would create a log and its index beside the file even to read it. Without a log all of the store is in the
    // one file, and no process is writing to it.
    uri.set_query(Some(if has_log { "mode=ro" } else { "immutable=1" }));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let opened = || -> rusqlite::Result<(Connection, i64)> {
        let connection = Connection::open_with_flags(uri.as_str(), flags)?;
        connection.busy_timeout(BUSY)?;
        let found = version(&connection)?;
        Ok((connection, found))
    };
    let copied = || {
        tr!(
            "copy the folder {} to one that you can write to, and set QWEN_CLI_HOME to that",
            dir.display()
        )
    };
    match opened() {
        Ok((connection, schema::VERSION)) => Ok(connection),
        Ok((connection, found)) if found > schema::VERSION => Err(newer(&connection).into()),
        Ok(_) => Err(Failure::other(tr!(
            "cannot {}: an older version of this program wrote {}, which cannot be changed where it is",
            OPEN,
            path.display()
        ))
        .hint(copied())
        .into()),
        Err(_) if has_log => Err(Failure::other(tr!(
            "cannot {}: the newest of them are in {}, which can only be read where its folder can be written to",
            OPEN,
            log.display()
        ))
        .hint(copied())
        .into()),
        Err(error) => Err(OpenError::Unwritable(sqlite_error::failure(OPEN, &error))),
    }
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    let found = version(connection)?;
    if found == schema::VERSION {
        return Ok(());
    }
    let Some(steps) = usize::try_from(found)
        .ok()
        .and_then(|from| schema::MIGRATIONS.get(from..))
    else {
        return Err(newer(connection).into());
    };
    // Kept in the file from then on.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in steps {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", schema::VERSION)?;
    transaction.commit()?;
    Ok(())
}

fn newer(connection: &Connection) -> Failure {
    Failure::other(tr!(
        "cannot {}: a newer version of this program wrote {}",
        OPEN,
        connection.path().unwrap_or(FILE)
    ))
    .hint(tr!(
        "update qwen, or set QWEN_CLI_HOME to another folder; the file was not changed"
    ))
}

/// Whether a failure of the store means that its file is damaged.
pub fn is_damage(failure: &Failure) -> bool {
    failure.code.as_deref() == Some(sqlite_error::DAMAGED)
}

/// Whether all pages agree with each other and no table is missing. Takes time with a large store.
fn is_sound(connection: &Connection) -> bool {
    let report = || -> rusqlite::Result<Vec<String>> {
        connection.prepare(schema::SELECT_MESSAGE)?;
        connection.prepare(select_conversation!("WHERE changed = 0"))?;
        let mut check = connection.prepare("PRAGMA integrity_check(100)")?;
        let rows = check.query_map([], |row| row.get(0))?;
        rows.collect()
    };
    // The search index is rebuilt when it is next used.
    let is_harmless = |line: &String| line == "ok" || line.contains("message_text");
    report().is_ok_and(|lines| lines.iter().all(is_harmless))
}
