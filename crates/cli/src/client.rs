//! Speaking the native API: over the network, or with an administration router in this process.

mod answer;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) use answer::Answer;

use crate::config::Target;
use crate::exit::{Code, Failure};

/// Patience for one answer. Nothing in the API takes long by itself; following is done by asking again.
const TIME_LIMIT: Duration = Duration::from_secs(60);
/// Patience for a whole file.
const TRANSFER_LIMIT: Duration = Duration::from_hours(12);

/// A way to the API of one server.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    way: Way,
}

#[derive(Clone, Debug)]
enum Way {
    /// HTTP over TCP, or over a Unix socket.
    Wire {
        http: reqwest::Client,
        base: String,
        token: Option<String>,
    },
    /// A router that runs inside this process.
    Inside(axum::Router),
}

/// A request that is being put together.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    client: &'a Client,
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    headers: Vec<(&'static str, String)>,
    body: Option<Value>,
    bytes: Option<Vec<u8>>,
}

impl Client {
    /// To a server on the network, with a token.
    pub(crate) fn network(target: &Target) -> Result<Self> {
        target.require_token()?;
        if target.url.starts_with("http://") && !is_loopback(&target.url) {
            crate::terminal::remark("warning: the token travels unencrypted; use https://");
        }
        Ok(Self {
            way: Way::Wire {
                http: builder().build()?,
                base: target.url.clone(),
                token: target.token.clone(),
            },
        })
    }

    /// To the server on this machine whose administration socket this is.
    pub(crate) fn socket(path: &Path) -> Result<Self> {
        Ok(Self {
            way: Way::Wire {
                http: builder().unix_socket(path.to_owned()).build()?,
                base: "http://localhost".to_owned(),
                token: None,
            },
        })
    }

    /// To a router in this process.
    pub(crate) fn inside(router: axum::Router) -> Self {
        Self {
            way: Way::Inside(router),
        }
    }

    /// `GET` of a path below `/api/v1`.
    pub(crate) fn get(&self, path: impl Into<String>) -> Request<'_> {
        self.request(Method::GET, path)
    }

    /// `POST`.
    pub(crate) fn post(&self, path: impl Into<String>) -> Request<'_> {
        self.request(Method::POST, path)
    }

    /// `PUT`.
    pub(crate) fn put(&self, path: impl Into<String>) -> Request<'_> {
        self.request(Method::PUT, path)
    }

    /// `PATCH`.
    pub(crate) fn patch(&self, path: impl Into<String>) -> Request<'_> {
        self.request(Method::PATCH, path)
    }

    /// `DELETE`.
    pub(crate) fn delete(&self, path: impl Into<String>) -> Request<'_> {
        self.request(Method::DELETE, path)
    }

    fn request(&self, method: Method, path: impl Into<String>) -> Request<'_> {
        Request {
            client: self,
            method,
            path: path.into(),
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            bytes: None,
        }
    }
}

impl Request<'_> {
    /// A query parameter, when there is a value for it.
    pub(crate) fn query(mut self, name: &'static str, value: Option<impl ToString>) -> Self {
        if let Some(value) = value {
            self.query.push((name, value.to_string()));
        }
        self
    }

    /// A header, when there is a value for it.
    pub(crate) fn header(mut self, name: &'static str, value: Option<impl ToString>) -> Self {
        if let Some(value) = value {
            self.headers.push((name, value.to_string()));
        }
        self
    }

    /// A JSON body.
    pub(crate) fn body(mut self, body: &impl Serialize) -> Result<Self> {
        self.body = Some(serde_json::to_value(body)?);
        Ok(self)
    }

    /// A body of bytes.
    pub(crate) fn bytes(mut self, bytes: Vec<u8>) -> Self {
        self.bytes = Some(bytes);
        self
    }

    /// Sends it and reads the answer; a refusal of the server becomes an error with its exit code.
    pub(crate) async fn send(self) -> Result<Answer> {
        let answer = match &self.client.way {
            Way::Wire { http, base, token } => {
                self.over_the_wire(http, base, token.as_deref()).await?
            }
            Way::Inside(router) => self.inside(router.clone()).await?,
        };
        answer.checked()
    }

    /// Sends it and reads the answer as this type.
    pub(crate) async fn read<T: DeserializeOwned>(self) -> Result<T> {
        self.send().await?.read()
    }

    /// Sends it and writes the answer's body into a new file as it comes. Answers its size.
    pub(crate) async fn save(self, path: &Path) -> Result<u64> {
        use tokio::io::AsyncWriteExt;
        let Way::Wire { http, base, token } = &self.client.way else {
            let message = "files are downloaded from a running server; say --url";
            return Err(Failure::usage(message).into());
        };
        let request = self.on_the_wire(http, base, token.as_deref());
        let mut response = request
            // A large file may take long; that it goes on is what counts.
            .timeout(TRANSFER_LIMIT)
            .send()
            .await
            .map_err(|error| unreachable(base, &error))?;
        if !response.status().is_success() {
            let status = response.status();
            let body = response.bytes().await;
            let body = body.map_err(|error| unreachable(base, &error))?;
            return Err(Answer::new(status, body.to_vec()).refusal());
        }
        let cannot = || format!("cannot write {}", path.display());
        let mut file = tokio::fs::File::create(path).await.with_context(cannot)?;
        let mut size = 0;
        loop {
            let piece = response.chunk().await;
            let Some(piece) = piece.map_err(|error| unreachable(base, &error))? else {
                break;
            };
            size += piece.len() as u64;
            file.write_all(&piece).await.with_context(cannot)?;
        }
        file.sync_all().await.with_context(cannot)?;
        Ok(size)
    }

    fn on_the_wire(
        &self,
        http: &reqwest::Client,
        base: &str,
        token: Option<&str>,
    ) -> reqwest::RequestBuilder {
        let mut request = http.request(
            self.method.clone(),
            format!("{base}/api/v1{}", self.path_and_query()),
        );
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        match (&self.body, &self.bytes) {
            (Some(body), _) => request.json(body),
            (None, Some(bytes)) => request
                .header("content-type", "application/octet-stream")
                .timeout(TRANSFER_LIMIT)
                .body(bytes.clone()),
            (None, None) => request,
        }
    }

    async fn over_the_wire(
        &self,
        http: &reqwest::Client,
        base: &str,
        token: Option<&str>,
    ) -> Result<Answer> {
        let response = self
            .on_the_wire(http, base, token)
            .send()
            .await
            .map_err(|error| unreachable(base, &error))?;
        let status = response.status();
        let body = response
            .bytes()
            .await
            .map_err(|error| unreachable(base, &error))?;
        Ok(Answer::new(status, body.to_vec()))
    }

    async fn inside(&self, router: axum::Router) -> Result<Answer> {
        use tower::ServiceExt;
        let mut request = axum::http::Request::builder()
            .method(self.method.clone())
            .uri(format!("/api/v1{}", self.path_and_query()));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let body = match &self.body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                axum::body::Body::from(serde_json::to_vec(body)?)
            }
            None => axum::body::Body::from(self.bytes.clone().unwrap_or_default()),
        };
        let response = match router.oneshot(request.body(body)?).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let status: StatusCode = response.status();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await?;
        Ok(Answer::new(status, body.to_vec()))
    }

    fn path_and_query(&self) -> String {
        let mut text = self.path.clone();
        for (number, (name, value)) in self.query.iter().enumerate() {
            text.push(if number == 0 { '?' } else { '&' });
            text.push_str(name);
            text.push('=');
            text.push_str(&encoded(value));
        }
        text
    }
}

fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("orloj-cli/", env!("CARGO_PKG_VERSION")))
        .timeout(TIME_LIMIT)
        .connect_timeout(Duration::from_secs(10))
        // A token must not follow a redirect to another server.
        .redirect(reqwest::redirect::Policy::none())
}

fn unreachable(base: &str, error: &reqwest::Error) -> Failure {
    // The innermost cause says it best: "Connection refused", "certificate has expired".
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if error.is_decode() || error.is_body() {
        let message = format!("the answer of {base} is not understood: {cause}");
        return Failure::new(Code::Failure, message);
    }
    Failure::new(
        Code::Unreachable,
        format!("{base} does not answer: {cause}"),
    )
}

fn is_loopback(url: &str) -> bool {
    let host = url.trim_start_matches("http://");
    ["127.", "localhost", "[::1]"]
        .iter()
        .any(|prefix| host.starts_with(prefix))
}

/// A text as a part of a path or query.
pub(crate) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_encoded() {
        let client = Client::inside(axum::Router::new());
        let request = client
            .get("/scheduler/jobs")
            .query("search", Some("a b&c/ü"))
            .query("page", Some(2))
            .query("tag", None::<String>);
        assert_eq!(
            request.path_and_query(),
            "/scheduler/jobs?search=a%20b%26c%2F%C3%BC&page=2"
        );
    }

    #[test]
    fn only_this_machine_gets_a_token_without_a_warning() {
        assert!(is_loopback("http://127.0.0.1:8000"));
        assert!(is_loopback("http://localhost"));
        assert!(!is_loopback("http://orloj.example"));
    }
}
