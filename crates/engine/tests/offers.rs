//! An instance without a free slot offers what waits, and others run it: where runs go, that limits hold wherever they
//! are, and what becomes of them when somebody dies, stops, or changes their mind.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "scenarios and what they share are test code, outside the functions marked as tests"
)]

mod support;

use std::time::Duration;

use orloj_engine::Engine;
use orloj_engine::model::{Backoff, Delivery, Overlap, Settings, Status};
use orloj_schedule::RuleSpec;
use serde_json::{Value, json};
use support::{Lab, draft, on_postgres, pass_seconds, run_of, shards, with_status};

/// An instance with so many slots.
async fn instance(lab: &Lab, slots: usize) -> Engine {
    lab.reopen(|config| config.worker_slots = slots).await
}

/// Starts instances and waits until each has its share of the shards.
async fn start(lab: &Lab, engines: &[&Engine]) {
    for engine in engines {
        engine.start().await.unwrap();
    }
    lab.until(engines[0], "the shards are shared", || async {
        pass_seconds(lab, engines, 1).await;
        let shared = shards(engines[0]).await;
        let least = u32::try_from(64 / engines.len()).unwrap();
        engines.iter().all(|engine| {
            let of = shared.iter().find(|(id, _)| *id == engine.instance().id);
            of.is_some_and(|(_, count)| *count >= least)
        })
    })
    .await;
}

/// Two instances that have shared the shards, with so many slots.
async fn pair(lab: &Lab, slots: (usize, usize)) -> (Engine, Engine) {
    let (a, b) = (instance(lab, slots.0).await, instance(lab, slots.1).await);
    start(lab, &[&a, &b]).await;
    (a, b)
}

/// A job whose shard is this instance's.
async fn job_of(
    lab: &Lab,
    engine: &Engine,
    parameters: Value,
    tune: impl Fn(&mut Settings),
) -> i64 {
    scheduled_job_of(lab, engine, &RuleSpec::Manual, parameters, tune).await
}

async fn scheduled_job_of(
    lab: &Lab,
    engine: &Engine,
    rule: &RuleSpec,
    parameters: Value,
    tune: impl Fn(&mut Settings),
) -> i64 {
    let caller = lab.system_of(engine);
    for _ in 0..200 {
        let mut draft = draft(rule.clone(), parameters.clone());
        draft.settings.max_instances = 10;
        draft.settings.overlap = Overlap::Queue;
        tune(&mut draft.settings);
        let job = caller.create_job(draft).await.unwrap().job.id;
        let query = format!(
            "SELECT CAST(s.owner AS TEXT) FROM job j JOIN shard s ON s.id = j.shard WHERE j.id = {job}"
        );
        if lab.texts(&query).await == [engine.instance().id.to_string()] {
            return job;
        }
        caller.delete_job(job, None, true).await.unwrap();
    }
    panic!("no job fell into its shards");
}

async fn run(lab: &Lab, engine: &Engine, job: i64, times: usize) {
    for _ in 0..times {
        let caller = lab.system_of(engine);
        caller.run_job(run_of(job)).await.unwrap();
    }
}

/// A run that takes a slot of this instance until it is told to end.
async fn occupy(lab: &Lab, engine: &Engine) {
    let before = lab.probe.running();
    let job = job_of(lab, engine, json!({ "mode": "stay" }), |_| {}).await;
    run(lab, engine, job, 1).await;
    lab.until(engine, "it occupies a slot", || async {
        lab.probe.running() == before + 1
    })
    .await;
}

/// How many rows of the queue are offered.
async fn offered(lab: &Lab) -> usize {
    in_state(lab, 5).await
}

/// How many rows of the queue are in this state.
async fn in_state(lab: &Lab, state: i64) -> usize {
    let ids = format!("SELECT CAST(id AS TEXT) FROM live WHERE state = {state}");
    lab.texts(&ids).await.len()
}

/// How many executions run on an instance, by what the database says.
async fn running_on(lab: &Lab, engine: &Engine) -> usize {
    let running = with_status(&lab.system(), Status::Running).await;
    let here = running
        .iter()
        .filter(|execution| execution.instance.as_deref() == Some(&engine.instance().uuid));
    here.count()
}

async fn succeeded(lab: &Lab) -> usize {
    with_status(&lab.system(), Status::Success).await.len()
}

async fn stop(engines: &[&Engine]) {
    for engine in engines {
        engine.stop(Duration::from_secs(5)).await;
    }
}

on_postgres! {
    async fn what_waits_in_memory_runs_where_there_is_room(lab) {
        let (a, b) = pair(lab, (1, 4)).await;
        // All are due at one instant, and armed.
        let rule = RuleSpec::Interval { every_seconds: 3_600, anchor: lab.now() };
        for _ in 0..4 {
            scheduled_job_of(lab, &a, &rule, json!({ "mode": "hold" }), |settings| settings.misfire_grace_seconds = None).await;
        }
        lab.advance(3_600);
        lab.until(&a, "all run", || async { pass_seconds(lab, &[&a, &b], 1).await; lab.probe.running() == 4 }).await;
        lab.until(&a, "three of them are help", || async { running_on(lab, &b).await == 3 && running_on(lab, &a).await == 1 }).await;
        lab.probe.release(4);
        lab.until(&a, "all end", || async { pass_seconds(lab, &[&a, &b], 1).await; succeeded(lab).await == 4 }).await;
        stop(&[&b, &a]).await;
    }

    async fn what_waits_in_the_database_runs_where_there_is_room(lab) {
        // The one that helps began first, and has handed over the very shard.
        let (b, a) = pair(lab, (5, 1)).await;
        let job = job_of(lab, &a, json!({ "mode": "hold" }), |_| {}).await;
        run(lab, &a, job, 6).await;
        lab.until(&a, "all run", || async { pass_seconds(lab, &[&a, &b], 1).await; lab.probe.running() == 6 }).await;
        lab.until(&a, "five of them are help", || async { running_on(lab, &b).await == 5 && running_on(lab, &a).await == 1 }).await;
        lab.probe.release(6);
        lab.until(&a, "all end", || async { pass_seconds(lab, &[&a, &b], 1).await; succeeded(lab).await == 6 }).await;
        assert_eq!(lab.probe.starts().len(), 6, "none ran twice");
        stop(&[&b, &a]).await;
    }

    async fn alone_nothing_is_offered_and_no_more_than_others_have_room_for(lab) {
        let a = instance(lab, 2).await;
        start(lab, &[&a]).await;
        let job = job_of(lab, &a, json!({ "mode": "hold" }), |_| {}).await;
        run(lab, &a, job, 9).await;
        pass_seconds(lab, &[&a], 6).await;
        assert_eq!((lab.probe.running(), offered(lab).await), (2, 0));
        assert_eq!(with_status(&lab.system(), Status::Pending).await.len(), 7);
        lab.until(&a, "all end", || async { lab.probe.release(1); pass_seconds(lab, &[&a], 1).await; succeeded(lab).await == 9 }).await;
        // Another comes that has room for one: beyond that as much is offered as this instance has slots.
        let b = instance(lab, 1).await;
        b.start().await.unwrap();
        lab.until(&b, "the shards are shared", || async { pass_seconds(lab, &[&a, &b], 1).await; shards(&b).await.iter().filter(|(_, count)| *count == 32).count() == 2 }).await;
        let job = job_of(lab, &a, json!({ "mode": "stay" }), |_| {}).await;
        run(lab, &a, job, 9).await;
        lab.until(&a, "some is offered", || async { pass_seconds(lab, &[&a, &b], 1).await; offered(lab).await == 2 && lab.probe.running() == 3 }).await;
        pass_seconds(lab, &[&a, &b], 5).await;
        assert_eq!((lab.probe.running(), offered(lab).await), (3, 2));
        lab.probe.end_stays(9);
        lab.until(&a, "all end", || async { pass_seconds(lab, &[&a, &b], 1).await; succeeded(lab).await == 18 }).await;
        assert_eq!(lab.probe.starts().len(), 18);
        stop(&[&b, &a]).await;
    }

    async fn the_limit_of_a_job_holds_over_owner_and_helper(lab) {
        let (a, b) = pair(lab, (1, 5)).await;
        occupy(lab, &a).await;
        let job = job_of(lab, &a, json!({ "mode": "hold" }), |settings| settings.max_instances = 2).await;
        run(lab, &a, job, 4).await;
        lab.until(&a, "two are helped", || async { pass_seconds(lab, &[&a, &b], 1).await; lab.probe.running() == 3 }).await;
        pass_seconds(lab, &[&a, &b], 5).await;
        assert_eq!((running_on(lab, &b).await, lab.probe.starts_of(job).len()), (2, 2), "two wait");
        for ended in 1..=2 {
            lab.probe.release(1);
            // Looked for once a second; then the next has waited long enough to be offered at once, and is taken a second later.
            lab.until(&a, "the next runs", || async { pass_seconds(lab, &[&a, &b], 1).await; lab.probe.starts_of(job).len() == 2 + ended }).await;
            assert_eq!(lab.probe.running(), 3);
        }
        lab.probe.release(2);
        lab.probe.end_stays(1);
        lab.until(&a, "all end", || async { pass_seconds(lab, &[&a, &b], 1).await; succeeded(lab).await == 5 }).await;
        assert_eq!((lab.probe.most(), lab.probe.starts_of(job).len()), (3, 4));
        stop(&[&b, &a]).await;
    }

    async fn a_run_counts_once_wherever_its_shard_goes_while_it_is_helped(lab) {
        let (a, b) = pair(lab, (1, 12)).await;
        occupy(lab, &a).await;
        let mut jobs = Vec::new();
        for _ in 0..6 {
            jobs.push(job_of(lab, &a, json!({ "mode": "hold" }), |settings| settings.max_instances = 1).await);
        }
        for job in &jobs {
            run(lab, &a, *job, 2).await;
        }
        lab.until(&a, "one of each is helped", || async { pass_seconds(lab, &[&a, &b], 1).await; lab.probe.running() == 7 }).await;
        // Some of the shards go to a third instance, then the rest to it and to the one that helps.
        let c = instance(lab, 12).await;
        c.start().await.unwrap();
        lab.until(&c, "the shards are shared", || async { pass_seconds(lab, &[&a, &b, &c], 1).await; shards(&c).await.iter().filter(|(_, count)| *count >= 20).count() == 3 }).await;
        pass_seconds(lab, &[&a, &b, &c], 5).await;
        assert_eq!(lab.probe.starts().len(), 7, "nobody starts the second run of a job that runs");
        lab.probe.end_stays(1);
        a.stop(Duration::from_secs(5)).await;
        lab.until(&c, "two share the shards", || async { pass_seconds(lab, &[&b, &c], 1).await; shards(&c).await.iter().filter(|(_, count)| *count == 32).count() == 2 }).await;
        pass_seconds(lab, &[&b, &c], 5).await;
        assert_eq!((lab.probe.running(), lab.probe.starts().len()), (6, 7));
        lab.probe.release(6);
        lab.until(&c, "the second runs come", || async { pass_seconds(lab, &[&b, &c], 1).await; jobs.iter().all(|job| lab.probe.starts_of(*job).len() == 2) }).await;
        lab.probe.release(6);
        lab.until(&c, "all end", || async { pass_seconds(lab, &[&b, &c], 1).await; succeeded(lab).await == 13 }).await;
        assert_eq!((lab.probe.most(), lab.probe.starts().len()), (7, 13));
        stop(&[&c, &b]).await;
    }

    async fn an_owner_taken_for_dead_changes_nothing_of_what_is_helped(lab) {
        let (a, b) = pair(lab, (1, 5)).await;
        occupy(lab, &a).await;
        let job = job_of(lab, &a, json!({ "mode": "hold" }), |settings| settings.max_instances = 1).await;
        run(lab, &a, job, 2).await;
        lab.until(&a, "one is helped", || async { pass_seconds(lab, &[&a, &b], 1).await; lab.probe.running() == 2 }).await;
        lab.until(&a, "the other is parked", || async { pass_seconds(lab, &[&a, &b], 1).await; in_state(lab, 3).await == 1 }).await;
        let first = a.instance().id;
        lab.sql(&format!(
            "UPDATE instance SET status = 'lost' WHERE id = {first}; UPDATE shard SET owner = NULL, epoch = epoch + 1 WHERE owner = {first}"
        )).await;
        lab.until(&b, "it is back", || async {
            pass_seconds(lab, &[&a, &b], 1).await;
            let living = shards(&b).await;
            living.iter().filter(|(id, count)| *id != first && *count == 32).count() == 2
        }).await;
        pass_seconds(lab, &[&a, &b], 5).await;
        assert_eq!(lab.probe.starts_of(job).len(), 1);
        lab.probe.release(1);
        lab.until(&b, "the second comes", || async { pass_seconds(lab, &[&a, &b], 1).await; lab.probe.starts_of(job).len() == 2 }).await;
        lab.probe.release(1);
        lab.until(&b, "both end", || async { pass_seconds(lab, &[&a, &b], 1).await; succeeded(lab).await == 2 }).await;
        stop(&[&b, &a]).await;
    }

    async fn what_a_dead_owner_held_passes_the_gate_anew(lab) {
        let caller = lab.system();
        let mut draft = draft(RuleSpec::Manual, json!({ "mode": "hold" }));
        draft.settings.max_instances = 1;
        draft.settings.overlap = Overlap::Queue;
        draft.settings.delivery = Delivery::AtLeastOnce;
        let job = caller.create_job(draft).await.unwrap().job.id;
        for _ in 0..3 {
            caller.run_job(run_of(job)).await.unwrap();
        }
        // An instance died that ran one of them and had leased the others a moment before it asked the gate about them.
        let now = lab.now().as_microsecond();
        let lease = now + 5_000_000;
        lab.sql(&format!(
            "INSERT INTO instance (id, uuid, name, host, pid, mode, status, version, started_at, seen_at, lease_until) \
             VALUES (999, 'dead', 'dead', 'elsewhere', 1, 'embedded', 'lost', '0', {now}, {now}, {lease}); \
             UPDATE live SET state = 1, instance_id = 999; \
             UPDATE live SET state = 4, started_at = {now} WHERE id = (SELECT MIN(id) FROM live)"
        )).await;
        let engine = &lab.engine;
        engine.start().await.unwrap();
        // Until the lease of the dead one is over all of them count as running there; then they come together.
        pass_seconds(lab, &[engine], 4).await;
        assert_eq!((in_state(lab, 4).await, in_state(lab, 1).await, lab.probe.starts().len()), (1, 2, 0));
        for round in 1..=3 {
            lab.until(engine, "the next one starts", || async { pass_seconds(lab, &[engine], 1).await; lab.probe.starts().len() == round }).await;
            pass_seconds(lab, &[engine], 3).await;
            assert_eq!((lab.probe.running(), lab.probe.starts().len()), (1, round));
            lab.probe.release(1);
        }
        lab.until(engine, "all end", || async { pass_seconds(lab, &[engine], 1).await; succeeded(lab).await == 3 }).await;
        stop(&[engine]).await;
    }

    async fn what_is_offered_can_be_cancelled_and_shows_as_waiting(lab) {
        let (a, b) = pair(lab, (1, 1)).await;
        occupy(lab, &a).await;
        occupy(lab, &b).await;
        let job = job_of(lab, &a, json!({ "mode": "hold" }), |settings| settings.max_instances = 1).await;
        run(lab, &a, job, 2).await;
        lab.until(&a, "one is offered", || async { pass_seconds(lab, &[&a, &b], 1).await; offered(lab).await == 1 }).await;
        let there = lab.system_of(&b);
        let waiting = with_status(&there, Status::Pending).await;
        let first = waiting.iter().find(|execution| execution.reason.as_deref() == Some("waiting_for_slot")).unwrap();
        assert!(first.next_attempt_at.is_some());
        assert_eq!((there.status().await.unwrap().running_executions, waiting.len()), (2, 2));
        let cancelled = there.cancel_execution(&first.uuid, None).await.unwrap();
        assert_eq!(cancelled.status, Status::Cancelled);
        assert_eq!(offered(lab).await, 0);
        // Its job's gate hears of it, and the other comes.
        lab.until(&a, "the other is offered", || async { pass_seconds(lab, &[&a, &b], 1).await; offered(lab).await == 1 }).await;
        there.delete_job(job, None, true).await.unwrap();
        assert_eq!((offered(lab).await, with_status(&there, Status::Cancelled).await.len()), (0, 2));
        lab.probe.end_stays(2);
        lab.until(&a, "the rest ends", || async { pass_seconds(lab, &[&a, &b], 1).await; succeeded(lab).await == 2 }).await;
        assert!(lab.probe.starts_of(job).is_empty());
        stop(&[&b, &a]).await;
    }

    async fn an_owner_takes_back_what_nobody_took_as_soon_as_it_has_room(lab) {
        let (a, b) = pair(lab, (1, 1)).await;
        occupy(lab, &a).await;
        occupy(lab, &b).await;
        let job = job_of(lab, &a, json!({ "mode": "hold" }), |settings| settings.max_instances = 1).await;
        run(lab, &a, job, 2).await;
        lab.until(&a, "one is offered", || async { pass_seconds(lab, &[&a, &b], 1).await; offered(lab).await == 1 }).await;
        // Its own run ends first, for it began first. The clock stands still.
        lab.probe.end_stays(1);
        lab.until(&a, "it runs at its owner", || async { lab.probe.starts_of(job).len() == 1 && running_on(lab, &a).await == 1 }).await;
        assert_eq!(offered(lab).await, 0);
        pass_seconds(lab, &[&a, &b], 3).await;
        assert_eq!(lab.probe.starts_of(job).len(), 1, "it is counted where it runs");
        lab.probe.release(1);
        lab.until(&a, "the other runs", || async { pass_seconds(lab, &[&a, &b], 1).await; lab.probe.starts_of(job).len() == 2 }).await;
        lab.probe.release(1);
        lab.probe.end_stays(1);
        lab.until(&a, "all end", || async { pass_seconds(lab, &[&a, &b], 1).await; succeeded(lab).await == 4 }).await;
        stop(&[&b, &a]).await;
    }

    async fn what_was_offered_comes_back_when_the_others_have_gone(lab) {
        let (a, b) = pair(lab, (1, 1)).await;
        occupy(lab, &a).await;
        occupy(lab, &b).await;
        let job = job_of(lab, &a, json!({}), |_| {}).await;
        run(lab, &a, job, 2).await;
        lab.until(&a, "one is offered", || async { pass_seconds(lab, &[&a, &b], 1).await; offered(lab).await == 1 }).await;
        b.stop(Duration::ZERO).await;
        pass_seconds(lab, &[&a], 3).await;
        lab.probe.end_stays(1);
        lab.until(&a, "both run", || async { lab.probe.starts_of(job).len() == 2 }).await;
        assert_eq!(offered(lab).await, 0);
        stop(&[&a]).await;
    }

    async fn a_helped_run_that_fails_is_tried_again_through_its_owners_gate(lab) {
        let (a, b) = pair(lab, (1, 5)).await;
        occupy(lab, &a).await;
        let job = job_of(lab, &a, json!({ "failTimes": 1 }), |settings| {
            settings.max_instances = 1;
            settings.retry.max_attempts = 2;
            settings.retry.delay_seconds = 3.0;
            settings.retry.backoff = Backoff::Fixed;
            settings.retry.jitter = 0.0;
        }).await;
        run(lab, &a, job, 2).await;
        lab.until(&a, "both succeed", || async { pass_seconds(lab, &[&a, &b], 1).await; succeeded(lab).await == 2 }).await;
        let attempts: Vec<u32> = lab.probe.starts_of(job).iter().map(|start| start.attempt).collect();
        assert_eq!(attempts.iter().filter(|attempt| **attempt == 1).count(), 2);
        assert_eq!(attempts.len(), 4);
        assert_eq!(lab.probe.most(), 2, "one of the job at a time, beside the one that occupies the slot");
        lab.probe.end_stays(1);
        stop(&[&b, &a]).await;
    }

    async fn a_job_that_cancels_its_oldest_run_keeps_it_at_its_gate(lab) {
        let (a, b) = pair(lab, (1, 5)).await;
        occupy(lab, &a).await;
        let job = job_of(lab, &a, json!({}), |settings| settings.overlap = Overlap::CancelRunning).await;
        run(lab, &a, job, 2).await;
        pass_seconds(lab, &[&a, &b], 6).await;
        assert_eq!((lab.probe.starts_of(job).len(), offered(lab).await), (0, 0));
        lab.probe.end_stays(1);
        lab.until(&a, "it runs at its owner", || async { pass_seconds(lab, &[&a, &b], 1).await; succeeded(lab).await == 3 }).await;
        stop(&[&b, &a]).await;
    }
}

/// A laboratory and a runtime for an instance that is going to be killed: it is thrown away with everything in it.
fn doomed() -> Option<(tokio::runtime::Runtime, tokio::runtime::Runtime, Lab)> {
    let outer = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let lab = outer.block_on(Lab::postgres())?;
    let doomed = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    Some((outer, doomed, lab))
}

/// Starts one instance that lives on and one that is going to be killed, each with so many slots.
fn start_doomed(
    outer: &tokio::runtime::Runtime,
    doomed: &tokio::runtime::Runtime,
    lab: &Lab,
    slots: (usize, usize),
) -> (Engine, Engine) {
    let lives = outer.block_on(async {
        let engine = instance(lab, slots.0).await;
        engine.start().await.unwrap();
        engine.settle().await;
        engine
    });
    let victim = doomed.block_on(async {
        let engine = instance(lab, slots.1).await;
        engine.start().await.unwrap();
        engine
    });
    outer.block_on(lab.until(&lives, "the shards are shared", || async {
        pass_seconds(lab, &[&lives, &victim], 1).await;
        let shared = shards(&lives).await;
        shared.iter().filter(|(_, count)| *count == 32).count() == 2
    }));
    (lives, victim)
}

#[test]
fn what_a_killed_helper_ran_is_settled_and_leaves_its_owners_gate() {
    let Some((outer, doomed, lab)) = doomed() else {
        println!("skipped: TEST_POSTGRES_URL is not set");
        return;
    };
    let (a, b) = start_doomed(&outer, &doomed, &lab, (1, 5));
    let (once, least) = outer.block_on(async {
        occupy(&lab, &a).await;
        let limit = |settings: &mut Settings| settings.max_instances = 1;
        let hold = json!({ "mode": "hold" });
        let once = job_of(&lab, &a, hold.clone(), limit).await;
        let least = job_of(&lab, &a, hold, |settings| {
            limit(settings);
            settings.delivery = Delivery::AtLeastOnce;
        })
        .await;
        for job in [once, least] {
            run(&lab, &a, job, 2).await;
        }
        lab.until(&a, "one of each is helped", || async {
            pass_seconds(&lab, &[&a, &b], 1).await;
            lab.probe.running() == 3
        })
        .await;
        lab.until(&a, "that is written", || async {
            running_on(&lab, &b).await == 2
        })
        .await;
        (once, least)
    });
    drop(b);
    doomed.shutdown_background();
    outer.block_on(async {
        lab.until(&a, "it is found dead", || async {
            pass_seconds(&lab, &[&a], 1).await;
            with_status(&lab.system(), Status::Lost).await.len() == 1
        })
        .await;
        lab.probe.end_stays(1);
        // The repeatable one begins again, and the two that waited come after.
        for n in 1..=3 {
            lab.until(&a, "the next runs", || async {
                pass_seconds(&lab, &[&a], 1).await;
                lab.probe.running() == 1 && lab.probe.starts().len() == 3 + n
            })
            .await;
            lab.probe.release(1);
        }
        lab.until(&a, "all end", || async {
            pass_seconds(&lab, &[&a], 1).await;
            succeeded(&lab).await == 4
        })
        .await;
        let lost = with_status(&lab.system(), Status::Lost).await;
        assert_eq!(
            lost.iter()
                .map(|execution| execution.job_id)
                .collect::<Vec<_>>(),
            [once]
        );
        assert_eq!(lab.probe.starts_of(once).len(), 2);
        assert_eq!(lab.probe.starts_of(least).len(), 3);
        a.stop(Duration::from_secs(5)).await;
        lab.drop_database().await;
    });
}

#[test]
fn what_a_killed_owner_has_offered_waits_for_the_next_owner() {
    let Some((outer, doomed, lab)) = doomed() else {
        println!("skipped: TEST_POSTGRES_URL is not set");
        return;
    };
    let (b, a) = start_doomed(&outer, &doomed, &lab, (1, 1));
    let job = outer.block_on(async {
        occupy(&lab, &a).await;
        occupy(&lab, &b).await;
        let limit = |settings: &mut Settings| settings.max_instances = 1;
        let job = job_of(&lab, &a, json!({ "mode": "hold" }), limit).await;
        run(&lab, &a, job, 2).await;
        lab.until(&b, "one is offered", || async {
            pass_seconds(&lab, &[&a, &b], 1).await;
            offered(&lab).await == 1
        })
        .await;
        job
    });
    let killed = a.instance().id;
    drop(a);
    doomed.shutdown_background();
    outer.block_on(async {
        lab.until(&b, "its shards are taken", || async {
            pass_seconds(&lab, &[&b], 1).await;
            shards(&b)
                .await
                .iter()
                .any(|(id, count)| *id != killed && *count == 64)
        })
        .await;
        assert_eq!(
            (offered(&lab).await, lab.probe.starts_of(job).len()),
            (0, 0)
        );
        // The one that stayed there went with it.
        lab.probe.end_stays(1);
        for n in 1..=2 {
            lab.until(&b, "the next runs", || async {
                pass_seconds(&lab, &[&b], 1).await;
                lab.probe.starts_of(job).len() == n
            })
            .await;
            pass_seconds(&lab, &[&b], 3).await;
            assert_eq!(lab.probe.running(), 1);
            lab.probe.release(1);
        }
        lab.until(&b, "all end", || async {
            pass_seconds(&lab, &[&b], 1).await;
            succeeded(&lab).await == 3
        })
        .await;
        b.stop(Duration::from_secs(5)).await;
        lab.drop_database().await;
    });
}
