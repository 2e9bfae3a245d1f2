//! Bringing a file of the server's store onto this device: over the server's port, on from where it broke off, checked.
//!
//! The transfer needs no trust of its own: size and SHA-256 came with the order, through the sealed channel, and nothing
//! is used that does not match them.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_RANGE, RANGE};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use orloj_wire::agent::{FILES_PATH, FileRef, TICKET_HEADER};

/// Silence after which a connection counts as broken.
const SILENCE: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(10);
/// Waits between tries, from the first to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// Bytes read at a time.
const BLOCK: usize = 256 * 1024;

/// Where files come from, for one order.
#[derive(Clone)]
pub(super) struct Source {
    client: reqwest::Client,
    /// The server's address, without a path.
    base: String,
    ticket: String,
}

/// Why a file did not arrive.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The order was cancelled or its time is up.
    Stopped,
    /// A sentence; trying again now is of no use.
    Failed(String),
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// How a try ended.
enum Try {
    /// Everything is there.
    Whole,
    /// Broken off; going on may help.
    Cut(String),
}

/// Told how many of how many bytes are there.
pub(super) type Told = Arc<dyn Fn(u64, u64) + Send + Sync>;

impl Source {
    /// Files of an order from the server at `base`, for its ticket.
    pub(super) fn new(tls: rustls::ClientConfig, base: &str, ticket: &str) -> Result<Self, String> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            // What is kept is what was sent: a compressed answer has no ranges.
            .no_gzip()
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self {
            client,
            base: base.trim_end_matches('/').to_owned(),
            ticket: ticket.to_owned(),
        })
    }

    /// Completes `part`, which may have the beginning of the content already, and checks it. A part that turns out to be
    /// something else is fetched anew, once.
    pub(super) async fn complete(
        &self,
        file: &FileRef,
        part: &mut File,
        told: &Told,
        stop: &CancellationToken,
    ) -> Result<(), Trouble> {
        for is_last in [false, true] {
            self.fetch(file, part, told, stop).await?;
            let found = digest(part, stop).await?;
            if found.eq_ignore_ascii_case(&file.sha256) {
                return Ok(());
            }
            part.set_len(0)?;
            if is_last {
                return Err(Trouble::Failed(format!(
                    "what arrived has the SHA-256 {found}, not {}",
                    file.sha256
                )));
            }
        }
        Ok(())
    }

    async fn fetch(
        &self,
        file: &FileRef,
        part: &mut File,
        told: &Told,
        stop: &CancellationToken,
    ) -> Result<(), Trouble> {
        let mut wait = FIRST_WAIT;
        loop {
            let before = part.metadata()?.len();
            let tried = tokio::select! {
                tried = self.once(file, part, told) => tried?,
                () = stop.cancelled() => return Err(Trouble::Stopped),
            };
            let why = match tried {
                Try::Whole => return Ok(()),
                Try::Cut(why) => why,
            };
            let gained = part.metadata()?.len().saturating_sub(before);
            tracing::info!(
                file = file.id,
                gained,
                why,
                "a transfer broke off; going on"
            );
            if gained > 0 {
                wait = FIRST_WAIT;
            }
            let spread = wait.mul_f64(rand::random_range(0.5..1.0));
            tokio::select! {
                () = tokio::time::sleep(spread) => {}
                () = stop.cancelled() => return Err(Trouble::Stopped),
            }
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// One request for what is missing.
    async fn once(&self, file: &FileRef, part: &mut File, told: &Told) -> Result<Try, Trouble> {
        let mut have = part.metadata()?.len();
        if have > file.size {
            part.set_len(0)?;
            have = 0;
        }
        if have == file.size {
            told(have, file.size);
            return Ok(Try::Whole);
        }
        let url = format!("{}{FILES_PATH}/{}", self.base, file.id);
        let mut request = self.client.get(url).header(TICKET_HEADER, &self.ticket);
        if have > 0 {
            request = request.header(RANGE, format!("bytes={have}-"));
        }
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Ok(Try::Cut(explain(&error))),
        };
        match response.status() {
            StatusCode::PARTIAL_CONTENT if begins_at(&response, have) => {}
            StatusCode::OK => {
                part.set_len(0)?;
                have = 0;
            }
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                return Ok(Try::Cut(format!("the server answered {status}")));
            }
            status => {
                return Err(Trouble::Failed(format!(
                    "the server does not hand out the file: {status}"
                )));
            }
        }
        part.seek(SeekFrom::Start(have))?;
        let mut content = response.bytes_stream();
        while let Some(piece) = content.next().await {
            let piece = match piece {
                Ok(piece) => piece,
                Err(error) => return Ok(Try::Cut(explain(&error))),
            };
            have += piece.len() as u64;
            if have > file.size {
                return Err(Trouble::Failed(format!(
                    "the server sends more than the {} bytes it announced",
                    file.size
                )));
            }
            part.write_all(&piece)?;
            told(have, file.size);
        }
        Ok(if have == file.size {
            Try::Whole
        } else {
            Try::Cut("the answer ended early".to_owned())
        })
    }
}

/// Whether a partial answer begins where it was asked to.
fn begins_at(response: &reqwest::Response, offset: u64) -> bool {
    response
        .headers()
        .get(CONTENT_RANGE)
        .and_then(|value| value.to_str().ok())
        .and_then(|range| range.strip_prefix("bytes "))
        .and_then(|range| range.split('-').next())
        .and_then(|from| from.parse::<u64>().ok())
        == Some(offset)
}

fn explain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(reason) = source {
        text = reason.to_string();
        source = reason.source();
    }
    text
}

/// The SHA-256 of a file's content, in hexadecimal digits.
pub(super) async fn digest(file: &File, stop: &CancellationToken) -> Result<String, Trouble> {
    let mut file = file.try_clone()?;
    let stop = stop.clone();
    let worked = tokio::task::spawn_blocking(move || -> Result<String, Trouble> {
        file.rewind()?;
        let mut digest = Sha256::new();
        let mut block = vec![0; BLOCK];
        loop {
            if stop.is_cancelled() {
                return Err(Trouble::Stopped);
            }
            let count = file.read(&mut block)?;
            if count == 0 {
                let sum = digest.finalize();
                return Ok(sum.iter().map(|byte| format!("{byte:02x}")).collect());
            }
            digest.update(block.get(..count).unwrap_or_default());
        }
    })
    .await;
    worked.map_err(|error| Trouble::Failed(format!("the check was broken off: {error}")))?
}
