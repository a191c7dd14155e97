//! Tasks: how one is asked for, and what a reply says of it ("Manage asynchronous tasks").

use serde_json::Value;

use super::DashScope;
use crate::error::{Error, Malformed, Rejection, Service};
use crate::protocol::errors::ErrorBody;
use crate::protocol::malformed::malformed;
use crate::protocol::{Head, HeaderValue, HttpRequest, Method, TaskOutcome};

impl DashScope {
    /// The request for the state of a task.
    pub(crate) fn task_request(&self, id: &str) -> HttpRequest {
        let id = percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC);
        // The hyphens of its UUID stay.
        self.request(Method::Get, &format!("/tasks/{}", id.to_string().replace("%2D", "-")))
    }
}

/// The request for a task rather than for the result itself.
pub(super) fn as_task(mut request: HttpRequest) -> HttpRequest {
    let enable = HeaderValue::Plain("enable".into());
    request.headers.push(("X-DashScope-Async".into(), enable));
    request
}

/// What a reply says of a task that runs or failed; `None` for a result, which a task that succeeded holds too. `unnamed` is
/// wrong with one that runs and has no id.
pub(super) fn running<T>(head: &Head, reply: &Value, unnamed: Malformed) -> Option<Result<TaskOutcome<T>, Error>> {
    let output = &reply["output"];
    let request_id = || reply["request_id"].as_str().map(str::to_owned);
    let gone = || {
        Error::new(Rejection::TaskNotFound)
            .with_status(head.status)
            .with_request_id(request_id())
    };
    match output["task_status"].as_str()? {
        "SUCCEEDED" => None,
        "PENDING" | "RUNNING" => Some(match output["task_id"].as_str() {
            Some(task) => Ok(TaskOutcome::Running { task: task.to_owned() }),
            None => Err(malformed(Service::DashScope, unnamed)),
        }),
        // "UNKNOWN": there is no such task, or it ended more than 24 hours ago.
        "UNKNOWN" => Some(Err(gone())),
        // "FAILED", "CANCELED".
        status => Some(Err(match ErrorBody::from_json(output) {
            Some(error) => error.under_head(Service::DashScope, head).with_request_id(request_id()),
            None => gone().caused_by(Rejection::Request).with_message(status),
        })),
    }
}
