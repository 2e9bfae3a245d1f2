//! One attempt: connect to a judged address, send, follow what may be followed,
//! keep a bounded part of the answer.

use std::time::{Duration, Instant};

use reqwest::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER, USER_AGENT,
};
use serde_json::{Map, Value, json};
use url::Url;

use super::parameters::Method;
use super::request::Request;
use crate::outbound::{AddressRules, ClientError, TlsSettings, client, explain, shown};
use crate::outcome::Cause;

/// Headers of an answer whose values are not kept.
const SECRET_HEADERS: [&str; 6] = [
    "set-cookie",
    "set-cookie2",
    "authorization",
    "proxy-authorization",
    "www-authenticate",
    "authentication-info",
];
/// Most headers of an answer that are kept, and the longest value.
const MAX_HEADERS: usize = 64;
const MAX_HEADER_VALUE: usize = 1024;

/// Sends requests under one set of rules.
pub(super) struct Caller<'a> {
    pub(super) rules: AddressRules,
    pub(super) tls: &'a TlsSettings,
    pub(super) verify_tls: bool,
    pub(super) follow_redirects: u8,
    pub(super) response_cap: usize,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// From the first byte out to the last header in.
    pub(super) latency: Duration,
    pub(super) body: String,
    /// Seconds the other side asked to wait.
    pub(super) retry_after: Option<f64>,
    truncated: bool,
    headers: Map<String, Value>,
    url: String,
    address: Option<String>,
    redirects: u8,
}

/// Why nothing came back.
#[derive(Debug)]
pub(super) struct CallError {
    pub(super) cause: Cause,
    pub(super) message: String,
}

impl Answer {
    /// The structured result of the run.
    pub(super) fn describe(self, attempts: u32) -> Value {
        json!({
            "status": self.status,
            "headers": self.headers,
            "body": self.body,
            "truncated": self.truncated,
            "latencyMs": u64::try_from(self.latency.as_millis()).unwrap_or(u64::MAX),
            "attempts": attempts,
            "redirects": self.redirects,
            "url": self.url,
            "address": self.address,
        })
    }
}

impl Caller<'_> {
    /// Sends the request and follows redirects as far as that is wanted. Every
    /// hop is judged, resolved and connected anew.
    pub(super) async fn call(&self, request: &Request) -> Result<Answer, CallError> {
        let mut url = request.url.clone();
        let mut method = request.method;
        let mut with_body = true;
        let mut trusted = true;
        let mut redirects = 0;
        let start = Instant::now();
        loop {
            let response = self.send(request, &url, method, with_body, trusted).await?;
            let status = response.status().as_u16();
            if redirects < self.follow_redirects
                && let Some(next) = next_address(&response, &url)?
            {
                if matches!((status, method), (303, _) | (301 | 302, Method::Post)) {
                    method = Method::Get;
                    with_body = false;
                }
                // Another origin gets neither credentials nor any header of ours.
                trusted = trusted && next.origin() == url.origin();
                url = next;
                redirects += 1;
                continue;
            }
            return self.keep(response, &url, start.elapsed(), redirects).await;
        }
    }

    async fn send(
        &self,
        request: &Request,
        url: &Url,
        method: Method,
        with_body: bool,
        trusted: bool,
    ) -> Result<reqwest::Response, CallError> {
        let client = self.connectable(url).await?;
        let method = reqwest::Method::from_bytes(method.as_str().as_bytes())
            .map_err(|error| internal(error.to_string()))?;
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            let about_body = name == CONTENT_TYPE || name == CONTENT_LENGTH;
            if (trusted || about_body || name == USER_AGENT) && (with_body || !about_body) {
                headers.insert(name.clone(), value.clone());
            }
        }
        if let Some(auth) = request.auth.as_ref().filter(|_| trusted) {
            headers.insert(AUTHORIZATION, auth.clone());
        }
        let mut sending = client.request(method, url.clone()).headers(headers);
        if let Some(body) = request.body.as_ref().filter(|_| with_body) {
            sending = sending.body(body.clone());
        }
        sending.send().await.map_err(|error| broken(&error))
    }

    /// A client that can connect to the judged addresses of this host and nowhere else.
    async fn connectable(&self, url: &Url) -> Result<reqwest::Client, CallError> {
        client(url, &self.rules, self.tls, self.verify_tls)
            .await
            .map_err(|error| match error {
                ClientError::Refused(message) => CallError {
                    cause: Cause::InvalidParameters,
                    message,
                },
                ClientError::Unresolved(message) => CallError {
                    cause: Cause::Network,
                    message,
                },
                ClientError::Internal(message) => internal(message),
            })
    }

    async fn keep(
        &self,
        mut response: reqwest::Response,
        url: &Url,
        latency: Duration,
        redirects: u8,
    ) -> Result<Answer, CallError> {
        let mut bytes = Vec::new();
        let mut truncated = false;
        while let Some(chunk) = response.chunk().await.map_err(|error| broken(&error))? {
            let room = self.response_cap.saturating_sub(bytes.len());
            bytes.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
            if chunk.len() > room {
                truncated = true;
                break;
            }
        }
        let headers = response.headers();
        Ok(Answer {
            status: response.status().as_u16(),
            latency,
            body: crate::text_of(&bytes),
            retry_after: headers
                .get(RETRY_AFTER)
                .and_then(|value| value.to_str().ok())
                .and_then(|value| value.trim().parse::<u32>().ok())
                .map(f64::from),
            truncated,
            headers: kept_headers(headers),
            url: shown(url),
            address: response.remote_addr().map(|address| address.to_string()),
            redirects,
        })
    }
}

/// Where a redirect leads; `None` when the answer is no redirect.
fn next_address(response: &reqwest::Response, from: &Url) -> Result<Option<Url>, CallError> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = response.headers().get(LOCATION) else {
        return Ok(None);
    };
    let wrong = |reason: &str| CallError {
        cause: Cause::Other,
        message: format!("{} redirects to {reason}", shown(from)),
    };
    let text = std::str::from_utf8(location.as_bytes())
        .map_err(|_| wrong("an address that cannot be read"))?;
    let mut next = from
        .join(text)
        .map_err(|_| wrong("an address that cannot be read"))?;
    next.set_fragment(None);
    if from.scheme() == "https" && next.scheme() != "https" {
        return Err(wrong("an unprotected address"));
    }
    Ok(Some(next))
}

fn kept_headers(headers: &HeaderMap) -> Map<String, Value> {
    let mut kept = Map::new();
    for name in headers.keys().take(MAX_HEADERS) {
        let text = if SECRET_HEADERS.contains(&name.as_str()) {
            "(not kept)".to_owned()
        } else {
            headers
                .get_all(name)
                .iter()
                .map(|value| crate::text_of(value.as_bytes()))
                .collect::<Vec<_>>()
                .join(", ")
                .chars()
                .take(MAX_HEADER_VALUE)
                .collect()
        };
        kept.insert(name.as_str().to_owned(), Value::String(text));
    }
    kept
}

fn internal(message: String) -> CallError {
    CallError {
        cause: Cause::Internal,
        message,
    }
}

fn broken(error: &reqwest::Error) -> CallError {
    CallError {
        cause: if error.is_timeout() {
            Cause::Timeout
        } else {
            Cause::Network
        },
        message: explain(error),
    }
}
