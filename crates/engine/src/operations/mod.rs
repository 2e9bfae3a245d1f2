//! What may be asked, one noun per file: permission, rule, store, announcement.

mod account;
pub(crate) mod accounts_state;
pub(crate) mod artifacts;
mod audit;
mod authenticate;
mod bulk;
mod connections;
mod connections_history;
mod execution_removal;
mod executions;
pub(crate) mod files;
mod first_start;
mod groups;
mod jobs;
mod notes;
mod on_behalf;
mod runs;
mod secrets;
pub(crate) mod secrets_key;
mod servers;
mod sign_in;
mod software;
mod statistics;
mod status;
mod tokens;
mod users;
mod uses;
