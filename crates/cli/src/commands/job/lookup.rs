//! Which job is meant: a number, or a name.

use anyhow::Result;
use orloj_wire::job::Job;

use crate::client::Client;
use crate::commands::paging;
use crate::exit::{Code, Failure};

/// The job with this number, or the only one with this name.
pub(super) async fn job(client: &Client, reference: &str) -> Result<Job> {
    if let Ok(id) = reference.parse::<i64>() {
        return client.get(format!("/scheduler/jobs/{id}")).read().await;
    }
    let listed = paging::fetch::<Job>(
        || {
            client
                .get("/scheduler/jobs")
                .query("search", Some(reference))
        },
        0,
    )
    .await?;
    let named = |job: &Job| {
        job.name_en.as_deref() == Some(reference) || job.name_ar.as_deref() == Some(reference)
    };
    let mut found: Vec<Job> = listed.items.into_iter().filter(named).collect();
    match (found.pop(), found.len()) {
        (Some(job), 0) => Ok(job),
        (None, _) => Err(Failure::new(
            Code::NotFound,
            format!("there is no job named {reference:?}"),
        )
        .into()),
        (Some(job), others) => Err(Failure::new(
            Code::Conflict,
            format!(
                "{} jobs are named {reference:?}, number {} is one; say the number",
                others + 1,
                job.id
            ),
        )
        .into()),
    }
}
