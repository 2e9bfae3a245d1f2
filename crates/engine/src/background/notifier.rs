//! The notifier: decides what is told of what happened, releases what quiet hours held back, and has it sent.
//!
//! What happened is written down in the transaction in which it happened (`notification_event`). One instance at a
//! time takes such rows away, and in the same transaction writes what follows: deliveries, and what rules remember. So
//! a crash loses nothing and decides nothing twice. Sending is leased; a sender that dies is taken over, and then the
//! receiver may get a message twice, with the same id.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::{Value, json};

use super::courier;
use crate::clock::timestamp;
use crate::engine::Inner;
use crate::error::Result;
use crate::model::{
    Channel, DeliveryAttempt, DeliveryState, Job, NotificationPolicy, NotificationRule, Status,
};
use crate::rules::ids::{execution_uuid, instance_uuid};
use crate::rules::notify::{self, Happening, Notice, next_try_us, quiet_until};
use crate::store::deliveries::{self, Claimed, Held, New, Tried};
use crate::store::notifications::{self, Facts};
use crate::store::{Backend, Tx, jobs};

/// Events, wakes or held messages in one transaction.
const BATCH: i64 = 200;
/// How often other instances' rules and leftovers are looked for (PostgreSQL).
const LOOK_US: i64 = 2_000_000;
/// How often late and long executions are looked for.
const SLOW_US: i64 = 5_000_000;
/// After trouble with the database.
const TROUBLE_US: i64 = 5_000_000;
/// How long a sender may take before another takes over.
const LEASE_US: i64 = 120_000_000;
const LONG_AFTER_US: i64 = 3_600_000_000;

/// Works until the engine stops.
pub(crate) async fn run(engine: Arc<Inner>) {
    loop {
        let next = match tick(&engine).await {
            Ok(next) => next,
            Err(error) => {
                tracing::warn!(%error, "notifications wait: the database does not take them now");
                engine.clock.now_us() + TROUBLE_US
            }
        };
        tokio::select! {
            () = engine.stopping.cancelled() => return,
            () = engine.notices.nudged() => {}
            () = engine.clock.reach_us(next) => {}
        }
    }
}

/// Does what is to be done now; answers when to look again.
async fn tick(engine: &Arc<Inner>) -> Result<i64> {
    let db = &engine.store.db;
    if db.backend() == Backend::Postgres {
        engine.notices.reload(engine).await?;
    }
    while notifications::has_events(db).await? {
        decide_events(engine).await?;
    }
    let now = engine.clock.now_us();
    let (late, long) = engine.notices.limits();
    if late.is_some() || long.is_some() {
        decide_slow(engine, late, long, now).await?;
    }
    if notifications::next_wake(db)
        .await?
        .is_some_and(|at| at <= now)
    {
        decide_wakes(engine).await?;
    }
    let due = deliveries::next_due(db).await?;
    if due.is_some_and(|at| at <= now) {
        release(engine).await?;
        send_due(engine).await?;
    }
    let mut next = now + LONG_AFTER_US;
    if db.backend() == Backend::Postgres {
        next = now + LOOK_US;
    }
    if late.is_some() || long.is_some() {
        next = next.min(now + SLOW_US);
    }
    for at in [
        notifications::next_wake(db).await?,
        deliveries::next_due(db).await?,
    ]
    .into_iter()
    .flatten()
    {
        // What is due and was not taken waits for a sender that is busy, who nudges when it is done.
        next = next.min(if at <= now { now + SLOW_US } else { at });
    }
    Ok(next)
}

/// A rule as it applies to a job.
struct Applied {
    key: String,
    name: String,
    owner_id: i64,
    policy: NotificationPolicy,
}

/// Rules in force, and the jobs of a batch.
struct Book {
    rules: Vec<NotificationRule>,
    jobs: HashMap<i64, Job>,
    /// Channels by owner and name, read once.
    channels: HashMap<(i64, String), Option<Channel>>,
}

impl Book {
    async fn open(engine: &Inner, tx: &mut Tx, ids: impl Iterator<Item = i64>) -> Result<Self> {
        let mut ids: Vec<i64> = ids.collect();
        ids.sort_unstable();
        ids.dedup();
        let stored = jobs::definitions(&engine.store.db, &ids).await?;
        Ok(Self {
            rules: notifications::rules_in_force(tx).await?,
            jobs: stored
                .into_iter()
                .map(|one| (one.job.id, one.job))
                .collect(),
            channels: HashMap::new(),
        })
    }

    fn applied(&self, job: &Job) -> Vec<Applied> {
        let rules = self.rules.iter().filter(|rule| {
            (rule.is_global || rule.owner_id == job.owner_id)
                && notify::concerns(&rule.filter, job.id, &job.tags, &job.task_function)
        });
        let of_rules = rules.map(|rule| Applied {
            key: format!("r{}", rule.id),
            name: rule.name.clone(),
            owner_id: rule.owner_id,
            policy: rule.policy.clone(),
        });
        let own = job.settings.notifications.iter().enumerate();
        let of_job = own.map(|(at, policy)| Applied {
            key: format!("j{at}"),
            name: job.title(),
            owner_id: job.owner_id,
            policy: policy.clone(),
        });
        of_rules.chain(of_job).collect()
    }

    async fn channel(&mut self, tx: &mut Tx, owner: i64, name: &str) -> Result<Option<Channel>> {
        let key = (owner, name.to_owned());
        if let Some(known) = self.channels.get(&key) {
            return Ok(known.clone());
        }
        let found = notifications::named_channels(tx, owner, &[name.to_owned()]).await?;
        let found = found.into_iter().find(|channel| channel.is_enabled);
        self.channels.insert(key, found.clone());
        Ok(found)
    }

    /// Decides what all rules tell of a happening.
    async fn decide(
        &mut self,
        tx: &mut Tx,
        job_id: i64,
        happening: &Happening,
        about: &Value,
        only: Option<&str>,
        now: i64,
    ) -> Result<()> {
        let Some(job) = self.jobs.get(&job_id).cloned() else {
            return Ok(());
        };
        for rule in self.applied(&job) {
            if only.is_some_and(|only| only != rule.key) {
                continue;
            }
            let before = notifications::state(tx, &rule.key, job_id).await?;
            let mut state = before.clone().unwrap_or_default();
            let notices = notify::decide(&rule.policy, &mut state, happening, now);
            if before.unwrap_or_default() != state {
                notifications::set_state(tx, &rule.key, job_id, &state).await?;
            }
            for notice in notices {
                self.deliver(tx, &rule, &job, &notice, about, now).await?;
            }
        }
        Ok(())
    }

    async fn deliver(
        &mut self,
        tx: &mut Tx,
        rule: &Applied,
        job: &Job,
        notice: &Notice,
        about: &Value,
        now: i64,
    ) -> Result<()> {
        let mut payload = about.clone();
        payload["event"] = json!(notice.event.word());
        payload["isReminder"] = json!(notice.is_reminder);
        payload["failures"] = json!(notice.failures);
        payload["unsaid"] = json!(notice.unsaid);
        payload["rule"] = json!(rule.name);
        payload["at"] = json!(timestamp(now).to_string());
        payload["job"] = json!({
            "id": job.id,
            "name": job.title(),
            "nameAr": job.name_ar,
            "taskFunction": job.task_function,
        });
        let quiet = rule.policy.quiet_hours.as_ref();
        let held_until = quiet
            .filter(|quiet| !(quiet.critical_passes && job.is_primary))
            .and_then(|quiet| quiet_until(quiet, timestamp(now)));
        let recipients = &rule.policy.recipients;
        for name in &rule.policy.channels {
            let Some(channel) = self.channel(tx, rule.owner_id, name).await? else {
                continue;
            };
            let new = New {
                uuid: instance_uuid(now, rand::random::<u128>()),
                owner_id: rule.owner_id,
                rule: &rule.key,
                rule_name: &rule.name,
                channel_id: channel.id,
                channel_name: &channel.name,
                recipients: (!recipients.is_empty()).then(|| json!(recipients).to_string()),
                job_id: Some(job.id),
                execution: about["execution"].as_str().map(str::to_owned),
                event: if notice.is_reminder {
                    "reminder"
                } else {
                    notice.event.word()
                },
                state: if held_until.is_some() {
                    DeliveryState::Held
                } else {
                    DeliveryState::Pending
                },
                payload: &payload,
                next_at: held_until.map_or(now, jiff::Timestamp::as_microsecond),
                now,
            };
            deliveries::insert(tx, &new).await?;
        }
        Ok(())
    }
}

/// Takes events away and decides what follows, in one transaction.
async fn decide_events(engine: &Inner) -> Result<()> {
    let mut tx = engine.store.db.begin_engine().await?;
    notifications::decide_alone(&mut tx).await?;
    let events = notifications::take_events(&mut tx, BATCH).await?;
    let ids = events.iter().map(|event| event.job_id);
    let mut book = Book::open(engine, &mut tx, ids).await?;
    let now = engine.clock.now_us();
    for event in &events {
        let facts = &event.facts;
        let status = Status::from_id(facts.status).unwrap_or(Status::Failed);
        let happening = if event.execution_id == 0 {
            Happening::Missed
        } else {
            Happening::Ended {
                execution: event.execution_id,
                status,
                due: facts.due,
                started: facts.started,
                finished: event.at,
            }
        };
        let about = about(event.execution_id, event.at, facts, status);
        book.decide(&mut tx, event.job_id, &happening, &about, None, now)
            .await?;
    }
    tx.commit().await
}

fn about(execution: i64, at: i64, facts: &Facts, status: Status) -> Value {
    let instant = |us: i64| timestamp(us).to_string();
    let ended = execution > 0;
    json!({
        "execution": ended.then(|| execution_uuid(execution, facts.created_at)),
        "status": status.word(),
        "scheduledAt": instant(facts.due),
        "startedAt": facts.started.map(instant),
        "finishedAt": ended.then(|| instant(at)),
        "summary": facts.summary,
        "summaryAr": facts.summary_ar,
        "error": facts.error,
        "errorAr": facts.error_ar,
        "count": facts.count,
        "until": (facts.count > 1).then(|| instant(facts.until)),
        "reason": facts.reason,
    })
}

/// Looks for executions that wait or run for too long.
async fn decide_slow(engine: &Inner, late: Option<i64>, long: Option<i64>, now: i64) -> Result<()> {
    let before = |limit: Option<i64>| limit.map_or(i64::MIN, |limit| now - limit);
    let slow = notifications::slow(&engine.store.db, before(late), before(long)).await?;
    if slow.is_empty() {
        return Ok(());
    }
    let mut tx = engine.store.db.begin_engine().await?;
    notifications::decide_alone(&mut tx).await?;
    let mut book = Book::open(engine, &mut tx, slow.iter().map(|one| one.job_id)).await?;
    for one in &slow {
        let (happening, status) = match one.started {
            Some(started) if one.is_running => (
                Happening::Running {
                    execution: one.id,
                    started,
                },
                Status::Running,
            ),
            _ => (
                Happening::Waiting {
                    execution: one.id,
                    due: one.due,
                },
                Status::Pending,
            ),
        };
        let facts = Facts {
            created_at: one.created_at,
            due: one.due,
            started: one.started,
            count: 1,
            ..Facts::default()
        };
        let mut about = about(one.id, now, &facts, status);
        about["finishedAt"] = Value::Null;
        book.decide(&mut tx, one.job_id, &happening, &about, None, now)
            .await?;
    }
    tx.commit().await
}

/// Tells again what is still so.
async fn decide_wakes(engine: &Inner) -> Result<()> {
    let mut tx = engine.store.db.begin_engine().await?;
    notifications::decide_alone(&mut tx).await?;
    let now = engine.clock.now_us();
    let due = notifications::due_wakes(&mut tx, now, BATCH).await?;
    let mut book = Book::open(engine, &mut tx, due.iter().map(|(_, job)| *job)).await?;
    for (rule, job) in &due {
        let is_there = book.jobs.get(job).is_some_and(|job| {
            !job.is_deleted && book.applied(job).iter().any(|one| one.key == *rule)
        });
        if !is_there {
            notifications::forget(&mut tx, rule, *job).await?;
            continue;
        }
        let about = json!({ "status": null, "execution": null, "count": 1 });
        book.decide(&mut tx, *job, &Happening::Nothing, &about, Some(rule), now)
            .await?;
    }
    tx.commit().await
}

/// Sends what was held for quiet hours that are over: one message as it is, several for the same people as a summary.
async fn release(engine: &Inner) -> Result<()> {
    let mut tx = engine.store.db.begin_engine().await?;
    notifications::decide_alone(&mut tx).await?;
    let now = engine.clock.now_us();
    let mut together: BTreeMap<(String, i64, i64), Vec<Held>> = BTreeMap::new();
    for held in deliveries::released(&mut tx, now, BATCH).await? {
        // Own rules of different jobs are one rule here: their owner gets one summary.
        let rule = held
            .rule
            .strip_prefix('j')
            .map_or_else(|| held.rule.clone(), |_| "j".to_owned());
        let key = (rule, held.owner_id, held.channel_id);
        together.entry(key).or_default().push(held);
    }
    for group in together.values() {
        let [first, _, ..] = group.as_slice() else {
            for held in group {
                deliveries::send_held(&mut tx, held.id, now).await?;
            }
            continue;
        };
        let items: Vec<&Value> = group.iter().map(|held| &held.payload).collect();
        let payload = json!({
            "event": "summary",
            "at": timestamp(now).to_string(),
            "rule": first.rule_name,
            "job": { "id": null, "name": group.len().to_string(), "nameAr": null, "taskFunction": null },
            "count": 1,
            "items": items,
        });
        let new = New {
            uuid: instance_uuid(now, rand::random::<u128>()),
            owner_id: first.owner_id,
            rule: &first.rule,
            rule_name: &first.rule_name,
            channel_id: first.channel_id,
            channel_name: &first.channel_name,
            recipients: first.recipients.clone(),
            job_id: None,
            execution: None,
            event: "summary",
            state: DeliveryState::Pending,
            payload: &payload,
            next_at: now,
            now,
        };
        let summary = deliveries::insert(&mut tx, &new).await?;
        let ids: Vec<i64> = group.iter().map(|held| held.id).collect();
        deliveries::summarize(&mut tx, &ids, summary, now).await?;
    }
    tx.commit().await
}

/// Takes what is due and sends it, as much at a time as there are senders.
async fn send_due(engine: &Arc<Inner>) -> Result<()> {
    let free = engine.notices.senders.available_permits();
    if free == 0 {
        return Ok(());
    }
    let now = engine.clock.now_us();
    let mut tx = engine.store.db.begin_engine().await?;
    let limit = i64::try_from(free).unwrap_or(1);
    let claimed = deliveries::claim(&mut tx, now, now + LEASE_US, limit).await?;
    tx.commit().await?;
    for delivery in claimed {
        let Ok(sender) = Arc::clone(&engine.notices.senders).try_acquire_owned() else {
            break;
        };
        let own = Arc::clone(engine);
        engine.tracker.spawn(async move {
            if let Err(error) = send_one(&own, &delivery).await {
                tracing::warn!(%error, delivery = delivery.id, "what became of a notification cannot be recorded; it is sent again");
            }
            drop(sender);
            own.notices.nudge();
        });
    }
    Ok(())
}

async fn send_one(engine: &Arc<Inner>, delivery: &Claimed) -> Result<()> {
    let at = timestamp(engine.clock.now_us());
    let channel = notifications::find_channel(&engine.store.db, delivery.channel_id, None).await?;
    let sent = match channel {
        None => courier::Sent {
            works: false,
            message: "the channel was deleted".to_owned(),
            retryable: false,
        },
        Some(channel) => {
            let sending = courier::send(
                engine,
                &channel,
                &delivery.uuid,
                delivery.attempts,
                &delivery.payload,
                delivery.recipients.as_deref(),
            );
            Box::pin(sending).await
        }
    };
    let now = engine.clock.now_us();
    let again = sent
        .retryable
        .then(|| next_try_us(delivery.attempts))
        .flatten();
    let attempt = DeliveryAttempt {
        at,
        works: sent.works,
        message: sent.message,
    };
    let tried = Tried {
        id: delivery.id,
        attempts: delivery.attempts,
        attempt: &attempt,
        next_at: again.map(|wait| now + wait).filter(|_| !attempt.works),
        now,
    };
    let mut tx = engine.store.db.begin_engine().await?;
    deliveries::record_try(&mut tx, &tried).await?;
    tx.commit().await
}
