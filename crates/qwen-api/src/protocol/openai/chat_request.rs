//! Requests for chat completions.

use serde_json::{Map, Value, json};

use super::{Dialect, OpenAi};
use crate::error::Error;
use crate::protocol::request_parts::{
    RequestMembers, audio_format, audio_url, check_model, document_ids, has_own_content, is_streamed, left_out,
    media_url, not_uploaded, params_of_rest, put_calls, put_extra, search_options, storage_header, tool_results,
    transcribes,
};
use crate::protocol::{Method, PreparedRequest};
use crate::request_body::{Attachments, RequestBody};
use crate::{
    Block, ChatRequest, Media, MediaKind, MediaSource, Message, Notice, Parameter, Params, Role, SearchOptions,
    Thinking,
};

impl OpenAi {
    /// The request for a reply, or for the rest of one that begins with `prefix`.
    pub(super) fn completion(&self, request: &ChatRequest, prefix: Option<&str>) -> Result<PreparedRequest, Error> {
        check_model(request)?;
        let mut params = request.params.clone();
        if prefix.is_some() {
            params = params_of_rest(&params);
        }
        let mut attachments = Attachments::default();
        let mut messages = Vec::with_capacity(request.messages.len());
        for message in &request.messages {
            let documents = document_ids(message).map(|id| json!({"role": "system", "content": id}));
            let results = tool_results(message)
                .map(|result| json!({"role": "tool", "tool_call_id": result.call_id, "content": result.content}));
            // Documents and results of tools are messages of their own.
            messages.extend(documents);
            let own =
                has_own_content(message).then(|| self.message(message, &request.model, &params, &mut attachments));
            for mut written in results.chain(own.transpose()?) {
                put_extra(&mut written, message.extra.clone());
                messages.push(written);
            }
        }
        messages.extend(prefix.map(|prefix| json!({"role": "assistant", "content": prefix, "partial": true})));
        let mut body = Map::new();
        body.insert("model".into(), request.model.clone().into());
        body.insert("messages".into(), messages.into());
        if self.is_streamed(request) {
            body.insert("stream".into(), true.into());
            body.insert("stream_options".into(), json!({"include_usage": true}));
        }
        body.extend(self.parameters(request, &params));
        let mut http = self.request(Method::Post, "/chat/completions");
        http.headers
            .extend(storage_header(request.messages.iter().flat_map(Message::media)));
        http.body = Some(RequestBody::new(Value::Object(body), attachments));
        Ok(PreparedRequest {
            request: http,
            notices: self.notices(&params),
        })
    }

    fn is_streamed(&self, request: &ChatRequest) -> bool {
        match self.dialect {
            Dialect::DashScope => is_streamed(request),
            Dialect::Generic => request.stream,
        }
    }

    /// A message of text alone is sent as a string, any other as its parts.
    fn message(
        &self,
        message: &Message,
        model: &str,
        params: &Params,
        attachments: &mut Attachments,
    ) -> Result<Value, Error> {
        let mut media = message.media().filter(|media| media.kind != MediaKind::Document);
        if message.role == Role::User && media.next().is_some() {
            let parts: Result<Vec<Value>, Error> = message
                .blocks
                .iter()
                .filter_map(|block| self.part(block, model, attachments).transpose())
                .collect();
            return Ok(json!({"role": "user", "content": parts?}));
        }
        let text = message.plain_text();
        let is_context = self.dialect == Dialect::DashScope && transcribes(model) && message.role == Role::System;
        // The models that only transcribe take the names and terms to expect as a part without a type.
        let content = if is_context {
            json!([{"text": text}])
        } else {
            text.into()
        };
        let mut written = json!({"role": message.role.as_str(), "content": content});
        put_calls(&mut written, message, params);
        Ok(written)
    }

    fn part(&self, block: &Block, model: &str, attachments: &mut Attachments) -> Result<Option<Value>, Error> {
        let media = match block {
            Block::Text(text) if text.is_empty() => return Ok(None),
            Block::Text(text) => return Ok(Some(json!({"type": "text", "text": text}))),
            Block::Thinking(_) | Block::ToolCall(_) | Block::ToolResult(_) => return Ok(None),
            Block::Media(media) => media,
        };
        Ok(Some(match media.kind {
            MediaKind::Image => json!({"type": "image_url", "image_url": {"url": media_url(media, attachments)?}}),
            MediaKind::Video => json!({"type": "video_url", "video_url": {"url": media_url(media, attachments)?}}),
            MediaKind::Audio if self.dialect == Dialect::Generic => bare_audio(media, attachments)?,
            MediaKind::Audio => {
                let mut audio = json!({"data": audio_url(media, model, attachments)?});
                if let Some(format) = audio_format(media).filter(|_| !transcribes(model)) {
                    audio["format"] = format.into();
                }
                json!({"type": "input_audio", "input_audio": audio})
            }
            MediaKind::Document => return Ok(None),
        }))
    }

    fn parameters(&self, request: &ChatRequest, params: &Params) -> Map<String, Value> {
        const TEMPLATE: &str = "chat_template_kwargs";
        let mut members = RequestMembers::default();
        let mut template = Map::new();
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
                template = template_parameters(params);
                members.put(TEMPLATE, (!template.is_empty()).then(|| template.clone()));
            }
        }
        members.put_answer(request, params);
        let mut members = members.into_map();
        // The caller's own came in the place of these: they lack those that it does not name.
        if let Some(Value::Object(written)) = members.get_mut(TEMPLATE) {
            for (name, value) in template {
                written.entry(name).or_insert(value);
            }
        }
        members
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

/// The parameters of the model's chat template in llama.cpp, vLLM and others.
fn template_parameters(params: &Params) -> Map<String, Value> {
    let mut template = RequestMembers::default();
    let is_on = |thinking| thinking != Thinking::Off;
    template.put("enable_thinking", params.thinking.map(is_on));
    if let Some(Thinking::On { budget }) = params.thinking {
        template.put("thinking_budget", budget);
    }
    template.put("preserve_thinking", params.preserve_thinking);
    template.into_map()
}

/// A sound as OpenAI's API takes it: base64 without a URI's head. vLLM fetches one that is elsewhere.
fn bare_audio(media: &Media, attachments: &mut Attachments) -> Result<Value, Error> {
    let bytes = match &media.source {
        MediaSource::Url(url) => return Ok(json!({"type": "audio_url", "audio_url": {"url": url}})),
        MediaSource::Inline(bytes) => bytes,
        MediaSource::File { .. } => return Err(not_uploaded(media)),
    };
    let data = attachments.add(bytes.clone().into());
    let format = audio_format(media).unwrap_or_default();
    Ok(json!({"type": "input_audio", "input_audio": {"data": data, "format": format}}))
}
