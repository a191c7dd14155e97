//! Messages of a conversation, and their blocks.

use std::path::PathBuf;
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::tool::{ToolCall, ToolResult};

/// The author of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Instructions for the whole conversation.
    System,
    /// The user.
    User,
    /// The model.
    Assistant,
    /// The program that runs tools, with the result of a call.
    Tool,
}

impl Role {
    /// The role's name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
            Role::Tool => "tool",
        }
    }
}

/// A message: its author, and its blocks in reading order.
///
/// ```
/// use qwen_api::{Media, Message, Role};
///
/// let message = Message::user("What is in this picture?").with_media(Media::image_url("https://example.com/cat.png"));
/// assert_eq!((message.role, message.blocks.len()), (Role::User, 2));
/// assert_eq!(message.plain_text(), "What is in this picture?");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The author.
    pub role: Role,
    /// The blocks; a plain message has one of text.
    pub blocks: Vec<Block>,
    /// Further members under the names of OpenAI's API, sent as they are: `name`, or a `content` whose parts have members
    /// that blocks lack (`detail`, `cache_control`). They take precedence over the blocks. A web account's chats have no
    /// place for them.
    pub extra: Map<String, Value>,
}

/// A part of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// Text.
    Text(String),
    /// Reasoning that came before the answer. It is sent back only with the calls it led to, and where
    /// [`preserve_thinking`](crate::Params::preserve_thinking) asks for it.
    Thinking(String),
    /// An image, a sound, a video or a document.
    Media(Media),
    /// A call that the assistant made.
    ToolCall(ToolCall),
    /// The result of a call, in a message with the role [`Role::Tool`].
    ToolResult(ToolResult),
}

/// An image, a sound, a video or a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Media {
    /// Its kind.
    pub kind: MediaKind,
    /// Its bytes, or the URL of them.
    pub source: MediaSource,
    /// The media type, such as `image/png`; empty when unknown. It is detected from the content where the bytes are at
    /// hand.
    pub mime: String,
    /// A name to show: the file's name or the URL. It is untrusted text.
    pub name: String,
    /// The file that was uploaded, where the source is the address it was given.
    pub upload: Option<UploadedFile>,
}

/// A file of this machine that was uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadedFile {
    /// Its path; `None` for bytes that were no file, such as those of a pipe.
    pub path: Option<PathBuf>,
    /// Its size in bytes.
    pub size: u64,
    /// The SHA-256 of its bytes, as 64 hexadecimal digits.
    pub sha256: String,
    /// When the server deletes it; `None` if it does not.
    pub expires_at: Option<SystemTime>,
}

impl UploadedFile {
    /// Whether the server has deleted it by `now`.
    pub fn has_expired(&self, now: SystemTime) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

/// A kind of media.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaKind {
    /// An image.
    Image,
    /// A sound.
    Audio,
    /// A video.
    Video,
    /// A document, which the server parses.
    Document,
}

impl MediaKind {
    /// The name of the kind: `image`.
    pub fn as_str(self) -> &'static str {
        match self {
            MediaKind::Image => "image",
            MediaKind::Audio => "audio",
            MediaKind::Video => "video",
            MediaKind::Document => "document",
        }
    }
}

/// Where the bytes of a media block are.
#[derive(Clone, Debug, PartialEq)]
pub enum MediaSource {
    /// An `https://`, `http://`, `oss://` or `fileid://` URL, which the server fetches.
    Url(String),
    /// The bytes, sent in the request.
    Inline(Bytes),
    /// A file on this machine, which has to be uploaded before a message can hold it: a request with one is refused as
    /// [`NotUploaded`](crate::error::InvalidInput::NotUploaded).
    File {
        /// Where it is.
        path: PathBuf,
        /// Bytes.
        size: u64,
    },
}

impl MediaSource {
    /// The size in bytes; `None` for an address.
    pub fn size(&self) -> Option<u64> {
        match self {
            MediaSource::Url(_) => None,
            MediaSource::Inline(bytes) => Some(bytes.len() as u64),
            MediaSource::File { size, .. } => Some(*size),
        }
    }
}

impl Media {
    /// A picture that is sent inside the request, with its media type: `image/png`.
    pub fn image(bytes: impl Into<Bytes>, mime: impl Into<String>) -> Media {
        Media {
            kind: MediaKind::Image,
            source: MediaSource::Inline(bytes.into()),
            mime: mime.into(),
            name: String::new(),
            upload: None,
        }
    }

    /// A picture that the server fetches.
    pub fn image_url(url: impl Into<String>) -> Media {
        Media::stored(MediaKind::Image, url)
    }

    /// A sound that is sent inside the request, with its media type: `audio/mpeg`. OpenAI's API names WAV and
    /// MP3 alone; some servers take more.
    pub fn audio(bytes: impl Into<Bytes>, mime: impl Into<String>) -> Media {
        Media {
            kind: MediaKind::Audio,
            ..Media::image(bytes, mime)
        }
    }

    /// A sound that the server fetches.
    pub fn audio_url(url: impl Into<String>) -> Media {
        Media::stored(MediaKind::Audio, url)
    }

    /// A video that is sent inside the request, with its media type: `video/mp4`.
    pub fn video(bytes: impl Into<Bytes>, mime: impl Into<String>) -> Media {
        Media {
            kind: MediaKind::Video,
            ..Media::image(bytes, mime)
        }
    }

    /// A video that the server fetches.
    pub fn video_url(url: impl Into<String>) -> Media {
        Media::stored(MediaKind::Video, url)
    }

    /// A document that was uploaded: `fileid://…`.
    pub fn document(reference: impl Into<String>) -> Media {
        Media::stored(MediaKind::Document, reference)
    }

    /// Its URL in a request of OpenAI's protocol: its own, or a `data:` URI with its bytes. That of a file on this machine,
    /// `file://…`, is of no use to a server.
    pub fn url(&self) -> String {
        match &self.source {
            MediaSource::Url(url) => url.clone(),
            MediaSource::Inline(bytes) => format!("data:{};base64,{}", self.mime, STANDARD.encode(bytes)),
            MediaSource::File { path, .. } => format!("file://{}", path.display()),
        }
    }

    fn stored(kind: MediaKind, reference: impl Into<String>) -> Media {
        let reference = reference.into();
        Media {
            kind,
            source: MediaSource::Url(reference.clone()),
            mime: String::new(),
            name: reference,
            upload: None,
        }
    }
}

impl Message {
    /// A message of these blocks.
    pub fn new(role: Role, blocks: Vec<Block>) -> Message {
        Message {
            role,
            blocks,
            extra: Map::new(),
        }
    }

    /// A message of one text block.
    pub fn text(role: Role, text: impl Into<String>) -> Message {
        Message::new(role, vec![Block::Text(text.into())])
    }

    /// A message of the user's.
    pub fn user(text: impl Into<String>) -> Message {
        Message::text(Role::User, text)
    }

    /// The same with a picture, a sound, a video or a document at the end.
    #[must_use]
    pub fn with_media(mut self, media: Media) -> Message {
        self.blocks.push(Block::Media(media));
        self
    }

    /// The result of the call with this id.
    pub fn tool_result(call_id: impl Into<String>, content: impl Into<String>) -> Message {
        let result = ToolResult {
            call_id: call_id.into(),
            content: content.into(),
        };
        Message::new(Role::Tool, vec![Block::ToolResult(result)])
    }

    /// Its text blocks and results of tools joined by a blank line, without thinking, media and calls.
    pub fn plain_text(&self) -> String {
        let mut joined = String::new();
        for block in &self.blocks {
            let (Block::Text(text) | Block::ToolResult(ToolResult { content: text, .. })) = block else {
                continue;
            };
            if !joined.is_empty() {
                joined.push_str("\n\n");
            }
            joined.push_str(text);
        }
        joined
    }

    /// Its media blocks, in order.
    pub fn media(&self) -> impl Iterator<Item = &Media> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Media(media) => Some(media),
            _ => None,
        })
    }

    /// Whether it holds media of this kind.
    pub fn has(&self, kind: MediaKind) -> bool {
        self.media().any(|media| media.kind == kind)
    }

    /// The sense that a model needs for it.
    pub fn sense(&self) -> Sense {
        self.media()
            .map(|media| Sense::of(media.kind))
            .max()
            .unwrap_or_default()
    }
}

/// The sense that a model needs for messages, the most demanding of their media deciding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sense {
    /// It reads: text and documents.
    #[default]
    Reading,
    /// It sees: images.
    Sight,
    /// It hears as well: sounds, and videos, which have sound.
    Hearing,
}

impl Sense {
    fn of(kind: MediaKind) -> Sense {
        match kind {
            MediaKind::Image => Sense::Sight,
            MediaKind::Audio | MediaKind::Video => Sense::Hearing,
            MediaKind::Document => Sense::Reading,
        }
    }
}
