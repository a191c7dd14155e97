//! A message's blocks as the columns that hold them, and back. Pure.

use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::text::sha256_hex;
use qwen_api::{Block, Media, MediaKind, MediaSource, Message, UploadedFile};

/// A message as columns.
#[derive(Debug, Default)]
pub(super) struct MessageColumns {
    pub(super) text: String,
    pub(super) thinking: Option<String>,
    pub(super) blocks: Option<String>,
    /// SHA-256 and bytes of the attachments.
    pub(super) blobs: Vec<(String, Bytes)>,
}

/// A block inside the `blocks` column.
#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum StoredBlock {
    Text {
        text: String,
    },
    Thinking {
        text: String,
    },
    Media {
        kind: MediaKind,
        mime: String,
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sha256: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        upload: Option<StoredUpload>,
    },
}

/// What was uploaded to the URL of a block.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredUpload {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<PathBuf>,
    size: u64,
    sha256: String,
    /// Milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<u64>,
}

impl StoredUpload {
    fn of(upload: &UploadedFile) -> StoredUpload {
        let expires = upload.expires_at.and_then(|end| end.duration_since(UNIX_EPOCH).ok());
        StoredUpload {
            // JSON has no place for a path that is no Unicode.
            path: upload.path.clone().filter(|path| path.to_str().is_some()),
            size: upload.size,
            sha256: upload.sha256.clone(),
            expires: expires.and_then(|since| since.as_millis().try_into().ok()),
        }
    }

    fn unpack(self) -> UploadedFile {
        let expires_at = |ms| UNIX_EPOCH.checked_add(Duration::from_millis(ms));
        UploadedFile {
            path: self.path,
            size: self.size,
            sha256: self.sha256,
            expires_at: self.expires.and_then(expires_at),
        }
    }
}

/// A message's columns. The usual message, text after optional reasoning, needs no JSON.
pub(super) fn columns(message: &Message) -> Result<MessageColumns, serde_json::Error> {
    let mut columns = MessageColumns {
        text: message.plain_text(),
        ..MessageColumns::default()
    };
    match message.blocks.as_slice() {
        [] => {}
        [Block::Text(text)] if !text.is_empty() => {}
        [Block::Thinking(thinking), Block::Text(text)] if !thinking.is_empty() && !text.is_empty() => {
            columns.thinking = Some(thinking.clone());
        }
        blocks => {
            let packed: Vec<StoredBlock> = blocks
                .iter()
                .filter_map(|block| pack(block, &mut columns.blobs))
                .collect();
            columns.blocks = Some(serde_json::to_string(&packed)?);
        }
    }
    Ok(columns)
}

fn pack(block: &Block, blobs: &mut Vec<(String, Bytes)>) -> Option<StoredBlock> {
    Some(match block {
        Block::Text(text) => StoredBlock::Text { text: text.clone() },
        Block::Thinking(text) => StoredBlock::Thinking { text: text.clone() },
        Block::Media(media) => {
            let (url, sha256) = match &media.source {
                MediaSource::Url(url) => (Some(url.clone()), None),
                // Nothing is stored before it is uploaded.
                MediaSource::File { .. } => (None, None),
                MediaSource::Inline(bytes) => {
                    let sha256 = sha256_hex(bytes);
                    blobs.push((sha256.clone(), bytes.clone()));
                    (None, Some(sha256))
                }
            };
            StoredBlock::Media {
                kind: media.kind,
                mime: media.mime.clone(),
                name: media.name.clone(),
                url,
                sha256,
                upload: media.upload.as_ref().map(StoredUpload::of),
            }
        }
        // The program offers no tools.
        Block::ToolCall(_) | Block::ToolResult(_) => return None,
    })
}

/// The blocks of a `blocks` column; `bytes_of` reads an attachment by its SHA-256.
pub(super) fn unpack<E>(
    packed: Vec<StoredBlock>,
    mut bytes_of: impl FnMut(&str) -> Result<Bytes, E>,
) -> Result<Vec<Block>, E> {
    packed
        .into_iter()
        .map(|block| {
            Ok(match block {
                StoredBlock::Text { text } => Block::Text(text),
                StoredBlock::Thinking { text } => Block::Thinking(text),
                StoredBlock::Media {
                    kind,
                    mime,
                    name,
                    url,
                    sha256,
                    upload,
                } => Block::Media(Media {
                    kind,
                    source: match (url, sha256) {
                        (Some(url), _) => MediaSource::Url(url),
                        (None, Some(sha256)) => MediaSource::Inline(bytes_of(&sha256)?),
                        (None, None) => MediaSource::Inline(Bytes::new()),
                    },
                    mime,
                    name,
                    upload: upload.map(StoredUpload::unpack),
                }),
            })
        })
        .collect()
}

/// The blocks of a message without a `blocks` column.
pub(super) fn plain(thinking: String, text: String) -> Vec<Block> {
    let mut blocks = Vec::with_capacity(2);
    if !thinking.is_empty() {
        blocks.push(Block::Thinking(thinking));
    }
    if !text.is_empty() {
        blocks.push(Block::Text(text));
    }
    blocks
}
