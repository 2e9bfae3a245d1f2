//! Databases that jobs work on, reached through named connections.
//!
//! Three rules hold for every function that uses this room. Names of tables and
//! columns come from the database's own catalogue: what a job's author writes is
//! only compared with them. Values are bound, never part of a statement. And a
//! table must be on the connection's allow-list before anything is done with it.

mod catalogue;
mod cell;
mod fields;
mod filter;
mod link;
mod question;
mod settings;
mod trouble;

pub(crate) use catalogue::{Column, Table, find_table, list_tables, permitted_columns};
pub(crate) use cell::Cell;
pub(crate) use fields::{
    table_name, with_conditions, with_connection, with_optional_connection, with_table,
};
pub(crate) use filter::{Condition, Where, column};
pub(crate) use link::{Bound, Link};
pub(crate) use question::{Answer, ask, judge};
pub(crate) use settings::{Dialect, Place, Server, Settings, Tls};
pub(crate) use trouble::Trouble;

use crate::context::Context;

/// Asks the host for a connection's settings and reads them.
///
/// # Errors
/// The host refuses, or they are not settings of a database.
pub(crate) async fn settings(context: &Context, name: &str) -> Result<Settings, Trouble> {
    let value = context
        .services
        .connection(name)
        .await
        .map_err(Trouble::refused)?;
    Settings::read(value).map_err(Trouble::refused)
}
