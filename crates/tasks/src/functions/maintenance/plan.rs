//! Which statements do what was asked for.

use super::Operation;
use crate::database::{Dialect, Table};

/// One statement.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) sql: String,
    /// For people.
    pub(super) shown: String,
    /// Tells in rows how it went.
    pub(super) answers: bool,
}

/// The statements, each once, in the order of the operations.
pub(super) fn steps(dialect: Dialect, operations: &[Operation], tables: &[Table]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut add = |step: Step| {
        if !steps.contains(&step) {
            steps.push(step);
        }
    };
    let tables: Vec<&Table> = tables.iter().filter(|table| !table.view).collect();
    for operation in operations.iter().filter(|one| one.is_for_connections()) {
        if dialect == Dialect::Sqlite && whole(*operation) {
            let sql = match operation {
                Operation::Vacuum => "VACUUM",
                _ => "PRAGMA optimize",
            };
            add(Step {
                sql: sql.to_owned(),
                shown: sql.to_lowercase(),
                answers: false,
            });
            continue;
        }
        for table in &tables {
            let verb = verb(dialect, *operation);
            add(Step {
                sql: format!("{verb} {}", table.quoted(dialect)),
                shown: format!("{} {}", verb.to_lowercase(), table.shown()),
                answers: dialect == Dialect::Mysql,
            });
        }
    }
    steps
}

/// Whether SQLite does it for the whole file.
const fn whole(operation: Operation) -> bool {
    matches!(operation, Operation::Vacuum | Operation::Optimize)
}

const fn verb(dialect: Dialect, operation: Operation) -> &'static str {
    match (dialect, operation) {
        (Dialect::Postgres, Operation::Vacuum) => "VACUUM",
        (Dialect::Postgres, Operation::Optimize) => "VACUUM (ANALYZE)",
        // Readers and writers go on meanwhile.
        (Dialect::Postgres, Operation::Reindex) => "REINDEX TABLE CONCURRENTLY",
        (Dialect::Sqlite, Operation::Reindex) => "REINDEX",
        (Dialect::Postgres | Dialect::Sqlite, _) => "ANALYZE",
        (Dialect::Mysql, Operation::Analyze) => "ANALYZE TABLE",
        // It rebuilds the table with its indexes, which is all three.
        (Dialect::Mysql, _) => "OPTIMIZE TABLE",
    }
}
