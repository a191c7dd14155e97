//! Standard input, read whole.

use std::io::Read;

use encoding_rs::Encoding;

use super::text_of;
use crate::error::Failure;
use crate::text::words::Words;
use crate::words;

/// The most bytes that are read: 64 MiB, more than any server takes in one request.
const LIMIT: u64 = 64 * 1024 * 1024;

/// All bytes of stdin. A stdin that is closed has none.
///
/// Read on a thread of its own, so that Ctrl-C and a closed stdout are seen meanwhile.
pub async fn read() -> Result<Vec<u8>, Failure> {
    let read = tokio::task::spawn_blocking(|| {
        let mut bytes = Vec::new();
        let stdin = std::io::stdin().lock();
        stdin.take(LIMIT + 1).read_to_end(&mut bytes).map(|_| bytes)
    });
    match read.await {
        Ok(Ok(bytes)) if bytes.len() as u64 > LIMIT => Err(Failure::usage(words!("stdin is over 64 MiB"))),
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => Err(Failure::usage(words!(
            "cannot read stdin: {}",
            crate::error::io_reason(&error)
        ))),
        Err(_) => Err(Failure::other(words!("cannot read stdin"))),
    }
}

pub(super) async fn text(encoding: Option<&'static Encoding>, notices: &mut Vec<Words>) -> Result<String, Failure> {
    text_of(read().await?, "stdin", encoding, notices)
}
