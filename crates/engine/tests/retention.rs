//! What is old goes: row by row on SQLite, and by whole parts where PostgreSQL keeps the history in parts.

#![expect(
    clippy::unwrap_used,
    reason = "scenarios and what they share are test code, outside the functions marked as tests"
)]

mod support;

use std::time::Duration;

use orloj_engine::model::{Actor, ExecutionFilter, Page, RunRequest, Status};
use orloj_engine::{Caller, Engine};
use orloj_schedule::RuleSpec;
use serde_json::json;
use support::{Lab, both, draft, run_of};

const DAY_S: i64 = 86_400;
/// Executions of one part of the history on PostgreSQL.
const SPAN: i64 = 5_000_000;

async fn ended(caller: &Caller, job: i64) -> u64 {
    let filter = ExecutionFilter {
        job_id: Some(job),
        statuses: vec![Status::Success],
        ..ExecutionFilter::default()
    };
    let page = Page { number: 1, size: 1 };
    caller.executions(filter, page).await.unwrap().total
}

/// How many executions there are in all, by the roll-up.
async fn size(caller: &Caller) -> u64 {
    let page = Page { number: 1, size: 1 };
    caller
        .executions(ExecutionFilter::default(), page)
        .await
        .unwrap()
        .total
}

async fn run(lab: &Lab, engine: &Engine, job: i64) {
    let caller = engine.caller(Actor::system());
    let before = ended(&caller, job).await;
    caller.run_job(run_of(job)).await.unwrap();
    lab.until(engine, "the run ends", || async {
        ended(&caller, job).await == before + 1
    })
    .await;
}

/// Another process on the same database, whose next execution has this number or a later one.
async fn numbers_go_on_at(lab: &Lab, engine: &Engine, next: i64) -> Engine {
    engine.stop(Duration::from_secs(5)).await;
    lab.sql(&format!(
        "UPDATE sequence SET next = {next} WHERE name = 'execution'"
    ))
    .await;
    let engine = lab.reopen(|_| {}).await;
    engine.start().await.unwrap();
    engine.settle().await;
    engine
}

/// The parts of a table, in the order of their names; none on SQLite.
async fn parts(lab: &Lab, table: &str) -> Vec<String> {
    if !lab.is_postgres() {
        return Vec::new();
    }
    lab.texts(&format!(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = '{table}'::regclass ORDER BY 1"
    ))
    .await
}

both! {
    async fn full_parts_go_as_a_whole_and_nothing_else_goes_with_them(lab) {
        lab.engine.start().await.unwrap();
        let caller = lab.system();
        let plain = caller.create_job(draft(RuleSpec::Manual, json!({}))).await.unwrap().job.id;
        let mut long = draft(RuleSpec::Manual, json!({}));
        long.settings.retention.days = Some(90);
        let long = caller.create_job(long).await.unwrap().job.id;
        // The first part has nothing that is to be kept; the second has; the third is not full yet.
        run(lab, &lab.engine, plain).await;
        run(lab, &lab.engine, plain).await;
        lab.sql("INSERT INTO execution_parent (execution_id, parent_id, parent_created_at, parent_job_id) SELECT id, 7, 7, 7 FROM execution").await;
        let second = numbers_go_on_at(lab, &lab.engine, SPAN).await;
        run(lab, &second, plain).await;
        run(lab, &second, long).await;
        let third = numbers_go_on_at(lab, &second, 2 * SPAN).await;
        run(lab, &third, plain).await;
        run(lab, &third, long).await;
        let caller = third.caller(Actor::system());
        assert_eq!(size(&caller).await, 6);
        if lab.is_postgres() {
            for table in ["execution", "attempt", "log_chunk"] {
                let wanted = ["1", "2", "first", "other"].map(|part| format!("{table}_{part}"));
                let found = parts(lab, table).await;
                assert!(wanted.iter().all(|part| found.contains(part)), "{found:?}");
            }
        }

        lab.advance(40 * DAY_S);
        lab.until(&third, "the old history goes", || async { ended(&caller, plain).await == 0 }).await;
        assert_eq!(ended(&caller, long).await, 2);
        assert_eq!(size(&caller).await, 2);
        assert_eq!(lab.texts("SELECT CAST(execution_id AS TEXT) FROM execution_parent").await, [""; 0]);
        if lab.is_postgres() {
            for table in ["execution", "attempt", "log_chunk"] {
                let found = parts(lab, table).await;
                assert!(!found.contains(&format!("{table}_first")), "{found:?}");
                assert!(found.contains(&format!("{table}_1")), "{found:?}");
                // Made ahead of need.
                lab.until(&third, "the next parts are made", || async { parts(lab, table).await.contains(&format!("{table}_3")) }).await;
            }
        }
        // When the rest may go as well, its part goes too.
        lab.advance(60 * DAY_S);
        lab.until(&third, "the rest goes", || async { size(&caller).await == 0 }).await;
        if lab.is_postgres() {
            lab.advance(DAY_S);
            lab.until(&third, "its part goes", || async { !parts(lab, "execution").await.contains(&"execution_1".to_owned()) }).await;
        }
        third.stop(Duration::from_secs(5)).await;
    }

    async fn a_part_stays_while_an_execution_with_one_of_its_numbers_has_not_ended(lab) {
        lab.engine.start().await.unwrap();
        let caller = lab.system();
        let job = caller.create_job(draft(RuleSpec::Manual, json!({}))).await.unwrap().job.id;
        run(lab, &lab.engine, job).await;
        let far = RunRequest { at: Some(lab.now() + jiff::SignedDuration::from_hours(50 * 24)), ..run_of(job) };
        caller.run_job(far).await.unwrap();
        let later = numbers_go_on_at(lab, &lab.engine, SPAN).await;
        let caller = later.caller(Actor::system());
        lab.advance(40 * DAY_S);
        lab.until(&later, "what has ended goes", || async { ended(&caller, job).await == 0 }).await;
        assert_eq!(size(&caller).await, 1);
        if lab.is_postgres() {
            assert!(parts(lab, "execution").await.contains(&"execution_first".to_owned()));
        }
        lab.advance(11 * DAY_S);
        lab.until(&later, "the late one has run", || async { ended(&caller, job).await == 1 }).await;
        later.stop(Duration::from_secs(5)).await;
    }

    async fn the_ledger_is_forgotten_by_whole_days(lab) {
        lab.engine.start().await.unwrap();
        let caller = lab.system();
        let once = RuleSpec::Once { at: "2026-03-02T10:01:00Z".parse().unwrap() };
        let job = caller.create_job(draft(once, json!({}))).await.unwrap().job.id;
        lab.advance(60);
        lab.until(&lab.engine, "it has run", || async { ended(&caller, job).await == 1 }).await;
        let fires = || lab.texts("SELECT CAST(due_at AS TEXT) FROM fire");
        assert_eq!(fires().await.len(), 1);
        lab.advance(29 * DAY_S);
        if lab.is_postgres() {
            // The day of the scenario and three days ahead; two of the days between were nobody's.
            lab.until(&lab.engine, "the coming days are made", || async { parts(lab, "fire").await.len() > 5 }).await;
        }
        assert_eq!(fires().await.len(), 1);
        lab.advance(2 * DAY_S);
        lab.until(&lab.engine, "the ledger forgets", || async { fires().await.is_empty() }).await;
        if lab.is_postgres() {
            assert!(!parts(lab, "fire").await.contains(&"fire_first".to_owned()));
        }
        lab.engine.stop(Duration::from_secs(5)).await;
    }
}
