//! An object store that speaks S3: files go there in parts, and old ones go away again.
//!
//! Requests are signed here and sent by the client that all calls of jobs use,
//! so an address is judged like any other. A part is in memory at a time.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use reqwest::{Method, StatusCode};
use rusty_s3::actions::{
    AbortMultipartUpload, CompleteMultipartUpload, CreateMultipartUpload, DeleteObject, HeadBucket,
    ListObjectsV2, PutObject, UploadPart,
};
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};
use serde::Deserialize;
use serde_json::Value;
use tokio::io::AsyncReadExt;
use url::Url;

use crate::database::Trouble;
use crate::outbound::{AddressRules, ClientError, TlsSettings, client, explain};
use crate::outcome::Cause;
use crate::policy::Policy;

/// Smallest part; the last one may be smaller.
const PART: u64 = 8 * 1024 * 1024;
/// Parts of one object at most, as S3 has it.
const MAX_PARTS: u64 = 10_000;
/// How long a signature holds.
const SIGNED: Duration = Duration::from_secs(900);
/// How long one request may take.
const REQUEST: Duration = Duration::from_secs(600);
/// A request that fails for a reason that passes is sent so often.
const TRIES: u32 = 4;
/// First pause between two tries; it doubles.
const PAUSE: Duration = Duration::from_millis(500);
/// Part of an answer that is kept, in bytes.
const MAX_ANSWER: usize = 4 * 1024 * 1024;
/// Objects that are looked at when old ones are removed.
const MAX_LISTED: usize = 100_000;

/// What the host knows about the store. Members beyond these are its own affair.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    #[serde(rename = "type")]
    kind: String,
    endpoint: String,
    region: Option<String>,
    bucket: String,
    access_key_id: String,
    secret_access_key: String,
    #[serde(default = "yes")]
    path_style: bool,
    #[serde(default = "yes")]
    verify_tls: bool,
    #[serde(default)]
    allow_private_addresses: bool,
    #[serde(default)]
    read_only: bool,
}

const fn yes() -> bool {
    true
}

/// A bucket.
pub(crate) struct Store {
    bucket: Bucket,
    credentials: Credentials,
    client: reqwest::Client,
    read_only: bool,
}

/// What a store answered.
struct Answer {
    status: StatusCode,
    etag: Option<String>,
    body: Vec<u8>,
}

impl Store {
    /// Judges the address and prepares to ask. Messages never show a value of the settings, which may be a secret.
    pub(crate) async fn open(settings: Value, policy: &Policy) -> Result<Self, Trouble> {
        let settings: Settings = serde_json::from_value(settings).map_err(|_| {
            Trouble::refused("the connection is not one to an object store, or not complete")
        })?;
        if settings.kind != "s3" {
            return Err(Trouble::refused(
                "the connection is not one to an object store",
            ));
        }
        let endpoint: Url = settings
            .endpoint
            .parse()
            .map_err(|_| Trouble::refused("the address of the object store is not valid"))?;
        let style = if settings.path_style {
            UrlStyle::Path
        } else {
            UrlStyle::VirtualHost
        };
        // Stores without regions take any word for one.
        let region = settings.region.unwrap_or_else(|| "us-east-1".to_owned());
        let bucket = Bucket::new(endpoint, style, settings.bucket, region)
            .map_err(|error| Trouble::refused(format!("the bucket is not valid: {error}")))?;
        let rules = AddressRules::new(&Policy {
            allow_private_addresses: policy.allow_private_addresses
                || settings.allow_private_addresses,
            allowed_hosts: policy.allowed_hosts.clone(),
            ..Policy::default()
        });
        let client = client(
            bucket.base_url(),
            &rules,
            &TlsSettings::default(),
            settings.verify_tls,
        )
        .await
        .map_err(|error| match error {
            ClientError::Refused(message) => Trouble::refused(message),
            ClientError::Unresolved(message) => network(message),
            ClientError::Internal(message) => Trouble::internal(message),
        })?;
        Ok(Self {
            bucket,
            credentials: Credentials::new(settings.access_key_id, settings.secret_access_key),
            client,
            read_only: settings.read_only,
        })
    }

    /// Whether the bucket is there and the keys open it.
    pub(crate) async fn try_out(&self) -> Result<(), Trouble> {
        let action = HeadBucket::new(&self.bucket, Some(&self.credentials));
        self.send(Method::HEAD, action.sign(SIGNED), Vec::new())
            .await
            .map(drop)
    }

    /// Refuses what would change the store when the connection must not.
    pub(crate) fn may_write(&self) -> Result<(), Trouble> {
        if self.read_only {
            return Err(Trouble::refused(
                "the connection to the object store is read-only",
            ));
        }
        Ok(())
    }

    /// Puts a small text there.
    pub(crate) async fn put_text(&self, key: &str, text: &str) -> Result<(), Trouble> {
        let action = PutObject::new(&self.bucket, Some(&self.credentials), key);
        self.send(Method::PUT, action.sign(SIGNED), text.as_bytes().to_vec())
            .await
            .map(drop)
    }

    /// Puts a file there; on the way, `told` hears how many bytes went and says whether to go on.
    pub(crate) async fn put_file(
        &self,
        key: &str,
        path: &Path,
        told: impl Fn(u64) -> bool,
    ) -> Result<(), Trouble> {
        let mut file = tokio::fs::File::open(path).await?;
        let size = file.metadata().await?.len();
        if size <= PART {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).await?;
            let action = PutObject::new(&self.bucket, Some(&self.credentials), key);
            return self
                .send(Method::PUT, action.sign(SIGNED), bytes)
                .await
                .map(drop);
        }
        let action = CreateMultipartUpload::new(&self.bucket, Some(&self.credentials), key);
        let answer = self
            .send(Method::POST, action.sign(SIGNED), Vec::new())
            .await?;
        let started = std::str::from_utf8(&answer.body)
            .ok()
            .and_then(|body| CreateMultipartUpload::parse_response(body).ok())
            .ok_or_else(|| strange("when an upload was begun"))?;
        let upload = started.upload_id().to_owned();
        let done = self.put_parts(key, &upload, &mut file, size, told).await;
        if done.is_err() {
            // What was sent already costs money until it is thrown away.
            let action =
                AbortMultipartUpload::new(&self.bucket, Some(&self.credentials), key, &upload);
            drop(
                self.send(Method::DELETE, action.sign(SIGNED), Vec::new())
                    .await,
            );
        }
        done
    }

    async fn put_parts(
        &self,
        key: &str,
        upload: &str,
        file: &mut tokio::fs::File,
        size: u64,
        told: impl Fn(u64) -> bool,
    ) -> Result<(), Trouble> {
        let part_size = PART.max(size.div_ceil(MAX_PARTS - 1));
        let mut etags: Vec<String> = Vec::new();
        let mut sent = 0;
        for number in 1..=u16::try_from(MAX_PARTS).unwrap_or(u16::MAX) {
            let mut bytes = Vec::new();
            (&mut *file).take(part_size).read_to_end(&mut bytes).await?;
            if bytes.is_empty() {
                break;
            }
            sent += bytes.len() as u64;
            let credentials = Some(&self.credentials);
            let action = UploadPart::new(&self.bucket, credentials, key, number, upload);
            let answer = self.send(Method::PUT, action.sign(SIGNED), bytes).await?;
            etags.push(answer.etag.ok_or_else(|| strange("when a part was sent"))?);
            if !told(sent) {
                return Err(Trouble {
                    cause: Cause::Other,
                    message: "sending to the object store was broken off".to_owned(),
                });
            }
        }
        let action = CompleteMultipartUpload::new(
            &self.bucket,
            Some(&self.credentials),
            key,
            upload,
            etags.iter().map(String::as_str),
        );
        let url = action.sign(SIGNED);
        let answer = self
            .send(Method::POST, url, action.body().into_bytes())
            .await?;
        // The store may notice only after it has begun to answer well that it cannot.
        let body = String::from_utf8_lossy(&answer.body);
        if body.contains("<Error>") || !body.contains("<ETag>") {
            return Err(refusal(answer.status, &answer.body));
        }
        Ok(())
    }

    /// The keys that begin like this.
    pub(crate) async fn list(&self, prefix: &str) -> Result<Vec<String>, Trouble> {
        let mut keys = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let mut action = ListObjectsV2::new(&self.bucket, Some(&self.credentials));
            action.with_prefix(prefix);
            if let Some(token) = token.take() {
                action.with_continuation_token(token);
            }
            let answer = self
                .send(Method::GET, action.sign(SIGNED), Vec::new())
                .await?;
            let page = std::str::from_utf8(&answer.body)
                .ok()
                .and_then(|body| ListObjectsV2::parse_response(body).ok())
                .ok_or_else(|| strange("when its objects were listed"))?;
            keys.extend(page.contents.into_iter().map(|object| object.key));
            token = page.next_continuation_token;
            if token.is_none() || keys.len() >= MAX_LISTED {
                return Ok(keys);
            }
        }
    }

    /// Removes an object; one that is not there is no trouble.
    pub(crate) async fn remove(&self, key: &str) -> Result<(), Trouble> {
        let action = DeleteObject::new(&self.bucket, Some(&self.credentials), key);
        self.send(Method::DELETE, action.sign(SIGNED), Vec::new())
            .await
            .map(drop)
    }

    /// Sends, again when there is hope. All requests here can be repeated without harm.
    async fn send(&self, method: Method, url: Url, body: Vec<u8>) -> Result<Answer, Trouble> {
        // Cloning these is cheap.
        let body = Bytes::from(body);
        let mut pause = PAUSE;
        for attempt in 1.. {
            let sent = self.once(method.clone(), url.clone(), body.clone()).await;
            let passing = match &sent {
                Ok(answer) if answer.status.is_success() => return sent,
                Ok(answer) => {
                    answer.status.is_server_error()
                        || answer.status == StatusCode::TOO_MANY_REQUESTS
                        || answer.status == StatusCode::REQUEST_TIMEOUT
                }
                Err(trouble) => trouble.cause == Cause::Network,
            };
            if attempt >= TRIES || !passing {
                return sent.and_then(|answer| Err(refusal(answer.status, &answer.body)));
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Err(network("the object store was not asked".to_owned()))
    }

    async fn once(&self, method: Method, url: Url, body: Bytes) -> Result<Answer, Trouble> {
        let mut answer = self
            .client
            .request(method, url)
            .timeout(REQUEST)
            .body(body)
            .send()
            .await
            .map_err(|error| network(explain(&error)))?;
        let mut read = Vec::new();
        while let Some(piece) = answer
            .chunk()
            .await
            .map_err(|error| network(explain(&error)))?
        {
            if read.len() + piece.len() > MAX_ANSWER {
                return Err(strange("at greater length than is read"));
            }
            read.extend_from_slice(&piece);
        }
        let etag = answer
            .headers()
            .get("etag")
            .and_then(|etag| etag.to_str().ok())
            .map(str::to_owned);
        Ok(Answer {
            status: answer.status(),
            etag,
            body: read,
        })
    }
}

fn network(message: String) -> Trouble {
    Trouble {
        cause: Cause::Network,
        message: format!("the object store: {message}"),
    }
}

fn strange(when: &str) -> Trouble {
    Trouble {
        cause: Cause::Other,
        message: format!("the object store answered strangely {when}"),
    }
}

/// What the store said, without the address, which holds a signature.
fn refusal(status: StatusCode, body: &[u8]) -> Trouble {
    let body = String::from_utf8_lossy(body);
    let part = |name: &str| {
        let (_, rest) = body.split_once(&format!("<{name}>"))?;
        let (text, _) = rest.split_once(&format!("</{name}>"))?;
        Some(
            crate::text_of(text.as_bytes())
                .chars()
                .take(200)
                .collect::<String>(),
        )
    };
    let reason = match (part("Code"), part("Message")) {
        (Some(code), Some(message)) => format!(" {code}: {message}"),
        (Some(code), None) => format!(" {code}"),
        _ => String::new(),
    };
    Trouble {
        cause: Cause::HttpStatus(status.as_u16()),
        message: format!("the object store refuses ({}){reason}", status.as_u16()),
    }
}
