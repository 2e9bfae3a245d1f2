//! Schedules before they are saved: what they mean, and what they meet.

use axum::extract::State;
use http::HeaderMap;
use orloj_schedule::Timeline;

use orloj_engine::model::{Delivery, Settings};
use orloj_engine::{Caller, Engine, rules};
use orloj_wire::collisions::{BusyMinute, Collisions};
use orloj_wire::preview::{PreviewRequest, PreviewResponse, PreviewRun, PreviewWarning};
use orloj_wire::schedule::LocalText;

use super::convert::calendars::{from_uses, from_windows};
use super::convert::schedule::{Parts, Said, instant, spec};
use super::convert::words;
use crate::app::App;
use crate::auth::Asked;
use crate::http::access::Access::Read;
use crate::http::failure::Failure;
use crate::http::json::Json;
use crate::http::language::Language;
use crate::http::route::Route;

type Answer<T> = Result<T, Failure>;

const PREVIEW_COUNT: u32 = 10;
const MAX_PREVIEW_COUNT: u32 = 100;
const COLLISION_COUNT: u32 = 3;
const MAX_COLLISION_COUNT: u32 = 10;

/// The routes of schedules before they are saved.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/v1/scheduler/schedules/preview", Read, preview)
            .named("schedules", "previewSchedule", "Try out a schedule")
            .about("Words in English and Arabic, the next instants, and remarks. Nothing is saved.")
            .takes::<PreviewRequest>()
            .answers::<PreviewResponse>(200)
            .or(404, "There is no such job"),
        Route::post("/api/v1/scheduler/schedules/collisions", Read, collisions)
            .named("schedules", "findCollisions", "Find out what starts together with a schedule")
            .about("How many other jobs that the asker sees start in the minutes of the next runs (`count`: 1 to 10, default 3), and a quieter minute within a quarter of an hour of the first. With more than a thousand jobs that may be due until then the numbers are estimates from an even sample.")
            .takes::<PreviewRequest>()
            .answers::<Collisions>(200)
            .or(404, "There is no such job"),
    ]
}

async fn preview(
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
    let now = app.engine.clock().now();
    let timeline = asked(&app.engine, &caller, body).await?;
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

async fn collisions(
    State(app): State<App>,
    Asked(caller): Asked,
    Json(body): Json<PreviewRequest>,
) -> Answer<Json<Collisions>> {
    let count = body.count.unwrap_or(COLLISION_COUNT);
    if !(1..=MAX_COLLISION_COUNT).contains(&count) {
        return Err(Failure::invalid("/count", "1 to 10 runs"));
    }
    let from = body.from.map(|at| instant("from", at)).transpose()?;
    let job = body.job_id;
    let timeline = asked(&app.engine, &caller, body).await?;
    let found = caller
        .collisions(&timeline, job, from, count as usize)
        .await?;
    let minute = |busy: orloj_engine::model::BusyMinute| BusyMinute {
        at: busy.at,
        local: busy.local,
        jobs: busy.jobs,
    };
    Ok(Json(Collisions {
        runs: found.runs.into_iter().map(minute).collect(),
        quieter: found.quieter.map(minute),
        is_estimate: found.is_estimate,
    }))
}

/// The schedule that a body says, under its calendars and windows.
async fn asked(engine: &Engine, caller: &Caller, body: PreviewRequest) -> Answer<Timeline> {
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
    let timezone = body
        .timezone
        .unwrap_or_else(|| engine.config().defaults.timezone.clone());
    let spec = spec(
        said.rule(engine.clock().now())?,
        timezone,
        body.dst,
        body.start_at,
        body.end_at,
    )?;
    let mut settings = Settings::with_delivery(Delivery::AtMostOnce);
    settings.calendars = body.calendars.map(from_uses).unwrap_or_default();
    settings.execution_windows = from_windows(body.execution_windows.unwrap_or_default())?;
    settings.outside_windows = body
        .outside_windows
        .map(words::from_outside)
        .unwrap_or_default();
    Ok(caller.timeline(&spec, seed, &settings, &known).await?)
}
