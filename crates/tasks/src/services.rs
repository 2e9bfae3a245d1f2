//! What a task function may ask of the program it runs in.
//!
//! A function knows no database and no settings; whoever hosts it answers these
//! questions with the rights of the job's owner and refuses the rest.

use std::path::Path;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::context::Context;
use crate::devices::{DeviceFile, DeviceReport, DeviceWork};
use crate::statistics::{Statistics, StatisticsRequest};

/// The host's side. One value stands for one run, so the host knows whose rights apply.
#[async_trait]
pub trait Services: Send + Sync {
    /// Removes old finished executions.
    ///
    /// # Errors
    /// A sentence for the history when the host refuses or fails.
    async fn cleanup_history(&self, request: &HistoryCleanup) -> Result<CleanupReport, String>;

    /// The settings of a named connection, secrets in clear, for the function's
    /// use alone: never logged, never part of a result.
    ///
    /// # Errors
    /// A sentence for the history when there is no such connection, the job's
    /// owner may not use it, or the host has none at all (the default).
    async fn connection(&self, name: &str) -> Result<Value, String> {
        Err(format!(
            "the connection \"{name}\" is not available: this host offers no connections"
        ))
    }

    /// The registered servers with these numbers, as far as the job's owner may see them.
    ///
    /// # Errors
    /// A sentence for the history when one of them is not there for the owner, or
    /// the host registers none at all (the default).
    async fn servers(&self, ids: &[i64]) -> Result<Vec<ServerAddress>, String> {
        let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
        Err(format!(
            "the servers {} are not available: this host registers none",
            ids.join(", ")
        ))
    }

    /// Has devices do something and waits until each of them has, or has not.
    /// Asked again for the same attempt, it goes on waiting for what is out;
    /// asked by a later attempt, it asks those devices again that did not succeed.
    /// Returns early when the run is told to stop.
    ///
    /// # Errors
    /// A sentence for the history when the targets are not there for the job's
    /// owner, or the host has no devices at all (the default).
    async fn run_on_devices(
        &self,
        context: &Context,
        work: &DeviceWork,
    ) -> Result<DeviceReport, String> {
        let _ = (context, work);
        Err("this host has no devices".to_owned())
    }

    /// Numbers about jobs, people or the host itself, as far as the job's owner may see them.
    ///
    /// # Errors
    /// A sentence for the history when the owner may not see them, or the host
    /// counts nothing (the default).
    async fn statistics(&self, request: &StatisticsRequest) -> Result<Statistics, String> {
        let _ = request;
        Err("statistics are not available: this host counts nothing".to_owned())
    }

    /// Does one thing for the host's own data; gives how many things went away.
    /// Sessions, tokens and files younger than `keep_days` stay.
    ///
    /// # Errors
    /// A sentence for the history when the job's owner may not do that, it fails,
    /// or the host has no data of its own (the default).
    async fn maintain(&self, step: OwnStep, keep_days: u32) -> Result<u64, String> {
        let _ = (step, keep_days);
        Err("there is nothing to look after: this host has no data of its own".to_owned())
    }

    /// The files with these numbers, for steps of [`DeviceWork`], as far as the job's owner may use them.
    ///
    /// # Errors
    /// A sentence for the history when one of them is not there for the owner or
    /// not whole, or the host keeps none at all (the default).
    async fn device_files(&self, ids: &[i64]) -> Result<Vec<DeviceFile>, String> {
        let _ = ids;
        Err("this host keeps no files for devices".to_owned())
    }

    /// The software with these numbers and what it needs, needed entries first:
    /// steps of [`DeviceWork`] without what is to be done. `isNeededOnly` marks
    /// entries that were not asked for.
    ///
    /// # Errors
    /// A sentence for the history when some of it is not there for the owner, or
    /// the host has no catalogue at all (the default).
    async fn device_software(&self, ids: &[i64]) -> Result<Vec<Value>, String> {
        let _ = ids;
        Err("this host has no software for devices".to_owned())
    }

    /// Keeps a file that a run made, so that it can be downloaded from the run.
    /// `name` is a plain file name; the host copies or moves the file at `path`,
    /// which the function removes afterwards if it is still there.
    ///
    /// # Errors
    /// A sentence for the history when a quota is used up, the host fails, or it
    /// keeps no files at all (the default).
    async fn store_artifact(&self, name: &str, path: &Path) -> Result<ArtifactRef, String> {
        let _ = path;
        Err(format!(
            "the file \"{name}\" cannot be kept: this host keeps no files of runs"
        ))
    }
}

/// A file of a run that the host keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactRef {
    /// How the host finds it again.
    pub id: String,
    /// Its name for people, without folders.
    pub name: String,
    /// Bytes.
    pub size: u64,
}

/// What a host can do for its own data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnStep {
    /// Gives back space.
    Vacuum,
    /// Renews the statistics by which the database plans.
    Analyze,
    /// Rebuilds indexes.
    Reindex,
    /// Does what the database recommends.
    Optimize,
    /// Removes sessions and tokens that are of no use any more.
    Expired,
    /// Removes what runs left behind that died.
    Temporary,
    /// Gives back memory and folds the write-ahead log into the database.
    Caches,
}

/// A host that is registered to be watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerAddress {
    /// Its number.
    pub id: i64,
    /// Its name for people.
    pub name: String,
    /// Name or address of the host.
    pub host: String,
    /// Port to connect to when there is no `url`.
    pub port: Option<u16>,
    /// Web address to call instead of a plain connection.
    pub url: Option<String>,
}

/// Which history to remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryCleanup {
    /// Only executions of this user's jobs; `None` means all that the run's owner may clean.
    pub owner: Option<i64>,
    /// Only executions that finished more than this many days ago.
    pub older_than_days: u32,
    /// Only executions with one of these status words (`success`, `failed`, ...); empty means any.
    pub statuses: Vec<String>,
    /// Only executions of this job.
    pub job_id: Option<i64>,
    /// Count, but remove nothing.
    pub dry_run: bool,
}

/// What a clean-up of the history removed (or, in a dry run, would remove).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CleanupReport {
    /// Executions, with their log lines and results.
    pub executions: u64,
    /// Locks that had expired.
    pub locks: u64,
    /// Records of instances that are long gone.
    pub instances: u64,
}

/// A host that has nothing to offer. For tests and for runs outside a server.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoServices;

#[async_trait]
impl Services for NoServices {
    async fn cleanup_history(&self, _request: &HistoryCleanup) -> Result<CleanupReport, String> {
        Err("this host keeps no history".to_owned())
    }
}
