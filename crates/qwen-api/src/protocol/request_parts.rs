//! The parts of a request that the compatible and the native protocol write the same way.

use serde_json::{Map, Value, json};

use super::{HeaderValue, HttpRequest, Method};
use crate::error::{Error, InvalidInput};
use crate::notice::Parameter;
use crate::request_body::Attachments;
use crate::secret::Secret;
use crate::{
    Block, ChatRequest, Media, MediaKind, MediaSource, Message, Notice, Params, ResponseFormat, Role, SearchOptions,
    Thinking, ToolChoice, ToolResult,
};

/// A request without a body, the key as its bearer token.
pub(super) fn bearer(
    method: Method,
    url: String,
    key: Option<&(Secret, String)>,
    headers: &[(String, HeaderValue)],
) -> HttpRequest {
    let authorization = key.map(|(secret, variable)| {
        let value = HeaderValue::Secret {
            prefix: "Bearer ",
            secret: secret.clone(),
            variable: variable.clone(),
        };
        ("Authorization".to_owned(), value)
    });
    HttpRequest {
        method,
        url,
        headers: authorization.into_iter().chain(headers.iter().cloned()).collect(),
        body: None,
    }
}

/// The parameters of a request, as the members of a JSON object.
#[derive(Default)]
pub(super) struct RequestMembers(Map<String, Value>);

impl RequestMembers {
    /// Adds a member, if it has a value.
    pub(super) fn put(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into());
        }
    }

    /// Adds what every server has.
    pub(super) fn put_sampling(&mut self, params: &Params) {
        self.put("temperature", params.temperature);
        self.put("top_p", params.top_p);
        self.put("top_k", params.top_k);
        self.put("max_tokens", params.max_tokens);
        self.put("max_completion_tokens", params.max_completion_tokens);
        self.put("seed", params.seed);
        self.put("stop", (!params.stop.is_empty()).then(|| params.stop.clone()));
        self.put("presence_penalty", params.presence_penalty);
        self.put("repetition_penalty", params.repetition_penalty);
    }

    /// Adds what DashScope has, but for the options of the search.
    pub(super) fn put_dashscope(&mut self, params: &Params) {
        let is_on = |thinking| thinking != Thinking::Off;
        self.put("enable_thinking", params.thinking.map(is_on));
        if let Some(Thinking::On { budget }) = params.thinking {
            self.put("thinking_budget", budget);
        }
        self.put("preserve_thinking", params.preserve_thinking);
        self.put("vl_high_resolution_images", params.high_resolution_images);
        self.put("enable_search", params.search);
    }

    /// Adds the form of the answer, the tools and, last of all, the further parameters.
    pub(super) fn put_answer(&mut self, request: &ChatRequest, params: &Params) {
        self.put(
            "reasoning_effort",
            params.reasoning_effort.map(|effort| effort.as_str()),
        );
        self.put("response_format", params.response_format.as_ref().map(response_format));
        if !params.tools.is_empty() {
            let tools = params
                .tools
                .iter()
                .map(|tool| json!({"type": "function", "function": tool}));
            self.put("tools", Some(tools.collect::<Vec<Value>>()));
            // Without it GLM streams no call at all.
            self.put("tool_stream", needs_tool_stream(request).then_some(true));
        }
        self.put("tool_choice", params.tool_choice.as_ref().map(tool_choice));
        self.put("parallel_tool_calls", params.parallel_tool_calls);
        self.0.extend(params.extra.clone());
    }

    pub(super) fn into_map(self) -> Map<String, Value> {
        self.0
    }
}

fn needs_tool_stream(request: &ChatRequest) -> bool {
    let name = request.model.rsplit('/').next().unwrap_or_default();
    is_streamed(request) && name.to_ascii_lowercase().starts_with("glm-")
}

fn tool_choice(choice: &ToolChoice) -> Value {
    match choice {
        ToolChoice::Auto => "auto".into(),
        ToolChoice::None => "none".into(),
        ToolChoice::Required => "required".into(),
        ToolChoice::Function(name) => json!({"type": "function", "function": {"name": name}}),
    }
}

/// `search_options`, without what only the native protocol has.
pub(super) fn search_options(options: &SearchOptions) -> Map<String, Value> {
    let mut members = RequestMembers::default();
    members.put("forced_search", options.forced);
    members.put("search_strategy", options.strategy.clone());
    members.put("enable_search_extension", options.extension);
    members.put("freshness", options.freshness);
    let sites = &options.sites;
    members.put("assigned_site_list", (!sites.is_empty()).then(|| sites.clone()));
    let instruction = options.instruction.as_ref();
    members.put(
        "intention_options",
        instruction.map(|instruction| json!({"prompt_intervene": instruction})),
    );
    members.into_map()
}

/// The parameters for the rest of an answer, which is not to be had while the model thinks.
pub(super) fn params_of_rest(params: &Params) -> Params {
    Params {
        thinking: params.thinking.map(|_| Thinking::Off),
        reasoning_effort: None,
        ..params.clone()
    }
}

/// The notice of those of the parameters that the provider lacks.
pub(super) fn left_out(params: &Params, lacks: impl Fn(&Parameter) -> bool) -> Option<Notice> {
    let parameters: Vec<Parameter> = params.given().filter(lacks).collect();
    (!parameters.is_empty()).then_some(Notice::ParametersLeftOut { parameters })
}

/// The results of tools in a message: each is a message of its own.
pub(super) fn tool_results(message: &Message) -> impl Iterator<Item = &ToolResult> {
    message.blocks.iter().filter_map(|block| match block {
        Block::ToolResult(result) => Some(result),
        _ => None,
    })
}

/// Whether something of a message is left beside its documents and its results of tools.
pub(super) fn has_own_content(message: &Message) -> bool {
    message.role != Role::Tool || tool_results(message).next().is_none()
}

/// Adds the calls of an assistant's message, and the thoughts where they are sent back.
pub(super) fn put_calls(written: &mut Value, message: &Message, params: &Params) {
    let (mut thoughts, mut calls) = (String::new(), Vec::new());
    for block in &message.blocks {
        match block {
            Block::Thinking(text) => thoughts.push_str(text),
            // Arguments must be there, and be JSON.
            Block::ToolCall(call) => calls.push(json!({
                "id": call.id,
                "type": "function",
                "function": {
                    "name": call.name,
                    "arguments": if call.arguments.is_empty() { "{}" } else { &call.arguments },
                },
            })),
            Block::Text(_) | Block::Media(_) | Block::ToolResult(_) => {}
        }
    }
    // Models that think between calls go on from the thoughts that led to them; the others ignore these.
    let is_thought_sent = !calls.is_empty() || params.preserve_thinking == Some(true);
    if is_thought_sent && !thoughts.is_empty() && message.role == Role::Assistant {
        written["reasoning_content"] = thoughts.into();
    }
    if !calls.is_empty() {
        written["tool_calls"] = calls.into();
    }
}

/// Adds the further members of a message, in the place of those that were made of its blocks.
pub(super) fn put_extra(written: &mut Value, extra: Map<String, Value>) {
    if let Some(members) = written.as_object_mut() {
        members.extend(extra);
    }
}

/// The form an answer must have.
fn response_format(format: &ResponseFormat) -> Value {
    match format {
        ResponseFormat::JsonObject => json!({"type": "json_object"}),
        ResponseFormat::JsonSchema(schema) => json!({
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": true, "schema": schema},
        }),
    }
}

/// The header without which the server does not look into its temporary storage, where a message refers to it.
pub(super) fn storage_header<'m>(media: impl IntoIterator<Item = &'m Media>) -> Option<(String, HeaderValue)> {
    let is_stored = |media: &Media| matches!(&media.source, MediaSource::Url(url) if url.starts_with("oss://"));
    let enable = HeaderValue::Plain("enable".into());
    media
        .into_iter()
        .any(is_stored)
        .then(|| ("X-DashScope-OssResourceResolve".into(), enable))
}

/// The ids of a message's documents, `fileid://…`: each is a system message of its own.
pub(super) fn document_ids(message: &Message) -> impl Iterator<Item = &str> {
    message.media().filter_map(|media| match (&media.source, media.kind) {
        (MediaSource::Url(url), MediaKind::Document) => Some(url.as_str()),
        _ => None,
    })
}

/// The URL of a media block: its own, or a `data:` URI with the mark of its bytes, which are added to `attachments`.
pub(super) fn media_url(media: &Media, attachments: &mut Attachments) -> Result<String, Error> {
    data_uri(media, &media.mime, attachments)
}

/// The URL of a sound for a model of DashScope. Where it is a `data:` URI, models that only transcribe require its media
/// type, and the omni models take it without one.
pub(super) fn audio_url(media: &Media, model: &str, attachments: &mut Attachments) -> Result<String, Error> {
    let mime = if transcribes(model) { media.mime.as_str() } else { "" };
    data_uri(media, mime, attachments)
}

fn data_uri(media: &Media, mime: &str, attachments: &mut Attachments) -> Result<String, Error> {
    match &media.source {
        MediaSource::Url(url) => Ok(url.clone()),
        MediaSource::Inline(bytes) => Ok(format!("data:{mime};base64,{}", attachments.add(bytes.clone().into()))),
        MediaSource::File { .. } => Err(not_uploaded(media)),
    }
}

/// The error for a file that was not uploaded.
pub(super) fn not_uploaded(media: &Media) -> Error {
    Error::new(InvalidInput::NotUploaded {
        name: media.name.clone(),
    })
}

/// The word of the API for a sound's format: `wav`, `mp3`, `m4a`; `None` where it is not known.
pub(super) fn audio_format(media: &Media) -> Option<String> {
    let subtype = media.mime.rsplit('/').next().unwrap_or_default();
    let named = match (subtype, &media.source) {
        ("", MediaSource::Url(url)) => {
            let path = url.split(['?', '#']).next().unwrap_or_default();
            let (_, extension) = path.rsplit('/').next()?.rsplit_once('.')?;
            extension.to_ascii_lowercase()
        }
        ("", _) => return None,
        ("mpeg" | "mpga", _) => "mp3".to_owned(),
        ("mp4", _) => "m4a".to_owned(),
        ("opus", _) => "ogg".to_owned(),
        (subtype, _) => subtype.trim_start_matches("x-").to_owned(),
    };
    Some(named)
}

/// Whether a model of DashScope turns speech into text and does nothing else.
pub(super) fn transcribes(model: &str) -> bool {
    model.to_ascii_lowercase().contains("-asr")
}

/// Whether the reply is streamed: where the request asks for it, and from omni models, most of which answer in streams only.
pub(super) fn is_streamed(request: &ChatRequest) -> bool {
    request.stream || request.model.to_ascii_lowercase().contains("omni")
}

/// Refuses a model that corrects words it has already sent, which a reply of deltas cannot show.
pub(super) fn check_model(request: &ChatRequest) -> Result<(), Error> {
    let model = request.model.to_ascii_lowercase();
    match transcribes(&model) && model.starts_with("qwen-audio-") {
        true => Err(Error::new(InvalidInput::RevisingModel {
            model: request.model.clone(),
        })),
        false => Ok(()),
    }
}
