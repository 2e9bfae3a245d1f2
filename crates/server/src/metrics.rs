//! `/metrics` in the text format of Prometheus.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::CONTENT_TYPE;

use orloj_engine::model::Status;
use orloj_engine::{Counter, LATENESS_BOUNDS_US, Metrics};

use crate::app::App;
use crate::auth::Credentials;
use crate::http::access::Access;
use crate::http::failure::Failure;
use crate::http::peer::Origin;

/// Answers by the first digit of their status.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    answers: [AtomicU64; 5],
}

impl Counts {
    /// Counts an answer.
    pub(crate) fn answered(&self, status: u16) {
        let class = usize::from(status / 100).wrapping_sub(1);
        if let Some(count) = self.answers.get(class) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/metrics", get(read))
}

async fn read(State(app): State<App>, request: Request) -> Result<Response, Failure> {
    let (parts, _) = request.into_parts();
    let origin = Origin::of(&parts, &app.config.trusted_proxies);
    if !app.config.open_metrics && !origin.is_local {
        let actor = Credentials::of(&parts.headers, &origin)?
            .actor(&app.engine)
            .await?
            .ok_or_else(|| Failure::unauthenticated("Send an administrator's token"))?;
        // A token that may only read is what one gives a collector.
        if let Some(reason) = Access::Read.refusal(&actor) {
            return Err(Failure::forbidden(reason));
        }
        if !actor.is_admin() {
            return Err(Failure::forbidden("Administrators only"));
        }
    }
    let text = render(&app);
    Ok((
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        text,
    )
        .into_response())
}

fn render(app: &App) -> String {
    let mut page = Page::default();
    let engine = app.engine.metrics();
    page.family("orloj_build_info", "gauge", "Version of this process.");
    page.line(
        "orloj_build_info",
        &format!("{{version=\"{}\"}}", env!("CARGO_PKG_VERSION")),
        1,
    );
    page.family(
        "orloj_http_answers_total",
        "counter",
        "Answers by status class.",
    );
    for (class, count) in (1..).zip(&app.counts.answers) {
        page.line(
            "orloj_http_answers_total",
            &format!("{{class=\"{class}xx\"}}"),
            count.load(Ordering::Relaxed),
        );
    }
    executions(&mut page, engine);
    lateness(&mut page, engine);
    page.text
}

fn executions(page: &mut Page, engine: &Metrics) {
    page.single(
        "orloj_fires_total",
        "counter",
        "Due instants that became executions.",
        engine.fired.get(),
    );
    page.single(
        "orloj_fires_not_run_total",
        "counter",
        "Due instants that were missed, skipped or coalesced.",
        engine.skipped.get(),
    );
    page.single(
        "orloj_attempts_started_total",
        "counter",
        "Attempts started.",
        engine.started.get(),
    );
    page.single(
        "orloj_attempts_retried_total",
        "counter",
        "Attempts that ended in another attempt.",
        engine.retried.get(),
    );
    page.single(
        "orloj_executions_running",
        "gauge",
        "Executions running in this process.",
        engine.running.get().max(0).unsigned_abs(),
    );
    page.family(
        "orloj_executions_finished_total",
        "counter",
        "Executions ended, by status.",
    );
    for status in Status::ALL {
        page.line(
            "orloj_executions_finished_total",
            &format!("{{status=\"{}\"}}", status.word()),
            engine.finished_with(status),
        );
    }
    page.single(
        "orloj_commits_total",
        "counter",
        "Transactions of the committer.",
        engine.commits.get(),
    );
    page.single(
        "orloj_write_failures_total",
        "counter",
        "Engine writes that failed and were tried again.",
        engine.write_failures.get(),
    );
    page.single(
        "orloj_stale_finishes_total",
        "counter",
        "Ends reported by somebody who no longer held the execution.",
        engine.stale_finishes.get(),
    );
    page.single(
        "orloj_early_starts_total",
        "counter",
        "Starts before their due instant.",
        engine.early.get(),
    );
    page.family("orloj_run_seconds_total", "counter", "Sum of run times.");
    page.line(
        "orloj_run_seconds_total",
        "",
        seconds(engine.run_time_sum_us.get()),
    );
}

fn lateness(page: &mut Page, engine: &Metrics) {
    let name = "orloj_start_lateness_seconds";
    page.family(name, "histogram", "How late scheduled executions started.");
    let mut below = 0;
    for (bound, count) in LATENESS_BOUNDS_US.iter().zip(&engine.lateness) {
        below += count.get();
        let bound = seconds(bound.unsigned_abs());
        page.line(
            &format!("{name}_bucket"),
            &format!("{{le=\"{bound}\"}}"),
            below,
        );
    }
    let all = below + engine.lateness.last().map_or(0, Counter::get);
    page.line(&format!("{name}_bucket"), "{le=\"+Inf\"}", all);
    page.line(
        &format!("{name}_sum"),
        "",
        seconds(engine.lateness_sum_us.get()),
    );
    page.line(&format!("{name}_count"), "", all);
}

fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}

/// The text being written. Writing to a string cannot fail.
#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.text, "{name}{labels} {value}");
    }

    fn single(&mut self, name: &str, kind: &str, help: &str, value: u64) {
        self.family(name, kind, help);
        self.line(name, "", value);
    }
}
