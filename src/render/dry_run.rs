//! A request as it would be sent, for people: credentials never shown.

use std::io;

use serde_json::{Map, json};

use qwen_api::MASK;
use qwen_api::{HeaderValue, HttpRequest, RequestBody};

/// The request as JSON, credentials masked.
pub fn json(request: &HttpRequest) -> io::Result<String> {
    let mut headers = Map::new();
    for (name, value) in &request.headers {
        let shown = match value {
            HeaderValue::Plain(text) => text.clone(),
            HeaderValue::Secret { prefix, .. } => format!("{prefix}{MASK}"),
        };
        headers.insert(name.clone(), shown.into());
    }
    if request.body.is_some() {
        headers.insert("Content-Type".into(), "application/json".into());
    }
    let value = json!({
        "method": request.method.as_str(),
        "url": request.url,
        "headers": headers,
        "body": request.body.as_ref().map(RequestBody::json).transpose()?,
    });
    Ok(serde_json::to_string_pretty(&value).unwrap_or_default())
}

/// The request as a command line for a POSIX shell; a credential is the variable it came from.
pub fn curl(request: &HttpRequest) -> io::Result<String> {
    let mut command = format!("curl -sN -X {} {}", request.method.as_str(), quoted(&request.url));
    for (name, value) in &request.headers {
        let header = match value {
            HeaderValue::Plain(text) => quoted(&format!("{name}: {text}")),
            // In double quotes, so that the shell fills the variable in.
            HeaderValue::Secret { prefix, variable, .. } => format!("\"{name}: {prefix}${variable}\""),
        };
        command.push_str(&format!(" \\\n  -H {header}"));
    }
    if let Some(body) = &request.body {
        command.push_str(" \\\n  -H 'Content-Type: application/json'");
        command.push_str(&format!(" \\\n  -d {}", quoted(&body.json()?.to_string())));
    }
    Ok(command)
}

/// A word in single quotes, as a POSIX shell reads it.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}
