//! Requests for chat completions.

use serde_json::{Map, Value, json};

use super::{Dialect, OpenAi};
use crate::protocol::request_parts::{
    Members, document_ids, has_own_content, left_out, media_url, params_of_rest, put_calls, put_extra, search_options,
    storage_header, tool_results,
};
use crate::protocol::{Method, Prepared};
use crate::request_body::{Attachments, RequestBody};
use crate::{Block, ChatRequest, MediaKind, Message, Notice, Parameter, Params, Role, SearchOptions, Thinking};

impl OpenAi {
    /// The request for a reply, or for the rest of one that begins with `prefix`.
    pub(super) fn completion(&self, request: &ChatRequest, prefix: Option<&str>) -> Prepared {
        let mut params = request.params.clone();
        if prefix.is_some() {
            params = params_of_rest(&params);
        }
        let mut attachments = Attachments::default();
        let written = request
            .messages
            .iter()
            .flat_map(|message| messages(message, &params, &mut attachments));
        let rest = prefix.map(|prefix| json!({"role": "assistant", "content": prefix, "partial": true}));
        let messages: Vec<Value> = written.chain(rest).collect();
        let mut body = Map::new();
        body.insert("model".into(), request.model.clone().into());
        body.insert("messages".into(), messages.into());
        if request.stream {
            body.insert("stream".into(), true.into());
            body.insert("stream_options".into(), json!({"include_usage": true}));
        }
        body.extend(self.parameters(request, &params));
        let mut http = self.request(Method::Post, "/chat/completions");
        http.headers
            .extend(storage_header(request.messages.iter().flat_map(Message::media)));
        http.body = Some(RequestBody::new(Value::Object(body), attachments));
        Prepared {
            request: http,
            notices: self.notices(&params),
        }
    }

    fn parameters(&self, request: &ChatRequest, params: &Params) -> Map<String, Value> {
        let mut members = Members::default();
        members.put_sampling(params);
        match self.dialect {
            Dialect::DashScope => {
                members.put_dashscope(params);
                let options = &params.search_options;
                let options = (*options != SearchOptions::default()).then(|| search_options(options));
                members.put("search_options", options);
            }
            Dialect::Generic => {
                members.put("frequency_penalty", params.frequency_penalty);
                // The parameters of the model's chat template in llama.cpp, vLLM and others.
                let mut template = Members::default();
                let is_on = |thinking| thinking != Thinking::Off;
                template.put("enable_thinking", params.thinking.map(is_on));
                if let Some(Thinking::On { budget }) = params.thinking {
                    template.put("thinking_budget", budget);
                }
                template.put("preserve_thinking", params.preserve_thinking);
                let template = template.into_map();
                members.put("chat_template_kwargs", (!template.is_empty()).then_some(template));
            }
        }
        members.put_answer(request, params);
        members.into_map()
    }

    /// What is left out of the request.
    fn notices(&self, params: &Params) -> Vec<Notice> {
        let is_dashscope = self.dialect == Dialect::DashScope;
        let is_unsearchable = !is_dashscope && params.search == Some(true);
        let search = is_unsearchable.then_some(Notice::SearchUnsupported);
        let left_out = left_out(params, |parameter| match parameter {
            // DashScope takes it and ignores it.
            Parameter::FrequencyPenalty => is_dashscope,
            Parameter::SearchOptions | Parameter::HighResolutionImages => !is_dashscope,
            _ => false,
        });
        search.into_iter().chain(left_out).collect()
    }
}

/// The messages that a message is sent as: its documents and its results of tools are messages of their own.
fn messages(message: &Message, params: &Params, attachments: &mut Attachments) -> Vec<Value> {
    let documents = document_ids(message).map(|id| json!({"role": "system", "content": id}));
    let results = tool_results(message)
        .map(|result| json!({"role": "tool", "tool_call_id": result.call_id, "content": result.content}));
    let own = has_own_content(message).then(|| self::message(message, params, attachments));
    let own = results.chain(own).map(|mut written| {
        put_extra(&mut written, message.extra.clone());
        written
    });
    documents.chain(own).collect()
}

/// A message of text alone is sent as a string, any other as its parts.
fn message(message: &Message, params: &Params, attachments: &mut Attachments) -> Value {
    let mut parts = message.media().filter(|media| media.kind != MediaKind::Document);
    if message.role != Role::User || parts.next().is_none() {
        let mut written = json!({"role": message.role.as_str(), "content": message.plain_text()});
        put_calls(&mut written, message, params);
        return written;
    }
    let parts: Vec<Value> = message
        .blocks
        .iter()
        .filter_map(|block| part(block, attachments))
        .collect();
    json!({"role": "user", "content": parts})
}

fn part(block: &Block, attachments: &mut Attachments) -> Option<Value> {
    let media = match block {
        Block::Text(text) => return Some(json!({"type": "text", "text": text})),
        Block::Thinking(_) | Block::ToolCall(_) | Block::ToolResult(_) => return None,
        Block::Media(media) => media,
    };
    Some(match media.kind {
        MediaKind::Image => json!({"type": "image_url", "image_url": {"url": media_url(media, attachments)}}),
        MediaKind::Video => json!({"type": "video_url", "video_url": {"url": media_url(media, attachments)}}),
        MediaKind::Audio => {
            let format = media
                .mime
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .trim_start_matches("x-");
            json!({"type": "input_audio", "input_audio": {"data": media_url(media, attachments), "format": format}})
        }
        MediaKind::Document => return None,
    })
}
