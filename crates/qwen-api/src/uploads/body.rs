//! The body of an upload, and how much of it was sent.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::TryStreamExt;
use reqwest::multipart::Part;
use ring::digest::{self, SHA256};

use super::Upload;
use crate::byte_source::ReadError;
use crate::error::Error;

/// The progress of a body that is being sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Sent {
    bytes: Arc<AtomicU64>,
    /// `None` where no hash is wanted.
    digest: Option<Arc<Mutex<BodyDigest>>>,
    read_error: ReadError,
}

/// The SHA-256 of what was sent.
#[derive(Clone)]
struct BodyDigest(digest::Context);

impl Default for BodyDigest {
    fn default() -> BodyDigest {
        BodyDigest(digest::Context::new(&SHA256))
    }
}

impl fmt::Debug for BodyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BodyDigest")
    }
}

impl Sent {
    /// The SHA-256 of what was sent so far, as 64 hexadecimal digits, where it is wanted.
    pub(super) fn sha256(&self) -> Option<String> {
        let digest = self
            .digest
            .as_ref()?
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let digest = digest.0.finish();
        Some(digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The error of the request, if the file broke the transfer and not the network.
    pub(super) fn read_error(&self) -> Option<Error> {
        self.read_error.error()
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
    let sent = Sent {
        digest: upload.hashed.then(Arc::default),
        ..Sent::default()
    };
    let (counted, digest) = (Arc::clone(&sent.bytes), sent.digest.clone());
    let body = upload
        .source
        .pieces(upload.size, &sent.read_error)
        .inspect_ok(move |piece| {
            counted.fetch_add(piece.len() as u64, Ordering::Relaxed);
            if let Some(digest) = &digest {
                digest.lock().unwrap_or_else(PoisonError::into_inner).0.update(piece);
            }
        });
    (reqwest::Body::wrap_stream(body), sent)
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
    fn a_name_is_one_line_without_its_folders() {
        assert_eq!(file_name("a/b/照片 1.png"), "照片 1.png");
        assert_eq!(file_name("a\"\r\nb.png"), "a___b.png");
    }
}
