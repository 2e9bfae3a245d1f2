//! The statements of one clean-up.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::parameters::{AgeUnit, Parameters};
use crate::database::{self, Bound, Column, Dialect, Table, Trouble, Where};

/// Seconds of a day; ages count in days of this length, whatever clocks do.
const DAY: i64 = 86_400;

/// What is going to be asked of the database.
pub(super) struct Plan {
    dialect: Dialect,
    table: String,
    split: bool,
    condition: String,
    /// Values of all statements.
    pub(super) values: Vec<Bound>,
    /// How many rows match.
    pub(super) count: String,
    /// Keys of some rows that match, when the table has a key of one column.
    pub(super) sample: Option<String>,
    /// The instant that separates old from young, when age decides.
    pub(super) cutoff: Option<Timestamp>,
}

impl Plan {
    pub(super) fn make(
        dialect: Dialect,
        table: &Table,
        columns: &[Column],
        parameters: &Parameters,
        due: Timestamp,
    ) -> Result<Self, Trouble> {
        if table.view {
            return Err(Trouble::refused(format!(
                "{} is not a table, so no rows can be removed from it",
                table.shown()
            )));
        }
        if table.rowless {
            return Err(Trouble::refused(format!(
                "{} is a table without row numbers; such tables cannot be cleaned up",
                table.shown()
            )));
        }
        let mut condition = Where::new(dialect);
        let mut cutoff = None;
        if let (Some(name), Some(days)) = (&parameters.age_column, parameters.older_than_days) {
            let column = database::column(columns, name)?;
            let instant = due
                .checked_sub(jiff::SignedDuration::from_secs(i64::from(days) * DAY))
                .map_err(|_| Trouble::refused("no calendar reaches back that far"))?;
            by_age(
                &mut condition,
                dialect,
                column,
                instant,
                parameters.age_unit,
            )?;
            cutoff = Some(instant);
        }
        for one in &parameters.conditions {
            condition.add(columns, one)?;
        }
        let quoted = table.quoted(dialect);
        let sql = condition.sql();
        let count = match dialect {
            Dialect::Sqlite => format!("SELECT COUNT(*) FROM {quoted} WHERE {sql}"),
            Dialect::Postgres => format!("SELECT CAST(COUNT(*) AS text) FROM {quoted} WHERE {sql}"),
            Dialect::Mysql => format!("SELECT CAST(COUNT(*) AS CHAR) FROM {quoted} WHERE {sql}"),
        };
        let mut keys = columns.iter().filter(|column| column.key);
        let sample = match (keys.next(), keys.next()) {
            (Some(key), None) => Some(format!(
                "SELECT {} FROM {quoted} WHERE {sql} LIMIT 5",
                key.selected(dialect)
            )),
            _ => None,
        };
        Ok(Self {
            dialect,
            table: quoted,
            split: table.split,
            condition: sql,
            values: condition.values,
            count,
            sample,
            cutoff,
        })
    }

    /// Removes at most `size` rows.
    pub(super) fn delete(&self, size: u64) -> String {
        let (table, condition) = (&self.table, &self.condition);
        match self.dialect {
            Dialect::Sqlite => format!(
                "DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} WHERE {condition} LIMIT {size})"
            ),
            // The condition stands there twice: a row that changed in between is judged again.
            Dialect::Postgres if self.split => format!(
                "DELETE FROM {table} WHERE (tableoid, ctid) IN \
                 (SELECT tableoid, ctid FROM {table} WHERE {condition} LIMIT {size}) AND {condition}"
            ),
            Dialect::Postgres => format!(
                "DELETE FROM {table} WHERE ctid = ANY(ARRAY(\
                 SELECT ctid FROM {table} WHERE {condition} LIMIT {size})) AND {condition}"
            ),
            Dialect::Mysql => format!("DELETE FROM {table} WHERE {condition} LIMIT {size}"),
        }
    }
}

fn by_age(
    condition: &mut Where,
    dialect: Dialect,
    column: &Column,
    cutoff: Timestamp,
    unit: Option<AgeUnit>,
) -> Result<(), Trouble> {
    if let Some(unit) = unit {
        if !column.is_number(dialect) {
            return Err(Trouble::refused(format!(
                "the column \"{}\" does not hold numbers, so ageUnit makes no sense",
                column.name
            )));
        }
        condition.below(
            column,
            match unit {
                AgeUnit::Seconds => cutoff.as_second(),
                AgeUnit::Milliseconds => cutoff.as_millisecond(),
                AgeUnit::Microseconds => cutoff.as_microsecond(),
            },
        );
        return Ok(());
    }
    if !column.is_time(dialect) {
        return Err(Trouble::refused(format!(
            "the column \"{}\" holds no dates; if it holds numbers, say with ageUnit what they count",
            column.name
        )));
    }
    let wall = cutoff.to_zoned(TimeZone::UTC);
    condition.before(
        column,
        match dialect {
            Dialect::Postgres => wall.strftime("%Y-%m-%d %H:%M:%S.%6f+00").to_string(),
            Dialect::Sqlite | Dialect::Mysql => wall.strftime("%Y-%m-%d %H:%M:%S.%3f").to_string(),
        },
    );
    Ok(())
}
