//! Jobs of a batch service: `/batches`, and the files that they read and write ("OpenAI compatible - Batch").

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::{Dialect, OpenAi};
use crate::batches::{Batch, NewBatch};
use crate::error::{Error, Malformed};
use crate::protocol::errors::ErrorBody;
use crate::protocol::malformed::malformed;
use crate::protocol::{HttpRequest, Method, json};

/// The most jobs of a page.
const PAGE: &str = "100";
/// What an id is written with in a URL, beside letters and digits.
const ID: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// One page of the list of jobs.
#[derive(Debug, Default)]
pub(crate) struct BatchPage {
    pub(crate) batches: Vec<Batch>,
    pub(crate) has_more: bool,
}

impl OpenAi {
    /// The request that creates a job.
    pub(crate) fn create_batch(&self, new: &NewBatch) -> HttpRequest {
        let mut body = json!({
            "input_file_id": new.input_file_id,
            "endpoint": new.endpoint,
            "completion_window": new.completion_window,
        });
        if !new.metadata.is_empty() {
            body["metadata"] = Value::Object(new.metadata.clone());
        }
        HttpRequest {
            body: Some(body.into()),
            ..self.request(Method::Post, "/batches")
        }
    }

    /// The request for a job.
    pub(crate) fn batch(&self, id: &str) -> HttpRequest {
        self.request(Method::Get, &format!("/batches/{}", encoded(id)))
    }

    /// The request for the page of jobs behind `after`, or the first. Only DashScope has a filter by file; others may refuse
    /// it.
    pub(crate) fn batch_page(&self, after: Option<&str>, input_file_id: Option<&str>) -> HttpRequest {
        let mut path = format!("/batches?limit={PAGE}");
        if let Some(after) = after {
            path.push_str(&format!("&after={}", encoded(after)));
        }
        if let Some(file) = input_file_id.filter(|_| self.dialect == Dialect::DashScope) {
            path.push_str(&format!("&input_file_ids={}", encoded(file)));
        }
        self.request(Method::Get, &path)
    }

    /// The request that cancels a job. Its body is empty.
    pub(crate) fn cancel_batch(&self, id: &str) -> HttpRequest {
        self.request(Method::Post, &format!("/batches/{}/cancel", encoded(id)))
    }

    /// The request for the bytes of a file.
    pub(crate) fn file_content(&self, id: &str) -> HttpRequest {
        self.request(Method::Get, &format!("/files/{}/content", encoded(id)))
    }

    /// The request that deletes a file.
    pub(crate) fn delete_file(&self, id: &str) -> HttpRequest {
        self.request(Method::Delete, &format!("/files/{}", encoded(id)))
    }

    /// Parses a job.
    pub(crate) fn read_batch(&self, body: &[u8]) -> Result<Batch, Error> {
        let value = json::read(body).unwrap_or_default();
        Batch::from_json(&value).ok_or_else(|| self.no_batch(body))
    }

    /// Parses a page of jobs. DashScope writes an empty list as `"data":null`.
    pub(crate) fn read_batch_page(&self, body: &[u8]) -> Result<BatchPage, Error> {
        let value = json::read(body).unwrap_or_default();
        let batches = match value.get("data") {
            Some(Value::Null) => Vec::new(),
            Some(Value::Array(jobs)) => jobs.iter().filter_map(Batch::from_json).collect(),
            _ => return Err(self.no_batch(body)),
        };
        Ok(BatchPage {
            batches,
            has_more: value["has_more"] == true,
        })
    }

    fn no_batch(&self, body: &[u8]) -> Error {
        let service = self.dialect.service();
        match ErrorBody::read(body) {
            Some(error) => error.in_stream(service),
            None => malformed(service, Malformed::Batch),
        }
    }
}

fn encoded(id: &str) -> String {
    utf8_percent_encode(id, ID).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn protocol(dialect: Dialect) -> OpenAi {
        OpenAi {
            base_url: "https://example.com/v1".to_owned(),
            key: None,
            headers: Vec::new(),
            dialect,
            moved: Default::default(),
        }
    }

    #[test]
    fn an_id_cannot_leave_its_place_in_the_url() {
        let protocol = protocol(Dialect::DashScope);
        for (id, url) in [
            ("batch_0-1.a~", "https://example.com/v1/batches/batch_0-1.a~"),
            ("a/../b?c#d", "https://example.com/v1/batches/a%2F..%2Fb%3Fc%23d"),
            (
                "https://elsewhere",
                "https://example.com/v1/batches/https%3A%2F%2Felsewhere",
            ),
        ] {
            assert_eq!(protocol.batch(id).url, url);
        }
    }

    #[test]
    fn only_dashscope_is_asked_to_filter() {
        let url = |dialect| protocol(dialect).batch_page(Some("b"), Some("f")).url;
        let page = "https://example.com/v1/batches?limit=100&after=b";
        assert_eq!(url(Dialect::Generic), page);
        assert_eq!(url(Dialect::DashScope), format!("{page}&input_file_ids=f"));
    }

    #[test]
    fn a_page_without_jobs() {
        let protocol = protocol(Dialect::DashScope);
        for body in [
            r#"{"object":"list","data":null,"first_id":null,"last_id":null,"has_more":false}"#,
            r#"{"object":"list","data":[]}"#,
        ] {
            let page = protocol.read_batch_page(body.as_bytes()).unwrap();
            assert!(page.batches.is_empty() && !page.has_more, "{body}");
        }
        let error = protocol.read_batch_page(b"{}").unwrap_err();
        assert_eq!(error.cause(), &Malformed::Batch.into());
        let error = protocol
            .read_batch(br#"{"error":{"message":"busy","code":"x"}}"#)
            .unwrap_err();
        assert_eq!(error.message(), "busy");
    }
}
