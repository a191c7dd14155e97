//! A conversation written out for others: Markdown, JSON, HTML. Pure: values in, text out.

mod html;
mod json;
mod markdown;

use std::path::Path;

use jiff::tz::TimeZone;
use serde_json::Value;

use super::record::{Conversation, StoredMessage};
use crate::chat::{Media, Role};

/// What a conversation is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Markdown,
    /// Everything that is known, attached bytes included (base64).
    Json,
    /// One page that needs nothing else: no scripts, nothing fetched.
    Html,
}

impl Format {
    /// The format of a name, `md` or `markdown`, `json`, `html` or `htm`.
    pub fn from_name(name: &str) -> Option<Format> {
        match name.to_ascii_lowercase().as_str() {
            "md" | "markdown" => Some(Format::Markdown),
            "json" => Some(Format::Json),
            "html" | "htm" => Some(Format::Html),
            _ => None,
        }
    }

    /// The format a file's ending asks for.
    pub fn from_path(path: &Path) -> Option<Format> {
        Format::from_name(path.extension()?.to_str()?)
    }

    /// The ending of its files.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Markdown => "md",
            Format::Json => "json",
            Format::Html => "html",
        }
    }
}

/// Writes a conversation and one branch of it out; times are told in `zone` (JSON has them in UTC).
/// Foreign text stays as it is, so a terminal must not be given this uncleaned.
pub fn export(format: Format, conversation: &Conversation, messages: &[StoredMessage], zone: &TimeZone) -> String {
    match format {
        Format::Markdown => markdown::export(conversation, messages, zone),
        Format::Json => json::export(conversation, messages),
        Format::Html => html::export(conversation, messages, zone),
    }
}

/// A conversation without its messages, as JSON for `list`.
pub fn summary(conversation: &Conversation) -> Value {
    json::summary(conversation)
}

/// A message with all that is known of it, as JSON. Attached bytes are base64.
pub fn message(message: &StoredMessage) -> Value {
    json::message(message)
}

fn speaker(message: &StoredMessage) -> String {
    match (message.message.role, &message.model) {
        (Role::User, _) => "You".to_owned(),
        (Role::System, _) => "System".to_owned(),
        (Role::Assistant, Some(model)) => model.clone(),
        (Role::Assistant, None) => "Assistant".to_owned(),
    }
}

/// Why an answer is not whole, in brackets.
fn incomplete(message: &StoredMessage) -> Option<String> {
    if message.state == super::State::Complete {
        return None;
    }
    Some(match &message.cut {
        Some(cut) => format!("(incomplete: {})", cut.message),
        None => "(incomplete)".to_owned(),
    })
}

/// An attachment in words: `image: cat.png`.
fn attachment(media: &Media) -> String {
    format!("{}: {}", media.kind.as_str(), media.name)
}
