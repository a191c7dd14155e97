//! Requests for a chat completion ("Create chat completion" in OpenAI's API reference).

use serde_json::{Map, Value};

use super::message::{members_of, message};
use super::{ChatBody, MemberError, Members};
use crate::tr;
use qwen_api::{ChatRequest, Params, ReasoningEffort, ResponseFormat, Thinking, Tool, ToolChoice};

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
        top_k: members.whole_or_other("top_k")?,
        max_tokens,
        seed: members.whole_or_other("seed")?,
        stop: members.texts("stop")?,
        presence_penalty: members.number("presence_penalty")?,
        frequency_penalty: members.number("frequency_penalty")?,
        repetition_penalty: members.number("repetition_penalty")?,
        thinking,
        reasoning_effort,
        search: members.flag("enable_search")?,
        response_format: response_format(&mut members)?,
        tools: tools(&mut members)?,
        tool_choice: tool_choice(&mut members)?,
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

/// The format of the answer. The member stays as it was written: a schema has a name, and may be strict.
fn response_format(members: &mut Members) -> Result<Option<ResponseFormat>, MemberError> {
    const NAME: &str = "response_format";
    let Some(format) = members.get(NAME) else {
        return Ok(None);
    };
    match format.get("type").and_then(Value::as_str) {
        Some("text") => {
            members.take(NAME);
            Ok(None)
        }
        Some("json_object") => Ok(Some(ResponseFormat::JsonObject)),
        Some("json_schema") => {
            let schema = format
                .pointer("/json_schema/schema")
                .filter(|schema| schema.is_object());
            let missing = || MemberError::new(NAME, tr!("must hold json_schema.schema, an object"));
            Ok(Some(ResponseFormat::JsonSchema(schema.ok_or_else(missing)?.clone())))
        }
        _ => Err(MemberError::new(
            NAME,
            tr!("must have the type text, json_object or json_schema"),
        )),
    }
}

/// The tools. The member stays as it was written, but for what is `null`.
fn tools(members: &mut Members) -> Result<Vec<Tool>, MemberError> {
    const NAME: &str = "tools";
    let list = match members.get_mut(NAME) {
        None => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(MemberError::new(NAME, tr!("must be an array"))),
    };
    let tools: Option<Vec<Tool>> = list.iter_mut().map(tool).collect();
    let tools = tools.ok_or_else(|| MemberError::new(NAME, tr!("must be functions, each with a name")))?;
    if tools.is_empty() {
        members.take(NAME);
    }
    Ok(tools)
}

fn tool(tool: &mut Value) -> Option<Tool> {
    let members = members_of(tool)?;
    if *members.entry("type").or_insert_with(|| "function".into()) != "function" {
        return None;
    }
    let function = members_of(members.get_mut("function")?)?;
    let text = |name: &str| {
        function
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let parameters = function.get("parameters").cloned();
    let tool = Tool {
        name: text("name"),
        description: text("description"),
        parameters: parameters.unwrap_or_else(|| Value::Object(Map::new())),
    };
    (!tool.name.is_empty()).then_some(tool)
}

/// Which tool is to be called. The member stays as it was written, but for a form of another API.
fn tool_choice(members: &mut Members) -> Result<Option<ToolChoice>, MemberError> {
    const NAME: &str = "tool_choice";
    let bad = || MemberError::new(NAME, tr!("must be auto, none, required or a function"));
    let name = |name: Option<&Value>| name.and_then(Value::as_str).map(str::to_owned);
    let Some(choice) = members.get(NAME) else {
        return Ok(None);
    };
    if let Some(word) = choice.as_str() {
        return match word {
            "auto" => Ok(Some(ToolChoice::Auto)),
            "none" => Ok(Some(ToolChoice::None)),
            "required" => Ok(Some(ToolChoice::Required)),
            _ => Err(bad()),
        };
    }
    if let Some(name) = name(choice.pointer("/function/name")) {
        return Ok(Some(ToolChoice::Function(name)));
    }
    // As the Responses API has it.
    if let Some(name) = name(choice.get("name")) {
        members.take(NAME);
        return Ok(Some(ToolChoice::Function(name)));
    }
    match choice.get("type") {
        // Only some servers know it.
        Some(Value::String(_)) => Ok(None),
        _ => Err(bad()),
    }
}
