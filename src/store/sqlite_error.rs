//! SQLite's errors as failures of the program.

use rusqlite::{Error, ErrorCode, ffi};

use crate::error::Failure;
use crate::i18n::{StaticText, UiText};
use crate::tr;

/// [`Failure::code`] of a damaged store, which the caller may [replace](super::Store::replace).
pub const DAMAGED: &str = "store_damaged";

/// Turns an error met while doing `what` ("save the message") into a failure.
pub(super) fn failed(what: StaticText) -> impl Fn(Error) -> Failure {
    move |error| failure(what, &error)
}

pub(super) fn failure(what: StaticText, error: &Error) -> Failure {
    let failure = Failure::other(tr!("cannot {}: {}", what, reason(error)));
    match error.sqlite_error_code() {
        _ if is_damage(error) => Failure {
            code: Some(DAMAGED.to_owned()),
            ..failure
        },
        Some(ErrorCode::DiskFull) => failure.hint(tr!("free some space; what was saved before is safe")),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => failure.hint(tr!(
            "another program has locked it; try again when that program is done"
        )),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => failure.hint(tr!(
            "set QWEN_CLI_HOME to another folder, or save nothing with --no-save"
        )),
        _ => failure,
    }
}

fn reason(error: &Error) -> UiText {
    match error.sqlite_error_code() {
        _ if is_damage(error) => tr!("the store of conversations is damaged"),
        Some(ErrorCode::DiskFull) => tr!("the disk is full"),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => tr!("the store of conversations is locked"),
        Some(ErrorCode::ReadOnly) => tr!("the store of conversations cannot be written to"),
        Some(ErrorCode::CannotOpen) => tr!("the store of conversations cannot be opened"),
        Some(ErrorCode::PermissionDenied) => tr!("permission denied"),
        Some(ErrorCode::SystemIoFailure) => tr!("the disk failed to read or write"),
        Some(ErrorCode::OutOfMemory) => tr!("out of memory"),
        Some(ErrorCode::TooBig) => tr!("it is larger than a store can hold"),
        _ if is_gone(error) => tr!("the conversation has been removed"),
        _ => UiText::foreign(error.to_string()),
    }
}

/// Whether the row that was to be changed is gone.
fn is_gone(error: &Error) -> bool {
    matches!(error, Error::QueryReturnedNoRows)
        || error
            .sqlite_error()
            .is_some_and(|e| e.extended_code == ffi::SQLITE_CONSTRAINT_FOREIGNKEY)
}

/// Whether the file is not a store, its pages contradict each other, or a table or row is not as this program writes
/// it.
pub(super) fn is_damage(error: &Error) -> bool {
    match error {
        Error::SqlInputError { .. }
        | Error::InvalidColumnType(..)
        | Error::FromSqlConversionFailure(..)
        | Error::IntegralValueOutOfRange(..)
        | Error::Utf8Error(..) => true,
        Error::SqliteFailure(error, Some(told)) if error.extended_code == ffi::SQLITE_ERROR => {
            told.starts_with("no such ")
        }
        _ => matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
        ),
    }
}

/// Whether the file, or the folder that its log must be in, cannot be written to.
pub(super) fn is_unwritable(error: &Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied)
    )
}

/// Whether only the search index is damaged, which can be rebuilt from the messages.
pub(super) fn is_index_damage(error: &Error) -> bool {
    error
        .sqlite_error()
        .is_some_and(|e| e.extended_code == ffi::SQLITE_CORRUPT_VTAB)
}

#[cfg(test)]
mod tests {
    use super::super::{Outcome, Placement, Store, Target};
    use qwen_api::{Message, Reply, Role};

    #[test]
    fn a_full_disk_says_so_and_keeps_what_was_saved() {
        let dir = tempfile::tempdir().unwrap();
        let (mut store, _) = Store::open(dir.path()).unwrap();
        let target = Target {
            provider: "demo",
            model: "demo-1",
            system: None,
        };
        let question = Message::text(Role::User, "write a book");
        let mut exchange = store.begin(Placement::New { cwd: None }, &target, &question).unwrap();
        let mut reply = Reply {
            text: "Chapter 1\n".to_owned(),
            ..Reply::default()
        };
        store.append(&mut exchange.answer, &reply).unwrap();

        // SQLite meets this limit as it meets a full disk.
        let limit = |store: &Store, pages: i64| {
            let read = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
            store
                .connection
                .query_row(&format!("PRAGMA max_page_count = {pages}"), [], read)
                .unwrap()
        };
        let full = limit(&store, 1);
        assert!(full > 1);
        reply.text.push_str(&"word ".repeat(100_000));
        let told = store.append(&mut exchange.answer, &reply).unwrap_err();
        assert_eq!(told.message, "cannot save the answer: the disk is full");
        assert!(told.hint.is_some());
        let kept = store.message(exchange.answer.id()).unwrap();
        assert_eq!(kept.message.plain_text(), "Chapter 1\n");

        // There is room again: nothing that came meanwhile is missing.
        limit(&store, 1_000_000);
        store.finish(&mut exchange.answer, &reply, &Outcome::default()).unwrap();
        assert_eq!(store.message(exchange.answer.id()).unwrap().message, reply.message());
    }
}
