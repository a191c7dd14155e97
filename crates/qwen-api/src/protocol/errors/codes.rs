//! Error codes and the HTTP status they imply. Those of Model Studio are on its page "Error codes".

/// The HTTP status that a code has outside of a stream.
pub(super) fn status_of(code: &str) -> Option<u16> {
    let is = |names: &[&str]| names.iter().any(|name| code.eq_ignore_ascii_case(name));
    let begins = |names: &[&str]| names.iter().any(|name| code.starts_with(name));
    if is(&[
        "InvalidApiKey",
        "invalid_api_key",
        "authentication_error",
        "Unauthorized",
        "NOT AUTHORIZED",
    ]) {
        Some(401)
    } else if is(&["access_denied", "permission_error", "AllocationQuota.FreeTierOnly"])
        || begins(&["AccessDenied"])
        || code.ends_with(".AccessDenied")
    {
        Some(403)
    } else if is(&[
        "ModelNotFound",
        "model_not_found",
        "model_not_supported",
        "NotFoundError",
        "WorkSpaceNotFound",
        "NotFound",
    ]) {
        Some(404)
    } else if is(&["Conflict"]) {
        Some(409)
    } else if begins(&["Throttling", "limit_", "LimitRequests", "rate_limit", "RateLimit"])
        || is(&[
            "insufficient_quota",
            "too_many_requests",
            "CommodityNotPurchased",
            "PrepaidBillOverdue",
            "PostpaidBillOverdue",
        ])
    {
        Some(429)
    } else if begins(&[
        "InvalidParameter",
        "BadRequest",
        "DataInspection",
        "InvalidURL",
        "InvalidFile",
    ]) || is_content_filter(code)
        || is(&[
            "invalid_parameter_error",
            "invalid_request_error",
            "invalid_value",
            "Arrearage",
            "BadRequestError",
            "exceed_context_size_error",
            // Despite its name it stands for an invalid role or an empty message.
            "ServiceUnavailableError",
            "UnsupportedOperation",
            "FlowNotPublished",
            "ClientDisconnect",
        ])
    {
        Some(400)
    } else if is(&["ModelServingError", "ModelUnavailable", "unavailable_error"]) {
        Some(503)
    } else if is(&["GatewayTimeout", "request_timeout"]) {
        Some(504)
    } else {
        None
    }
}

/// Whether an error is about billing, so that a retry cannot help. `message` is in lower case.
pub(super) fn is_billing(code: &str, message: &str) -> bool {
    matches!(
        code,
        "Arrearage"
            | "AllocationQuota.FreeTierOnly"
            | "CommodityNotPurchased"
            | "PrepaidBillOverdue"
            | "PostpaidBillOverdue"
    ) || message.contains("allocated quota exceeded")
        && !message.contains("token-limit")
        && ["hour", "week", "month"].iter().any(|window| message.contains(window))
}

/// Whether a code is that of a content filter.
pub(super) fn is_content_filter(code: &str) -> bool {
    code.contains("nspection")
        || code.contains("content_filter")
        || matches!(code, "FaqRuleBlocked" | "CustomRoleBlocked" | "IPInfringementSuspect")
}
