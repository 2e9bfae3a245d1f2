//! The numbers stay quick with 100,000 jobs and a million executions. Takes minutes to fill the databases, so it runs
//! only when it is asked for: `cargo nextest run -p orloj-engine --test statistics_scale --run-ignored only --no-capture`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "scenarios are test code, outside the functions marked as tests, and this one's figures are for its reader"
)]

mod support;

use std::time::{Duration, Instant};

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use orloj_engine::Caller;
use orloj_engine::model::{Delivery, ExecutionFilter, JobDraft, Page, Role, Settings, Status};
use orloj_schedule::{RuleSpec, Spec};
use support::Lab;

const JOBS: i64 = 100_000;
const EXECUTIONS: i64 = 1_000_000;
/// Unoptimised and on a busy machine; what matters is that nothing grows with the history.
const LIMIT: Duration = Duration::from_secs(5);

/// The numbers `1..=count` as a table `n(i)`.
fn numbers(lab: &Lab, count: i64) -> String {
    if lab.is_postgres() {
        format!("(SELECT i FROM generate_series(1, {count}::bigint) i) n")
    } else {
        format!(
            "(WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {count}) SELECT i FROM c) n"
        )
    }
}

/// Copies of one job, hourly at different minutes; a tenth of them of the second owner. Nine executions each over the
/// last week, every fiftieth of them failed, and one job with a tenth of all.
async fn fill(lab: &Lab, template: i64, owner: i64) {
    let now = lab.now().as_microsecond();
    let columns = "shard, shard_version, version, task_function, name_en, description_en, parameters, settings, kind, priority, is_enabled, is_deleted, is_primary, effective_from, created_at, search";
    lab.sql(&format!(
        "INSERT INTO job (id, owner_id, schedule, {columns}) SELECT n.i + {template}, CASE WHEN n.i % 10 = 1 THEN {owner} ELSE 0 END, \
         replace(schedule, '7 * * * *', (n.i % 60) || ' * * * *'), {columns} FROM job CROSS JOIN {} WHERE id = {template}",
        numbers(lab, JOBS - 1)
    ))
    .await;
    lab.sql(&format!(
        "INSERT INTO job_hint (job_id, shard, next_at) SELECT id, shard, {now} + (id % 60) * 60000000 FROM job WHERE id > {template}"
    ))
    .await;
    lab.sql(&format!(
        "INSERT INTO execution (id, created_at, job_id, job_version, owner_id, task_function, due_at, trigger, status, attempt, started_at, finished_at, \
         summary, cause, log_lines, log_truncated) \
         SELECT n.i, {now} - n.i * 600000, j.id, 1, j.owner_id, 'probe', {now} - n.i * 600000, 0, CASE WHEN n.i % 50 = 0 THEN 4 ELSE 3 END, 1, \
         {now} - n.i * 600000, {now} - n.i * 600000 + 250000, 'a summary of some length, as they are', \
         CASE WHEN n.i % 50 = 0 THEN 'exit_code:1' END, 3, false FROM {} JOIN job j ON j.id = CASE WHEN n.i % 10 = 0 THEN {template} ELSE {template} + n.i % {JOBS} END",
        numbers(lab, EXECUTIONS)
    ))
    .await;
    // The busiest job heads the list, and with it the calendar.
    lab.sql(&format!(
        "UPDATE job SET priority = priority + 1 WHERE id = {template}"
    ))
    .await;
    // The migration counts what it finds.
    let migration = include_str!("../migrations/0003_statistics.sql");
    let counting = migration.split_once("INSERT INTO tally").unwrap().1;
    lab.sql(&format!("INSERT INTO tally{counting}")).await;
    if lab.is_postgres() {
        lab.sql("VACUUM ANALYZE").await;
    }
}

async fn timed<T>(what: &str, answer: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let answer = answer.await;
    let took = begun.elapsed();
    println!("{what}: {:.1} ms", took.as_secs_f64() * 1_000.0);
    assert!(took < LIMIT, "{what} took {took:?}");
    answer
}

async fn ask_everything(lab: &Lab, caller: &Caller, who: &str) {
    let zone = TimeZone::get("Africa/Cairo").unwrap();
    let now = lab.now();
    let dashboard = timed(&format!("{who}: dashboard"), caller.dashboard(&zone))
        .await
        .unwrap();
    assert_eq!(dashboard.upcoming.len(), 200);
    let cells = timed(
        &format!("{who}: heat map of 7 days"),
        caller.heatmap(7, &zone),
    )
    .await
    .unwrap();
    assert!(cells.len() >= 140, "{}", cells.len());
    let days = SignedDuration::from_hours(21 * 24);
    let calendar = timed(
        &format!("{who}: calendar of 42 days"),
        caller.calendar(now - days, now + days, &zone),
    )
    .await
    .unwrap();
    assert!(calendar.truncated && calendar.days.len() > 21);
    let ids: Vec<i64> = calendar.days[8]
        .jobs
        .iter()
        .map(|job| job.job_id)
        .take(100)
        .collect();
    let lines = timed(&format!("{who}: 100 sparklines"), caller.sparklines(&ids))
        .await
        .unwrap();
    assert!(!lines.is_empty());
    for (name, statuses) in [("history", Vec::new()), ("failures", vec![Status::Failed])] {
        let filter = ExecutionFilter {
            statuses,
            ..ExecutionFilter::default()
        };
        let page = Page {
            number: 1,
            size: 20,
        };
        let listed = timed(
            &format!("{who}: first page of {name}"),
            caller.executions(filter, page),
        )
        .await
        .unwrap();
        assert!(listed.total > 1_000 && listed.items.len() == 20);
    }
}

#[tokio::test]
#[ignore = "fills a database with a million rows"]
async fn sqlite() {
    nothing_scans_the_history(&Lab::sqlite().await).await;
}

#[tokio::test]
#[ignore = "fills a database with a million rows"]
async fn postgres() {
    let Some(lab) = Lab::postgres().await else {
        println!("skipped: TEST_POSTGRES_URL is not set");
        return;
    };
    nothing_scans_the_history(&lab).await;
    lab.drop_database().await;
}

async fn nothing_scans_the_history(lab: &Lab) {
    let mona = lab.caller("mona", Role::User).await;
    let template = JobDraft {
        task_function: "probe".to_owned(),
        name_en: Some("template".to_owned()),
        name_ar: None,
        description_en: Some("A description of some length, as they are.".to_owned()),
        description_ar: None,
        schedule: Spec::new(RuleSpec::Cron {
            expression: "7 * * * *".to_owned(),
        }),
        parameters: serde_json::json!({}),
        settings: Settings::with_delivery(Delivery::AtMostOnce),
        tags: Vec::new(),
        is_enabled: true,
        is_primary: false,
    };
    let template = mona.create_job(template).await.unwrap().job.id;
    fill(lab, template, mona.actor().user_id).await;
    for round in ["cold", "warm"] {
        ask_everything(lab, &lab.system(), &format!("everybody, {round}")).await;
        ask_everything(lab, &mona, &format!("one owner, {round}")).await;
    }
}
