//! Task functions tried out without a job, and views that people save, on both databases.

#![expect(
    clippy::unwrap_used,
    reason = "scenarios and what they share are test code, outside the functions marked as tests"
)]

mod support;

use std::time::Duration;

use orloj_engine::model::{
    AccountPatch, ExecutionFilter, JobFilter, NewView, Page, Role, SavedView, Status, Trial,
    Trigger, ViewPage,
};
use orloj_engine::{Caller, Kind};
use serde_json::{Value, json};
use support::both;

const PAGE: Page = Page {
    number: 1,
    size: 20,
};

fn trial(parameters: Value) -> Trial {
    Trial {
        task_function: "probe".to_owned(),
        name_en: Some("Nightly".to_owned()),
        name_ar: None,
        parameters,
        timeout_seconds: None,
    }
}

fn view(name: &str, query: &str, is_shared: bool) -> NewView {
    NewView {
        page: ViewPage::Jobs,
        name: name.to_owned(),
        query: query.to_owned(),
        is_shared,
    }
}

fn names(views: &[SavedView]) -> Vec<(&str, &str)> {
    views
        .iter()
        .map(|view| (view.name.as_str(), view.owner_name.as_str()))
        .collect()
}

async fn of_jobs(caller: &Caller) -> Vec<SavedView> {
    caller.saved_views(ViewPage::Jobs).await.unwrap()
}

both! {
    async fn a_trial_runs_once_and_leaves_no_job(lab) {
        lab.engine.start().await.unwrap();
        let mona = lab.caller("mona", Role::User).await;
        let omar = lab.caller("omar", Role::User).await;
        let started = mona.try_task_function(trial(json!({ "failTimes": 9, "exitCode": 3 })), Trigger::Manual).await.unwrap();
        lab.until(&lab.engine, "the trial ends", || async { mona.execution(&started.uuid).await.unwrap().status.is_final() }).await;
        let ended = mona.execution(&started.uuid).await.unwrap();
        assert_eq!((ended.status, ended.attempt, ended.job_name.as_str()), (Status::Failed, 1, "Test run: Nightly"));
        assert_eq!(ended.job_name_ar.as_deref(), Some("تشغيل تجريبي: مسبار"));
        assert_eq!(lab.probe.starts_of(ended.job_id).len(), 1);
        assert!(omar.execution(&started.uuid).await.is_err());

        assert_eq!(mona.jobs(JobFilter::default(), PAGE).await.unwrap().total, 0);
        assert!(mona.job(ended.job_id).await.is_err());
        assert_eq!(mona.rerun_execution(&started.uuid, None).await.unwrap_err().kind, Kind::NotFound);
        assert_eq!(mona.executions(ExecutionFilter::default(), PAGE).await.unwrap().total, 1);
        assert_eq!(mona.dashboard(&jiff::tz::TimeZone::UTC).await.unwrap().total_jobs, 0);
        lab.engine.stop(Duration::from_secs(5)).await;

        // With the history goes the job; one whose run is still there stays.
        lab.advance(31 * 86_400);
        let engine = lab.reopen(|_| {}).await;
        engine.start().await.unwrap();
        let later = engine.caller(mona.actor().clone());
        let again = later.try_task_function(trial(json!({})), Trigger::Manual).await.unwrap();
        // Retention looks some minutes after the start.
        lab.advance(3_600);
        lab.until(&engine, "the first trial is removed, the second stays", || async {
            let jobs = lab.texts("SELECT CAST(id AS TEXT) FROM job").await;
            jobs == [again.job_id.to_string()] && lab.texts("SELECT CAST(job_id AS TEXT) FROM trial").await == jobs
        })
        .await;
        assert_eq!(lab.texts("SELECT CAST(COUNT(*) AS TEXT) FROM job_version").await, ["1"]);
        engine.stop(Duration::from_secs(5)).await;
    }

    async fn a_trial_is_refused_as_the_job_would_be(lab) {
        lab.engine.start().await.unwrap();
        let mona = lab.caller("mona", Role::User).await;
        let vera = lab.caller("vera", Role::Viewer).await;
        let refused = |caller: Caller, trial: Trial| async move {
            let error = caller.try_task_function(trial, Trigger::Manual).await.unwrap_err();
            (error.kind, error.fields.first().map(|field| field.pointer.clone()))
        };
        assert_eq!(refused(vera, trial(json!({}))).await.0, Kind::Forbidden);
        let script = Trial { task_function: "script".to_owned(), ..trial(json!({ "interpreter": "bash", "code": "true" })) };
        assert_eq!(refused(mona.clone(), script).await, (Kind::Invalid, Some("/taskFunctionKey".to_owned())));
        let unknown = Trial { task_function: "no such".to_owned(), ..trial(json!({})) };
        assert_eq!(refused(mona.clone(), unknown).await, (Kind::Invalid, Some("/taskFunctionKey".to_owned())));
        assert_eq!(refused(mona.clone(), trial(json!([]))).await, (Kind::Invalid, Some("/parameters".to_owned())));
        let secret = trial(json!({ "key": { "$secret": "not-mine" } }));
        assert_eq!(refused(mona.clone(), secret).await, (Kind::Invalid, Some("/parameters/key".to_owned())));
        let endless = Trial { timeout_seconds: Some(0), ..trial(json!({})) };
        assert_eq!(refused(mona.clone(), endless).await, (Kind::Invalid, Some("/timeoutSeconds".to_owned())));
        let long = Trial { name_en: Some("n".repeat(256)), ..trial(json!({})) };
        assert_eq!(refused(mona.clone(), long).await, (Kind::Invalid, Some("/nameEn".to_owned())));
        assert!(lab.probe.starts().is_empty());

        for _ in 0..3 {
            mona.try_task_function(trial(json!({ "mode": "hold" })), Trigger::Manual).await.unwrap();
        }
        assert_eq!(refused(mona.clone(), trial(json!({}))).await, (Kind::Conflict, None));
        lab.until(&lab.engine, "all three run", || async { lab.probe.running() == 3 }).await;
        lab.probe.release(3);
        lab.until(&lab.engine, "all three end", || async {
            mona.executions(ExecutionFilter { statuses: vec![Status::Success], ..ExecutionFilter::default() }, PAGE).await.unwrap().total == 3
        })
        .await;
        mona.try_task_function(trial(json!({})), Trigger::Manual).await.unwrap();
        lab.engine.stop(Duration::from_secs(5)).await;
    }

    async fn views_belong_to_somebody_and_can_be_shared(lab) {
        let mona = lab.caller("mona", Role::User).await;
        let vera = lab.caller("vera", Role::Viewer).await;
        mona.save_view(view("  Failed ", "?status=failed", false)).await.unwrap();
        let shared = mona.save_view(view("Backups", "tag=backup", true)).await.unwrap();
        let hers = vera.save_view(view("Failed", "status=failed&q=x", false)).await.unwrap();
        mona.save_view(NewView { page: ViewPage::History, ..view("Failed", "status=timeout", false) }).await.unwrap();

        assert_eq!(names(&of_jobs(&mona).await), [("Backups", "mona"), ("Failed", "mona")]);
        assert_eq!(of_jobs(&mona).await[1].query, "status=failed");
        assert_eq!(names(&of_jobs(&vera).await), [("Backups", "mona"), ("Failed", "vera")]);
        assert_eq!(names(&of_jobs(&lab.system()).await), [("Backups", "mona")]);
        // Saved again it is the same view.
        let again = mona.save_view(view("Backups", "tag=backups", false)).await.unwrap();
        assert_eq!((again.id, again.query.as_str(), again.is_shared), (shared.id, "tag=backups", false));
        assert_eq!(names(&of_jobs(&vera).await), [("Failed", "vera")]);

        assert_eq!(vera.delete_view(shared.id).await.unwrap_err().kind, Kind::NotFound);
        mona.save_view(view("Backups", "tag=backups", true)).await.unwrap();
        assert_eq!(vera.delete_view(shared.id).await.unwrap_err().kind, Kind::Forbidden);
        assert_eq!(lab.system().delete_view(hers.id).await.unwrap_err().kind, Kind::NotFound, "what is not shared is nobody else's business");
        lab.system().delete_view(shared.id).await.unwrap();
        vera.delete_view(hers.id).await.unwrap();
        assert_eq!(names(&of_jobs(&vera).await), []);
        for (bad, field) in [
            (view(" ", "a=b", false), "/name"),
            (view(&"n".repeat(61), "a=b", false), "/name"),
            (view("a\nb", "a=b", false), "/name"),
            (view("a", &"q".repeat(2_001), false), "/query"),
        ] {
            assert_eq!(mona.save_view(bad).await.unwrap_err().fields[0].pointer, field);
        }
    }

    async fn nobody_keeps_more_views_than_two_hundred(lab) {
        let mona = lab.caller("mona", Role::User).await;
        for number in 0..200 {
            mona.save_view(view(&number.to_string(), "", false)).await.unwrap();
        }
        assert_eq!(mona.save_view(view("one more", "", false)).await.unwrap_err().kind, Kind::Conflict);
        mona.save_view(view("7", "q=x", false)).await.unwrap();
        assert_eq!(of_jobs(&mona).await.len(), 200);
    }

    async fn views_of_an_earlier_page_move_out_of_the_preferences(lab) {
        let mona = lab.caller("mona", Role::User).await;
        mona.save_view(view("kept", "q=new", false)).await.unwrap();
        let preferences = json!({ "language": "ar", "jobViews": [
            { "name": "old", "query": "status=failed" },
            { "name": "kept", "query": "q=old" },
            { "name": "", "query": "never fitted" },
            "nonsense"
        ]});
        let patch = AccountPatch { preferences: Some(preferences), ..AccountPatch::default() };
        mona.update_account(patch).await.unwrap();
        let views = of_jobs(&mona).await;
        assert_eq!(names(&views), [("kept", "mona"), ("old", "mona")]);
        assert_eq!((views[0].query.as_str(), views[1].query.as_str(), views[1].is_shared), ("q=new", "status=failed", false));
        assert_eq!(mona.account().await.unwrap().user.preferences, json!({ "language": "ar" }));
        assert_eq!(of_jobs(&mona).await.len(), 2);
    }
}
