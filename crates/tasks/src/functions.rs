//! The task functions that come with the product, one file each.
//!
//! To add one: write its file and add its line to [`all`].

use std::sync::Arc;

use crate::function::TaskFunction;
use crate::outbound::TlsSettings;

mod celery_task;
mod command;
mod data_export;
mod database_backup;
mod database_cleanup;
mod echo;
mod email;
mod file_deployment;
mod history_cleanup;
mod maintenance;
mod placeholders;
mod report;
mod script;
mod server_health_check;
mod software_deployment;
mod status_range;
mod system_metrics;
mod webhook;

pub(crate) use celery_task::{try_amqp_server, try_redis_server};
pub(crate) use email::try_mail_server;

/// Every built-in function.
pub(crate) fn all() -> Vec<Arc<dyn TaskFunction>> {
    let tls = Arc::new(TlsSettings::default());
    vec![
        Arc::new(celery_task::CeleryTask::new()),
        Arc::new(command::Command::new()),
        Arc::new(data_export::DataExport::new()),
        Arc::new(database_backup::DatabaseBackup::new()),
        Arc::new(database_cleanup::DatabaseCleanup::new()),
        Arc::new(echo::Echo::new()),
        Arc::new(email::Email::new()),
        Arc::new(file_deployment::FileDeployment::new()),
        Arc::new(history_cleanup::HistoryCleanupTask::new()),
        Arc::new(maintenance::Maintenance::new()),
        Arc::new(report::Report::new()),
        Arc::new(script::Script::new()),
        Arc::new(server_health_check::ServerHealthCheck::new(Arc::clone(
            &tls,
        ))),
        Arc::new(software_deployment::SoftwareDeployment::new()),
        Arc::new(system_metrics::SystemMetrics::new()),
        Arc::new(webhook::Webhook::new(tls)),
    ]
}
