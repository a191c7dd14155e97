//! Model Studio's page "Error codes", row by row: the kind of each, and when a retry can help.

use crate::error::{Cause, Error, ErrorKind, Rejection, RetryClass, Service};
use crate::protocol::dashscope::DashScope;
use crate::protocol::openai::{Dialect, OpenAi};
use crate::protocol::{ChatProtocol, Head};
use serde_json::json;

use ErrorKind::{Authentication, ContentFilter, InvalidRequest, NotFound, Quota, RateLimit, Server, Timeout};
use RetryClass::{Never, Preparing, RateLimited, Transient};

fn head(status: u16) -> Head {
    Head {
        status,
        headers: vec![("content-type".into(), "application/json".into())],
    }
}

fn native() -> DashScope {
    DashScope {
        base_url: "https://example.invalid/api/v1".into(),
        key: None,
        headers: Vec::new(),
    }
}

fn compatible() -> OpenAi {
    OpenAi {
        base_url: "https://example.invalid/compatible-mode/v1".into(),
        key: None,
        headers: Vec::new(),
        dialect: Dialect::DashScope,
        moved: Default::default(),
    }
}

/// Status, code, message; the kind, and when a retry can help.
const ROWS: &[(u16, &str, &str, ErrorKind, RetryClass)] = &[
    (400, "InvalidParameter", "bad", InvalidRequest, Never),
    (400, "BadRequest.EmptyInput", "bad", InvalidRequest, Never),
    (400, "BadRequest.IllegalInput", "bad", InvalidRequest, Never),
    (
        400,
        "InvalidParameter.NotSupportEnableThinking",
        "bad",
        InvalidRequest,
        Never,
    ),
    (400, "DataInspectionFailed", "bad", ContentFilter, Never),
    (400, "InvalidParameter.DataInspection", "bad", InvalidRequest, Never),
    (400, "FaqRuleBlocked", "bad", ContentFilter, Never),
    (400, "CustomRoleBlocked", "bad", ContentFilter, Never),
    (400, "IPInfringementSuspect", "bad", ContentFilter, Never),
    (400, "Arrearage", "bad", Quota, Never),
    (400, "InvalidURL", "bad", InvalidRequest, Never),
    (400, "InvalidURL.ConnectionInvalidRequest", "bad", InvalidRequest, Never),
    (400, "InvalidURL.Timeout", "bad", InvalidRequest, Transient),
    (400, "BadRequest.InputDownloadFailed", "bad", InvalidRequest, Never),
    (400, "BadRequest.ResourceNotExist", "bad", InvalidRequest, Never),
    (400, "BadRequest.UnsupportedFileFormat", "bad", InvalidRequest, Never),
    (400, "InvalidFile.Format", "bad", InvalidRequest, Never),
    (400, "BadRequest.TooLarge", "bad", InvalidRequest, Never),
    (413, "BadRequest.TooLarge", "bad", InvalidRequest, Never),
    (
        400,
        "invalid_parameter_error",
        "File parsing in progress, please try again later.",
        InvalidRequest,
        Preparing,
    ),
    (
        400,
        "invalid_parameter_error",
        "Invalid file [id:file-fe-1].",
        InvalidRequest,
        Never,
    ),
    (
        400,
        "invalid_parameter_error",
        "Too many files provided.",
        InvalidRequest,
        Never,
    ),
    (
        400,
        "Throttling.AllocationQuota",
        "Free allocated quota exceeded.",
        Quota,
        Never,
    ),
    (
        400,
        "ServiceUnavailableError",
        "Role must be user or assistant",
        InvalidRequest,
        Never,
    ),
    (400, "UnsupportedOperation", "bad", InvalidRequest, Never),
    (400, "FlowNotPublished", "bad", InvalidRequest, Never),
    (400, "ClientDisconnect", "bad", InvalidRequest, Never),
    (401, "InvalidApiKey", "bad", Authentication, Never),
    (401, "NOT AUTHORIZED", "bad", Authentication, Never),
    (403, "AccessDenied", "bad", Authentication, Never),
    (403, "AccessDenied.Unpurchased", "bad", Authentication, Never),
    (403, "Model.AccessDenied", "bad", Authentication, Never),
    (403, "App.AccessDenied", "bad", Authentication, Never),
    (403, "Workspace.AccessDenied", "bad", Authentication, Never),
    (403, "AllocationQuota.FreeTierOnly", "bad", Quota, Never),
    (429, "AllocationQuota.FreeTierOnly", "bad", Quota, Never),
    (404, "ModelNotFound", "bad", NotFound, Never),
    (404, "model_not_supported", "bad", NotFound, Never),
    (404, "WorkSpaceNotFound", "bad", NotFound, Never),
    (404, "NotFound", "bad", NotFound, Never),
    (408, "RequestTimeOut", "bad", Timeout, Transient),
    // The documentation says no; a conflict is retried anyway, as with every other provider.
    (409, "Conflict", "bad", InvalidRequest, Transient),
    (429, "Throttling", "bad", RateLimit, RateLimited),
    (429, "Throttling.RateQuota", "bad", RateLimit, RateLimited),
    (429, "LimitRequests", "bad", RateLimit, RateLimited),
    (429, "Throttling.BurstRate", "bad", RateLimit, RateLimited),
    (
        429,
        "Throttling.AllocationQuota",
        "Allocated quota exceeded, see error-code#token-limit",
        Quota,
        RateLimited,
    ),
    (
        429,
        "insufficient_quota",
        "You exceeded your current quota, check your plan.",
        RateLimit,
        RateLimited,
    ),
    (429, "Throttling.Concurrency", "bad", RateLimit, RateLimited),
    (429, "CommodityNotPurchased", "bad", Quota, Never),
    (429, "PrepaidBillOverdue", "bad", Quota, Never),
    (429, "PostpaidBillOverdue", "bad", Quota, Never),
    (
        429,
        "Throttling.AllocationQuota",
        "hour allocated quota exceeded.",
        Quota,
        Never,
    ),
    (
        429,
        "Throttling.AllocationQuota",
        "week allocated quota exceeded.",
        Quota,
        Never,
    ),
    (
        429,
        "Throttling.AllocationQuota",
        "month allocated quota exceeded.",
        Quota,
        Never,
    ),
    (500, "InternalError", "bad", Server, Transient),
    (500, "InternalError.Algo", "bad", Server, Transient),
    (500, "InternalError.Algo", "list index out of range", Server, Never),
    (
        500,
        "InternalError.Algo",
        "Missing Content-Length of multimodal url",
        Server,
        Never,
    ),
    (500, "SystemError", "bad", Server, Transient),
    (500, "ModelServiceFailed", "bad", Server, Transient),
    (500, "InternalError.Timeout", "bad", Server, Transient),
    (500, "RequestTimeOut", "bad", Server, Transient),
    (500, "ModelServingError", "bad", Server, Transient),
    (503, "ModelServingError", "bad", Server, Transient),
    (503, "ModelUnavailable", "bad", Server, Transient),
    (504, "GatewayTimeout", "bad", Server, Transient),
];

fn compare(shape: &str, error: Option<Error>, row: &(u16, &str, &str, ErrorKind, RetryClass)) {
    let error = error.unwrap_or_else(|| panic!("{shape}: {row:?} is no error"));
    let facts = (error.status(), error.kind(), error.retry_class());
    assert_eq!(facts, (Some(row.0), row.3, row.4), "{shape}: {row:?}");
    assert_eq!(
        (error.code(), error.message(), error.request_id()),
        (Some(row.1), row.2, Some("r")),
        "{shape}"
    );
    assert_eq!(error.service(), Service::DashScope);
}

#[test]
fn every_row_has_its_kind_and_is_asked_again_or_not() {
    for row in ROWS {
        let (status, code, message, ..) = *row;
        let body = json!({"code": code, "message": message, "request_id": "r"}).to_string();
        compare("native", native().refusal(&head(status), body.as_bytes()), row);
        let body = json!({"error": {"message": message, "type": code, "param": null, "code": code}, "request_id": "r"})
            .to_string();
        compare("compatible", compatible().refusal(&head(status), body.as_bytes()), row);
        let framed = format!("id:1\nevent:error\n:HTTP_STATUS/{status}\ndata:{body}\n\n");
        compare("framed", compatible().refusal(&head(status), framed.as_bytes()), row);
    }
}

/// In a stream that began well there is no status; the code alone says whose fault it is.
#[test]
fn a_code_in_a_stream_means_what_its_status_would_have() {
    for (status, code, message, kind, _) in ROWS {
        if *status == 408 || *status == 413 {
            // The same codes come with another status more often.
            continue;
        }
        let payload = json!({"error": {"message": message, "type": code, "code": code}, "request_id": "r"}).to_string();
        let mut decoder = compatible().decoder(&Head::default());
        let error = decoder.payload(payload.as_bytes(), &mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), *kind, "{code}: {error:?}");
    }
}

#[test]
fn a_message_that_can_be_helped_has_a_cause_of_its_own() {
    use Rejection as R;
    for (message, rejection) in [
        (
            "parameter.enable_thinking must be set to false for non-streaming calls",
            R::StreamOnly,
        ),
        (
            "This model only support stream mode, please enable the stream parameter",
            R::StreamOnly,
        ),
        ("'audio' output only support with stream=true", R::StreamOnly),
        (
            "The thinking_budget parameter must be a positive integer and not greater than 38912",
            R::ThinkingBudget,
        ),
        (
            "The value of the enable_thinking parameter is restricted to True.",
            R::ThinkingRequired,
        ),
        ("enable_thinking is not supported", R::ThinkingUnsupported),
        (
            "Range of input length should be [1, 30720]",
            R::ContextLength { limit: Some(30720) },
        ),
        ("the context window is full", R::ContextLength { limit: None }),
        ("Range of max_tokens should be [1, 8192]", R::MaxTokens),
        ("Temperature should be in [0.0, 2.0)", R::Temperature),
        (
            "'messages' must contain the word 'json' in some form, to use 'response_format'",
            R::JsonWord,
        ),
        (
            "Json mode response is not supported when enable_thinking is true",
            R::JsonWhileThinking,
        ),
        ("The model qwen-x does not support enable_search.", R::SearchUnsupported),
        ("Model not exist.", R::ModelNotFound),
        ("Upload file capacity exceed limit.", R::FilesFull),
        ("Upload file number exceed limit.", R::FilesFull),
        (
            "Exceeded limit on max bytes per data-uri item : 10485760",
            R::InlineImageTooLarge,
        ),
        ("Failed to download multimodal content", R::UrlNotFetched),
        ("Range of x", R::Request),
    ] {
        let prefixed = format!("<400> InternalError.Algo.InvalidParameter: {message}");
        let body = json!({"error": {"message": prefixed, "code": "invalid_parameter_error"}}).to_string();
        let error = compatible().refusal(&head(400), body.as_bytes()).unwrap();
        assert_eq!(error.cause(), &Cause::Rejected(rejection), "{message}");
        assert_eq!(error.retry_class(), Never, "{message}");
        assert_eq!(error.message(), message);
    }
}
