//! The generation options of the command line as the values of a request.

use std::ffi::OsStr;

use serde_json::Value;

use crate::app::App;
use crate::attach::{self, DeliveryOptions, InputContext, file_argument, read_argument};
use crate::cli::{ContextUse, Generate, RequestFlags};
use crate::connection::Connection;
use crate::error::Failure;
use crate::i18n::UiText;
use crate::store::answer_cache::CacheOptions;
use crate::tr;
use crate::turn::TurnOptions;
use qwen_api::{Params, ResponseFormat, Thinking};

/// The options of this run's requests.
pub struct RequestOptions {
    pub params: Params,
    /// The system message of the command line.
    pub system: Option<String>,
    pub stream: bool,
    /// Whether a picture that is too large may be scaled down.
    pub may_resize: bool,
    /// Whether the whole conversation is sent, even if it may exceed the model's context.
    pub is_whole: bool,
    /// How the answer cache is used; `None` where it is not.
    pub cache: Option<CacheOptions>,
    /// Whether the cost of an answer is shown.
    pub shows_cost: bool,
}

impl RequestOptions {
    /// Reads them, and the files that some of them name.
    pub async fn read(app: &App<'_>, reads: InputContext<'_>, options: &Generate) -> anyhow::Result<RequestOptions> {
        let mut params = app.or_cancelled(params(reads, &options.request)).await?;
        if let Some(chosen) = &app.settings.template {
            params = over(params, &chosen.template.front.params);
        }
        Ok(RequestOptions {
            params,
            system: app.or_cancelled(system(reads, &options.request)).await?,
            stream: !options.no_stream,
            may_resize: !options.no_resize,
            is_whole: options.context == Some(ContextUse::All),
            cache: None,
            shows_cost: options.usage,
        })
    }

    /// The same for one turn. `successor` is asked where the server does not have the model.
    pub fn turn<'a>(&'a self, connection: &'a Connection, successor: Option<String>) -> TurnOptions<'a> {
        TurnOptions {
            params: &self.params,
            stream: self.stream,
            successor,
            context: &connection.context,
            cache: self.cache.as_ref(),
            meter: &connection.meter,
            shows_cost: self.shows_cost,
        }
    }

    pub fn searches(&self) -> bool {
        self.params.search == Some(true)
    }

    /// How attachments may be delivered to the model.
    pub fn delivery(&self, app: &App<'_>) -> DeliveryOptions {
        DeliveryOptions {
            may_resize: self.may_resize,
            may_upload: app.sends,
            in_chat: app.in_chat,
        }
    }
}

/// The options the user gave, and no others.
async fn params(reads: InputContext<'_>, options: &RequestFlags) -> anyhow::Result<Params> {
    let thinking = match (options.think, options.no_think) {
        (Some(budget), _) => Some(Thinking::On { budget }),
        (None, true) => Some(Thinking::Off),
        (None, false) => None,
    };
    let search = match (options.search, options.no_search) {
        (true, _) => Some(true),
        (false, true) => Some(false),
        (false, false) => None,
    };
    let response_format = match &options.schema {
        Some(schema) => Some(ResponseFormat::JsonSchema(schema_of(reads, schema).await?)),
        None if options.json => Some(ResponseFormat::JsonObject),
        None => None,
    };
    Ok(Params {
        temperature: options.temperature,
        top_p: options.top_p,
        top_k: options.top_k,
        max_tokens: options.max_tokens,
        seed: options.seed,
        stop: options.stop.clone(),
        presence_penalty: options.presence_penalty,
        thinking,
        search,
        response_format,
        ..Params::default()
    })
}

/// The parameters of `above`, and those of `below` that it does not set.
pub fn over(above: Params, below: &Params) -> Params {
    let below = below.clone();
    Params {
        temperature: above.temperature.or(below.temperature),
        top_p: above.top_p.or(below.top_p),
        top_k: above.top_k.or(below.top_k),
        max_tokens: above.max_tokens.or(below.max_tokens),
        seed: above.seed.or(below.seed),
        stop: if above.stop.is_empty() { below.stop } else { above.stop },
        presence_penalty: above.presence_penalty.or(below.presence_penalty),
        thinking: above.thinking.or(below.thinking),
        search: above.search.or(below.search),
        response_format: above.response_format.or(below.response_format),
        ..above
    }
}

async fn schema_of(reads: InputContext<'_>, given: &OsStr) -> anyhow::Result<Value> {
    let text = read_argument(reads, "--schema", given).await?;
    let schema: Value = serde_json::from_str(&text).map_err(|error| {
        Failure::usage(tr!("--schema is not JSON: {}", error.to_string())).hint(tr!("give JSON, or @FILE"))
    })?;
    if !schema.is_object() {
        return Err(Failure::usage(tr!("--schema must be a JSON object")).into());
    }
    Ok(schema)
}

/// The system message, if the user gave one.
async fn system(reads: InputContext<'_>, options: &RequestFlags) -> Result<Option<String>, Failure> {
    match &options.system {
        Some(given) => read_argument(reads, "--system", given).await.map(Some),
        None => Ok(None),
    }
}

/// Whether an option names stdin. `also` is one more option's argument.
pub fn takes_stdin(options: &Generate, also: Option<UiText>) -> Result<bool, Failure> {
    let values = [
        ("--system", &options.request.system),
        ("--schema", &options.request.schema),
    ];
    let read = values
        .into_iter()
        .filter_map(|(name, value)| Some((name, file_argument(value.as_deref()?)?)));
    let read: Vec<_> = read.collect();
    let read = read.iter().map(|(name, place)| (*name, place));
    let images = options.image.iter().map(|place| ("--image", place));
    let files = options.file.iter().map(|place| ("--file", place));
    let named = read.chain(images).chain(files);
    let named = named.map(|(name, place)| (UiText::foreign(name), place.as_os_str()));
    let also = also.map(|what| (what, OsStr::new("-")));
    attach::takes_stdin(also.into_iter().chain(named))
}
