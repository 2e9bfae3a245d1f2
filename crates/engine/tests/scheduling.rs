//! What fires when, and what becomes of what does not: through the engine's only door, on both databases, with the
//! clock in the scenario's hand.

#![expect(
    clippy::unwrap_used,
    reason = "scenarios and what they share are test code, outside the functions marked as tests"
)]

mod support;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use orloj_engine::model::{
    Delivery, Disposition, ExecutionFilter, Fire, JobDraft, JobView, Overlap, Page, RunRequest,
    Settings, Status, Trigger,
};
use orloj_engine::{Caller, Engine, Kind};
use orloj_schedule::{RuleSpec, Spec};
use serde_json::{Value, json};
use support::{Lab, both, run_of};

const ALL: Page = Page {
    number: 1,
    size: 1_000,
};

fn every(lab: &Lab, seconds: u64) -> Spec {
    Spec::new(RuleSpec::Interval {
        every_seconds: seconds,
        anchor: lab.now(),
    })
}

fn manual() -> Spec {
    Spec::new(RuleSpec::Manual)
}

fn draft(schedule: Spec, parameters: Value) -> JobDraft {
    JobDraft {
        task_function: "probe".to_owned(),
        name_en: Some("Probe".to_owned()),
        name_ar: None,
        description_en: None,
        description_ar: None,
        schedule,
        parameters,
        settings: Settings::with_delivery(Delivery::AtMostOnce),
        tags: Vec::new(),
        is_enabled: true,
        is_primary: false,
    }
}

fn with(mut draft: JobDraft, tune: impl FnOnce(&mut Settings)) -> JobDraft {
    tune(&mut draft.settings);
    draft
}

/// The ledger of a job, oldest first.
async fn ledger(caller: &Caller, job: i64) -> Vec<Fire> {
    let mut fires = caller
        .fires(job, None, None, Vec::new(), ALL)
        .await
        .unwrap()
        .items;
    fires.reverse();
    fires
}

async fn ended(caller: &Caller, job: i64) -> Vec<(Status, Option<String>)> {
    let filter = ExecutionFilter {
        job_id: Some(job),
        ..ExecutionFilter::default()
    };
    let mut items = caller.executions(filter, ALL).await.unwrap().items;
    items.sort_by_key(|execution| execution.id);
    items
        .into_iter()
        .filter(|execution| execution.status.is_final())
        .map(|execution| (execution.status, execution.reason))
        .collect()
}

async fn count(caller: &Caller, job: i64, status: Status) -> usize {
    ended(caller, job)
        .await
        .iter()
        .filter(|(have, _)| *have == status)
        .count()
}

async fn until_count(lab: &Lab, engine: &Engine, job: i64, status: Status, wanted: usize) {
    let caller = engine.caller(orloj_engine::model::Actor::system());
    lab.until(engine, &format!("{wanted} executions {status:?}"), || {
        let caller = caller.clone();
        async move { count(&caller, job, status).await >= wanted }
    })
    .await;
    assert_eq!(count(&caller, job, status).await, wanted);
}

async fn started(lab: &Lab) -> Caller {
    lab.engine.start().await.unwrap();
    lab.engine.settle().await;
    lab.system()
}

async fn stop(engine: &Engine) {
    engine.stop(Duration::from_secs(5)).await;
}

fn seconds_after(start: Timestamp, seconds: i64) -> Timestamp {
    start + SignedDuration::from_secs(seconds)
}

both! {
    async fn an_interval_job_runs_at_each_of_its_instants_and_never_early(lab) {
        let caller = started(lab).await;
        let start = lab.now();
        let job = caller.create_job(draft(every(lab, 10), json!({}))).await.unwrap().job.id;
        for n in 1..=5 {
            lab.advance(9);
            lab.engine.settle().await;
            assert_eq!(lab.probe.starts().len(), n - 1, "nothing starts before its due instant");
            lab.advance(1);
            until_count(lab, &lab.engine, job, Status::Success, n).await;
        }
        let starts: Vec<Timestamp> = lab.probe.starts().into_iter().map(|start| start.scheduled_at).collect();
        assert_eq!(starts, (1..=5).map(|n| seconds_after(start, 10 * n)).collect::<Vec<_>>());
        let fires = ledger(&caller, job).await;
        assert_eq!(fires.len(), 5);
        assert!(fires.iter().all(|fire| fire.disposition == Disposition::Execution && fire.status == Some(Status::Success)));
        let view = caller.job(job).await.unwrap();
        assert_eq!(view.next_run_at, Some(seconds_after(start, 60)));
        assert_eq!(view.last_run_at, Some(seconds_after(start, 50)));
        assert_eq!(view.last_status, Some(Status::Success));
        stop(&lab.engine).await;
    }

    async fn an_hour_off_gives_each_policy_its_outcome(lab) {
        let caller = started(lab).await;
        let start = lab.now();
        let strict = caller.create_job(draft(every(lab, 60), json!({}))).await.unwrap().job.id;
        let wide = caller.create_job(with(draft(every(lab, 60), json!({})), |s| s.misfire_grace_seconds = Some(600))).await.unwrap().job.id;
        let all = caller
            .create_job(with(draft(every(lab, 600), json!({})), |s| {
                s.misfire_grace_seconds = None;
                s.coalesce = false;
                s.overlap = Overlap::Queue;
            }))
            .await
            .unwrap()
            .job
            .id;
        let unbounded = caller.create_job(with(draft(every(lab, 600), json!({})), |s| s.misfire_grace_seconds = None)).await.unwrap().job.id;
        stop(&lab.engine).await;

        lab.advance(3_630);
        let engine = lab.reopen(|_| {}).await;
        engine.start().await.unwrap();
        let caller = engine.caller(orloj_engine::model::Actor::system());
        for (job, runs) in [(strict, 1), (wide, 1), (all, 6), (unbounded, 1)] {
            until_count(lab, &engine, job, Status::Success, runs).await;
        }
        let shape = |fires: &[Fire]| {
            fires
                .iter()
                .map(|fire| {
                    let from = (fire.due_at.as_second() - start.as_second()) / 60;
                    let until = fire.until.map_or(from, |until| (until.as_second() - start.as_second()) / 60);
                    (fire.disposition.word(), fire.reason.clone().unwrap_or_default(), from, until, fire.count)
                })
                .collect::<Vec<_>>()
        };
        let expected = |list: &[(&'static str, &str, i64, i64, u64)]| list.iter().map(|(d, r, f, u, c)| (*d, (*r).to_owned(), *f, *u, *c)).collect::<Vec<_>>();
        assert_eq!(shape(&ledger(&caller, strict).await), expected(&[("missed", "misfire_grace", 1, 59, 59), ("execution", "", 60, 60, 1)]));
        assert_eq!(
            shape(&ledger(&caller, wide).await),
            expected(&[("missed", "misfire_grace", 1, 50, 50), ("coalesced", "coalesced", 51, 59, 9), ("execution", "", 60, 60, 1)])
        );
        assert_eq!(
            shape(&ledger(&caller, all).await),
            expected(&[10, 20, 30, 40, 50, 60].map(|at| ("execution", "", at, at, 1)))
        );
        assert_eq!(shape(&ledger(&caller, unbounded).await), expected(&[("coalesced", "coalesced", 10, 50, 5), ("execution", "", 60, 60, 1)]));
        stop(&engine).await;
    }

    async fn a_pause_skips_and_says_so(lab) {
        let caller = started(lab).await;
        let start = lab.now();
        let job = caller.create_job(draft(every(lab, 10), json!({}))).await.unwrap().job.id;
        lab.advance(10);
        until_count(lab, &lab.engine, job, Status::Success, 1).await;
        let until = seconds_after(start, 35);
        let view = caller.pause_job(job, Some(until), Some("maintenance".to_owned())).await.unwrap();
        assert!(view.is_paused);
        assert_eq!(view.next_run_at, Some(seconds_after(start, 40)), "the next run is the one after the pause");
        for _ in 0..3 {
            lab.advance(10);
            lab.engine.settle().await;
        }
        until_count(lab, &lab.engine, job, Status::Success, 2).await;
        let fires = ledger(&caller, job).await;
        let kinds: Vec<_> = fires.iter().map(|fire| (fire.disposition, fire.reason.as_deref(), fire.count)).collect();
        assert_eq!(
            kinds,
            [(Disposition::Execution, None, 1), (Disposition::Skipped, Some("paused"), 2), (Disposition::Execution, None, 1)]
        );
        assert!(!caller.job(job).await.unwrap().is_paused, "the pause has ended by itself");
        stop(&lab.engine).await;
    }

    async fn a_pause_survives_a_restart_and_resuming_does_not_run_what_it_swallowed(lab) {
        let caller = started(lab).await;
        let job = caller.create_job(draft(every(lab, 10), json!({}))).await.unwrap().job.id;
        caller.pause_job(job, None, None).await.unwrap();
        stop(&lab.engine).await;
        lab.advance(25);
        let engine = lab.reopen(|_| {}).await;
        engine.start().await.unwrap();
        engine.settle().await;
        let caller = engine.caller(orloj_engine::model::Actor::system());
        assert!(caller.job(job).await.unwrap().is_paused);
        let view = caller.resume_job(job).await.unwrap();
        assert!(!view.is_paused);
        engine.settle().await;
        assert_eq!(lab.probe.starts().len(), 0);
        lab.advance(5);
        until_count(lab, &engine, job, Status::Success, 1).await;
        let fires = ledger(&caller, job).await;
        assert_eq!(fires[0].reason.as_deref(), Some("paused"));
        assert_eq!(fires[0].count, 2);
        stop(&engine).await;
    }

    async fn a_disabled_job_keeps_quiet_and_forgets_the_time_it_was_off(lab) {
        let caller = started(lab).await;
        let job = caller.create_job(draft(every(lab, 10), json!({}))).await.unwrap().job.id;
        assert_eq!(caller.set_job_enabled(job, false, false).await.unwrap().next_run_at, None);
        lab.advance(35);
        lab.engine.settle().await;
        caller.set_job_enabled(job, true, false).await.unwrap();
        lab.engine.settle().await;
        assert_eq!(lab.probe.starts().len(), 0);
        lab.advance(5);
        until_count(lab, &lab.engine, job, Status::Success, 1).await;
        assert_eq!(ledger(&caller, job).await.len(), 1);
        stop(&lab.engine).await;
    }

    async fn at_the_limit_skip_skips(lab) {
        let caller = started(lab).await;
        let job = caller.create_job(draft(every(lab, 10), json!({ "mode": "hold" }))).await.unwrap().job.id;
        lab.advance(10);
        lab.until(&lab.engine, "the first run", || async { lab.probe.running() == 1 }).await;
        lab.advance(10);
        until_count(lab, &lab.engine, job, Status::Skipped, 1).await;
        lab.probe.release(1);
        until_count(lab, &lab.engine, job, Status::Success, 1).await;
        assert_eq!(lab.probe.most(), 1);
        let fires = ledger(&caller, job).await;
        assert_eq!(fires[1].disposition, Disposition::Skipped);
        assert_eq!(fires[1].reason.as_deref(), Some("overlap"));
        stop(&lab.engine).await;
    }

    async fn at_the_limit_queue_queues_in_order(lab) {
        let caller = started(lab).await;
        let start = lab.now();
        let settings = |s: &mut Settings| {
            s.overlap = Overlap::Queue;
            s.max_instances = 2;
        };
        let job = caller.create_job(with(draft(every(lab, 10), json!({ "mode": "hold" })), settings)).await.unwrap().job.id;
        for n in 1..=5 {
            lab.advance(10);
            lab.engine.settle().await;
            lab.until(&lab.engine, "two run", || async { lab.probe.running() == n.min(2) }).await;
        }
        let waiting = caller.executions(ExecutionFilter { statuses: vec![Status::Pending], ..ExecutionFilter::default() }, ALL).await.unwrap();
        assert_eq!(waiting.total, 3);
        assert!(waiting.items.iter().all(|execution| execution.reason.as_deref() == Some("waiting_for_limit")));
        for n in 1..=5 {
            lab.probe.release(1);
            until_count(lab, &lab.engine, job, Status::Success, n).await;
        }
        assert_eq!(lab.probe.most(), 2);
        let order: Vec<Timestamp> = lab.probe.starts().into_iter().map(|start| start.scheduled_at).collect();
        assert_eq!(order, (1..=5).map(|n| seconds_after(start, 10 * n)).collect::<Vec<_>>());
        stop(&lab.engine).await;
    }

    async fn a_queued_run_may_be_late_and_one_without_a_slot_may_not(lab) {
        stop(&lab.engine).await;
        let engine = lab.reopen(|config| config.worker_slots = 1).await;
        engine.start().await.unwrap();
        let caller = engine.caller(orloj_engine::model::Actor::system());
        let queued = caller
            .create_job(with(draft(every(lab, 100), json!({ "mode": "hold" })), |s| s.overlap = Overlap::Queue))
            .await
            .unwrap()
            .job
            .id;
        lab.advance(100);
        lab.until(&engine, "the slot is taken", || async { lab.probe.running() == 1 }).await;
        let slotless = caller.create_job(draft(Spec::new(RuleSpec::Once { at: seconds_after(lab.now(), 5) }), json!({}))).await.unwrap().job.id;
        for _ in 0..110 {
            lab.advance(1);
            engine.settle().await;
        }
        // Both are more than their grace of a minute late by the time the slot is free.
        lab.advance(80);
        engine.settle().await;
        lab.probe.release(2);
        until_count(lab, &engine, slotless, Status::Missed, 1).await;
        until_count(lab, &engine, queued, Status::Success, 2).await;
        assert_eq!(ended(&caller, slotless).await[0].1.as_deref(), Some("no_free_slot"));
        stop(&engine).await;
    }

    async fn at_the_limit_cancel_running_replaces_the_oldest(lab) {
        let caller = started(lab).await;
        let job = caller
            .create_job(with(draft(every(lab, 10), json!({ "mode": "hold" })), |s| s.overlap = Overlap::CancelRunning))
            .await
            .unwrap()
            .job
            .id;
        lab.advance(10);
        lab.until(&lab.engine, "the first run", || async { lab.probe.running() == 1 }).await;
        lab.advance(10);
        until_count(lab, &lab.engine, job, Status::Cancelled, 1).await;
        lab.until(&lab.engine, "the second run", || async { lab.probe.starts().len() == 2 && lab.probe.running() == 1 }).await;
        lab.probe.release(1);
        until_count(lab, &lab.engine, job, Status::Success, 1).await;
        assert_eq!(ended(&caller, job).await[0], (Status::Cancelled, Some("replaced_by_newer".to_owned())));
        assert_eq!(lab.probe.most(), 1);
        stop(&lab.engine).await;
    }

    async fn the_limit_holds_for_manual_runs_too(lab) {
        let caller = started(lab).await;
        let job = caller.create_job(with(draft(manual(), json!({ "mode": "hold" })), |s| s.overlap = Overlap::Queue)).await.unwrap().job.id;
        for _ in 0..4 {
            caller.run_job(run_of(job)).await.unwrap();
        }
        for n in 1..=4 {
            lab.until(&lab.engine, "one runs", || async { lab.probe.running() == 1 }).await;
            lab.probe.release(1);
            until_count(lab, &lab.engine, job, Status::Success, n).await;
        }
        assert_eq!(lab.probe.most(), 1);
        stop(&lab.engine).await;
    }

    async fn run_now_works_on_paused_and_disabled_jobs_with_other_parameters(lab) {
        let caller = started(lab).await;
        let job = caller.create_job(draft(every(lab, 10), json!({ "own": 1 }))).await.unwrap().job.id;
        caller.pause_job(job, None, None).await.unwrap();
        caller.set_job_enabled(job, false, false).await.unwrap();
        let execution = caller.run_job(RunRequest { parameters: Some(json!({ "other": 2 })), ..run_of(job) }).await.unwrap();
        assert_eq!(execution.trigger, Trigger::Manual);
        until_count(lab, &lab.engine, job, Status::Success, 1).await;
        assert_eq!(lab.probe.starts()[0].parameters, json!({ "other": 2 }));
        let refused = caller.run_job(RunRequest { parameters: Some(json!({ "bad": 2 })), ..run_of(job) }).await.unwrap_err();
        assert_eq!((refused.kind, refused.fields[0].pointer.as_str()), (Kind::Invalid, "/parameters/bad"));
        let again = caller.rerun_execution(&execution.uuid, None).await.unwrap();
        assert_eq!(again.trigger, Trigger::Rerun);
        until_count(lab, &lab.engine, job, Status::Success, 2).await;
        assert_eq!(lab.probe.starts()[1].parameters, json!({ "other": 2 }), "a re-run runs what ran");
        stop(&lab.engine).await;
    }

    async fn an_idempotency_key_runs_once(lab) {
        let caller = started(lab).await;
        let job = caller.create_job(draft(manual(), json!({}))).await.unwrap().job.id;
        let request = RunRequest { idempotency_key: Some("k1".to_owned()), ..run_of(job) };
        let first = caller.run_job(request.clone()).await.unwrap();
        let second = caller.run_job(request.clone()).await.unwrap();
        assert_eq!(first.uuid, second.uuid);
        let other = caller.run_job(RunRequest { parameters: Some(json!({ "x": 1 })), ..request }).await.unwrap_err();
        assert_eq!(other.kind, Kind::Conflict);
        until_count(lab, &lab.engine, job, Status::Success, 1).await;
        stop(&lab.engine).await;
    }

    async fn a_run_can_be_set_for_later(lab) {
        let caller = started(lab).await;
        let job = caller.create_job(draft(manual(), json!({}))).await.unwrap().job.id;
        let execution = caller.run_job(RunRequest { at: Some(seconds_after(lab.now(), 30)), ..run_of(job) }).await.unwrap();
        assert_eq!(execution.status, Status::Pending);
        lab.advance(29);
        lab.engine.settle().await;
        assert_eq!(lab.probe.starts().len(), 0);
        lab.advance(1);
        until_count(lab, &lab.engine, job, Status::Success, 1).await;
        stop(&lab.engine).await;
    }

    async fn a_one_time_job_half_a_second_ahead_runs(lab) {
        let caller = started(lab).await;
        // Move the watermark ahead of the clock, as arming does.
        caller.create_job(draft(every(lab, 1), json!({}))).await.unwrap();
        for _ in 0..3 {
            lab.advance(1);
            lab.engine.settle().await;
        }
        for millis in [1, 20, 60, 500] {
            let at = lab.now() + SignedDuration::from_millis(millis);
            let job = caller.create_job(draft(Spec::new(RuleSpec::Once { at }), json!({}))).await.unwrap().job.id;
            lab.clock.set(at);
            until_count(lab, &lab.engine, job, Status::Success, 1).await;
            assert_eq!(lab.probe.starts_of(job)[0].scheduled_at, at);
        }
        let past = caller.create_job(draft(Spec::new(RuleSpec::Once { at: lab.now() }), json!({}))).await.unwrap_err();
        assert_eq!(past.fields[0].pointer, "/runAt");
        stop(&lab.engine).await;
    }

    async fn retries_follow_the_policy(lab) {
        let caller = started(lab).await;
        let job = caller
            .create_job(with(draft(manual(), json!({ "failTimes": 2 })), |s| {
                s.retry.max_attempts = 3;
                s.retry.delay_seconds = 10.0;
                s.retry.backoff = orloj_engine::model::Backoff::Exponential;
            }))
            .await
            .unwrap()
            .job
            .id;
        let execution = caller.run_job(run_of(job)).await.unwrap();
        lab.until(&lab.engine, "the first attempt", || async { caller.attempts(&execution.uuid).await.unwrap().len() == 1 }).await;
        let waiting = caller.execution(&execution.uuid).await.unwrap();
        assert_eq!((waiting.status, waiting.attempt, waiting.reason.as_deref()), (Status::Pending, 2, Some("retry")));
        assert_eq!(waiting.next_attempt_at, Some(seconds_after(lab.now(), 10)));
        lab.advance(9);
        lab.engine.settle().await;
        assert_eq!(lab.probe.starts().len(), 1);
        lab.advance(1);
        lab.until(&lab.engine, "the second attempt", || async { caller.attempts(&execution.uuid).await.unwrap().len() == 2 }).await;
        lab.advance(20);
        until_count(lab, &lab.engine, job, Status::Success, 1).await;
        let done = caller.execution(&execution.uuid).await.unwrap();
        assert_eq!(done.attempt, 3);
        let attempts = caller.attempts(&execution.uuid).await.unwrap();
        assert!(attempts.iter().all(|attempt| attempt.status == Status::Failed && attempt.cause.as_deref() == Some("exit_code:1")));
        assert_eq!(ledger(&caller, job).await.len(), 1, "attempts are not fires");
        stop(&lab.engine).await;
    }

    async fn an_attempt_that_takes_too_long_is_stopped(lab) {
        let caller = started(lab).await;
        let polite = with(draft(manual(), json!({ "mode": "hold" })), |s| s.timeout_seconds = Some(5));
        let deaf = with(draft(manual(), json!({ "mode": "deaf" })), |s| s.timeout_seconds = Some(5));
        for (draft, patience) in [(polite, 5), (deaf, 20)] {
            let job = caller.create_job(draft).await.unwrap().job.id;
            caller.run_job(run_of(job)).await.unwrap();
            lab.until(&lab.engine, "it runs", || async { lab.probe.running() == 1 }).await;
            for _ in 0..patience {
                lab.engine.settle().await;
                assert_eq!(count(&caller, job, Status::Timeout).await, 0);
                lab.advance(1);
            }
            until_count(lab, &lab.engine, job, Status::Timeout, 1).await;
            assert_eq!(lab.probe.running(), 0);
        }
        stop(&lab.engine).await;
    }

    async fn the_total_limit_ends_the_attempts(lab) {
        let caller = started(lab).await;
        let job = caller
            .create_job(with(draft(manual(), json!({ "failTimes": 99 })), |s| {
                s.retry.max_attempts = 50;
                s.retry.delay_seconds = 10.0;
                s.total_timeout_seconds = Some(35);
            }))
            .await
            .unwrap()
            .job
            .id;
        let execution = caller.run_job(run_of(job)).await.unwrap();
        for attempts in 1..=3 {
            lab.until(&lab.engine, "an attempt", || async { caller.attempts(&execution.uuid).await.unwrap().len() == attempts }).await;
            lab.advance(10);
        }
        until_count(lab, &lab.engine, job, Status::Failed, 1).await;
        assert_eq!(lab.probe.starts().len(), 4);
        stop(&lab.engine).await;
    }

    async fn cancelling_reaches_running_waiting_and_later_runs(lab) {
        let caller = started(lab).await;
        let job = caller.create_job(with(draft(manual(), json!({ "mode": "hold" })), |s| s.overlap = Overlap::Queue)).await.unwrap().job.id;
        let running = caller.run_job(run_of(job)).await.unwrap();
        let parked = caller.run_job(run_of(job)).await.unwrap();
        let later = caller.run_job(RunRequest { at: Some(seconds_after(lab.now(), 60)), ..run_of(job) }).await.unwrap();
        lab.until(&lab.engine, "one runs", || async { lab.probe.running() == 1 }).await;
        lab.until(&lab.engine, "one is parked", || async { caller.execution(&parked.uuid).await.unwrap().reason.as_deref() == Some("waiting_for_limit") }).await;
        for execution in [&later, &parked] {
            let now = caller.cancel_execution(&execution.uuid, None).await.unwrap();
            assert_eq!(now.status, Status::Cancelled);
        }
        caller.cancel_execution(&running.uuid, Some("enough".to_owned())).await.unwrap();
        until_count(lab, &lab.engine, job, Status::Cancelled, 3).await;
        assert_eq!(caller.execution(&running.uuid).await.unwrap().reason.as_deref(), Some("enough"));
        assert_eq!(lab.probe.starts().len(), 1);
        let again = caller.cancel_execution(&running.uuid, None).await.unwrap_err();
        assert_eq!(again.kind, Kind::Conflict);
        stop(&lab.engine).await;
    }

    async fn a_deleted_job_cannot_fire_and_its_history_stays(lab) {
        let caller = started(lab).await;
        let job = caller.create_job(draft(every(lab, 10), json!({}))).await.unwrap().job.id;
        lab.advance(10);
        until_count(lab, &lab.engine, job, Status::Success, 1).await;
        caller.delete_job(job, None, false).await.unwrap();
        lab.advance(60);
        lab.engine.settle().await;
        assert_eq!(lab.probe.starts().len(), 1);
        assert_eq!(caller.job(job).await.unwrap_err().kind, Kind::NotFound);
        assert_eq!(count(&caller, job, Status::Success).await, 1);
        assert_eq!(caller.run_job(run_of(job)).await.unwrap_err().kind, Kind::NotFound);
        stop(&lab.engine).await;
    }

    async fn higher_priority_goes_first_when_slots_are_short(lab) {
        stop(&lab.engine).await;
        let engine = lab.reopen(|config| config.worker_slots = 1).await;
        engine.start().await.unwrap();
        let caller = engine.caller(orloj_engine::model::Actor::system());
        let job = |priority| with(draft(manual(), json!({ "mode": "hold", "priority": priority })), move |s| s.priority = priority);
        let first = caller.create_job(job(0)).await.unwrap().job.id;
        caller.run_job(run_of(first)).await.unwrap();
        lab.until(&engine, "the slot is taken", || async { lab.probe.running() == 1 }).await;
        for priority in [1, 9, 5] {
            let id = caller.create_job(job(priority)).await.unwrap().job.id;
            caller.run_job(run_of(id)).await.unwrap();
            engine.settle().await;
            // Long waits go back to the database and come again: the order must survive that.
            lab.advance(3);
            engine.settle().await;
        }
        for n in 1..=4 {
            lab.until(&engine, "the next run", || async { lab.probe.starts().len() == n && lab.probe.running() == 1 }).await;
            lab.probe.release(1);
        }
        lab.until(&engine, "all done", || async { lab.probe.running() == 0 && lab.probe.starts().len() == 4 }).await;
        let order: Vec<i64> = lab.probe.starts().iter().map(|start| start.parameters["priority"].as_i64().unwrap()).collect();
        assert_eq!(order, [0, 9, 5, 1]);
        stop(&engine).await;
    }

    async fn stopping_gives_back_what_waits_and_interrupts_by_delivery(lab) {
        let caller = started(lab).await;
        let once = caller.create_job(with(draft(manual(), json!({ "mode": "hold" })), |s| s.delivery = Delivery::AtMostOnce)).await.unwrap().job.id;
        let least = caller.create_job(with(draft(manual(), json!({ "mode": "hold" })), |s| s.delivery = Delivery::AtLeastOnce)).await.unwrap().job.id;
        let later = caller.create_job(draft(manual(), json!({}))).await.unwrap().job.id;
        for job in [once, least] {
            caller.run_job(run_of(job)).await.unwrap();
        }
        caller.run_job(RunRequest { at: Some(seconds_after(lab.now(), 5)), ..run_of(later) }).await.unwrap();
        lab.until(&lab.engine, "two run", || async { lab.probe.running() == 2 }).await;
        let report = lab.engine.stop(Duration::ZERO).await;
        assert!(!report.drained);
        assert_eq!(report.interrupted, 2);

        lab.advance(10);
        let engine = lab.reopen(|_| {}).await;
        engine.start().await.unwrap();
        let caller = engine.caller(orloj_engine::model::Actor::system());
        assert_eq!(ended(&caller, once).await, [(Status::Lost, Some("server_stopped".to_owned()))]);
        until_count(lab, &engine, later, Status::Success, 1).await;
        lab.until(&engine, "the second attempt", || async { lab.probe.running() == 1 }).await;
        lab.probe.release(1);
        until_count(lab, &engine, least, Status::Success, 1).await;
        assert_eq!(lab.probe.starts_of(least).iter().map(|start| start.attempt).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(lab.probe.starts_of(once).len(), 1);
        stop(&engine).await;
    }

    async fn a_clock_set_back_repeats_nothing(lab) {
        let caller = started(lab).await;
        let start = lab.now();
        let job = caller.create_job(draft(every(lab, 10), json!({}))).await.unwrap().job.id;
        lab.advance(30);
        until_count(lab, &lab.engine, job, Status::Success, 1).await;
        lab.clock.set(start);
        for _ in 0..30 {
            lab.advance(1);
            lab.engine.settle().await;
        }
        assert_eq!(lab.probe.starts().len(), 1);
        lab.advance(10);
        until_count(lab, &lab.engine, job, Status::Success, 2).await;
        stop(&lab.engine).await;
    }

    async fn a_panic_is_a_failed_run_and_nothing_else(lab) {
        let caller = started(lab).await;
        let job = caller.create_job(draft(manual(), json!({ "mode": "panic" }))).await.unwrap().job.id;
        caller.run_job(run_of(job)).await.unwrap();
        until_count(lab, &lab.engine, job, Status::Failed, 1).await;
        let fine = caller.create_job(draft(manual(), json!({ "processed": 7, "affected": 3, "warning": "hm" }))).await.unwrap().job.id;
        let execution = caller.run_job(run_of(fine)).await.unwrap();
        until_count(lab, &lab.engine, fine, Status::Success, 1).await;
        let outcome = caller.execution(&execution.uuid).await.unwrap().outcome;
        assert_eq!((outcome.records_processed, outcome.records_affected), (Some(7), Some(3)));
        assert_eq!(outcome.warnings, ["hm"]);
        stop(&lab.engine).await;
    }

    async fn logs_are_whole_when_the_execution_has_ended(lab) {
        use orloj_engine::model::LogQuery;
        let caller = started(lab).await;
        let job = caller.create_job(draft(manual(), json!({ "lines": 2500 }))).await.unwrap().job.id;
        let execution = caller.run_job(run_of(job)).await.unwrap();
        until_count(lab, &lab.engine, job, Status::Success, 1).await;
        let query = |query: LogQuery| caller.log(&execution.uuid, query);
        let first = query(LogQuery { limit: 1_000, ..LogQuery::default() }).await.unwrap();
        assert_eq!((first.lines.len(), first.total, first.complete), (1_000, 2_500, true));
        assert_eq!((first.lines[0].number, first.lines[999].text.as_str()), (1, "line 1000"));
        let rest = query(LogQuery { after: Some(2_000), limit: 1_000, ..LogQuery::default() }).await.unwrap();
        assert_eq!((rest.lines.len(), rest.lines[0].number), (500, 2_001));
        let tail = query(LogQuery { tail: true, limit: 3, ..LogQuery::default() }).await.unwrap();
        assert_eq!(tail.lines.iter().map(|line| line.number).collect::<Vec<_>>(), [2_498, 2_499, 2_500]);
        let before = query(LogQuery { before: Some(11), limit: 5, ..LogQuery::default() }).await.unwrap();
        assert_eq!(before.lines.iter().map(|line| line.number).collect::<Vec<_>>(), [6, 7, 8, 9, 10]);
        let found = query(LogQuery { search: Some("LINE 249".to_owned()), limit: 100, ..LogQuery::default() }).await.unwrap();
        assert_eq!(found.lines.len(), 11, "249 and 2490 to 2499");
        let none = query(LogQuery { levels: vec!["error".to_owned()], limit: 100, ..LogQuery::default() }).await.unwrap();
        assert!(none.lines.is_empty());
        stop(&lab.engine).await;
    }

    async fn stale_edits_are_refused(lab) {
        let caller = lab.system();
        let view: JobView = caller.create_job(draft(every(lab, 10), json!({}))).await.unwrap();
        let (id, version) = (view.job.id, view.job.version);
        let rename = |name: &'static str| move |mut draft: JobDraft| { draft.name_en = Some(name.to_owned()); Ok(draft) };
        let changed = caller.edit_job(id, Some(version), false, rename("one")).await.unwrap();
        assert_eq!(changed.job.version, version + 1);
        let stale = caller.edit_job(id, Some(version), false, rename("two")).await.unwrap_err();
        assert_eq!(stale.kind, Kind::Conflict);
        assert_eq!(caller.job(id).await.unwrap().job.name_en.as_deref(), Some("one"));
        let versions = caller.job_versions(id).await.unwrap();
        assert_eq!(versions.iter().map(|version| version.draft.name_en.clone().unwrap()).collect::<Vec<_>>(), ["one", "Probe"]);
        stop(&lab.engine).await;
    }

    async fn others_jobs_do_not_exist(lab) {
        use orloj_engine::model::Role;
        let ann = lab.caller("ann", Role::User).await;
        let bob = lab.caller("bob", Role::User).await;
        let eve = lab.caller("eve", Role::Viewer).await;
        let id = ann.create_job(draft(every(lab, 10), json!({}))).await.unwrap().job.id;
        lab.engine.start().await.unwrap();
        let execution = ann.run_job(run_of(id)).await.unwrap();
        until_count(lab, &lab.engine, id, Status::Success, 1).await;
        assert_eq!(bob.job(id).await.unwrap_err().kind, Kind::NotFound);
        assert_eq!(bob.delete_job(id, None, false).await.unwrap_err().kind, Kind::NotFound);
        assert_eq!(bob.run_job(run_of(id)).await.unwrap_err().kind, Kind::NotFound);
        assert_eq!(bob.pause_job(id, None, None).await.unwrap_err().kind, Kind::NotFound);
        assert_eq!(bob.execution(&execution.uuid).await.unwrap_err().kind, Kind::NotFound);
        assert_eq!(bob.fires(id, None, None, Vec::new(), ALL).await.unwrap_err().kind, Kind::NotFound);
        assert_eq!(bob.jobs(orloj_engine::model::JobFilter::default(), ALL).await.unwrap().total, 0);
        assert_eq!(bob.executions(ExecutionFilter::default(), ALL).await.unwrap().total, 0);
        assert_eq!(eve.create_job(draft(manual(), json!({}))).await.unwrap_err().kind, Kind::Forbidden);
        assert_eq!(lab.system().job(id).await.unwrap().owner_name, "ann");
        stop(&lab.engine).await;
    }

    async fn old_history_goes_by_the_rules(lab) {
        let caller = started(lab).await;
        let kept = caller.create_job(with(draft(manual(), json!({})), |s| s.retention.days = Some(90))).await.unwrap().job.id;
        let few = caller.create_job(with(draft(manual(), json!({})), |s| s.retention.count = Some(2))).await.unwrap().job.id;
        let plain = caller.create_job(draft(manual(), json!({}))).await.unwrap().job.id;
        for (job, wanted) in [(kept, 1), (few, 1), (few, 2), (few, 3), (plain, 1)] {
            caller.run_job(run_of(job)).await.unwrap();
            until_count(lab, &lab.engine, job, Status::Success, wanted).await;
        }
        lab.advance(40 * 86_400);
        lab.until(&lab.engine, "the old history goes", || async { count(&caller, plain, Status::Success).await == 0 }).await;
        assert_eq!(count(&caller, kept, Status::Success).await, 1);
        assert_eq!(caller.cleanup_history(1).await.unwrap(), 1);
        assert_eq!(count(&caller, kept, Status::Success).await, 0);
        assert_eq!(caller.cleanup_history(0).await.unwrap_err().kind, Kind::Invalid);
        stop(&lab.engine).await;
    }
}
