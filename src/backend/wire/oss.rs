//! What the object storage behind uploads says when it refuses: XML, as in Alibaba Cloud OSS, "Error responses".
//!
//! Its body can repeat the policy, the signature or a token, so nothing but the code and the request id is taken
//! from it.

use super::{Head, Refusal, Retry};
use crate::error::Kind;
use crate::words;

/// The refusal of an upload. A status below 400 with any body is a success and no business of this function.
pub fn refusal(head: &Head, body: &[u8]) -> Refusal {
    let text = String::from_utf8_lossy(body);
    let code = element(&text, "Code").map(str::to_owned);
    let known = code.as_deref().unwrap_or_default();
    let is_expired = has_expired(body) || matches!(known, "InvalidSecurityToken" | "SecurityTokenExpired");
    let (kind, retry) = match head.status {
        _ if is_expired => (Kind::Server, Retry::Soon),
        401 | 403 => (Kind::Server, Retry::Never),
        408 | 429 => (Kind::Server, Retry::Soon),
        400..=499 => (Kind::Refused, Retry::Never),
        _ => (Kind::Server, Retry::Soon),
    };
    let what = match known {
        _ if is_expired => words!("the permission to upload has expired"),
        "EntityTooLarge" => words!("the file is larger than the storage takes"),
        "FileAlreadyExists" | "ObjectAlreadyExists" => words!("the storage already holds a file of that name"),
        "RequestTimeTooSkewed" => words!("the storage refused the upload: this machine's clock is wrong"),
        _ => words!("the storage refused the upload"),
    };
    Refusal {
        status: head.status,
        kind,
        message: words!("{} ({})", what, head.status),
        hint: (known == "RequestTimeTooSkewed").then(|| words!("set the clock of this machine, then try again")),
        code,
        request_id: element(&text, "RequestId")
            .or_else(|| head.header("x-oss-request-id"))
            .filter(|id| !id.is_empty())
            .map(str::to_owned),
        retry,
        retry_after: None,
    }
}

/// Whether the refusal is one that a fresh policy or grant mends.
pub fn has_expired(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    element(&text, "Message").is_some_and(|message| message.contains("Policy expired"))
        || element(&text, "Code").is_some_and(|code| code == "SecurityTokenExpired")
}

/// The text of the first element of that name. The bodies are flat, so this is all the XML there is.
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

    fn head(status: u16) -> Head {
        Head {
            status,
            ..Head::default()
        }
    }

    #[test]
    fn an_expired_policy_is_asked_for_again() {
        let body = b"<?xml version=\"1.0\"?>\n<Error>\n  <Code>AccessDenied</Code>\n  <Message>Invalid according to Policy: Policy expired.</Message>\n  <RequestId>R1</RequestId>\n</Error>";
        let refusal = refusal(&head(403), body);
        assert!(has_expired(body));
        assert_eq!(refusal.retry, Retry::Soon);
        assert_eq!(refusal.code.as_deref(), Some("AccessDenied"));
        assert_eq!(refusal.request_id.as_deref(), Some("R1"));
        assert_eq!(refusal.message, "the permission to upload has expired (403)");
    }

    #[test]
    fn nothing_but_the_code_of_a_body_is_shown() {
        let body =
            b"<Error><Code>SignatureDoesNotMatch</Code><Message>m</Message><StringToSign>TOKEN</StringToSign></Error>";
        let refusal = refusal(&head(403), body);
        assert_eq!((refusal.kind, refusal.retry), (Kind::Server, Retry::Never));
        let shown = format!("{refusal:?}");
        assert!(
            shown.contains("SignatureDoesNotMatch") && !shown.contains("TOKEN"),
            "{shown}"
        );
    }

    #[test]
    fn a_body_that_is_no_xml_still_is_a_refusal() {
        let refusal = refusal(&head(502), b"<html>");
        assert_eq!((refusal.code, refusal.retry), (None, Retry::Soon));
    }
}
