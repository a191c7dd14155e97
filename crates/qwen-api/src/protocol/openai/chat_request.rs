//! The body of `POST /chat/completions`. What the user did not ask for is not sent.

use serde_json::{Map, Value, json};

use super::{Dialect, OpenAi};
use crate::protocol::common::{document_ids, media_url, response_format, storage_header};
use crate::protocol::{Method, Prepared};
use crate::{Block, ChatRequest, MediaKind, Message, Notice, Params, Role, Thinking};

impl OpenAi {
    /// The request for an answer; with `prefix`, for the rest of an answer that begins so.
    pub(super) fn completion(&self, request: &ChatRequest, prefix: Option<&str>) -> Prepared {
        let mut messages: Vec<Value> = Vec::with_capacity(request.messages.len() + 1);
        for message in &request.messages {
            messages.extend(document_ids(message).map(|id| json!({"role": "system", "content": id})));
            messages.push(self::message(message));
        }
        let mut params = request.params.clone();
        if let Some(prefix) = prefix {
            messages.push(json!({"role": "assistant", "content": prefix, "partial": true}));
            params.thinking = params.thinking.map(|_| Thinking::Off);
        }
        let mut body = Map::new();
        body.insert("model".into(), request.model.clone().into());
        body.insert("messages".into(), messages.into());
        if request.stream {
            body.insert("stream".into(), true.into());
            body.insert("stream_options".into(), json!({"include_usage": true}));
        }
        let notice = self.options(&params, &mut body);
        let mut http = self.request(Method::Post, "/chat/completions");
        http.headers.extend(storage_header(request));
        http.body = Some(Value::Object(body));
        Prepared {
            request: http,
            notices: notice.into_iter().collect(),
        }
    }

    /// Adds the parameters that were given. Returns a notice where one is left out.
    fn options(&self, params: &Params, body: &mut Map<String, Value>) -> Option<Notice> {
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                body.insert(name.to_owned(), value);
            }
        };
        put("temperature", params.temperature.map(Value::from));
        put("top_p", params.top_p.map(Value::from));
        put("top_k", params.top_k.map(Value::from));
        put("max_tokens", params.max_tokens.map(Value::from));
        put("seed", params.seed.map(Value::from));
        put("stop", (!params.stop.is_empty()).then(|| params.stop.clone().into()));
        put("presence_penalty", params.presence_penalty.map(Value::from));
        match self.dialect {
            Dialect::DashScope => {
                put(
                    "enable_thinking",
                    params.thinking.map(|thinking| (thinking != Thinking::Off).into()),
                );
                if let Some(Thinking::On { budget }) = params.thinking {
                    put("thinking_budget", budget.map(Value::from));
                }
                put("enable_search", params.search.map(Value::from));
            }
            Dialect::Generic => {
                // llama.cpp, vLLM and others hand these to the model's chat template.
                if let Some(thinking) = params.thinking {
                    let mut arguments = json!({"enable_thinking": thinking != Thinking::Off});
                    if let Thinking::On { budget: Some(budget) } = thinking {
                        arguments["thinking_budget"] = budget.into();
                    }
                    put("chat_template_kwargs", Some(arguments));
                }
            }
        }
        put("response_format", params.format.as_ref().map(response_format));
        let is_unsearchable = self.dialect == Dialect::Generic && params.search == Some(true);
        is_unsearchable.then_some(Notice::SearchUnsupported)
    }
}

/// A message of text alone is sent as a string, any other as its parts. Thinking is never sent back, and
/// documents are system messages of their own (`fileid://`).
fn message(message: &Message) -> Value {
    let mut parts = message.media().filter(|media| media.kind != MediaKind::Document);
    if message.role != Role::User || parts.next().is_none() {
        return json!({"role": message.role.as_str(), "content": message.plain_text()});
    }
    let parts: Vec<Value> = message.blocks.iter().filter_map(part).collect();
    json!({"role": "user", "content": parts})
}

fn part(block: &Block) -> Option<Value> {
    let media = match block {
        Block::Text(text) => return Some(json!({"type": "text", "text": text})),
        Block::Thinking(_) => return None,
        Block::Media(media) => media,
    };
    Some(match media.kind {
        MediaKind::Image => json!({"type": "image_url", "image_url": {"url": media_url(media)}}),
        MediaKind::Video => json!({"type": "video_url", "video_url": {"url": media_url(media)}}),
        MediaKind::Audio => {
            let format = media
                .mime
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .trim_start_matches("x-");
            json!({"type": "input_audio", "input_audio": {"data": media_url(media), "format": format}})
        }
        MediaKind::Document => return None,
    })
}
