//! Errors on their way out: what the engine says becomes a status and problem details, once, here.

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};

use orloj_engine::{Error, FieldError, Kind};
use orloj_wire::problem::{FieldProblem, Problem};

use super::language::Language;

/// A request that was not fulfilled.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(super) status: StatusCode,
    pub(super) error_type: &'static str,
    pub(super) detail: String,
    pub(super) fields: Vec<FieldError>,
    entity: Option<&'static str>,
    pub(super) retry_after: Option<u32>,
}

impl Failure {
    /// A failure with this status.
    pub(crate) fn new(
        status: StatusCode,
        error_type: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            status,
            error_type,
            detail: detail.into(),
            fields: Vec::new(),
            entity: None,
            retry_after: None,
        }
    }

    /// 400: cannot be read at all.
    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed_request", detail)
    }

    /// 401.
    pub(crate) fn unauthenticated(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "authentication_error", detail)
    }

    /// 403.
    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "authorization_error", detail)
    }

    /// 404.
    pub(crate) fn not_found(entity: &'static str) -> Self {
        Error::not_found(entity).into()
    }

    /// 422 about one part of the request.
    pub(crate) fn invalid(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Error::invalid_fields(vec![FieldError {
            pointer: pointer.into(),
            message: message.into(),
            message_ar: None,
        }])
        .into()
    }

    /// 429.
    pub(crate) fn too_many(retry_after: u32) -> Self {
        Self {
            retry_after: Some(retry_after.max(1)),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "rate_limited",
                "Too many requests; slow down",
            )
        }
    }

    /// 503.
    pub(crate) fn unavailable(error_type: &'static str, detail: impl Into<String>) -> Self {
        Self {
            retry_after: Some(1),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, error_type, detail)
        }
    }

    /// 500 that says nothing.
    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal_error",
            "Something went wrong inside the server; its log says more",
        )
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// The problem details in a language.
    fn problem(&self, language: Language, request_id: Option<&str>) -> Problem {
        let errors: Vec<_> = self
            .fields
            .iter()
            .map(|field| FieldProblem {
                pointer: field.pointer.clone(),
                detail: match (language, &field.message_ar) {
                    (Language::Arabic, Some(arabic)) => arabic.clone(),
                    _ => field.message.clone(),
                },
            })
            .collect();
        Problem {
            kind: "about:blank".to_owned(),
            title: title(self.status).to_owned(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            error_type: self.error_type.to_owned(),
            errors,
            entity: self.entity.map(str::to_owned),
            request_id: request_id.map(str::to_owned),
        }
    }

    /// The answer in a language, with the number of the request.
    pub(crate) fn render(self, language: Language, request_id: Option<&str>) -> Response {
        let body = serde_json::to_vec(&self.problem(language, request_id))
            .unwrap_or_else(|_| b"{}".to_vec());
        let mut response = Response::new(body.into());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(
                http::header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"orloj\""),
            );
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// RFC 9110 renamed what the `http` crate still calls otherwise.
fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => "Content Too Large",
        StatusCode::UNPROCESSABLE_ENTITY => "Unprocessable Content",
        other => other.canonical_reason().unwrap_or("Error"),
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let (status, error_type) = match error.kind {
            Kind::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            Kind::Invalid => (StatusCode::UNPROCESSABLE_ENTITY, "validation_error"),
            Kind::Conflict => (StatusCode::CONFLICT, "conflict"),
            Kind::Unauthenticated => (StatusCode::UNAUTHORIZED, "authentication_error"),
            Kind::Forbidden => (StatusCode::FORBIDDEN, "authorization_error"),
            Kind::TooMany => (StatusCode::TOO_MANY_REQUESTS, "rate_limited"),
            Kind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Kind::Internal => {
                tracing::error!(error = %error.message, "internal error");
                return Self::internal();
            }
        };
        let retry_after = match error.kind {
            Kind::TooMany | Kind::Unavailable => Some(error.retry_after_seconds.unwrap_or(1)),
            _ => None,
        };
        let detail = if error.kind == Kind::Unavailable {
            tracing::warn!(error = %error.message, "unavailable");
            "Not available now; try again".to_owned()
        } else {
            error.message
        };
        Self {
            status,
            error_type,
            detail,
            fields: error.fields,
            entity: error.entity,
            retry_after,
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.render(Language::English, None)
    }
}
