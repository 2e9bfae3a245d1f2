//! The devices that are connected to this instance: what they say becomes durable here, and what is to be told to them
//! leaves from here.
//!
//! Two duties. The **clerk** writes what agents say, in batches (natural group commit, as the committer does for runs),
//! and acknowledges only what is committed. The **courier** looks at least once a second what the database has for the
//! devices that are connected here (orders, cancellations, a newer connection elsewhere, a revocation) and at once when
//! somebody in this process has changed it. Orders go through the table, never from memory to memory: the device may be
//! connected to another instance than the one whose execution asks.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};

use crate::announce::Announcement;
use crate::engine::Inner;
use crate::error::{Kind, Result};
use crate::model::{Actor, DeviceMail, DeviceSaid, Dismissal, OrderMail};
use crate::operations::device_files::{file_ticket, opened_steps};
use crate::rules::devices::HEARTBEAT_SECONDS;
use crate::rules::ids::execution_uuid;
use crate::store::audit::{self, AuditEntry};
use crate::store::device_orders::{self, End, Piece, Said};
use crate::store::devices;

/// At most so many frames in one transaction.
const BATCH: usize = 1_024;
/// Frames that may wait for the clerk; more wait in their connections.
const WAITING: usize = 4_096;
/// The courier looks at least so often.
const ROUND_US: i64 = 1_000_000;
/// Orders of one round, at most.
const MOST_ORDERS: i64 = 2_000;
/// How often devices that were heard are written down, and orders nobody waits for are ended.
const NOTE_US: i64 = HEARTBEAT_SECONDS as i64 * 1_000_000;
/// Refused frames of one connection that are recorded.
const MOST_REFUSALS: u32 = 20;

/// Who is connected here and who waits for whom.
#[derive(Debug)]
pub(crate) struct FleetBoard {
    links: Mutex<HashMap<i64, Link>>,
    /// Runs that wait for devices, by execution.
    runs: Mutex<HashMap<i64, Arc<Notify>>>,
    courier: Notify,
    said: mpsc::Sender<Report>,
}

/// The connection of a device.
#[derive(Debug)]
struct Link {
    session: i64,
    mail: mpsc::UnboundedSender<DeviceMail>,
    heard: Arc<AtomicI64>,
    /// Orders that it was told to stop.
    told: HashSet<i64>,
}

/// Something for the clerk.
#[derive(Debug)]
pub(crate) struct Report {
    pub device: i64,
    pub owner: i64,
    pub session: i64,
    pub what: What,
}

#[derive(Debug)]
pub(crate) enum What {
    Said(DeviceSaid),
    /// The connection is over; it was heard last at this instant.
    Gone(i64),
}

impl Report {
    /// Whether whoever looks at the device sees something else now.
    fn changes_the_device(&self) -> bool {
        matches!(self.what, What::Gone(_) | What::Said(DeviceSaid::Facts(_)))
    }
}

impl FleetBoard {
    pub(crate) fn new() -> (Self, mpsc::Receiver<Report>) {
        let (said, inbox) = mpsc::channel(WAITING);
        let board = Self {
            links: Mutex::default(),
            runs: Mutex::default(),
            courier: Notify::new(),
            said,
        };
        (board, inbox)
    }

    fn links(&self) -> MutexGuard<'_, HashMap<i64, Link>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A device has connected here. An earlier connection of it is sent away.
    pub(crate) fn connect(
        &self,
        device: i64,
        session: i64,
        now: i64,
    ) -> (mpsc::UnboundedReceiver<DeviceMail>, Arc<AtomicI64>) {
        let (mail, inbox) = mpsc::unbounded_channel();
        let heard = Arc::new(AtomicI64::new(now));
        let link = Link {
            session,
            mail,
            heard: Arc::clone(&heard),
            told: HashSet::new(),
        };
        if let Some(earlier) = self.links().insert(device, link) {
            drop(earlier.mail.send(DeviceMail::Bye(Dismissal::Replaced)));
        }
        self.courier.notify_one();
        (inbox, heard)
    }

    /// Sends a device away that is connected here.
    pub(crate) fn dismiss(&self, device: i64, why: Dismissal) {
        if let Some(link) = self.links().remove(&device) {
            drop(link.mail.send(DeviceMail::Bye(why)));
        }
    }

    fn forget(&self, device: i64, session: i64) {
        let mut links = self.links();
        if links
            .get(&device)
            .is_some_and(|link| link.session == session)
        {
            links.remove(&device);
        }
    }

    fn post(&self, device: i64, session: i64, mail: DeviceMail) {
        if let Some(link) = self.links().get(&device)
            && link.session == session
        {
            // A connection that is just ending comes back and is told again.
            drop(link.mail.send(mail));
        }
    }

    /// What is to be told to devices has changed.
    pub(crate) fn hurry(&self) {
        self.courier.notify_one();
    }

    /// Where frames go.
    pub(crate) fn clerk(&self) -> &mpsc::Sender<Report> {
        &self.said
    }

    /// A run begins to wait; it is woken through the answer.
    pub(crate) fn wait_for(&self, execution: i64) -> Arc<Notify> {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(runs.entry(execution).or_default())
    }

    /// A run waits no longer.
    pub(crate) fn stop_waiting(&self, execution: i64) {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.remove(&execution);
    }

    /// Something has become of the orders of these executions.
    pub(crate) fn wake(&self, executions: impl IntoIterator<Item = i64>) {
        let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        for execution in executions {
            if let Some(run) = runs.get(&execution) {
                run.notify_one();
            }
        }
    }
}

/// Writes what agents say until the engine stops.
pub(crate) async fn clerk(engine: Arc<Inner>, mut inbox: mpsc::Receiver<Report>) {
    let mut batch = Vec::with_capacity(BATCH);
    let mut refusals: HashMap<(i64, i64), u32> = HashMap::new();
    loop {
        tokio::select! {
            biased;
            count = inbox.recv_many(&mut batch, BATCH) => if count == 0 { return },
            () = engine.stopping.cancelled() => return,
        }
        let mut pause = Duration::from_millis(20);
        let mut tries = 0;
        let done = loop {
            match write(&engine, &batch, &mut refusals).await {
                Ok(done) => break Some(done),
                Err(error) => {
                    tracing::warn!(%error, frames = batch.len(), "cannot write what devices said yet; trying again");
                    tries += u32::from(error.kind == Kind::Internal);
                }
            }
            if tries == 3 || engine.stopping.is_cancelled() {
                break None;
            }
            // Nothing was acknowledged, so nothing is lost if this never succeeds.
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(2));
        };
        match done {
            Some(done) => {
                for (device, session, mail) in done.mail {
                    engine.fleet.post(device, session, mail);
                }
                engine.fleet.wake(done.executions);
                for report in batch.iter().filter(|report| report.changes_the_device()) {
                    let news = Announcement::of_device(report.device, report.owner);
                    engine.announcer.say(news);
                }
            }
            None => {
                for report in &batch {
                    engine.fleet.dismiss(report.device, Dismissal::Misbehaved);
                }
            }
        }
        for report in batch.drain(..) {
            if let What::Gone(_) = report.what {
                engine.fleet.forget(report.device, report.session);
                refusals.remove(&(report.device, report.session));
            }
        }
    }
}

/// What a written batch tells the others.
#[derive(Default)]
struct Done {
    mail: Vec<(i64, i64, DeviceMail)>,
    executions: BTreeSet<i64>,
}

async fn write(
    engine: &Inner,
    batch: &[Report],
    refusals: &mut HashMap<(i64, i64), u32>,
) -> Result<Done> {
    let now = engine.clock.now_us();
    let mut sorted = Sorted::default();
    for report in batch {
        sorted.add(report, now);
    }
    let mut tx = engine.store.db.begin().await?;
    for (device, session) in &sorted.linked {
        devices::confirm_link(&mut tx, *device, *session).await?;
    }
    for (device, session, facts) in &sorted.facts {
        devices::set_facts(&mut tx, *device, *session, &facts.to_string(), now).await?;
    }
    if !sorted.accepted.is_empty() {
        device_orders::accepted(&mut tx, &sorted.accepted).await?;
    }
    if !sorted.started.is_empty() {
        device_orders::started(&mut tx, &sorted.started).await?;
    }
    if !sorted.progressed.is_empty() {
        device_orders::progressed(&mut tx, &sorted.progressed).await?;
    }
    // Output before ends, so that "settled" implies "the output is complete".
    if !sorted.pieces.is_empty() {
        device_orders::wrote(&mut tx, &sorted.pieces).await?;
    }
    if !sorted.ends.is_empty() {
        device_orders::ended(&mut tx, &sorted.ends).await?;
    }
    if !sorted.gone.is_empty() {
        devices::end_sessions(&mut tx, &sorted.gone).await?;
    }
    let fences: Vec<i64> = sorted.about.keys().map(|said| said.fence).collect();
    let known: HashMap<i64, device_orders::Known> = match fences.as_slice() {
        [] => HashMap::new(),
        fences => device_orders::known(&mut tx, fences)
            .await?
            .into_iter()
            .map(|known| (known.fence, known))
            .collect(),
    };
    let mut done = Done::default();
    let mut strange = Vec::new();
    for (said, wants_ack) in &sorted.about {
        let (device, session, fence) = (said.device, said.session, said.fence);
        match known.get(&fence) {
            Some(known) if known.device == device => {
                done.executions.insert(known.execution);
                let mail = match (known.is_ended, wants_ack) {
                    (true, Wants::Settlement) => Some(DeviceMail::Ack {
                        fence,
                        seq: known.seq,
                        settled: true,
                    }),
                    // Settled without this device: what it still does is of no use to anybody.
                    (true, _) => Some(DeviceMail::Drop { fence }),
                    (false, Wants::Nothing) => None,
                    (false, _) => Some(DeviceMail::Ack {
                        fence,
                        seq: known.seq,
                        settled: false,
                    }),
                };
                done.mail.extend(mail.map(|mail| (device, session, mail)));
            }
            _ => {
                done.mail
                    .push((device, session, DeviceMail::Drop { fence }));
                strange.push((*said, known.contains_key(&fence)));
            }
        }
    }
    for (said, exists) in strange {
        let count = refusals.entry((said.device, said.session)).or_default();
        *count += 1;
        if *count <= MOST_REFUSALS {
            let reason = if exists {
                "order_of_another_device"
            } else {
                "unknown_order"
            };
            let owner = batch
                .iter()
                .find(|r| r.device == said.device)
                .map(|r| r.owner);
            let entry = refusal(said.device, owner, reason, json!({ "fence": said.fence }));
            audit::record(&mut tx, now, &agent(said.device), entry).await?;
        }
    }
    tx.commit().await?;
    Ok(done)
}

/// Who acts when an agent does.
pub(crate) fn agent(device: i64) -> Actor {
    Actor {
        name: format!("device {device}"),
        via: format!("agent:{device}"),
        role: crate::model::Role::Viewer,
        ..Actor::system()
    }
}

/// That something an agent wanted was refused.
pub(crate) fn refusal(
    device: i64,
    owner: Option<i64>,
    reason: &'static str,
    mut details: Value,
) -> AuditEntry {
    details["reason"] = json!(reason);
    AuditEntry {
        action: "device.refused",
        entity: "device",
        entity_id: (device != 0).then_some(device),
        entity_name: None,
        owner_id: owner,
        details,
    }
}

/// What an agent wants to hear about an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wants {
    Nothing,
    Ack,
    Settlement,
}

/// A batch, sorted by what is to be done.
#[derive(Default)]
struct Sorted {
    linked: Vec<(i64, i64)>,
    facts: Vec<(i64, i64, Value)>,
    accepted: Vec<Said>,
    started: Vec<(Said, i64)>,
    progressed: Vec<(Said, u32, u8, Option<String>)>,
    pieces: Vec<Piece>,
    ends: Vec<End>,
    gone: Vec<(i64, i64, i64)>,
    about: HashMap<Said, Wants>,
}

impl Sorted {
    fn add(&mut self, report: &Report, now: i64) {
        let (device, session) = (report.device, report.session);
        let said = |fence: i64| Said {
            device,
            session,
            fence,
        };
        let what = match &report.what {
            What::Gone(heard) => return self.gone.push((device, session, *heard)),
            What::Said(what) => what,
        };
        let (fence, wants) = match what {
            DeviceSaid::Linked => return self.linked.push((device, session)),
            DeviceSaid::Facts(facts) => return self.facts.push((device, session, facts.clone())),
            DeviceSaid::Accepted { fence } => {
                self.accepted.push(said(*fence));
                (*fence, Wants::Nothing)
            }
            DeviceSaid::Started { fence, at } => {
                // A device cannot have begun in the future.
                self.started
                    .push((said(*fence), at.as_microsecond().min(now)));
                (*fence, Wants::Nothing)
            }
            DeviceSaid::Progress {
                fence,
                step,
                percent,
                note,
            } => {
                let of = said(*fence);
                self.progressed.retain(|(other, ..)| *other != of);
                self.progressed
                    .push((of, *step, (*percent).min(100), note.clone()));
                (*fence, Wants::Nothing)
            }
            DeviceSaid::Output {
                fence,
                seq,
                at,
                step,
                stream,
                text,
            } => {
                self.pieces.push(Piece {
                    said: said(*fence),
                    seq: *seq,
                    at: at.as_microsecond().min(now),
                    step: *step,
                    stream,
                    text: text.clone(),
                });
                (*fence, Wants::Ack)
            }
            DeviceSaid::Ended {
                fence,
                at,
                outcome,
                reason,
                exit_code,
                steps,
            } => {
                self.ends.push(End {
                    said: said(*fence),
                    at: at.as_microsecond().min(now),
                    outcome: *outcome,
                    reason: reason.clone(),
                    exit_code: *exit_code,
                    result: steps.to_string(),
                });
                (*fence, Wants::Settlement)
            }
        };
        let entry = self.about.entry(said(fence)).or_insert(Wants::Nothing);
        *entry = (*entry).max(wants);
    }
}

/// Brings orders to the devices that are connected here until the engine stops.
pub(crate) async fn courier(engine: Arc<Inner>) {
    let mut next_note = engine.clock.now_us() + NOTE_US;
    loop {
        let next = engine.clock.now_us() + ROUND_US;
        tokio::select! {
            () = engine.stopping.cancelled() => break,
            () = engine.fleet.courier.notified() => {}
            () = engine.clock.sleep_until_us(next) => {}
        }
        if let Err(error) = round(&engine).await {
            tracing::warn!(%error, "cannot look what devices are to do; trying again");
        }
        let now = engine.clock.now_us();
        if now >= next_note {
            next_note = now + NOTE_US;
            if let Err(error) = note(&engine).await {
                tracing::warn!(%error, "cannot note which devices were heard; trying again");
            }
        }
    }
    let links: Vec<i64> = engine.fleet.links().keys().copied().collect();
    for device in links {
        engine.fleet.dismiss(device, Dismissal::Unavailable);
    }
}

/// One round: who may stay, what is to be done, what is to be stopped.
async fn round(engine: &Inner) -> Result<()> {
    let sessions: HashMap<i64, i64> = engine
        .fleet
        .links()
        .iter()
        .map(|(device, link)| (*device, link.session))
        .collect();
    if sessions.is_empty() {
        return Ok(());
    }
    let db = &engine.store.db;
    let now = engine.clock.now_us();
    let ids: Vec<i64> = sessions.keys().copied().collect();
    let standings = devices::standings(db, &ids, now).await?;
    let mut ready = Vec::new();
    let mut here = Vec::new();
    for (device, session) in &sessions {
        let why = match standings.get(device) {
            None => Some(Dismissal::Revoked),
            Some(standing) if standing.is_revoked => Some(Dismissal::Revoked),
            Some(standing) if standing.is_suspended => Some(Dismissal::Suspended),
            Some(standing) if standing.session != *session => Some(Dismissal::Replaced),
            Some(standing) => {
                here.push(*device);
                if !standing.in_maintenance {
                    ready.push(*device);
                }
                None
            }
        };
        if let Some(why) = why {
            let is_same = |link: &Link| link.session == *session;
            let mut links = engine.fleet.links();
            if links.get(device).is_some_and(is_same)
                && let Some(link) = links.remove(device)
            {
                drop(link.mail.send(DeviceMail::Bye(why)));
            }
        }
    }
    let orders = device_orders::queued(db, &ready, now, MOST_ORDERS).await?;
    if !orders.is_empty() {
        let rows: Vec<(i64, i64)> = orders
            .iter()
            .filter_map(|order| Some((order.id, *sessions.get(&order.device_id)?)))
            .collect();
        let mut tx = db.begin().await?;
        let sent: HashSet<i64> = device_orders::sent(&mut tx, &rows, now)
            .await?
            .into_iter()
            .collect();
        let created = device_orders::creations(&mut tx, &orders).await?;
        tx.commit().await?;
        for order in orders {
            if !sent.contains(&order.id) {
                continue;
            }
            let Some(session) = sessions.get(&order.device_id) else {
                continue;
            };
            let uuid = created
                .get(&order.execution_id)
                .map(|at| execution_uuid(order.execution_id, *at));
            let device = order.device_id;
            let mail = mail(engine, order, uuid.unwrap_or_default());
            engine.fleet.post(device, *session, mail);
        }
    }
    for (device, fence, reason) in device_orders::to_cancel(db, &here).await? {
        let mut links = engine.fleet.links();
        if let Some(link) = links.get_mut(&device)
            && link.told.insert(fence)
        {
            drop(link.mail.send(DeviceMail::Cancel { fence, reason }));
        }
    }
    Ok(())
}

fn mail(engine: &Inner, order: device_orders::Outgoing, execution: String) -> DeviceMail {
    let seconds = order.limit_us.div_euclid(1_000_000);
    let steps = opened_steps(engine, order.execution_id, order.number, &order.steps)
        .unwrap_or_else(|error| {
            // No agent takes an order without steps, so it ends as refused.
            tracing::error!(%error, order = order.id, "the steps of an order cannot be opened");
            Value::Null
        });
    let ticket = file_ticket(engine, order.id, &steps).unwrap_or_else(|error| {
        // The device says that it got none, and its run fails with that.
        tracing::error!(%error, order = order.id, "an order goes without a ticket for its files");
        None
    });
    DeviceMail::Order(Box::new(OrderMail {
        id: order.id,
        fence: order.fence,
        execution_id: order.execution_id,
        execution,
        owner_id: order.owner_id,
        attempt: order.number,
        not_before: crate::clock::timestamp(order.queued_at),
        expires_at: crate::clock::timestamp(order.expires_at),
        limit_seconds: u32::try_from(seconds).unwrap_or(u32::MAX),
        stop_on_failure: order.stop_on_failure,
        ticket,
        steps,
    }))
}

/// Writes down who was heard, and ends what nobody waits for.
async fn note(engine: &Inner) -> Result<()> {
    let rows: Vec<(i64, i64, i64)> = engine
        .fleet
        .links()
        .iter()
        .map(|(device, link)| (*device, link.session, link.heard.load(Ordering::Relaxed)))
        .collect();
    let db = &engine.store.db;
    if rows.is_empty() && !device_orders::has_orphans(db).await? {
        // An idle server writes nothing.
        return Ok(());
    }
    let now = engine.clock.now_us();
    let mut tx = db.begin().await?;
    devices::heard(&mut tx, &rows).await?;
    let stray = device_orders::end_orphans(&mut tx, now).await?;
    tx.commit().await?;
    let links = engine.fleet.links();
    for (device, fence) in stray {
        if let (Some(link), Some(fence)) = (links.get(&device), fence) {
            drop(link.mail.send(DeviceMail::Drop { fence }));
        }
    }
    Ok(())
}
