//! Running now, again, or not any more.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::device_targets::unknown_targets;
use super::jobs::entry;
use crate::announce::{Announcement, Subject};
use crate::background::attempt::Item;
use crate::background::definition::Definition;
use crate::background::dispatch::Event;
use crate::background::settle;
use crate::caller::{Caller, Need};
use crate::clock::DAY_US;
use crate::error::{Error, Result};
use crate::model::{Execution, Job, Mode, RunRequest, Status, Trigger};
use crate::rules::draft;
use crate::rules::ids::{execution_number, execution_uuid, shard_of};
use crate::store::audit::{self, AuditEntry};
use crate::store::hot::{self, Live, State};
use crate::store::{Backend, chains, executions, jobs, leases};

impl Caller {
    /// Runs a job now or at a given instant, beside its schedule. Allowed on paused and disabled jobs. The same
    /// idempotency key within a day answers the same execution; with another request it is a conflict.
    pub async fn run_job(&self, request: RunRequest) -> Result<Execution> {
        self.may(Need::Run)?;
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let job = jobs::get(&engine.store.db, request.job_id)
            .await?
            .filter(|job| !job.is_deleted && self.sees(job.owner_id));
        let job = job.ok_or_else(|| Error::not_found("job"))?;
        if request.refuse_if_disabled && !job.is_enabled {
            return Err(Error::not_found("job"));
        }
        self.check_request(&job, &request, now)?;
        let replaced = request.parameters.as_ref();
        let replaced = replaced.map(|value| ("/parameters".to_owned(), value));
        self.check_references(job.owner_id, replaced).await?;
        if let Some(parameters) = &request.parameters {
            let uses = (
                "/parameters".to_owned(),
                job.task_function.as_str(),
                parameters,
            );
            self.check_uses(job.owner_id, &[uses]).await?;
            let unknown = unknown_targets(
                "/parameters",
                engine.catalogue.get(&job.task_function),
                parameters,
                &self.engine.usable_targets(job.owner_id).await?,
            );
            if !unknown.is_empty() {
                return Err(Error::invalid_fields(unknown));
            }
        }
        let fingerprint = json!([
            request.job_id,
            request.parameters,
            request.at.map(Timestamp::as_microsecond)
        ])
        .to_string();
        let number = engine.execution_numbers.take(&engine.store.db, 1).await?;
        let mut tx = engine.store.db.begin().await?;
        if let Some(key) = &request.idempotency_key
            && let Some((known, same)) =
                executions::by_idempotency_key(&mut tx, self.actor.user_id, key).await?
        {
            drop(tx);
            return if same == fingerprint {
                self.execution(&known.to_string()).await
            } else {
                Err(Error::conflict(
                    "idempotency_key",
                    "this Idempotency-Key was used for another request; use a new key",
                ))
            };
        }
        if request.refuse_if_live && leases::count_of_job(&mut tx, job.id).await? > 0 {
            return Err(Error::conflict(
                "execution",
                "the job is pending or running; wait for it to end, or cancel it",
            ));
        }
        let due = request.at.map_or(now, |at| at.as_microsecond().max(now));
        let live = self.new_live(
            &job,
            number,
            due,
            now,
            request.trigger,
            request.parameters.as_ref(),
        );
        hot::insert_live(&mut tx, &[&live]).await?;
        if let Some(key) = &request.idempotency_key {
            executions::remember_key(&mut tx, self.actor.user_id, key, &fingerprint, number, now)
                .await?;
        }
        let details = json!({ "execution": execution_uuid(number, now), "parameters": request.parameters.is_some(), "at": request.at });
        audit::record(&mut tx, now, &self.actor, entry("job.run", &job, details)).await?;
        tx.commit().await?;
        self.hand_over(live, &job);
        self.execution(&number.to_string()).await
    }

    /// Runs again what an ended execution ran: with its parameters or with others.
    pub async fn rerun_execution(
        &self,
        reference: &str,
        parameters: Option<Value>,
    ) -> Result<Execution> {
        let earlier = self.execution(reference).await?;
        if !earlier.status.is_final() {
            return Err(Error::conflict(
                "execution",
                "the execution has not ended yet",
            ));
        }
        self.run_job(RunRequest {
            parameters: parameters.or(earlier.parameters),
            ..RunRequest::new(earlier.job_id, Trigger::Rerun)
        })
        .await
    }

    /// Cancels an execution: one that waits ends at once, one that runs is told to stop and ends when it has.
    pub async fn cancel_execution(
        &self,
        reference: &str,
        reason: Option<String>,
    ) -> Result<Execution> {
        self.may(Need::Run)?;
        if reason.as_ref().is_some_and(|reason| {
            reason.chars().count() > 500 || reason.chars().any(char::is_control)
        }) {
            return Err(Error::invalid(
                "reason",
                "at most 500 characters, no control characters",
            ));
        }
        let execution = self.execution(reference).await?;
        if execution.status.is_final() {
            return Err(Error::conflict(
                "execution",
                "the execution has ended already",
            ));
        }
        let reason = reason.unwrap_or_else(|| format!("cancelled by {}", self.actor.name));
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        let Some(live) = executions::live_for_update(&mut tx, execution.id).await? else {
            return Err(Error::conflict(
                "execution",
                "the execution has ended meanwhile",
            ));
        };
        let unheld = matches!(live.state, State::Pending | State::Parked | State::Offered);
        if unheld && executions::take_unheld(&mut tx, live.id).await? {
            hot::insert_ended(
                &mut tx,
                &[&settle::unstarted(live, Status::Cancelled, &reason, now)],
            )
            .await?;
        } else {
            executions::ask_cancel(&mut tx, execution.id, &reason).await?;
        }
        audit::record(
            &mut tx,
            now,
            &self.actor,
            AuditEntry {
                action: "execution.cancelled",
                entity: "execution",
                entity_id: Some(execution.id),
                entity_name: Some(execution.job_name.clone()),
                owner_id: Some(execution.owner_id),
                details: json!({ "execution": execution.uuid, "reason": reason }),
            },
        )
        .await?;
        tx.commit().await?;
        engine.chains.notify_one();
        let (known, answer) = tokio::sync::oneshot::channel();
        if engine
            .events
            .send(Event::Cancel {
                id: execution.id,
                reason,
                known,
            })
            .is_ok()
            && engine.config.mode != Mode::ApiOnly
        {
            // Whoever holds it on another instance reads the mark; the answer only tells that it was this one.
            let _ = tokio::time::timeout(std::time::Duration::from_secs(5), answer).await;
        }
        engine.announcer.say(Announcement {
            subject: Subject::Execution,
            id: execution.id,
            job_id: Some(execution.job_id),
            owner_id: execution.owner_id,
            execution: Some(execution.uuid),
        });
        self.execution(&execution.id.to_string()).await
    }

    /// Cancels what waits of a job.
    pub(super) async fn cancel_waiting(&self, job_id: i64, reason: &str) -> Result<()> {
        let engine = &self.engine.inner;
        let now = engine.clock.now_us();
        let mut tx = engine.store.db.begin().await?;
        let mut ended = Vec::new();
        for live in leases::waiting_of_job(&mut tx, job_id).await? {
            if executions::take_unheld(&mut tx, live.id).await? {
                ended.push(settle::unstarted(live, Status::Cancelled, reason, now));
            }
        }
        hot::insert_ended(&mut tx, &ended.iter().collect::<Vec<_>>()).await?;
        tx.commit().await?;
        engine.chains.notify_one();
        Ok(())
    }

    fn check_request(&self, job: &Job, request: &RunRequest, now: i64) -> Result<()> {
        let engine = &self.engine.inner;
        if let Some(parameters) = &request.parameters {
            draft::check_parameters(
                &job.task_function,
                parameters,
                job.settings.after.as_deref(),
                &self.actor,
                &engine.catalogue,
                &engine.config.policy,
            )?;
        }
        if let Some(key) = &request.idempotency_key
            && (key.is_empty() || key.len() > 255 || key.chars().any(char::is_control))
        {
            return Err(Error::invalid(
                "Idempotency-Key",
                "1 to 255 characters, no control characters",
            ));
        }
        const YEAR_US: i64 = 366 * DAY_US;
        if request
            .at
            .is_some_and(|at| at.as_microsecond() > now + YEAR_US)
        {
            return Err(Error::invalid(
                "at",
                "at most a year ahead; use a one-time job for later",
            ));
        }
        Ok(())
    }

    pub(super) fn new_live(
        &self,
        job: &Job,
        number: i64,
        due: i64,
        now: i64,
        trigger: Trigger,
        parameters: Option<&Value>,
    ) -> Live {
        let engine = &self.engine.inner;
        // On SQLite this process is the only one, so it leases at once what is due and starts it from memory.
        let own = due <= now
            && engine.config.mode != Mode::ApiOnly
            && engine.store.db.backend() == Backend::Sqlite;
        Live {
            id: number,
            created_at: now,
            shard: shard_of(job.id),
            state: if own { State::Armed } else { State::Pending },
            job_id: job.id,
            job_version: job.version,
            owner_id: job.owner_id,
            task_function: job.task_function.clone(),
            priority: i64::from(job.settings.priority),
            delivery: job.settings.delivery,
            due_at: due,
            visible_at: due,
            trigger,
            triggered_by: Some(self.actor.user_id),
            parameters: parameters.map(Value::to_string),
            attempt: 1,
            instance_id: own.then_some(engine.me()),
            first_started_at: None,
            started_at: None,
            cancel_reason: None,
            reason: None,
            log_lines: 0,
        }
    }

    /// Tells the dispatcher about a new execution.
    pub(super) fn hand_over(&self, live: Live, job: &Job) {
        let engine = &self.engine.inner;
        let news = Announcement::of_live(Subject::Execution, &live);
        engine.announcer.say(news);
        let event = if live.state == State::Armed {
            match Definition::of(job, live.shard) {
                Some(definition) => Event::Armed(vec![Item::new(live, definition)]),
                None => return,
            }
        } else {
            Event::Visible(live.visible_at)
        };
        // An engine that is stopping leaves it in the database, where the next start finds it.
        drop(engine.events.send(event));
    }

    /// The number behind an execution's UUID or decimal number, if the caller sees it.
    pub(super) fn execution_id(reference: &str) -> Result<i64> {
        execution_number(reference).ok_or_else(|| Error::not_found("execution"))
    }

    /// An execution the caller sees.
    pub async fn execution(&self, reference: &str) -> Result<Execution> {
        self.may(Need::Read)?;
        let id = Self::execution_id(reference)?;
        let found = executions::get(&self.engine.inner.store.db, id)
            .await?
            .filter(|execution| self.sees(execution.owner_id));
        let mut execution = found.ok_or_else(|| Error::not_found("execution"))?;
        // A UUID carries the creation; one that does not fit was made up.
        if reference.len() == 36 && execution.uuid != reference.to_ascii_lowercase() {
            return Err(Error::not_found("execution"));
        }
        execution.progress = self.engine.inner.progress.get(id);
        if execution.trigger == Trigger::Dependency {
            let mut parents = chains::parents_of(&self.engine.inner.store.db, &[id]).await?;
            execution.parents = parents.remove(&id).unwrap_or_default();
        }
        self.engine
            .with_artifacts(std::slice::from_mut(&mut execution))
            .await?;
        Ok(execution)
    }
}
