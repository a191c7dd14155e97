//! Requests that open a chat, and chat requests of both generations.

use serde_json::{Map, Value, json};

use super::history::turn;
use super::{Api, SITE, Web, in_url, plain};
use crate::error::{Error, InvalidInput};
use crate::protocol::request_parts::{left_out, not_uploaded};
use crate::protocol::{HttpRequest, Method, PreparedRequest};
use crate::{
    Block, ChatRequest, Media, MediaKind, MediaSource, Message, Notice, Parameter, Params, Remote, Role, Thinking,
};

/// Messages with more characters than this have met the bot check.
const LONG_MESSAGE: usize = 50_000;

impl Web {
    /// v2: an empty chat. Its timestamp is in milliseconds, those of completions are in seconds.
    pub(super) fn new_chat(&self, request: &ChatRequest) -> HttpRequest {
        let body = json!({
            "chatId": "",
            "models": [request.model],
            "project_id": "",
            "timestamp": (self.now_ms)(),
            "chat_type": chat_type(&request.params),
            "chat_mode": "normal",
        });
        self.call(Method::Post, "/api/v2/chats/new", Some(body))
    }

    pub(super) fn completion_v2(&self, request: &ChatRequest, remote: &Remote) -> Result<PreparedRequest, Error> {
        let Some(chat) = remote.chat_id.as_deref() else {
            return Err(Error::new(InvalidInput::NoChat));
        };
        let parent = remote.parent_id.as_deref();
        let Some(turn) = turn(&request.messages, parent.is_some()) else {
            return Err(Error::new(InvalidInput::EndsWithAnswer));
        };
        let mut notices = Vec::new();
        if turn.flattened > 0 {
            notices.push(Notice::HistoryAsText {
                messages: turn.flattened,
            });
        }
        let characters = turn.text.chars().count();
        if characters > LONG_MESSAGE {
            notices.push(Notice::LongMessage {
                characters,
                limit: LONG_MESSAGE,
            });
        }
        notices.extend(self.left_out(&request.params));
        let mut files = Vec::with_capacity(turn.media.len());
        for media in turn.media {
            files.push(self.file(media)?);
        }
        let seconds = (self.now_ms)() / 1000;
        let kind = chat_type(&request.params);
        let message = json!({
            "id": null,
            "fid": (self.new_id)(),
            "parentId": parent,
            "parent_id": parent,
            "childrenIds": [(self.new_id)()],
            "role": "user",
            "content": turn.text,
            "user_action": "chat",
            "files": files,
            "timestamp": seconds,
            "models": [request.model],
            "model": "",
            "chat_type": kind,
            "sub_chat_type": kind,
            "feature_config": features(&request.params),
            "extra": {"meta": {"subChatType": kind}},
        });
        let body = json!({
            "stream": true,
            "version": "2.1",
            "incremental_output": true,
            // Both spellings: the older one is required, the newer one is that of the site's own page.
            "chatId": chat,
            "chat_id": chat,
            "parentId": parent.unwrap_or_default(),
            "parent_id": parent,
            "chat_mode": "normal",
            "model": request.model,
            "messages": [message],
            "timestamp": seconds,
        });
        let chat = in_url(chat);
        let mut headers = vec![plain("Accept", "text/event-stream")];
        headers.extend(super::locked(&self.credentials).headers());
        headers.extend(self.site_headers(&format!("{SITE}/c/{chat}")));
        headers.push(plain("X-Accel-Buffering", "no"));
        headers.extend(self.headers.iter().cloned());
        Ok(PreparedRequest {
            request: HttpRequest {
                method: Method::Post,
                url: format!("{}/api/v2/chat/completions?chat_id={chat}", self.base_url),
                headers,
                body: Some(body.into()),
            },
            notices,
        })
    }

    /// v1: the whole history, with the parameters in each message.
    pub(super) fn completion_v1(&self, request: &ChatRequest) -> Result<PreparedRequest, Error> {
        let params = &request.params;
        let (thinks, budget) = match params.thinking {
            Some(Thinking::On { budget }) => (true, budget),
            _ => (false, None),
        };
        let mut messages = Vec::with_capacity(request.messages.len());
        for message in &request.messages {
            messages.push(json!({
                // v1 has no role for the assistant.
                "role": if message.role == Role::System { "system" } else { "user" },
                "content": content_v1(message)?,
                "chat_type": chat_type(params),
                "feature_config": {
                    "thinking_enabled": thinks,
                    "thinking_budget": budget,
                    // Without it thinking and answer are one text.
                    "output_schema": thinks.then_some("phase"),
                },
                "extra": {},
            }));
        }
        let mut body = Map::new();
        body.insert("stream".into(), true.into());
        body.insert("model".into(), request.model.clone().into());
        body.insert("incremental_output".into(), true.into());
        body.insert("messages".into(), messages.into());
        if let Some(temperature) = params.temperature {
            body.insert("temperature".into(), temperature.into());
        }
        if let Some(max_tokens) = params.max_tokens {
            body.insert("max_tokens".into(), max_tokens.into());
        }
        Ok(PreparedRequest {
            request: self.call(Method::Post, "/api/chat/completions", Some(body.into())),
            notices: self.left_out(params).into_iter().collect(),
        })
    }
}

impl Web {
    /// The notice of the parameters that the site would ignore.
    fn left_out(&self, params: &Params) -> Option<Notice> {
        let is_v1 = self.api == Api::V1;
        left_out(params, |parameter| match parameter {
            Parameter::Temperature | Parameter::MaxTokens => !is_v1,
            _ => true,
        })
    }
}

fn chat_type(params: &Params) -> &'static str {
    match params.search {
        Some(true) => "search",
        _ => "t2t",
    }
}

/// The parameters of v2. Without `output_schema` the deltas have no phase.
fn features(params: &Params) -> Value {
    let mut features = json!({
        "thinking_enabled": false,
        "output_schema": "phase",
        "research_mode": "normal",
        "auto_thinking": false,
        "thinking_mode": "Fast",
        "auto_search": params.search == Some(true),
    });
    if let Some(Thinking::On { budget }) = params.thinking {
        features["thinking_enabled"] = true.into();
        features["thinking_mode"] = "Thinking".into();
        features["thinking_format"] = "summary".into();
        if let Some(budget) = budget {
            features["thinking_budget"] = budget.into();
        }
    }
    features
}

/// The `content` of a v1 message: a string for text alone, otherwise parts.
fn content_v1(message: &Message) -> Result<Value, Error> {
    if message.media().next().is_none() {
        return Ok(message.plain_text().into());
    }
    let mut parts = Vec::with_capacity(message.blocks.len());
    for block in &message.blocks {
        match block {
            Block::Text(text) => parts.push(json!({"type": "text", "text": text})),
            Block::Thinking(_) | Block::ToolCall(_) | Block::ToolResult(_) => {}
            Block::Media(media) if media.kind == MediaKind::Image => {
                parts.push(json!({"type": "image", "image": address(media)?}));
            }
            Block::Media(media) => {
                return Err(Error::new(InvalidInput::MediaNotTaken {
                    name: media.name.clone(),
                }));
            }
        }
    }
    Ok(parts.into())
}

/// The URL of an uploaded file.
pub(super) fn address(media: &Media) -> Result<&str, Error> {
    match &media.source {
        MediaSource::Url(url) => Ok(url),
        MediaSource::Inline(_) | MediaSource::File { .. } => Err(not_uploaded(media)),
    }
}
