//! Errors as `{"detail": …}`: a sentence, or for bodies and queries that cannot be read a list of what is wrong where.
//!
//! Dialects that stand in for other services answer as those did, so that their clients find the text where they look.

use axum::response::{IntoResponse, Response};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use orloj_engine::{Error, FieldError, Kind};

use super::failure::Failure;
use super::language::Language;

/// An error.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DetailError {
    /// What is wrong.
    detail: Detail,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum Detail {
    /// A sentence.
    Text(String),
    /// The wrong parts of the request, with status 422.
    Parts(Vec<DetailPart>),
}

/// A wrong part of a request.
#[derive(Debug, Serialize, ToSchema)]
struct DetailPart {
    /// A stable word: `missing`, `extra_forbidden`, `json_invalid`, `value_error`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// `body` or `query`, then the names and places that lead to the part.
    loc: Vec<String>,
    /// What is wrong with it.
    msg: String,
}

/// Replaces the error of an answer, where it has one, by this envelope.
pub(super) fn rewrite(mut response: Response, language: Language) -> Response {
    match response.extensions_mut().remove::<Failure>() {
        Some(failure) => failure.into_detail(language),
        None => response,
    }
}

/// A refusal by the engine as these dialects say it: 400 for what it cannot accept, or not now.
pub(crate) fn refuse(error: Error) -> Failure {
    match error.kind {
        Kind::Invalid | Kind::Conflict => {
            let detail = if error.fields.is_empty() {
                error.message
            } else {
                sentences(&error.fields)
            };
            Failure::new(StatusCode::BAD_REQUEST, "refused", detail)
        }
        _ => error.into(),
    }
}

/// 400 with this sentence.
pub(crate) fn bad(detail: impl Into<String>) -> Failure {
    Failure::new(StatusCode::BAD_REQUEST, "refused", detail)
}

/// What is wrong with several fields, in one line.
pub(crate) fn sentences(fields: &[FieldError]) -> String {
    let all: Vec<String> = fields
        .iter()
        .map(|field| match field.pointer.trim_start_matches('/') {
            "" => field.message.clone(),
            name => format!("{}: {}", name.replace('/', "."), field.message),
        })
        .collect();
    all.join("; ")
}

impl Failure {
    fn into_detail(self, language: Language) -> Response {
        let is_unreadable_body = self.error_type == "malformed_request";
        let status = if is_unreadable_body {
            StatusCode::UNPROCESSABLE_ENTITY
        } else {
            self.status
        };
        let detail = if is_unreadable_body {
            Detail::Parts(vec![DetailPart {
                kind: "json_invalid",
                loc: vec!["body".to_owned()],
                msg: self.detail,
            }])
        } else if status == StatusCode::UNPROCESSABLE_ENTITY && !self.fields.is_empty() {
            Detail::Parts(
                self.fields
                    .iter()
                    .map(|field| part(field, language))
                    .collect(),
            )
        } else if self.error_type == "authorization_error" && self.detail == "Administrators only" {
            Detail::Text("Admin access required".to_owned())
        } else {
            Detail::Text(self.detail)
        };
        let mut response = (status, axum::Json(DetailError { detail })).into_response();
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(
                http::header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"orloj\""),
            );
        }
        response
    }
}

fn part(field: &FieldError, language: Language) -> DetailPart {
    let (place, path) = match field.pointer.strip_prefix('?') {
        Some(name) => ("query", name),
        None => ("body", field.pointer.as_str()),
    };
    let mut loc = vec![place.to_owned()];
    loc.extend(
        path.split('/')
            .filter(|step| !step.is_empty())
            .map(|step| step.replace("~1", "/").replace("~0", "~")),
    );
    if let Some(name) = quoted(&field.message, "missing field `") {
        loc.push(name.to_owned());
        return DetailPart {
            kind: "missing",
            loc,
            msg: "Field required".to_owned(),
        };
    }
    if quoted(&field.message, "unknown field `").is_some()
        || field.message.starts_with("unknown query parameter")
    {
        return DetailPart {
            kind: "extra_forbidden",
            loc,
            msg: "Extra inputs are not permitted".to_owned(),
        };
    }
    DetailPart {
        kind: "value_error",
        loc,
        msg: match (language, &field.message_ar) {
            (Language::Arabic, Some(arabic)) => arabic.clone(),
            _ => field.message.clone(),
        },
    }
}

fn quoted<'m>(message: &'m str, start: &str) -> Option<&'m str> {
    message.strip_prefix(start)?.split('`').next()
}
