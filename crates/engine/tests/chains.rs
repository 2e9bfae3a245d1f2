//! Jobs that run after other jobs: each end is answered once, also over instances and crashes.

#![expect(
    clippy::unwrap_used,
    reason = "scenarios and what they share are test code, outside the functions marked as tests"
)]

mod support;

use std::time::Duration;

use orloj_engine::model::{
    After, Delivery, Execution, ExecutionFilter, JobDraft, JoinMode, OnEnd, Page, Parent, Role,
    RunRequest, Settings, Status, Trigger,
};
use orloj_engine::{Caller, Engine, Kind};
use orloj_schedule::{RuleSpec, Spec};
use serde_json::{Value, json};
use support::{Lab, both};

const ALL: Page = Page {
    number: 1,
    size: 1_000,
};

fn draft(parameters: Value, after: Option<After>) -> JobDraft {
    let mut settings = Settings::with_delivery(Delivery::AtMostOnce);
    settings.after = after.map(Box::new);
    settings.overlap = orloj_engine::model::Overlap::Queue;
    JobDraft {
        task_function: "probe".to_owned(),
        name_en: Some("Probe".to_owned()),
        name_ar: None,
        description_en: None,
        description_ar: None,
        schedule: Spec::new(RuleSpec::Manual),
        parameters,
        settings,
        tags: Vec::new(),
        is_enabled: true,
        is_primary: false,
    }
}

fn after(parents: &[(i64, OnEnd)], mode: JoinMode, within_seconds: Option<u32>) -> Option<After> {
    Some(After {
        parents: parents
            .iter()
            .map(|(job_id, on)| Parent {
                job_id: *job_id,
                on: *on,
                alias: None,
            })
            .collect(),
        mode,
        within_seconds,
    })
}

async fn make(caller: &Caller, name: &str, parameters: Value, after: Option<After>) -> i64 {
    let mut draft = draft(parameters, after);
    draft.name_en = Some(name.to_owned());
    caller.create_job(draft).await.unwrap().job.id
}

fn run_of(job_id: i64, parameters: Option<Value>) -> RunRequest {
    RunRequest {
        parameters,
        ..RunRequest::new(job_id, Trigger::Manual)
    }
}

async fn executions(caller: &Caller, job: i64) -> Vec<Execution> {
    let filter = ExecutionFilter {
        job_id: Some(job),
        ..ExecutionFilter::default()
    };
    let mut items = caller.executions(filter, ALL).await.unwrap().items;
    items.sort_by_key(|execution| execution.id);
    items
}

/// Waits until a job has so many ended executions, and makes sure that it is not more.
async fn ended(lab: &Lab, engine: &Engine, job: i64, wanted: usize) -> Vec<Execution> {
    let caller = engine.caller(orloj_engine::model::Actor::system());
    lab.until(engine, &format!("{wanted} runs of job {job}"), || {
        let caller = caller.clone();
        async move {
            let all = executions(&caller, job).await;
            all.iter().filter(|one| one.status.is_final()).count() >= wanted
        }
    })
    .await;
    let all = executions(&caller, job).await;
    assert_eq!(all.len(), wanted, "{all:?}");
    all
}

/// Runs a job to its end, and waits until nobody has anything left to answer.
async fn run(lab: &Lab, caller: &Caller, job: i64, parameters: Option<Value>) -> Execution {
    let begun = caller.run_job(run_of(job, parameters)).await.unwrap();
    let id = begun.id.to_string();
    lab.until(&lab.engine, "the end of a run", || {
        let (caller, id) = (caller.clone(), id.clone());
        async move { caller.execution(&id).await.unwrap().status.is_final() }
    })
    .await;
    answered(lab).await;
    caller.execution(&id).await.unwrap()
}

async fn answered(lab: &Lab) {
    lab.until(&lab.engine, "no end is new", || async {
        lab.texts("SELECT CAST(child_id AS TEXT) FROM chain_arrival WHERE is_new")
            .await
            .is_empty()
    })
    .await;
}

async fn started(lab: &Lab) -> Caller {
    lab.engine.start().await.unwrap();
    lab.engine.settle().await;
    lab.system()
}

async fn reasons(caller: &Caller, job: i64) -> Vec<String> {
    let fires = caller
        .fires(job, None, None, Vec::new(), ALL)
        .await
        .unwrap();
    let mut reasons: Vec<String> = fires
        .items
        .into_iter()
        .filter_map(|fire| fire.reason)
        .collect();
    reasons.sort();
    reasons
}

both! {
    async fn a_job_runs_after_the_end_it_waits_for(lab) {
        let caller = started(lab).await;
        let parent = make(&caller, "parent", json!({}), None).await;
        let mut children = Vec::new();
        for on in OnEnd::ALL {
            children.push(make(&caller, "child", json!({}), after(&[(parent, on)], JoinMode::All, None)).await);
        }
        let good = run(lab, &caller, parent, None).await;
        let bad = run(lab, &caller, parent, Some(json!({ "failTimes": 9 }))).await;
        assert_eq!((good.status, bad.status), (Status::Success, Status::Failed));
        for (child, parents) in children.iter().zip([vec![&good], vec![&bad], vec![&good, &bad]]) {
            let runs = ended(lab, &lab.engine, *child, parents.len()).await;
            for (run, parent_run) in runs.iter().zip(parents) {
                assert_eq!((run.status, run.trigger), (Status::Success, Trigger::Dependency));
                assert_eq!(run.parents.len(), 1);
                assert_eq!((&run.parents[0].execution, run.parents[0].job_id), (&parent_run.uuid, parent));
                let alone = caller.execution(&run.uuid).await.unwrap();
                assert_eq!(alone.parents.len(), 1, "asked for by itself it says the same");
            }
        }
    }

    async fn several_parents_are_joined_within_their_time(lab) {
        let caller = started(lab).await;
        let first = make(&caller, "first", json!({}), None).await;
        let second = make(&caller, "second", json!({}), None).await;
        let parents = [(first, OnEnd::Success), (second, OnEnd::Success)];
        let both = make(&caller, "both", json!({}), after(&parents, JoinMode::All, Some(60))).await;
        let each = make(&caller, "each", json!({}), after(&parents, JoinMode::Any, None)).await;
        run(lab, &caller, first, None).await;
        lab.advance(10);
        let newer = run(lab, &caller, first, None).await;
        let chain = caller.chain(both).await.unwrap();
        let own = chain.jobs.iter().find(|job| job.id == both).unwrap();
        assert_eq!(own.waiting.len(), 1, "the newer end waits, the older one is superseded");
        assert_eq!(own.waiting[0].execution, newer.uuid);
        lab.advance(30);
        let other = run(lab, &caller, second, None).await;
        let joined = ended(lab, &lab.engine, both, 1).await;
        let mut have: Vec<&str> = joined[0].parents.iter().map(|parent| parent.execution.as_str()).collect();
        have.sort_unstable();
        let mut want = vec![newer.uuid.as_str(), other.uuid.as_str()];
        want.sort_unstable();
        assert_eq!(have, want);
        // Too far apart: the earlier end counts no more.
        run(lab, &caller, second, None).await;
        lab.advance(61);
        run(lab, &caller, first, None).await;
        ended(lab, &lab.engine, both, 1).await;
        run(lab, &caller, second, None).await;
        ended(lab, &lab.engine, both, 2).await;
        ended(lab, &lab.engine, each, 6).await;
        assert_eq!(reasons(&caller, both).await, ["join_expired", "superseded"]);
    }

    async fn results_are_handed_on(lab) {
        let caller = started(lab).await;
        let parent = make(&caller, "parent", json!({}), None).await;
        let mut chain = after(&[(parent, OnEnd::Completion)], JoinMode::All, None).unwrap();
        chain.parents[0].alias = Some("source".to_owned());
        let child = make(&caller, "child", json!({
            "count": { "$result": { "job": "source", "path": "/rows/1" } },
            "all": [{ "$result": { "job": parent } }],
            "note": "as it is",
        }), Some(chain)).await;
        run(lab, &caller, parent, Some(json!({ "result": r#"{ "rows": [1, { "$secret": "none" }] }"# }))).await;
        ended(lab, &lab.engine, child, 1).await;
        let seen = lab.probe.starts_of(child)[0].parameters.clone();
        assert_eq!(seen, json!({
            "count": { "$secret": "none" },
            "all": [{ "rows": [1, { "$secret": "none" }] }],
            "note": "as it is",
        }), "a result is data: it names no secret");
        // Nothing at the path: a clear failure.
        run(lab, &caller, parent, Some(json!({ "result": r#"{ "rows": [] }"# }))).await;
        let runs = ended(lab, &lab.engine, child, 2).await;
        assert_eq!(runs[1].status, Status::Failed);
        let message = runs[1].outcome.error_message.clone().unwrap();
        assert!(message.contains("/count") && message.contains("/rows/1"), "{message}");
        // By hand: the latest success of the parent counts.
        let by_hand = run(lab, &caller, child, None).await;
        assert_eq!(by_hand.status, Status::Failed);
        for wrong in [json!({ "job": "nobody" }), json!({ "job": parent, "path": "rows" }), json!(7)] {
            let parents = after(&[(parent, OnEnd::Success)], JoinMode::All, None);
            let refused = caller.create_job(draft(json!({ "x": { "$result": wrong } }), parents)).await.unwrap_err();
            assert_eq!(refused.fields[0].pointer, "/parameters/x");
        }
    }

    async fn circles_and_strangers_are_refused(lab) {
        let caller = lab.system();
        let a = make(&caller, "A", json!({}), None).await;
        let b = make(&caller, "B", json!({}), after(&[(a, OnEnd::Success)], JoinMode::All, None)).await;
        let c = make(&caller, "C", json!({}), after(&[(b, OnEnd::Success)], JoinMode::All, None)).await;
        let link = async |job: i64, parent: i64| {
            caller.edit_job(job, None, false, |mut draft| {
                draft.settings.after = after(&[(parent, OnEnd::Completion)], JoinMode::Any, None).map(Box::new);
                Ok(draft)
            }).await
        };
        let refused = link(a, c).await.unwrap_err();
        assert_eq!(refused.fields[0].pointer, "/after/parents");
        assert!(refused.message.contains(&format!("A ({a}) → B ({b}) → C ({c}) → A ({a})")), "{refused}");
        assert!(refused.fields[0].message_ar.is_some());
        assert_eq!(link(a, a).await.unwrap_err().kind, Kind::Invalid);
        assert_eq!(link(a, 9_999).await.unwrap_err().fields[0].pointer, "/after/parents/0/jobId");
        // The middle taken out, the same link is no circle any more.
        caller.edit_job(b, None, false, |mut draft| {
            draft.settings.after = None;
            Ok(draft)
        }).await.unwrap();
        link(a, c).await.unwrap();

        let owner = lab.caller("owner", Role::User).await;
        let other = lab.caller("other", Role::User).await;
        let theirs = make(&owner, "theirs", json!({}), None).await;
        let refused = other.create_job(draft(json!({}), after(&[(theirs, OnEnd::Success)], JoinMode::All, None))).await.unwrap_err();
        assert_eq!(refused.fields[0].pointer, "/after/parents/0/jobId");
        assert_eq!(other.chain(theirs).await.unwrap_err().kind, Kind::NotFound);
        // An administrator's job may follow; its owner sees nothing of that.
        let follows = make(&caller, "follows", json!({}), after(&[(theirs, OnEnd::Success)], JoinMode::All, None)).await;
        let seen = owner.chain(theirs).await.unwrap();
        assert_eq!(seen.jobs.iter().map(|job| job.id).collect::<Vec<_>>(), [theirs]);
        let seen = caller.chain(theirs).await.unwrap();
        assert_eq!(seen.jobs.len(), 2);
        assert!(seen.jobs.iter().any(|job| job.id == follows && job.is_descendant && !job.is_ancestor));

        for (parents, mode, within, pointer) in [
            (vec![], JoinMode::All, None, "/after/parents"),
            (vec![(b, OnEnd::Success), (b, OnEnd::Failure)], JoinMode::All, None, "/after/parents/1/jobId"),
            (vec![(b, OnEnd::Success)], JoinMode::Any, Some(5), "/after/withinSeconds"),
            (vec![(b, OnEnd::Success)], JoinMode::All, Some(0), "/after/withinSeconds"),
        ] {
            let refused = caller.create_job(draft(json!({}), after(&parents, mode, within))).await.unwrap_err();
            assert_eq!(refused.fields[0].pointer, pointer);
        }
        let mut wrong = after(&[(b, OnEnd::Success)], JoinMode::All, None).unwrap();
        wrong.parents[0].alias = Some("a b".to_owned());
        let refused = caller.create_job(draft(json!({}), Some(wrong))).await.unwrap_err();
        assert_eq!(refused.fields[0].pointer, "/after/parents/0/alias");
    }

    async fn what_is_paused_disabled_or_deleted_does_not_run(lab) {
        let caller = started(lab).await;
        let parent = make(&caller, "parent", json!({}), None).await;
        let child = make(&caller, "child", json!({}), after(&[(parent, OnEnd::Success)], JoinMode::All, None)).await;
        caller.pause_job(child, None, None).await.unwrap();
        run(lab, &caller, parent, None).await;
        caller.resume_job(child).await.unwrap();
        // The ledger has one line for each instant.
        lab.advance(1);
        caller.set_job_enabled(child, false, false).await.unwrap();
        run(lab, &caller, parent, None).await;
        assert!(executions(&caller, child).await.is_empty());
        assert_eq!(reasons(&caller, child).await, ["disabled", "paused"]);
        caller.set_job_enabled(child, true, false).await.unwrap();
        run(lab, &caller, parent, None).await;
        ended(lab, &lab.engine, child, 1).await;
        // A parent that is gone stays in the chain, and the child can be edited and run.
        caller.delete_job(parent, None, false).await.unwrap();
        let chain = caller.chain(child).await.unwrap();
        assert!(chain.jobs.iter().any(|job| job.id == parent && job.is_deleted && job.is_ancestor));
        caller.edit_job(child, None, false, |mut draft| {
            draft.name_en = Some("orphan".to_owned());
            Ok(draft)
        }).await.unwrap();
        run(lab, &caller, child, None).await;
        caller.delete_job(child, None, false).await.unwrap();
        assert!(lab.texts("SELECT CAST(child_id AS TEXT) FROM job_parent").await.is_empty());
    }

    async fn an_end_noted_before_a_crash_is_answered_after_it(lab) {
        let caller = started(lab).await;
        let parent = make(&caller, "parent", json!({}), None).await;
        let child = make(&caller, "child", json!({}), after(&[(parent, OnEnd::Success)], JoinMode::All, None)).await;
        let first = run(lab, &caller, parent, None).await;
        ended(lab, &lab.engine, child, 1).await;
        lab.engine.stop(Duration::from_secs(5)).await;
        // What a process leaves that was killed between the end of the parent and the answer to it.
        lab.sql(&format!(
            "INSERT INTO chain_arrival (child_id, execution_id, parent_id, created_at, status, finished_at, is_new) \
             VALUES ({child}, {}, {parent}, {}, 3, {}, true)",
            first.id, first.created_at.as_microsecond(), first.finished_at.unwrap().as_microsecond()
        )).await;
        let engine = lab.reopen(|_| {}).await;
        engine.start().await.unwrap();
        let runs = ended(lab, &engine, child, 2).await;
        assert_eq!(runs[1].parents[0].execution, first.uuid);
        engine.stop(Duration::from_secs(5)).await;
    }

    async fn many_ends_are_answered_once_each(lab) {
        let caller = started(lab).await;
        let parent = make(&caller, "parent", json!({}), None).await;
        let child = make(&caller, "child", json!({}), after(&[(parent, OnEnd::Success)], JoinMode::Any, None)).await;
        let second = if lab.is_postgres() {
            let second = lab.another_instance().await;
            second.start().await.unwrap();
            Some(second)
        } else {
            None
        };
        for _ in 0..40 {
            caller.run_job(run_of(parent, None)).await.unwrap();
        }
        let begun = std::time::Instant::now();
        loop {
            lab.engine.settle().await;
            if let Some(second) = &second {
                second.settle().await;
                lab.advance(1);
            }
            let done = executions(&caller, child).await;
            if done.iter().filter(|one| one.status.is_final()).count() >= 40 {
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "{} of 40", done.len());
        }
        answered(lab).await;
        let runs = executions(&caller, child).await;
        let parents: std::collections::HashSet<_> = runs.iter().map(|run| run.parents[0].execution.clone()).collect();
        assert_eq!((runs.len(), parents.len()), (40, 40));
        if let Some(second) = second {
            second.stop(Duration::from_secs(5)).await;
        }
    }
}
