//! What a line does not say itself: its model, the parameters of the command line, its local files.

use std::ffi::OsStr;
use std::path::PathBuf;

use serde_json::{Map, Value, json};
use url::Url;

use super::{LineMaker, LocalFile, NotTheLine, fault, several_answers};
use crate::attach::{file_url, is_stdin, read_media};
use crate::chat_body;
use crate::cli::option_ranges;
use crate::i18n::UiText;
use crate::text::sha256_hex;
use crate::tr;
use qwen_api::{MediaKind, MediaSource, Params, ResponseFormat, Sense, Thinking, ThinkingMode, catalog};

impl LineMaker<'_> {
    /// Completes the body of a chat. Returns its model and its local files.
    pub(super) async fn complete_chat(
        &mut self,
        body: &mut Map<String, Value>,
        named: &str,
    ) -> anyhow::Result<(String, Vec<LocalFile>)> {
        check_ranges(body)?;
        self.add_system(body);
        let files = self.resolve_files(body).await?;
        for (name, value) in &self.members {
            let is_said = match name.as_str() {
                "max_tokens" => body.contains_key("max_tokens") || body.contains_key("max_completion_tokens"),
                name => body.contains_key(name),
            };
            if !is_said {
                body.insert(name.clone(), value.clone());
            }
        }
        let mut single = body.clone();
        // Several answers are for a batch service, which has the last word on how many.
        if several_answers(&single).is_some() {
            single.shift_remove("n");
        }
        let read = chat_body::read(single).map_err(|error| fault(error.message()))?;
        let senses = read.chat.messages.iter().map(qwen_api::Message::sense);
        let model = self.model_of(named, senses.max().unwrap_or_default()).await?;
        self.add_thinking(body, &model);
        Ok((model, files))
    }

    /// The model of a line that names this one, or none.
    pub(super) async fn model_of(&mut self, named: &str, sense: Sense) -> anyhow::Result<String> {
        match named {
            "" => self.model(sense).await,
            named => Ok(self.app.settings.model_of(named)),
        }
    }

    /// The model of lines that name none.
    async fn model(&mut self, sense: Sense) -> anyhow::Result<String> {
        if let Some(model) = self.models.get(&sense) {
            return Ok(model.clone());
        }
        let model = self.connection.model(self.app, sense).await;
        let model = model.map_err(|error| error.context(NotTheLine))?;
        self.models.insert(sense, model.clone());
        Ok(model)
    }

    /// Puts the system message of the command line before messages that have none.
    fn add_system(&self, body: &mut Map<String, Value>) {
        let (Some(system), Some(Value::Array(messages))) = (&self.options.system, body.get_mut("messages")) else {
            return;
        };
        let is_system = |message: &Value| matches!(message["role"].as_str(), Some("system" | "developer"));
        if !messages.iter().any(is_system) {
            messages.insert(0, json!({"role": "system", "content": system}));
        }
    }

    /// Models that think unless told otherwise are told so: thinking multiplies the price, and the results of a batch
    /// service do not show it.
    fn add_thinking(&self, body: &mut Map<String, Value>, model: &str) {
        let names = ["enable_thinking", "thinking_budget", "reasoning_effort"];
        if names.iter().any(|name| body.contains_key(*name)) {
            return;
        }
        let mode = catalog::find(model).and_then(|model| model.thinks);
        match (self.options.params.thinking, mode) {
            (_, Some(ThinkingMode::Never)) => {}
            (Some(thinking), _) => {
                body.insert("enable_thinking".to_owned(), (thinking != Thinking::Off).into());
                if let Thinking::On { budget: Some(budget) } = thinking {
                    body.insert("thinking_budget".to_owned(), budget.into());
                }
            }
            (None, Some(ThinkingMode::ByDefault)) => {
                body.insert("enable_thinking".to_owned(), false.into());
            }
            (None, _) => {}
        }
    }

    /// Makes the places of local files in a body into `file:` URLs. Returns these.
    async fn resolve_files(&mut self, body: &mut Map<String, Value>) -> anyhow::Result<Vec<LocalFile>> {
        let mut files = Vec::new();
        let Some(Value::Array(messages)) = body.get_mut("messages") else {
            return Ok(files);
        };
        let parts = messages
            .iter_mut()
            .filter_map(|message| message.get_mut("content")?.as_array_mut());
        for part in parts.flatten() {
            let Some(place) = part.pointer_mut("/image_url/url") else {
                continue;
            };
            let Some(named) = place.as_str().filter(|place| is_local(place)) else {
                continue;
            };
            let file = self.local_image(named).await?;
            *place = file.url.as_str().into();
            files.push(file);
        }
        Ok(files)
    }

    async fn local_image(&mut self, place: &str) -> anyhow::Result<LocalFile> {
        if let Some(known) = self.files.get(place) {
            return Ok(known.clone());
        }
        if is_stdin(OsStr::new(place)) {
            return Err(fault(tr!("{} is no local file", place)));
        }
        let notice = |notice| self.app.notice(notice);
        let media = read_media(self.app.reads(None, &notice), OsStr::new(place)).await?;
        let MediaSource::Inline(bytes) = &media.source else {
            return Err(fault(tr!("{} is not a picture", place)));
        };
        if media.kind != MediaKind::Image {
            return Err(fault(tr!("{} is not a picture", place)));
        }
        let path = match file_url(place).transpose()? {
            Some(path) => path,
            None => PathBuf::from(place),
        };
        let path = self
            .app
            .host
            .cwd
            .as_ref()
            .map_or_else(|| path.clone(), |cwd| cwd.join(&path));
        let url = Url::from_file_path(&path).map_err(|()| fault(tr!("{} is no local file", place)))?;
        let file = LocalFile {
            url: url.to_string(),
            digest: sha256_hex(bytes),
            size: bytes.len(),
        };
        self.files.insert(place.to_owned(), file.clone());
        Ok(file)
    }
}

/// Whether it is the place of a file on this machine rather than a URL that the server reads.
fn is_local(place: &str) -> bool {
    let is_elsewhere = ["http://", "https://", "data:", "oss://", "fileid://"]
        .iter()
        .any(|start| {
            place
                .get(..start.len())
                .is_some_and(|begin| begin.eq_ignore_ascii_case(start))
        });
    !is_elsewhere
}

/// The parameters as members of a body, but for thinking, which depends on the model.
pub(super) fn members(params: &Params) -> Map<String, Value> {
    let mut members = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            members.insert(name.to_owned(), value);
        }
    };
    put("temperature", params.temperature.map(Value::from));
    put("top_p", params.top_p.map(Value::from));
    put("top_k", params.top_k.map(Value::from));
    put("max_tokens", params.max_tokens.map(Value::from));
    put("seed", params.seed.map(Value::from));
    put(
        "stop",
        (!params.stop.is_empty()).then(|| Value::from(params.stop.clone())),
    );
    put("presence_penalty", params.presence_penalty.map(Value::from));
    put("enable_search", params.search.map(Value::from));
    put(
        "response_format",
        params.response_format.as_ref().map(|format| match format {
            ResponseFormat::JsonObject => json!({"type": "json_object"}),
            ResponseFormat::JsonSchema(schema) => {
                json!({"type": "json_schema", "json_schema": {"name": "answer", "strict": true, "schema": schema}})
            }
        }),
    );
    members
}

/// Checks the parameters against the ranges of the options of these names.
fn check_ranges(body: &Map<String, Value>) -> anyhow::Result<()> {
    type Range = fn(&str) -> Result<(), UiText>;
    let ranges: [(&str, Range); 7] = [
        ("temperature", |text| option_ranges::temperature(text).map(drop)),
        ("top_p", |text| option_ranges::top_p(text).map(drop)),
        ("top_k", |text| option_ranges::top_k(text).map(drop)),
        ("max_tokens", |text| option_ranges::max_tokens(text).map(drop)),
        ("seed", |text| option_ranges::seed(text).map(drop)),
        ("presence_penalty", |text| {
            option_ranges::presence_penalty(text).map(drop)
        }),
        ("thinking_budget", |text| option_ranges::budget(text).map(drop)),
    ];
    for (name, check) in ranges {
        if let Some(number @ Value::Number(_)) = body.get(name) {
            check(&number.to_string()).map_err(|why| fault(tr!("{} {}", name, why)))?;
        }
    }
    Ok(())
}
