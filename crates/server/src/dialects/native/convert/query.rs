//! Query parameters and filters in bodies become the engine's filters.

use jiff::Timestamp;

use orloj_engine::model::{
    AuditFilter, DeviceFilter, Disposition, ExecutionFilter, JobFilter, JobSort, LogQuery, Page,
    ScheduleKind, Status, UserFilter,
};
use orloj_engine::{Engine, Error, FieldError, Result};
use orloj_wire::bulk::JobFilter as WireFilter;

use super::super::query;
use super::words;

/// Rows on a page unless the client says otherwise.
const PER_PAGE: u32 = 20;
const MAX_PER_PAGE: u32 = 100;

/// A wrong query parameter.
pub(crate) fn wrong(name: &str, message: impl Into<String>) -> Error {
    let message = message.into();
    Error {
        message: format!("{name}: {message}"),
        ..Error::invalid_fields(vec![FieldError {
            pointer: format!("?{name}"),
            message,
            message_ar: None,
        }])
    }
}

/// Which devices, and which page of them.
pub(crate) fn devices(query: query::Devices) -> Result<(DeviceFilter, Page)> {
    let filter = DeviceFilter {
        search: query.search,
        status: query.status.map(super::devices::status),
        tag: query.tag,
        owner_id: query.owner_id,
    };
    Ok((filter, page(query.page, query.per_page)?))
}

/// Which page.
pub(crate) fn page(number: Option<u32>, size: Option<u32>) -> Result<Page> {
    let page = Page {
        number: number.unwrap_or(1),
        size: size.unwrap_or(PER_PAGE),
    };
    if page.number == 0 {
        return Err(wrong("page", "pages are counted from 1"));
    }
    if !(1..=MAX_PER_PAGE).contains(&page.size) {
        return Err(wrong("per_page", "a page has 1 to 100 rows"));
    }
    Ok(page)
}

/// Which jobs.
pub(crate) fn jobs(engine: &Engine, query: query::Jobs) -> Result<(JobFilter, Page)> {
    let page = page(query.page, query.per_page)?;
    let kind = match (query.job_type_id, query.job_type) {
        (Some(id), None) => Some(
            ScheduleKind::from_id(id)
                .ok_or_else(|| wrong("job_type_id", "there are the job types 1 to 7"))?,
        ),
        (None, word) => word.map(words::from_kind),
        (Some(_), Some(_)) => {
            return Err(wrong("job_type", "send job_type_id or job_type, not both"));
        }
    };
    let by_id = query
        .task_function_id
        .map(|id| {
            engine
                .task_function_key(id)
                .ok_or_else(|| wrong("task_function_id", "there is no such task function"))
        })
        .transpose()?;
    if by_id.is_some() && query.task_function_key.is_some() {
        return Err(wrong(
            "task_function_key",
            "send task_function_id or task_function_key, not both",
        ));
    }
    let sort = match query.sort {
        None | Some(query::JobSort::Priority) => JobSort::Priority,
        Some(query::JobSort::Id) => JobSort::Id,
        Some(query::JobSort::Name) => JobSort::Name,
        Some(query::JobSort::NextRun) => JobSort::NextRun,
        Some(query::JobSort::Created) => JobSort::Created,
        Some(query::JobSort::Updated) => JobSort::Updated,
    };
    let filter = JobFilter {
        is_enabled: query.is_enabled,
        is_paused: query.is_paused,
        kind,
        task_function: by_id.or(query.task_function_key),
        owner_id: query.owner_id,
        tag: query.tag,
        search: query.search.filter(|text| !text.trim().is_empty()),
        last_status: query.last_status.map(words::from_status),
        sort,
        descending: query.descending.unwrap_or(false),
    };
    Ok((filter, page))
}

/// Which jobs, said in a body.
pub(crate) fn bulk_filter(filter: WireFilter) -> JobFilter {
    JobFilter {
        is_enabled: filter.is_enabled,
        is_paused: filter.is_paused,
        kind: filter.job_type.map(words::from_kind),
        task_function: filter.task_function_key,
        owner_id: filter.owner_id,
        tag: filter.tag,
        search: filter.search.filter(|text| !text.trim().is_empty()),
        last_status: filter.last_status.map(words::from_status),
        ..JobFilter::default()
    }
}

/// Which executions.
pub(crate) fn history(query: query::History) -> Result<(ExecutionFilter, Page)> {
    let page = page(query.page, query.per_page)?;
    let mut statuses = match query.status_id {
        Some(id) => vec![
            Status::from_id(id)
                .ok_or_else(|| wrong("status_id", "there are the statuses 1 to 10"))?,
        ],
        None => Vec::new(),
    };
    for word in list(query.status.as_deref()) {
        statuses.push(Status::from_word(word).ok_or_else(|| {
            wrong("status", "the statuses are pending, running, success, failed, timeout, cancelled, missed, skipped, lost, partial")
        })?);
    }
    let filter = ExecutionFilter {
        is_for_devices: false,
        job_id: query.job_id,
        statuses,
        from: either("from", query.from, query.from_date)?,
        to: either("to", query.to, query.to_date)?,
        trigger: query.triggered_by.map(words::from_trigger),
        task_function: query.task_function_key,
        owner_id: query.owner_id,
        search: query.search.filter(|text| !text.trim().is_empty()),
    };
    Ok((filter, page))
}

/// Which piece of the list of executions: filter, the execution before it, and how many.
pub(crate) fn feed(query: query::Feed) -> Result<(ExecutionFilter, Option<String>, u32)> {
    let limit = query.limit.unwrap_or(MAX_PER_PAGE);
    if !(1..=MAX_PER_PAGE).contains(&limit) {
        return Err(wrong("limit", "a piece has 1 to 100 executions"));
    }
    let (filter, _) = history(query::History {
        status: query.status,
        from: query.from,
        to: query.to,
        triggered_by: query.triggered_by,
        search: query.search,
        job_id: query.job_id,
        task_function_key: query.task_function_key,
        owner_id: query.owner_id,
        ..query::History::default()
    })?;
    Ok((filter, query.after, limit))
}

/// Which executions of one job.
pub(crate) fn job_history(
    job_id: i64,
    query: query::JobHistory,
) -> Result<(ExecutionFilter, Page)> {
    history(query::History {
        job_id: Some(job_id),
        page: query.page,
        per_page: query.per_page,
        status_id: query.status_id,
        status: query.status,
        from: query.from,
        to: query.to,
        from_date: query.from_date,
        to_date: query.to_date,
        triggered_by: query.triggered_by,
        search: query.search,
        ..query::History::default()
    })
}

/// Which dispositions of the ledger.
pub(crate) fn dispositions(text: Option<&str>) -> Result<Vec<Disposition>> {
    list(text)
        .map(|word| {
            (0..=3)
                .filter_map(Disposition::from_id)
                .find(|one| one.word() == word)
                .ok_or_else(|| {
                    wrong(
                        "disposition",
                        "the dispositions are execution, missed, skipped, coalesced",
                    )
                })
        })
        .collect()
}

/// Lines of one part of a log.
const LOG_LINES: u32 = 500;
pub(crate) const MAX_LOG_LINES: u32 = 1_000;
const LEVELS: [&str; 7] = [
    "debug", "info", "warn", "error", "stdout", "stderr", "system",
];

/// Which lines of a log.
pub(crate) fn log(query: &query::Log) -> Result<LogQuery> {
    let limit = query.limit.unwrap_or(LOG_LINES);
    if !(1..=MAX_LOG_LINES).contains(&limit) {
        return Err(wrong("limit", "1 to 1000 lines at once"));
    }
    if query.after.is_some_and(|line| line < 0) {
        return Err(wrong(
            "after",
            "lines are counted from 1; 0 means from the start",
        ));
    }
    if query.before.is_some_and(|line| line < 1) {
        return Err(wrong("before", "lines are counted from 1"));
    }
    let levels = list(query.levels.as_deref())
        .map(|word| {
            LEVELS
                .contains(&word)
                .then(|| word.to_owned())
                .ok_or_else(|| wrong("levels", format!("the levels are {}", LEVELS.join(", "))))
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(LogQuery {
        after: query.after,
        before: query.before,
        tail: query.tail.unwrap_or(false),
        limit,
        search: query.search.clone().filter(|text| !text.is_empty()),
        levels,
    })
}

/// Which users.
pub(crate) fn users(query: query::Users) -> Result<(UserFilter, Page)> {
    let filter = UserFilter {
        search: query.search.filter(|text| !text.trim().is_empty()),
        role: query.role.map(words::from_role),
        is_disabled: query.is_disabled,
    };
    Ok((filter, page(query.page, query.per_page)?))
}

/// Which audit events.
pub(crate) fn audit(query: query::Audit) -> Result<(AuditFilter, Page)> {
    let page = page(query.page, query.per_page)?;
    let filter = AuditFilter {
        action: query.action,
        entity: query.entity,
        entity_id: query.entity_id,
        actor_id: query.actor_id,
        from: query.from,
        to: query.to,
    };
    Ok((filter, page))
}

fn list(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
}

fn either(
    name: &str,
    one: Option<Timestamp>,
    other: Option<Timestamp>,
) -> Result<Option<Timestamp>> {
    match (one, other) {
        (Some(_), Some(_)) => Err(wrong(name, format!("send {name} or {name}_date, not both"))),
        (one, other) => Ok(one.or(other)),
    }
}
