//! What crosses the wire, with the names of the Texium backend.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::http::failure::Failure;
use crate::http::span;

/// A job to be created.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TexiumJobCreate)]
pub(super) struct JobCreate {
    /// Owner: the asker's own id, for administrators anybody's, or an id of another system, which is kept.
    pub(super) user_id: String,
    /// One of the class strings of `/api/scheduler/available-jobs`.
    pub(super) job_class_string: String,
    pub(super) name: String,
    pub(super) description: Option<String>,
    /// Positional arguments of the class.
    #[serde(default)]
    pub(super) pub_args: Vec<Value>,
    /// Named arguments of the class.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(super) pub_kwargs: Map<String, Value>,
    #[serde(default = "any")]
    #[schema(default = "*")]
    pub(super) minute: String,
    #[serde(default = "any")]
    #[schema(default = "*")]
    pub(super) hour: String,
    #[serde(default = "any")]
    #[schema(default = "*")]
    pub(super) day_of_month: String,
    #[serde(default = "any")]
    #[schema(default = "*")]
    pub(super) month: String,
    /// 0 and 7 are Sunday; names are understood too.
    #[serde(default = "any")]
    #[schema(default = "*")]
    pub(super) day_of_week: String,
    /// ISO week of the year; it must match too.
    #[serde(default = "any")]
    #[schema(default = "*")]
    pub(super) week: String,
}

fn any() -> String {
    "*".to_owned()
}

/// What of a job is to be changed; what is left out or null stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = TexiumJobUpdate)]
pub(super) struct JobUpdate {
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) pub_args: Option<Vec<Value>>,
    #[schema(value_type = Option<Object>)]
    pub(super) pub_kwargs: Option<Map<String, Value>>,
    pub(super) minute: Option<String>,
    pub(super) hour: Option<String>,
    pub(super) day_of_month: Option<String>,
    pub(super) month: Option<String>,
    pub(super) day_of_week: Option<String>,
    pub(super) week: Option<String>,
    pub(super) is_enabled: Option<bool>,
}

/// A job.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TexiumJob)]
pub(super) struct Job {
    #[serde(rename = "_id")]
    pub(super) id: String,
    pub(super) user_id: String,
    pub(super) job_class_string: String,
    pub(super) name: String,
    pub(super) description: Option<String>,
    /// Null, with the five others, for a schedule that six cron fields cannot say.
    pub(super) minute: Option<String>,
    pub(super) hour: Option<String>,
    pub(super) day_of_month: Option<String>,
    pub(super) month: Option<String>,
    pub(super) day_of_week: Option<String>,
    pub(super) week: Option<String>,
    pub(super) is_enabled: bool,
    pub(super) is_paused: bool,
    pub(super) pub_args: Vec<Value>,
    #[schema(value_type = Object)]
    pub(super) pub_kwargs: Map<String, Value>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) last_run_time: Option<Timestamp>,
    pub(super) next_run_time: Option<Timestamp>,
    /// Runs that have ended.
    pub(super) total_executions: u64,
}

/// How an execution stands.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = TexiumStatus)]
pub(super) enum Status {
    Pending,
    Running,
    Completed,
    Failed,
}

/// A run of a job.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TexiumExecution)]
pub(super) struct Execution {
    #[serde(rename = "_id")]
    pub(super) id: String,
    pub(super) job_id: String,
    pub(super) user_id: String,
    pub(super) job_name: String,
    pub(super) job_class_string: String,
    #[schema(inline)]
    pub(super) status: Status,
    /// What the run said and what it returned; the last lines of a long log.
    pub(super) output: String,
    /// Why it did not end well; empty when it did.
    pub(super) error: String,
    pub(super) started_at: Option<Timestamp>,
    pub(super) completed_at: Option<Timestamp>,
    pub(super) created_at: Timestamp,
}

/// A kind of job.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TexiumJobClass)]
pub(super) struct JobClass {
    pub(super) class_string: String,
    pub(super) name: String,
    pub(super) description: String,
}

/// Numbers over jobs and executions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TexiumStats)]
pub(super) struct Stats {
    pub(super) total_jobs: u64,
    pub(super) enabled_jobs: u64,
    pub(super) paused_jobs: u64,
    pub(super) total_executions: u64,
    pub(super) completed_executions: u64,
    pub(super) failed_executions: u64,
    /// Completed of all that have ended, in per cent, not rounded; 0 while none has.
    pub(super) success_rate: f64,
}

/// A user to be created.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TexiumUserCreate)]
pub(super) struct UserCreate {
    pub(super) name: String,
    /// Also the name to sign in with, where it is given.
    pub(super) email: Option<String>,
    /// `admin`, `user` or `viewer`.
    #[schema(default = "user")]
    pub(super) role: Option<String>,
}

/// What of a user is to be changed; what is left out or null stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = TexiumUserUpdate)]
pub(super) struct UserUpdate {
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) role: Option<String>,
}

/// A user.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TexiumUser)]
pub(super) struct User {
    #[serde(rename = "_id")]
    pub(super) id: String,
    pub(super) name: String,
    pub(super) email: Option<String>,
    pub(super) role: &'static str,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

/// A server to be registered. No `Debug`: it may carry a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TexiumServerCreate)]
pub(super) struct ServerCreate {
    /// Owner, as for jobs; the asker when it is left out.
    pub(super) user_id: Option<String>,
    pub(super) name: String,
    /// Name or address of the host.
    pub(super) hostname: String,
    pub(super) port: Option<u16>,
    #[schema(default = "running")]
    pub(super) status: Option<String>,
    pub(super) connection_name: Option<String>,
    /// Web address that health checks call.
    pub(super) instance_url: Option<String>,
    pub(super) username: Option<String>,
    /// Accepted and not kept: nothing here uses it.
    #[schema(write_only)]
    pub(super) password: Option<String>,
}

/// A server.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TexiumServer)]
pub(super) struct Server {
    #[serde(rename = "_id")]
    pub(super) id: String,
    pub(super) user_id: String,
    pub(super) name: String,
    pub(super) hostname: String,
    pub(super) port: Option<u16>,
    pub(super) status: String,
    pub(super) connection_name: Option<String>,
    pub(super) instance_url: Option<String>,
    pub(super) username: Option<String>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

/// The word around every success.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = TexiumSuccess)]
pub(super) enum Success {
    Success,
}

macro_rules! envelope {
    ($(#[$about:meta])* $name:ident as $schema:ident { $($field:ident: $type:ty),* $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Serialize, ToSchema)]
        #[schema(as = $schema)]
        pub(super) struct $name {
            #[schema(inline)]
            pub(super) status: Success,
            pub(super) message: String,
            $(pub(super) $field: $type,)*
        }
    };
}

envelope!(
    /// A job was created or changed.
    JobDone as TexiumJobDone { job_id: String }
);
envelope!(
    /// A user was created or changed.
    UserDone as TexiumUserDone { user_id: String }
);
envelope!(
    /// A server was registered.
    ServerDone as TexiumServerDone { server_id: String }
);
envelope!(
    /// A run was started.
    RunStarted as TexiumRunStarted { execution_id: String }
);
envelope!(
    /// A job.
    OneJob as TexiumOneJob { data: Job }
);
envelope!(
    /// Jobs.
    Jobs as TexiumJobs { total: u64, data: Vec<Job> }
);
envelope!(
    /// An execution.
    OneExecution as TexiumOneExecution { data: Execution }
);
envelope!(
    /// Executions.
    Executions as TexiumExecutions { total: u64, data: Vec<Execution> }
);
envelope!(
    /// A user.
    OneUser as TexiumOneUser { data: User }
);
envelope!(
    /// Users.
    Users as TexiumUsers { total: u64, data: Vec<User> }
);
envelope!(
    /// A server.
    OneServer as TexiumOneServer { data: Server }
);
envelope!(
    /// Servers.
    Servers as TexiumServers { total: u64, data: Vec<Server> }
);
envelope!(
    /// Kinds of jobs.
    JobClasses as TexiumJobClasses { total: u64, jobs: Vec<JobClass> }
);
envelope!(
    /// Numbers over jobs and executions.
    StatsAnswer as TexiumStatsAnswer { stats: Stats }
);

/// Whether the scheduler works.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TexiumHealth)]
pub(super) struct Health {
    /// `healthy` or `unhealthy`.
    pub(super) status: &'static str,
    pub(super) message: &'static str,
    /// Always null.
    #[schema(value_type = Option<String>)]
    pub(super) timestamp: (),
}

/// Part of a list.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Part {
    /// Rows to leave out at the beginning.
    #[param(default = 0)]
    pub(super) skip: Option<u32>,
    /// Most rows; all when it is left out.
    #[param(minimum = 1, maximum = 10_000)]
    pub(super) limit: Option<u32>,
}

impl Part {
    /// The part, unless its limit is not one.
    pub(super) fn checked(self) -> Result<Self, Failure> {
        match self.limit {
            Some(limit) if !(1..=span::MAX_LIMIT).contains(&limit) => {
                Err(Failure::invalid("?limit", "must lie between 1 and 10000"))
            }
            _ => Ok(self),
        }
    }
}

/// Which executions.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WhichExecutions {
    /// Only of this job.
    pub(super) job_id: Option<String>,
    /// Rows to leave out at the beginning.
    #[param(default = 0)]
    pub(super) skip: Option<u32>,
    /// Most rows.
    #[param(minimum = 1, maximum = 500, default = 100)]
    pub(super) limit: Option<u32>,
}

/// Whose numbers.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WhoseStats {
    /// Only of this user.
    pub(super) user_id: Option<String>,
}
