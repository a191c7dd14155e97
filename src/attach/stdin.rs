//! Standard input, read whole.

use std::io::Read;

use encoding_rs::Encoding;

use super::text_of;
use crate::error::Failure;

/// All bytes of stdin. A stdin that is closed has none.
///
/// Read on a thread of its own, so that Ctrl-C and a closed stdout are seen meanwhile.
pub async fn read() -> Result<Vec<u8>, Failure> {
    let read = tokio::task::spawn_blocking(|| {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    });
    match read.await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => Err(Failure::usage(format!(
            "cannot read stdin: {}",
            crate::error::io_reason(&error)
        ))),
        Err(_) => Err(Failure::other("cannot read stdin")),
    }
}

pub(super) async fn text(encoding: Option<&'static Encoding>, notices: &mut Vec<String>) -> Result<String, Failure> {
    text_of(read().await?, "stdin", encoding, notices)
}
