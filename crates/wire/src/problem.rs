//! Errors: RFC 9457 problem details with the members that the seeds' clients read.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One wrong part of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldProblem {
    /// JSON pointer into the body, or `?name` for a query parameter.
    pub pointer: String,
    /// What is wrong and how to mend it.
    pub detail: String,
}

/// Something went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"type": "about:blank", "title": "Unprocessable Content", "status": 422, "detail": "cronExpression: the hour is 0 to 23", "error_type": "validation_error", "errors": [{"pointer": "/cronExpression", "detail": "the hour is 0 to 23"}]}))]
pub struct Problem {
    /// Always `about:blank`; the kind is in `error_type`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened, one sentence.
    pub detail: String,
    /// Stable word: `validation_error`, `not_found`, `conflict`, `authentication_error`, `authorization_error`,
    /// `malformed_request`, `payload_too_large`, `unsupported_media_type`, `method_not_allowed`, `rate_limited`,
    /// `unavailable`, `timeout`, `internal_error`.
    pub error_type: String,
    /// The wrong parts of the request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// What was not found or in conflict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<String>,
    /// Number of the request, to find it in the server's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}
