//! Files of runs: kept whole or not at all, within the quotas, seen by who may, gone when their time is over.

#![expect(
    clippy::unwrap_used,
    reason = "scenarios and what they share are test code, outside the functions marked as tests"
)]

mod support;

use std::time::Duration;

use orloj_engine::model::{
    Artifact, ArtifactQuota, Delivery, Execution, JobDraft, Role, RunRequest, Settings, Status,
    Trigger,
};
use orloj_engine::{Caller, Engine, Kind};
use orloj_schedule::{RuleSpec, Spec};
use serde_json::{Value, json};
use support::{Lab, both};

fn draft(files: Value) -> JobDraft {
    JobDraft {
        task_function: "probe".to_owned(),
        name_en: Some("Files".to_owned()),
        name_ar: None,
        description_en: None,
        description_ar: None,
        schedule: Spec::new(RuleSpec::Manual),
        parameters: json!({ "files": files }),
        settings: Settings::with_delivery(Delivery::AtMostOnce),
        tags: Vec::new(),
        is_enabled: true,
        is_primary: false,
    }
}

/// Runs a job to its end.
async fn run(lab: &Lab, engine: &Engine, caller: &Caller, job: i64) -> Execution {
    let request = RunRequest::new(job, Trigger::Manual);
    let uuid = caller.run_job(request).await.unwrap().uuid;
    lab.until(engine, "the run ends", || async {
        caller.execution(&uuid).await.unwrap().status.is_final()
    })
    .await;
    caller.execution(&uuid).await.unwrap()
}

async fn read(caller: &Caller, artifact: &Artifact, from: u64, until: u64) -> Vec<u8> {
    let mut content = caller.artifact_content(artifact, from, until);
    let mut all = Vec::new();
    while let Some(piece) = content.next().await.unwrap() {
        all.extend(piece);
    }
    all
}

/// What the probe writes.
fn content(from: usize, until: usize) -> Vec<u8> {
    (from..until).map(|at| (at / 7 % 251) as u8).collect()
}

async fn counts(lab: &Lab) -> (String, String) {
    let count = async |table: &str| {
        let query = format!("SELECT CAST(COUNT(*) AS TEXT) FROM {table}");
        lab.texts(&query).await.remove(0)
    };
    (count("artifact").await, count("artifact_chunk").await)
}

/// Lets the sweep come round, and waits until it has left so many files and pieces.
async fn swept(lab: &Lab, engine: &Engine, files: &str, pieces: &str) {
    lab.advance(601);
    lab.until(engine, "the sweep", || async {
        counts(lab).await == (files.to_owned(), pieces.to_owned())
    })
    .await;
}

both! {
    async fn files_are_kept_byte_for_byte(lab) {
        lab.engine.start().await.unwrap();
        let caller = lab.caller("ann", Role::User).await;
        // Empty, one piece to the byte, and more than are written in one transaction.
        let sizes = [0_usize, 262_144, 262_144 * 5 + 17];
        let files: Vec<Value> = sizes.iter().map(|size| json!({ "name": format!("f{size}.csv"), "bytes": size })).collect();
        let job = caller.create_job(draft(json!(files))).await.unwrap().job.id;
        let execution = run(lab, &lab.engine, &caller, job).await;
        assert_eq!(execution.status, Status::Success, "{:?}", execution.outcome);
        assert_eq!(execution.artifacts.len(), 3);
        for (artifact, size) in execution.artifacts.iter().zip(sizes) {
            assert_eq!((artifact.name.as_str(), artifact.size), (format!("f{size}.csv").as_str(), size as u64));
            assert_eq!(artifact.media_type, "text/csv; charset=utf-8");
            assert_eq!(read(&caller, artifact, 0, u64::MAX).await, content(0, size));
        }
        // The digest of nothing is known.
        assert_eq!(execution.artifacts[0].sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        let big = &execution.artifacts[2];
        for (from, until) in [(0, 1), (262_143, 262_146), (262_144, 524_288), (1_310_700, 9_999_999)] {
            assert_eq!(read(&caller, big, from, until).await, content(from as usize, (until as usize).min(sizes[2])));
        }
        lab.engine.stop(Duration::ZERO).await;
    }

    async fn nobody_else_sees_them(lab) {
        lab.engine.start().await.unwrap();
        let ann = lab.caller("ann", Role::User).await;
        let bob = lab.caller("bob", Role::User).await;
        let job = ann.create_job(draft(json!([{ "name": "a.txt", "bytes": 5 }]))).await.unwrap().job.id;
        let execution = run(lab, &lab.engine, &ann, job).await;
        let id = execution.artifacts[0].id;
        assert_eq!(bob.artifacts(&execution.uuid).await.unwrap_err().kind, Kind::NotFound);
        assert_eq!(bob.artifact(&execution.uuid, id).await.unwrap_err().kind, Kind::NotFound);
        assert_eq!(bob.remove_artifact(&execution.uuid, id).await.unwrap_err().kind, Kind::NotFound);
        // Not through an execution of one's own either.
        let own = bob.create_job(draft(json!([]))).await.unwrap().job.id;
        let own = run(lab, &lab.engine, &bob, own).await;
        assert_eq!(bob.artifact(&own.uuid, id).await.unwrap_err().kind, Kind::NotFound);
        assert_eq!(lab.system().artifact(&execution.uuid, id).await.unwrap().name, "a.txt");
        ann.remove_artifact(&execution.uuid, id).await.unwrap();
        assert!(ann.artifacts(&execution.uuid).await.unwrap().is_empty());
        assert_eq!(ann.remove_artifact(&execution.uuid, id).await.unwrap_err().kind, Kind::NotFound);
        assert_eq!(lab.texts("SELECT action FROM audit_event WHERE action LIKE 'artifact%'").await, ["artifact.removed"]);
        swept(lab, &lab.engine, "0", "0").await;
        lab.engine.stop(Duration::ZERO).await;
    }

    async fn quotas_hold_and_names_are_no_paths(lab) {
        lab.engine.stop(Duration::ZERO).await;
        let engine = lab.reopen(|config| config.artifact_quota = ArtifactQuota { owner: 1_000, total: 1_500 }).await;
        engine.start().await.unwrap();
        let system = lab.system_of(&engine);
        let job = async |files: Value| system.create_job(draft(files)).await.unwrap().job.id;
        let ok = job(json!([{ "name": "a", "bytes": 600 }])).await;
        let first = run(lab, &engine, &system, ok).await;
        assert_eq!(first.status, Status::Success);
        let full = run(lab, &engine, &system, ok).await;
        assert_eq!(full.status, Status::Failed);
        let message = full.outcome.error_message.unwrap();
        assert!(message.contains("600 of 1000 bytes"), "{message}");
        assert!(full.artifacts.is_empty());
        // A removed file makes room at once.
        system.remove_artifact(&first.uuid, first.artifacts[0].id).await.unwrap();
        assert_eq!(run(lab, &engine, &system, ok).await.status, Status::Success);
        for name in ["../../etc/passwd", "a/b", "", "..", "a\nb"] {
            let bad = job(json!([{ "name": name, "bytes": 1 }])).await;
            let refused = run(lab, &engine, &system, bad).await;
            assert_eq!(refused.status, Status::Failed, "{name:?}");
            assert!(refused.outcome.error_message.unwrap().contains("plain file name"));
        }
        engine.stop(Duration::ZERO).await;
    }

    async fn what_a_crash_left_unfinished_is_never_seen_and_goes(lab) {
        lab.engine.start().await.unwrap();
        let system = lab.system();
        let job = system.create_job(draft(json!([{ "name": "whole", "bytes": 10 }]))).await.unwrap().job.id;
        let execution = run(lab, &lab.engine, &system, job).await;
        // What is in the database when a process is killed between two pieces.
        let now = lab.now().as_microsecond();
        lab.sql(&format!(
            "INSERT INTO artifact (id, execution_id, owner_id, state, name, media_type, size, sha256, created_at, written_at) \
             VALUES (900, {}, 0, 1, 'half', 'text/plain', 600000, '', {now}, {now})", execution.id)).await;
        lab.sql("INSERT INTO artifact_chunk (artifact_id, number, content) SELECT 900, 0, content FROM artifact_chunk LIMIT 1").await;
        assert_eq!(system.artifacts(&execution.uuid).await.unwrap().len(), 1);
        assert_eq!(system.artifact(&execution.uuid, 900).await.unwrap_err().kind, Kind::NotFound);
        swept(lab, &lab.engine, "1", "1").await;
        assert_eq!(system.artifacts(&execution.uuid).await.unwrap()[0].name, "whole");
        lab.engine.stop(Duration::ZERO).await;
    }

    async fn they_go_by_their_own_days_and_with_their_executions(lab) {
        lab.engine.start().await.unwrap();
        let system = lab.system();
        let mut short = draft(json!([{ "name": "short", "bytes": 300_000 }]));
        short.settings.retention.artifact_days = Some(2);
        let mut bad = short.clone();
        bad.settings.retention.artifact_days = Some(0);
        assert_eq!(system.create_job(bad).await.unwrap_err().fields[0].pointer, "/retention/artifactDays");
        let short = system.create_job(short).await.unwrap().job.id;
        let mut long = draft(json!([{ "name": "long", "bytes": 1 }]));
        long.settings.retention.artifact_days = Some(400);
        let long = system.create_job(long).await.unwrap().job.id;
        let short = run(lab, &lab.engine, &system, short).await;
        let long = run(lab, &lab.engine, &system, long).await;
        assert_eq!(short.artifacts[0].expires_at.unwrap().as_second() - lab.now().as_second(), 2 * 86_400);
        assert_eq!(counts(lab).await, ("2".to_owned(), "3".to_owned()));
        lab.advance(2 * 86_400);
        // Out of sight to the second, also before the sweep.
        assert!(system.artifacts(&short.uuid).await.unwrap().is_empty());
        swept(lab, &lab.engine, "1", "1").await;
        assert_eq!(system.artifacts(&long.uuid).await.unwrap().len(), 1);
        system.remove_execution(&long.uuid).await.unwrap();
        swept(lab, &lab.engine, "0", "0").await;
        lab.engine.stop(Duration::ZERO).await;
    }
}
