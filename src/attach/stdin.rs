//! Standard input, read whole.

use std::io::{BufRead, Read};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use super::{InputContext, text_of};
use crate::error::Failure;
use crate::tr;

/// The most bytes that are read: more than any server accepts in one request.
pub const LIMIT: u64 = 64 * 1024 * 1024;
/// How long a pipe may be silent before a notice says that the program waits for it: it may have been left open by
/// mistake.
const SILENCE: Duration = Duration::from_secs(2);

/// Reads all of stdin; a closed one is empty.
///
/// It is read on a thread of its own, so that Ctrl-C and a closed stdout are noticed meanwhile.
pub async fn read(input: InputContext<'_>) -> Result<Vec<u8>, Failure> {
    let (sign_of_life, first) = oneshot::channel();
    let read = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        let mut stdin = std::io::stdin().lock();
        let begun = stdin.fill_buf().map(drop);
        // The receiver is gone when the notice has been shown.
        let _ = sign_of_life.send(());
        begun?;
        stdin.take(LIMIT + 1).read_to_end(&mut bytes).map(|_| bytes)
    });
    let ttys = input.host.ttys;
    if ttys.stderr && !ttys.stdin && timeout(SILENCE, first).await.is_err() {
        (input.notice)(tr!(
            "waiting for standard input; add </dev/null if there is nothing to read"
        ));
    }
    match read.await {
        Ok(Ok(bytes)) if bytes.len() as u64 > LIMIT => Err(Failure::usage(tr!("stdin is larger than 64 MiB"))),
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => Err(Failure::usage(tr!(
            "cannot read stdin: {}",
            crate::error::io_reason(&error)
        ))),
        Err(_) => Err(Failure::other(tr!("cannot read stdin"))),
    }
}

/// Reads all of stdin as text.
pub async fn text(input: InputContext<'_>) -> Result<String, Failure> {
    text_of(input, read(input).await?, "stdin").await
}
