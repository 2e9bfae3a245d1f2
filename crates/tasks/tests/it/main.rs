//! Task functions against the real thing: real processes, real sockets.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

mod databases;
mod harness;
mod mail_server;
mod ports;
mod shop;
mod web_server;

mod catalogue;
mod celery_amqp;
mod celery_task;
mod connections;
mod data_export;
mod database_backup;
mod database_cleanup;
mod echo;
mod email;
mod encrypted;
mod history_cleanup;
mod maintenance;
mod manifest;
mod object_store;
mod process_tree;
mod protected;
mod reference;
mod report;
mod script;
mod server_health_check;
mod system_metrics;
mod webhook;
mod webhook_rules;
