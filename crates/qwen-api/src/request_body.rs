//! The JSON body of a request. Its text is written once for all attempts, and the base64 of its attachments is made while
//! it is sent, so that an attachment is never in memory more than once.
//!
//! In the JSON a mark stands for the base64 of each attachment. Like the boundary of a multipart body it is chosen at
//! random, so that no text of the request holds it by accident or on purpose: it never leaves the process.

use std::fmt;
use std::io;
use std::ops::Range;
use std::sync::{Arc, LazyLock, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt};
use memchr::memmem;
use serde_json::Value;
use uuid::Uuid;

use crate::byte_source::{ByteSource, ReadError};

/// What every mark begins with; the index of the attachment and [`MARK_END`] follow.
static MARK: LazyLock<String> = LazyLock::new(|| format!("attachment-{}-", Uuid::new_v4().simple()));
const MARK_END: char = '.';

/// Bytes that are sent as base64 within a JSON string.
#[derive(Clone, Debug, PartialEq)]
pub struct Attachment {
    /// Where they are.
    pub source: ByteSource,
    /// Their number.
    pub size: u64,
}

impl Attachment {
    /// Their base64.
    pub fn base64(&self) -> io::Result<String> {
        let mut bytes = Vec::new();
        self.source.reader()?.read_to_end(&mut bytes)?;
        Ok(STANDARD.encode(bytes))
    }

    fn encoded_size(&self) -> u64 {
        self.size.div_ceil(3) * 4
    }
}

impl From<Bytes> for Attachment {
    fn from(bytes: Bytes) -> Attachment {
        Attachment {
            size: bytes.len() as u64,
            source: ByteSource::Bytes(bytes),
        }
    }
}

/// The attachments of a body whose JSON is being built.
#[derive(Debug, Default)]
pub(crate) struct Attachments(Vec<Attachment>);

impl Attachments {
    /// Adds an attachment, and returns what stands for its base64 in the JSON.
    pub(crate) fn add(&mut self, attachment: Attachment) -> String {
        self.0.push(attachment);
        format!("{}{}{MARK_END}", *MARK, self.0.len() - 1)
    }
}

/// The JSON body of an [`HttpRequest`](crate::HttpRequest). Cheap to clone.
#[derive(Clone)]
pub struct RequestBody(Arc<Parts>);

struct Parts {
    /// With marks.
    json: Value,
    attachments: Vec<Attachment>,
    text: OnceLock<Text>,
}

/// The JSON as text, and the places of the marks in it.
struct Text {
    json: Bytes,
    marks: Vec<(Range<usize>, Attachment)>,
}

impl RequestBody {
    /// A body of this JSON, in which the marks of `attachments` may stand.
    pub(crate) fn new(json: Value, attachments: Attachments) -> RequestBody {
        RequestBody::of(json, attachments.0)
    }

    fn of(json: Value, attachments: Vec<Attachment>) -> RequestBody {
        RequestBody(Arc::new(Parts {
            json,
            attachments,
            text: OnceLock::new(),
        }))
    }

    /// The same with the JSON as `edit` leaves it; `None` where the result is no JSON.
    pub(crate) fn edited(&self, edit: impl FnOnce(&mut Value) -> Option<()>) -> Option<RequestBody> {
        let mut json = self.0.json.clone();
        edit(&mut json)?;
        Some(RequestBody::of(json, self.0.attachments.clone()))
    }

    /// The JSON, attachments included.
    pub fn json(&self) -> io::Result<Value> {
        self.json_with(&|attachment| attachment.base64())
    }

    /// The JSON with what `shown` makes of each attachment in the place of its base64.
    pub fn json_with(&self, shown: &dyn Fn(&Attachment) -> io::Result<String>) -> io::Result<Value> {
        let mut json = self.0.json.clone();
        if !self.0.attachments.is_empty() {
            self.replace_marks(&mut json, shown)?;
        }
        Ok(json)
    }

    fn replace_marks(&self, json: &mut Value, shown: &dyn Fn(&Attachment) -> io::Result<String>) -> io::Result<()> {
        match json {
            Value::String(text) => {
                for (mark, attachment) in self.marks(text.as_bytes()).into_iter().rev() {
                    text.replace_range(mark, &shown(&attachment)?);
                }
                Ok(())
            }
            Value::Array(values) => values.iter_mut().try_for_each(|value| self.replace_marks(value, shown)),
            Value::Object(members) => members
                .values_mut()
                .try_for_each(|value| self.replace_marks(value, shown)),
            _ => Ok(()),
        }
    }

    /// The marks in a text, with the attachments that they stand for.
    fn marks(&self, text: &[u8]) -> Vec<(Range<usize>, Attachment)> {
        let mark = |from: usize| {
            let rest = text.get(from + MARK.len()..)?;
            let index = rest.split(|byte| *byte == MARK_END as u8).next()?;
            let attachment = self
                .0
                .attachments
                .get(str::from_utf8(index).ok()?.parse::<usize>().ok()?)?;
            Some((from..from + MARK.len() + index.len() + 1, attachment.clone()))
        };
        match self.0.attachments[..] {
            [] => Vec::new(),
            _ => memmem::find_iter(text, MARK.as_bytes()).filter_map(mark).collect(),
        }
    }

    fn text(&self) -> &Text {
        self.0.text.get_or_init(|| {
            let json = Bytes::from(self.0.json.to_string());
            Text {
                marks: self.marks(&json),
                json,
            }
        })
    }

    /// The bytes that are sent.
    pub fn size(&self) -> u64 {
        let Text { json, marks } = self.text();
        marks.iter().fold(json.len() as u64, |size, (mark, attachment)| {
            size - mark.len() as u64 + attachment.encoded_size()
        })
    }

    /// The body for one attempt. `read_error` learns why a file could not be read.
    pub(crate) fn to_http(&self, read_error: &ReadError) -> reqwest::Body {
        let text = self.text();
        match text.marks[..] {
            [] => text.json.clone().into(),
            _ => reqwest::Body::wrap_stream(text.pieces(read_error)),
        }
    }
}

impl Text {
    /// The bytes that are sent.
    fn pieces(&self, read_error: &ReadError) -> BoxStream<'static, io::Result<Bytes>> {
        let mut parts = Vec::new();
        let mut from = 0;
        for (mark, attachment) in &self.marks {
            parts.push(stream::iter([Ok(self.json.slice(from..mark.start))]).boxed());
            let pieces = attachment.source.pieces(attachment.size, read_error);
            parts.push(pieces.map(|piece| Ok(STANDARD.encode(piece?).into())).boxed());
            from = mark.end;
        }
        parts.push(stream::iter([Ok(self.json.slice(from..))]).boxed());
        stream::iter(parts).flatten().boxed()
    }
}

impl From<Value> for RequestBody {
    fn from(json: Value) -> RequestBody {
        RequestBody::of(json, Vec::new())
    }
}

impl PartialEq for RequestBody {
    fn eq(&self, other: &RequestBody) -> bool {
        self.0.json == other.0.json && self.0.attachments == other.0.attachments
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = |attachment: &Attachment| Ok(format!("({} bytes)", attachment.size));
        fmt::Debug::fmt(&self.json_with(&size).unwrap_or_default(), f)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    async fn sent(body: &RequestBody) -> String {
        let pieces = body.text().pieces(&ReadError::default());
        let pieces: Vec<Bytes> = pieces.map(|piece| piece.unwrap()).collect().await;
        String::from_utf8(pieces.concat()).unwrap()
    }

    #[tokio::test]
    async fn attachments_are_sent_in_their_places_as_often_as_they_are_asked_for() {
        let sizes = [0, 1, 2, 3, 300_000];
        let mut attachments = Attachments::default();
        let bytes = sizes.map(|size| Bytes::from((0..=250_u8).cycle().take(size).collect::<Vec<u8>>()));
        let urls = bytes
            .clone()
            .map(|bytes| format!("data:a/b;base64,{}", attachments.add(bytes.into())));
        let body = RequestBody::new(
            json!({"a": "\u{0}中", "urls": urls, "twice": [urls[3], 1.5]}),
            attachments,
        );
        let urls = bytes.map(|bytes| format!("data:a/b;base64,{}", STANDARD.encode(bytes)));
        let expected = json!({"a": "\u{0}中", "urls": urls, "twice": [urls[3], 1.5]});
        for _ in 0..2 {
            assert_eq!(sent(&body).await, expected.to_string());
        }
        assert_eq!(body.size(), expected.to_string().len() as u64);
        assert_eq!(body.json().unwrap(), expected);
        assert!(format!("{body:?}").contains("(300000 bytes)"));
    }

    #[tokio::test]
    async fn a_text_like_a_mark_is_a_text() {
        let mut attachments = Attachments::default();
        let mark = attachments.add(Bytes::from_static(b"abc").into());
        let texts = [
            "attachment-0.".to_owned(),
            mark.replace("0.", "1."),
            mark.replace("0.", ""),
            mark.replace("0.", "x."),
        ];
        let body = RequestBody::new(json!([texts, mark]), attachments);
        assert_eq!(sent(&body).await, json!([texts, "YWJj"]).to_string());
    }

    #[tokio::test]
    async fn a_body_that_is_edited_keeps_its_attachments() {
        let mut attachments = Attachments::default();
        let mark = attachments.add(Bytes::from_static(b"abc").into());
        let body = RequestBody::new(json!({"old": mark}), attachments);
        let edited = body.edited(|json| {
            *json = json!({"new": json["old"]});
            Some(())
        });
        assert_eq!(sent(&edited.unwrap()).await, json!({"new": "YWJj"}).to_string());
        assert_eq!(sent(&body).await, json!({"old": "YWJj"}).to_string());
        assert_eq!(body.edited(|_| None), None);
    }
}
