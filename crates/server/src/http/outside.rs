//! Answers for what no route is there for, and for what should never happen.

use std::any::Any;

use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::failure::Failure;

/// No such path.
pub(crate) async fn not_found() -> Failure {
    Failure::new(
        StatusCode::NOT_FOUND,
        "not_found",
        "There is nothing at this path",
    )
}

/// The path is there, the method is not.
pub(crate) async fn method_not_allowed() -> Failure {
    Failure::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "This path does not take this method",
    )
}

/// A panic in a handler: a defect, whose text is for the log.
pub(crate) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("unknown");
    tracing::error!(panic = text, "a handler panicked");
    Failure::internal().into_response()
}
