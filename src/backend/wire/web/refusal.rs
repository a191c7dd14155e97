//! How the site says no: mostly with status 200, the real one being in a header or only in the body's words.
//!
//! The order of the tests matters. The bot check comes first, since it hides behind any status and any type; then
//! the status, the code, and the words.

use std::time::Duration;

use serde_json::Value;

use crate::backend::wire::refusal as common;
use crate::backend::wire::{Head, Refusal, Retry, json, said, senseless};
use crate::error::Kind;
use crate::text::words::{Sentence, Words};
use crate::{sentence, words};

const LOG_IN: Sentence = sentence!(
    "log in to https://chat.qwen.ai in a browser, then copy token and cookie again: `qwen auth login -p web`"
);

/// The check's own code in JSON; that of a page.
const VALIDATE: &str = "FAIL_SYS_USER_VALIDATE";
const PAGE: &str = "waf_html";

/// What the site says, taken out of its shape.
#[derive(Debug, Default, PartialEq)]
struct Told {
    code: Option<String>,
    words: String,
    request_id: Option<String>,
    /// Hours to wait.
    hours: Option<u64>,
    /// A page or a text rather than an error of the site's own.
    is_page: bool,
}

/// What a body that is no stream says against the request.
pub(super) fn refusal(head: &Head, body: &[u8]) -> Option<Refusal> {
    let text = String::from_utf8_lossy(body);
    let json = json::read(body);
    // The way to the check may be a redirect, whose body says nothing.
    let leads_there = head.header("location").is_some_and(is_check);
    if let Some(refusal) = bot_check(head.status, &text, json.as_ref()) {
        return Some(refusal);
    }
    if leads_there {
        return Some(checked(head.status, VALIDATE));
    }
    let actual = head
        .header("x-actual-status-code")
        .and_then(|status| status.trim().parse::<u16>().ok())
        .filter(|status| (400..600).contains(status));
    let status = actual.unwrap_or(head.status);
    let told = match &json {
        Some(value) => told(value),
        // Neither JSON nor a stream is never an answer. The common reader knows pages and framed errors.
        None => common::told(body).map(|told| Told {
            code: told.code,
            words: told.message,
            request_id: told.request_id,
            hours: None,
            is_page: true,
        }),
    };
    let told = match told {
        Some(told) => told,
        None if status >= 400 => Told::default(),
        None => return None,
    };
    let mut refusal = classify(status, told);
    if refusal.retry_after.is_none() {
        refusal.retry_after = head
            .header("retry-after")
            .and_then(|seconds| seconds.trim().parse().ok())
            .map(Duration::from_secs);
    }
    Some(refusal)
}

/// What a frame of a stream says against the request; `None` when it is an ordinary one.
pub(super) fn in_stream(payload: &str, value: &Value) -> Option<Refusal> {
    bot_check(200, payload, Some(value)).or_else(|| told(value).map(|told| classify(200, told)))
}

/// The server or the user ended the answer before its time.
pub(super) fn stopped() -> Refusal {
    Refusal {
        kind: Kind::Network,
        ..senseless::no_sense(words!("the site stopped the answer"))
    }
}

/// An answer that was opened and never begun.
pub(super) fn nothing_said() -> Refusal {
    Refusal {
        hint: Some(
            words!(
                "the site does so with sessions it distrusts and with models it retired: try the prompt in a browser, \
             or another model with -m"
            )
            .to_owned(),
        ),
        ..senseless::no_sense(words!("the site opened an answer and sent no text"))
    }
}

/// Whether a refusal is the site's check for browsers.
pub fn is_bot_check(refusal: &Refusal) -> bool {
    matches!(refusal.code.as_deref(), Some(VALIDATE | PAGE))
}

/// Whether the chat, or the answer that was to go on, is gone.
pub(super) fn has_lost_chat(refusal: &Refusal) -> bool {
    let code = refusal.code.as_deref().unwrap_or_default();
    refusal.status == 404 && class(code, &refusal.message.to_string().to_ascii_lowercase()) == Some(Class::Gone)
}

/// The check in each of its shapes: JSON with `ret`, JSON with only an address to go to, and two kinds of page.
/// Nothing of the body is passed on, for its address belongs to the session.
fn bot_check(status: u16, text: &str, json: Option<&Value>) -> Option<Refusal> {
    let lower = text.to_ascii_lowercase();
    let has = |marks: &[&str]| marks.iter().any(|mark| lower.contains(mark));
    let code = match json {
        Some(value) => {
            let words = value.get("ret").and_then(Value::as_array);
            let words = words.into_iter().flatten().filter_map(Value::as_str);
            let is_told = words.clone().any(|word| {
                ["FAIL_SYS_USER_VALIDATE", "RGV587", "FAIL_SYS_ILLEGAL_ACCESS"]
                    .iter()
                    .any(|mark| word.starts_with(mark))
            });
            let address = value
                .pointer("/data/url")
                .or_else(|| value.get("url"))
                .and_then(Value::as_str);
            (is_told || address.is_some_and(is_check)).then_some(VALIDATE)
        }
        None => {
            let is_page = lower.trim_start().starts_with('<');
            let marks = [
                "aliyun_waf",
                "_____tmd_____",
                "punish",
                "x5secdata",
                "nocaptcha",
                "captcha",
            ];
            (is_page && has(&marks)).then_some(PAGE)
        }
    }?;
    Some(checked(status, code))
}

/// Whether an address is that of the check.
fn is_check(address: &str) -> bool {
    address.contains("_____tmd_____") || address.contains("/punish")
}

fn checked(status: u16, code: &str) -> Refusal {
    Refusal {
        status,
        kind: Kind::Auth,
        code: Some(code.to_owned()),
        message: words!("chat.qwen.ai asks for a check that only a browser can pass"),
        hint: Some(
            words!(
                "open https://chat.qwen.ai in a browser, pass the check there and copy token and cookie again \
             (`qwen auth login -p web`); or use an API key with -p dashscope. Trying again soon makes it worse"
            )
            .to_owned(),
        ),
        request_id: None,
        retry: Retry::Never,
        retry_after: None,
    }
}

fn told(value: &Value) -> Option<Told> {
    let object = value.as_object()?;
    let word = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let read = |part: &Value| Told {
        code: word(&part["code"]),
        words: ["details", "detail", "message"]
            .iter()
            .find_map(|name| word(&part[*name]))
            .unwrap_or_default(),
        request_id: word(&value["request_id"]),
        hours: part["num"].as_u64().or_else(|| part["num"].as_str()?.parse().ok()),
        is_page: false,
    };
    match object.get("error") {
        Some(error @ Value::Object(_)) => return Some(read(error)),
        Some(Value::String(words)) => {
            return Some(Told {
                words: words.clone(),
                ..read(value)
            });
        }
        _ => {}
    }
    let is_refused = object.get("success") == Some(&Value::Bool(false));
    if is_refused && value["data"]["code"].is_string() {
        return Some(read(&value["data"]));
    }
    let flat = read(value);
    if is_refused || flat.code.is_some() {
        return Some(flat);
    }
    // v1 words it `detail`: a text, or a list of what is wrong where.
    object.get("detail")?;
    common::from_json(value).map(|told| Told {
        words: told.message,
        ..flat
    })
}

/// What kind of "no" it is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Class {
    Limit,
    Token,
    Busy,
    Model,
    Gone,
    TooLong,
    Attachment,
    Fields,
    Region,
    Fault,
    Other,
}

/// The class by code and words; `None` where they are not telling.
fn class(code: &str, words: &str) -> Option<Class> {
    let is = |names: &[&str]| names.iter().any(|name| code.eq_ignore_ascii_case(name));
    let says = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    let class = if is(&[
        "RateLimited",
        "Too_Many_Requests",
        "ParallelLimited",
        "quotaLimited",
        "quota_limit",
    ]) {
        Class::Limit
    } else if is(&["Unauthorized"]) || says(&["token has expired", "token expired"]) {
        Class::Token
    } else if says(&["chat is in progress"]) {
        Class::Busy
    } else if says(&["model not found"]) {
        Class::Model
    } else if is(&["Not_Found", "CHAT_NOT_FOUND", "PARENT_NOT_FOUND"]) || says(&["chat_not_found", "parent_not_found"])
    {
        Class::Gone
    } else if is(&["ContextLengthExceeded"]) {
        Class::TooLong
    } else if is(&["invalid_input"]) {
        Class::Attachment
    } else if is(&["Bad_Request"]) {
        Class::Fields
    } else if is(&["internal_error", "Internal_Server_Error"]) || words == "internal error!" {
        Class::Fault
    } else {
        return None;
    };
    Some(class)
}

fn classify(status: u16, told: Told) -> Refusal {
    let words = told.words.to_ascii_lowercase();
    let by_status = match status {
        401 | 403 => Class::Token,
        429 => Class::Limit,
        400 => Class::Fields,
        402..=499 => Class::Other,
        503 => Class::Region,
        _ => Class::Fault,
    };
    let class = class(told.code.as_deref().unwrap_or_default(), &words).unwrap_or(by_status);
    let (implied, kind, retry) = match class {
        Class::Limit if told.hours.is_some() => (429, Kind::RateLimit, Retry::Never),
        Class::Limit => (429, Kind::RateLimit, Retry::Later),
        Class::Token => (401, Kind::Auth, Retry::Never),
        Class::Busy => (400, Kind::Refused, Retry::Busy),
        Class::Model | Class::Gone => (404, Kind::Refused, Retry::Never),
        Class::TooLong | Class::Attachment | Class::Fields | Class::Other => (400, Kind::Refused, Retry::Never),
        // Neither an answer nor an error.
        Class::Fault if status < 400 && told.is_page => (status, Kind::Server, Retry::Never),
        Class::Region | Class::Fault => (500, Kind::Server, Retry::Soon),
    };
    let status = if status >= 400 { status } else { implied };
    Refusal {
        status,
        kind,
        message: sentence(class, status, &told),
        hint: hint(class, &words),
        code: told.code,
        request_id: told.request_id,
        retry,
        retry_after: told
            .hours
            .filter(|_| class == Class::Limit)
            .map(|hours| Duration::from_secs(hours.saturating_mul(3600))),
    }
}

fn sentence(class: Class, status: u16, told: &Told) -> Words {
    let did = match (class, told.hours) {
        (Class::Limit, Some(1)) => words!("the site's limit is reached, and it asks to wait an hour"),
        (Class::Limit, Some(hours)) => words!("the site's limit is reached, and it asks to wait {} hours", hours),
        (Class::Limit, None) => words!("the site refuses for now"),
        (Class::Token, _) => words!("the site did not accept the token"),
        (Class::Busy, _) => words!("an earlier answer in this chat is still running"),
        (Class::Model, _) => words!("the site has no such model"),
        (Class::Gone, _) => words!("the site no longer has this chat"),
        (Class::TooLong, _) => words!("the input is longer than the model takes"),
        (Class::Attachment, _) => words!("the site refused an attachment"),
        (Class::Fields | Class::Other, _) => words!("the site refused the request"),
        (Class::Region, _) => words!("the site is not to be had"),
        (Class::Fault, _) if status < 400 => words!("the site's reply made no sense"),
        (Class::Fault, _) => words!("the site failed"),
    };
    let words = told.words.split_whitespace().collect::<Vec<_>>().join(" ");
    said(did, status, &words)
}

/// `words` are in lower case.
fn hint(class: Class, words: &str) -> Option<Words> {
    Some(match class {
        Class::Limit => words!("choose another model with -m, or use an API key with -p dashscope"),
        Class::Token => LOG_IN.into(),
        Class::Busy => words!("wait for it to end, or stop it in the browser"),
        Class::Model => words!("`qwen models -p web` lists what the site has today"),
        Class::Gone => words!("`qwen chat` without -c begins a new one"),
        Class::TooLong => words!("shorten the input, or choose a model with a larger context"),
        Class::Attachment => {
            words!("the site takes only files it stored itself a few minutes ago: attach the file again with -i or -f")
        }
        Class::Fields if words.starts_with("internal error") => {
            words!(
                "some models answer only with --think; else copy the cookie again, or set `web_version` to the build the site has now"
            )
        }
        Class::Region => words!("the site may be down, or closed to this network or region"),
        Class::Fault => words!("it is the site's fault; try again later"),
        Class::Fields | Class::Other => return None,
    })
}
