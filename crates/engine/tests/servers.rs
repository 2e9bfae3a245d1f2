//! Servers, notes of surfaces, counts of runs, jobs for others, removal of one execution: through the engine, on both
//! databases.
#![allow(
    clippy::allow_attributes,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a scenario that cannot go on is a failed test"
)]

mod support;

use std::collections::HashMap;

use orloj_engine::Kind;
use orloj_engine::model::{
    Actor, Delivery, JobDraft, JobNote, NewServer, NewUser, Page, Role, RunCounts, RunRequest,
    Scope, ServerFilter, Settings, Trigger,
};
use orloj_schedule::{RuleSpec, Spec};
use serde_json::json;
use support::both;

const PAGE: Page = Page {
    number: 1,
    size: 10,
};

fn draft() -> JobDraft {
    JobDraft {
        task_function: "echo".to_owned(),
        name_en: Some("a job".to_owned()),
        name_ar: None,
        description_en: None,
        description_ar: None,
        schedule: Spec::new(RuleSpec::Manual),
        parameters: json!({}),
        settings: Settings::with_delivery(Delivery::AtMostOnce),
        tags: Vec::new(),
        is_enabled: true,
        is_primary: false,
    }
}

fn server(name: &str) -> NewServer {
    NewServer {
        owner_id: None,
        owner_alias: None,
        name: name.to_owned(),
        host: "host.example".to_owned(),
        port: Some(443),
        url: None,
        status: "running".to_owned(),
        connection_name: None,
        user_name: None,
    }
}

async fn person(lab: &support::Lab, name: &str) -> orloj_engine::Caller {
    let new = NewUser {
        name: name.to_owned(),
        display_name: None,
        email: None,
        role: Role::User,
        password: None,
        grants: Vec::new(),
    };
    let user = lab
        .engine
        .caller(Actor::system())
        .create_user(new)
        .await
        .unwrap();
    lab.engine.caller(Actor {
        user_id: user.id,
        name: user.name,
        role: Role::User,
        scope: Scope::Full,
        grants: Vec::new(),
        via: "token:1".to_owned(),
    })
}

both! {
    async fn servers_belong_to_somebody(lab) {
        let (mona, omar) = (person(lab, "mona").await, person(lab, "omar").await);
        let admin = lab.engine.caller(Actor::system());
        let first = mona.create_server(server("first")).await.unwrap();
        let aliased = NewServer {
            owner_alias: Some("elsewhere".to_owned()),
            ..server("second")
        };
        mona.create_server(aliased).await.unwrap();
        let for_omar = NewServer {
            owner_id: Some(omar.actor().user_id),
            ..server("third")
        };
        assert_eq!(mona.create_server(for_omar.clone()).await.unwrap_err().kind, Kind::Forbidden);
        admin.create_server(for_omar).await.unwrap();
        assert_eq!(mona.server(first.id).await.unwrap(), first);
        assert_eq!(omar.server(first.id).await.unwrap_err().kind, Kind::NotFound);
        let total = async |caller: &orloj_engine::Caller, filter: ServerFilter| {
            caller.servers(filter, PAGE).await.unwrap().total
        };
        let of_omar = ServerFilter {
            owner_id: Some(omar.actor().user_id),
            owner_alias: None,
        };
        let elsewhere = ServerFilter {
            owner_id: None,
            owner_alias: Some("elsewhere".to_owned()),
        };
        assert_eq!(total(&admin, ServerFilter::default()).await, 3);
        assert_eq!(total(&mona, ServerFilter::default()).await, 2);
        assert_eq!(total(&mona, of_omar).await, 0);
        assert_eq!(total(&mona, elsewhere.clone()).await, 1);
        assert_eq!(total(&omar, elsewhere).await, 0);
        let bad = NewServer {
            host: "http://host/".to_owned(),
            port: Some(0),
            ..server(" ")
        };
        assert_eq!(mona.create_server(bad).await.unwrap_err().fields.len(), 3);
    }

    async fn notes_counts_and_removal(lab) {
        let (mona, omar) = (person(lab, "mona").await, person(lab, "omar").await);
        let admin = lab.engine.caller(Actor::system());
        let refused = mona.create_job_for(omar.actor().user_id, draft()).await;
        assert_eq!(refused.unwrap_err().kind, Kind::Forbidden);
        let refused = admin.create_job_for(424_242, draft()).await;
        assert_eq!(refused.unwrap_err().fields[0].pointer, "/ownerId");
        let job = admin.create_job_for(omar.actor().user_id, draft()).await.unwrap().job;
        assert_eq!(omar.job(job.id).await.unwrap().job.owner_id, omar.actor().user_id);
        let note = |word: &str| JobNote {
            alias: Some("elsewhere".to_owned()),
            content: json!({ "word": word }),
        };
        assert_eq!(mona.note_job(job.id, "s", note("x")).await.unwrap_err().kind, Kind::NotFound);
        omar.note_job(job.id, "s", note("first")).await.unwrap();
        omar.note_job(job.id, "s", note("second")).await.unwrap();
        let expected = HashMap::from([(job.id, note("second"))]);
        assert_eq!(omar.job_notes("s", &[job.id]).await.unwrap(), expected);
        assert!(omar.job_notes("t", &[job.id]).await.unwrap().is_empty());
        assert!(mona.job_notes("s", &[job.id]).await.unwrap().is_empty());
        assert_eq!(omar.jobs_under_alias("s", "elsewhere").await.unwrap(), [job.id]);
        assert!(mona.jobs_under_alias("s", "elsewhere").await.unwrap().is_empty());
        let run = RunRequest { at: Some(lab.engine.clock().now() + jiff::SignedDuration::from_hours(1)), ..RunRequest::new(job.id, Trigger::Api) };
        let waiting = omar.run_job(run).await.unwrap().uuid;
        let counts = omar.run_counts(&[job.id]).await.unwrap();
        assert_eq!(counts[&job.id], RunCounts { finished: 0, succeeded: 0, live: 1 });
        assert_eq!(omar.remove_execution(&waiting).await.unwrap_err().kind, Kind::Conflict);
        omar.cancel_execution(&waiting, None).await.unwrap();
        let counts = omar.run_counts(&[job.id]).await.unwrap();
        assert_eq!(counts[&job.id], RunCounts { finished: 1, succeeded: 0, live: 0 });
        assert!(mona.run_counts(&[job.id]).await.unwrap().is_empty());
        assert_eq!(mona.remove_execution(&waiting).await.unwrap_err().kind, Kind::NotFound);
        omar.remove_execution(&waiting).await.unwrap();
        assert_eq!(omar.execution(&waiting).await.unwrap_err().kind, Kind::NotFound);
        assert!(omar.run_counts(&[job.id]).await.unwrap().is_empty());
    }
}
