//! Errors that only the native API has.

use crate::error::Error;

/// Whether the model is served on the other of the two paths ("url error, please check url").
pub(super) fn is_wrong_path(error: &Error) -> bool {
    error.status() == Some(400) && error.message().contains("url error")
}
