//! Agents: how they enrol, how they are let in, and what they may say while they are.
//!
//! Who an agent is follows from the key that it proved to hold before any of this is called; nothing that it says is
//! taken for an identity.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use zeroize::Zeroizing;

use super::accounts_state::{Sample, random};
use super::sign_in::stranger;
use crate::announce::Announcement;
use crate::background::fleet::{Report, What, agent, refusal};
use crate::clock::timestamp;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::model::{AgentHello, Device, DeviceMail, DeviceSaid, DeviceStatus, Dismissal, Sharing};
use crate::rules::devices::{name_from, tidy_tags};
use crate::rules::secret::{SecretKind, hex};
use crate::rules::secrets::{NONCE_BYTES, Place};
use crate::store::audit::{self, AuditEntry};
use crate::store::devices::{self, Coming};
use crate::store::{Tx, device_orders, users};

/// Facts larger than this are not kept.
const MAX_FACTS: usize = 64 * 1024;
const MAX_VERSION: usize = 100;

/// An agent that was let in.
#[derive(Debug)]
pub struct Admitted {
    /// What it says from now on goes here.
    pub session: DeviceSession,
    /// What is to be told to it.
    pub mail: mpsc::UnboundedReceiver<DeviceMail>,
    /// What it must show when it comes back.
    pub link: Zeroizing<String>,
    /// Name of its device.
    pub name: String,
    /// Orders on its disk that it is to forget.
    pub forget: Vec<i64>,
}

/// The connection of one agent: the identity of everything that is said through it.
#[derive(Clone)]
pub struct DeviceSession {
    engine: Engine,
    device: i64,
    owner: i64,
    session: i64,
    heard: Arc<AtomicI64>,
}

impl Engine {
    /// The key pair by which agents know this installation, public and private, as texts. The first call stores what
    /// `fresh` makes; the private key is sealed under the key of the secrets.
    ///
    /// # Errors
    /// `Conflict` when the installation has no key for secrets.
    pub async fn fleet_key(
        &self,
        fresh: impl FnOnce() -> Option<(String, Zeroizing<String>)> + Send,
    ) -> Result<(String, Zeroizing<String>)> {
        let engine = &self.inner;
        if let Some((public, sealed)) = devices::fleet_key(&engine.store.db).await? {
            let private = engine.keys.key()?.open(Place::FleetKey, &sealed)?;
            return Ok((public, private));
        }
        let (public, private) =
            fresh().ok_or_else(|| Error::internal("no key pair could be made"))?;
        let mut tx = engine.store.db.begin().await?;
        let key = engine.keys.sealing(&mut tx).await?;
        let sealed = key.seal(Place::FleetKey, &private, &random::<NONCE_BYTES>()?)?;
        devices::insert_fleet_key(&mut tx, &public, &sealed, engine.clock.now_us()).await?;
        // Two instances may have made one at the same time: the first counts.
        let (public, sealed) = devices::fleet_key(&mut tx)
            .await?
            .ok_or_else(|| Error::internal("a key pair was stored and is not there"))?;
        let private = key.open(Place::FleetKey, &sealed)?;
        tx.commit().await?;
        Ok((public, private))
    }

    /// Makes a device of an agent that shows a token, and lets it in.
    ///
    /// # Errors
    /// The outer error when the database does not answer; the inner one when the token is not known, was used, or has
    /// ended, or the key belongs to a device already.
    pub async fn enroll_device(
        &self,
        public_key: &str,
        token: &str,
        hello: AgentHello,
    ) -> Result<Result<Admitted, Dismissal>> {
        let engine = &self.inner;
        let now = engine.clock.now_us();
        let Some(hash) = SecretKind::Enrollment.hash(token) else {
            return self
                .turn_away(0, None, Dismissal::Unknown, "no_token", &hello)
                .await;
        };
        let mut tx = engine.store.db.begin().await?;
        let token = devices::enrollment(&mut tx, &hash.text()).await?;
        let (token, problem) = match token {
            None => (None, Some("unknown_token")),
            Some(token) if token.is_used => (Some(token), Some("used_token")),
            Some(token) if token.expires_at <= now => (Some(token), Some("expired_token")),
            Some(token) => (Some(token), None),
        };
        let is_known = devices::by_key(&mut tx, public_key).await?.is_some();
        let problem = problem.or(is_known.then_some("known_key"));
        let token = match (token, problem) {
            (Some(token), None) => token,
            (token, problem) => {
                drop(tx);
                let owner = token.map(|token| token.owner_id);
                let why = problem.unwrap_or("unknown_token");
                return self
                    .turn_away(0, owner, Dismissal::Unknown, why, &hello)
                    .await;
            }
        };
        let owner = users::find(&engine.store.db, token.owner_id).await?;
        if token.owner_id != 0 && owner.is_none_or(|owner| owner.is_disabled) {
            drop(tx);
            let owner = Some(token.owner_id);
            return self
                .turn_away(0, owner, Dismissal::Unknown, "disabled_owner", &hello)
                .await;
        }
        let id = devices::next_id(&mut tx).await?;
        let facts = facts(&hello.facts);
        let hostname = facts["hostname"].as_str().unwrap_or_default().to_owned();
        let device = Device {
            id,
            owner_id: token.owner_id,
            name: token
                .device_name
                .unwrap_or_else(|| name_from(&hostname, id)),
            description: None,
            tags: tidy_tags(token.tags),
            facts,
            status: DeviceStatus::Offline,
            agent_version: None,
            address: None,
            connected_at: None,
            seen_at: None,
            facts_at: None,
            maintenance: None,
            suspension: None,
            revoked_at: None,
            sharing: Sharing::default(),
            created_at: timestamp(now),
            updated_at: timestamp(now),
        };
        devices::insert(&mut tx, &device).await?;
        devices::insert_key(&mut tx, public_key, id, now).await?;
        devices::use_enrollment(&mut tx, token.id, id, now).await?;
        let entry = AuditEntry {
            action: "device.enrolled",
            entity: "device",
            entity_id: Some(id),
            entity_name: Some(device.name.clone()),
            owner_id: Some(device.owner_id),
            details: json!({
                "token": token.id,
                "tokenBy": token.created_by,
                "hostname": hostname,
                "address": hello.address.map(|address| address.to_string()),
            }),
        };
        let (session, link) = self.begin(&mut tx, id, None, &hello, now).await?;
        audit::record(&mut tx, now, &agent(id), entry).await?;
        tx.commit().await?;
        Ok(Ok(self.admitted(
            id,
            device.owner_id,
            session,
            link,
            device.name,
            Vec::new(),
        )))
    }

    /// Lets the agent of a known device in. `holding`: orders on its disk that are not settled as far as it knows.
    ///
    /// # Errors
    /// The outer error when the database does not answer; the inner one when the key belongs to no device, the device
    /// was revoked, is suspended, or its link shows that its identity is used twice (which suspends it).
    pub async fn connect_device(
        &self,
        public_key: &str,
        link: &str,
        holding: &[i64],
        hello: AgentHello,
    ) -> Result<Result<Admitted, Dismissal>> {
        let engine = &self.inner;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        let key = devices::by_key(&mut tx, public_key).await?;
        let gate = match key {
            Some((device, _)) => devices::gate(&mut tx, device).await?,
            None => None,
        };
        let (id, gate) = match (key, gate) {
            (None, _) => {
                drop(tx);
                return self
                    .turn_away(0, None, Dismissal::Unknown, "unknown_key", &hello)
                    .await;
            }
            (Some((id, _)), None) => {
                drop(tx);
                return self
                    .turn_away(id, None, Dismissal::Revoked, "removed", &hello)
                    .await;
            }
            (Some((id, is_revoked)), Some(gate)) if is_revoked || gate.is_revoked => {
                drop(tx);
                return self
                    .turn_away(
                        id,
                        Some(gate.owner_id),
                        Dismissal::Revoked,
                        "revoked",
                        &hello,
                    )
                    .await;
            }
            (Some((id, _)), Some(gate)) if gate.is_suspended => {
                drop(tx);
                return self
                    .turn_away(
                        id,
                        Some(gate.owner_id),
                        Dismissal::Suspended,
                        "suspended",
                        &hello,
                    )
                    .await;
            }
            (Some((id, _)), Some(gate)) => (id, gate),
        };
        let shown = link_hash(link);
        // The last link counts, and the one before as long as the agent has not said that it stored the last.
        let is_known = match (&gate.link_hash, &gate.link_next) {
            (None, None) => true,
            (current, next) => [current, next]
                .into_iter()
                .flatten()
                .any(|known| *known == shown),
        };
        if !is_known {
            devices::suspend(&mut tx, id, "duplicate_identity", now).await?;
            let mut entry = refusal(id, Some(gate.owner_id), "duplicate_identity", place(&hello));
            entry.action = "device.suspended";
            entry.entity_name = Some(gate.name);
            audit::record(&mut tx, now, &agent(id), entry).await?;
            tx.commit().await?;
            engine.fleet.dismiss(id, Dismissal::Suspended);
            let news = Announcement::of_device(id, gate.owner_id);
            engine.announcer.say(news);
            return Ok(Err(Dismissal::Duplicate));
        }
        let (session, link) = self.begin(&mut tx, id, Some(&shown), &hello, now).await?;
        let lost = device_orders::came_back(&mut tx, id, holding, now).await?;
        let open = device_orders::open_among(&mut tx, id, holding).await?;
        let executions = device_orders::executions_of(&mut tx, id).await?;
        tx.commit().await?;
        let forget = holding
            .iter()
            .copied()
            .filter(|fence| !open.contains(fence))
            .collect();
        let admitted = self.admitted(id, gate.owner_id, session, link, gate.name, forget);
        engine.fleet.wake(lost.into_iter().chain(executions));
        Ok(Ok(admitted))
    }

    /// Begins a connection; answers its number and the link that the agent is to show next.
    async fn begin(
        &self,
        tx: &mut Tx,
        device: i64,
        shown: Option<&str>,
        hello: &AgentHello,
        now: i64,
    ) -> Result<(i64, Zeroizing<String>)> {
        let link = Zeroizing::new(URL_SAFE_NO_PAD.encode(random::<32>()?));
        let version: String = hello
            .version
            .chars()
            .filter(|c| !c.is_control())
            .take(MAX_VERSION)
            .collect();
        let address = hello.address.map(|address| address.to_string());
        let coming = Coming {
            version: &version,
            facts: &facts(&hello.facts).to_string(),
            address: address.as_deref(),
            link: shown,
            next: &link_hash(&link),
        };
        let session = devices::begin_session(tx, device, self.inner.me(), &coming, now).await?;
        Ok((session, link))
    }

    fn admitted(
        &self,
        device: i64,
        owner: i64,
        session: i64,
        link: Zeroizing<String>,
        name: String,
        forget: Vec<i64>,
    ) -> Admitted {
        let now = self.inner.clock.now_us();
        let (mail, heard) = self.inner.fleet.connect(device, session, now);
        let news = Announcement::of_device(device, owner);
        self.inner.announcer.say(news);
        Admitted {
            session: DeviceSession {
                engine: self.clone(),
                device,
                owner,
                session,
                heard,
            },
            mail,
            link,
            name,
            forget,
        }
    }

    /// Records why an agent was not let in; at most a hundred a minute, the rest is counted.
    async fn turn_away(
        &self,
        device: i64,
        owner: Option<i64>,
        why: Dismissal,
        reason: &'static str,
        hello: &AgentHello,
    ) -> Result<Result<Admitted, Dismissal>> {
        let actor = match device {
            0 => stranger(hello.address),
            id => agent(id),
        };
        let entry = refusal(device, owner, reason, place(hello));
        self.record_sampled(Sample::Request, &actor, entry).await;
        Ok(Err(why))
    }

    /// Records that somebody said something on an agent's door that no agent says.
    pub async fn record_bad_agent(&self, address: Option<std::net::IpAddr>, reason: &'static str) {
        let hello = AgentHello {
            address,
            ..AgentHello::default()
        };
        // The answer is the same for all.
        drop(
            self.turn_away(0, None, Dismissal::Misbehaved, reason, &hello)
                .await,
        );
    }
}

impl DeviceSession {
    /// Number of the device.
    #[must_use]
    pub fn device_id(&self) -> i64 {
        self.device
    }

    /// The engine that it is connected to.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The agent was heard.
    pub fn heard(&self) {
        let now = self.engine.inner.clock.now_us();
        self.heard.store(now, Ordering::Relaxed);
    }

    /// Takes what the agent says; it is acknowledged by mail once it is durable. Waits when much is waiting already.
    ///
    /// # Errors
    /// `Unavailable` when the engine is stopping.
    pub async fn say(&self, said: DeviceSaid) -> Result<()> {
        let said = match said {
            DeviceSaid::Facts(value) => DeviceSaid::Facts(facts(&value)),
            said => said,
        };
        self.report(What::Said(said)).await
    }

    /// The connection is over.
    pub async fn close(&self) {
        let heard = self.heard.load(Ordering::Relaxed);
        // An engine that is stopping ends all connections itself.
        drop(self.report(What::Gone(heard)).await);
    }

    /// Records that the agent said what it may not say.
    pub async fn record_misbehaviour(&self, reason: &'static str) {
        let entry = refusal(self.device, Some(self.owner), reason, json!({}));
        self.engine
            .record_sampled(Sample::Request, &agent(self.device), entry)
            .await;
    }

    async fn report(&self, what: What) -> Result<()> {
        let report = Report {
            device: self.device,
            owner: self.owner,
            session: self.session,
            what,
        };
        self.engine
            .inner
            .fleet
            .clerk()
            .send(report)
            .await
            .map_err(|_| Error::unavailable("the server is stopping"))
    }
}

impl std::fmt::Debug for DeviceSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeviceSession")
            .field("device", &self.device)
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

fn link_hash(link: &str) -> String {
    hex(&Sha256::digest(link.as_bytes()))
}

fn place(hello: &AgentHello) -> Value {
    json!({
        "hostname": facts(&hello.facts)["hostname"],
        "address": hello.address.map(|address| address.to_string()),
    })
}

/// Facts as they are kept: an object of bounded size.
fn facts(facts: &Value) -> Value {
    if facts.is_object() && facts.to_string().len() <= MAX_FACTS {
        facts.clone()
    } else {
        json!({})
    }
}
