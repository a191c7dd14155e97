//! Documents for the models that read them ("OpenAI compatible - File"): where a file goes, and the id it gets.

use super::OpenAi;
use crate::backend::wire::senseless::no_sense;
use crate::backend::wire::{HttpRequest, Method, Refusal, json, refusal};
use crate::words;

/// The most bytes of a document ("Long context (Qwen-Long)").
pub const MOST: u64 = 150 * 1024 * 1024;
/// What a document is uploaded for.
pub const PURPOSE: &str = "file-extract";

impl OpenAi {
    /// The request that a form with `purpose` and `file` is the body of.
    pub fn upload(&self) -> HttpRequest {
        self.request(Method::Post, "/files")
    }
}

/// The id in the reply to it: `file-fe-…`.
pub fn read(body: &[u8]) -> Result<String, Refusal> {
    let value = json::read(body).unwrap_or_default();
    match (value["id"].as_str(), refusal::told(body)) {
        (Some(id), None) if !id.is_empty() => Ok(id.to_owned()),
        (_, Some(told)) => Err(refusal::in_stream(told)),
        _ => Err(no_sense(words!("the server's reply names no file"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_or_a_refusal() {
        let taken = br#"{"id":"file-fe-1","object":"file","bytes":22,"filename":"a.txt","status":"processed"}"#;
        assert_eq!(read(taken).as_deref(), Ok("file-fe-1"));
        let refused = br#"{"error":{"message":"purpose is wrong","code":"invalid_parameter_error"}}"#;
        assert!(
            read(refused)
                .unwrap_err()
                .message
                .to_string()
                .ends_with(": purpose is wrong")
        );
        assert_eq!(read(b"{}").unwrap_err().message, "the server's reply names no file");
    }
}
