//! The scheduler as a whole, schedules tried out, and the lists that forms choose from.

use axum::extract::State;
use http::HeaderMap;

use orloj_engine::model::{self, ScheduleKind, Settings, Status};
use orloj_engine::rules;
use orloj_wire::about::About;
use orloj_wire::lookup::{NamedId, TaskFunction};
use orloj_wire::preview::{PreviewRequest, PreviewResponse, PreviewRun, PreviewWarning};
use orloj_wire::schedule::LocalText;
use orloj_wire::settings::Delivery;
use orloj_wire::status::SchedulerStatus;

use super::convert::calendars::{from_uses, from_windows};
use super::convert::draft::object;
use super::convert::schedule::{Parts, Said, instant, spec};
use super::convert::{status as states, words};
use super::interval_parts::Noted;
use crate::app::App;
use crate::auth::Asked;
use crate::http::failure::Failure;
use crate::http::json::Json;
use crate::http::language::Language;

type Answer<T> = Result<T, Failure>;

const PREVIEW_COUNT: u32 = 10;
const MAX_PREVIEW_COUNT: u32 = 100;

pub(super) async fn status(Asked(caller): Asked) -> Answer<Json<SchedulerStatus>> {
    let status = caller.status().await?;
    let noted = Noted::of(&caller, &status.next_job).await?;
    let parts = status
        .next_job
        .as_ref()
        .and_then(|view| noted.get(view.job.id));
    Ok(Json(states::to_status(status, parts)))
}

pub(super) async fn preview(
    State(app): State<App>,
    Asked(caller): Asked,
    headers: HeaderMap,
    Json(body): Json<PreviewRequest>,
) -> Answer<Json<PreviewResponse>> {
    let count = body.count.unwrap_or(PREVIEW_COUNT);
    if !(1..=MAX_PREVIEW_COUNT).contains(&count) {
        return Err(Failure::invalid("/count", "1 to 100 instants"));
    }
    let from = body.from.map(|at| instant("from", at)).transpose()?;
    // What `H` stands for depends on the job; only who may see the job may ask for it.
    let (seed, known) = match body.job_id {
        Some(id) => {
            let job = caller.job(id).await?.job;
            (job.id.unsigned_abs(), job.settings.calendars)
        }
        None => (0, Vec::new()),
    };
    let said = Said {
        interval: Parts {
            seconds: body.interval_seconds,
            minutes: body.interval_minutes,
            hours: body.interval_hours,
            days: body.interval_days,
        },
        cron_expression: body.cron_expression,
        cron_fields: body.cron_fields,
        run_at: body.run_at,
        recurrence: body.recurrence,
        manual: body.manual.unwrap_or(false),
    };
    let now = app.engine.clock().now();
    let timezone = body
        .timezone
        .unwrap_or_else(|| app.engine.config().defaults.timezone.clone());
    let spec = spec(
        said.rule(now)?,
        timezone,
        body.dst,
        body.start_at,
        body.end_at,
    )?;
    let mut settings = Settings::with_delivery(model::Delivery::AtMostOnce);
    settings.calendars = body.calendars.map(from_uses).unwrap_or_default();
    settings.execution_windows = from_windows(body.execution_windows.unwrap_or_default())?;
    settings.outside_windows = body
        .outside_windows
        .map(words::from_outside)
        .unwrap_or_default();
    let timeline = caller.timeline(&spec, seed, &settings, &known).await?;
    let preview = rules::preview(&timeline, now, from, count as usize);
    let language = Language::of(&headers);
    Ok(Json(PreviewResponse {
        description: LocalText {
            en: preview.en,
            ar: preview.ar,
        },
        next_runs: preview
            .runs
            .into_iter()
            .map(|run| PreviewRun {
                at: run.at,
                local: run.local,
                note: run.note.map(str::to_owned),
            })
            .collect(),
        warnings: preview
            .warnings
            .into_iter()
            .map(|warning| PreviewWarning {
                code: warning.code.to_owned(),
                message: match language {
                    Language::English => warning.message.en.clone(),
                    Language::Arabic => warning.message.ar.clone(),
                },
                text: LocalText {
                    en: warning.message.en,
                    ar: warning.message.ar,
                },
            })
            .collect(),
    }))
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
        retention_days: config.retention_days,
        instance_name: app.engine.instance().name.clone(),
    })
}
