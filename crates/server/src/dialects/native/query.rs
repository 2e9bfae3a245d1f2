//! Query parameters of the native API. Names are snake_case as in the seeds.

use jiff::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

use orloj_wire::devices::DeviceStatus;
use orloj_wire::execution::{StatusName, Trigger};
use orloj_wire::schedule::JobType;
use orloj_wire::user::Role;

/// Order of a list of jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JobSort {
    /// Priority, then creation.
    Priority,
    /// Number.
    Id,
    /// Name.
    Name,
    /// Next due instant.
    NextRun,
    /// Creation.
    Created,
    /// Last change.
    Updated,
}

/// Which jobs, in which order.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Jobs {
    /// Page number.
    #[param(minimum = 1, default = 1)]
    pub(crate) page: Option<u32>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub(crate) per_page: Option<u32>,
    /// Enabled or not.
    pub(crate) is_enabled: Option<bool>,
    /// Paused or not.
    pub(crate) is_paused: Option<bool>,
    /// Kind of schedule as a number: 1 interval, 2 cron, 3 once, 4 daily, 5 weekly, 6 monthly, 7 manual.
    #[param(minimum = 1, maximum = 7)]
    pub(crate) job_type_id: Option<i64>,
    /// Kind of schedule as a word.
    #[param(inline)]
    pub(crate) job_type: Option<JobType>,
    /// Number of the task function.
    pub(crate) task_function_id: Option<i64>,
    /// Key of the task function.
    pub(crate) task_function_key: Option<String>,
    /// Owner (administrators).
    pub(crate) owner_id: Option<i64>,
    /// A tag.
    pub(crate) tag: Option<String>,
    /// Text in names, descriptions, task function, tags.
    pub(crate) search: Option<String>,
    /// Status of the last execution.
    #[param(inline)]
    pub(crate) last_status: Option<StatusName>,
    /// Order.
    #[param(inline)]
    pub(crate) sort: Option<JobSort>,
    /// Largest first. Without `sort` the order is priority, then creation, both descending.
    pub(crate) descending: Option<bool>,
}

/// Which jobs to export: the filters of the list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Export {
    /// Enabled or not.
    pub(crate) is_enabled: Option<bool>,
    /// Paused or not.
    pub(crate) is_paused: Option<bool>,
    /// Kind of schedule as a number: 1 interval, 2 cron, 3 once, 4 daily, 5 weekly, 6 monthly, 7 manual.
    #[param(minimum = 1, maximum = 7)]
    pub(crate) job_type_id: Option<i64>,
    /// Kind of schedule as a word.
    #[param(inline)]
    pub(crate) job_type: Option<JobType>,
    /// Number of the task function.
    pub(crate) task_function_id: Option<i64>,
    /// Key of the task function.
    pub(crate) task_function_key: Option<String>,
    /// Owner (administrators).
    pub(crate) owner_id: Option<i64>,
    /// A tag.
    pub(crate) tag: Option<String>,
    /// Text in names, descriptions, task function, tags.
    pub(crate) search: Option<String>,
    /// Status of the last execution.
    #[param(inline)]
    pub(crate) last_status: Option<StatusName>,
}

impl From<Export> for Jobs {
    fn from(query: Export) -> Self {
        Self {
            is_enabled: query.is_enabled,
            is_paused: query.is_paused,
            job_type_id: query.job_type_id,
            job_type: query.job_type,
            task_function_id: query.task_function_id,
            task_function_key: query.task_function_key,
            owner_id: query.owner_id,
            tag: query.tag,
            search: query.search,
            last_status: query.last_status,
            sort: Some(JobSort::Id),
            ..Self::default()
        }
    }
}

/// Confirmation for a critical job.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Confirm {
    /// An administrator's confirmation for a critical job.
    pub(crate) confirm_primary: Option<bool>,
}

/// What to say of things that others refer to.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WithUses {
    /// Say also what refers to each.
    pub(crate) with_uses: Option<bool>,
}

/// Whether to delete what is in use.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Force {
    /// Delete it although something refers to it, which fails from then on.
    pub(crate) force: Option<bool>,
}

/// Which executions of one job.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct JobHistory {
    /// Page number.
    #[param(minimum = 1, default = 1)]
    pub(crate) page: Option<u32>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub(crate) per_page: Option<u32>,
    /// One status, as a number.
    #[param(minimum = 1, maximum = 10)]
    pub(crate) status_id: Option<i64>,
    /// Statuses as words, separated by commas.
    pub(crate) status: Option<String>,
    /// Due from this instant on.
    pub(crate) from: Option<Timestamp>,
    /// Due before this instant.
    pub(crate) to: Option<Timestamp>,
    /// The same as `from`.
    pub(crate) from_date: Option<Timestamp>,
    /// The same as `to`.
    pub(crate) to_date: Option<Timestamp>,
    /// Started by this.
    #[param(inline)]
    pub(crate) triggered_by: Option<Trigger>,
    /// Text in the job's names, the summary or the error.
    pub(crate) search: Option<String>,
}

/// Which executions.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct History {
    /// Page number.
    #[param(minimum = 1, default = 1)]
    pub(crate) page: Option<u32>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub(crate) per_page: Option<u32>,
    /// One status, as a number.
    #[param(minimum = 1, maximum = 10)]
    pub(crate) status_id: Option<i64>,
    /// Statuses as words, separated by commas.
    pub(crate) status: Option<String>,
    /// Due from this instant on.
    pub(crate) from: Option<Timestamp>,
    /// Due before this instant.
    pub(crate) to: Option<Timestamp>,
    /// The same as `from`.
    pub(crate) from_date: Option<Timestamp>,
    /// The same as `to`.
    pub(crate) to_date: Option<Timestamp>,
    /// Started by this.
    #[param(inline)]
    pub(crate) triggered_by: Option<Trigger>,
    /// Text in the job's names, the summary or the error.
    pub(crate) search: Option<String>,
    /// Of this job.
    pub(crate) job_id: Option<i64>,
    /// Of this task function.
    pub(crate) task_function_key: Option<String>,
    /// Of this owner (administrators).
    pub(crate) owner_id: Option<i64>,
}

/// Which piece of the list of executions.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Feed {
    /// Go on after this execution: the `next` of the piece before.
    pub(crate) after: Option<String>,
    /// At most so many.
    #[param(minimum = 1, maximum = 100, default = 100)]
    pub(crate) limit: Option<u32>,
    /// Statuses as words, separated by commas.
    pub(crate) status: Option<String>,
    /// Due from this instant on.
    pub(crate) from: Option<Timestamp>,
    /// Due before this instant.
    pub(crate) to: Option<Timestamp>,
    /// Started by this.
    #[param(inline)]
    pub(crate) triggered_by: Option<Trigger>,
    /// Text in the job's names, the summary or the error.
    pub(crate) search: Option<String>,
    /// Of this job.
    pub(crate) job_id: Option<i64>,
    /// Of this task function.
    pub(crate) task_function_key: Option<String>,
    /// Of this owner (administrators).
    pub(crate) owner_id: Option<i64>,
}

/// Which lines of the ledger.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Fires {
    /// Page number.
    #[param(minimum = 1, default = 1)]
    pub(crate) page: Option<u32>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub(crate) per_page: Option<u32>,
    /// Due from this instant on.
    pub(crate) from: Option<Timestamp>,
    /// Due before this instant.
    pub(crate) to: Option<Timestamp>,
    /// `execution`, `missed`, `skipped`, `coalesced`, separated by commas.
    pub(crate) disposition: Option<String>,
}

/// Which lines of a log.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Log {
    /// Lines after this number.
    #[param(minimum = 0)]
    pub(crate) after: Option<i64>,
    /// Lines before this number, the last `limit` of them.
    #[param(minimum = 1)]
    pub(crate) before: Option<i64>,
    /// The last `limit` lines.
    pub(crate) tail: Option<bool>,
    /// At most so many lines.
    #[param(minimum = 1, maximum = 1000, default = 500)]
    pub(crate) limit: Option<u32>,
    /// Only lines that contain this text, without regard to case.
    pub(crate) search: Option<String>,
    /// Only these levels, separated by commas.
    pub(crate) levels: Option<String>,
    /// Follow the log by server-sent events; needs `Accept: text/event-stream`.
    pub(crate) follow: Option<bool>,
}

/// Which users.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Users {
    /// Page number.
    #[param(minimum = 1, default = 1)]
    pub(crate) page: Option<u32>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub(crate) per_page: Option<u32>,
    /// Text in the name, the name to show, or the mail address.
    pub(crate) search: Option<String>,
    /// Role.
    #[param(inline)]
    pub(crate) role: Option<Role>,
    /// Disabled or not.
    pub(crate) is_disabled: Option<bool>,
}

/// Whose tokens.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Tokens {
    /// Of this user (administrators); one's own when left out.
    pub(crate) user_id: Option<i64>,
}

/// Which devices.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Devices {
    /// Page number.
    #[param(minimum = 1, default = 1)]
    pub(crate) page: Option<u32>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub(crate) per_page: Option<u32>,
    /// Text in name, address or facts.
    pub(crate) search: Option<String>,
    /// In this status.
    #[param(inline)]
    pub(crate) status: Option<DeviceStatus>,
    /// With this tag.
    pub(crate) tag: Option<String>,
    /// Owner (administrators).
    pub(crate) owner_id: Option<i64>,
}

/// From where on.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct After {
    /// Pieces after this number.
    pub(crate) after: Option<i64>,
}

/// Which audit events.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Audit {
    /// Page number.
    #[param(minimum = 1, default = 1)]
    pub(crate) page: Option<u32>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub(crate) per_page: Option<u32>,
    /// This action, or all that begin with it when it ends with a dot.
    pub(crate) action: Option<String>,
    /// Kind of thing.
    pub(crate) entity: Option<String>,
    /// Number of the thing.
    pub(crate) entity_id: Option<i64>,
    /// By this user.
    pub(crate) actor_id: Option<i64>,
    /// From this instant on.
    pub(crate) from: Option<Timestamp>,
    /// Before this instant.
    pub(crate) to: Option<Timestamp>,
}

/// Which deliveries of notifications.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Deliveries {
    /// Page number.
    #[param(minimum = 1, default = 1)]
    pub(crate) page: Option<u32>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub(crate) per_page: Option<u32>,
    /// One or more states, separated by commas.
    pub(crate) state: Option<String>,
    /// Of this rule.
    pub(crate) rule_id: Option<i64>,
    /// To this channel.
    pub(crate) channel_id: Option<i64>,
    /// About this job.
    pub(crate) job_id: Option<i64>,
}
