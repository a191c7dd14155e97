//! A message's blocks as the columns that hold them, and back. Pure.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use qwen_api::{Block, Media, MediaKind, MediaSource, Message};

/// A message as columns.
#[derive(Debug, Default)]
pub(super) struct Columns {
    pub(super) text: String,
    pub(super) thinking: Option<String>,
    pub(super) blocks: Option<String>,
    /// SHA-256 and bytes of what is attached.
    pub(super) blobs: Vec<(String, Bytes)>,
}

/// A block inside the `blocks` column.
#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum Packed {
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
    },
}

/// Takes a message apart. The usual one, text after an optional thought, needs no JSON.
pub(super) fn columns(message: &Message) -> Result<Columns, serde_json::Error> {
    let mut columns = Columns {
        text: message.plain_text(),
        ..Columns::default()
    };
    match message.blocks.as_slice() {
        [] => {}
        [Block::Text(text)] if !text.is_empty() => {}
        [Block::Thinking(thinking), Block::Text(text)] if !thinking.is_empty() && !text.is_empty() => {
            columns.thinking = Some(thinking.clone());
        }
        blocks => {
            let packed: Vec<Packed> = blocks.iter().map(|block| pack(block, &mut columns.blobs)).collect();
            columns.blocks = Some(serde_json::to_string(&packed)?);
        }
    }
    Ok(columns)
}

fn pack(block: &Block, blobs: &mut Vec<(String, Bytes)>) -> Packed {
    match block {
        Block::Text(text) => Packed::Text { text: text.clone() },
        Block::Thinking(text) => Packed::Thinking { text: text.clone() },
        Block::Media(media) => {
            let (url, sha256) = match &media.source {
                MediaSource::Url(url) => (Some(url.clone()), None),
                MediaSource::Inline(bytes) => {
                    let sha256 = sha256(bytes);
                    blobs.push((sha256.clone(), bytes.clone()));
                    (None, Some(sha256))
                }
            };
            Packed::Media {
                kind: media.kind,
                mime: media.mime.clone(),
                name: media.name.clone(),
                url,
                sha256,
            }
        }
    }
}

/// The blocks of a `blocks` column; `bytes_of` fetches what is attached by its SHA-256.
pub(super) fn unpack<E>(
    packed: Vec<Packed>,
    mut bytes_of: impl FnMut(&str) -> Result<Bytes, E>,
) -> Result<Vec<Block>, E> {
    packed
        .into_iter()
        .map(|block| {
            Ok(match block {
                Packed::Text { text } => Block::Text(text),
                Packed::Thinking { text } => Block::Thinking(text),
                Packed::Media {
                    kind,
                    mime,
                    name,
                    url,
                    sha256,
                } => Block::Media(Media {
                    kind,
                    source: match (url, sha256) {
                        (Some(url), _) => MediaSource::Url(url),
                        (None, Some(sha256)) => MediaSource::Inline(bytes_of(&sha256)?),
                        (None, None) => MediaSource::Inline(Bytes::new()),
                    },
                    mime,
                    name,
                }),
            })
        })
        .collect()
}

fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    let mut hex = String::with_capacity(64);
    for byte in digest.as_ref() {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
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
