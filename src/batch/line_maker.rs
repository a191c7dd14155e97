//! Lines of the input as requests that can be sent: every form becomes the body of a chat completion.

mod complete;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsStr;

use serde_json::{Map, Value, json};

use super::job_file::MAX_LINE;
use crate::app::App;
use crate::attach::{FileContent, read_files};
use crate::connection::Connection;
use crate::conversation::options::RequestOptions;
use crate::error::Failure;
use crate::i18n::UiText;
use crate::store::ledger::NewLine;
use crate::template::{ChosenTemplate, RenderInput};
use crate::text::file_size;
use crate::tr;
use qwen_api::Sense;

/// The path of a chat completion, which a line without a `url` asks for.
pub const CHAT: &str = "/v1/chat/completions";

/// What the path of every request begins with.
const ROOT: &str = "/v1/";

/// The most characters of an id ("Batch inference").
const MAX_ID: usize = 256;

/// Makes requests of the lines of an input.
pub(super) struct LineMaker<'a> {
    app: &'a App<'a>,
    connection: &'a Connection,
    options: &'a RequestOptions,
    /// The parameters that hold for every line, as the members of a body.
    members: Map<String, Value>,
    template: Option<&'a ChosenTemplate>,
    /// The names of the template's variables.
    variables: BTreeSet<String>,
    date: String,
    /// The models of lines that name none, by what their messages need.
    models: BTreeMap<Sense, String>,
    /// The local files that lines name, by their places.
    files: HashMap<String, LocalFile>,
}

/// A line of the input in any of the forms, read.
#[derive(Debug, Default)]
struct RawLine {
    custom_id: Option<String>,
    url: Option<String>,
    body: Map<String, Value>,
    cells: Option<Vec<String>>,
}

/// A line that can be sent, and what its answer depends on beside its text.
#[derive(Debug)]
pub(super) struct MadeLine {
    pub(super) line: NewLine,
    pub(super) model: String,
    /// Whether it is asked to think: what a file of a batch service has one of.
    pub(super) thinks: Option<bool>,
    /// What of it only a batch service answers: the path of a request that is no chat, a number of answers.
    pub(super) only_service: Option<String>,
    /// The local files in it.
    pub(super) files: Vec<LocalFile>,
}

impl MadeLine {
    /// About how long it is in a batch service's file, in bytes. A picture that will be scaled down counts as it is.
    pub(super) fn length_in_file(&self) -> usize {
        let files = self.files.iter().map(|file| file.size.div_ceil(3) * 4);
        self.line.body.len() + files.sum::<usize>()
    }
}

/// A local file that lines name.
#[derive(Clone, Debug)]
pub(super) struct LocalFile {
    url: String,
    /// The SHA-256 of its content.
    pub(super) digest: String,
    /// In bytes.
    size: usize,
}

/// The context of an error that is not about the line.
#[derive(Debug)]
pub(super) struct NotTheLine;

impl std::fmt::Display for NotTheLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("before the lines were read")
    }
}

/// What a prompt consists of.
#[derive(Debug, Default)]
struct PromptParts {
    prompt: Option<String>,
    system: Option<String>,
    images: Vec<String>,
    files: Vec<String>,
    /// Values of the template's variables.
    variables: Vec<(String, String)>,
}

impl<'a> LineMaker<'a> {
    pub(super) fn new(app: &'a App<'a>, connection: &'a Connection, options: &'a RequestOptions) -> LineMaker<'a> {
        let template = app.settings.template.as_ref();
        let variables = template.map(|chosen| chosen.template.variables().map(|(name, _)| name.to_owned()).collect());
        LineMaker {
            app,
            connection,
            options,
            members: complete::members(&options.params),
            template,
            variables: variables.unwrap_or_default(),
            date: jiff::Zoned::now().date().to_string(),
            models: BTreeMap::new(),
            files: HashMap::new(),
        }
    }

    /// The request of a line that is a prompt.
    pub(super) async fn of_text(&mut self, text: &str, number: u64) -> anyhow::Result<MadeLine> {
        let parts = PromptParts {
            prompt: Some(text.to_owned()),
            ..PromptParts::default()
        };
        let body = self.prompt_body(parts, Map::new()).await?;
        let raw = RawLine {
            body,
            ..RawLine::default()
        };
        self.finish(raw, number).await
    }

    /// The request of a row of a table, whose columns are variables of the template.
    pub(super) async fn of_row(
        &mut self,
        columns: &[String],
        cells: Vec<String>,
        number: u64,
    ) -> anyhow::Result<MadeLine> {
        let cell = |name: &str| {
            let at = columns.iter().position(|column| column == name)?;
            cells.get(at).cloned()
        };
        let row = columns.iter().cloned().zip(cells.iter().cloned());
        let parts = PromptParts {
            prompt: cell("input"),
            variables: row.filter(|(name, _)| self.variables.contains(name)).collect(),
            ..PromptParts::default()
        };
        let custom_id = cell("custom_id").or_else(|| cell("id")).filter(|id| !id.is_empty());
        let body = self.prompt_body(parts, Map::new()).await?;
        let raw = RawLine {
            custom_id,
            body,
            cells: Some(cells),
            ..RawLine::default()
        };
        self.finish(raw, number).await
    }

    /// The request of a JSON object: OpenAI's batch line, the body of a chat completion, or a prompt with parameters.
    pub(super) async fn of_json(&mut self, text: &str, number: u64) -> anyhow::Result<MadeLine> {
        let value: Value =
            serde_json::from_str(text).map_err(|error| Failure::usage(tr!("is not JSON: {}", json_reason(&error))))?;
        let Value::Object(mut members) = value else {
            return Err(fault(tr!("must be a JSON object")));
        };
        let custom_id = match members.shift_remove("custom_id") {
            Some(id) => Some(id_text("custom_id", &id)?),
            None if members.contains_key("body") => None,
            None => members.shift_remove("id").map(|id| id_text("id", &id)).transpose()?,
        };
        let mut raw = RawLine {
            custom_id,
            ..RawLine::default()
        };
        if let Some(body) = members.shift_remove("body") {
            let Value::Object(body) = body else {
                return Err(fault(tr!("{} {}", "body", tr!("must be an object"))));
            };
            if members.get("method").is_some_and(|method| method != "POST") {
                return Err(fault(tr!("{} {}", "method", tr!("must be {}", "POST"))));
            }
            raw.url = match members.shift_remove("url") {
                None => None,
                Some(Value::String(url)) if url.starts_with(ROOT) => Some(url),
                Some(_) => return Err(fault(tr!("{} {}", "url", tr!("must begin with {}", ROOT)))),
            };
            raw.body = body;
        } else if members.contains_key("messages") {
            raw.body = members;
        } else {
            let parts = self.parts(&mut members)?;
            raw.body = self.prompt_body(parts, members).await?;
        }
        self.finish(raw, number).await
    }

    /// The parts of a prompt, taken from the members of a line; those that stay are parameters.
    fn parts(&self, members: &mut Map<String, Value>) -> anyhow::Result<PromptParts> {
        let mut parts = PromptParts {
            prompt: text(members, "prompt")?,
            system: text(members, "system")?,
            images: texts(members, "image")?,
            files: texts(members, "file")?,
            variables: Vec::new(),
        };
        let named = members.keys().filter(|name| self.variables.contains(*name));
        for name in named.cloned().collect::<Vec<_>>() {
            let value = match members.shift_remove(&name) {
                Some(Value::String(text)) => text,
                Some(value @ (Value::Bool(_) | Value::Number(_))) => value.to_string(),
                _ => return Err(fault(tr!("{} {}", name, tr!("must be a single value")))),
            };
            parts.variables.push((name, value));
        }
        if parts.prompt.is_none() && parts.images.is_empty() && parts.files.is_empty() && self.template.is_none() {
            return Err(fault(tr!("has neither prompt, messages nor body")));
        }
        Ok(parts)
    }

    /// A body whose messages are a prompt; `members` are its parameters.
    async fn prompt_body(
        &mut self,
        parts: PromptParts,
        mut members: Map<String, Value>,
    ) -> anyhow::Result<Map<String, Value>> {
        let mut prompt = String::new();
        let is_given = parts.prompt.is_some() || !parts.files.is_empty() || !parts.images.is_empty();
        for file in &parts.files {
            prompt.push_str(&self.file_text(file).await?);
            prompt.push('\n');
        }
        prompt.push_str(&parts.prompt.unwrap_or_default());
        let mut system = parts.system;
        if let Some(chosen) = self.template {
            let given = parts.variables.iter();
            let given = given.map(|(name, value)| (name.as_str(), value.as_str()));
            let vars = chosen.template.vars_over(&chosen.vars, given)?;
            let cwd = self.app.host.cwd.as_ref().map(|cwd| cwd.to_string_lossy());
            let rendered = chosen.template.render(
                &vars,
                RenderInput {
                    input: is_given.then_some(prompt.as_str()),
                    date: &self.date,
                    cwd: cwd.as_deref().unwrap_or_default(),
                },
            )?;
            prompt = rendered.prompt;
            system = system.or_else(|| self.options.system.clone()).or(rendered.system);
        }
        if prompt.is_empty() && parts.images.is_empty() {
            return Err(fault(tr!("the prompt is empty")));
        }
        let mut messages = Vec::new();
        if let Some(system) = system {
            messages.push(json!({"role": "system", "content": system}));
        }
        let content = match parts.images.is_empty() {
            true => Value::from(prompt),
            false => {
                let image = |url: &String| json!({"type": "image_url", "image_url": {"url": url}});
                let mut content: Vec<Value> = parts.images.iter().map(image).collect();
                content.push(json!({"type": "text", "text": prompt}));
                content.into()
            }
        };
        messages.push(json!({"role": "user", "content": content}));
        members.insert("messages".to_owned(), messages.into());
        Ok(members)
    }

    /// The text of a file, fenced and named.
    async fn file_text(&self, place: &str) -> anyhow::Result<String> {
        let notice = |notice| self.app.notice(notice);
        match read_files(self.app.reads(None, &notice), OsStr::new(place)).await? {
            FileContent::Text(text) => Ok(text),
            FileContent::Document(document) => Err(fault(tr!("{} is a document, not a text file", document.name))),
        }
    }

    /// Completes a request by what holds for every line, and checks it.
    async fn finish(&mut self, mut raw: RawLine, number: u64) -> anyhow::Result<MadeLine> {
        let custom_id = raw.custom_id.unwrap_or_else(|| format!("line-{number}"));
        if custom_id.is_empty() || custom_id.chars().count() > MAX_ID {
            return Err(fault(tr!("the id must have 1 to {} characters", MAX_ID)));
        }
        let url = raw.url.take().unwrap_or_else(|| CHAT.to_owned());
        let mut body = std::mem::take(&mut raw.body);
        // A result is a whole answer, however it is asked for.
        body.shift_remove("stream");
        body.shift_remove("stream_options");
        let named = body.get("model").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut only_service = (url != CHAT).then(|| url.clone());
        let (model, files) = match url == CHAT {
            true => {
                only_service = several_answers(&body).map(|count| format!("\"n\": {count}"));
                self.complete_chat(&mut body, &named).await?
            }
            // Embeddings and what else a batch service answers are its own business.
            false => (self.model_of(&named, Sense::Reading).await?, Vec::new()),
        };
        let thinks = body.get("enable_thinking").and_then(Value::as_bool);
        // The model stands first, as people write it.
        body.shift_remove("model");
        body.shift_insert(0, "model".to_owned(), Value::from(model.as_str()));
        let text = Value::Object(body).to_string();
        if text.len() > MAX_LINE {
            let is = file_size(text.len() as u64);
            return Err(fault(tr!("the body has {}, and at most 6 MB can be sent", is)));
        }
        Ok(MadeLine {
            line: NewLine {
                custom_id,
                url,
                body: text,
                cells: raw.cells,
            },
            model,
            thinks,
            only_service,
            files,
        })
    }
}

/// How many answers a body asks for, where that is more than one.
pub(super) fn several_answers(body: &Map<String, Value>) -> Option<u64> {
    body.get("n").and_then(Value::as_u64).filter(|count| *count > 1)
}

fn fault(why: UiText) -> anyhow::Error {
    Failure::usage(why).into()
}

fn json_reason(error: &serde_json::Error) -> UiText {
    let text = error.to_string();
    // A line of the input is one line: only its column says something.
    let (what, column) = match text.rsplit_once(" at line ") {
        Some((what, _)) if error.column() > 0 => (what, error.column()),
        _ => return UiText::foreign(text),
    };
    tr!("{} at column {}", what, column)
}

fn id_text(name: &str, id: &Value) -> anyhow::Result<String> {
    match id {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(fault(tr!("{} {}", name, tr!("must be a string")))),
    }
}

fn text(members: &mut Map<String, Value>, name: &str) -> anyhow::Result<Option<String>> {
    match members.shift_remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(fault(tr!("{} {}", name, tr!("must be a string")))),
    }
}

fn texts(members: &mut Map<String, Value>, name: &str) -> anyhow::Result<Vec<String>> {
    let given = match members.shift_remove(name) {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(Value::String(text)) => Some(vec![text]),
        Some(Value::Array(all)) => all.iter().map(|one| one.as_str().map(str::to_owned)).collect(),
        Some(_) => None,
    };
    given.ok_or_else(|| fault(tr!("{} {}", name, tr!("must be a string or an array of strings"))))
}
