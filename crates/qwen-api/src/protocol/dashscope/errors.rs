//! Errors that only the native API has.

use crate::error::Error;

/// Whether the model is served on the other of the two paths ("url error, please check url").
pub(super) fn is_wrong_path(error: &Error) -> bool {
    error.status() == Some(400) && error.message().contains("url error")
}

/// Whether the model makes its pictures in a task only ("current user api does not support synchronous calls").
pub(super) fn wants_task(error: &Error) -> bool {
    error.status() == Some(403) && error.message().contains("does not support synchronous calls")
}
