//! Result lines, as a batch service writes them ("The request output object" in OpenAI's API reference).

use serde_json::{Value, json};
use uuid::Uuid;

use crate::chat_body::{FinishReason, completion};
use crate::host::now;
use crate::messages::{self, Context};
use crate::store::ledger::LineResult;
use qwen_api::{Error, Finish, Reply};

/// The result of a request that was answered.
pub(super) fn answer(custom_id: &str, model: &str, reply: &Reply) -> LineResult {
    let id = Uuid::new_v4().simple().to_string();
    let finish = FinishReason::of(
        reply.finish.as_ref().unwrap_or(&Finish::Stop),
        !reply.tool_calls.is_empty(),
    );
    let model = reply.model.as_deref().unwrap_or(model);
    let created = now().unsigned_abs() / 1000;
    let body = completion(&format!("chatcmpl-{id}"), created, model, reply, finish);
    let response = json!({"status_code": 200, "request_id": reply.request_id, "body": body});
    LineResult {
        is_answer: true,
        json: line(reply.request_id.as_deref(), &id, custom_id, &response, &Value::Null),
        usage: reply.usage,
        charge: None,
    }
}

/// The result of a request that failed: with the server's status and words where it answered.
pub(super) fn failure(custom_id: &str, error: &Error, context: &Context) -> LineResult {
    let id = Uuid::new_v4().simple().to_string();
    // Programs read it, so that it is English.
    let message = match error.message() {
        "" => messages::describe(error, context).message.to_string(),
        message => message.to_owned(),
    };
    let code = error.code();
    let (response, own) = match error.status().filter(|status| *status != 200) {
        Some(status) => {
            let kind = error.kind().as_str();
            let body = json!({"error": {"message": message, "type": kind, "param": null, "code": code}});
            let response = json!({"status_code": status, "request_id": error.request_id(), "body": body});
            (response, Value::Null)
        }
        None => {
            let code = code.unwrap_or_else(|| error.kind().as_str());
            (Value::Null, json!({"code": code, "message": message}))
        }
    };
    LineResult {
        is_answer: false,
        json: line(error.request_id(), &id, custom_id, &response, &own),
        usage: None,
        charge: None,
    }
}

/// The result of a line that could not be sent.
pub(super) fn unsent(custom_id: &str, message: &str) -> LineResult {
    own(custom_id, "not_sent", message)
}

/// The result of a line that failed for a reason of this program's.
pub(super) fn own(custom_id: &str, code: &str, message: &str) -> LineResult {
    let id = Uuid::new_v4().simple().to_string();
    let own = json!({"code": code, "message": message});
    LineResult {
        is_answer: false,
        json: line(None, &id, custom_id, &Value::Null, &own),
        usage: None,
        charge: None,
    }
}

fn line(request_id: Option<&str>, id: &str, custom_id: &str, response: &Value, error: &Value) -> String {
    let id = request_id.map_or_else(|| format!("batch_req_{id}"), str::to_owned);
    json!({"id": id, "custom_id": custom_id, "response": response, "error": error}).to_string()
}
