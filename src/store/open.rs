//! Opening the file: who may read it, which version it is, and what happens to a damaged one.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior, config::DbConfig};

use super::problem;
use super::{Store, now, schema};
use crate::error::Failure;
use crate::text::words::{Sentence, Words};
use crate::{sentence, words};

/// The store's file inside its folder. SQLite keeps `-wal` and `-shm` beside it.
pub const FILE: &str = "conversations.db";

/// Held while the file is created, migrated or set aside, so that two processes do not do it twice.
const LOCK: &str = "conversations.lock";

/// How long a writer waits for another one. Transactions take milliseconds; a migration may take longer.
const BUSY: Duration = Duration::from_secs(5);

/// How long one waits who only wants to offer what is there.
const GLANCE: Duration = Duration::from_millis(50);

/// The action a message begins with when the store cannot be opened.
const OPEN: Sentence = sentence!("open the saved conversations");

/// Why a store was not opened.
enum Unopened {
    Damaged,
    Failed(Failure),
}

impl From<Failure> for Unopened {
    fn from(failure: Failure) -> Unopened {
        Unopened::Failed(failure)
    }
}

impl From<rusqlite::Error> for Unopened {
    fn from(error: rusqlite::Error) -> Unopened {
        if problem::is_damage(&error) {
            Unopened::Damaged
        } else {
            Unopened::Failed(problem::failure(OPEN, &error))
        }
    }
}

impl Store {
    /// Opens the store in `dir`, making both where they are missing. The second value is what the user should know.
    ///
    /// A damaged file is set aside under another name and a fresh one begun; one that a newer version of the
    /// program wrote is left as it is, and that is a failure.
    pub fn open(dir: &Path) -> Result<(Store, Vec<Words>), Failure> {
        match open(dir) {
            Ok(connection) => Ok((Store { connection }, Vec::new())),
            Err(Unopened::Failed(failure)) => Err(failure),
            Err(Unopened::Damaged) => Store::replace(dir),
        }
    }

    /// Opens the store in `dir` for a quick look, where there is one: nothing is made, migrated or set aside, and a
    /// writer is hardly waited for.
    pub fn glance(dir: &Path) -> Option<Store> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(dir.join(FILE), flags).ok()?;
        connection.busy_timeout(GLANCE).ok()?;
        connection.pragma_update(None, "query_only", true).ok()?;
        let is_ours = version(&connection).ok()? == schema::VERSION;
        is_ours.then_some(Store { connection })
    }

    /// Sets a store aside that turned out to be damaged while it was used ([`problem::DAMAGED`]) and begins a fresh
    /// one. Close the old one first.
    pub fn replace(dir: &Path) -> Result<(Store, Vec<Words>), Failure> {
        let _lock = lock(dir)?;
        // Another process may have done it while this one waited.
        if let Ok(connection) = open_locked(dir)
            && is_sound(&connection)
        {
            return Ok((Store { connection }, Vec::new()));
        }
        let aside = set_aside(dir)?;
        let notice = words!(
            "the saved conversations were damaged; the file is now {}, and a new one was begun",
            aside.display()
        );
        match open_locked(dir) {
            Ok(connection) => Ok((Store { connection }, vec![notice])),
            Err(Unopened::Failed(failure)) => Err(failure),
            Err(Unopened::Damaged) => Err(Failure::other(words!("cannot {}: the new file is damaged too", OPEN))),
        }
    }
}

fn open(dir: &Path) -> Result<Connection, Unopened> {
    let connection = connect(dir)?;
    if version(&connection)? == schema::VERSION {
        return Ok(connection);
    }
    drop(connection);
    let _lock = lock(dir)?;
    open_locked(dir)
}

/// The same, by the one process that holds the lock.
fn open_locked(dir: &Path) -> Result<Connection, Unopened> {
    let mut connection = connect(dir)?;
    migrate(&mut connection)?;
    Ok(connection)
}

fn connect(dir: &Path) -> Result<Connection, Unopened> {
    let path = dir.join(FILE);
    private_dir(dir).map_err(|error| Failure::io(words!("make the folder {}", dir.display()), &error))?;
    private_file(&path).map_err(|error| Failure::io(words!("open {}", path.display()), &error))?;
    // The file exists by now, with the mode SQLite gives -wal and -shm too.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&path, flags)?;
    connection.busy_timeout(BUSY)?;
    // After a crash of the machine the last moments may be missing, but nothing older, and a commit costs no wait
    // for the disk. A crash of the program alone loses nothing.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    // In KiB, told by the sign: what a one-shot writes is small, and the system caches the file anyway.
    connection.pragma_update(None, "cache_size", -512)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true)?;
    Ok(connection)
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn migrate(connection: &mut Connection) -> Result<(), Unopened> {
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
    Failure::other(words!(
        "cannot {}: a newer version of this program wrote {}",
        OPEN,
        connection.path().unwrap_or(FILE)
    ))
    .hint(words!(
        "update qwen, or let QWEN_CLI_HOME name another folder; the file was not touched"
    ))
}

/// A full look for pages that contradict each other. Takes time with a large store.
fn is_sound(connection: &Connection) -> bool {
    connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))
        .is_ok_and(|verdict| verdict == "ok")
}

/// Moves the files of a damaged store to a name that is free.
fn set_aside(dir: &Path) -> Result<PathBuf, Failure> {
    let mut stamp = now();
    let aside = loop {
        let name = dir.join(format!("{FILE}.damaged-{stamp}"));
        if !name.exists() {
            break name;
        }
        stamp += 1;
    };
    // The log first: a fresh store must never find the old one's.
    for suffix in ["-wal", "-shm", ""] {
        let from = dir.join(format!("{FILE}{suffix}"));
        let mut to = aside.clone().into_os_string();
        to.push(suffix);
        match fs::rename(&from, &to) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Failure::io(words!("set {} aside", from.display()), &error));
            }
            _ => {}
        }
    }
    Ok(aside)
}

fn lock(dir: &Path) -> Result<File, Failure> {
    let path = dir.join(LOCK);
    let told = |error: std::io::Error| Failure::io(words!("open {}", path.display()), &error);
    private_file(&path).map_err(told)?;
    let file = OpenOptions::new().write(true).open(&path).map_err(told)?;
    file.lock().map_err(told)?;
    Ok(file)
}

#[cfg(unix)]
fn private_dir(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    match fs::metadata(dir) {
        Ok(found) if found.is_dir() => {
            if found.permissions().mode() & 0o077 != 0 {
                // Another owner's folder cannot be narrowed; the file inside is private all the same.
                let _ = fs::set_permissions(dir, fs::Permissions::from_mode(0o700));
            }
            Ok(())
        }
        Ok(_) => Err(std::io::ErrorKind::NotADirectory.into()),
        Err(_) => fs::DirBuilder::new().recursive(true).mode(0o700).create(dir),
    }
}

#[cfg(not(unix))]
fn private_dir(dir: &Path) -> std::io::Result<()> {
    fs::create_dir_all(dir)
}

/// Makes the file where it is missing, so that it never exists with a wider mode.
#[cfg(unix)]
fn private_file(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    match fs::metadata(path) {
        Ok(found) if found.permissions().mode() & 0o077 == 0 => Ok(()),
        Ok(_) => fs::set_permissions(path, fs::Permissions::from_mode(0o600)),
        Err(_) => OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(path)
            .map(|_| ()),
    }
}

#[cfg(not(unix))]
fn private_file(path: &Path) -> std::io::Result<()> {
    OpenOptions::new().create(true).append(true).open(path).map(|_| ())
}
