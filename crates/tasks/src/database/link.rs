//! One open line to a database, whichever it is.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt;
use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;
use sqlx::mysql::{MySql, MySqlConnection, MySqlRow};
use sqlx::postgres::{PgConnection, PgRow, Postgres};
use sqlx::sqlite::{Sqlite, SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Connection, Row, TypeInfo, ValueRef};

use super::cell::{Cell, Class};
use super::question::mysql_answer;
use super::settings::Dialect;

/// A value for a placeholder.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Bound {
    Text(String),
    Integer(i64),
    Real(f64),
}

/// An open connection. Dropping it closes it.
pub(crate) enum Link {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
    Mysql(MySqlConnection),
}

/// A statement of one database with its values. It is made for one use, so the
/// server is not asked to keep it.
macro_rules! statement {
    ($database:ty, $sql:expr, $values:expr) => {{
        let mut query = sqlx::query::<$database>(AssertSqlSafe($sql.to_owned())).persistent(false);
        for value in $values {
            query = match value {
                Bound::Text(text) => query.bind(text.clone()),
                Bound::Integer(number) => query.bind(*number),
                Bound::Real(number) => query.bind(*number),
            };
        }
        query
    }};
}

impl Link {
    pub(crate) const fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
            Self::Mysql(_) => Dialect::Mysql,
        }
    }

    /// Opens an SQLite file that the program itself made, to look at it.
    pub(crate) async fn open_copy(path: &Path) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new().filename(path).read_only(true);
        Ok(Self::Sqlite(
            SqliteConnection::connect_with(&options).await?,
        ))
    }

    /// Runs a statement; gives the number of rows it changed.
    pub(crate) async fn execute(
        &mut self,
        sql: &str,
        values: &[Bound],
    ) -> Result<u64, sqlx::Error> {
        Ok(match self {
            Self::Sqlite(link) => statement!(Sqlite, sql, values)
                .execute(link)
                .await?
                .rows_affected(),
            Self::Postgres(link) => statement!(Postgres, sql, values)
                .execute(link)
                .await?
                .rows_affected(),
            Self::Mysql(link) => statement!(MySql, sql, values)
                .execute(link)
                .await?
                .rows_affected(),
        })
    }

    /// All rows of a short answer. Servers must be asked for text (`CAST ... AS text`).
    pub(crate) async fn rows(
        &mut self,
        sql: &str,
        values: &[Bound],
    ) -> Result<Vec<Vec<Cell>>, sqlx::Error> {
        self.stream(sql, values, Vec::new()).try_collect().await
    }

    /// The rows of a long answer, one by one, in bounded memory. Columns beyond
    /// `classes` count as text.
    pub(crate) fn stream<'a>(
        &'a mut self,
        sql: &str,
        values: &[Bound],
        classes: Vec<Class>,
    ) -> BoxStream<'a, Result<Vec<Cell>, sqlx::Error>> {
        match self {
            Self::Sqlite(link) => statement!(Sqlite, sql, values)
                .fetch(link)
                .map(|row| row.and_then(|row| sqlite_cells(&row)))
                .boxed(),
            Self::Postgres(link) => statement!(Postgres, sql, values)
                .fetch(link)
                .map(move |row| row.and_then(|row| postgres_cells(&row, &classes)))
                .boxed(),
            Self::Mysql(link) => statement!(MySql, sql, values)
                .fetch(link)
                .map(move |row| row.and_then(|row| mysql_cells(&row, &classes)))
                .boxed(),
        }
    }

    /// The rows of a question in somebody's own SQL. Servers of MySQL's kind answer
    /// in binary form, because nobody could ask them for text.
    pub(super) fn answer<'a>(
        &'a mut self,
        sql: &str,
        classes: Vec<Class>,
    ) -> BoxStream<'a, Result<Vec<Cell>, sqlx::Error>> {
        match self {
            Self::Mysql(link) => statement!(MySql, sql, &[] as &[Bound])
                .fetch(link)
                .map(|row| row.and_then(|row| mysql_answer(&row)))
                .boxed(),
            other => other.stream(sql, &[], classes),
        }
    }

    /// The only value of an answer, as a count.
    pub(crate) async fn count(&mut self, sql: &str, values: &[Bound]) -> Result<u64, sqlx::Error> {
        let rows = self.rows(sql, values).await?;
        match rows.first().and_then(|row| row.first()) {
            Some(Cell::Text(text) | Cell::Number(text)) => text
                .parse()
                .map_err(|_| sqlx::Error::Protocol("a count is not a number".to_owned())),
            _ => Err(sqlx::Error::RowNotFound),
        }
    }

    /// Says goodbye; the server need not find out by itself.
    pub(crate) async fn close(self) {
        let closed = match self {
            Self::Sqlite(link) => link.close().await,
            Self::Postgres(link) => link.close().await,
            Self::Mysql(link) => link.close().await,
        };
        if let Err(error) = closed {
            tracing::debug!(%error, "a database connection did not close properly");
        }
    }
}

fn sqlite_cells(row: &SqliteRow) -> Result<Vec<Cell>, sqlx::Error> {
    (0..row.len())
        .map(|index| {
            let raw = row.try_get_raw(index)?;
            if raw.is_null() {
                return Ok(Cell::Null);
            }
            let kind = raw.type_info().name().to_owned();
            Ok(match kind.as_str() {
                "INTEGER" => Cell::Number(row.try_get_unchecked::<i64, _>(index)?.to_string()),
                "REAL" => real(row.try_get_unchecked::<f64, _>(index)?),
                "BLOB" => Cell::Blob(STANDARD.encode(row.try_get_unchecked::<Vec<u8>, _>(index)?)),
                // A file may hold texts that are not UTF-8.
                _ => Cell::Text(
                    String::from_utf8_lossy(&row.try_get_unchecked::<Vec<u8>, _>(index)?)
                        .into_owned(),
                ),
            })
        })
        .collect()
}

fn real(value: f64) -> Cell {
    serde_json::Number::from_f64(value).map_or_else(
        || Cell::Text(value.to_string()),
        |number| Cell::Number(number.to_string()),
    )
}

fn postgres_cells(row: &PgRow, classes: &[Class]) -> Result<Vec<Cell>, sqlx::Error> {
    (0..row.len())
        .map(|index| {
            let text = row.try_get_unchecked::<Option<String>, _>(index)?;
            Ok(Cell::read(text, class_at(classes, index)))
        })
        .collect()
}

fn mysql_cells(row: &MySqlRow, classes: &[Class]) -> Result<Vec<Cell>, sqlx::Error> {
    (0..row.len())
        .map(|index| {
            let text = row.try_get_unchecked::<Option<String>, _>(index)?;
            Ok(Cell::read(text, class_at(classes, index)))
        })
        .collect()
}

fn class_at(classes: &[Class], index: usize) -> Class {
    classes.get(index).copied().unwrap_or(Class::Text)
}
