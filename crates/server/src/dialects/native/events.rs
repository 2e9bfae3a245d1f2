//! One stream of everything that changes, for the web page.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, Sse};
use futures_util::stream::{self, Stream};
use http::HeaderMap;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use orloj_engine::model::Actor;
use orloj_engine::{Announcement, Subject};
use orloj_wire::event::{DeviceChanged, ExecutionChanged, JobChanged, Resync};

use crate::app::App;
use crate::auth::Asked;

/// A `ping` comes this often, and with it the question whether the asker may still listen.
const HEARTBEAT: Duration = Duration::from_secs(15);

pub(super) async fn follow(
    State(app): State<App>,
    Asked(caller): Asked,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let listener = Listener {
        heard: app.engine.announcements(),
        app,
        actor: caller.actor().clone(),
        heartbeat,
        number: 0,
        greeting: Some(if headers.contains_key("last-event-id") {
            resync("resumed")
        } else {
            // A first event at once, so that the page knows that the stream works.
            Some(Event::default().event("ping").data("{}"))
        }),
    };
    Sse::new(stream::unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        listener.number += 1;
        let event = event.id(listener.number.to_string());
        Some((Ok(event), listener))
    }))
}

struct Listener {
    app: App,
    actor: Actor,
    heard: Receiver<Announcement>,
    heartbeat: Interval,
    number: u64,
    greeting: Option<Option<Event>>,
}

impl Listener {
    async fn next(&mut self) -> Option<Event> {
        if let Some(greeting) = self.greeting.take() {
            return greeting;
        }
        loop {
            tokio::select! {
                () = self.app.closing.cancelled() => return None,
                _ = self.heartbeat.tick() => {
                    // Who was signed out or disabled must not go on listening.
                    self.actor = self.app.engine.authenticate_again(&self.actor).await.ok()?;
                    return Some(Event::default().event("ping").data("{}"));
                }
                heard = self.heard.recv() => match heard {
                    Ok(announcement) => {
                        if let Some(event) = self.event(&announcement).await {
                            return Some(event);
                        }
                    }
                    Err(RecvError::Lagged(_)) => return resync("lagged"),
                    Err(RecvError::Closed) => return None,
                },
            }
        }
    }

    /// The event of an announcement that the asker may hear of.
    async fn event(&self, announcement: &Announcement) -> Option<Event> {
        let is_theirs = self.actor.is_admin() || announcement.owner_id == self.actor.user_id;
        let may_hear = match announcement.subject {
            Subject::Instance => true,
            // Devices are shared. Of one that is gone only its owner hears.
            Subject::Device if !is_theirs => self.sees_device(announcement.id).await,
            _ => is_theirs,
        };
        if !may_hear {
            return None;
        }
        let execution = ExecutionChanged {
            id: announcement.id,
            execution_id: announcement.execution.clone(),
            job_id: announcement.job_id,
        };
        let event = match announcement.subject {
            Subject::Instance => Event::default().event("status").data("{}"),
            Subject::Device => {
                let changed = DeviceChanged {
                    device_id: announcement.id,
                };
                Event::default()
                    .event("device.changed")
                    .json_data(changed)
                    .ok()?
            }
            Subject::Job => {
                let changed = JobChanged {
                    job_id: announcement.id,
                };
                Event::default()
                    .event("job.changed")
                    .json_data(changed)
                    .ok()?
            }
            Subject::Execution => Event::default()
                .event("execution.changed")
                .json_data(execution)
                .ok()?,
            Subject::Log => Event::default()
                .event("log.grew")
                .json_data(execution)
                .ok()?,
        };
        Some(event)
    }

    async fn sees_device(&self, id: i64) -> bool {
        let caller = self.app.engine.caller(self.actor.clone());
        caller.device(id).await.is_ok()
    }
}

fn resync(reason: &str) -> Option<Event> {
    let data = Resync {
        reason: reason.to_owned(),
    };
    Event::default().event("resync").json_data(data).ok()
}
