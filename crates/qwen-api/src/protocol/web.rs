//! The web API of chat.qwen.ai, with the user's own account.
//!
//! The site documents none of it: every fact here is what several public clients of it do, and may change any day.
//! There are two generations. v2 keeps the conversation on the server: a chat is opened, and each turn sends one
//! message under the last answer. v1 sends the whole history each time.
//!
//! The site has a bot check that only a browser passes. The client neither imitates a browser nor solves the check; it
//! recognises it and reports an error.

mod chat_decoder;
mod chat_request;
mod credentials;
mod errors;
mod history;
mod model_list;
mod search;
mod signature;
mod thoughts;
pub(crate) mod upload;

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use credentials::Credentials;
pub(crate) use credentials::Renewed;
use serde_json::Value;

use self::upload::Uploaded;
use super::frames::Frames;
use super::malformed::malformed;
use super::{
    ChatProtocol, Head, HeaderValue, HostedChats, HostedFiles, HttpRequest, Method, ModelPage, PreparedRequest,
    ReplyDecoder, json,
};
use crate::error::{Error, Malformed, Service};
use crate::{ChatRequest, Remote};

/// The site. Requests name it as their origin whatever the base URL is.
pub const SITE: &str = "https://chat.qwen.ai";
/// The host of the site's accounts, the only other one that may get the cookie.
pub(crate) const ACCOUNTS: &str = "https://auth.qwen.ai";
/// The default of the header `Version`, the site's build. Completions without one are refused.
pub(crate) const VERSION: &str = "0.3.12";

/// A generation of the API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Api {
    /// The first, which takes text and pictures only.
    V1,
    /// The second, which keeps chats on the server.
    #[default]
    V2,
}

/// The protocol with the address and the credential it is spoken to.
pub(crate) struct Web {
    /// The URL without a trailing slash.
    pub base_url: String,
    /// The URL for renewals of the token, without a trailing slash.
    pub accounts_url: String,
    pub api: Api,
    /// They change when the token is renewed.
    credentials: Mutex<Credentials>,
    /// The site's build, for the header `Version`.
    pub version: String,
    /// Further headers.
    pub headers: Vec<(String, HeaderValue)>,
    /// Milliseconds since 1970.
    now_ms: Box<dyn Fn() -> u64 + Send + Sync>,
    /// A fresh UUID at each call.
    new_id: Box<dyn Fn() -> String + Send + Sync>,
    /// Files that this process uploaded, so that a message can hold all of their members.
    uploaded: Mutex<Vec<Uploaded>>,
}

impl fmt::Debug for Web {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Web")
            .field("base_url", &self.base_url)
            .field("api", &self.api)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// The value behind a lock. A poisoned lock is used too, since no change to these values can be half done.
fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Web {
    /// The protocol for this base URL. One other than the site's gets all requests, renewals too, so that the credentials
    /// are sent to no other host.
    pub(crate) fn new(
        base_url: &str,
        api: Api,
        credentials: Credentials,
        now_ms: impl Fn() -> u64 + Send + Sync + 'static,
        new_id: impl Fn() -> String + Send + Sync + 'static,
    ) -> Web {
        let base_url = base_url.trim_end_matches('/').to_owned();
        let accounts_url = match base_url.as_str() {
            SITE => ACCOUNTS.to_owned(),
            other => other.to_owned(),
        };
        Web {
            base_url,
            accounts_url,
            api,
            credentials: Mutex::new(credentials),
            version: VERSION.to_owned(),
            headers: Vec::new(),
            now_ms: Box::new(now_ms),
            new_id: Box::new(new_id),
            uploaded: Mutex::default(),
        }
    }

    /// A request other than a completion.
    fn call(&self, method: Method, path: &str, body: Option<Value>) -> HttpRequest {
        let (accept, site_headers) = match self.api {
            Api::V1 => ("*/*", vec![plain("Origin", SITE)]),
            Api::V2 => ("application/json", self.site_headers(&format!("{SITE}/"))),
        };
        let mut headers = vec![plain("Accept", accept)];
        headers.extend(locked(&self.credentials).headers());
        headers.extend(site_headers);
        headers.extend(self.headers.iter().cloned());
        HttpRequest {
            method,
            url: format!("{}{path}", self.base_url),
            headers,
            body: body.map(Into::into),
        }
    }

    /// The headers that the site's own page sends with each call.
    fn site_headers(&self, referer: &str) -> Vec<(String, HeaderValue)> {
        vec![
            plain("Origin", SITE),
            plain("Referer", referer),
            plain("source", "web"),
            plain("Version", &self.version),
            plain("Timezone", &browser_time((self.now_ms)())),
            plain("X-Request-Id", &(self.new_id)()),
        ]
    }
}

/// An id as part of a URL. Ids are the server's, so they may hold anything.
fn in_url(id: &str) -> String {
    url::form_urlencoded::byte_serialize(id.as_bytes()).collect()
}

fn plain(name: &str, value: &str) -> (String, HeaderValue) {
    (name.to_owned(), HeaderValue::Plain(value.to_owned()))
}

/// A time as a browser writes it, in UTC, so that the time zone is not sent.
fn browser_time(now_ms: u64) -> String {
    format_time(now_ms, "%a %b %d %Y %H:%M:%S GMT+0000")
}

fn format_time(now_ms: u64, format: &str) -> String {
    i64::try_from(now_ms)
        .ok()
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok())
        .map(|moment| moment.strftime(format).to_string())
        .unwrap_or_default()
}

impl ChatProtocol for Web {
    fn chat(&self, request: &ChatRequest, remote: &Remote) -> Result<PreparedRequest, Error> {
        match self.api {
            Api::V1 => self.completion_v1(request),
            Api::V2 => self.completion_v2(request, remote),
        }
    }

    fn decoder(&self, head: &Head) -> Box<dyn ReplyDecoder> {
        Box::new(Frames::new(
            Service::WebSite,
            chat_decoder::WebChatDecoder::new(self.api, head),
        ))
    }

    fn refusal(&self, head: &Head, body: &[u8]) -> Option<Error> {
        errors::error_of_reply(head, body)
    }

    /// The list of v2 has an older twin.
    fn reroute(&self, sent: &HttpRequest, error: &Error) -> Option<HttpRequest> {
        let is_list = sent.method == Method::Get && sent.url == format!("{}{}", self.base_url, model_list::V2);
        (is_list && error.status() == Some(404)).then(|| self.call(Method::Get, model_list::V1, None))
    }

    fn hosted(&self) -> Option<&dyn HostedChats> {
        Some(self)
    }

    fn models(&self, _: u32) -> Option<HttpRequest> {
        let path = match self.api {
            Api::V1 => model_list::V1,
            Api::V2 => model_list::V2,
        };
        Some(self.call(Method::Get, path, None))
    }

    fn model_page(&self, _: u32, body: &[u8]) -> Result<ModelPage, Error> {
        model_list::page(body)
    }
}

impl HostedChats for Web {
    fn open(&self, request: &ChatRequest, remote: &Remote) -> Option<HttpRequest> {
        if self.api == Api::V1 || remote.chat_id.is_some() {
            return None;
        }
        Some(self.new_chat(request))
    }

    fn opened(&self, head: &Head, body: &[u8]) -> Result<Remote, Error> {
        if let Some(error) = errors::error_of_reply(head, body) {
            return Err(error);
        }
        let value = json::read(body).unwrap_or_default();
        match value.pointer("/data/id").and_then(Value::as_str) {
            Some(id) if !id.is_empty() => Ok(Remote {
                chat_id: Some(id.to_owned()),
                parent_id: None,
            }),
            _ => Err(malformed(Service::WebSite, Malformed::Chat)),
        }
    }

    /// Needs the id of the answer, which is the parent of the next turn.
    fn stop(&self, remote: &Remote) -> Option<HttpRequest> {
        let (Api::V2, Some(chat), Some(answer)) = (self.api, &remote.chat_id, &remote.parent_id) else {
            return None;
        };
        let body = serde_json::json!({"chat_id": chat, "response_id": answer});
        Some(self.call(Method::Post, "/api/v2/chat/completions/stop", Some(body)))
    }

    fn has_lost(&self, error: &Error) -> bool {
        errors::has_lost_chat(error)
    }

    fn forget(&self, remote: &Remote) -> Option<HttpRequest> {
        let chat = remote.chat_id.as_deref().filter(|_| self.api == Api::V2)?;
        Some(self.call(Method::Delete, &format!("/api/v2/chats/{}", in_url(chat)), None))
    }

    fn credentials(&self) -> Credentials {
        locked(&self.credentials).clone()
    }

    fn renew(&self) -> Option<HttpRequest> {
        let credentials = locked(&self.credentials);
        if !credentials.can_renew() {
            return None;
        }
        let mut headers = vec![plain("Accept", "application/json")];
        headers.extend(credentials.cookie_header());
        headers.extend(self.site_headers(&format!("{SITE}/")));
        headers.push(plain("x-request-origin", SITE));
        Some(HttpRequest {
            method: Method::Get,
            url: format!("{}/api/v2/auths/refresh", self.accounts_url),
            headers,
            body: None,
        })
    }

    fn renewed(&self, head: &Head, body: &[u8]) -> Result<(), Error> {
        let renewed = Renewed::read(head, body)?;
        let mut credentials = locked(&self.credentials);
        *credentials = credentials.renewed(&renewed);
        Ok(())
    }

    fn files(&self) -> &dyn HostedFiles {
        self
    }
}
