//! Uploads to the list of files: documents for the models that read them ("OpenAI compatible - File"), and the files of
//! batches.

use super::OpenAi;
use crate::error::{Error, Malformed};
use crate::protocol::errors::ErrorBody;
use crate::protocol::malformed::malformed;
use crate::protocol::{HttpRequest, Method, json};

/// The most bytes of a document ("Long context (Qwen-Long)").
pub const MAX_DOCUMENT: u64 = 150 * 1024 * 1024;
/// The value of the form's field `purpose`, for documents.
pub(crate) const DOCUMENT: &str = "file-extract";
/// The same for the file of a batch.
pub(crate) const BATCH: &str = "batch";

impl OpenAi {
    /// The request, whose body is a form with `purpose` and `file`.
    pub fn upload(&self) -> HttpRequest {
        self.request(Method::Post, "/files")
    }

    /// Parses the id in the response: `file-fe-…`.
    pub(crate) fn read_file(&self, body: &[u8]) -> Result<String, Error> {
        let service = self.dialect.service();
        let value = json::read(body).unwrap_or_default();
        match (value["id"].as_str(), ErrorBody::read(body)) {
            (Some(id), None) if !id.is_empty() => Ok(id.to_owned()),
            (_, Some(error)) => Err(error.in_stream(service)),
            _ => Err(malformed(service, Malformed::File)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Dialect;

    #[test]
    fn an_id_or_an_error() {
        let protocol = OpenAi {
            base_url: String::new(),
            key: None,
            headers: Vec::new(),
            dialect: Dialect::DashScope,
            moved: Default::default(),
        };
        let read = |body: &[u8]| protocol.read_file(body);
        let taken = br#"{"id":"file-fe-1","object":"file","bytes":22,"filename":"a.txt","status":"processed"}"#;
        assert_eq!(read(taken).unwrap(), "file-fe-1");
        let refused = br#"{"error":{"message":"purpose is wrong","code":"invalid_parameter_error"}}"#;
        assert_eq!(read(refused).unwrap_err().message(), "purpose is wrong");
        assert_eq!(read(b"{}").unwrap_err().cause(), &Malformed::File.into());
    }
}
