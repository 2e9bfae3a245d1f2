//! One attempt: connect to a judged address, send, follow what may be followed,
//! keep a bounded part of the answer.

use std::error::Error as _;
use std::time::{Duration, Instant};

use reqwest::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER, USER_AGENT,
};
use reqwest::redirect;
use serde_json::{Map, Value, json};
use url::Url;

use super::parameters::Method;
use super::request::{Request, shown};
use crate::outbound::{AddressRules, Refusal, TlsSettings, judge_url, resolve};
use crate::outcome::Cause;

/// Time to reach one host.
const CONNECT: Duration = Duration::from_secs(10);
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
        let refused = |message: String| CallError {
            cause: Cause::InvalidParameters,
            message,
        };
        judge_url(url, &self.rules)
            .map_err(|(_, text)| refused(format!("{} {}", shown(url), text.en)))?;
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(refused(format!("{} has no host", shown(url))));
        };
        let addresses = resolve(host, port, &self.rules)
            .await
            .map_err(|refusal| CallError {
                cause: match refusal {
                    Refusal::Forbidden { .. } => Cause::InvalidParameters,
                    Refusal::Unresolved { .. } => Cause::Network,
                },
                message: refusal.to_string(),
            })?;
        let tls = self.tls.client(self.verify_tls).map_err(internal)?;
        reqwest::Client::builder()
            .tls_backend_preconfigured((*tls).clone())
            .resolve_to_addrs(url.host_str().unwrap_or_default(), &addresses)
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .pool_max_idle_per_host(0)
            .connect_timeout(CONNECT)
            .build()
            .map_err(|error| internal(error.to_string()))
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

/// What broke, innermost reason last and without the address, which may hold secrets.
fn broken(error: &reqwest::Error) -> CallError {
    let mut reasons = Vec::new();
    let mut source = error.source();
    while let Some(reason) = source {
        let text = reason.to_string();
        if reasons.last() != Some(&text) {
            reasons.push(text);
        }
        source = reason.source();
    }
    let cause = if error.is_timeout() {
        Cause::Timeout
    } else {
        Cause::Network
    };
    let what = if error.is_connect() {
        "the connection could not be made"
    } else {
        "the connection broke"
    };
    let message = match reasons.is_empty() {
        true => what.to_owned(),
        false => format!("{what}: {}", reasons.join(": ")),
    };
    CallError {
        cause,
        message: crate::text_of(message.as_bytes()),
    }
}
