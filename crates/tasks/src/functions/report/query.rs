//! The report on a question in SQL.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::parameters::{ChartOf, Parameters};
use super::words;
use crate::context::Context;
use crate::database::{self, Answer, Cell, Trouble};
use crate::paper::{Block, Chart, Colour, Column, Series, Table, grouped};

pub(super) use crate::database::judge;

/// Columns drawn in one chart at most.
const MAX_BARS: usize = 200;

/// Asks the connection.
pub(super) async fn ask(context: &Context, parameters: &Parameters) -> Result<Answer, Trouble> {
    let (Some(connection), Some(sql)) = (&parameters.connection, &parameters.sql) else {
        return Err(Trouble::refused("a connection and a question are needed"));
    };
    let settings = database::settings(context, connection).await?;
    let limit = Duration::from_secs(u64::from(parameters.time_limit_seconds));
    database::ask(settings, &context.policy, sql, parameters.row_limit, limit).await
}

/// The answer for programs. Columns that share a name keep it; the later one wins in the objects.
pub(super) fn data(answer: &Answer) -> Value {
    let rows: Vec<Value> = answer
        .rows
        .iter()
        .map(|row| {
            let members: Map<String, Value> = answer
                .columns
                .iter()
                .cloned()
                .zip(row.iter().map(Cell::plain))
                .collect();
            Value::Object(members)
        })
        .collect();
    json!({ "columns": answer.columns, "rows": rows, "truncated": answer.is_cut })
}

/// The answer for people.
pub(super) fn blocks(answer: &Answer, parameters: &Parameters) -> Result<Vec<Block>, Trouble> {
    let say = |text| parameters.language.pick(text);
    let count = u64::try_from(answer.rows.len()).unwrap_or(u64::MAX);
    let mut blocks = vec![Block::Figures(vec![(say(&words::ROWS), grouped(count))])];
    if answer.is_cut {
        blocks.push(Block::Note(say(&words::CUT)));
    }
    if let Some(wanted) = parameters.chart.as_ref().filter(|_| parameters.charts) {
        blocks.push(Block::Chart(chart(answer, wanted)?));
    }
    blocks.push(Block::Table(Table {
        title: say(&words::ANSWER),
        columns: answer
            .columns
            .iter()
            .enumerate()
            .map(|(index, name)| Column {
                title: name.clone(),
                is_number: answer
                    .rows
                    .iter()
                    .all(|row| matches!(row.get(index), Some(Cell::Number(_) | Cell::Null)))
                    && answer
                        .rows
                        .iter()
                        .any(|row| matches!(row.get(index), Some(Cell::Number(_)))),
            })
            .collect(),
        rows: answer
            .rows
            .iter()
            .map(|row| row.iter().map(shown).collect())
            .collect(),
        empty: say(&words::NO_ROWS),
    }));
    Ok(blocks)
}

fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Bool(value) => value.to_string(),
        Cell::Number(text) => text.clone(),
        Cell::Text(text) | Cell::Json(text) | Cell::Blob(text) => crate::text_of(text.as_bytes()),
    }
}

fn chart(answer: &Answer, wanted: &ChartOf) -> Result<Chart, Trouble> {
    let place = |name: &String| {
        answer
            .columns
            .iter()
            .position(|column| column == name)
            .ok_or_else(|| {
                Trouble::refused(format!(
                    "the chart wants the column \"{name}\", and the answer has none of that name"
                ))
            })
    };
    let labels = place(&wanted.labels)?;
    let rows = || answer.rows.iter().take(MAX_BARS);
    let series = wanted
        .values
        .iter()
        .zip(Colour::PLAIN.into_iter().cycle())
        .map(|(name, colour)| {
            let column = place(name)?;
            Ok(Series {
                name: name.clone(),
                colour,
                values: rows()
                    .map(|row| match row.get(column) {
                        Some(Cell::Number(text) | Cell::Text(text)) => {
                            text.parse().unwrap_or_default()
                        }
                        _ => 0.0,
                    })
                    .collect(),
            })
        })
        .collect::<Result<_, Trouble>>()?;
    Ok(Chart {
        title: wanted.values.join(", "),
        labels: rows()
            .map(|row| row.get(labels).map(shown).unwrap_or_default())
            .collect(),
        series,
    })
}
