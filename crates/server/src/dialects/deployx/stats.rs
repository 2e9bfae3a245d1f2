//! Numbers over one's tasks.

use axum::extract::State;

use orloj_engine::model::JobView;

use super::body::{Stats, Status, TaskType, UpcomingTask};
use super::convert::{is_planned, status};
use super::tasks::all_own;
use crate::app::App;
use crate::auth::Asked;
use crate::http::failure::Failure;
use crate::http::json::Json;

/// Seconds that count as soon.
const SOON_SECONDS: i64 = 7 * 86_400;
/// Tasks that are listed as due soon.
const UPCOMING: usize = 5;

pub(super) async fn stats(
    State(app): State<App>,
    Asked(caller): Asked,
) -> Result<Json<Stats>, Failure> {
    let views = all_own(&caller, None).await?;
    let count = |wanted: Status| views.iter().filter(|view| status(view) == wanted).count();
    let horizon = app.engine.clock().now().as_second() + SOON_SECONDS;
    let mut soon: Vec<&JobView> = views
        .iter()
        .filter(|view| is_planned(view))
        .filter(|view| view.next_run_at.is_some_and(|at| at.as_second() <= horizon))
        .collect();
    soon.sort_by_key(|view| (view.next_run_at, view.job.id));
    let upcoming_tasks = soon
        .into_iter()
        .take(UPCOMING)
        .filter_map(|view| {
            Some(UpcomingTask {
                id: view.job.id,
                task_name: view.job.title(),
                task_type: TaskType::of_function(&view.job.task_function)?,
                next_execution: view.next_run_at?,
            })
        })
        .collect();
    Ok(Json(Stats {
        total_tasks: views.len(),
        pending_tasks: count(Status::Pending),
        running_tasks: count(Status::Running),
        completed_tasks: count(Status::Completed),
        failed_tasks: count(Status::Failed),
        upcoming_tasks,
    }))
}
