//! What a server says when it says no, in whatever shape it says it.
//!
//! The shapes: `{"error":{"message","code"}}`, `{"error":"text"}`, `{"code","message","request_id"}`,
//! `{"message"}`, `{"detail":"text"|[{"msg"}]}`, `{}`, plain text, an HTML page, nothing, and each of them framed
//! as a server-sent event. Codes and their meanings are those of Model Studio's "Error codes" page.

use serde_json::Value;

use super::codes::{is_billing, is_content_rule, status_of};
use super::{Head, Refusal, Retry, json};
use crate::error::Kind;
use crate::text::words::Words;
use crate::words;

/// A server's words, taken out of their shape.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Told {
    pub(super) code: Option<String>,
    pub(super) message: String,
    pub(super) request_id: Option<String>,
    /// A status named inside the body.
    status: Option<u16>,
}

impl Told {
    /// The status that the server would have answered with, had it not said yes before.
    fn implied_status(&self) -> Option<u16> {
        let message = self.message.to_ascii_lowercase();
        let is_limit = message.contains("rate limit") || message.contains("too many requests");
        self.status
            .or_else(|| status_of(self.code.as_deref()?))
            .or_else(|| is_limit.then_some(429))
    }
}

/// Reads a body that is an error, or may be one; `None` when it is JSON that holds no error.
pub(super) fn told(body: &[u8]) -> Option<Told> {
    let text = String::from_utf8_lossy(body);
    let text = unframed(text.trim());
    match json::read(text.as_bytes()) {
        Some(value) => from_json(&value),
        None => Some(Told {
            message: page_text(text),
            ..Told::default()
        }),
    }
}

/// The refusal that a body with this head is. The status decides where it is one of a refusal, else what the body says.
pub(super) fn refusal(head: &Head, told: Told) -> Refusal {
    let status = if head.status < 400 {
        told.implied_status().unwrap_or(head.status)
    } else {
        head.status
    };
    let mut refusal = classify(status, told);
    if refusal.request_id.is_none() {
        refusal.request_id = head
            .header("x-request-id")
            .filter(|id| !id.is_empty())
            .map(str::to_owned);
    }
    refusal
}

/// The refusal in a payload of a stream that began well: no status speaks, so the code must.
pub(super) fn in_stream(told: Told) -> Refusal {
    let status = told.implied_status().unwrap_or(500);
    classify(status, told)
}

/// Reads the error that stands beside an answer: an `error` that is not empty, or a `code` that is no word for success.
pub(super) fn beside_answer(value: &Value) -> Option<Told> {
    let is_error = match (&value["error"], &value["code"]) {
        (Value::Null | Value::Bool(false), Value::Number(code)) => code.as_u64().is_some_and(|code| code >= 400),
        (Value::Null | Value::Bool(false), Value::String(code)) => match code.parse::<u16>() {
            Ok(code) => code >= 400,
            Err(_) => !matches!(&*code.to_ascii_lowercase(), "" | "ok" | "success"),
        },
        (Value::Null | Value::Bool(false), _) => false,
        (Value::String(words), _) => !words.is_empty(),
        (Value::Array(list), _) => !list.is_empty(),
        (Value::Object(members), _) => !members.is_empty(),
        _ => true,
    };
    let in_other_words = || Told {
        message: value["error"].to_string(),
        ..Told::default()
    };
    is_error.then(|| from_json(value).unwrap_or_else(in_other_words))
}

/// Reads the errors of a JSON value. Google's come as the one entry of a list.
pub(super) fn from_json(value: &Value) -> Option<Told> {
    let object = value.get(0).unwrap_or(value).as_object()?;
    let text = |value: Option<&Value>| value.and_then(word).filter(|text| !text.is_empty());
    let request_id = text(object.get("request_id"));
    let is_status = |code: &String| code.parse::<u16>().is_ok();
    // Some servers repeat the status where the code should be; their word for it is then the type.
    let named = |code: Option<String>, kind: Option<String>| match (code, kind) {
        (Some(status), Some(kind)) if is_status(&status) => (status.parse().ok(), Some(kind)),
        (code, kind) => (None, code.or(kind)),
    };
    let ((inside, code), message) = match object.get("error") {
        Some(Value::Object(error)) => (
            named(text(error.get("code")), text(error.get("type"))),
            text(error.get("message")).or_else(|| text(error.get("details"))),
        ),
        Some(Value::String(message)) => ((None, None), Some(message.clone())),
        _ => (
            (None, text(object.get("code"))),
            text(object.get("message")).or_else(|| object.get("detail").and_then(detail)),
        ),
    };
    if code.is_none() && message.is_none() {
        return None;
    }
    let message = message.or_else(|| code.clone()).unwrap_or_default();
    let message = with_window(message, object.get("error").unwrap_or(value));
    let (status, message) = strip_status(&message);
    let status = status.or(inside).or_else(|| code.as_deref()?.parse().ok());
    Some(Told {
        status: status.filter(|status| (400..600).contains(status)),
        code: code.filter(|code| !is_status(code)),
        message: message.to_owned(),
        request_id,
    })
}

/// A refusal of a prompt that is too long, with the window that llama-server names beside it (`n_ctx`).
fn with_window(message: String, error: &Value) -> String {
    match error.get("n_ctx").and_then(Value::as_u64) {
        Some(tokens) if !message.contains(&tokens.to_string()) => format!("{message} (n_ctx {tokens})"),
        _ => message,
    }
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// FastAPI's `detail`: a text, or a list of what is wrong where.
fn detail(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => {
            let lines: Vec<&str> = items.iter().filter_map(|item| item.get("msg")?.as_str()).collect();
            (!lines.is_empty()).then(|| lines.join("; "))
        }
        _ => None,
    }
}

/// `<400> InternalError.Algo.InvalidParameter: text` → 400 and the text. The word `InternalError` in such a
/// prefix does not mean a fault of the server.
fn strip_status(message: &str) -> (Option<u16>, &str) {
    let Some((status, rest)) = message.strip_prefix('<').and_then(|rest| rest.split_once("> ")) else {
        return (None, message);
    };
    let Ok(status) = status.parse() else {
        return (None, message);
    };
    match rest.split_once(": ") {
        Some((code, text)) if !code.contains(' ') => (Some(status), text),
        _ => (Some(status), rest),
    }
}

/// The data of a body that is framed as one event.
fn unframed(text: &str) -> &str {
    text.split(['\n', '\r'])
        .find_map(|line| line.strip_prefix("data:"))
        .map_or(text, str::trim)
}

/// The words of an HTML page's title or, failing that, of its body, on one line; plain text as it is.
fn page_text(text: &str) -> String {
    const MOST: usize = 300;
    let lower = text.to_ascii_lowercase();
    let inner = match (lower.find("<title>"), lower.find("</title>")) {
        (Some(from), Some(to)) if from + 7 <= to => &text[from + 7..to],
        _ => text,
    };
    let mut words = String::new();
    let mut in_tag = false;
    for c in inner.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                words.push(' ');
            }
            _ if !in_tag => words.push(c),
            _ => {}
        }
    }
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(MOST).collect()
}

fn classify(status: u16, told: Told) -> Refusal {
    let code = told.code.as_deref().unwrap_or_default();
    let message = told.message.to_ascii_lowercase();
    let (kind, retry) = match status {
        _ if is_billing(code, &message) => (Kind::RateLimit, Retry::Never),
        401 | 403 => (Kind::Auth, Retry::Never),
        400 | 500 if is_about_key(&message) => (Kind::Auth, Retry::Never),
        429 => (Kind::RateLimit, Retry::Later),
        408 => (Kind::Network, Retry::Soon),
        409 => (Kind::Refused, Retry::Soon),
        402 => (Kind::RateLimit, Retry::Never),
        // A feature's free quota or storage is used up; by the minute it would be a 429.
        400 if code.starts_with("Throttling") => (Kind::RateLimit, Retry::Never),
        400..=499 if code == "InvalidURL.Timeout" => (Kind::Refused, Retry::Soon),
        // A document that was uploaded just now.
        400 if message.contains(PARSING) => (Kind::Refused, Retry::Preparing),
        400..=499 => (Kind::Refused, Retry::Never),
        // Faults of the input that come as faults of the server.
        500 if message.contains("list index out of range") || message.contains("missing content-length") => {
            (Kind::Server, Retry::Never)
        }
        503 if is_loading(&message) => (Kind::Server, Retry::Preparing),
        500..=599 if is_about_request(&message) => (Kind::Refused, Retry::Never),
        501 | 505 => (Kind::Server, Retry::Never),
        500..=599 => (Kind::Server, Retry::Soon),
        // A reply that is neither an answer nor an error.
        _ => (Kind::Server, Retry::Never),
    };
    Refusal {
        status,
        kind,
        hint: hint(status, kind, code, &message),
        message: sentence(status, kind, &told.message),
        code: told.code,
        request_id: told.request_id,
        retry,
        retry_after: None,
    }
}

/// LiteLLM's words for a key it does not take, which come with the status of another fault; the last ones where it has
/// no database. `message` is in lower case.
fn is_about_key(message: &str) -> bool {
    let words = [
        "authentication error",
        "authenticationerror",
        "no api key passed in",
        "no connected db",
    ];
    words.iter().any(|part| message.contains(part))
}

/// Faults of the request that some local servers take for their own: what a validator says (llama-cpp-python), a
/// picture, a model's name. `message` is in lower case.
fn is_about_request(message: &str) -> bool {
    let words = [
        "input should be",
        "validation error",
        "field required",
        "extra inputs are not permitted",
        "image input is not supported",
        "is not available. available models",
    ];
    words.iter().any(|part| message.contains(part))
}

/// What the server says while it reads a document, in lower case.
const PARSING: &str = "file parsing in progress";

/// Whether a server says, in lower case, that its model is not loaded yet, as llama.cpp's ("Loading model"), Ollama's
/// ("llm server loading model") and Hugging Face's ("Model X is currently loading") do; not that it cannot be.
fn is_loading(message: &str) -> bool {
    let says = |part: &str| message.contains(part);
    says("model") && (says("loading") || says("being loaded")) && !says("fail") && !says("error")
}

/// One line: what the server did, and its own words where it had any.
fn sentence(status: u16, kind: Kind, words: &str) -> Words {
    let did = match (status, kind) {
        (403, Kind::Auth) => words!("the server denied access"),
        (401, _) | (_, Kind::Auth) => words!("the server did not accept the credential"),
        (404, _) => words!("the server found no such thing"),
        (_, Kind::RateLimit) => words!("the server refuses for now"),
        (400..=499, _) | (_, Kind::Refused) => words!("the server refused the request"),
        (500..=599, _) => words!("the server failed"),
        _ => words!("the server's reply made no sense"),
    };
    let words = words.trim();
    if words.to_ascii_lowercase().contains(PARSING) {
        return words!("the server is still reading the document");
    }
    if status == 503 && is_loading(&words.to_ascii_lowercase()) {
        return words!("the model is still being loaded");
    }
    super::said(did, status, words)
}

/// The status that says what kind of "no" it is.
pub(super) fn meant(status: u16, kind: Kind) -> u16 {
    match kind {
        Kind::Auth if status != 403 => 401,
        Kind::Refused if status >= 500 => 400,
        _ => status,
    }
}

/// What the user can do, where that is known. `message` is in lower case.
fn hint(status: u16, kind: Kind, code: &str, message: &str) -> Option<Words> {
    let says = |part: &str| message.contains(part);
    let hint = match meant(status, kind) {
        _ if code == "Arrearage" || code.ends_with("BillOverdue") => {
            words!("pay the account's open bill, then try again")
        }
        _ if code == "AllocationQuota.FreeTierOnly" => {
            words!("turn off \"free tier only\" in the console, or choose another model with -m")
        }
        _ if kind == Kind::RateLimit && says("allocated quota exceeded") => {
            words!("the plan's quota for this window is used up; wait for the next window")
        }
        401 => {
            words!(
                "check the key, and that it belongs to this region: --region beijing, singapore, us, hongkong, frankfurt or tokyo; \
             keys of a plan (sk-sp-…) work only on the plan's own --base-url"
            )
        }
        403 => words!(
            "enable the model or service for this key's workspace in the console, or choose another model with -m"
        ),
        404 if code == "model_not_supported" => words!("this model needs -p dashscope-native"),
        404 if code == "WorkSpaceNotFound" => words!("check --workspace"),
        404 if code == "model_not_found" || code == "ModelNotFound" => {
            words!("`qwen models` lists the models this key can use")
        }
        404 => words!("check --base-url and the model's name"),
        413 => words!("send less: fewer or smaller files and images"),
        429 => words!("limits are per minute and model: wait a little, or choose another model with -m"),
        _ if is_content_rule(code) => {
            words!("the content filter stopped it; reword the prompt")
        }
        400..=499
            if says("range of input length")
                || says("context size")
                || says("context length")
                || says("context window") =>
        {
            words!("the input is longer than the model takes: shorten it, or choose a model with a larger context")
        }
        400..=499 if says("must contain the word 'json'") => words!("say in the prompt that the answer is to be JSON"),
        400..=499 if says("json mode") && says("enable_thinking") => {
            words!("this model gives JSON only without thinking: add --no-think")
        }
        400..=499
            if says("failed to download") || code.starts_with("InvalidURL") || code.contains("DownloadFailed") =>
        {
            words!("the server could not fetch the address; a file on this machine is sent along instead")
        }
        400..=499 if says("enable_thinking must be set to false") || says("only support stream mode") => {
            words!("leave out --no-stream")
        }
        400..=499 if says("enable_thinking parameter is restricted to true") => words!("leave out --no-think"),
        400..=499 if says("enable_thinking") || code.ends_with("NotSupportEnableThinking") => {
            words!("this model does not take --think or --no-think; leave it out")
        }
        400..=499 if says("thinking_budget") => words!("give --think= a smaller budget"),
        400..=499 if says("does not support enable_search") => {
            words!("leave out --search, or choose another model with -m")
        }
        400..=499 if says("max_tokens") => words!("give --max-tokens a value in that range"),
        400..=499 if says("temperature") => words!("give --temperature a value in that range"),
        400..=499 if says("data-uri item") => words!("the image is too large to be sent inline; scale it down"),
        400..=499 if says("model not exist") => words!("`qwen models` lists the models this key can use"),
        500..=599 => words!("it is the server's fault; try again later"),
        _ => return None,
    };
    Some(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told_of(body: &str) -> (Option<String>, String) {
        let told = told(body.as_bytes()).unwrap();
        (told.code, told.message)
    }

    #[test]
    fn reads_every_shape() {
        let cases = [
            (r#"{"error":{"message":"m","type":"t","code":"c"}}"#, Some("c"), "m"),
            (r#"{"error":{"message":"m","type":"t","code":null}}"#, Some("t"), "m"),
            (r#"{"error":{"message":"m","code":401}}"#, None, "m"),
            (r#"{"error":{"message":"m","type":"t","code":401}}"#, Some("t"), "m"),
            (r#"{"error":{"message":"m","type":"t","code":"401"}}"#, Some("t"), "m"),
            (r#"{"error":"Unauthorized"}"#, None, "Unauthorized"),
            (r#"{"code":"c","message":"m","request_id":"r"}"#, Some("c"), "m"),
            (r#"{"message":"m"}"#, None, "m"),
            (r#"{"detail":"Not Found"}"#, None, "Not Found"),
            (r#"{"detail":[{"msg":"one"},{"msg":"two"}]}"#, None, "one; two"),
            (
                "event: error\ndata: {\"error\":{\"message\":\"m\",\"code\":\"c\"}}\n\n",
                Some("c"),
                "m",
            ),
            (
                "<html><title>502 Bad\nGateway</title><body>x</body></html>",
                None,
                "502 Bad Gateway",
            ),
            ("<b>Sign in</b><p>please", None, "Sign in please"),
            ("Internal Server Error", None, "Internal Server Error"),
            ("", None, ""),
        ];
        for (body, code, message) in cases {
            assert_eq!(told_of(body), (code.map(str::to_owned), message.to_owned()), "{body}");
        }
        assert_eq!(told(b"{}"), None);
        assert_eq!(told(br#"{"code":null,"message":null,"output":{}}"#), None);
    }

    #[test]
    fn a_document_that_is_being_read_is_waited_for() {
        let body = br#"{"error":{"message":"File parsing in progress, please try again later.","code":"invalid_parameter_error"}}"#;
        let refusal = classify(400, told(body).unwrap());
        assert_eq!((refusal.kind, refusal.retry), (Kind::Refused, Retry::Preparing));
        assert_eq!(refusal.message, "the server is still reading the document");
    }

    #[test]
    fn a_prefix_names_the_status_and_is_no_fault_of_the_server() {
        let told = told(br#"{"error":{"message":"<400> InternalError.Algo.InvalidParameter: Range of x","code":"invalid_parameter_error"}}"#).unwrap();
        let refusal = in_stream(told);
        assert_eq!((refusal.status, refusal.kind), (400, Kind::Refused));
        assert!(
            refusal.message.to_string().ends_with(": Range of x"),
            "{}",
            refusal.message
        );
    }
}
