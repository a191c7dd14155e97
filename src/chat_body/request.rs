//! Requests for a chat completion ("Create chat completion" in OpenAI's API reference).

use serde_json::{Map, Value};

use super::{ChatBody, MemberError, Members};
use crate::tr;
use qwen_api::{
    Block, ChatRequest, Media, MediaKind, MediaSource, Message, Params, ReasoningEffort, ResponseFormat, Role,
    Thinking, Tool, ToolCall, ToolChoice,
};

/// Members that add to what comes back, which a reply of ours has no place for.
const NOT_HAD: &[&str] = &[
    "audio",
    "functions",
    "function_call",
    "top_logprobs",
    "best_of",
    "echo",
    "suffix",
];

/// Reads a body whole.
pub fn read(body: Map<String, Value>) -> Result<ChatBody, MemberError> {
    let mut members = Members::new(body);
    let messages = members
        .list("messages")?
        .ok_or_else(|| MemberError::missing("messages"))?;
    if messages.is_empty() {
        return Err(MemberError::new("messages", tr!("is empty")));
    }
    let mut chat = ChatRequest::new("");
    for (at, message) in messages.into_iter().enumerate() {
        chat.messages.push(self::message(message, &format!("messages[{at}]"))?);
    }
    read_rest(members, chat)
}

/// Reads the members beside the messages, which `chat` has.
pub fn read_rest(mut members: Members, mut chat: ChatRequest) -> Result<ChatBody, MemberError> {
    let model = members.text("model")?.unwrap_or_default();
    let is_stream = members.flag("stream")?.unwrap_or(false);
    let options = members.object("stream_options")?;
    let includes_usage = match options {
        Some(mut options) => options.flag("include_usage")?.unwrap_or(false),
        None => false,
    };
    if members.whole("n")?.is_some_and(|count| count != 1) {
        return Err(MemberError::new("n", tr!("must be 1")));
    }
    if members.flag("logprobs")?.unwrap_or(false) {
        return Err(MemberError::unsupported("logprobs"));
    }
    let modalities = members.texts("modalities")?;
    if modalities.iter().any(|modality| modality != "text") {
        return Err(MemberError::new("modalities", tr!("must be [\"text\"]")));
    }
    for name in NOT_HAD {
        if members.take(name).is_some() {
            return Err(MemberError::unsupported(*name));
        }
    }
    chat.params = params(members)?;
    Ok(ChatBody {
        model,
        chat,
        is_stream,
        includes_usage,
    })
}

fn params(mut members: Members) -> Result<Params, MemberError> {
    let (is_thinking, budget) = (members.flag("enable_thinking")?, members.whole("thinking_budget")?);
    let mut thinking = match is_thinking {
        Some(false) => Some(Thinking::Off),
        Some(true) => Some(Thinking::On { budget }),
        None => budget.map(|_| Thinking::On { budget }),
    };
    let reasoning_effort = match members.text("reasoning_effort")?.as_deref() {
        None => None,
        Some("none") => {
            thinking = Some(Thinking::Off);
            None
        }
        Some(word) => Some(effort(word)?),
    };
    // Each provider takes the older name.
    let max_tokens = match members.limit("max_completion_tokens")? {
        Some(limit) => {
            members.take("max_tokens");
            Some(limit)
        }
        None => members.limit("max_tokens")?,
    };
    Ok(Params {
        temperature: members.number("temperature")?,
        top_p: members.number("top_p")?,
        top_k: members.whole("top_k")?,
        max_tokens,
        seed: members.whole("seed")?,
        stop: members.texts("stop")?,
        presence_penalty: members.number("presence_penalty")?,
        frequency_penalty: members.number("frequency_penalty")?,
        repetition_penalty: members.number("repetition_penalty")?,
        thinking,
        reasoning_effort,
        search: members.flag("enable_search")?,
        response_format: response_format(&mut members)?,
        tools: tools(members.list("tools")?.unwrap_or_default())?,
        tool_choice: tool_choice(members.take("tool_choice"))?,
        parallel_tool_calls: members.flag("parallel_tool_calls")?,
        high_resolution_images: members.flag("vl_high_resolution_images")?,
        extra: members.rest(),
        ..Params::default()
    })
}

fn effort(word: &str) -> Result<ReasoningEffort, MemberError> {
    use ReasoningEffort::{High, Low, Max, Medium, Minimal, XHigh};
    let all = [Minimal, Low, Medium, High, XHigh, Max];
    let known = all.into_iter().find(|effort| effort.as_str() == word);
    known.ok_or_else(|| {
        let names = all.map(ReasoningEffort::as_str).join(", ");
        MemberError::new("reasoning_effort", tr!("must be none or one of {}", names))
    })
}

fn response_format(members: &mut Members) -> Result<Option<ResponseFormat>, MemberError> {
    const NAME: &str = "response_format";
    let Some(mut format) = members.object(NAME)? else {
        return Ok(None);
    };
    match format.text("type")?.as_deref() {
        Some("text") => Ok(None),
        Some("json_object") => Ok(Some(ResponseFormat::JsonObject)),
        Some("json_schema") => {
            let schema = format.object("json_schema")?.and_then(|mut named| named.take("schema"));
            let schema = schema.filter(Value::is_object);
            let missing = || MemberError::new(NAME, tr!("must hold json_schema.schema, an object"));
            Ok(Some(ResponseFormat::JsonSchema(schema.ok_or_else(missing)?)))
        }
        _ => Err(MemberError::new(
            NAME,
            tr!("must have the type text, json_object or json_schema"),
        )),
    }
}

fn tools(tools: Vec<Value>) -> Result<Vec<Tool>, MemberError> {
    let tool = |tool: Value| {
        let function = tool.get("function")?;
        let name = function.get("name")?.as_str()?.to_owned();
        let description = function
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let parameters = function.get("parameters").filter(|schema| !schema.is_null()).cloned();
        let parameters = parameters.unwrap_or_else(|| Value::Object(Map::new()));
        let is_function = tool.get("type").is_none_or(|kind| kind == "function");
        (is_function && !name.is_empty()).then_some(Tool {
            name,
            description,
            parameters,
        })
    };
    let tools: Option<Vec<Tool>> = tools.into_iter().map(tool).collect();
    tools.ok_or_else(|| MemberError::new("tools", tr!("must be functions, each with a name")))
}

fn tool_choice(choice: Option<Value>) -> Result<Option<ToolChoice>, MemberError> {
    let bad = || MemberError::new("tool_choice", tr!("must be auto, none, required or a function"));
    match choice {
        None => Ok(None),
        Some(Value::String(word)) => match word.as_str() {
            "auto" => Ok(Some(ToolChoice::Auto)),
            "none" => Ok(Some(ToolChoice::None)),
            "required" => Ok(Some(ToolChoice::Required)),
            _ => Err(bad()),
        },
        Some(choice) => {
            let name = choice
                .pointer("/function/name")
                .or_else(|| choice.get("name"))
                .and_then(Value::as_str);
            Ok(Some(ToolChoice::Function(name.ok_or_else(bad)?.to_owned())))
        }
    }
}

/// A message; `place` is its path in the request.
fn message(message: Value, place: &str) -> Result<Message, MemberError> {
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
    if role == Role::Tool {
        let id = members.text("tool_call_id")?.or(members.text("name")?);
        let id = id.ok_or_else(|| MemberError::missing(at("tool_call_id")))?;
        let content = Message::new(role, content).plain_text();
        return Ok(Message::tool_result(id, content));
    }
    let mut blocks = Vec::new();
    if role == Role::Assistant
        && let Some(thinking) = members.text("reasoning_content")?
    {
        blocks.push(Block::Thinking(thinking));
    }
    blocks.extend(content);
    for (number, call) in members.list("tool_calls")?.unwrap_or_default().into_iter().enumerate() {
        let place = format!("{}[{number}]", at("tool_calls"));
        let call = tool_call(&call).ok_or_else(|| MemberError::new(place, tr!("is no call of a function")))?;
        blocks.push(Block::ToolCall(call));
    }
    if blocks.is_empty() {
        // A message without a word is still one of the conversation's.
        blocks.push(Block::Text(String::new()));
    }
    Ok(Message::new(role, blocks))
}

fn tool_call(call: &Value) -> Option<ToolCall> {
    let function = call.get("function")?;
    let arguments = match function.get("arguments") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    Some(ToolCall {
        id: call.get("id").and_then(Value::as_str).unwrap_or_default().to_owned(),
        name: function.get("name")?.as_str()?.to_owned(),
        arguments,
    })
}

fn content(content: Option<Value>, place: &str) -> Result<Vec<Block>, MemberError> {
    match content {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![Block::Text(text)]),
        Some(Value::Array(parts)) => {
            let part = |(at, part): (usize, &Value)| part_of(part).ok_or(at);
            let blocks: Result<Vec<Block>, usize> = parts.iter().enumerate().map(part).collect();
            blocks.map_err(|at| {
                let place = format!("{place}[{at}]");
                let kind = parts[at].get("type").and_then(Value::as_str).unwrap_or("?");
                MemberError::new(place, tr!("({}) is not supported or malformed", kind))
            })
        }
        Some(_) => Err(MemberError::new(place, tr!("must be a string or an array of parts"))),
    }
}

fn part_of(part: &Value) -> Option<Block> {
    let url = |name: &str| {
        let value = part.get(name)?;
        value.as_str().or_else(|| value.get("url")?.as_str())
    };
    let media = |kind: MediaKind, source: &str, mime: String| {
        Block::Media(Media {
            kind,
            source: MediaSource::Url(source.to_owned()),
            mime,
            name: String::new(),
        })
    };
    Some(match part.get("type")?.as_str()? {
        "text" | "input_text" => Block::Text(part.get("text")?.as_str()?.to_owned()),
        "refusal" => Block::Text(part.get("refusal")?.as_str()?.to_owned()),
        "image_url" => media(MediaKind::Image, url("image_url")?, String::new()),
        "video_url" => media(MediaKind::Video, url("video_url")?, String::new()),
        "input_audio" => {
            let audio = part.get("input_audio")?;
            let format = audio.get("format").and_then(Value::as_str).unwrap_or_default();
            media(
                MediaKind::Audio,
                audio.get("data")?.as_str()?,
                format!("audio/{format}"),
            )
        }
        _ => return None,
    })
}
