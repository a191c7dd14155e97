//! SQLite's errors in a person's words.

use rusqlite::{Error, ErrorCode, ffi};

use crate::error::Failure;

/// [`Failure::code`] of a store whose file is damaged: the caller may have it [set aside](super::Store::replace).
pub const DAMAGED: &str = "store_damaged";

/// Turns an error met while doing `what` ("save the message") into a failure.
pub(super) fn failed(what: &'static str) -> impl Fn(Error) -> Failure {
    move |error| failure(what, &error)
}

pub(super) fn failure(what: &str, error: &Error) -> Failure {
    let failure = Failure::other(format!("cannot {what}: {}", reason(error)));
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Failure {
            code: Some(DAMAGED.to_owned()),
            ..failure
        },
        Some(ErrorCode::DiskFull) => failure.hint("free some space; what was saved before is safe"),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            failure.hint("another program keeps the store to itself; try again when it is done")
        }
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            failure.hint("QWEN_CLI_HOME names another folder; --no-save keeps nothing")
        }
        _ => failure,
    }
}

fn reason(error: &Error) -> String {
    let word = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => "the store of conversations is damaged",
        Some(ErrorCode::DiskFull) => "the disk is full",
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "the store of conversations is locked",
        Some(ErrorCode::ReadOnly) => "the store of conversations cannot be written to",
        Some(ErrorCode::CannotOpen) => "the store of conversations cannot be opened",
        Some(ErrorCode::PermissionDenied) => "permission denied",
        Some(ErrorCode::SystemIoFailure) => "the disk failed to read or write",
        Some(ErrorCode::OutOfMemory) => "out of memory",
        Some(ErrorCode::TooBig) => "it is larger than a store can hold",
        _ if is_gone(error) => "the conversation was removed meanwhile",
        _ => return error.to_string(),
    };
    word.to_owned()
}

/// Whether a row that was to be added to is no longer there.
fn is_gone(error: &Error) -> bool {
    matches!(error, Error::QueryReturnedNoRows)
        || error
            .sqlite_error()
            .is_some_and(|e| e.extended_code == ffi::SQLITE_CONSTRAINT_FOREIGNKEY)
}

/// Whether the file is no store at all, or its pages contradict each other.
pub(super) fn is_damage(error: &Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}

/// Whether only the search index is damaged. It can be made again from the messages.
pub(super) fn is_index_damage(error: &Error) -> bool {
    error
        .sqlite_error()
        .is_some_and(|e| e.extended_code == ffi::SQLITE_CORRUPT_VTAB)
}
