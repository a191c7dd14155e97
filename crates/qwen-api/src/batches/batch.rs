//! A job as the service describes it.

use serde_json::{Map, Value};

/// A job to create.
#[derive(Clone, Debug, PartialEq)]
pub struct NewBatch {
    /// The id of the file with the requests.
    pub input_file_id: String,
    /// The `url` of every request of the file.
    pub endpoint: String,
    /// The time for the whole job: `24h`, on DashScope up to `336h`.
    pub completion_window: String,
    /// Names and notes that come back with the job. DashScope shows `ds_name` and `ds_description` in its console.
    pub metadata: Map<String, Value>,
}

impl NewBatch {
    /// A job of chat completions, within 24 hours.
    pub fn new(input_file_id: impl Into<String>) -> NewBatch {
        NewBatch {
            input_file_id: input_file_id.into(),
            endpoint: "/v1/chat/completions".to_owned(),
            completion_window: "24h".to_owned(),
            metadata: Map::new(),
        }
    }
}

/// A job. What the service did not say is `None` or empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Its id.
    pub id: String,
    /// How far it is.
    pub status: BatchStatus,
    /// The `url` of its requests.
    pub endpoint: String,
    /// The file with its requests.
    pub input_file_id: String,
    /// The file with the results of requests that ran. Some of them may be errors.
    pub output_file_id: Option<String>,
    /// The file with the results of requests that failed.
    pub error_file_id: Option<String>,
    /// The requests by their state, as the service counts them. DashScope counts a request that its model refused as
    /// completed.
    pub counts: BatchCounts,
    /// Why the validation of its file failed.
    pub errors: Vec<BatchError>,
    /// The time that it has: `24h`.
    pub completion_window: String,
    /// When it was created, in seconds since 1970.
    pub created_at: Option<u64>,
    /// When it expires, in seconds since 1970; DashScope does not say, and the time follows from the window.
    pub expires_at: Option<u64>,
    /// When it ended, in seconds since 1970, however it did.
    pub ended_at: Option<u64>,
    /// What it was created with.
    pub metadata: Map<String, Value>,
}

/// How far a job is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchStatus {
    /// Its file is being checked.
    Validating,
    /// Its requests run.
    InProgress,
    /// Its results are being written.
    Finalizing,
    /// It is done; single requests may have failed.
    Completed,
    /// Its file was refused, and nothing ran.
    Failed,
    /// Its time was over first. Requests that were done have results.
    Expired,
    /// It is being cancelled; requests that run are finished.
    Cancelling,
    /// It was cancelled. Requests that were done have results.
    Cancelled,
    /// Another one, in the service's word.
    Other(String),
}

/// The requests of a job by their state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BatchCounts {
    /// All of them; 0 before the file was checked.
    pub total: u64,
    /// Those that ran.
    pub completed: u64,
    /// Those that failed.
    pub failed: u64,
}

/// Why the validation of a job's file failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BatchError {
    /// Its code, such as `mismatched_model`.
    pub code: Option<String>,
    /// In the service's words.
    pub message: String,
    /// The member of the line that it is about.
    pub param: Option<String>,
    /// The line of the file, from 1.
    pub line: Option<u64>,
}

impl Batch {
    /// Parses a job; `None` where it has no id.
    pub(crate) fn from_json(job: &Value) -> Option<Batch> {
        let text = |name: &str| job[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let seconds = |name: &str| job[name].as_u64().filter(|seconds| *seconds > 0);
        let ends = ["completed_at", "failed_at", "expired_at", "cancelled_at"];
        let errors = match &job["errors"]["data"] {
            // Some proxies leave the wrapping object out.
            Value::Null => job["errors"].as_array(),
            list => list.as_array(),
        };
        Some(Batch {
            id: text("id")?,
            status: BatchStatus::from_word(job["status"].as_str().unwrap_or_default()),
            endpoint: text("endpoint").unwrap_or_default(),
            input_file_id: text("input_file_id").unwrap_or_default(),
            output_file_id: text("output_file_id"),
            error_file_id: text("error_file_id"),
            counts: BatchCounts::from_json(&job["request_counts"]),
            errors: errors.into_iter().flatten().map(BatchError::from_json).collect(),
            completion_window: text("completion_window").unwrap_or_default(),
            created_at: seconds("created_at"),
            expires_at: seconds("expires_at"),
            ended_at: ends.into_iter().find_map(seconds),
            metadata: job["metadata"].as_object().cloned().unwrap_or_default(),
        })
    }
}

impl BatchStatus {
    fn from_word(word: &str) -> BatchStatus {
        use BatchStatus as S;
        let known = [
            S::Validating,
            S::InProgress,
            S::Finalizing,
            S::Completed,
            S::Failed,
            S::Expired,
            S::Cancelling,
            S::Cancelled,
        ];
        let known = known.into_iter().find(|status| status.as_str() == word);
        known.unwrap_or_else(|| S::Other(word.to_owned()))
    }

    /// The service's word for it: `in_progress`.
    pub fn as_str(&self) -> &str {
        match self {
            BatchStatus::Validating => "validating",
            BatchStatus::InProgress => "in_progress",
            BatchStatus::Finalizing => "finalizing",
            BatchStatus::Completed => "completed",
            BatchStatus::Failed => "failed",
            BatchStatus::Expired => "expired",
            BatchStatus::Cancelling => "cancelling",
            BatchStatus::Cancelled => "cancelled",
            BatchStatus::Other(word) => word,
        }
    }

    /// Whether it does not change any more.
    pub fn is_end(&self) -> bool {
        use BatchStatus as S;
        matches!(self, S::Completed | S::Failed | S::Expired | S::Cancelled)
    }
}

impl BatchCounts {
    fn from_json(counts: &Value) -> BatchCounts {
        let count = |name: &str| counts[name].as_u64().unwrap_or_default();
        BatchCounts {
            total: count("total"),
            completed: count("completed"),
            failed: count("failed"),
        }
    }
}

impl BatchError {
    fn from_json(error: &Value) -> BatchError {
        let text = |name: &str| error[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        BatchError {
            code: text("code"),
            message: text("message").unwrap_or_default(),
            param: text("param"),
            line: error["line"].as_u64(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_job_as_dashscope_writes_it() {
        let job = json!({"id": "batch_1", "object": "batch", "endpoint": "/v1/chat/completions", "errors": null,
            "input_file_id": "file-batch-1", "completion_window": "24h", "status": "completed",
            "output_file_id": "file-batch_output-1", "error_file_id": "", "created_at": 1_790_000_000_u64,
            "in_progress_at": null, "expires_at": null, "completed_at": 1_790_000_600_u64, "failed_at": null,
            "request_counts": {"total": 2, "completed": 2, "failed": 0}, "metadata": null});
        let counts = BatchCounts {
            total: 2,
            completed: 2,
            failed: 0,
        };
        let expected = Batch {
            id: "batch_1".into(),
            status: BatchStatus::Completed,
            endpoint: "/v1/chat/completions".into(),
            input_file_id: "file-batch-1".into(),
            output_file_id: Some("file-batch_output-1".into()),
            error_file_id: None,
            counts,
            errors: Vec::new(),
            completion_window: "24h".into(),
            created_at: Some(1_790_000_000),
            expires_at: None,
            ended_at: Some(1_790_000_600),
            metadata: Map::new(),
        };
        assert_eq!(Batch::from_json(&job), Some(expected));
        assert_eq!(Batch::from_json(&json!({"status": "completed"})), None);
    }

    #[test]
    fn a_failed_validation_names_its_lines() {
        let list = json!([{"code": "url_not_found", "message": "Not supported.", "param": "url", "line": 1},
            {"message": "Bad JSON."}]);
        for errors in [json!({"object": "list", "data": list}), list.clone()] {
            let job = Batch::from_json(&json!({"id": "b", "status": "failed", "errors": errors})).unwrap();
            let first = BatchError {
                code: Some("url_not_found".into()),
                message: "Not supported.".into(),
                param: Some("url".into()),
                line: Some(1),
            };
            let second = BatchError {
                message: "Bad JSON.".into(),
                ..BatchError::default()
            };
            assert_eq!(job.errors, [first, second]);
        }
    }

    #[test]
    fn a_status_that_is_not_known_is_no_end() {
        assert_eq!(BatchStatus::from_word("in_progress"), BatchStatus::InProgress);
        let queued = BatchStatus::from_word("queued");
        assert_eq!(queued, BatchStatus::Other("queued".into()));
        assert_eq!((queued.as_str(), queued.is_end()), ("queued", false));
    }
}
