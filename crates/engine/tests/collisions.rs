//! What starts together with a schedule that is being chosen, on both databases.

#![expect(
    clippy::unwrap_used,
    reason = "scenarios and what they share are test code, outside the functions marked as tests"
)]

mod support;

use jiff::Timestamp;
use orloj_engine::Caller;
use orloj_engine::model::{Collisions, Delivery, JobDraft, Role, Settings};
use orloj_schedule::{RuleSpec, Spec, Timeline};
use serde_json::json;
use support::both;

fn cron(expression: &str) -> Spec {
    Spec::new(RuleSpec::Cron {
        expression: expression.to_owned(),
    })
}

async fn job(caller: &Caller, schedule: Spec) -> i64 {
    let draft = JobDraft {
        task_function: "probe".to_owned(),
        name_en: None,
        name_ar: None,
        description_en: None,
        description_ar: None,
        schedule,
        parameters: json!({}),
        settings: Settings::with_delivery(Delivery::AtMostOnce),
        tags: Vec::new(),
        is_enabled: true,
        is_primary: false,
    };
    caller.create_job(draft).await.unwrap().job.id
}

fn timeline(schedule: Spec) -> Timeline {
    schedule.compile(0).unwrap().free()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn jobs(found: &Collisions) -> Vec<u64> {
    found.runs.iter().map(|run| run.jobs).collect()
}

both! {
    async fn other_jobs_of_the_same_minute_are_counted(lab) {
        let mona = lab.caller("mona", Role::User).await;
        let omar = lab.caller("omar", Role::User).await;
        for _ in 0..2 {
            job(&mona, cron("0 12 * * *")).await;
        }
        // Monday the 2nd: only the second of the three runs.
        job(&mona, cron("30 0 12 * * 2")).await;
        // More often than the hint of the next instant tells, and several times within a minute.
        job(&mona, cron("*/20 0 * * * *")).await;
        job(&mona, cron("59 11 * * *")).await;
        job(&mona, cron("1,2 12 * * *")).await;
        let paused = job(&mona, cron("0 12 * * *")).await;
        mona.pause_job(paused, None, None).await.unwrap();
        let rests = job(&mona, cron("0 12 * * *")).await;
        mona.pause_job(rests, Some(at("2026-03-03T00:00:00Z")), None).await.unwrap();
        let off = job(&mona, cron("0 12 * * *")).await;
        mona.set_job_enabled(off, false, false).await.unwrap();
        let own = job(&mona, cron("0 12 * * *")).await;
        job(&omar, cron("0 12 * * *")).await;

        let noon = timeline(cron("0 12 * * *"));
        let found = mona.collisions(&noon, Some(own), None, 3).await.unwrap();
        assert_eq!(jobs(&found), [3, 5, 4]);
        assert_eq!(found.runs[0].at, at("2026-03-02T12:00:00Z"));
        assert!(!found.is_estimate);
        let quieter = found.quieter.unwrap();
        assert_eq!((quieter.at, quieter.jobs), (at("2026-03-02T11:58:00Z"), 0));
        assert_eq!(quieter.local, "2026-03-02T11:58:00+00:00");

        assert_eq!(jobs(&mona.collisions(&noon, None, None, 1).await.unwrap()), [4], "the job itself counts when it is not named");
        assert_eq!(jobs(&omar.collisions(&noon, None, None, 1).await.unwrap()), [1]);
        assert_eq!(jobs(&lab.system().collisions(&noon, None, None, 1).await.unwrap()), [5]);
        let later = mona.collisions(&noon, Some(own), Some(at("2026-03-02T12:00:00Z")), 1).await.unwrap();
        assert_eq!((later.runs[0].at, later.runs[0].jobs), (at("2026-03-03T12:00:00Z"), 5));
        assert!(omar.collisions(&noon, Some(own), None, 1).await.is_err(), "somebody else's job is not there");
        assert!(mona.collisions(&noon, None, None, 0).await.is_err());
        assert!(mona.collisions(&noon, None, None, 11).await.is_err());
        assert_eq!(mona.collisions(&timeline(Spec::new(RuleSpec::Manual)), None, None, 3).await.unwrap(), Collisions::default());
    }

    async fn a_quieter_minute_stays_on_the_day_and_in_the_future(lab) {
        let mona = lab.caller("mona", Role::User).await;
        // It is 10:00. Two minutes from now everything starts, and before now nothing can.
        job(&mona, cron("2-20 10 * * *")).await;
        let found = mona.collisions(&timeline(cron("2 10 * * *")), None, None, 1).await.unwrap();
        assert_eq!(found.quieter.unwrap().at, at("2026-03-02T10:01:00Z"));
        // In Cairo it is two hours later: 00:00 there is 22:00 here, and the minutes before are yesterday's.
        let midnight = timeline(cron("0 0 * * *").in_zone("Africa/Cairo"));
        job(&mona, cron("0-9 22 * * *")).await;
        let found = mona.collisions(&midnight, None, None, 1).await.unwrap();
        let quieter = found.quieter.unwrap();
        assert_eq!(quieter.local, "2026-03-03T00:10:00+02:00");
        // What runs all the time cannot step aside; what is alone need not.
        let often = mona.collisions(&timeline(cron("*/5 * * * *")), None, None, 3).await.unwrap();
        assert_eq!((jobs(&often), often.quieter), (vec![1, 1, 1], None));
        let alone = mona.collisions(&timeline(cron("40 10 * * *")), None, None, 1).await.unwrap();
        assert_eq!((jobs(&alone), alone.quieter), (vec![0], None));
    }

    async fn of_very_many_jobs_a_sample_stands_for_all(lab) {
        let mona = lab.caller("mona", Role::User).await;
        let first = job(&mona, cron("0 12 * * *")).await;
        let numbers = if lab.is_postgres() {
            "generate_series(1, 5999) n(i)"
        } else {
            "(WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 5999) SELECT i FROM c) n"
        };
        // Every third at noon, the others five minutes later.
        let columns = "shard, shard_version, version, owner_id, task_function, parameters, settings, kind, priority, is_enabled, is_deleted, is_primary, effective_from, created_at, search";
        lab.sql(&format!(
            "INSERT INTO job (id, schedule, {columns}) SELECT {first} + n.i, CASE WHEN n.i % 3 = 0 THEN schedule ELSE replace(schedule, '0 12', '5 12') END, \
             {columns} FROM job CROSS JOIN {numbers} WHERE id = {first}"
        ))
        .await;
        lab.sql(&format!(
            "INSERT INTO job_hint (job_id, shard, next_at) SELECT j.id, j.shard, h.next_at FROM job j CROSS JOIN job_hint h WHERE j.id > {first} AND h.job_id = {first}"
        ))
        .await;
        for caller in [&mona, &lab.system()] {
            let found = caller.collisions(&timeline(cron("0 12 * * *")), None, None, 1).await.unwrap();
            assert!(found.is_estimate);
            let jobs = found.runs[0].jobs;
            assert!((1_700..=2_300).contains(&jobs), "{jobs}");
            let quieter = found.quieter.unwrap();
            assert_eq!((quieter.at, quieter.jobs), (at("2026-03-02T12:01:00Z"), 0));
        }
    }
}
