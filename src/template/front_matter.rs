//! The front matter of a template: TOML between two lines `+++`.

use std::collections::BTreeMap;

use minijinja::Value;
use serde_json::Value as Json;
use toml_edit::{Document, Item, TableLike, Value as TomlValue};

use super::Passage;
use crate::cli::option_ranges;
use crate::i18n::{UiText, quoted};
use crate::text::{line_at, nearest};
use crate::tr;
use qwen_api::{Params, ResponseFormat, Thinking};

/// The keys, in the order of the documentation.
const KEYS: &[&str] = &[
    "description",
    "model",
    "system",
    "temperature",
    "top_p",
    "top_k",
    "max_tokens",
    "seed",
    "stop",
    "presence_penalty",
    "think",
    "search",
    "json",
    "schema",
    "extract",
    "vars",
];

/// The variables that every template has.
pub(super) const GIVEN: &[&str] = &["input", "date", "cwd"];

/// What a template says of the request.
#[derive(Clone, Debug, Default)]
pub struct FrontMatter {
    pub description: Option<String>,
    /// The model, and its line.
    pub model: Option<(String, usize)>,
    pub params: Params,
    /// `Some(None)`: all code blocks of the answer; else the N-th.
    pub extract: Option<Option<usize>>,
    pub(super) system: Option<Passage>,
    /// The variables with their defaults.
    pub(super) vars: BTreeMap<String, Value>,
    /// The line of `vars`; the file's first without it.
    pub(super) vars_line: usize,
}

/// What is wrong in a file, and the line where it is, from 1.
pub(super) type LineFault = (usize, UiText);

impl FrontMatter {
    /// Takes a file apart: the front matter, if it has any, and the body.
    pub(super) fn split(text: &str) -> Result<(FrontMatter, Passage), LineFault> {
        let mut lines = text.split_inclusive('\n');
        let first = lines.next().unwrap_or_default();
        if first.trim_end() != "+++" {
            return Ok((FrontMatter::parse("")?, Passage::trimmed(text, 1)));
        }
        let (start, mut end) = (first.len(), first.len());
        for (number, line) in (2..).zip(lines) {
            if line.trim_end() == "+++" {
                // With an empty line in the place of the first, its lines are those of the file.
                let front = FrontMatter::parse(&format!("\n{}", &text[start..end]))?;
                return Ok((front, Passage::trimmed(&text[end + line.len()..], number + 1)));
            }
            end += line.len();
        }
        Err((1, tr!("the front matter is not closed: a second line +++ is missing")))
    }

    fn parse(text: &str) -> Result<FrontMatter, LineFault> {
        let document = Document::parse(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let why = error.message().replace('\n', ", ");
            (line_at(text.as_bytes(), at), UiText::foreign(why))
        })?;
        let mut front = FrontMatter {
            vars_line: 1,
            ..FrontMatter::default()
        };
        for (name, item) in document.as_table().iter() {
            let span = document.as_table().key(name).and_then(|key| key.span()).or(item.span());
            let line = line_at(text.as_bytes(), span.map_or(0, |span| span.start));
            if !KEYS.contains(&name) {
                return Err((line, unknown(name)));
            }
            let taken = match name {
                "system" => string(item).map(|system| front.system = Some(passage(text, item, system))),
                "model" => string(item).map(|model| front.model = Some((model, line))),
                "vars" => {
                    front.vars_line = line;
                    front.take_vars(text, item)?;
                    Ok(())
                }
                _ => front.take(name, item),
            };
            taken.map_err(|why| (line, tr!("{} {}", name, why)))?;
        }
        Ok(front)
    }

    /// Takes one key. The error is what its value must be.
    fn take(&mut self, name: &str, item: &Item) -> Result<(), UiText> {
        let params = &mut self.params;
        match name {
            "description" => {
                let text = item.as_str().ok_or_else(|| tr!("must be a text in quotes"))?;
                self.description = Some(text.to_owned()).filter(|text| !text.is_empty());
            }
            "temperature" => params.temperature = Some(option_ranges::temperature(&word(item)?)?),
            "top_p" => params.top_p = Some(option_ranges::top_p(&word(item)?)?),
            "top_k" => params.top_k = Some(option_ranges::top_k(&word(item)?)?),
            "max_tokens" => params.max_tokens = Some(option_ranges::max_tokens(&word(item)?)?),
            "seed" => params.seed = Some(option_ranges::seed(&word(item)?)?),
            "presence_penalty" => params.presence_penalty = Some(option_ranges::presence_penalty(&word(item)?)?),
            "stop" => params.stop = stops(item)?,
            "think" => {
                params.thinking = Some(match item.as_bool() {
                    Some(true) => Thinking::On { budget: None },
                    Some(false) => Thinking::Off,
                    None => Thinking::On {
                        budget: Some(option_ranges::budget(&word(item)?)?),
                    },
                });
            }
            "search" => params.search = Some(truth(item)?),
            "json" | "schema" if params.response_format.is_some() => {
                return Err(tr!("cannot be used together with json or schema"));
            }
            "json" => params.response_format = truth(item)?.then_some(ResponseFormat::JsonObject),
            "schema" => params.response_format = Some(ResponseFormat::JsonSchema(schema(item)?)),
            "extract" => {
                self.extract = match item.as_bool() {
                    Some(all) => all.then_some(None),
                    None => Some(Some(option_ranges::nth(&word(item)?)?)),
                };
            }
            _ => {}
        }
        Ok(())
    }

    fn take_vars(&mut self, text: &str, item: &Item) -> Result<(), LineFault> {
        let Some(table) = item.as_table_like() else {
            return Err((self.vars_line, tr!("vars must be a table: name = default")));
        };
        for (name, item) in table.iter() {
            let span = table.key(name).and_then(|key| key.span()).or(item.span());
            let line = line_at(text.as_bytes(), span.map_or(0, |span| span.start));
            if GIVEN.contains(&name) {
                return Err((line, tr!("{} is set by qwen and cannot be a variable", name)));
            }
            if !is_name(name) {
                return Err((
                    line,
                    tr!("{} is not a variable name: letters, digits and _", quoted(name)),
                ));
            }
            let value = match item.as_value() {
                Some(TomlValue::String(value)) => Value::from(value.value().as_str()),
                Some(TomlValue::Integer(value)) => Value::from(*value.value()),
                Some(TomlValue::Float(value)) => Value::from(*value.value()),
                Some(TomlValue::Boolean(value)) => Value::from(*value.value()),
                _ => return Err((line, tr!("{} must be a single value", name))),
            };
            self.vars.insert(name.to_owned(), value);
        }
        Ok(())
    }
}

fn unknown(name: &str) -> UiText {
    match nearest(name, KEYS.iter().copied()) {
        Some(near) => tr!("unknown key {}; did you mean {}?", quoted(name), quoted(near)),
        None => tr!("unknown key {}; the keys are {}", quoted(name), KEYS.join(", ")),
    }
}

/// Whether a template can name a variable so.
fn is_name(name: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(is_inner)
}

/// A text of several lines begins on the line after its quotes, where these end their line.
fn passage(text: &str, item: &Item, value: String) -> Passage {
    let raw = item.span().map(|span| (span.start, text.get(span).unwrap_or_default()));
    let (at, raw) = raw.unwrap_or_default();
    let opening = raw.get(3..).unwrap_or_default();
    let is_below = (raw.starts_with("\"\"\"") || raw.starts_with("'''")) && opening.starts_with(['\n', '\r']);
    Passage {
        text: value,
        line: line_at(text.as_bytes(), at) + usize::from(is_below),
    }
}

fn string(item: &Item) -> Result<String, UiText> {
    match item.as_str() {
        Some("") => Err(tr!("must not be empty")),
        Some(text) => Ok(text.to_owned()),
        None => Err(tr!("must be a text in quotes")),
    }
}

/// A number, or another single value, as the parsers of options take it.
fn word(item: &Item) -> Result<String, UiText> {
    match item.as_value() {
        Some(TomlValue::Integer(value)) => Ok(value.value().to_string()),
        Some(TomlValue::Float(value)) => Ok(value.value().to_string()),
        Some(TomlValue::String(value)) => Ok(value.value().clone()),
        Some(TomlValue::Boolean(value)) => Ok(value.value().to_string()),
        _ => Err(tr!("must be a single value")),
    }
}

fn truth(item: &Item) -> Result<bool, UiText> {
    item.as_bool().ok_or_else(|| tr!("must be true or false"))
}

/// One text or several.
fn stops(item: &Item) -> Result<Vec<String>, UiText> {
    let Some(array) = item.as_array() else {
        return string(item).map(|text| vec![text]);
    };
    let texts = array.iter().map(|value| match value.as_str() {
        Some(text) => option_ranges::stop(text),
        None => Err(tr!("must be a text in quotes")),
    });
    texts.collect()
}

/// A JSON object, as text or as a table.
fn schema(item: &Item) -> Result<Json, UiText> {
    if let Some(table) = item.as_table_like() {
        return Ok(object(table));
    }
    let text = string(item)?;
    match serde_json::from_str(&text) {
        Ok(schema @ Json::Object(_)) => Ok(schema),
        Ok(_) => Err(tr!("must be a JSON object")),
        Err(error) => Err(tr!("is not JSON: {}", error.to_string())),
    }
}

fn object(table: &dyn TableLike) -> Json {
    let members = table.iter().map(|(name, item)| (name.to_owned(), json_of_item(item)));
    Json::Object(members.collect())
}

fn json_of_item(item: &Item) -> Json {
    match item {
        Item::Value(value) => json_of(value),
        Item::Table(table) => object(table),
        Item::ArrayOfTables(tables) => Json::Array(tables.iter().map(|table| object(table)).collect()),
        Item::None => Json::Null,
    }
}

fn json_of(value: &TomlValue) -> Json {
    match value {
        TomlValue::String(value) => Json::from(value.value().as_str()),
        TomlValue::Integer(value) => Json::from(*value.value()),
        TomlValue::Float(value) => Json::from(*value.value()),
        TomlValue::Boolean(value) => Json::from(*value.value()),
        TomlValue::Datetime(value) => Json::from(value.value().to_string()),
        TomlValue::Array(values) => Json::Array(values.iter().map(json_of).collect()),
        TomlValue::InlineTable(table) => object(table),
    }
}
