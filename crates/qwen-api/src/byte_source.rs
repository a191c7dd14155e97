//! Bytes to send, from memory or from a file. A file is read ahead on a blocking thread, a few pieces at a time, so that
//! memory does not grow with it and a slow disk does not delay the runtime.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt};
use tokio::sync::mpsc;

use crate::error::{BreakReason, Error, InvalidInput};

/// Bytes of a piece: few enough for a progress bar to move smoothly, and a multiple of three, so that the base64 of each
/// piece but the last needs no padding.
const PIECE: usize = 252 * 1024;
/// The most pieces that are read ahead.
const READ_AHEAD: usize = 4;

/// Where bytes to send are.
#[derive(Clone, Debug, PartialEq)]
pub enum ByteSource {
    /// In a file, which is read while it is sent.
    File(PathBuf),
    /// In memory.
    Bytes(Bytes),
}

impl ByteSource {
    /// All of the bytes, in order.
    pub fn reader(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(match self {
            ByteSource::File(path) => Box::new(File::open(path)?),
            ByteSource::Bytes(bytes) => Box::new(io::Cursor::new(bytes.clone())),
        })
    }

    /// The first `size` bytes in pieces, each but the last a multiple of three long. It is an error where there are fewer,
    /// since the head of the request announces them; `read_error` learns why a file ended early.
    pub(crate) fn pieces(&self, size: u64, read_error: &ReadError) -> BoxStream<'static, io::Result<Bytes>> {
        match self {
            ByteSource::Bytes(bytes) => stream::iter(slices(bytes).map(Ok)).boxed(),
            ByteSource::File(path) => {
                let (path, read_error) = (path.clone(), read_error.clone());
                // Nothing is read before the pieces are asked for.
                let read = async move {
                    let pieces = read_ahead(path, size, read_error);
                    stream::unfold(pieces, async |mut pieces| Some((pieces.recv().await?, pieces)))
                };
                stream::once(read).flatten().boxed()
            }
        }
    }
}

/// The error that ended the reading of a file, which the HTTP library does not report.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReadError(Arc<OnceLock<BreakReason>>);

impl ReadError {
    /// The error of the request, if the file broke the transfer and not the network.
    pub(crate) fn error(&self) -> Option<Error> {
        let reason = self.0.get()?.clone();
        Some(Error::new(InvalidInput::FileUnreadable { reason }))
    }
}

fn slices(bytes: &Bytes) -> impl Iterator<Item = Bytes> + Send + 'static {
    let bytes = bytes.clone();
    (0..bytes.len())
        .step_by(PIECE)
        .map(move |from| bytes.slice(from..bytes.len().min(from + PIECE)))
}

fn read_ahead(path: PathBuf, size: u64, read_error: ReadError) -> mpsc::Receiver<io::Result<Bytes>> {
    let (sender, pieces) = mpsc::channel(READ_AHEAD);
    tokio::task::spawn_blocking(move || {
        if let Err(error) = File::open(path).and_then(|file| read_pieces(file, size, &sender)) {
            let _ = read_error.0.set(BreakReason::from(&error));
            // The transfer may have ended before.
            let _ = sender.blocking_send(Err(error));
        }
    });
    pieces
}

fn read_pieces(mut from: impl Read, size: u64, to: &mpsc::Sender<io::Result<Bytes>>) -> io::Result<()> {
    let mut left = size;
    while left > 0 {
        let most = usize::try_from(left).map_or(PIECE, |left| left.min(PIECE));
        let mut piece = Vec::with_capacity(most);
        (&mut from).take(most as u64).read_to_end(&mut piece)?;
        if piece.len() < most {
            return Err(io::Error::other("it became shorter while it was read"));
        }
        left -= piece.len() as u64;
        if to.blocking_send(Ok(Bytes::from(piece))).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_shrinks_is_told() {
        let (sender, mut pieces) = mpsc::channel(READ_AHEAD);
        let error = read_pieces(&b"abc"[..], 5, &sender).unwrap_err();
        assert_eq!(error.to_string(), "it became shorter while it was read");
        drop(sender);
        assert!(pieces.try_recv().is_err());
    }

    #[test]
    fn a_file_that_grows_is_read_as_far_as_was_announced() {
        let (sender, mut pieces) = mpsc::channel(READ_AHEAD);
        read_pieces(&b"abcdef"[..], 5, &sender).unwrap();
        drop(sender);
        assert_eq!(pieces.try_recv().unwrap().unwrap(), "abcde");
        assert!(pieces.try_recv().is_err());
    }

    #[tokio::test]
    async fn a_file_and_memory_give_the_same_pieces() {
        let bytes: Vec<u8> = (0..=250_u8).cycle().take(2 * PIECE + 1).collect();
        let file = std::env::temp_dir().join(format!("qwen-api-{}", uuid::Uuid::new_v4()));
        std::fs::write(&file, &bytes).unwrap();
        let sources = [
            ByteSource::File(file.clone()),
            ByteSource::Bytes(Bytes::from(bytes.clone())),
        ];
        for source in sources {
            let read_error = ReadError::default();
            let pieces: Vec<Bytes> = source
                .pieces(bytes.len() as u64, &read_error)
                .map(|piece| piece.unwrap())
                .collect()
                .await;
            let lengths: Vec<usize> = pieces.iter().map(Bytes::len).collect();
            assert_eq!(lengths, [PIECE, PIECE, 1]);
            assert_eq!(pieces.concat(), bytes);
            assert!(read_error.error().is_none());
        }
        std::fs::remove_file(&file).unwrap();
        let read_error = ReadError::default();
        let piece = ByteSource::File(file).pieces(3, &read_error).next().await.unwrap();
        assert!(piece.is_err() && read_error.error().is_some());
    }
}
