//! Model Studio's page "Error codes", row by row: what each means for the exit code, and whether it is asked again.

use qwen_cli::backend::wire::dashscope::DashScope;
use qwen_cli::backend::wire::openai::{Dialect, OpenAi};
use qwen_cli::backend::wire::{Head, Refusal, Retry, Wire};
use qwen_cli::error::Kind;
use serde_json::json;

use Kind::{Auth, Network, RateLimit, Refused, Server};
use Retry::{Later, Never, Preparing, Soon};

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

/// Status, code, message, and what is made of them. `-` in the code: this is a row of compatible mode only.
const ROWS: &[(u16, &str, &str, Kind, Retry)] = &[
    (400, "InvalidParameter", "bad", Refused, Never),
    (400, "BadRequest.EmptyInput", "bad", Refused, Never),
    (400, "BadRequest.IllegalInput", "bad", Refused, Never),
    (400, "InvalidParameter.NotSupportEnableThinking", "bad", Refused, Never),
    (400, "DataInspectionFailed", "bad", Refused, Never),
    (400, "InvalidParameter.DataInspection", "bad", Refused, Never),
    (400, "FaqRuleBlocked", "bad", Refused, Never),
    (400, "CustomRoleBlocked", "bad", Refused, Never),
    (400, "IPInfringementSuspect", "bad", Refused, Never),
    (400, "Arrearage", "bad", RateLimit, Never),
    (400, "InvalidURL", "bad", Refused, Never),
    (400, "InvalidURL.ConnectionRefused", "bad", Refused, Never),
    (400, "InvalidURL.Timeout", "bad", Refused, Soon),
    (400, "BadRequest.InputDownloadFailed", "bad", Refused, Never),
    (400, "BadRequest.ResourceNotExist", "bad", Refused, Never),
    (400, "BadRequest.UnsupportedFileFormat", "bad", Refused, Never),
    (400, "InvalidFile.Format", "bad", Refused, Never),
    (400, "BadRequest.TooLarge", "bad", Refused, Never),
    (413, "BadRequest.TooLarge", "bad", Refused, Never),
    (
        400,
        "invalid_parameter_error",
        "File parsing in progress, please try again later.",
        Refused,
        Preparing,
    ),
    (
        400,
        "invalid_parameter_error",
        "Invalid file [id:file-fe-1].",
        Refused,
        Never,
    ),
    (
        400,
        "invalid_parameter_error",
        "Too many files provided.",
        Refused,
        Never,
    ),
    (
        400,
        "Throttling.AllocationQuota",
        "Free allocated quota exceeded.",
        RateLimit,
        Never,
    ),
    (
        400,
        "ServiceUnavailableError",
        "Role must be user or assistant",
        Refused,
        Never,
    ),
    (400, "UnsupportedOperation", "bad", Refused, Never),
    (400, "FlowNotPublished", "bad", Refused, Never),
    (400, "ClientDisconnect", "bad", Refused, Never),
    (401, "InvalidApiKey", "bad", Auth, Never),
    (401, "NOT AUTHORIZED", "bad", Auth, Never),
    (403, "AccessDenied", "bad", Auth, Never),
    (403, "AccessDenied.Unpurchased", "bad", Auth, Never),
    (403, "Model.AccessDenied", "bad", Auth, Never),
    (403, "App.AccessDenied", "bad", Auth, Never),
    (403, "Workspace.AccessDenied", "bad", Auth, Never),
    (403, "AllocationQuota.FreeTierOnly", "bad", RateLimit, Never),
    (429, "AllocationQuota.FreeTierOnly", "bad", RateLimit, Never),
    (404, "ModelNotFound", "bad", Refused, Never),
    (404, "model_not_supported", "bad", Refused, Never),
    (404, "WorkSpaceNotFound", "bad", Refused, Never),
    (404, "NotFound", "bad", Refused, Never),
    (408, "RequestTimeOut", "bad", Network, Soon),
    // The page says no; a conflict is asked again all the same, as with every other provider.
    (409, "Conflict", "bad", Refused, Soon),
    (429, "Throttling", "bad", RateLimit, Later),
    (429, "Throttling.RateQuota", "bad", RateLimit, Later),
    (429, "LimitRequests", "bad", RateLimit, Later),
    (429, "Throttling.BurstRate", "bad", RateLimit, Later),
    (
        429,
        "Throttling.AllocationQuota",
        "Allocated quota exceeded, see error-code#token-limit",
        RateLimit,
        Later,
    ),
    (
        429,
        "insufficient_quota",
        "You exceeded your current quota, check your plan.",
        RateLimit,
        Later,
    ),
    (429, "Throttling.Concurrency", "bad", RateLimit, Later),
    (429, "CommodityNotPurchased", "bad", RateLimit, Never),
    (429, "PrepaidBillOverdue", "bad", RateLimit, Never),
    (429, "PostpaidBillOverdue", "bad", RateLimit, Never),
    (
        429,
        "Throttling.AllocationQuota",
        "hour allocated quota exceeded.",
        RateLimit,
        Never,
    ),
    (
        429,
        "Throttling.AllocationQuota",
        "week allocated quota exceeded.",
        RateLimit,
        Never,
    ),
    (
        429,
        "Throttling.AllocationQuota",
        "month allocated quota exceeded.",
        RateLimit,
        Never,
    ),
    (500, "InternalError", "bad", Server, Soon),
    (500, "InternalError.Algo", "bad", Server, Soon),
    (500, "InternalError.Algo", "list index out of range", Server, Never),
    (
        500,
        "InternalError.Algo",
        "Missing Content-Length of multimodal url",
        Server,
        Never,
    ),
    (500, "SystemError", "bad", Server, Soon),
    (500, "ModelServiceFailed", "bad", Server, Soon),
    (500, "InternalError.Timeout", "bad", Server, Soon),
    (500, "RequestTimeOut", "bad", Server, Soon),
    (500, "ModelServingError", "bad", Server, Soon),
    (503, "ModelServingError", "bad", Server, Soon),
    (503, "ModelUnavailable", "bad", Server, Soon),
    (504, "GatewayTimeout", "bad", Server, Soon),
];

fn compare(shape: &str, refusal: Option<Refusal>, row: &(u16, &str, &str, Kind, Retry)) {
    let refusal = refusal.unwrap_or_else(|| panic!("{shape}: {row:?} is no refusal"));
    let made = (refusal.status, refusal.kind, refusal.retry);
    assert_eq!(made, (row.0, row.3, row.4), "{shape}: {row:?}");
    assert_eq!(refusal.code.as_deref(), Some(row.1), "{shape}");
}

#[test]
fn every_row_has_its_kind_and_is_asked_again_or_not() {
    for row in ROWS {
        let (status, code, message, ..) = *row;
        let body = json!({"code": code, "message": message, "request_id": "r"}).to_string();
        compare("native", native().refusal(&head(status), body.as_bytes()), row);
        let body = json!({"error": {"message": message, "type": code, "param": null, "code": code}}).to_string();
        compare("compatible", compatible().refusal(&head(status), body.as_bytes()), row);
        let framed = format!("id:1\nevent:error\n:HTTP_STATUS/{status}\ndata:{body}\n\n");
        compare("framed", compatible().refusal(&head(status), framed.as_bytes()), row);
    }
}

/// In a stream that began well no status is told; the code alone says whose fault it is.
#[test]
fn a_code_in_a_stream_means_what_its_status_would_have() {
    for (status, code, message, kind, _) in ROWS {
        if *status == 408 || *status == 413 {
            // The same codes come with another status more often.
            continue;
        }
        let payload = json!({"error": {"message": message, "type": code, "code": code}, "request_id": "r"}).to_string();
        let mut decoder = compatible().decoder(&Head::default());
        let refusal = decoder.payload(payload.as_bytes(), &mut Vec::new()).unwrap_err();
        assert_eq!(refusal.kind, *kind, "{code}: {refusal:?}");
    }
}

#[test]
fn a_message_that_can_be_helped_has_a_hint_that_helps() {
    for (message, hint) in [
        (
            "parameter.enable_thinking must be set to false for non-streaming calls",
            "--no-stream",
        ),
        (
            "This model only support stream mode, please enable the stream parameter",
            "--no-stream",
        ),
        (
            "The thinking_budget parameter must be a positive integer and not greater than 38912",
            "--think=",
        ),
        (
            "The value of the enable_thinking parameter is restricted to True.",
            "--no-think",
        ),
        ("Range of input length should be [1, 30720]", "larger context"),
        ("Range of max_tokens should be [1, 8192]", "--max-tokens"),
        ("Temperature should be in [0.0, 2.0)", "--temperature"),
        (
            "'messages' must contain the word 'json' in some form, to use 'response_format'",
            "JSON",
        ),
        (
            "Json mode response is not supported when enable_thinking is true",
            "only without thinking",
        ),
        ("The model qwen-x does not support enable_search.", "--search"),
        ("Model not exist.", "qwen models"),
        ("Exceeded limit on max bytes per data-uri item : 10485760", "too large"),
        ("Failed to download multimodal content", "could not fetch"),
    ] {
        let message = format!("<400> InternalError.Algo.InvalidParameter: {message}");
        let body = json!({"error": {"message": message, "code": "invalid_parameter_error"}}).to_string();
        let refusal = compatible().refusal(&head(400), body.as_bytes()).unwrap();
        let given = refusal.hint.unwrap_or_default().to_string();
        assert!(given.contains(hint), "{message}: {given}");
    }
}
