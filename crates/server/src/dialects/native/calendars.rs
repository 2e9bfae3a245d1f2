//! Calendars of holidays and blackouts.

use axum::extract::State;
use http::StatusCode;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use utoipa::IntoParams;

use orloj_engine::model::{
    CalendarImport as Import, CalendarQuestion, NewWorkCalendar, Sharing, WorkCalendarPatch,
};
use orloj_schedule::CalendarSpec;
use orloj_wire::calendars::{
    CalendarImport, CalendarPreview, CalendarPreviewRequest, WorkCalendar, WorkCalendarCreate,
    WorkCalendarList, WorkCalendarUpdate, WorkDay,
};

use super::convert::calendars::{
    from_draft, from_entries, from_uses, from_weekdays, from_windows, to_calendar, to_day,
    to_preview,
};
use super::convert::connections::sharing;
use super::convert::schedule::{Parts, Said, instant, spec};
use super::convert::words;
use super::table::IF_MATCH;
use crate::app::App;
use crate::auth::Asked;
use crate::http::access::Access::{Change, Read};
use crate::http::etag::{Etagged, IfMatch};
use crate::http::failure::Failure;
use crate::http::json::Json;
use crate::http::path::Id;
use crate::http::query::Query;
use crate::http::route::Route;

type Answer<T> = Result<T, Failure>;
type OneCalendar = Etagged<Json<WorkCalendar>>;

/// A span that nobody names is so long.
const PREVIEW_DAYS: i64 = 90;
const PREVIEW_ITEMS: u32 = 500;
const MAX_PREVIEW_ITEMS: u32 = 5_000;

/// Which days are wanted.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct Days {
    /// First day, `YYYY-MM-DD`.
    #[param(value_type = String, format = Date)]
    from: Date,
    /// Last day, at most 366 days on.
    #[param(value_type = String, format = Date)]
    to: Date,
}

/// The routes of calendars.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/calendars", Read, list)
            .named("calendars", "listCalendars", "List calendars")
            .about("One's own and those shared with one. Administrators see all.")
            .answers::<WorkCalendarList>(200),
        Route::post("/api/v1/calendars", Change, create)
            .named("calendars", "createCalendar", "Store a calendar")
            .takes::<WorkCalendarCreate>()
            .large()
            .answers::<WorkCalendar>(201)
            .etagged()
            .or(409, "The owner has one of this name"),
        Route::post("/api/v1/calendars/preview", Read, preview)
            .named("calendars", "previewCalendars", "See what calendars change")
            .about("Every instant of a schedule or a job within a span, and what its calendars and execution windows make of it. `draft` shows what a change of a calendar would do before it is made.")
            .takes::<CalendarPreviewRequest>()
            .large()
            .answers::<CalendarPreview>(200),
        Route::get("/api/v1/calendars/{id}", Read, get)
            .named("calendars", "getWorkCalendar", "Get a calendar")
            .answers::<WorkCalendar>(200)
            .etagged(),
        Route::patch("/api/v1/calendars/{id}", Change, update)
            .named("calendars", "updateCalendar", "Update a calendar")
            .about("The jobs that are subject to it follow it at once. Instants that were decided stay as they are.")
            .header(IF_MATCH.0, IF_MATCH.1)
            .takes::<WorkCalendarUpdate>()
            .large()
            .answers::<WorkCalendar>(200)
            .etagged()
            .or(409, "The owner has one of this name, or the calendar was changed meanwhile"),
        Route::delete("/api/v1/calendars/{id}", Change, delete)
            .named("calendars", "deleteCalendar", "Delete a calendar")
            .or(409, "Jobs are subject to it"),
        Route::post("/api/v1/calendars/{id}/import", Change, import)
            .named("calendars", "importCalendar", "Read an iCalendar file into a calendar")
            .about("Every event becomes an entry. What cannot be understood is refused with the number of its line, and nothing is stored.")
            .takes::<CalendarImport>()
            .large()
            .answers::<WorkCalendar>(200)
            .etagged(),
        Route::get("/api/v1/calendars/{id}/days", Read, days)
            .named("calendars", "calendarDays", "List the days of a calendar")
            .query::<Days>()
            .answers_list::<WorkDay>(),
    ]
}

fn one(calendar: orloj_engine::model::WorkCalendar) -> OneCalendar {
    Etagged(calendar.version, Json(to_calendar(calendar)))
}

async fn list(Asked(caller): Asked) -> Answer<Json<WorkCalendarList>> {
    let calendars = caller.calendars().await?;
    Ok(Json(WorkCalendarList {
        total: calendars.len() as u64,
        items: calendars.into_iter().map(to_calendar).collect(),
    }))
}

async fn create(
    State(app): State<App>,
    Asked(caller): Asked,
    Json(body): Json<WorkCalendarCreate>,
) -> Answer<(StatusCode, OneCalendar)> {
    let timezone = body
        .timezone
        .unwrap_or_else(|| app.engine.config().defaults.timezone.clone());
    let weekend = match body.weekend {
        Some(weekend) => from_weekdays(weekend),
        None => CalendarSpec::usual_weekend(&timezone).to_vec(),
    };
    let calendar = caller
        .create_calendar(NewWorkCalendar {
            owner_id: body.owner_id,
            name_en: body.name_en,
            name_ar: body.name_ar,
            description: body.description,
            spec: CalendarSpec {
                timezone,
                weekend,
                entries: from_entries(body.entries, "/entries")?,
            },
            sharing: Sharing {
                users: body.shared_with,
                everybody: body.shared_with_everybody,
            },
        })
        .await?;
    Ok((StatusCode::CREATED, one(calendar)))
}

async fn get(Asked(caller): Asked, Id(id): Id) -> Answer<OneCalendar> {
    Ok(one(caller.work_calendar(id).await?))
}

async fn update(
    Asked(caller): Asked,
    Id(id): Id,
    IfMatch(expected_version): IfMatch,
    Json(body): Json<WorkCalendarUpdate>,
) -> Answer<OneCalendar> {
    let before = caller.work_calendar(id).await?;
    let patch = WorkCalendarPatch {
        expected_version,
        name_en: body.name_en,
        name_ar: body.name_ar,
        description: body.description,
        timezone: body.timezone,
        weekend: body.weekend.map(from_weekdays),
        entries: body
            .entries
            .map(|entries| from_entries(entries, "/entries"))
            .transpose()?,
        sharing: sharing(before.sharing, body.shared_with, body.shared_with_everybody),
    };
    Ok(one(caller.update_calendar(id, patch).await?))
}

async fn delete(Asked(caller): Asked, Id(id): Id) -> Answer<StatusCode> {
    caller.delete_calendar(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn import(
    Asked(caller): Asked,
    Id(id): Id,
    Json(body): Json<CalendarImport>,
) -> Answer<OneCalendar> {
    let import = Import {
        text: body.icalendar,
        kind: words::from_entry_kind(body.kind),
        replace: body.replace,
    };
    Ok(one(caller.import_calendar(id, import).await?))
}

async fn days(
    Asked(caller): Asked,
    Id(id): Id,
    Query(query): Query<Days>,
) -> Answer<Json<Vec<WorkDay>>> {
    let days = caller.calendar_days(id, query.from, query.to).await?;
    Ok(Json(days.into_iter().map(to_day).collect()))
}

async fn preview(
    State(app): State<App>,
    Asked(caller): Asked,
    Json(body): Json<CalendarPreviewRequest>,
) -> Answer<Json<CalendarPreview>> {
    let limit = body.limit.unwrap_or(PREVIEW_ITEMS);
    if !(1..=MAX_PREVIEW_ITEMS).contains(&limit) {
        return Err(Failure::invalid("/limit", "1 to 5000 instants"));
    }
    let now = app.engine.clock().now();
    let at = |field: &str, given: Option<Timestamp>, usual: Timestamp| match given {
        Some(given) => instant(field, given),
        None => Ok(usual),
    };
    let from = at("from", body.from, now)?;
    let later = from + SignedDuration::from_hours(24 * PREVIEW_DAYS);
    let until = at("until", body.until, later)?;
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
        manual: false,
    };
    let schedule = if said.families().is_empty() {
        None
    } else {
        let timezone = body
            .timezone
            .unwrap_or_else(|| app.engine.config().defaults.timezone.clone());
        Some(spec(
            said.rule(now)?,
            timezone,
            body.dst,
            body.start_at,
            body.end_at,
        )?)
    };
    let question = CalendarQuestion {
        job_id: body.job_id,
        schedule,
        calendars: body.calendars.map(from_uses),
        draft: body.draft.map(from_draft).transpose()?,
        windows: body.execution_windows.map(from_windows).transpose()?,
        outside: body.outside_windows.map(words::from_outside),
        from,
        until,
        limit: limit as usize,
    };
    let preview = caller.preview_calendars(question).await?;
    Ok(Json(to_preview(preview)))
}
