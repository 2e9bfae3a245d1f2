//! Numbers over many jobs and executions on their way out.

use orloj_engine::model;
use orloj_wire::statistics::{
    Calendar, CalendarDay, CalendarJob, ComingRun, Dashboard, FailureGroup, HeatCell, HeatMap,
    SparkRun, Sparkline, Sparklines,
};

use super::words;

/// The numbers of a dashboard.
pub(crate) fn to_dashboard(numbers: model::Dashboard) -> Dashboard {
    Dashboard {
        total_jobs: numbers.total_jobs,
        active_jobs: numbers.active_jobs,
        running_now: numbers.running_now,
        finished_today: numbers.finished_today,
        success_today: numbers.success_today,
        failed_today: numbers.failed_today,
        missed_today: numbers.missed_today,
        success_rate: numbers.success_rate,
        failures: numbers.failures.into_iter().map(to_failures).collect(),
        upcoming: numbers.upcoming.into_iter().map(to_coming).collect(),
    }
}

fn to_failures(group: model::FailureGroup) -> FailureGroup {
    FailureGroup {
        cause: group.cause,
        count: group.count,
        last_at: group.last_at,
        execution_id: group.execution,
        job_id: group.job_id,
        job_name: group.job_name,
        job_name_ar: group.job_name_ar,
        message: group.message,
        message_ar: group.message_ar,
    }
}

fn to_coming(run: model::ComingRun) -> ComingRun {
    ComingRun {
        job_id: run.job_id,
        job_name: run.job_name,
        job_name_ar: run.job_name_ar,
        at: run.at,
    }
}

/// A heat map.
pub(crate) fn to_heat_map(cells: Vec<model::HeatCell>) -> HeatMap {
    let to_cell = |cell: model::HeatCell| HeatCell {
        day: cell.day,
        hour: cell.hour,
        total: cell.total,
        failed: cell.failed,
        missed: cell.missed,
    };
    HeatMap {
        cells: cells.into_iter().map(to_cell).collect(),
    }
}

/// A calendar.
pub(crate) fn to_calendar(calendar: model::Calendar) -> Calendar {
    let to_day = |day: model::CalendarDay| CalendarDay {
        day: day.day,
        jobs: day.jobs.into_iter().map(to_job).collect(),
    };
    Calendar {
        days: calendar.days.into_iter().map(to_day).collect(),
        truncated: calendar.truncated,
    }
}

fn to_job(job: model::CalendarJob) -> CalendarJob {
    CalendarJob {
        job_id: job.job_id,
        job_name: job.job_name,
        job_name_ar: job.job_name_ar,
        total: job.total,
        success: job.success,
        failed: job.failed,
        missed: job.missed,
        skipped: job.skipped,
        upcoming: job.upcoming,
        first_at: job.first_at,
        last_at: job.last_at,
    }
}

/// Sparklines.
pub(crate) fn to_sparklines(lines: Vec<model::Sparkline>) -> Sparklines {
    let to_line = |line: model::Sparkline| Sparkline {
        job_id: line.job_id,
        runs: line.runs.into_iter().map(to_run).collect(),
    };
    Sparklines {
        items: lines.into_iter().map(to_line).collect(),
    }
}

fn to_run(run: model::SparkRun) -> SparkRun {
    SparkRun {
        execution_id: run.execution,
        status_name: words::to_status(run.status),
        scheduled_at: run.due_at,
        duration_ms: run.duration_ms,
    }
}
