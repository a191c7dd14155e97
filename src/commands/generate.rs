//! The generation options of the command line as a request's values.

use serde_json::Value;

use crate::attach::{Means, read_argument};
use crate::chat::{Params, ResponseFormat, Thinking};
use crate::cli::Generate;
use crate::error::Failure;
use crate::host::Host;
use crate::words;

/// The options the user gave, and no others.
pub(super) fn params(host: &Host, options: &Generate) -> Result<Params, Failure> {
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
    let format = match &options.schema {
        Some(schema) => Some(ResponseFormat::JsonSchema(schema_of(host, schema)?)),
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
        format,
    })
}

fn schema_of(host: &Host, given: &str) -> Result<Value, Failure> {
    let text = read_argument(host, "--schema", given)?;
    let schema: Value = serde_json::from_str(&text).map_err(|error| {
        Failure::usage(words!("--schema is no JSON: {}", error.to_string())).hint(words!("give JSON, or @FILE"))
    })?;
    if !schema.is_object() {
        return Err(Failure::usage(words!("--schema must be a JSON object")));
    }
    Ok(schema)
}

/// The system message, if the user gave one.
pub(super) fn system(host: &Host, options: &Generate) -> Result<Option<String>, Failure> {
    options
        .system
        .as_deref()
        .map(|given| read_argument(host, "--system", given))
        .transpose()
}

/// What may be done to get attachments to the model.
pub(super) fn means(options: &Generate, sends: bool) -> Means {
    Means {
        resizes: !options.no_resize,
        sends,
    }
}
