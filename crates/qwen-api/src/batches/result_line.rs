//! A line of a job's files: the result of one request.

use serde_json::Value;

use crate::Usage;
use crate::protocol::token_counts;

/// The result of one request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BatchResult {
    /// The id that the request was given.
    pub custom_id: String,
    /// The HTTP status of its response; `None` where it got none.
    pub status: Option<u16>,
    /// The body of its response; `Null` where it got none.
    pub body: Value,
    /// Why it failed: the line's own error, else the one in the body of a response whose status is not 200.
    pub error: Option<ResultError>,
}

/// Why a request of a job failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResultError {
    /// The service's code.
    pub code: Option<String>,
    /// In its words; empty where it has none.
    pub message: String,
}

impl BatchResult {
    /// Parses a line of either file; `None` where it is not JSON or names no request.
    ///
    /// ```
    /// use qwen_api::batches::BatchResult;
    ///
    /// let line = br#"{"custom_id":"7","response":null,"error":{"error_code":"busy","error_message":"Try later."}}"#;
    /// let result = BatchResult::parse(line).unwrap();
    /// assert!(!result.is_success());
    /// assert_eq!(result.error.unwrap().message, "Try later.");
    /// ```
    pub fn parse(line: &[u8]) -> Option<BatchResult> {
        BatchResult::from_json(serde_json::from_slice(line).ok()?)
    }

    /// The same of a line that is parsed already.
    pub fn from_json(mut line: Value) -> Option<BatchResult> {
        let custom_id = line["custom_id"].as_str()?.to_owned();
        let status = line["response"]["status_code"].as_u64();
        let status = status.and_then(|status| u16::try_from(status).ok());
        let body = match line.get_mut("response") {
            Some(response) => response["body"].take(),
            None => Value::Null,
        };
        let error = match &line["error"] {
            Value::Null if status == Some(200) => None,
            Value::Null => Some(ResultError::from_json(&body["error"]).or(&body)),
            error => Some(ResultError::from_json(error)),
        };
        Some(BatchResult {
            custom_id,
            status,
            body,
            error,
        })
    }

    /// The tokens that it took, where the service counted them.
    pub fn usage(&self) -> Option<Usage> {
        token_counts(&self.body["usage"], "prompt_tokens", "completion_tokens")
    }

    /// Whether the request was answered: with the status 200, and without an error.
    pub fn is_success(&self) -> bool {
        self.status == Some(200) && self.error.is_none()
    }
}

impl ResultError {
    /// Parses an error in either of DashScope's spellings, or one that is a text.
    fn from_json(error: &Value) -> ResultError {
        let text = |names: [&str; 2]| {
            names
                .into_iter()
                .find_map(|name| error[name].as_str())
                .map(str::to_owned)
        };
        let own = error.as_str().map(str::to_owned);
        ResultError {
            code: text(["code", "error_code"]),
            message: text(["message", "error_message"]).or(own).unwrap_or_default(),
        }
    }

    /// The same, or the error that `other` is where this one says nothing.
    fn or(self, other: &Value) -> ResultError {
        match self == ResultError::default() {
            true => ResultError::from_json(other),
            false => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_is_done_with_status_200_and_no_error() {
        let line = |response: Value, error: Value| {
            let line = json!({"id": "1", "custom_id": "a", "response": response, "error": error});
            BatchResult::parse(line.to_string().as_bytes()).unwrap()
        };
        let error = |code: &str, message: &str| {
            Some(ResultError {
                code: Some(code.into()).filter(|code: &String| !code.is_empty()),
                message: message.into(),
            })
        };
        let good = line(json!({"status_code": 200, "body": {"choices": []}}), Value::Null);
        assert_eq!((good.is_success(), &good.body), (true, &json!({"choices": []})));
        let refused =
            json!({"status_code": 400, "body": {"error": {"code": "data_inspection_failed", "message": "No."}}});
        let native = json!({"status_code": 400, "body": {"code": "InvalidParameter", "message": "Bad."}});
        for (response, of_line, expected) in [
            (refused, Value::Null, error("data_inspection_failed", "No.")),
            (native, Value::Null, error("InvalidParameter", "Bad.")),
            (json!(null), json!({"code": "x", "message": "m"}), error("x", "m")),
            (
                json!(null),
                json!({"error_code": "x", "error_message": "m"}),
                error("x", "m"),
            ),
            (
                json!({"status_code": 200, "body": {}}),
                json!("late"),
                error("", "late"),
            ),
            (json!(null), Value::Null, error("", "")),
        ] {
            let failed = line(response.clone(), of_line);
            assert_eq!((failed.is_success(), failed.error), (false, expected), "{response}");
        }
        assert_eq!(BatchResult::parse(b"{\"custom_id\":\"a\""), None);
        assert_eq!(BatchResult::parse(b"{\"error\":null}"), None);
    }
}
