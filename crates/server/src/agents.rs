//! The door of the agents: a WebSocket, inside it the sealed channel, inside that frames.
//!
//! What a frame means the engine decides; who says it is who proved to hold the key of the channel.

use std::net::IpAddr;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;

use orloj_engine::model::{AgentHello, DeviceMail, DeviceSaid, Dismissal, OrderMail, OrderOutcome};
use orloj_engine::{Admitted, DeviceSession, Engine, Error};
use orloj_wire::agent::channel::{Channel, ChannelError, Handshake, KeyPair, MAX_MESSAGE};
use orloj_wire::agent::{
    AgentFrame, AgentProof, Hello, OUTPUT_BYTES, Order, PROTOCOL, Refusal, ServerFrame, Step,
    Stream, Verdict,
};

use crate::app::App;
use crate::http::failure::Failure;
use crate::http::peer::Origin;

/// Time for an agent to say who it is.
const HANDSHAKE: Duration = Duration::from_secs(15);
/// An agent that says nothing for so long is gone: four heartbeats.
const SILENCE: Duration = Duration::from_secs(60);
/// Time for a frame to leave.
const SENDING: Duration = Duration::from_secs(20);
/// Orders that an agent may say it holds.
const MOST_HELD: usize = 20_000;
/// Buffer of a connection, in bytes: there may be thousands of them.
const BUFFER: usize = 4 * 1024;

/// The key pair by which agents know this installation.
pub(crate) async fn fleet_key(app: &App) -> Result<KeyPair, Failure> {
    let key = app
        .fleet_key
        .get_or_try_init(|| async {
            let fresh = || {
                let pair = KeyPair::generate().ok()?;
                Some((pair.public.text(), pair.private_text()))
            };
            let (public, private) = app.engine.fleet_key(fresh).await?;
            KeyPair::parse(&private, &public)
                .map_err(|error| Error::internal(format!("the stored key pair: {error}")))
        })
        .await?;
    Ok(key.clone())
}

/// Upgrades the connection of an agent.
pub(crate) async fn connect(
    State(app): State<App>,
    Extension(origin): Extension<Origin>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Failure> {
    if headers.contains_key(header::ORIGIN) {
        return Err(Failure::forbidden(
            "This door is for agents, not for browsers",
        ));
    }
    let upgrade = upgrade.map_err(|_| {
        Failure::new(
            StatusCode::UPGRADE_REQUIRED,
            "upgrade_required",
            "This path takes WebSocket connections of agents only",
        )
    })?;
    let key = fleet_key(&app).await?;
    Ok(upgrade
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
        .read_buffer_size(BUFFER)
        .write_buffer_size(0)
        .on_upgrade(move |socket| Box::pin(attend(app, key, socket, origin.address))))
}

/// Attends to one agent to the end of its connection.
async fn attend(app: App, key: KeyPair, socket: WebSocket, address: IpAddr) {
    let engine = app.engine.clone();
    let shaken = tokio::time::timeout(HANDSHAKE, shake_hands(socket, &key)).await;
    let (mut line, proof) = match shaken {
        Ok(Ok(Some(shaken))) => shaken,
        // It has gone again.
        Ok(Ok(None)) | Err(_) => return,
        Ok(Err(error)) => {
            tracing::debug!(%address, %error, "no agent at the agents' door");
            return engine
                .record_bad_agent(Some(address), "bad_handshake")
                .await;
        }
    };
    let admitted = match admit(&engine, &line.channel, proof, address).await {
        Ok(admitted) => admitted,
        Err(reason) => {
            let message = words(reason).to_owned();
            line.send(&ServerFrame::Refused { reason, message }).await;
            return line.close().await;
        }
    };
    let Admitted {
        session,
        mut mail,
        link,
        name,
        forget,
    } = admitted;
    let welcome = ServerFrame::Welcome {
        device_id: session.device_id(),
        name,
        link: link.to_string(),
        heartbeat_seconds: orloj_engine::rules::devices::HEARTBEAT_SECONDS,
        server_time: engine.clock().now(),
    };
    let mut is_open = line.send(&welcome).await;
    for fence in forget {
        is_open = is_open && line.send(&ServerFrame::Drop { fence }).await;
    }
    while is_open {
        is_open = tokio::select! {
            () = app.closing.cancelled() => {
                line.bye(Refusal::Unavailable).await;
                false
            }
            letter = mail.recv() => match letter {
                Some(DeviceMail::Bye(why)) => {
                    line.bye(refusal(why)).await;
                    false
                }
                Some(letter) => deliver(&mut line, &session, letter).await,
                None => false,
            },
            heard = tokio::time::timeout(SILENCE, line.receive::<AgentFrame>()) => match heard {
                Ok(Ok(Some(frame))) => {
                    session.heard();
                    hear(&mut line, &session, frame).await
                }
                Ok(Err(error)) => {
                    session.record_misbehaviour(match error {
                        ChannelError::Seal => "broken_seal",
                        _ => "bad_frame",
                    }).await;
                    line.bye(Refusal::Misbehaved).await;
                    false
                }
                Ok(Ok(None)) | Err(_) => false,
            },
        };
    }
    session.close().await;
    line.close().await;
}

/// A connection on which both sides know each other's keys.
struct Line {
    socket: WebSocket,
    channel: Channel,
}

impl Line {
    /// Sends a frame; answers whether the connection holds.
    async fn send(&mut self, frame: &ServerFrame) -> bool {
        let sealed = match self.channel.seal(frame) {
            Ok(sealed) => sealed,
            Err(error) => {
                tracing::error!(%error, "a frame for an agent cannot be sealed");
                return false;
            }
        };
        let sending = self.socket.send(Message::Binary(sealed.into()));
        matches!(tokio::time::timeout(SENDING, sending).await, Ok(Ok(())))
    }

    async fn bye(&mut self, reason: Refusal) {
        let message = words(reason).to_owned();
        self.send(&ServerFrame::Bye { reason, message }).await;
    }

    /// The next frame; `None` when the connection has ended. May be dropped while it waits.
    async fn receive<T: serde::de::DeserializeOwned>(&mut self) -> Result<Option<T>, ChannelError> {
        match next(&mut self.socket).await? {
            Some(message) => self.channel.open(&message).map(Some),
            None => Ok(None),
        }
    }

    async fn close(mut self) {
        // Who is gone need not be told.
        let _ = tokio::time::timeout(
            Duration::from_secs(1),
            self.socket.send(Message::Close(None)),
        )
        .await;
    }
}

async fn next(socket: &mut WebSocket) -> Result<Option<bytes::Bytes>, ChannelError> {
    loop {
        match socket.recv().await {
            None | Some(Ok(Message::Close(_)) | Err(_)) => return Ok(None),
            Some(Ok(Message::Binary(message))) => return Ok(Some(message)),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Text(_))) => return Err(ChannelError::Frame),
        }
    }
}

async fn shake_hands(
    mut socket: WebSocket,
    key: &KeyPair,
) -> Result<Option<(Line, AgentProof)>, ChannelError> {
    let mut handshake = Handshake::server(key)?;
    let Some(first) = next(&mut socket).await? else {
        return Ok(None);
    };
    handshake.read(&first)?;
    let second = Message::Binary(handshake.write()?.into());
    if socket.send(second).await.is_err() {
        return Ok(None);
    }
    let Some(third) = next(&mut socket).await? else {
        return Ok(None);
    };
    handshake.read(&third)?;
    let mut line = Line {
        socket,
        channel: handshake.finish()?,
    };
    Ok(line.receive().await?.map(|proof| (line, proof)))
}

async fn admit(
    engine: &Engine,
    channel: &Channel,
    proof: AgentProof,
    address: IpAddr,
) -> Result<Admitted, Refusal> {
    let key = channel.other().text();
    let (AgentProof::Enroll { protocol, .. } | AgentProof::Connect { protocol, .. }) = &proof;
    if *protocol != PROTOCOL {
        return Err(Refusal::Protocol);
    }
    let hello = |hello: Hello| AgentHello {
        version: hello.version,
        facts: Value::Object(hello.facts.to_object()),
        address: Some(address),
    };
    let answer = match proof {
        AgentProof::Enroll {
            token, hello: said, ..
        } => engine.enroll_device(&key, &token, hello(said)).await,
        AgentProof::Connect {
            link,
            holding,
            hello: said,
            ..
        } => {
            if holding.len() > MOST_HELD {
                return Err(Refusal::Misbehaved);
            }
            engine
                .connect_device(&key, &link, &holding, hello(said))
                .await
        }
    };
    match answer {
        Ok(Ok(admitted)) => Ok(admitted),
        Ok(Err(why)) => Err(refusal(why)),
        Err(error) => {
            tracing::warn!(%error, "cannot let an agent in now");
            Err(Refusal::Unavailable)
        }
    }
}

/// Brings mail to the agent; answers whether the connection holds.
async fn deliver(line: &mut Line, session: &DeviceSession, letter: DeviceMail) -> bool {
    let frame = match letter {
        DeviceMail::Order(mail) => {
            let fence = mail.fence;
            match order(*mail) {
                Ok(order) => ServerFrame::Order {
                    order: Box::new(order),
                },
                Err(error) => {
                    tracing::error!(%error, fence, "an order has steps that no agent knows");
                    let ended = DeviceSaid::Ended {
                        fence,
                        at: session.engine().clock().now(),
                        outcome: OrderOutcome::Refused,
                        reason: Some("the server does not know these steps".to_owned()),
                        exit_code: None,
                        steps: Value::Array(Vec::new()),
                    };
                    return session.say(ended).await.is_ok();
                }
            }
        }
        DeviceMail::Ack {
            fence,
            seq,
            settled,
        } => ServerFrame::Ack {
            fence,
            seq,
            settled,
        },
        DeviceMail::Cancel { fence, reason } => ServerFrame::Cancel { fence, reason },
        DeviceMail::Drop { fence } => ServerFrame::Drop { fence },
        DeviceMail::Bye(_) => return false,
    };
    line.send(&frame).await
}

/// An order as agents take it.
fn order(mail: OrderMail) -> Result<Order, serde_json::Error> {
    let steps: Vec<Step> = serde_json::from_value(mail.steps)?;
    Ok(Order {
        fence: mail.fence,
        execution: mail.execution,
        attempt: mail.attempt,
        not_before: mail.not_before,
        expires_at: mail.expires_at,
        limit_seconds: mail.limit_seconds,
        stop_on_failure: mail.stop_on_failure,
        ticket: mail.ticket,
        steps,
    })
}

/// Takes what the agent says; answers whether the connection goes on.
async fn hear(line: &mut Line, session: &DeviceSession, frame: AgentFrame) -> bool {
    let said = match frame {
        AgentFrame::Heartbeat {} => {
            let server_time = session.engine().clock().now();
            return line.send(&ServerFrame::Beat { server_time }).await;
        }
        AgentFrame::Linked {} => DeviceSaid::Linked,
        AgentFrame::Facts { facts } => DeviceSaid::Facts(Value::Object(facts.to_object())),
        AgentFrame::Accept { fence } => DeviceSaid::Accepted { fence },
        AgentFrame::Started { fence, at } => DeviceSaid::Started { fence, at },
        AgentFrame::Progress {
            fence,
            step,
            percent,
            note,
        } => DeviceSaid::Progress {
            fence,
            step,
            percent,
            note: note.map(shortened),
        },
        AgentFrame::Output { text, .. } if text.len() > OUTPUT_BYTES => {
            session.record_misbehaviour("output_too_long").await;
            line.bye(Refusal::Misbehaved).await;
            return false;
        }
        AgentFrame::Output {
            fence,
            seq,
            at,
            step,
            stream,
            text,
        } => DeviceSaid::Output {
            fence,
            seq,
            at,
            step,
            stream: match stream {
                Stream::Stdout => "stdout",
                Stream::Stderr => "stderr",
                Stream::System => "system",
            },
            text,
        },
        AgentFrame::Result {
            fence, outcome, at, ..
        } => DeviceSaid::Ended {
            fence,
            at,
            outcome: match outcome.verdict {
                Verdict::Success => OrderOutcome::Success,
                Verdict::Failed => OrderOutcome::Failed,
                Verdict::Timeout => OrderOutcome::Timeout,
                Verdict::Cancelled => OrderOutcome::Cancelled,
                Verdict::Lost => OrderOutcome::Lost,
                Verdict::Refused => OrderOutcome::Refused,
                Verdict::Expired => OrderOutcome::Unreached,
            },
            reason: outcome.reason.map(shortened),
            exit_code: outcome.exit_code,
            steps: serde_json::to_value(outcome.steps).unwrap_or_default(),
        },
    };
    session.say(said).await.is_ok()
}

/// A sentence of an agent's, bounded.
fn shortened(mut text: String) -> String {
    const MOST: usize = 2_000;
    if text.len() > MOST {
        text.truncate(text.floor_char_boundary(MOST));
    }
    text
}

fn refusal(why: Dismissal) -> Refusal {
    match why {
        Dismissal::Unknown => Refusal::Unknown,
        Dismissal::Revoked => Refusal::Revoked,
        Dismissal::Suspended => Refusal::Suspended,
        Dismissal::Duplicate => Refusal::Duplicate,
        Dismissal::Replaced => Refusal::Replaced,
        Dismissal::Misbehaved => Refusal::Misbehaved,
        Dismissal::Unavailable => Refusal::Unavailable,
    }
}

fn words(reason: Refusal) -> &'static str {
    match reason {
        Refusal::Unknown => "the token or the key is not valid",
        Refusal::Revoked => "the device was revoked or removed",
        Refusal::Suspended => "the device is suspended until somebody resumes it",
        Refusal::Duplicate => {
            "this identity was used by another program meanwhile: the device is suspended until somebody resumes it"
        }
        Refusal::Replaced => "a newer connection of this device took over",
        Refusal::Protocol => "agent and server speak different versions: update the older one",
        Refusal::Misbehaved => "the agent said what it may not say",
        Refusal::Unavailable => "the server is stopping or cannot answer now; come back",
    }
}
