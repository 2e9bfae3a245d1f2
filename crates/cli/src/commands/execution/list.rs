//! `orloj execution list`.

use anyhow::Result;
use jiff::Timestamp;
use orloj_engine::Clock;
use orloj_wire::execution::Execution;

use super::show;
use crate::commands::{Api, paging};
use crate::said;

/// Arguments of `execution list`.
#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// Only executions of this job (number)
    #[arg(long, value_name = "ID")]
    job: Option<i64>,
    /// Only these statuses (success, failed, running, missed, ...)
    #[arg(long, value_name = "STATUSES")]
    status: Option<String>,
    /// Only due from this instant on
    #[arg(long, value_name = "INSTANT")]
    from: Option<String>,
    /// Only due before this instant
    #[arg(long, value_name = "INSTANT")]
    to: Option<String>,
    /// Only with this text in the job's names, the summary or the error
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// List at most so many; 0 lists all
    #[arg(long, default_value_t = 20, value_name = "N")]
    limit: usize,
}

impl List {
    pub(super) async fn run(self, api: &Api) -> Result<()> {
        let now = Clock::System.now();
        let instant = |text: &Option<String>| -> Result<Option<Timestamp>> {
            text.as_deref()
                .map(|text| said::instant(text, None, now))
                .transpose()
        };
        let (from, to) = (instant(&self.from)?, instant(&self.to)?);
        let listed = paging::fetch::<Execution>(
            || {
                api.client
                    .get("/scheduler/history")
                    .query("job_id", self.job)
                    .query("status", self.status.as_ref())
                    .query("from_date", from)
                    .query("to_date", to)
                    .query("search", self.search.as_ref())
            },
            self.limit,
        )
        .await?;
        api.format
            .list(&listed.items, &listed, show::COLUMNS, |execution| {
                execution.execution_id.clone()
            })?;
        listed.remark_on_rest();
        Ok(())
    }
}
