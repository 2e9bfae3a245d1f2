//! Query parameters with errors that name the parameter.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use super::failure::Failure;

/// The query parameters of a request. The gate has refused unknown names before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let text = parts.uri.query().unwrap_or_default();
        let deserializer = serde_urlencoded::Deserializer::new(form_pairs(text));
        serde_path_to_error::deserialize(deserializer)
            .map(Self)
            .map_err(|error| {
                let name = error
                    .path()
                    .iter()
                    .find_map(|segment| match segment {
                        Segment::Map { key } => Some(key.clone()),
                        _ => None,
                    })
                    .or_else(|| quoted(&error.inner().to_string()))
                    .unwrap_or_default();
                Failure::invalid(format!("?{name}"), error.inner().to_string())
            })
    }
}

fn form_pairs(text: &str) -> form_urlencoded::Parse<'_> {
    form_urlencoded::parse(text.as_bytes())
}

fn quoted(message: &str) -> Option<String> {
    message.split('`').nth(1).map(str::to_owned)
}

/// Refuses parameters that the route does not know, and text that no database could hold.
pub(crate) fn check_names(query: Option<&str>, known: &[String]) -> Result<(), Failure> {
    let Some(query) = query else { return Ok(()) };
    for (name, value) in form_pairs(query) {
        if !known.iter().any(|one| *one == name) {
            let known = if known.is_empty() {
                "there are none here".to_owned()
            } else {
                format!("known are {}", known.join(", "))
            };
            return Err(Failure::invalid(
                format!("?{}", printable(&name)),
                format!("unknown query parameter; {known}"),
            ));
        }
        if value.contains('\0') {
            return Err(Failure::invalid(
                format!("?{name}"),
                "text cannot contain the character U+0000",
            ));
        }
    }
    Ok(())
}

fn printable(name: &str) -> String {
    name.chars()
        .filter(|one| !one.is_control())
        .take(50)
        .collect()
}
