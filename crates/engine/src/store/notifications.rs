//! Channels and rules of notifications, what happened, and what rules remember.

use serde_json::Value as Json;

use super::db::Query;
use super::hot::Ended;
use super::{Db, On, Row, Tx, batch, number, shares, sql};
use crate::clock::timestamp;
use crate::error::Result;
use crate::model::{
    Channel, ChannelKind, ChannelLanguage, Disposition, Job, NotificationRule, Sharing, Status,
};
use crate::rules::due::Skip;
use crate::rules::notify::State;

/// Word of channels in the table of shares.
const ENTITY: &str = "notification_channel";
/// Channels or rules in one list, at most.
const MOST: i64 = 1_000;

const CHANNELS: &str = "SELECT c.id, c.owner_id, c.name, c.description, c.kind, c.settings, c.language, c.template, c.is_enabled, c.is_shared_with_all, c.created_at, c.updated_at FROM notification_channel c WHERE 1 = 1";

const RULES: &str = "SELECT r.id, r.owner_id, r.name, r.is_global, r.is_enabled, r.filter, r.policy, r.created_at, r.updated_at FROM notification_rule r WHERE 1 = 1";

fn channel(mut row: Row) -> Result<Channel> {
    Ok(Channel {
        id: row.int()?,
        owner_id: row.int()?,
        name: row.text()?,
        description: row.opt_text()?,
        kind: ChannelKind::from_word(&row.text()?).unwrap_or(ChannelKind::Mail),
        settings: row.json()?,
        language: ChannelLanguage::from_word(&row.text()?).unwrap_or_default(),
        template: row.opt_json()?,
        is_enabled: row.flag()?,
        sharing: Sharing {
            everybody: row.flag()?,
            users: Vec::new(),
        },
        created_at: timestamp(row.int()?),
        updated_at: timestamp(row.int()?),
    })
}

/// Completes a selection to what this user may use; `None` may use all.
fn usable(user: Option<i64>) -> Query {
    match user {
        None => sql(CHANNELS),
        Some(user) => {
            sql(CHANNELS)
                .and(" AND (c.owner_id = ? OR c.is_shared_with_all", user)
                .and(" OR EXISTS (SELECT 1 FROM share h WHERE h.entity = 'notification_channel' AND h.entity_id = c.id AND h.user_id = ?))", user)
        }
    }
}

async fn with_sharing(db: &Db, mut channels: Vec<Channel>) -> Result<Vec<Channel>> {
    let ids: Vec<i64> = channels.iter().map(|channel| channel.id).collect();
    let mut users = shares::of(db, ENTITY, &ids).await?;
    for channel in &mut channels {
        channel.sharing.users = users.remove(&channel.id).unwrap_or_default();
    }
    Ok(channels)
}

/// Channels that this user may use, by name.
pub(crate) async fn channels(db: &Db, user: Option<i64>) -> Result<Vec<Channel>> {
    let rows = usable(user)
        .push(" ORDER BY c.name, c.id")
        .and(" LIMIT ?", MOST)
        .all(db)
        .await?;
    let channels = rows.into_iter().map(channel).collect::<Result<_>>()?;
    with_sharing(db, channels).await
}

/// A channel that this user may use.
pub(crate) async fn find_channel(db: &Db, id: i64, user: Option<i64>) -> Result<Option<Channel>> {
    let row = usable(user).and(" AND c.id = ?", id).first(db).await?;
    let found: Vec<Channel> = row.into_iter().map(channel).collect::<Result<_>>()?;
    Ok(with_sharing(db, found).await?.pop())
}

/// Channels of these names that this user's rules may use: the own one before a shared one.
pub(crate) async fn named_channels<'a>(
    on: impl Into<On<'a>>,
    user: i64,
    names: &[String],
) -> Result<Vec<Channel>> {
    let rows = usable(Some(user))
        .and(
            " AND c.name IN (SELECT n.name FROM {rows ?: name text} n)",
            batch(&names.iter().map(|name| [name]).collect::<Vec<_>>()),
        )
        .and(
            " ORDER BY CASE WHEN c.owner_id = ? THEN 0 ELSE 1 END, c.id",
            user,
        )
        .all(on)
        .await?;
    let mut found: Vec<Channel> = Vec::new();
    for row in rows {
        let next = channel(row)?;
        if !found.iter().any(|one| one.name == next.name) {
            found.push(next);
        }
    }
    Ok(found)
}

pub(crate) async fn next_channel_id(tx: &mut Tx) -> Result<i64> {
    number::next(tx, ENTITY).await
}

/// Writes a channel, new or changed.
pub(crate) async fn write_channel(tx: &mut Tx, channel: &Channel) -> Result<()> {
    let template = channel
        .template
        .as_ref()
        .and_then(|template| serde_json::to_string(template).ok());
    sql("INSERT INTO notification_channel (id, owner_id, name, description, kind, settings, language, template, is_enabled, is_shared_with_all, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, description = excluded.description, settings = excluded.settings, language = excluded.language, \
         template = excluded.template, is_enabled = excluded.is_enabled, is_shared_with_all = excluded.is_shared_with_all, updated_at = excluded.updated_at")
        .bind(channel.id)
        .bind(channel.owner_id)
        .bind(&channel.name)
        .bind(channel.description.as_deref())
        .bind(channel.kind.word())
        .bind(channel.settings.to_string())
        .bind(channel.language.word())
        .bind(template)
        .bind(channel.is_enabled)
        .bind(channel.sharing.everybody)
        .bind(channel.created_at.as_microsecond())
        .bind(channel.updated_at.as_microsecond())
        .run(&mut *tx)
        .await?;
    shares::set(tx, ENTITY, channel.id, &channel.sharing.users).await
}

pub(crate) async fn delete_channel(tx: &mut Tx, id: i64) -> Result<()> {
    shares::set(tx, ENTITY, id, &[]).await?;
    sql("DELETE FROM notification_channel WHERE id = $1")
        .bind(id)
        .run(tx)
        .await?;
    Ok(())
}

fn rule(mut row: Row) -> Result<NotificationRule> {
    Ok(NotificationRule {
        id: row.int()?,
        owner_id: row.int()?,
        name: row.text()?,
        is_global: row.flag()?,
        is_enabled: row.flag()?,
        filter: row.json()?,
        policy: row.json()?,
        created_at: timestamp(row.int()?),
        updated_at: timestamp(row.int()?),
    })
}

/// Rules of this owner, or all, by name.
pub(crate) async fn rules(db: &Db, owner: Option<i64>) -> Result<Vec<NotificationRule>> {
    let query = match owner {
        None => sql(RULES),
        Some(owner) => sql(RULES).and(" AND r.owner_id = ?", owner),
    };
    let rows = query
        .push(" ORDER BY r.name, r.id")
        .and(" LIMIT ?", MOST)
        .all(db)
        .await?;
    rows.into_iter().map(rule).collect()
}

/// A rule of this owner, or anybody's.
pub(crate) async fn find_rule(
    db: &Db,
    id: i64,
    owner: Option<i64>,
) -> Result<Option<NotificationRule>> {
    let query = sql(RULES).and(" AND r.id = ?", id);
    let query = match owner {
        None => query,
        Some(owner) => query.and(" AND r.owner_id = ?", owner),
    };
    query.first(db).await?.map(rule).transpose()
}

/// All rules in force.
pub(crate) async fn rules_in_force<'a>(on: impl Into<On<'a>>) -> Result<Vec<NotificationRule>> {
    let rows = sql(RULES)
        .push(" AND r.is_enabled ORDER BY r.id")
        .all(on)
        .await?;
    rows.into_iter().map(rule).collect()
}

pub(crate) async fn next_rule_id(tx: &mut Tx) -> Result<i64> {
    number::next(tx, "notification_rule").await
}

/// Writes a rule, new or changed.
pub(crate) async fn write_rule(tx: &mut Tx, rule: &NotificationRule) -> Result<()> {
    sql("INSERT INTO notification_rule (id, owner_id, name, is_global, is_enabled, filter, policy, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, is_global = excluded.is_global, is_enabled = excluded.is_enabled, \
         filter = excluded.filter, policy = excluded.policy, updated_at = excluded.updated_at")
        .bind(rule.id)
        .bind(rule.owner_id)
        .bind(&rule.name)
        .bind(rule.is_global)
        .bind(rule.is_enabled)
        .bind(json(&rule.filter)?)
        .bind(json(&rule.policy)?)
        .bind(rule.created_at.as_microsecond())
        .bind(rule.updated_at.as_microsecond())
        .run(tx)
        .await?;
    Ok(())
}

pub(crate) async fn delete_rule(tx: &mut Tx, id: i64) -> Result<()> {
    sql("DELETE FROM notification_rule WHERE id = $1")
        .bind(id)
        .run(&mut *tx)
        .await?;
    sql("DELETE FROM notification_state WHERE rule = $1")
        .bind(format!("r{id}"))
        .run(tx)
        .await?;
    Ok(())
}

/// Notes which of these jobs have rules of their own.
pub(crate) async fn mark_jobs<'a>(
    tx: &mut Tx,
    jobs: impl Iterator<Item = &'a Job> + Clone,
) -> Result<()> {
    let changed: Vec<i64> = jobs
        .clone()
        .filter(|job| job.version > 1)
        .map(|job| job.id)
        .collect();
    if !changed.is_empty() {
        sql("DELETE FROM notification_job WHERE job_id {each $1}")
            .bind(batch(&changed))
            .run(&mut *tx)
            .await?;
    }
    let with: Vec<Json> = jobs
        .filter(|job| !job.is_deleted && !job.settings.notifications.is_empty())
        .map(|job| {
            let policies = &job.settings.notifications;
            let late = policies.iter().filter_map(|policy| policy.late_seconds);
            let running = policies.iter().filter_map(|policy| policy.running_seconds);
            serde_json::json!([job.id, late.min(), running.min()])
        })
        .collect();
    if !with.is_empty() {
        sql("INSERT INTO notification_job (job_id, late_seconds, running_seconds) SELECT r.job_id, r.late_seconds, r.running_seconds \
             FROM {rows $1: job_id int, late_seconds int, running_seconds int} r WHERE true ON CONFLICT DO NOTHING")
            .bind(batch(&with))
            .run(tx)
            .await?;
    }
    Ok(())
}

/// A job with rules of its own, and the shortest times these name, in seconds.
pub(crate) struct Own {
    pub job_id: i64,
    pub late: Option<i64>,
    pub running: Option<i64>,
}

/// Jobs that have rules of their own.
pub(crate) async fn jobs_with_rules(db: &Db) -> Result<Vec<Own>> {
    let rows = sql("SELECT job_id, late_seconds, running_seconds FROM notification_job")
        .all(db)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(Own {
                job_id: row.int()?,
                late: row.opt_int()?,
                running: row.opt_int()?,
            })
        })
        .collect()
}

/// What an event says of an execution that ended.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Facts {
    /// Number of the status; that of `missed` for instants that became no execution.
    pub status: i64,
    pub created_at: i64,
    pub due: i64,
    pub started: Option<i64>,
    pub summary: Option<String>,
    pub summary_ar: Option<String>,
    pub error: Option<String>,
    pub error_ar: Option<String>,
    /// Instants that were missed, and the last of them.
    pub count: u64,
    pub until: i64,
    pub reason: Option<String>,
}

/// Something that happened.
pub(crate) struct Event {
    pub at: i64,
    pub job_id: i64,
    pub execution_id: i64,
    pub from_at: i64,
    pub facts: Facts,
}

/// Writes down executions that ended.
pub(crate) async fn note_ended(tx: &mut Tx, ended: &[&Ended]) -> Result<()> {
    let rows: Vec<Json> = ended
        .iter()
        .filter(|end| {
            let told = [
                Status::Success,
                Status::Failed,
                Status::Timeout,
                Status::Lost,
                Status::Partial,
                Status::Missed,
            ];
            told.iter().any(|status| status.id() == end.status)
        })
        .map(|end| {
            let live = &end.live;
            let facts = Facts {
                status: end.status,
                created_at: live.created_at,
                due: live.due_at,
                started: live.first_started_at.or(live.started_at),
                summary: end.summary.clone(),
                summary_ar: end.summary_ar.clone(),
                error: end.error_message.clone(),
                error_ar: end.error_message_ar.clone(),
                count: 1,
                until: live.due_at,
                reason: end.reason.clone(),
            };
            let facts = serde_json::json!(facts).to_string();
            serde_json::json!([end.finished_at, live.job_id, live.id, 0, facts])
        })
        .collect();
    note(tx, &rows).await
}

/// Writes down instants that were missed: `(job, skip)`.
pub(crate) async fn note_missed<'a>(
    tx: &mut Tx,
    skips: impl Iterator<Item = (i64, &'a Skip)>,
    now: i64,
) -> Result<()> {
    let rows: Vec<Json> = skips
        .filter(|(_, skip)| skip.disposition == Disposition::Missed)
        .map(|(job, skip)| {
            let facts = Facts {
                status: Status::Missed.id(),
                due: skip.from,
                count: skip.count,
                until: skip.until,
                reason: Some(skip.reason.word.to_owned()),
                ..Facts::default()
            };
            serde_json::json!([now, job, 0, skip.from, serde_json::json!(facts).to_string()])
        })
        .collect();
    note(tx, &rows).await
}

async fn note(tx: &mut Tx, rows: &[Json]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    sql("INSERT INTO notification_event (at, job_id, execution_id, from_at, facts) SELECT r.at, r.job_id, r.execution_id, r.from_at, r.facts \
         FROM {rows $1: at int, job_id int, execution_id int, from_at int, facts text} r WHERE true ON CONFLICT DO NOTHING")
        .bind(batch(rows))
        .run(tx)
        .await?;
    Ok(())
}

/// Whether something happened that nobody has looked at.
pub(crate) async fn has_events(db: &Db) -> Result<bool> {
    Ok(sql("SELECT 1 FROM notification_event LIMIT 1")
        .first(db)
        .await?
        .is_some())
}

/// Lets one instance decide at a time, until the transaction ends.
pub(crate) async fn decide_alone(tx: &mut Tx) -> Result<()> {
    number::next(tx, "notification").await.map(drop)
}

/// The first events, which are removed with it.
pub(crate) async fn take_events(tx: &mut Tx, limit: i64) -> Result<Vec<Event>> {
    let rows = sql("SELECT at, job_id, execution_id, from_at, facts FROM notification_event ORDER BY at, job_id, execution_id, from_at LIMIT $1")
        .bind(limit)
        .all(&mut *tx)
        .await?;
    let mut events = Vec::with_capacity(rows.len());
    for mut row in rows {
        events.push(Event {
            at: row.int()?,
            job_id: row.int()?,
            execution_id: row.int()?,
            from_at: row.int()?,
            facts: row.json()?,
        });
    }
    let keys: Vec<[i64; 4]> = events
        .iter()
        .map(|event| [event.at, event.job_id, event.execution_id, event.from_at])
        .collect();
    if !keys.is_empty() {
        sql("DELETE FROM notification_event WHERE (at, job_id, execution_id, from_at) IN \
             (SELECT r.at, r.job_id, r.execution_id, r.from_at FROM {rows $1: at int, job_id int, execution_id int, from_at int} r)")
            .bind(batch(&keys))
            .run(tx)
            .await?;
    }
    Ok(events)
}

/// What a rule remembers of a job.
pub(crate) async fn state(tx: &mut Tx, rule: &str, job: i64) -> Result<Option<State>> {
    sql("SELECT state FROM notification_state WHERE rule = $1 AND job_id = $2")
        .bind(rule)
        .bind(job)
        .first(tx)
        .await?
        .map(|mut row| row.json())
        .transpose()
}

pub(crate) async fn set_state(tx: &mut Tx, rule: &str, job: i64, state: &State) -> Result<()> {
    sql("INSERT INTO notification_state (rule, job_id, state, wake_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (rule, job_id) DO UPDATE SET state = excluded.state, wake_at = excluded.wake_at")
        .bind(rule)
        .bind(job)
        .bind(json(state)?)
        .bind(state.remind_at)
        .run(tx)
        .await?;
    Ok(())
}

/// Rules and jobs that want to be woken by now.
pub(crate) async fn due_wakes(tx: &mut Tx, now: i64, limit: i64) -> Result<Vec<(String, i64)>> {
    let rows = sql(
        "SELECT rule, job_id FROM notification_state WHERE wake_at <= $1 ORDER BY wake_at LIMIT $2",
    )
    .bind(now)
    .bind(limit)
    .all(tx)
    .await?;
    rows.into_iter()
        .map(|mut row| Ok((row.text()?, row.int()?)))
        .collect()
}

/// Forgets what a rule that is no more remembered of a job.
pub(crate) async fn forget(tx: &mut Tx, rule: &str, job: i64) -> Result<()> {
    sql("DELETE FROM notification_state WHERE rule = $1 AND job_id = $2")
        .bind(rule)
        .bind(job)
        .run(tx)
        .await?;
    Ok(())
}

/// The earliest instant at which something wants to be woken.
pub(crate) async fn next_wake(db: &Db) -> Result<Option<i64>> {
    sql("SELECT MIN(wake_at) FROM notification_state WHERE wake_at IS NOT NULL")
        .one(db)
        .await?
        .opt_int()
}

/// An execution that waits or runs.
pub(crate) struct Alive {
    pub id: i64,
    pub created_at: i64,
    pub job_id: i64,
    pub due: i64,
    pub started: Option<i64>,
    pub is_running: bool,
}

/// Executions that wait since before `late`, or run since before `long`.
pub(crate) async fn slow(db: &Db, late: i64, long: i64) -> Result<Vec<Alive>> {
    let rows = sql("SELECT id, created_at, job_id, due_at, first_started_at, started_at, state FROM live \
         WHERE (state <> 4 AND first_started_at IS NULL AND due_at < $1) OR (state = 4 AND started_at < $2) ORDER BY id LIMIT 10000")
        .bind(late)
        .bind(long)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|mut row| {
            let (id, created_at, job_id, due) = (row.int()?, row.int()?, row.int()?, row.int()?);
            let (first, last) = (row.opt_int()?, row.opt_int()?);
            Ok(Alive {
                id,
                created_at,
                job_id,
                due,
                started: last.or(first),
                is_running: row.int()? == 4,
            })
        })
        .collect()
}

fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|error| crate::error::Error::internal(format!("cannot be stored: {error}")))
}
