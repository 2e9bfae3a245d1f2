//! `orloj job list`.

use anyhow::Result;
use orloj_wire::job::Job;

use super::show;
use crate::commands::{Api, paging};

/// Arguments of `job list`.
#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// Only jobs with this text in names, descriptions, task function or tags
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Only jobs with this tag
    #[arg(long)]
    tag: Option<String>,
    /// Only jobs of this task function
    #[arg(long, value_name = "KEY")]
    task: Option<String>,
    /// Only enabled (or, with `false`, only disabled) jobs
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    enabled: Option<bool>,
    /// Only jobs whose last execution ended like this (success, failed, timeout, ...)
    #[arg(long, value_name = "STATUS")]
    last_status: Option<String>,
    /// List at most so many; 0 lists all
    #[arg(long, default_value_t = 100, value_name = "N")]
    limit: usize,
}

impl List {
    pub(super) async fn run(self, api: &Api) -> Result<()> {
        let listed = paging::fetch::<Job>(
            || {
                api.client
                    .get("/scheduler/jobs")
                    .query("search", self.search.as_ref())
                    .query("tag", self.tag.as_ref())
                    .query("task_function_key", self.task.as_ref())
                    .query("is_enabled", self.enabled)
                    .query("last_status", self.last_status.as_ref())
            },
            self.limit,
        )
        .await?;
        api.format
            .list(&listed.items, &listed, show::COLUMNS, |job| {
                job.id.to_string()
            })?;
        listed.remark_on_rest();
        Ok(())
    }
}
