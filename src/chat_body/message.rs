//! The messages of a request. What blocks have no place for goes with a message as it was written.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::{MemberError, Members};
use crate::tr;
use qwen_api::{Block, Media, MediaKind, MediaSource, Message, Role, ToolCall};

/// A message; `place` is its path in the request.
pub(super) fn message(message: Value, place: &str) -> Result<Message, MemberError> {
    let Value::Object(members) = message else {
        return Err(MemberError::new(place, tr!("must be an object")));
    };
    let mut members = Members::new(members);
    let at = |name: &str| format!("{place}.{name}");
    let role = match members.text("role")?.as_deref() {
        Some("system" | "developer") => Role::System,
        Some("user") => Role::User,
        Some("assistant") => Role::Assistant,
        Some("tool" | "function") => Role::Tool,
        _ => {
            let fault = tr!("must be system, developer, user, assistant or tool");
            return Err(MemberError::new(at("role"), fault));
        }
    };
    let content = content(members.take("content"), &at("content"))?;
    let mut calls = Entries::default();
    let mut message = match role {
        Role::Tool => {
            let id = match members.text("tool_call_id")? {
                Some(id) => Some(id),
                None => members.text("name")?,
            };
            let id = id.ok_or_else(|| MemberError::missing(at("tool_call_id")))?;
            Message::tool_result(id, Message::new(role, content.blocks).plain_text())
        }
        Role::System | Role::User | Role::Assistant => {
            let made = members.list("tool_calls")?.unwrap_or_default();
            calls = Entries::read(made, tool_call).map_err(|(at, _)| {
                MemberError::new(format!("{place}.tool_calls[{at}]"), tr!("is no call of a function"))
            })?;
            let mut blocks = content.blocks;
            blocks.append(&mut calls.blocks);
            if blocks.is_empty() {
                // A message without a word is still one of the conversation's.
                blocks.push(Block::Text(String::new()));
            }
            Message::new(role, blocks)
        }
    };
    message.extra = members.rest();
    for (name, written) in [("content", content.written), ("tool_calls", calls.written)] {
        message.extra.extend(written.map(|list| (name.to_owned(), list.into())));
    }
    Ok(message)
}

/// What a list of parts or of calls comes to.
#[derive(Default)]
struct Entries {
    blocks: Vec<Block>,
    /// The list itself, where the blocks do not say all of it.
    written: Option<Vec<Value>>,
}

/// The blocks of one part or call, and whether they say all of it.
type ReadEntry = (Vec<Block>, bool);

impl Entries {
    /// The error is the first entry that `read` does not take, and its place.
    fn read(mut list: Vec<Value>, read: impl Fn(&mut Value) -> Option<ReadEntry>) -> Result<Entries, (usize, Value)> {
        let (mut blocks, mut is_all) = (Vec::new(), true);
        for (at, value) in list.iter_mut().enumerate() {
            let Some((more, is_whole)) = read(value) else {
                return Err((at, value.take()));
            };
            blocks.extend(more);
            is_all &= is_whole;
        }
        let written = (!is_all).then_some(list);
        Ok(Entries { blocks, written })
    }
}

fn content(content: Option<Value>, place: &str) -> Result<Entries, MemberError> {
    match content {
        None => Ok(Entries::default()),
        Some(Value::String(text)) => Ok(Entries {
            blocks: vec![Block::Text(text)],
            written: None,
        }),
        Some(Value::Array(parts)) => Entries::read(parts, part).map_err(|(at, part)| {
            let kind = part.get("type").and_then(Value::as_str).unwrap_or("?");
            let fault = tr!("({}) is not supported or malformed", kind);
            MemberError::new(format!("{place}[{at}]"), fault)
        }),
        Some(_) => Err(MemberError::new(place, tr!("must be a string or an array of parts"))),
    }
}

/// The members of an object, without those that are `null`.
pub(super) fn members_of(value: &mut Value) -> Option<&mut Map<String, Value>> {
    let members = value.as_object_mut()?;
    members.retain(|_, value| !value.is_null());
    Some(members)
}

fn tool_call(call: &mut Value) -> Option<ReadEntry> {
    let members = members_of(call)?;
    members.entry("type").or_insert_with(|| "function".into());
    let has_more = |members: &Map<String, Value>, known: &[&str]| members.keys().any(|name| !known.contains(&&**name));
    // The index is that of a chunk; a reply repeats it.
    let mut is_all = !has_more(members, &["id", "type", "function", "index"]);
    let id = members.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let function = members_of(members.get_mut("function")?)?;
    is_all &= !has_more(function, &["name", "arguments"]);
    let arguments = match function.get("arguments") {
        Some(Value::String(text)) if !text.is_empty() => text.clone(),
        Some(Value::String(_)) | None => "{}".to_owned(),
        Some(other) => other.to_string(),
    };
    function.insert("arguments".into(), arguments.as_str().into());
    let name = function.get("name")?.as_str()?.to_owned();
    Some((vec![Block::ToolCall(ToolCall { id, name, arguments })], is_all))
}

fn part(part: &mut Value) -> Option<ReadEntry> {
    let members = members_of(part)?;
    let kind = members.get("type")?.as_str()?.to_owned();
    // Its type, and the member that is named by it.
    let mut is_all = members.len() == 2;
    let blocks = match kind.as_str() {
        "text" => vec![Block::Text(members.get("text")?.as_str()?.to_owned())],
        "input_text" | "refusal" => {
            let from = if kind == "refusal" { "refusal" } else { "text" };
            let text = members.shift_remove(from)?.as_str()?.to_owned();
            members.insert("type".into(), "text".into());
            members.insert("text".into(), text.as_str().into());
            vec![Block::Text(text)]
        }
        "image_url" | "video_url" | "audio_url" => {
            let source = members.get_mut(&kind)?;
            if source.is_string() {
                *source = json!({"url": source.take()});
            }
            let source = members_of(source)?;
            is_all &= source.len() == 1;
            let kind = match kind.as_str() {
                "image_url" => MediaKind::Image,
                "video_url" => MediaKind::Video,
                _ => MediaKind::Audio,
            };
            vec![media(kind, source.get("url")?.as_str()?, String::new())]
        }
        "input_audio" => {
            let source = members_of(members.get_mut("input_audio")?)?;
            let format = source.get("format").and_then(Value::as_str).unwrap_or_default();
            is_all &= source.len() == 2 && !format.is_empty();
            vec![audio(source.get("data")?.as_str()?, format)]
        }
        // The frames of a video ("Visual understanding" in Model Studio's documentation).
        "video" => {
            is_all = false;
            let frames = members.get("video")?.as_array()?.iter();
            let frames: Option<Vec<Block>> = frames
                .map(|frame| Some(media(MediaKind::Image, frame.as_str()?, String::new())))
                .collect();
            frames.filter(|frames| !frames.is_empty())?
        }
        // Blocks have no place for it.
        "file" => {
            members_of(members.get_mut("file")?)?;
            is_all = false;
            Vec::new()
        }
        _ => return None,
    };
    Some((blocks, is_all))
}

/// A sound: bare base64 in OpenAI's form; in DashScope's an address, which may hold the bytes too.
fn audio(data: &str, format: &str) -> Block {
    let mime = match format {
        "" => String::new(),
        format => format!("audio/{format}"),
    };
    let encoded = data.split_once(";base64,").map_or(data, |(_, encoded)| encoded);
    match STANDARD.decode(encoded) {
        Ok(bytes) => Block::Media(Media::audio(bytes, mime)),
        Err(_) => media(MediaKind::Audio, data, mime),
    }
}

fn media(kind: MediaKind, source: &str, mime: String) -> Block {
    Block::Media(Media {
        kind,
        source: MediaSource::Url(source.to_owned()),
        mime,
        name: String::new(),
        upload: None,
    })
}

/// Whether a message has a file as a part, which goes with the message as it was written and is in none of its blocks.
pub fn has_file(message: &Message) -> bool {
    let parts = message.extra.get("content").and_then(Value::as_array);
    parts.is_some_and(|parts| parts.iter().any(|part| part["type"] == "file"))
}

/// The bytes of `data:` URLs, for a server that has files uploaded.
pub fn inline_media(message: &mut Message) {
    for block in &mut message.blocks {
        let Block::Media(media) = block else {
            continue;
        };
        let MediaSource::Url(url) = &media.source else {
            continue;
        };
        let Some((kind, data)) = url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,")) else {
            continue;
        };
        if let Ok(bytes) = STANDARD.decode(data) {
            media.mime = kind.to_owned();
            media.source = MediaSource::Inline(bytes.into());
        }
    }
}
