//! Requests for generation, which go to one of two paths.

use serde_json::{Map, Value, json};

use super::DashScope;
use crate::catalog::{self, GenerationPath};
use crate::error::Error;
use crate::protocol::request_parts::{
    RequestMembers, audio_url, check_model, document_ids, has_own_content, is_streamed, left_out, media_url,
    params_of_rest, put_calls, put_extra, search_options, storage_header, tool_results,
};
use crate::protocol::{HeaderValue, HttpRequest, Method, PreparedRequest};
use crate::request_body::{Attachments, RequestBody};
use crate::{Block, ChatRequest, MediaKind, Message, Notice, Parameter, Params, Role, SearchOptions, Thinking};

impl GenerationPath {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            GenerationPath::Text => "/services/aigc/text-generation/generation",
            GenerationPath::Multimodal => "/services/aigc/multimodal-generation/generation",
        }
    }

    fn other(self) -> GenerationPath {
        match self {
            GenerationPath::Text => GenerationPath::Multimodal,
            GenerationPath::Multimodal => GenerationPath::Text,
        }
    }
}

/// Parts of the names of multimodal models. The `max` models up to 3.7 take only text, though their families are in the
/// list.
const MULTIMODAL: &[&str] = &[
    "-vl", "qvq", "omni", "-ocr", "-audio", "-asr", "qwen3.5-", "qwen3.6-", "qwen3.7-", "qwen3.8-",
];
const TEXT: &[&str] = &["qwen3.5-max", "qwen3.6-max", "qwen3.7-max"];

/// The path for a model: that of the table, else guessed by its name.
pub(crate) fn path_for(model: &str) -> GenerationPath {
    // Models of other vendors are called `vendor/model`.
    let name = model.rsplit('/').next().unwrap_or(model).to_ascii_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    let guess = match has(MULTIMODAL) && !has(TEXT) {
        true => GenerationPath::Multimodal,
        false => GenerationPath::Text,
    };
    catalog::generation_path(&name).unwrap_or(guess)
}

impl DashScope {
    /// The request for a reply, or for the rest of one that begins with `prefix`.
    pub(super) fn generation(&self, request: &ChatRequest, prefix: Option<&str>) -> Result<PreparedRequest, Error> {
        check_model(request)?;
        let is_streamed = is_streamed(request);
        // The text path takes no media.
        let has_media = request
            .messages
            .iter()
            .flat_map(Message::media)
            .any(|media| media.kind != MediaKind::Document);
        let path = if has_media {
            GenerationPath::Multimodal
        } else {
            path_for(&request.model)
        };
        let mut params = request.params.clone();
        if prefix.is_some() {
            params = params_of_rest(&params);
        }
        let mut attachments = Attachments::default();
        let mut messages = Vec::with_capacity(request.messages.len());
        for message in &request.messages {
            let documents = document_ids(message).map(|id| json!({"role": "system", "content": content(id, path)}));
            let results = tool_results(message).map(|result| {
                let content = content(&result.content, path);
                json!({"role": "tool", "tool_call_id": result.call_id, "content": content})
            });
            // Documents and results of tools are messages of their own.
            messages.extend(documents);
            let own = has_own_content(message)
                .then(|| self::message(message, &request.model, &params, path, &mut attachments));
            for mut written in results.chain(own.transpose()?) {
                put_extra(&mut written, extra(message));
                messages.push(written);
            }
        }
        let rest = |prefix| json!({"role": "assistant", "content": content(prefix, path), "partial": true});
        messages.extend(prefix.map(rest));
        let mut http = self.request(Method::Post, path.as_str());
        if is_streamed {
            http.headers
                .push(("X-DashScope-SSE".into(), HeaderValue::Plain("enable".into())));
        }
        http.headers
            .extend(storage_header(request.messages.iter().flat_map(Message::media)));
        let cannot_search = is_search_refused(&params, path, is_streamed);
        if cannot_search {
            params.search = None;
            params.search_options = SearchOptions::default();
        }
        let body = json!({
            "model": request.model,
            "input": {"messages": messages},
            "parameters": parameters(request, &params, path),
        });
        http.body = Some(RequestBody::new(body, attachments));
        // DashScope takes this parameter and ignores it.
        let left_out = left_out(&params, |parameter| *parameter == Parameter::FrequencyPenalty);
        let search = cannot_search.then_some(Notice::SearchNeedsStream);
        Ok(PreparedRequest {
            request: http,
            notices: search.into_iter().chain(left_out).collect(),
        })
    }
}

/// Whether the server refuses the search ("Non-streaming mode does not support Web Search").
fn is_search_refused(params: &Params, path: GenerationPath, stream: bool) -> bool {
    let is_thinking = matches!(params.thinking, Some(Thinking::On { .. }));
    params.search == Some(true) && !stream && (path == GenerationPath::Multimodal || is_thinking)
}

fn parameters(request: &ChatRequest, params: &Params, path: GenerationPath) -> Map<String, Value> {
    let mut members = RequestMembers::default();
    // The text path sends `output.text` by default; the other path has no such parameter.
    members.put("result_format", (path == GenerationPath::Text).then_some("message"));
    members.put("incremental_output", is_streamed(request).then_some(true));
    members.put_sampling(params);
    members.put_dashscope(params);
    let mut options = Map::new();
    if params.search == Some(true) {
        options.insert("enable_source".into(), true.into());
        options.insert("enable_citation".into(), true.into());
        options.insert("citation_format".into(), "[<number>]".into());
    }
    options.extend(search_options(&params.search_options));
    members.put("search_options", (!options.is_empty()).then_some(options));
    members.put_answer(request, params);
    members.into_map()
}

/// The further members of a message, its content in the words of this API.
fn extra(message: &Message) -> Map<String, Value> {
    let mut extra = message.extra.clone();
    if let Some(Value::Array(parts)) = extra.get_mut("content") {
        parts.iter_mut().for_each(name_by_type);
    }
    extra
}

/// Turns a part of OpenAI's API, `{"type": "image_url", "image_url": {"url": …}, …}`, into one of this: `{"image": …, …}`.
fn name_by_type(part: &mut Value) {
    let Some(members) = part.as_object_mut() else {
        return;
    };
    members.shift_remove("type");
    for (theirs, inner, ours) in [
        ("image_url", "url", "image"),
        ("video_url", "url", "video"),
        ("input_audio", "data", "audio"),
    ] {
        if let Some(mut source) = members.shift_remove(theirs) {
            let source = match source.get_mut(inner) {
                Some(inner) => inner.take(),
                None => source,
            };
            members.shift_insert(0, ours.to_owned(), source);
        }
    }
}

fn message(
    message: &Message,
    model: &str,
    params: &Params,
    path: GenerationPath,
    attachments: &mut Attachments,
) -> Result<Value, Error> {
    let role = message.role.as_str();
    if path == GenerationPath::Text || message.role != Role::User {
        let mut written = json!({"role": role, "content": content(&message.plain_text(), path)});
        put_calls(&mut written, message, params);
        return Ok(written);
    }
    let parts: Result<Vec<Value>, Error> = message
        .blocks
        .iter()
        .filter_map(|block| part(block, model, attachments).transpose())
        .collect();
    Ok(json!({"role": role, "content": parts?}))
}

/// A `content` of text: a string, or on the multimodal path a list of parts, none of them empty.
fn content(text: &str, path: GenerationPath) -> Value {
    match path {
        GenerationPath::Text => text.into(),
        GenerationPath::Multimodal if text.is_empty() => json!([]),
        GenerationPath::Multimodal => json!([{"text": text}]),
    }
}

/// A part has one member, whose name is its type.
fn part(block: &Block, model: &str, attachments: &mut Attachments) -> Result<Option<Value>, Error> {
    let media = match block {
        Block::Text(text) if text.is_empty() => return Ok(None),
        Block::Text(text) => return Ok(Some(json!({"text": text}))),
        Block::Thinking(_) | Block::ToolCall(_) | Block::ToolResult(_) => return Ok(None),
        Block::Media(media) => media,
    };
    Ok(match media.kind {
        MediaKind::Image => Some(json!({"image": media_url(media, attachments)?})),
        MediaKind::Video => Some(json!({"video": media_url(media, attachments)?})),
        MediaKind::Audio => Some(json!({"audio": audio_url(media, model, attachments)?})),
        MediaKind::Document => None,
    })
}

/// The request on the other path, with its contents converted; `None` when the other path cannot take it, as the text
/// path does no images.
pub(super) fn on_other_path(sent: &HttpRequest) -> Option<HttpRequest> {
    let from = [GenerationPath::Text, GenerationPath::Multimodal]
        .into_iter()
        .find(|path| sent.url.ends_with(path.as_str()))?;
    let to = from.other();
    let mut http = sent.clone();
    http.url = format!("{}{}", sent.url.strip_suffix(from.as_str())?, to.as_str());
    http.body = Some(http.body?.edited(|body| convert(body, to))?);
    Some(http)
}

/// Converts the contents of a body for the path `to`; `None` where it cannot take them.
fn convert(body: &mut Value, to: GenerationPath) -> Option<()> {
    for message in body.pointer_mut("/input/messages")?.as_array_mut()? {
        let old = message.get("content")?;
        let new = match (old, to) {
            (Value::String(text), GenerationPath::Multimodal) => content(text, to),
            (Value::Array(parts), GenerationPath::Text) => {
                let texts: Option<Vec<&str>> = parts.iter().map(|part| part.get("text")?.as_str()).collect();
                texts?.join("\n\n").into()
            }
            (same, _) => same.clone(),
        };
        message["content"] = new;
    }
    let parameters = body.get_mut("parameters")?.as_object_mut()?;
    match to {
        GenerationPath::Text => parameters.insert("result_format".into(), "message".into()),
        GenerationPath::Multimodal => parameters.shift_remove("result_format"),
    };
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_paths() {
        let text = [
            "qwen-max",
            "qwen-plus",
            "qwen-plus-latest",
            "qwen3-max",
            "qwen3.7-max",
            "qwen3.6-max-preview",
            "qwen-long",
            "qwq-plus",
            "qwen3-coder-plus",
            "deepseek-v4-pro",
            "kimi/kimi-k2",
            "qwen3.6-35b-a3b",
            "qwen3.8-2.4t-a95b",
            "qwen-deep-research",
        ];
        let multimodal = [
            "qwen3-vl-plus",
            "qwen-vl-max",
            "qwen2.5-vl-72b-instruct",
            "qvq-max",
            "qwen3-omni-flash",
            "qwen-vl-ocr",
            "qwen3.5-plus",
            "qwen3.6-plus",
            "qwen3.7-plus-2026-05-26",
            "qwen3.7-flash",
            "qwen3.8-max",
            "qwen3.8-max-0902",
            "Qwen3.8-Flash",
            "qwen3.7-max-2026-06-08",
            "qwen3.6-27b",
            "qwen3.5-ocr",
        ];
        for model in text {
            assert_eq!(path_for(model), GenerationPath::Text, "{model}");
        }
        for model in multimodal {
            assert_eq!(path_for(model), GenerationPath::Multimodal, "{model}");
        }
    }
}
