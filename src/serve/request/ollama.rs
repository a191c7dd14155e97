//! Ollama's `/api/chat` and `/api/generate` (Ollama's API documentation).

use serde_json::{Map, Value, json};

use super::AnswerRequest;
use crate::chat_body::{Members, read};
use crate::serve::error_reply::ErrorReply;
use crate::serve::wire::ReplyShape;

/// A request of `/api/chat`, which is a stream unless it says otherwise.
pub(in crate::serve) fn ollama_chat(body: Map<String, Value>) -> Result<AnswerRequest, ErrorReply> {
    let mut members = Members::new(body);
    let mut messages = members.list("messages")?.unwrap_or_default();
    let mut calls = OpenCalls::default();
    for message in &mut messages {
        openai_message(message, &mut calls);
    }
    let mut body = openai_body(&mut members)?;
    body.insert("messages".into(), messages.into());
    Ok(AnswerRequest::new(read(body)?, ReplyShape::OllamaChat))
}

/// A request of `/api/generate`; `None` where its prompt is empty, which asks for the model to be loaded.
pub(in crate::serve) fn ollama_generate(body: Map<String, Value>) -> Result<Option<AnswerRequest>, ErrorReply> {
    let mut members = Members::new(body);
    let prompt = members.text("prompt")?.unwrap_or_default();
    if prompt.is_empty() {
        return Ok(None);
    }
    if members.text("suffix")?.is_some_and(|suffix| !suffix.is_empty()) {
        return Err(ErrorReply::invalid("suffix", "suffix is not supported"));
    }
    let mut messages = Vec::new();
    if let Some(system) = members.text("system")? {
        messages.push(json!({"role": "system", "content": system}));
    }
    let images = members.list("images")?.unwrap_or_default();
    let mut message = json!({"role": "user", "content": prompt, "images": images});
    openai_message(&mut message, &mut OpenCalls::default());
    messages.push(message);
    let mut body = openai_body(&mut members)?;
    body.insert("messages".into(), messages.into());
    Ok(Some(AnswerRequest::new(read(body)?, ReplyShape::OllamaGenerate)))
}

/// The members other than the conversation, under OpenAI's names.
fn openai_body(members: &mut Members) -> Result<Map<String, Value>, ErrorReply> {
    let mut body = Map::new();
    let model = members.text("model")?.unwrap_or_default();
    // Some clients add the tag that Ollama's own models have.
    let model = model.strip_suffix(":latest").unwrap_or(&model);
    body.insert("model".into(), model.into());
    body.insert("stream".into(), members.flag("stream")?.unwrap_or(true).into());
    let mut options = members.object("options")?.unwrap_or_else(|| Members::new(Map::new()));
    for (theirs, ours) in [
        ("temperature", "temperature"),
        ("top_p", "top_p"),
        ("top_k", "top_k"),
        ("seed", "seed"),
        ("stop", "stop"),
        ("num_predict", "max_tokens"),
        ("presence_penalty", "presence_penalty"),
        ("frequency_penalty", "frequency_penalty"),
        ("repeat_penalty", "repetition_penalty"),
    ] {
        if let Some(value) = options.take(theirs) {
            body.insert(ours.into(), value);
        }
    }
    match members.take("think") {
        Some(Value::Bool(thinks)) => {
            body.insert("enable_thinking".into(), thinks.into());
        }
        Some(effort @ Value::String(_)) => {
            body.insert("reasoning_effort".into(), effort);
        }
        Some(_) => {
            return Err(ErrorReply::invalid(
                "think",
                "think must be true, false, low, medium or high",
            ));
        }
        None => {}
    }
    match members.take("format") {
        None => {}
        Some(Value::String(word)) if word == "json" => {
            body.insert("response_format".into(), json!({"type": "json_object"}));
        }
        Some(Value::String(word)) if word.is_empty() => {}
        Some(schema @ Value::Object(_)) => {
            let format = json!({"name": "answer", "strict": true, "schema": schema});
            let format = json!({"type": "json_schema", "json_schema": format});
            body.insert("response_format".into(), format);
        }
        Some(_) => {
            return Err(ErrorReply::invalid(
                "format",
                "format must be \"json\" or a JSON Schema",
            ));
        }
    }
    if let Some(tools) = members.take("tools") {
        body.insert("tools".into(), tools);
    }
    Ok(body)
}

/// The ids of calls that have no result yet.
#[derive(Debug, Default)]
struct OpenCalls {
    made: usize,
    answered: usize,
}

impl OpenCalls {
    fn open(&mut self) -> String {
        self.made += 1;
        format!("call_{}", self.made)
    }

    fn answered(&mut self) -> String {
        self.answered += 1;
        format!("call_{}", self.answered)
    }
}

/// A message in OpenAI's shape. Ollama's calls have no ids: they get one each, and the results take them in order.
fn openai_message(message: &mut Value, calls: &mut OpenCalls) {
    let Some(members) = message.as_object_mut() else {
        return;
    };
    if let Some(thinking) = members.shift_remove("thinking") {
        members.insert("reasoning_content".into(), thinking);
    }
    if let Some(Value::Array(images)) = members.shift_remove("images")
        && !images.is_empty()
    {
        let text = members
            .get("content")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let mut parts = vec![json!({"type": "text", "text": text})];
        let image = |data: &Value| {
            let data = data.as_str().unwrap_or_default();
            let url = match data.starts_with("data:") {
                true => data.to_owned(),
                false => format!("data:{};base64,{data}", picture_type(data)),
            };
            json!({"type": "image_url", "image_url": {"url": url}})
        };
        parts.extend(images.iter().map(image));
        members.insert("content".into(), parts.into());
    }
    if let Some(Value::Array(made)) = members.get_mut("tool_calls") {
        for call in made {
            let function = &call["function"];
            let function = json!({"name": function["name"], "arguments": function["arguments"]});
            *call = json!({"id": calls.open(), "type": "function", "function": function});
        }
    }
    members.shift_remove("tool_name");
    if members.get("role").is_some_and(|role| role == "tool") && !members.contains_key("tool_call_id") {
        members.insert("tool_call_id".into(), calls.answered().into());
    }
}

/// The media type of a picture by the first letters of its base64.
fn picture_type(data: &str) -> &'static str {
    match data.as_bytes() {
        [b'i', b'V', b'B', ..] => "image/png",
        [b'R', b'0', b'l', ..] => "image/gif",
        [b'U', b'k', b'l', ..] => "image/webp",
        _ => "image/jpeg",
    }
}
