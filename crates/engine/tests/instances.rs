//! Several instances on one PostgreSQL: who fires what, who takes over, and what nobody may do twice.

#![expect(
    clippy::unwrap_used,
    reason = "scenarios and what they share are test code, outside the functions marked as tests"
)]

mod support;

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;
use orloj_engine::model::{Actor, Delivery, InstanceStatus, JobDraft, Overlap, Settings, Status};
use orloj_engine::{Caller, Engine};
use orloj_schedule::{RuleSpec, Spec};
use serde_json::{Value, json};
use support::{Lab, on_postgres, pass_seconds, run_of, shards, with_status};

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

fn every(lab: &Lab, seconds: u64) -> Spec {
    Spec::new(RuleSpec::Interval {
        every_seconds: seconds,
        anchor: lab.now(),
    })
}

fn system(engine: &Engine) -> Caller {
    engine.caller(Actor::system())
}

/// Two instances that have shared the shards.
async fn pair(lab: &Lab) -> Engine {
    lab.engine.start().await.unwrap();
    lab.engine.settle().await;
    let other = lab.another_instance().await;
    other.start().await.unwrap();
    lab.until(&other, "the shards are shared", || {
        let other = &other;
        async move {
            pass_seconds(lab, &[&lab.engine, other], 1).await;
            shards(other).await.iter().all(|(_, count)| *count == 32)
        }
    })
    .await;
    other
}

on_postgres! {
    async fn two_instances_share_the_shards_and_fire_each_instant_once(lab) {
        let caller = { lab.engine.start().await.unwrap(); lab.system() };
        let jobs: Vec<i64> = caller.create_jobs((0..40).map(|_| draft(every(lab, 5), json!({}))).collect()).await.unwrap();
        pass_seconds(lab, &[&lab.engine], 6).await;
        let other = lab.another_instance().await;
        other.start().await.unwrap();
        pass_seconds(lab, &[&lab.engine, &other], 24).await;
        lab.until(&lab.engine, "all ended", || { let caller = caller.clone(); async move { with_status(&caller, Status::Success).await.len() == 240 } }).await;
        assert_eq!(shards(&other).await.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [32, 32]);
        let starts = lab.probe.starts();
        let distinct: HashSet<(i64, Timestamp)> = starts.iter().map(|start| (start.job_id, start.scheduled_at)).collect();
        assert_eq!((starts.len(), distinct.len()), (40 * 6, 40 * 6), "40 jobs, 6 instants each, none twice");
        let ran_on: HashSet<Option<String>> = with_status(&caller, Status::Success).await.into_iter().map(|execution| execution.instance).collect();
        assert_eq!(ran_on.len(), 2, "both worked");
        assert!(jobs.iter().all(|job| lab.probe.starts_of(*job).len() == 6));
        other.stop(Duration::from_secs(5)).await;
        lab.engine.stop(Duration::from_secs(5)).await;
    }

    async fn shards_that_an_edit_holds_are_taken_when_it_lets_go(lab) {
        let edit = lab.hold("SELECT id FROM shard FOR UPDATE").await;
        lab.engine.start().await.unwrap();
        lab.engine.settle().await;
        assert_eq!(shards(&lab.engine).await[0].1, 0);
        edit.let_go().await;
        // The clock stands still: it is news of the edit that counts, not the next look around.
        let caller = lab.system();
        let job = caller.create_job(draft(Spec::new(RuleSpec::Manual), json!({}))).await.unwrap().job.id;
        caller.run_job(run_of(job)).await.unwrap();
        lab.until(&lab.engine, "it has run", || async { lab.probe.starts_of(job).len() == 1 }).await;
        assert_eq!(shards(&lab.engine).await[0].1, 64);

        // Nobody says so when an edit of another instance lets go; that is looked for more often than other things.
        lab.engine.stop(Duration::from_secs(5)).await;
        let edit = lab.hold("SELECT id FROM shard FOR UPDATE").await;
        let engine = lab.reopen(|_| {}).await;
        engine.start().await.unwrap();
        engine.settle().await;
        assert_eq!(shards(&engine).await[0].1, 0);
        edit.let_go().await;
        lab.clock.set(lab.now() + jiff::SignedDuration::from_millis(100));
        lab.until(&engine, "the shards are taken", || async { shards(&engine).await[0].1 == 64 }).await;
        engine.stop(Duration::from_secs(5)).await;
    }

    async fn an_orderly_stop_hands_over_at_once(lab) {
        let other = pair(lab).await;
        let caller = system(&other);
        let jobs = caller.create_jobs((0..20).map(|_| draft(every(lab, 2), json!({}))).collect()).await.unwrap();
        pass_seconds(lab, &[&lab.engine, &other], 4).await;
        lab.engine.stop(Duration::from_secs(5)).await;
        pass_seconds(lab, &[&other], 6).await;
        lab.until(&other, "all ran", || { let jobs = jobs.clone(); async move { jobs.iter().all(|job| lab.probe.starts_of(*job).len() == 5) } }).await;
        assert_eq!(shards(&other).await.len(), 1);
        other.stop(Duration::from_secs(5)).await;
    }

    async fn the_limit_of_a_job_holds_over_all_instances(lab) {
        let other = pair(lab).await;
        let settings = |mut draft: JobDraft| { draft.settings.overlap = Overlap::Queue; draft };
        let job = system(&other).create_job(settings(draft(Spec::new(RuleSpec::Manual), json!({ "mode": "hold" })))).await.unwrap().job.id;
        for caller in [system(&other), lab.system(), system(&other), lab.system()] {
            caller.run_job(run_of(job)).await.unwrap();
        }
        for n in 1..=4 {
            lab.until(&other, "one runs", || async { pass_seconds(lab, &[&lab.engine, &other], 1).await; lab.probe.running() == 1 && lab.probe.starts().len() == n }).await;
            lab.probe.release(1);
        }
        lab.until(&other, "all ended", || async { pass_seconds(lab, &[&lab.engine, &other], 1).await; with_status(&lab.system(), Status::Success).await.len() == 4 }).await;
        assert_eq!(lab.probe.most(), 1);
        other.stop(Duration::from_secs(5)).await;
        lab.engine.stop(Duration::from_secs(5)).await;
    }

    async fn a_run_that_goes_on_elsewhere_counts_after_its_shard_has_moved(lab) {
        lab.engine.start().await.unwrap();
        lab.engine.settle().await;
        let caller = lab.system();
        let jobs: Vec<i64> = caller
            .create_jobs((0..8).map(|_| draft(every(lab, 5), json!({ "mode": "hold" }))).collect())
            .await
            .unwrap();
        pass_seconds(lab, &[&lab.engine], 5).await;
        lab.until(&lab.engine, "all run", || async { lab.probe.running() == 8 }).await;
        // The shards of some of them move to the other instance while they run here.
        let other = lab.another_instance().await;
        other.start().await.unwrap();
        pass_seconds(lab, &[&lab.engine, &other], 10).await;
        assert_eq!(lab.probe.most(), 8, "nobody started a second run of a job that runs");
        assert_eq!(with_status(&caller, Status::Skipped).await.len(), 16);
        lab.probe.release(8);
        lab.until(&lab.engine, "they end", || { let caller = caller.clone(); async move { with_status(&caller, Status::Success).await.len() == 8 } }).await;
        lab.probe.release(8);
        pass_seconds(lab, &[&lab.engine, &other], 5).await;
        lab.until(&lab.engine, "the next runs", || async { pass_seconds(lab, &[&lab.engine, &other], 1).await; jobs.iter().all(|job| lab.probe.starts_of(*job).len() >= 2) }).await;
        lab.probe.release(100);
        other.stop(Duration::from_secs(5)).await;
        lab.engine.stop(Duration::from_secs(5)).await;
    }

    async fn edits_pauses_and_cancels_reach_the_other_instance(lab) {
        let other = pair(lab).await;
        let (here, there) = (lab.system(), system(&other));
        let jobs = here.create_jobs((0..16).map(|_| draft(every(lab, 5), json!({ "mode": "hold" }))).collect()).await.unwrap();
        pass_seconds(lab, &[&lab.engine, &other], 5).await;
        lab.until(&other, "all run", || async { lab.probe.running() == 16 }).await;
        // Half of them run on the instance that is not asked.
        for execution in with_status(&there, Status::Running).await {
            there.cancel_execution(&execution.uuid, None).await.unwrap();
        }
        lab.until(&other, "all are cancelled", || { let (there, other) = (there.clone(), &other); async move { pass_seconds(lab, &[&lab.engine, other], 1).await; with_status(&there, Status::Cancelled).await.len() >= 16 } }).await;
        for job in &jobs {
            there.pause_job(*job, None, None).await.unwrap();
        }
        let before = lab.probe.starts().len();
        pass_seconds(lab, &[&lab.engine, &other], 10).await;
        assert_eq!(lab.probe.starts().len(), before, "paused jobs do not start, wherever they live");
        other.stop(Duration::from_secs(5)).await;
        lab.engine.stop(Duration::from_secs(5)).await;
    }

    async fn an_instance_taken_for_dead_lets_go_and_comes_back(lab) {
        let other = pair(lab).await;
        let caller = system(&other);
        let job = caller.create_job(draft(every(lab, 5), json!({}))).await.unwrap().job.id;
        let first = lab.engine.instance().id;
        lab.sql(&format!("UPDATE instance SET status = 'lost' WHERE id = {first}")).await;
        pass_seconds(lab, &[&lab.engine, &other], 10).await;
        lab.until(&other, "it is back", || { let other = &other; async move {
            pass_seconds(lab, &[&lab.engine, other], 1).await;
            let living = shards(other).await;
            living.len() == 2 && living.iter().all(|(id, count)| *id != first && *count == 32)
        } }).await;
        let starts = lab.probe.starts_of(job);
        let distinct: HashSet<Timestamp> = starts.iter().map(|start| start.scheduled_at).collect();
        assert_eq!(starts.len(), distinct.len(), "no instant ran twice");
        other.stop(Duration::from_secs(5)).await;
        lab.engine.stop(Duration::from_secs(5)).await;
    }
}

/// As `kill -9`: the instance lives in a runtime of its own, which is thrown away with everything in it.
#[test]
fn a_killed_instance_is_replaced_and_its_runs_are_settled() {
    let outer = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let Some(lab) = outer.block_on(Lab::postgres()) else {
        println!("skipped: TEST_POSTGRES_URL is not set");
        return;
    };
    let doomed = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let (once, least) = doomed.block_on(async {
        let victim = lab.another_instance().await;
        victim.start().await.unwrap();
        victim.settle().await;
        let caller = system(&victim);
        let mut once = draft(Spec::new(RuleSpec::Manual), json!({ "mode": "hold" }));
        once.settings.delivery = Delivery::AtMostOnce;
        let mut least = once.clone();
        least.settings.delivery = Delivery::AtLeastOnce;
        let (once, least) = (
            caller.create_job(once).await.unwrap().job.id,
            caller.create_job(least).await.unwrap().job.id,
        );
        for job in [once, least] {
            caller.run_job(run_of(job)).await.unwrap();
        }
        lab.until(&victim, "both run", || async {
            lab.advance(1);
            lab.probe.running() == 2
        })
        .await;
        lab.until(&victim, "both are marked", || {
            let caller = caller.clone();
            async move { with_status(&caller, Status::Running).await.len() == 2 }
        })
        .await;
        (once, least)
    });
    doomed.shutdown_background();
    outer.block_on(async {
        lab.engine.start().await.unwrap();
        let caller = lab.system();
        lab.until(&lab.engine, "the dead instance is found", || {
            let caller = caller.clone();
            let lab = &lab;
            async move {
                pass_seconds(lab, &[&lab.engine], 1).await;
                caller
                    .instances()
                    .await
                    .unwrap()
                    .iter()
                    .any(|instance| instance.status == InstanceStatus::Lost)
            }
        })
        .await;
        lab.until(&lab.engine, "the repeatable run begins again", || async {
            pass_seconds(&lab, &[&lab.engine], 1).await;
            lab.probe.starts_of(least).len() == 2
        })
        .await;
        lab.probe.release(2);
        lab.until(&lab.engine, "it ends", || {
            let caller = caller.clone();
            async move { with_status(&caller, Status::Success).await.len() == 1 }
        })
        .await;
        let lost = with_status(&caller, Status::Lost).await;
        assert_eq!(
            lost.iter()
                .map(|execution| execution.job_id)
                .collect::<Vec<_>>(),
            [once]
        );
        assert_eq!(lab.probe.starts_of(once).len(), 1);
        lab.engine.stop(Duration::from_secs(5)).await;
        lab.drop_database().await;
    });
}
