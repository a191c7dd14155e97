//! What the native API's own errors mean beside what they have in common with compatible mode's.

use crate::error::Error;

/// Whether the model answers on the other of the two paths ("url error, please check url").
pub(super) fn is_wrong_path(error: &Error) -> bool {
    error.status() == Some(400) && error.message().contains("url error")
}
