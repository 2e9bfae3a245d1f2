//! What the engine makes of a world that is not as it should be: a clock that ran ahead, a database that fails for a
//! while, rows that it cannot read, a newer program beside it.

#![expect(
    clippy::unwrap_used,
    reason = "scenarios and what they share are test code, outside the functions marked as tests"
)]

mod support;

use std::time::Duration;

use orloj_engine::model::{
    Delivery, Disposition, ExecutionFilter, JobDraft, Page, RunRequest, Settings, Status, Trigger,
};
use orloj_engine::{Caller, Engine};
use orloj_schedule::{RuleSpec, Spec};
use serde_json::json;
use support::{Lab, both};

const ALL: Page = Page {
    number: 1,
    size: 1_000,
};

fn every(lab: &Lab, seconds: u64) -> JobDraft {
    let schedule = Spec::new(RuleSpec::Interval {
        every_seconds: seconds,
        anchor: lab.now(),
    });
    JobDraft {
        task_function: "probe".to_owned(),
        name_en: Some("Probe".to_owned()),
        name_ar: None,
        description_en: None,
        description_ar: None,
        schedule,
        parameters: json!({}),
        settings: Settings::with_delivery(Delivery::AtMostOnce),
        tags: Vec::new(),
        is_enabled: true,
        is_primary: false,
    }
}

async fn job(lab: &Lab, caller: &Caller, seconds: u64) -> i64 {
    caller.create_job(every(lab, seconds)).await.unwrap().job.id
}

async fn successes(caller: &Caller, job: i64) -> usize {
    let filter = ExecutionFilter {
        job_id: Some(job),
        statuses: vec![Status::Success],
        ..ExecutionFilter::default()
    };
    caller.executions(filter, ALL).await.unwrap().items.len()
}

async fn until_successes(lab: &Lab, engine: &Engine, job: i64, wanted: usize) {
    let caller = lab.system();
    lab.until(engine, &format!("{wanted} successes"), || {
        let caller = caller.clone();
        async move { successes(&caller, job).await >= wanted }
    })
    .await;
    assert_eq!(successes(&caller, job).await, wanted);
}

both! {
    async fn schedules_go_on_after_a_clock_that_ran_ahead_for_weeks(lab) {
        lab.engine.start().await.unwrap();
        lab.engine.settle().await;
        let caller = lab.system();
        let job = job(lab, &caller, 10).await;
        let start = lab.now();
        lab.advance(30);
        until_successes(lab, &lab.engine, job, 1).await;
        // Three weeks (not so long that history is removed), and a job that is created there.
        lab.advance(1_814_400);
        until_successes(lab, &lab.engine, job, 2).await;
        let other = caller.create_job(every(lab, 10)).await.unwrap().job.id;
        lab.clock.set(start);
        lab.advance(35);
        lab.engine.settle().await;
        for _ in 0..6 {
            lab.advance(10);
            lab.engine.settle().await;
        }
        until_successes(lab, &lab.engine, job, 8).await;
        // Its anchor lies weeks ahead; it fires from there on and not before.
        assert_eq!(successes(&caller, other).await, 0);
        // What was passed over up to the present stays, what was passed over after it is open again, and each instant
        // has one line.
        let now = lab.now();
        let fires = caller.fires(job, None, None, Vec::new(), ALL).await.unwrap().items;
        let mut covered = 0;
        for fire in &fires {
            if fire.due_at <= now {
                covered += fire.count;
                assert!(fire.until.is_none_or(|until| until <= now), "{fire:?}");
            } else {
                assert_eq!(fire.disposition, Disposition::Execution, "{fire:?}");
            }
        }
        assert_eq!(covered, 9, "{fires:?}");
        lab.engine.stop(Duration::from_secs(5)).await;
    }

    async fn what_fired_ahead_is_not_counted_among_what_did_not_run(lab) {
        lab.engine.start().await.unwrap();
        lab.engine.settle().await;
        let caller = lab.system();
        let job = job(lab, &caller, 10).await;
        let start = lab.now();
        // The grace is a minute: what is older was missed, what is younger is coalesced. Ten seconds; five minutes ahead, two runs there; back; and at once on to beyond where it has been.
        let mut wanted = 0;
        for (at, runs) in [(10, 1), (310, 1), (320, 1), (15, 0), (25, 1), (425, 1)] {
            lab.clock.set(start + jiff::SignedDuration::from_secs(at));
            lab.engine.settle().await;
            wanted += runs;
            until_successes(lab, &lab.engine, job, wanted).await;
        }
        let fires = caller.fires(job, None, None, Vec::new(), ALL).await.unwrap().items;
        let mut lines: Vec<(i64, i64, u64)> = fires
            .iter()
            .map(|fire| {
                let seconds = |at: jiff::Timestamp| at.as_second() - start.as_second();
                (seconds(fire.due_at), seconds(fire.until.unwrap_or(fire.due_at)), fire.count)
            })
            .collect();
        lines.sort_unstable();
        assert_eq!(
            lines,
            [(10, 10, 1), (20, 20, 1), (30, 300, 28), (310, 310, 1), (320, 320, 1), (330, 360, 4), (370, 410, 5), (420, 420, 1)],
            "{fires:?}"
        );
        lab.engine.stop(Duration::from_secs(5)).await;
    }

    async fn however_much_a_dead_instance_left_behind_is_settled(lab) {
        const COLUMNS: &str = "created_at, shard, state, job_id, job_version, owner_id, task_function, priority, delivery, due_at, visible_at, \
            trigger, triggered_by, parameters, attempt, instance_id, first_started_at, started_at, cancel_reason, reason";
        let caller = lab.system();
        let job = job(lab, &caller, 3_600).await;
        let run = RunRequest::new(job, Trigger::Manual);
        caller.run_job(run).await.unwrap();
        // Doubled eleven times: more than is settled in one transaction, several times over.
        for n in 0..11 {
            let apart = 1_000_000_i64 << n;
            lab.sql(&format!("INSERT INTO live (id, {COLUMNS}) SELECT id + {apart}, {COLUMNS} FROM live")).await;
        }
        // Run by somebody of whom nothing is known any more.
        lab.sql("UPDATE live SET state = 4, instance_id = 999, started_at = created_at, first_started_at = created_at").await;
        lab.engine.start().await.unwrap();
        let lost = ExecutionFilter { job_id: Some(job), statuses: vec![Status::Lost], ..ExecutionFilter::default() };
        assert_eq!(caller.executions(lost, ALL).await.unwrap().total, 2_048);
        lab.engine.stop(Duration::from_secs(5)).await;
    }

    async fn firing_goes_on_after_writes_have_failed(lab) {
        lab.engine.start().await.unwrap();
        lab.engine.settle().await;
        let caller = lab.system();
        let job = job(lab, &caller, 10).await;
        lab.advance(10);
        until_successes(lab, &lab.engine, job, 1).await;
        lab.sql("ALTER TABLE fire RENAME TO fire_away").await;
        let failures = lab.engine.metrics().write_failures.get();
        lab.advance(10);
        lab.until(&lab.engine, "a write has failed", || async {
            lab.engine.metrics().write_failures.get() > failures
        })
        .await;
        lab.sql("ALTER TABLE fire_away RENAME TO fire").await;
        until_successes(lab, &lab.engine, job, 2).await;
        lab.advance(10);
        until_successes(lab, &lab.engine, job, 3).await;
        lab.engine.stop(Duration::from_secs(5)).await;
    }

    async fn a_job_that_cannot_be_read_stops_no_other(lab) {
        let caller = lab.system();
        let (broken, fine) = (job(lab, &caller, 10).await, job(lab, &caller, 10).await);
        lab.sql(&format!("UPDATE job SET schedule = 'no schedule' WHERE id = {broken}")).await;
        lab.engine.start().await.unwrap();
        lab.engine.settle().await;
        lab.advance(10);
        until_successes(lab, &lab.engine, fine, 1).await;
        assert_eq!(successes(&caller, broken).await, 0);
        lab.engine.stop(Duration::from_secs(5)).await;
    }

    async fn what_a_newer_program_has_added_to_a_job_is_passed_over(lab) {
        let caller = lab.system();
        let job = job(lab, &caller, 10).await;
        lab.sql("UPDATE job SET settings = '{\"addedLater\":{\"a\":1},' || substr(settings, 2)").await;
        lab.engine.start().await.unwrap();
        lab.engine.settle().await;
        lab.advance(10);
        until_successes(lab, &lab.engine, job, 1).await;
        assert_eq!(caller.job(job).await.unwrap().job.settings.max_instances, 1);
        lab.engine.stop(Duration::from_secs(5)).await;
    }
}

#[tokio::test]
async fn an_instance_leaves_schedules_to_a_newer_program_that_has_migrated_the_database() {
    let Some(lab) = Lab::postgres().await else {
        println!("skipped: TEST_POSTGRES_URL is not set");
        return;
    };
    lab.engine.start().await.unwrap();
    lab.engine.settle().await;
    let job = job(&lab, &lab.system(), 10).await;
    lab.advance(10);
    until_successes(&lab, &lab.engine, job, 1).await;
    let now = lab.now().as_microsecond();
    // Only migrated: nobody else could schedule, so it goes on.
    lab.sql(&format!(
        "INSERT INTO schema_version (version, name, applied_at) VALUES (9999, 'later', {now})"
    ))
    .await;
    lab.advance(10);
    until_successes(&lab, &lab.engine, job, 2).await;
    // Another of the same age cannot come any more.
    let refused = lab.another_instance_refused().await;
    assert!(refused.contains("start a newer Orloj"), "{refused}");
    // The newer one is there.
    lab.sql(&format!(
        "INSERT INTO instance (id, uuid, name, host, pid, mode, status, version, started_at, seen_at, lease_until) \
         VALUES (900, 'u', 'newer', 'elsewhere', 1, 'embedded', 'running', '9', {now}, {later}, {later})",
        later = now + 3_600_000_000
    ))
    .await;
    lab.until(&lab.engine, "the shards are free", || async {
        lab.advance(1);
        lab.texts("SELECT id::text FROM shard WHERE owner IS NOT NULL AND owner <> 900")
            .await
            .is_empty()
    })
    .await;
    lab.engine.stop(Duration::from_secs(5)).await;
    lab.drop_database().await;
}
