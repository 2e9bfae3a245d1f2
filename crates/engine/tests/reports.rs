//! What a run learns about jobs, people and the scheduler: right, and only what its owner may see, on both databases.

#![allow(
    clippy::allow_attributes,
    clippy::unwrap_used,
    reason = "scenarios and what they share are test code, outside the functions marked as tests"
)]

mod support;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use orloj_engine::model::{
    Actor, Delivery, Execution, JobDraft, NewUser, Role, RunRequest, Settings, Status, Trigger,
};
use orloj_engine::{Caller, Engine};
use orloj_schedule::{RuleSpec, Spec};
use orloj_tasks::{
    Category, Cause, Context, Outcome, ParameterError, Policy, StatisticsRequest, Subject,
    TaskFunction, TaskInfo, Text,
};
use serde_json::{Value, json};
use support::{Lab, both};

/// A task function that asks and tells, and fails when it is told to.
struct Asker {
    info: TaskInfo,
}

impl Asker {
    fn new() -> Self {
        Self {
            info: TaskInfo {
                key: "asker".to_owned(),
                name: Text::fixed("Asker", "سائل"),
                description: Text::fixed("Asks.", "يسأل."),
                category: Category::General,
                icon: "flask".to_owned(),
                schema: json!({ "type": "object" }),
                default_delivery: orloj_tasks::Delivery::AtMostOnce,
                grant: None,
                default_timeout_seconds: None,
                example: json!({}),
            },
        }
    }
}

#[async_trait]
impl TaskFunction for Asker {
    fn info(&self) -> &TaskInfo {
        &self.info
    }

    fn check(&self, _: &Value, _: &Policy) -> Result<(), Vec<ParameterError>> {
        Ok(())
    }

    async fn run(&self, context: &Context, parameters: &Value) -> Outcome {
        let instant =
            |name: &str| -> Timestamp { parameters[name].as_str().unwrap().parse().unwrap() };
        let subject = match parameters["subject"].as_str() {
            Some("users") => Subject::UserActivity,
            Some("system") => Subject::System,
            Some("jobs") => Subject::Jobs,
            _ => return Outcome::failed(Cause::Network, "told to"),
        };
        let request = StatisticsRequest {
            subject,
            from: instant("from"),
            until: instant("until"),
            zone: TimeZone::get("Africa/Cairo").unwrap(),
        };
        match context.services.statistics(&request).await {
            Ok(found) => Outcome::success("asked").with_result(json!(found)),
            Err(message) => Outcome::failed(Cause::InvalidParameters, message),
        }
    }
}

/// The lab's engine is there for its database; this one knows the asker.
async fn open(lab: &Lab) -> Engine {
    let engine = lab
        .reopen_with(|catalogue| {
            catalogue.register(Arc::new(Asker::new()));
        })
        .await;
    engine.start().await.unwrap();
    engine.settle().await;
    engine
}

async fn maintained(lab: &Lab, engine: &Engine, caller: &Caller, parameters: Value) -> Execution {
    let id = job_of(caller, "maintenance", "maintains", parameters).await;
    run(lab, engine, caller, id).await
}

async fn job(caller: &Caller, name: &str, parameters: Value) -> i64 {
    job_of(caller, "asker", name, parameters).await
}

async fn job_of(caller: &Caller, function: &str, name: &str, parameters: Value) -> i64 {
    let draft = JobDraft {
        task_function: function.to_owned(),
        name_en: Some(name.to_owned()),
        name_ar: None,
        description_en: None,
        description_ar: None,
        schedule: Spec::new(RuleSpec::Manual),
        parameters,
        settings: Settings::with_delivery(Delivery::AtMostOnce),
        tags: Vec::new(),
        is_enabled: true,
        is_primary: false,
    };
    caller.create_job(draft).await.unwrap().job.id
}

async fn run(lab: &Lab, engine: &Engine, caller: &Caller, job_id: i64) -> Execution {
    let request = RunRequest::new(job_id, Trigger::Manual);
    let uuid = caller.run_job(request).await.unwrap().uuid;
    lab.until(engine, "the run ends", || async {
        caller.execution(&uuid).await.unwrap().status.is_final()
    })
    .await;
    caller.execution(&uuid).await.unwrap()
}

async fn asked(lab: &Lab, engine: &Engine, caller: &Caller, subject: &str) -> Execution {
    let parameters = json!({
        "subject": subject, "from": "2026-03-01T22:00:00Z", "until": "2026-03-03T22:00:00Z",
    });
    let id = job(caller, &format!("asks about {subject}"), parameters).await;
    run(lab, engine, caller, id).await
}

async fn caller(engine: &Engine, name: &str, role: Role) -> Caller {
    let new = NewUser {
        name: name.to_owned(),
        display_name: None,
        email: None,
        role,
        password: Some(support::PASSWORD.to_owned()),
        grants: Vec::new(),
    };
    let system = engine.caller(Actor::system());
    system.create_user(new).await.unwrap();
    let session = engine
        .sign_in(name, support::PASSWORD, None, None)
        .await
        .unwrap();
    engine.caller(engine.authenticate_session(&session.secret).await.unwrap())
}

both! {
    async fn each_sees_their_own_and_administrators_see_all(lab) {
        lab.engine.stop(std::time::Duration::from_secs(5)).await;
        let engine = open(lab).await;
        let mona = caller(&engine, "mona", Role::User).await;
        let omar = caller(&engine, "omar", Role::User).await;
        let root = caller(&engine, "root", Role::Admin).await;
        let fails = job(&mona, "fails", json!({})).await;
        for _ in 0..3 {
            assert_eq!(run(lab, &engine, &mona, fails).await.status, Status::Failed);
        }
        // So that a quarter of an hour is complete.
        lab.advance(900);

        let found = asked(lab, &engine, &mona, "jobs").await;
        assert_eq!(found.status, Status::Success, "{:?}", found.outcome);
        let found = found.outcome.result.unwrap();
        assert_eq!(found["totals"]["failed"], 3);
        assert_eq!(found["totalJobs"], 2);
        // Two days of Cairo, and what happened stands on the first.
        let days = found["days"].as_array().unwrap();
        assert_eq!(days.len(), 2);
        assert_eq!((&days[0]["day"], &days[0]["failed"]), (&json!("2026-03-02"), &json!(3)));
        assert_eq!(found["jobs"][0]["name"], "fails");
        assert_eq!(found["jobs"][0]["failed"], 3);
        assert_eq!(found["jobs"][0]["averageMs"], 0);
        assert_eq!((&found["failures"][0]["cause"], &found["failures"][0]["count"]), (&json!("network"), &json!(3)));

        let theirs = asked(lab, &engine, &omar, "jobs").await.outcome.result.unwrap();
        assert_eq!((&theirs["totals"]["failed"], &theirs["totalJobs"]), (&json!(0), &json!(1)));
        let all = asked(lab, &engine, &root, "jobs").await.outcome.result.unwrap();
        assert_eq!((&all["totals"]["failed"], &all["totalJobs"]), (&json!(3), &json!(4)));

        let system = asked(lab, &engine, &omar, "system").await.outcome.result.unwrap();
        assert_eq!((&system["totals"]["failed"], &system["totalJobs"]), (&json!(0), &json!(2)));
        assert_eq!(system["instances"].as_array().unwrap().len(), 1);

        let refused = asked(lab, &engine, &omar, "users").await;
        assert_eq!(refused.status, Status::Failed);
        assert!(refused.outcome.error_message.unwrap().contains("administrator"));
        let people = asked(lab, &engine, &root, "users").await.outcome.result.unwrap();
        assert_eq!((&people["totalUsers"], &people["activeUsers"]), (&json!(3), &json!(3)));
        let mona = people["users"].as_array().unwrap().iter().find(|one| one["name"] == "mona").unwrap();
        assert_eq!((&mona["jobs"], &mona["executions"]), (&json!(2), &json!(4)));
        assert!(mona["actions"].as_u64().unwrap() >= 2, "{mona}");
        assert!(people["days"][0]["actions"].as_u64().unwrap() >= 8, "{people}");
        engine.stop(std::time::Duration::from_secs(5)).await;
    }

    async fn orloj_looks_after_itself_for_administrators_only(lab) {
        lab.engine.stop(std::time::Duration::from_secs(5)).await;
        let engine = open(lab).await;
        let omar = caller(&engine, "omar", Role::User).await;
        let root = caller(&engine, "root", Role::Admin).await;
        let own = |operations: Value| json!({ "scope": "orloj", "operations": operations, "keepDays": 1 });
        let every = json!(["vacuum", "analyze", "reindex", "optimize", "expired", "temporary", "caches"]);
        let refused = maintained(lab, &engine, &omar, own(every.clone())).await;
        assert_eq!(refused.status, Status::Failed);
        assert!(refused.outcome.error_message.unwrap().contains("administrator"));
        let id = job(&root, "looks after", json!({})).await;
        run(lab, &engine, &root, id).await;
        let done = maintained(lab, &engine, &root, own(every)).await;
        assert_eq!(done.status, Status::Success, "{:?}", done.outcome);
        // Whoever signed in a moment ago stays.
        assert_eq!(lab.texts("SELECT CAST(COUNT(*) AS TEXT) FROM session").await, ["2"]);
        lab.advance(2 * 86_400);
        let done = maintained(lab, &engine, &root, own(json!(["expired"]))).await;
        assert_eq!(done.outcome.result.unwrap()["done"], json!(["expired: 2 removed"]));
        assert_eq!(lab.texts("SELECT CAST(COUNT(*) AS TEXT) FROM session").await, ["0"]);
        engine.stop(std::time::Duration::from_secs(5)).await;
    }
}
