//! Questions in a job author's own SQL.
//!
//! They are the one exception from the rule that statements are put together
//! here, and four things make up for it: the connection must open every table to
//! jobs, the question must be a single reading statement, it is asked where the
//! database itself refuses to write, and rows, bytes and time are limited.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use sqlx::mysql::MySqlRow;
use sqlx::{
    AssertSqlSafe, Column as _, Executor, Row, SqlSafeStr, Statement as _, TypeInfo, ValueRef,
};

use super::cell::{Cell, Class};
use super::link::Link;
use super::settings::{Dialect, Settings};
use super::trouble::Trouble;
use crate::outcome::Cause;
use crate::policy::Policy;

/// Bytes of an answer at most.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// Columns of an answer at most.
const MAX_COLUMNS: usize = 100;
/// SQLite looks after so many of its steps whether it is to stop.
const STEPS: i32 = 10_000;

/// Words with which a reading statement begins.
const READING: [&str; 4] = ["select", "with", "values", "table"];
/// Words by which MariaDB and MySQL write an answer to a file of the server.
const WRITING: [&str; 2] = ["outfile", "dumpfile"];

/// What a database said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Cell>>,
    /// There were further rows.
    pub(crate) is_cut: bool,
}

/// Whether a text can be a question: one statement that begins like a reading one.
///
/// # Errors
/// A sentence about what it is not.
pub(crate) fn judge(sql: &str) -> Result<&str, String> {
    let sql = sql.trim().trim_end_matches(';').trim_end();
    // Also in texts, so that nobody has to agree with a database on where texts end.
    if sql.contains(';') {
        return Err("must be a single statement, without a semicolon in it".to_owned());
    }
    if sql.contains('\0') {
        return Err("must not contain NUL".to_owned());
    }
    let words = || {
        sql.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .filter(|word| !word.is_empty())
    };
    let begins_well = begin(sql).is_some_and(|start| {
        let word: String = start
            .chars()
            .take_while(char::is_ascii_alphabetic)
            .collect();
        READING.contains(&word.to_ascii_lowercase().as_str())
    });
    if !begins_well {
        return Err("must begin with SELECT, WITH, VALUES or TABLE".to_owned());
    }
    if words().any(|word| WRITING.contains(&word.to_ascii_lowercase().as_str())) {
        return Err("must not write files".to_owned());
    }
    Ok(sql)
}

/// The statement without the comments, blanks and brackets in front of it.
fn begin(sql: &str) -> Option<&str> {
    let mut rest = sql;
    loop {
        rest = rest.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '(');
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.split_once('\n')?.1;
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/")?.1;
        } else {
            return Some(rest);
        }
    }
}

/// Asks, and takes at most `most` rows within `limit`.
///
/// # Errors
/// The question or the connection is not fit for it, or the database refuses.
pub(crate) async fn ask(
    mut settings: Settings,
    policy: &Policy,
    sql: &str,
    most: usize,
    limit: Duration,
) -> Result<Answer, Trouble> {
    let sql = judge(sql)
        .map_err(|text| Trouble::refused(format!("the question in SQL {text}")))?
        .to_owned();
    if !settings.allows_everything() {
        return Err(Trouble::refused(
            "a question in SQL can reach every table, so the connection must open all tables to jobs (*)",
        ));
    }
    settings.read_only = true;
    let mut link = settings.open(policy).await?;
    let stop = Stop(Arc::new(AtomicBool::new(false)));
    let asked = tokio::time::timeout(limit, Box::pin(put(&mut link, &sql, most, limit, &stop)))
        .await
        .unwrap_or_else(|_| Err(too_slow(limit)));
    if asked.is_ok() {
        link.close().await;
    }
    asked
}

/// Tells SQLite to stop as soon as nobody waits for the answer any more.
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn too_slow(limit: Duration) -> Trouble {
    Trouble {
        cause: Cause::Timeout,
        message: format!(
            "the question in SQL was given up after {} s",
            limit.as_secs()
        ),
    }
}

async fn put(
    link: &mut Link,
    sql: &str,
    most: usize,
    limit: Duration,
    stop: &Stop,
) -> Result<Answer, Trouble> {
    match link.dialect() {
        Dialect::Sqlite => {
            if let Link::Sqlite(connection) = link {
                let stopped = Arc::clone(&stop.0);
                connection
                    .lock_handle()
                    .await?
                    .set_progress_handler(STEPS, move || !stopped.load(Ordering::Relaxed));
            }
        }
        Dialect::Postgres => {
            let limit = format!("SET statement_timeout = {}", limit.as_millis());
            link.execute(&limit, &[]).await?;
            link.execute("BEGIN READ ONLY", &[]).await?;
        }
        Dialect::Mysql => {
            // MariaDB counts seconds and MySQL milliseconds; whichever it is, it knows one of them.
            for limit in [
                format!("SET SESSION max_statement_time = {}", limit.as_secs()),
                format!("SET SESSION max_execution_time = {}", limit.as_millis()),
            ] {
                drop(link.execute(&limit, &[]).await);
            }
            link.execute("START TRANSACTION READ ONLY", &[]).await?;
        }
    }
    let (columns, classes, sql) = prepared(link, sql, most).await?;
    if columns.is_empty() {
        return Err(Trouble::refused("the question in SQL has no answer"));
    }
    if columns.len() > MAX_COLUMNS {
        return Err(Trouble::refused(format!(
            "the answer to the question in SQL has more than {MAX_COLUMNS} columns"
        )));
    }
    let mut answer = Answer {
        columns,
        rows: Vec::new(),
        is_cut: false,
    };
    let mut bytes = 0;
    let mut rows = link.answer(&sql, classes);
    while let Some(row) = rows.next().await {
        let row = row?;
        if answer.rows.len() == most {
            answer.is_cut = true;
            break;
        }
        bytes += row.iter().map(Cell::len).sum::<usize>();
        if bytes > MAX_BYTES {
            return Err(Trouble::refused(
                "the answer to the question in SQL is larger than 16 MiB; ask for fewer columns or rows",
            ));
        }
        answer.rows.push(row);
    }
    Ok(answer)
}

/// The names and classes of the answer's columns, and the statement to be run.
async fn prepared(
    link: &mut Link,
    sql: &str,
    most: usize,
) -> Result<(Vec<String>, Vec<Class>, String), Trouble> {
    let text = AssertSqlSafe(sql.to_owned()).into_sql_str();
    Ok(match link {
        Link::Sqlite(connection) => {
            let statement = connection.prepare(text).await?;
            let names = statement.columns().iter().map(|one| one.name().to_owned());
            (names.collect(), Vec::new(), sql.to_owned())
        }
        Link::Postgres(connection) => {
            let statement = connection.prepare(text).await?;
            let columns = statement.columns();
            let classes = columns.iter().map(|one| {
                Class::of(
                    Dialect::Postgres,
                    &one.type_info().name().to_ascii_lowercase(),
                )
            });
            // Names that come twice would be ambiguous, so each column gets one of its own.
            let (list, names): (Vec<_>, Vec<_>) = (0..columns.len())
                .map(|at| (format!("a.c{at}::text"), format!("c{at}")))
                .unzip();
            let wrapped = format!(
                "SELECT {} FROM (\n{sql}\n) AS a({}) LIMIT {}",
                list.join(", "),
                names.join(", "),
                most + 1
            );
            (
                columns.iter().map(|one| one.name().to_owned()).collect(),
                classes.collect(),
                wrapped,
            )
        }
        Link::Mysql(connection) => {
            let statement = connection.prepare(text).await?;
            let names = statement.columns().iter().map(|one| one.name().to_owned());
            (names.collect(), Vec::new(), sql.to_owned())
        }
    })
}

/// A row in the binary form in which a prepared statement of MariaDB or MySQL answers.
pub(super) fn mysql_answer(row: &MySqlRow) -> Result<Vec<Cell>, sqlx::Error> {
    (0..row.len())
        .map(|index| {
            let raw = row.try_get_raw(index)?;
            if raw.is_null() {
                return Ok(Cell::Null);
            }
            let kind = raw.type_info().name().to_owned();
            Ok(match kind.as_str() {
                "BOOLEAN" | "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT" => {
                    Cell::Number(row.try_get_unchecked::<i64, _>(index)?.to_string())
                }
                "TINYINT UNSIGNED" | "SMALLINT UNSIGNED" | "MEDIUMINT UNSIGNED"
                | "INT UNSIGNED" | "BIGINT UNSIGNED" | "YEAR" | "BIT" => {
                    Cell::Number(row.try_get_unchecked::<u64, _>(index)?.to_string())
                }
                "FLOAT" => real(f64::from(row.try_get_unchecked::<f32, _>(index)?)),
                "DOUBLE" => real(row.try_get_unchecked::<f64, _>(index)?),
                "DATE" | "DATETIME" | "TIMESTAMP" => {
                    Cell::Text(moment(&row.try_get_unchecked::<Vec<u8>, _>(index)?))
                }
                "TIME" => Cell::Text(duration(&row.try_get_unchecked::<Vec<u8>, _>(index)?)),
                "BINARY" | "VARBINARY" | "TINYBLOB" | "BLOB" | "MEDIUMBLOB" | "LONGBLOB"
                | "GEOMETRY" => Cell::blob(&row.try_get_unchecked::<Vec<u8>, _>(index)?),
                kind => {
                    let bytes = row.try_get_unchecked::<Vec<u8>, _>(index)?;
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    let class = match kind {
                        "DECIMAL" => Class::Number,
                        "JSON" => Class::Json,
                        _ => Class::Text,
                    };
                    Cell::read(Some(text), class)
                }
            })
        })
        .collect()
}

fn real(value: f64) -> Cell {
    Cell::read(Some(value.to_string()), Class::Number)
}

fn byte(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at).copied().map_or(0, u32::from)
}

fn fraction(bytes: &[u8], at: usize) -> String {
    let micros = (0..4).fold(0, |sum, part| sum | (byte(bytes, at + part) << (8 * part)));
    if micros == 0 {
        String::new()
    } else {
        format!(".{micros:06}")
    }
}

/// A length, then year (two bytes), month, day, hour, minute, second, microseconds (four bytes), as far as they are not zero.
fn moment(bytes: &[u8]) -> String {
    let year = byte(bytes, 1) | (byte(bytes, 2) << 8);
    let day = format!("{year:04}-{:02}-{:02}", byte(bytes, 3), byte(bytes, 4));
    if bytes.len() < 8 {
        return day;
    }
    format!(
        "{day} {:02}:{:02}:{:02}{}",
        byte(bytes, 5),
        byte(bytes, 6),
        byte(bytes, 7),
        fraction(bytes, 8)
    )
}

/// A length, then sign, days (four bytes), hours, minutes, seconds, microseconds (four bytes).
fn duration(bytes: &[u8]) -> String {
    let sign = if byte(bytes, 1) == 1 { "-" } else { "" };
    let days = (0..4).fold(0, |sum, part| sum | (byte(bytes, 2 + part) << (8 * part)));
    format!(
        "{sign}{:02}:{:02}:{:02}{}",
        u64::from(days) * 24 + u64::from(byte(bytes, 6)),
        byte(bytes, 7),
        byte(bytes, 8),
        fraction(bytes, 9)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_single_reading_statements_are_questions() {
        for sql in [
            "SELECT 1",
            " select 1 ; ",
            "-- a note\nWITH a AS (SELECT 1) SELECT * FROM a",
            "/* a; note */ SELECT 1",
            "(SELECT 1) UNION (SELECT 2)",
            "VALUES (1)",
            "TABLE goods",
        ] {
            let expected = !sql.contains("a; note");
            assert_eq!(judge(sql).is_ok(), expected, "{sql}");
        }
        for sql in [
            "",
            "DELETE FROM goods",
            "selection",
            "SELECT 1; ATTACH 'x' AS y",
            "SELECT 1); ATTACH 'x' AS y; SELECT (1",
            "ATTACH 'x' AS y",
            "PRAGMA user_version = 3",
            "SELECT 1 INTO OUTFILE '/tmp/x'",
            "SELECT 1 /*!50000 INTO*/ DUMPFILE '/tmp/x'",
            "-- SELECT",
            "/* SELECT",
            "SELECT '\0'",
        ] {
            assert!(judge(sql).is_err(), "{sql}");
        }
    }

    #[test]
    fn times_of_the_binary_protocol_are_read() {
        assert_eq!(moment(&[0]), "0000-00-00");
        assert_eq!(moment(&[4, 0xea, 7, 3, 1]), "2026-03-01");
        assert_eq!(moment(&[7, 0xea, 7, 3, 1, 2, 30, 5]), "2026-03-01 02:30:05");
        assert_eq!(
            moment(&[11, 0xea, 7, 3, 1, 2, 30, 5, 0xf4, 1, 0, 0]),
            "2026-03-01 02:30:05.000500"
        );
        assert_eq!(duration(&[0]), "00:00:00");
        assert_eq!(duration(&[8, 1, 1, 0, 0, 0, 2, 3, 4]), "-26:03:04");
    }
}
