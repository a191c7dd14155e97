//! The body of an upload: a file is read ahead on a blocking thread, a few chunks at a time, so that memory does not grow with
//! the file and a slow disk does not delay the runtime.

use std::fs::File;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use futures_util::stream;
use reqwest::multipart::Part;
use tokio::sync::mpsc;

use super::{Upload, UploadSource};
use crate::error::BreakReason;

/// Bytes of a chunk: few enough for a progress bar to move smoothly.
const CHUNK: usize = 256 * 1024;
/// The most chunks that are read ahead.
const READ_AHEAD: usize = 4;

/// The progress of a body that is being sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Sent {
    bytes: Arc<AtomicU64>,
    /// The error that ended reading the file, which the HTTP library does not report.
    file_error: Arc<OnceLock<BreakReason>>,
}

impl Sent {
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(super) fn file_error(&self) -> Option<BreakReason> {
        self.file_error.get().cloned()
    }
}

/// The upload as a part of a form, and its progress.
pub(super) fn part(upload: &Upload) -> reqwest::Result<(Part, Sent)> {
    let (body, sent) = bytes(upload);
    let part = Part::stream_with_length(body, upload.size).file_name(file_name(&upload.name));
    Ok((part.mime_str(mime(upload))?, sent))
}

/// The media type to send.
pub(super) fn mime(upload: &Upload) -> &str {
    match upload.mime.as_str() {
        "" => "application/octet-stream",
        mime => mime,
    }
}

/// The bytes of the upload as a body, and its progress.
pub(super) fn bytes(upload: &Upload) -> (reqwest::Body, Sent) {
    let sent = Sent::default();
    let pieces = read_ahead(upload, &sent);
    let counted = sent.clone();
    let body = stream::unfold(pieces, move |mut pieces| {
        let counted = counted.clone();
        async move {
            let piece = pieces.recv().await?;
            if let Ok(bytes) = &piece {
                counted.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            }
            Some((piece, pieces))
        }
    });
    (reqwest::Body::wrap_stream(body), sent)
}

fn read_ahead(upload: &Upload, sent: &Sent) -> mpsc::Receiver<io::Result<Bytes>> {
    let (sender, pieces) = mpsc::channel(READ_AHEAD);
    let (source, size, file_error) = (upload.source.clone(), upload.size, Arc::clone(&sent.file_error));
    tokio::task::spawn_blocking(move || {
        let read = match source {
            UploadSource::File(path) => File::open(path).and_then(|file| read_pieces(file, size, &sender)),
            UploadSource::Bytes(bytes) => read_pieces(bytes.as_ref(), size, &sender),
        };
        if let Err(error) = read {
            let _ = file_error.set(BreakReason::from(&error));
            // The transfer may have ended before.
            let _ = sender.blocking_send(Err(error));
        }
    });
    pieces
}

/// Reads exactly `size` bytes, which the head of the request announces.
fn read_pieces(mut from: impl Read, size: u64, to: &mpsc::Sender<io::Result<Bytes>>) -> io::Result<()> {
    let mut left = size;
    while left > 0 {
        let most = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
        let mut piece = Vec::with_capacity(most);
        (&mut from).take(most as u64).read_to_end(&mut piece)?;
        if piece.is_empty() {
            return Err(io::Error::other("it became shorter while it was read"));
        }
        left -= piece.len() as u64;
        if to.blocking_send(Ok(Bytes::from(piece))).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// The last component of a name, without characters that the head of a part may not hold.
pub(super) fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars()
        .map(|c| if c.is_control() || c == '"' { '_' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_shrinks_is_told() {
        let (sender, mut pieces) = mpsc::channel(READ_AHEAD);
        let error = read_pieces(&b"abc"[..], 5, &sender).unwrap_err();
        assert_eq!(error.to_string(), "it became shorter while it was read");
        assert_eq!(pieces.try_recv().unwrap().unwrap(), "abc");
    }

    #[test]
    fn a_file_that_grows_is_read_as_far_as_was_announced() {
        let (sender, mut pieces) = mpsc::channel(READ_AHEAD);
        read_pieces(&b"abcdef"[..], 5, &sender).unwrap();
        drop(sender);
        assert_eq!(pieces.try_recv().unwrap().unwrap(), "abcde");
        assert!(pieces.try_recv().is_err());
    }

    #[test]
    fn a_name_is_one_line_without_its_folders() {
        assert_eq!(file_name("a/b/照片 1.png"), "照片 1.png");
        assert_eq!(file_name("a\"\r\nb.png"), "a___b.png");
    }
}
