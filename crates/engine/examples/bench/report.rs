//! Medians and spread, as JSON and as tables.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::Numbers;

/// The numbers of one measurement in one round.
pub(crate) struct Row {
    pub(crate) measurement: &'static str,
    pub(crate) about: &'static str,
    pub(crate) database: &'static str,
    /// Load of the machine when it began.
    pub(crate) load: String,
    pub(crate) numbers: Numbers,
}

pub(crate) struct Report {
    machine: Value,
    rows: Vec<Row>,
}

impl Report {
    pub(crate) fn new(machine: Value) -> Self {
        Self {
            machine,
            rows: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    pub(crate) fn json(&self) -> Value {
        let rows = self.rows.iter().map(|row| {
            json!({
                "measurement": row.measurement,
                "database": row.database,
                "load": row.load,
                "numbers": row.numbers,
            })
        });
        json!({ "machine": self.machine, "rows": rows.collect::<Vec<_>>() })
    }

    /// A table for each measurement: the median and, in parentheses, least and most of the rounds.
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!("Machine: `{}`\n\n", self.machine);
        let mut done = Vec::new();
        for Row {
            measurement, about, ..
        } in &self.rows
        {
            if !done.contains(measurement) {
                done.push(measurement);
                // Writing into a string cannot fail.
                let _ = writeln!(text, "### {measurement}\n\n{about}.\n");
                self.table(measurement, &mut text);
            }
        }
        text
    }

    fn table(&self, measurement: &str, text: &mut String) {
        let rows = || {
            self.rows
                .iter()
                .filter(|row| row.measurement == measurement)
        };
        let mut names: Vec<&String> = Vec::new();
        for name in rows().flat_map(|row| row.numbers.keys()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let _ = writeln!(text, "| | SQLite | PostgreSQL |\n|---|---|---|");
        let mut line = |label: &str, cell: &dyn Fn(&str) -> String| {
            let _ = writeln!(
                text,
                "| {label} | {} | {} |",
                cell("SQLite"),
                cell("PostgreSQL")
            );
        };
        for name in names {
            line(&name.replace('_', " "), &|database| {
                let of = rows().filter(|row| row.database == database);
                spread(
                    of.filter_map(|row| row.numbers.get(name)?.as_f64())
                        .collect(),
                )
            });
        }
        line("load of the machine before", &|database| {
            let of = rows().filter(|row| row.database == database);
            of.map(|row| row.load.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        });
        text.push('\n');
    }
}

/// The median, and the range where there is one.
fn spread(mut values: Vec<f64>) -> String {
    values.sort_by(f64::total_cmp);
    let (Some(least), Some(median), Some(most)) =
        (values.first(), values.get(values.len() / 2), values.last())
    else {
        return "–".to_owned();
    };
    let round = |value: &f64| (value * 1_000.0).round() / 1_000.0;
    if least == most {
        return round(median).to_string();
    }
    format!("{} ({} to {})", round(median), round(least), round(most))
}
