//! One request, with every placeholder filled in: made once, sent once per attempt.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;

use super::parameters::{Auth, Method, Parameters};
use crate::context::Context;
use crate::outbound::shown;
use crate::template::Filler;

/// Longest body, in bytes.
const MAX_BODY: usize = 2 * 1024 * 1024;

/// What is sent.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) auth: Option<HeaderValue>,
    pub(super) body: Option<Vec<u8>>,
}

impl Request {
    /// Fills in the placeholders.
    ///
    /// # Errors
    /// A sentence when a placeholder has no value, or makes something that cannot be sent.
    pub(super) fn prepare(
        parameters: &Parameters,
        filler: &Filler,
        context: &Context,
    ) -> Result<Self, String> {
        let fill = |place: &str, text: &str| -> Result<String, String> {
            if parameters.templates {
                filler
                    .text(text)
                    .map_err(|reason| format!("{place}: {reason}"))
            } else {
                Ok(text.to_owned())
            }
        };
        let mut url =
            Url::parse(&fill("url", &parameters.url)?).map_err(|error| format!("url: {error}"))?;
        url.set_fragment(None);
        if !parameters.query.is_empty() {
            let mut pairs = url.query_pairs_mut();
            for (name, value) in &parameters.query {
                pairs.append_pair(name, &fill("query", &plain(value))?);
            }
        }
        let mut headers = HeaderMap::new();
        headers.insert(
            USER_AGENT,
            HeaderValue::from_static(concat!("Orloj/", env!("CARGO_PKG_VERSION"))),
        );
        if let Ok(id) = HeaderValue::from_str(&context.execution_id) {
            headers.insert(HeaderName::from_static("x-orloj-execution-id"), id.clone());
            if parameters.method != Method::Get {
                headers.insert(HeaderName::from_static("idempotency-key"), id);
            }
        }
        let (body, content_type) = body(parameters, filler, &fill)?;
        if let Some(content_type) = content_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        for (name, value) in &parameters.headers {
            let name =
                HeaderName::from_bytes(name.as_bytes()).map_err(|error| error.to_string())?;
            let value = HeaderValue::from_bytes(fill("headers", value)?.as_bytes())
                .map_err(|_| format!("headers: the value of {name} cannot be sent"))?;
            headers.insert(name, value);
        }
        let auth = parameters.auth.as_ref().map(authorization).transpose()?;
        Ok(Self {
            method: parameters.method,
            url,
            headers,
            auth,
            body,
        })
    }

    /// Host for summaries.
    pub(super) fn host(&self) -> &str {
        self.url.host_str().unwrap_or("the host")
    }

    /// The address for logs: what follows the path often holds secrets.
    pub(super) fn shown_url(&self) -> String {
        shown(&self.url)
    }
}

type Body = (Option<Vec<u8>>, Option<&'static str>);

fn body(
    parameters: &Parameters,
    filler: &Filler,
    fill: &impl Fn(&str, &str) -> Result<String, String>,
) -> Result<Body, String> {
    let made: Body = if let Some(json) = &parameters.json {
        let filled = if parameters.templates {
            filler
                .json(json)
                .map_err(|reason| format!("json: {reason}"))?
        } else {
            json.clone()
        };
        let bytes = serde_json::to_vec(&filled).map_err(|error| error.to_string())?;
        (Some(bytes), Some("application/json"))
    } else if let Some(text) = &parameters.body {
        (
            Some(fill("body", text)?.into_bytes()),
            Some("text/plain; charset=utf-8"),
        )
    } else if let Some(form) = &parameters.form {
        let mut pairs = Serializer::new(String::new());
        for (name, value) in form {
            pairs.append_pair(name, &fill("form", &plain(value))?);
        }
        (
            Some(pairs.finish().into_bytes()),
            Some("application/x-www-form-urlencoded"),
        )
    } else {
        (None, None)
    };
    if made.0.as_ref().is_some_and(|bytes| bytes.len() > MAX_BODY) {
        return Err(format!("the body is longer than {MAX_BODY} bytes"));
    }
    Ok(made)
}

fn authorization(auth: &Auth) -> Result<HeaderValue, String> {
    let text = match auth {
        Auth::Basic { username, password } => {
            format!(
                "Basic {}",
                STANDARD.encode(format!("{username}:{password}"))
            )
        }
        Auth::Bearer { token } => format!("Bearer {token}"),
    };
    let mut value = HeaderValue::from_str(&text).map_err(|_| "auth: cannot be sent".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
