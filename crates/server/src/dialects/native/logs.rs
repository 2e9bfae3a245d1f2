//! Logs: in parts, as a file, and followed while they grow.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream, StreamExt};
use http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use orloj_engine::model::LogQuery;
use orloj_engine::{Announcement, Caller};
use orloj_wire::log::LogEnd;

use super::convert::execution;
use super::convert::query::{self as filters, MAX_LOG_LINES};
use super::query;
use crate::app::App;
use crate::auth::Asked;
use crate::http::failure::Failure;
use crate::http::json::Json;
use crate::http::path::Reference;
use crate::http::query::Query;

type Answer<T> = Result<T, Failure>;

/// When nothing was written for so long, a `ping` keeps proxies from closing the stream, and tells the reader that the line
/// is not dead.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long a follower waits for an announcement before it looks by itself: the run may be another instance's.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

pub(super) async fn read(
    State(app): State<App>,
    Asked(caller): Asked,
    Reference(reference): Reference,
    headers: HeaderMap,
    Query(query): Query<query::Log>,
) -> Answer<Response> {
    let lines = filters::log(&query)?;
    if !query.follow.unwrap_or(false) {
        let page = caller.log(&reference, lines).await?;
        return Ok(Json(execution::to_log(page)).into_response());
    }
    if !wants_events(&headers) {
        return Err(Failure::new(
            StatusCode::NOT_ACCEPTABLE,
            "not_acceptable",
            "Following a log needs Accept: text/event-stream",
        ));
    }
    let heard = app.engine.announcements();
    let numbered = caller.execution(&reference).await?;
    let after = match last_event_id(&headers) {
        Some(line) => line,
        None => start(&caller, &reference, &lines).await?,
    };
    let follower = Follower {
        app,
        caller,
        execution: numbered.id,
        reference,
        query: lines,
        after,
        heard,
        waiting: Vec::new(),
        is_complete: false,
        is_over: false,
    };
    Ok(Sse::new(follower.events())
        .keep_alive(
            KeepAlive::new()
                .interval(HEARTBEAT)
                .event(Event::default().event("ping").data("{}")),
        )
        .into_response())
}

fn wants_events(headers: &HeaderMap) -> bool {
    headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/event-stream"))
}

fn last_event_id(headers: &HeaderMap) -> Option<i64> {
    headers
        .get("last-event-id")?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
}

/// The line after which following begins: with `tail`, so that the last `limit` lines come first.
async fn start(caller: &Caller, reference: &str, query: &LogQuery) -> Answer<i64> {
    if !query.tail {
        return Ok(query.after.unwrap_or(0));
    }
    let last = caller.log(reference, query.clone()).await?;
    Ok(last
        .lines
        .first()
        .map_or(last.total, |line| line.number - 1))
}

/// Somebody who follows a log.
struct Follower {
    app: App,
    caller: Caller,
    execution: i64,
    reference: String,
    query: LogQuery,
    after: i64,
    heard: Receiver<Announcement>,
    /// Events to send, in reverse order.
    waiting: Vec<Event>,
    is_complete: bool,
    is_over: bool,
}

impl Follower {
    fn events(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut follower| async move {
            let event = follower.next().await?;
            Some((Ok(event), follower))
        })
    }

    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop() {
                return Some(event);
            }
            if self.is_over {
                return None;
            }
            if !self.fetch().await? {
                self.wait().await?;
            }
        }
    }

    /// Fetches what has been written since; false when there is nothing new. `None` ends the stream.
    async fn fetch(&mut self) -> Option<bool> {
        let was_complete = self.is_complete;
        let query = LogQuery {
            after: Some(self.after),
            before: None,
            tail: false,
            limit: MAX_LOG_LINES,
            ..self.query.clone()
        };
        let page = self.caller.log(&self.reference, query).await.ok()?;
        let is_full = page.lines.len() >= MAX_LOG_LINES as usize;
        self.is_complete = page.complete;
        for line in page.lines.into_iter().rev() {
            self.after = self.after.max(line.number);
            let id = line.number.to_string();
            let event = Event::default()
                .event("line")
                .id(id)
                .json_data(execution::to_line(line));
            self.waiting.push(event.ok()?);
        }
        if !self.waiting.is_empty() {
            return Some(true);
        }
        // Ended is only ended once nothing more came after the end was seen.
        if was_complete && page.complete && !is_full {
            self.is_over = true;
            let end = LogEnd { total: page.total };
            self.waiting
                .push(Event::default().event("end").json_data(end).ok()?);
            return Some(true);
        }
        Some(page.complete)
    }

    /// Waits until something may have been written. `None` when the server stops.
    async fn wait(&mut self) -> Option<()> {
        let deadline = tokio::time::sleep(LOOK_AGAIN);
        tokio::pin!(deadline);
        loop {
            tokio::select! {
                () = self.app.closing.cancelled() => return None,
                () = &mut deadline => return Some(()),
                heard = self.heard.recv() => match heard {
                    Ok(announcement) if announcement.id != self.execution => {}
                    Ok(_) | Err(RecvError::Lagged(_)) => return Some(()),
                    Err(RecvError::Closed) => return None,
                },
            }
        }
    }
}

pub(super) async fn download(
    Asked(caller): Asked,
    Reference(reference): Reference,
) -> Answer<Response> {
    let numbered = caller.execution(&reference).await?;
    let name = format!("attachment; filename=\"execution-{}.log\"", numbered.id);
    let text = stream::unfold(
        (caller, reference, 0),
        |(caller, reference, after)| async move {
            let query = LogQuery {
                after: Some(after),
                limit: MAX_LOG_LINES,
                ..LogQuery::default()
            };
            let page = match caller.log(&reference, query).await {
                Ok(page) => page,
                // The head is sent already: all that is left is to break off, so that nobody takes a part for the whole.
                Err(error) => return Some((Err(error), (caller, reference, i64::MAX))),
            };
            let last = page.lines.last()?.number;
            let mut text = String::new();
            for line in page.lines {
                text.push_str(&format!("{} [{}] {}\n", line.at, line.level, line.text));
            }
            Some((Ok(Bytes::from(text)), (caller, reference, last)))
        },
    )
    // Compression asks once more after the end, which an unfolded stream takes for a defect.
    .fuse();
    Ok((
        [
            (CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
            (CONTENT_DISPOSITION, name),
        ],
        Body::from_stream(text),
    )
        .into_response())
}
