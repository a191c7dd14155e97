//! Errors of local servers, and the error that a base URL without a version leads to.
//!
//! The messages are those of llama.cpp's server, mistral.rs and LiteLLM.

use crate::error::{Error, ErrorKind, Rejection};
use crate::protocol::{HttpRequest, Method};

/// Replaces the cause of an error by a more specific one that the message names.
pub(super) fn of_local_server(error: Error) -> Error {
    let message = error.message().to_ascii_lowercase();
    let says = |part: &str| message.contains(part);
    let rejection = match error.kind() {
        ErrorKind::InvalidRequest | ErrorKind::NotFound if says("image input is not supported") => {
            Rejection::ImagesUnsupported
        }
        ErrorKind::InvalidRequest | ErrorKind::NotFound if says("audio input is not supported") => {
            Rejection::SoundUnsupported
        }
        ErrorKind::InvalidRequest | ErrorKind::NotFound if says("is not available. available models") => {
            Rejection::ModelNotServed
        }
        ErrorKind::Authentication if says("no connected db") => Rejection::MaybeCredential,
        _ => return error,
    };
    error.caused_by(rejection)
}

/// Whether the server does not know the path of a request, as when the version is missing in the base URL.
pub(super) fn is_unknown_path(sent: &HttpRequest, error: &Error) -> bool {
    // An unknown model is a 404 too.
    let names_model = sent.method == Method::Post && error.message().contains("model");
    matches!(error.status(), Some(200..300 | 404 | 405)) && !names_model
}

/// The message of an error that is invalid JSON, such as one with a traceback's newlines in its string.
pub(super) fn message_of_broken_json(payload: &str) -> Option<String> {
    let (_, rest) = payload.trim_start().strip_prefix('{')?.split_once("\"error\"")?;
    let rest = rest.trim_start().strip_prefix(':')?;
    let message = rest.trim_matches(|c: char| c.is_whitespace() || "\"{}".contains(c));
    Some(message.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Service;

    #[test]
    fn the_servers_own_words_name_a_better_cause() {
        for (kind, message, rejection) in [
            (
                Rejection::Request,
                "image input is not supported - hint: mmproj",
                Rejection::ImagesUnsupported,
            ),
            (
                Rejection::Request,
                "audio input is not supported - hint: mmproj",
                Rejection::SoundUnsupported,
            ),
            (
                Rejection::Request,
                "Model x is not available. Available models: default",
                Rejection::ModelNotServed,
            ),
            (Rejection::Credential, "No connected db.", Rejection::MaybeCredential),
            (Rejection::Credential, "Unauthorized", Rejection::Credential),
            (Rejection::ServerError, "No connected db.", Rejection::ServerError),
        ] {
            let error = Error::new(kind)
                .of_service(Service::OpenAiCompatible)
                .with_message(message);
            assert_eq!(of_local_server(error).cause(), &rejection.into(), "{message}");
        }
    }

    #[test]
    fn finds_the_message_of_an_error_that_is_no_json() {
        assert_eq!(
            message_of_broken_json("{\"error\": \"Traceback (most\n recent").as_deref(),
            Some("Traceback (most recent")
        );
        assert_eq!(message_of_broken_json("{\"choices\": ["), None);
        assert_eq!(message_of_broken_json("an \"error\": x"), None);
    }
}
