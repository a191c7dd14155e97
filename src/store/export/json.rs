//! A conversation as JSON, under the names `complete --format json` uses.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::record::{Conversation, MessageState, StoredMessage};
use qwen_api::{Block, Media, MediaSource};

pub(super) fn export(conversation: &Conversation, messages: &[StoredMessage]) -> String {
    let mut whole = summary(conversation);
    if let Value::Object(fields) = &mut whole {
        fields.insert("messages".to_owned(), messages.iter().map(message).collect());
    }
    format!("{whole:#}\n")
}

pub(super) fn summary(conversation: &Conversation) -> Value {
    json!({
        "session": conversation.id,
        "name": conversation.name,
        "title": conversation.title,
        "created": moment(conversation.created),
        "updated": moment(conversation.updated),
        "provider": conversation.provider,
        "model": conversation.model,
        "system": conversation.system,
        "cwd": conversation.cwd,
        "message_count": conversation.messages,
    })
}

pub(super) fn message(stored: &StoredMessage) -> Value {
    json!({
        "id": stored.id,
        "parent": stored.parent,
        "role": stored.message.role,
        "created": moment(stored.created),
        "content": stored.message.plain_text(),
        "reasoning": reasoning(stored),
        "media": stored.message.media().map(media).collect::<Vec<_>>(),
        "state": if stored.state == MessageState::Complete { "complete" } else { "cut" },
        "error": stored.cut.as_ref().map(|cut| json!({ "kind": cut.kind, "message": cut.message })),
        "provider": stored.provider,
        "model": stored.model,
        "finish_reason": stored.finish.as_ref().map(|finish| finish.as_str()),
        "usage": stored.usage,
        "search_results": stored.search,
        "request_id": stored.request_id,
        "time_to_first_token_ms": stored.time_to_first_token_ms,
        "duration_ms": stored.duration_ms,
    })
}

fn reasoning(stored: &StoredMessage) -> Option<String> {
    let thoughts: Vec<&str> = stored
        .message
        .blocks
        .iter()
        .filter_map(|block| match block {
            Block::Thinking(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    (!thoughts.is_empty()).then(|| thoughts.join("\n\n"))
}

fn media(media: &Media) -> Value {
    let (url, data) = match &media.source {
        MediaSource::Url(url) => (Some(url), None),
        MediaSource::File { .. } => (None, None),
        MediaSource::Inline(bytes) => (None, Some(STANDARD.encode(bytes))),
    };
    let mut members = json!({ "kind": media.kind, "mime": media.mime, "name": media.name, "url": url, "data": data });
    if let Some(upload) = &media.upload {
        members["size"] = upload.size.into();
        members["sha256"] = upload.sha256.as_str().into();
    }
    members
}

fn moment(milliseconds: i64) -> Option<String> {
    Timestamp::from_millisecond(milliseconds)
        .ok()
        .map(|moment| moment.to_string())
}
