//! The scheduler as a whole, and the lists that forms choose from.

use axum::extract::State;

use orloj_engine::model::{ScheduleKind, Status};
use orloj_wire::about::About;
use orloj_wire::lookup::{NamedId, TaskFunction};
use orloj_wire::settings::Delivery;
use orloj_wire::status::SchedulerStatus;

use super::convert::draft::object;
use super::convert::{status as states, words};
use super::interval_parts::Noted;
use crate::app::App;
use crate::auth::Asked;
use crate::http::failure::Failure;
use crate::http::json::Json;

type Answer<T> = Result<T, Failure>;

pub(super) async fn status(Asked(caller): Asked) -> Answer<Json<SchedulerStatus>> {
    let status = caller.status().await?;
    let noted = Noted::of(&caller, &status.next_job).await?;
    let parts = status
        .next_job
        .as_ref()
        .and_then(|view| noted.get(view.job.id));
    Ok(Json(states::to_status(status, parts)))
}

pub(super) async fn task_functions(
    State(app): State<App>,
    Asked(caller): Asked,
) -> Json<Vec<TaskFunction>> {
    let actor = caller.actor();
    let mut all: Vec<_> = app
        .engine
        .catalogue()
        .iter()
        .filter_map(|function| {
            let info = function.info();
            let heading = info.category.title();
            let is_allowed = actor.is_admin()
                || info
                    .grant
                    .is_none_or(|grant| actor.grants.iter().any(|one| one == grant));
            Some(TaskFunction {
                id: app.engine.task_function_id(&info.key)?,
                key: info.key.clone(),
                name_en: info.name.en.to_string(),
                name_ar: info.name.ar.to_string(),
                description_en: info.description.en.to_string(),
                description_ar: info.description.ar.to_string(),
                category: info.category.as_str().to_owned(),
                category_name_en: heading.en.to_string(),
                category_name_ar: heading.ar.to_string(),
                icon: info.icon.clone(),
                schema: object(info.schema.clone()),
                example: object(info.example.clone()),
                default_delivery: match info.default_delivery {
                    orloj_tasks::Delivery::AtMostOnce => Delivery::AtMostOnce,
                    orloj_tasks::Delivery::AtLeastOnce => Delivery::AtLeastOnce,
                },
                default_timeout_seconds: info.default_timeout_seconds,
                grant: info.grant.map(str::to_owned),
                is_allowed,
                is_active: true,
            })
        })
        .collect();
    all.sort_by_key(|function| function.id);
    Json(all)
}

pub(super) async fn job_types() -> Json<Vec<NamedId>> {
    let all = ScheduleKind::ALL.into_iter().map(|kind| {
        let (en, ar) = words::kind_names(kind);
        named(kind.id(), kind.word(), en, ar)
    });
    Json(all.collect())
}

pub(super) async fn execution_statuses() -> Json<Vec<NamedId>> {
    let all = Status::ALL.into_iter().map(|status| {
        let (en, ar) = words::status_names(status);
        named(status.id(), status.word(), en, ar)
    });
    Json(all.collect())
}

fn named(id: i64, name: &str, en: &str, ar: &str) -> NamedId {
    NamedId {
        id,
        name: name.to_owned(),
        name_en: en.to_owned(),
        name_ar: ar.to_owned(),
    }
}

pub(super) async fn about(State(app): State<App>) -> Json<About> {
    let config = app.engine.config();
    Json(About {
        name: "Orloj".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        database: match app.engine.backend() {
            orloj_engine::Backend::Sqlite => "sqlite",
            orloj_engine::Backend::Postgres => "postgresql",
        }
        .to_owned(),
        time: app.engine.clock().now(),
        default_timezone: config.defaults.timezone.clone(),
        timezone_database: crate::tzdb::in_use(),
        retention_days: config.retention_days,
        instance_name: app.engine.instance().name.clone(),
    })
}
