//! Numbers over many jobs and executions, for dashboard, heat map, calendar and sparklines.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use orloj_schedule::{Lang, RuleSpec, Spec};
use serde::Deserialize;
use utoipa::IntoParams;

use orloj_wire::statistics::{Calendar, Dashboard, HeatMap, Sparklines};

use super::convert::query::wrong;
use super::convert::statistics as numbers;
use crate::auth::Asked;
use crate::http::failure::Failure;
use crate::http::json::Json;
use crate::http::query::Query;

type Answer<T> = Result<T, Failure>;

const HEAT_DAYS: u32 = 7;
const MAX_HEAT_DAYS: u32 = 31;
const MAX_CALENDAR_HOURS: i64 = 42 * 24 + 2;
const MAX_JOBS: usize = 100;

/// Whose days.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Today {
    /// IANA name of the zone whose day it is. Default `UTC`.
    pub(crate) timezone: Option<String>,
}

/// Which days of a heat map.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Heat {
    /// Days, the present one among them.
    #[param(minimum = 1, maximum = 31, default = 7)]
    pub(crate) days: Option<u32>,
    /// IANA name of the zone whose days and hours they are. Default `UTC`.
    pub(crate) timezone: Option<String>,
}

/// Which days of a calendar.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Span {
    /// From this instant on.
    pub(crate) from: Timestamp,
    /// Before this instant; at most 42 days later.
    pub(crate) to: Timestamp,
    /// IANA name of the zone whose days they are. Default `UTC`.
    pub(crate) timezone: Option<String>,
}

/// Which jobs.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Numbers of jobs, separated by commas; at most 100.
    pub(crate) job_ids: String,
}

pub(super) async fn dashboard(
    Asked(caller): Asked,
    Query(query): Query<Today>,
) -> Answer<Json<Dashboard>> {
    let zone = zone(query.timezone)?;
    Ok(Json(numbers::to_dashboard(caller.dashboard(&zone).await?)))
}

pub(super) async fn heatmap(
    Asked(caller): Asked,
    Query(query): Query<Heat>,
) -> Answer<Json<HeatMap>> {
    let days = query.days.unwrap_or(HEAT_DAYS);
    if !(1..=MAX_HEAT_DAYS).contains(&days) {
        return Err(wrong("days", "1 to 31 days").into());
    }
    let zone = zone(query.timezone)?;
    Ok(Json(numbers::to_heat_map(
        caller.heatmap(days, &zone).await?,
    )))
}

pub(super) async fn calendar(
    Asked(caller): Asked,
    Query(query): Query<Span>,
) -> Answer<Json<Calendar>> {
    let zone = zone(query.timezone)?;
    if query.from >= query.to {
        return Err(wrong("to", "must lie after from").into());
    }
    if query.to.duration_since(query.from).as_hours() > MAX_CALENDAR_HOURS {
        return Err(wrong("to", "at most 42 days after from").into());
    }
    let calendar = caller.calendar(query.from, query.to, &zone).await?;
    Ok(Json(numbers::to_calendar(calendar)))
}

pub(super) async fn sparklines(
    Asked(caller): Asked,
    Query(query): Query<Which>,
) -> Answer<Json<Sparklines>> {
    let ids = query
        .job_ids
        .split(',')
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(str::parse::<i64>)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| wrong("job_ids", "numbers of jobs, separated by commas"))?;
    if ids.len() > MAX_JOBS {
        return Err(wrong("job_ids", "at most 100 jobs at once").into());
    }
    Ok(Json(numbers::to_sparklines(caller.sparklines(&ids).await?)))
}

/// A zone by its name. The compiler of schedules knows which names count and what was probably meant.
fn zone(name: Option<String>) -> orloj_engine::Result<TimeZone> {
    let Some(name) = name else {
        return Ok(TimeZone::UTC);
    };
    Spec::new(RuleSpec::Manual)
        .in_zone(name)
        .compile(0)
        .map(|schedule| schedule.timezone().clone())
        .map_err(|error| {
            let message = error.message(Lang::En);
            wrong(
                "timezone",
                message.strip_prefix("timezone: ").unwrap_or(message),
            )
        })
}
