//! A line on standard error for each request.

use std::time::Instant;

use hyper::StatusCode;

use super::error_reply::{ApiStyle, ErrorReply};
use super::log_queue::LogQueue;
use super::response::Response;
use crate::text::elide;
use qwen_api::Usage;

/// The status of a request whose client went away before there was one, as nginx writes it.
const NO_STATUS: u16 = 499;

/// The most columns of what the client or the provider chose the length of.
const WIDEST: usize = 500;

/// The line of one request, printed when it is dropped: at the end of its answer, however it ends.
#[derive(Debug)]
pub(super) struct LogLine {
    log: LogQueue,
    method: String,
    /// Without the query, where some clients put keys.
    path: String,
    /// The provider that answered, where it is not the usual one.
    pub(super) provider: String,
    usual_provider: String,
    pub(super) model: String,
    pub(super) status: StatusCode,
    pub(super) usage: Option<Usage>,
    /// Whether the answer came from the cache.
    pub(super) is_cached: bool,
    /// Why the answer is not whole. Until its end it may be given up.
    pub(super) ending: Option<String>,
    begun: Instant,
}

impl LogLine {
    pub(super) fn new(log: &LogQueue, usual_provider: &str, method: &str, path: &str) -> LogLine {
        LogLine {
            log: log.clone(),
            method: method.to_owned(),
            path: path.to_owned(),
            provider: String::new(),
            usual_provider: usual_provider.to_owned(),
            model: String::new(),
            status: StatusCode::from_u16(NO_STATUS).unwrap_or_default(),
            usage: None,
            is_cached: false,
            ending: Some("given up by the client".to_owned()),
            begun: Instant::now(),
        }
    }

    /// A whole response, noted.
    pub(super) fn answered(mut self, response: Response) -> Response {
        self.status = response.status();
        self.ending = None;
        response
    }

    /// The response of an error, noted.
    pub(super) fn refused(mut self, error: &ErrorReply, style: ApiStyle) -> Response {
        self.status = error.status;
        self.ending = Some(error.message.clone());
        error.response(style)
    }

    fn text(&self) -> String {
        let shown = |text: &str| elide(text, WIDEST);
        let mut text = format!("{} {}", self.method, shown(&self.path));
        let name = match self.provider == self.usual_provider || self.provider.is_empty() {
            true => self.model.clone(),
            false => format!("{}/{}", self.provider, self.model),
        };
        if !name.is_empty() {
            text += &format!(" {}", shown(&name));
        }
        text += &format!(" {}", self.status.as_u16());
        if self.is_cached {
            text += " cached";
        }
        if let Some(usage) = self.usage {
            text += &format!(" {} tokens", usage.total_tokens);
        }
        text += &format!(" {:.2} s", self.begun.elapsed().as_secs_f64());
        if let Some(ending) = &self.ending {
            text += &format!(": {}", shown(ending));
        }
        text
    }
}

impl Drop for LogLine {
    fn drop(&mut self) {
        self.log.line(|| self.text());
    }
}
