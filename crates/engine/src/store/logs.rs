//! Reading logs. They are written by the hot path, in chunks.

use std::collections::HashMap;

use super::{Db, Row, Tx, batch, sql};
use crate::clock::timestamp;
use crate::error::Result;
use crate::model::{LogLine, LogQuery};

/// One stored chunk, opened.
struct Chunk {
    first_line: i64,
    attempt: u32,
    lines: Vec<(i64, String, String)>,
}

fn chunk(mut row: Row) -> Result<Chunk> {
    Ok(Chunk {
        first_line: row.int()?,
        attempt: u32::try_from(row.int()?).unwrap_or(1),
        lines: row.json()?,
    })
}

/// Number of the last line stored.
pub(crate) async fn line_count(db: &Db, execution: i64) -> Result<i64> {
    sql("SELECT COALESCE(MAX(first_line + line_count - 1), 0) FROM log_chunk WHERE execution_id = $1").bind(execution).one(db).await?.int()
}

/// The same for several executions; those without a stored line are absent.
pub(crate) async fn line_counts(tx: &mut Tx, executions: &[i64]) -> Result<HashMap<i64, i64>> {
    let rows = sql("SELECT execution_id, MAX(first_line + line_count - 1) FROM log_chunk WHERE execution_id {each $1} GROUP BY execution_id")
        .bind(batch(executions))
        .all(tx)
        .await?;
    rows.into_iter()
        .map(|mut row| Ok((row.int()?, row.int()?)))
        .collect()
}

/// Lines of a log, by the query's position, level and search. Chunks are read one after the other until enough
/// lines are found, so that a long log is never in memory as a whole.
pub(crate) async fn read(db: &Db, execution: i64, query: &LogQuery) -> Result<Vec<LogLine>> {
    let limit = usize::try_from(query.limit.max(1)).unwrap_or(usize::MAX);
    let backwards = query.tail || query.before.is_some();
    let needle = query.search.as_ref().map(|text| text.to_lowercase());
    let matches = |level: &str, text: &str| {
        (query.levels.is_empty() || query.levels.iter().any(|wanted| wanted == level))
            && needle
                .as_ref()
                .is_none_or(|needle| text.to_lowercase().contains(needle))
    };
    let mut found: Vec<LogLine> = Vec::new();
    let mut position = if backwards {
        query.before.unwrap_or(i64::MAX)
    } else {
        query.after.unwrap_or(0)
    };
    loop {
        let statement = if backwards {
            sql(
                "SELECT first_line, attempt, lines FROM log_chunk WHERE execution_id = $1 AND first_line < $2 ORDER BY first_line DESC LIMIT 16",
            )
        } else {
            sql(
                "SELECT first_line, attempt, lines FROM log_chunk WHERE execution_id = $1 AND first_line + line_count - 1 > $2 ORDER BY first_line LIMIT 16",
            )
        };
        let rows = statement.bind(execution).bind(position).all(db).await?;
        let last_batch = rows.len() < 16;
        for row in rows {
            let chunk = chunk(row)?;
            let end = chunk.first_line + i64::try_from(chunk.lines.len()).unwrap_or(0) - 1;
            let mut taken: Vec<LogLine> = chunk
                .lines
                .into_iter()
                .zip(chunk.first_line..)
                .filter(|((_, level, text), number)| {
                    let in_place = if backwards {
                        query.before.is_none_or(|before| *number < before)
                    } else {
                        *number > query.after.unwrap_or(0)
                    };
                    in_place && matches(level, text)
                })
                .map(|((at, level, text), number)| LogLine {
                    number,
                    at: timestamp(at),
                    level,
                    attempt: chunk.attempt,
                    text,
                })
                .collect();
            if backwards {
                taken.reverse();
                position = chunk.first_line;
            } else {
                position = end;
            }
            found.append(&mut taken);
            if found.len() >= limit {
                break;
            }
        }
        if found.len() >= limit || last_batch {
            break;
        }
    }
    found.truncate(limit);
    if backwards {
        found.reverse();
    }
    Ok(found)
}
