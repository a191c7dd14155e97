//! Errors of the object storage for uploads, which are XML (Alibaba Cloud OSS, "Error responses").
//!
//! A body may repeat the policy, the signature or a token, so only the code and the request id are read.

use super::Head;
use crate::error::{Error, Rejection, RetryClass, Service};

/// The error for a response with a status of 400 or above.
pub(crate) fn refusal(head: &Head, body: &[u8]) -> Error {
    use RetryClass::{Never, Transient};
    let text = String::from_utf8_lossy(body);
    let code = element(&text, "Code").map(str::to_owned);
    let known = code.as_deref().unwrap_or_default();
    let is_expired = has_expired(body) || matches!(known, "InvalidSecurityToken" | "SecurityTokenExpired");
    let retry = match head.status {
        _ if is_expired => Transient,
        408 | 429 => Transient,
        400..=499 => Never,
        _ => Transient,
    };
    let rejection = match (known, head.status) {
        _ if is_expired => Rejection::PermissionExpired,
        ("EntityTooLarge", _) => Rejection::StoredTooLarge,
        ("FileAlreadyExists" | "ObjectAlreadyExists", _) => Rejection::StoredAlready,
        ("RequestTimeTooSkewed", _) => Rejection::ClockSkew,
        // The credentials are the provider's, so the caller cannot correct them.
        (_, 401 | 403 | 408 | 429) => Rejection::StorageRefused,
        (_, 400..=499) => Rejection::Request,
        _ => Rejection::StorageRefused,
    };
    let request_id = element(&text, "RequestId").or_else(|| head.header("x-oss-request-id"));
    Error::new(rejection)
        .of_service(Service::Storage)
        .with_status(head.status)
        .with_request_id(request_id.map(str::to_owned))
        .with_code(code)
        .retry(retry)
}

/// Whether the upload policy or the credentials have expired, so that new ones help.
pub(crate) fn has_expired(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    element(&text, "Message").is_some_and(|message| message.contains("Policy expired"))
        || element(&text, "Code").is_some_and(|code| code == "SecurityTokenExpired")
}

/// The text of the first element with this name. The bodies are flat, so no XML parser is needed.
fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let open = format!("<{name}>");
    let from = xml.find(&open)? + open.len();
    let rest = &xml[from..];
    let text = rest[..rest.find(&format!("</{name}>"))?].trim();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn head(status: u16) -> Head {
        Head {
            status,
            ..Head::default()
        }
    }

    #[test]
    fn an_expired_policy_is_asked_for_again() {
        let body = b"<?xml version=\"1.0\"?>\n<Error>\n  <Code>AccessDenied</Code>\n  <Message>Invalid according to Policy: Policy expired.</Message>\n  <RequestId>R1</RequestId>\n</Error>";
        let error = refusal(&head(403), body);
        assert!(has_expired(body));
        assert_eq!(error.cause(), &Rejection::PermissionExpired.into());
        assert_eq!(error.retry_class(), RetryClass::Transient);
        assert_eq!(error.code(), Some("AccessDenied"));
        assert_eq!((error.status(), error.request_id()), (Some(403), Some("R1")));
    }

    #[test]
    fn nothing_but_the_code_of_a_body_is_shown() {
        let body =
            b"<Error><Code>SignatureDoesNotMatch</Code><Message>m</Message><StringToSign>TOKEN</StringToSign></Error>";
        let error = refusal(&head(403), body);
        assert_eq!(
            (error.kind(), error.retry_class()),
            (ErrorKind::Server, RetryClass::Never)
        );
        let shown = format!("{error:?} {error}");
        assert!(
            shown.contains("SignatureDoesNotMatch") && !shown.contains("TOKEN"),
            "{shown}"
        );
    }

    #[test]
    fn a_body_that_is_no_xml_still_is_a_refusal() {
        let error = refusal(&head(502), b"<html>");
        assert_eq!((error.code(), error.retry_class()), (None, RetryClass::Transient));
    }

    #[test]
    fn a_refusal_says_whose_fault_it_is() {
        use ErrorKind::{InvalidRequest, Server};
        for (status, code, rejection, kind) in [
            (400, "EntityTooLarge", Rejection::StoredTooLarge, InvalidRequest),
            (409, "FileAlreadyExists", Rejection::StoredAlready, InvalidRequest),
            (403, "RequestTimeTooSkewed", Rejection::ClockSkew, Server),
            (403, "SecurityTokenExpired", Rejection::PermissionExpired, Server),
            (403, "AccessDenied", Rejection::StorageRefused, Server),
            (400, "MalformedXML", Rejection::Request, InvalidRequest),
            (503, "", Rejection::StorageRefused, Server),
        ] {
            let error = refusal(&head(status), format!("<Error><Code>{code}</Code></Error>").as_bytes());
            assert_eq!((error.cause(), error.kind()), (&rejection.into(), kind), "{code}");
        }
    }
}
