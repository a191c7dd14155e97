//! `GET /models`: models with context sizes, modalities, features and prices, in pages ("List models").

use serde_json::Value;

use crate::error::{Error, Malformed, Service};
use crate::protocol::errors::ErrorBody;
use crate::protocol::malformed::malformed;
use crate::protocol::{JsonMode, Model, ModelPage, json};

/// Models per page. The documentation names no limit; this number is known to work.
pub(super) const PAGE_SIZE: usize = 100;

/// Parses a page. `code` and `message` are null in a successful response.
pub(super) fn page(number: u32, body: &[u8]) -> Result<ModelPage, Error> {
    let value = json::read(body).unwrap_or_default();
    let output = &value["output"];
    let Some(list) = output["models"].as_array() else {
        return Err(no_list(&value, body));
    };
    let size = output["page_size"].as_u64().unwrap_or(PAGE_SIZE as u64);
    let total = output["total"].as_u64().unwrap_or(0);
    let is_last = list.is_empty() || size.saturating_mul(number.into()) >= total;
    Ok(ModelPage {
        models: list.iter().filter_map(model).collect(),
        next: (!is_last).then_some(number + 1),
    })
}

/// The entries of a page as they are.
pub(super) fn list(body: &[u8]) -> Result<Vec<Value>, Error> {
    let mut value = json::read(body).unwrap_or_default();
    match value.pointer_mut("/output/models").map(Value::take) {
        Some(Value::Array(list)) => Ok(list),
        _ => Err(no_list(&value, body)),
    }
}

fn no_list(value: &Value, body: &[u8]) -> Error {
    match ErrorBody::read(body) {
        Some(error) if value.is_object() => error.in_stream(Service::DashScope),
        _ => malformed(Service::DashScope, Malformed::ModelList),
    }
}

fn model(entry: &Value) -> Option<Model> {
    let text = |name: &str| entry[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let count = |name: &str| entry["model_info"][name].as_u64().filter(|count| *count > 0);
    let max_thinking = count("max_reasoning_tokens");
    let thinking = contains(&entry["capabilities"], "Reasoning").map(|named| named || max_thinking.is_some());
    let has = |feature: &str| contains(&entry["features"], feature);
    let offline = entry["inference_offline_info"]["offline_time"].as_str();
    Some(Model {
        id: text("model")?,
        name: text("name"),
        description: text("description"),
        owned_by: text("provider"),
        context_window: count("context_window"),
        max_input: count("max_input_tokens"),
        max_output: count("max_output_tokens"),
        max_thinking,
        inputs: words(&entry["inference_metadata"]["request_modality"]),
        outputs: words(&entry["inference_metadata"]["response_modality"]),
        thinking,
        search: has("web-search"),
        tools: has("function-calling"),
        // Models that are held to an object only are listed without.
        json: has("structured-outputs")
            .filter(|is_by_schema| *is_by_schema)
            .map(|_| JsonMode::Schema),
        partial: has("prefix-completion"),
        batch: has("batch"),
        prices: prices(&entry["prices"]),
        // `2026-10-10 00:00:00`
        retired: offline.and_then(|time| time.get(..10)).map(str::to_owned),
        ..Model::default()
    })
}

/// Whether a list holds a word; `None` when there is no list.
fn contains(list: &Value, word: &str) -> Option<bool> {
    let list = list.as_array()?;
    Some(list.iter().any(|entry| entry.as_str() == Some(word)))
}

fn words(list: &Value) -> Vec<String> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(|word| Some(word.as_str()?.to_ascii_lowercase()))
        .collect()
}

/// Prices such as `Input 12 per 1M tokens`, each with its range of tokens if there are several.
fn prices(ranges: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for range in ranges.as_array().into_iter().flatten() {
        let name = range["range_name"].as_str().unwrap_or_default();
        for price in range["prices"].as_array().into_iter().flatten() {
            let Some(amount) = price["price"].as_str() else {
                continue;
            };
            let what = price["price_name"].as_str().or_else(|| price["type"].as_str());
            let unit = price["price_unit"].as_str().unwrap_or_default();
            let mut line = format!("{} {amount}", what.unwrap_or("price"));
            if !unit.is_empty() {
                line.push(' ');
                line.push_str(&unit.replacen("Per ", "per ", 1));
            }
            if !name.is_empty() && name != "Default" {
                line.push_str(&format!(" ({name})"));
            }
            lines.push(line);
        }
    }
    lines
}
