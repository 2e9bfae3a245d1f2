//! What tables and columns there are, asked from the database itself.

use super::cell::{Cell, Class};
use super::link::{Bound, Link};
use super::settings::{Dialect, Settings};
use super::trouble::Trouble;

/// A table or view that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    /// Only PostgreSQL has several per database.
    schema: Option<String>,
    name: String,
    /// A view, a foreign table or the like: readable, but nothing to clean up.
    pub(crate) view: bool,
    /// Its rows live in several parts (partitions, children), so that a row's
    /// place alone does not tell which row is meant.
    pub(crate) split: bool,
    /// An SQLite table without row numbers.
    pub(crate) rowless: bool,
}

/// A column that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// The type's name in the catalogue, small letters.
    pub(crate) type_name: String,
    /// PostgreSQL: the type as a cast names it.
    cast: String,
    /// Part of the primary key.
    pub(crate) key: bool,
}

impl Table {
    /// Whether a person means this table by `text`.
    pub(crate) fn is_called(&self, text: &str) -> bool {
        match &self.schema {
            None => text == self.name,
            Some(schema) => {
                text.strip_prefix(schema.as_str())
                    .and_then(|rest| rest.strip_prefix('.'))
                    .is_some_and(|name| name == self.name)
                    || (schema == "public" && text == self.name)
            }
        }
    }

    /// Its name for people.
    pub(crate) fn shown(&self) -> String {
        match &self.schema {
            Some(schema) if schema != "public" => format!("{schema}.{}", self.name),
            _ => self.name.clone(),
        }
    }

    /// Its name in a statement.
    pub(crate) fn quoted(&self, dialect: Dialect) -> String {
        match &self.schema {
            Some(schema) => format!("{}.{}", dialect.quote(schema), dialect.quote(&self.name)),
            None => dialect.quote(&self.name),
        }
    }
}

impl Column {
    pub(crate) fn quoted(&self, dialect: Dialect) -> String {
        dialect.quote(&self.name)
    }

    /// Placeholder number `index` (from 1) for a value that is compared with this column.
    pub(crate) fn placeholder(&self, dialect: Dialect, index: usize) -> String {
        match dialect {
            Dialect::Postgres => format!("CAST(${index} AS {})", self.cast),
            Dialect::Sqlite | Dialect::Mysql => "?".to_owned(),
        }
    }

    pub(crate) fn class(&self, dialect: Dialect) -> Class {
        Class::of(dialect, &self.type_name)
    }

    /// The column in a list of results, in a form every client reads alike.
    pub(crate) fn selected(&self, dialect: Dialect) -> String {
        let name = self.quoted(dialect);
        match (dialect, self.class(dialect)) {
            (Dialect::Sqlite, _) => name,
            (Dialect::Postgres, Class::Blob) => {
                format!("translate(encode({name}, 'base64'), chr(10), '')")
            }
            (Dialect::Postgres, _) => format!("CAST({name} AS text)"),
            (Dialect::Mysql, Class::Blob) => format!("REPLACE(TO_BASE64({name}), CHAR(10), '')"),
            (Dialect::Mysql, _) if self.type_name == "bit" => {
                format!("CAST(CAST({name} AS UNSIGNED) AS CHAR)")
            }
            (Dialect::Mysql, _) => format!("CAST({name} AS CHAR)"),
        }
    }

    /// Whether its values are instants or dates.
    pub(crate) fn is_time(&self, dialect: Dialect) -> bool {
        match dialect {
            Dialect::Postgres => matches!(
                self.type_name.as_str(),
                "timestamp" | "timestamptz" | "date"
            ),
            Dialect::Mysql => matches!(self.type_name.as_str(), "timestamp" | "datetime" | "date"),
            Dialect::Sqlite => !self.type_name.contains("int") && !self.type_name.contains("real"),
        }
    }

    /// Whether its values are numbers.
    pub(crate) fn is_number(&self, dialect: Dialect) -> bool {
        dialect == Dialect::Sqlite || self.class(dialect) == Class::Number
    }
}

/// All tables and views of the database that the connection opens to jobs.
pub(crate) async fn list_tables(
    link: &mut Link,
    settings: &Settings,
) -> Result<Vec<Table>, Trouble> {
    let mut tables = everything(link).await?;
    tables.retain(|table| settings.allows(table));
    Ok(tables)
}

/// The table a person means, if it is there and open to jobs.
pub(crate) async fn find_table(
    link: &mut Link,
    settings: &Settings,
    text: &str,
) -> Result<Table, Trouble> {
    // The same sentence for both, so that nobody learns what else there is.
    list_tables(link, settings)
        .await?
        .into_iter()
        .find(|table| table.is_called(text))
        .ok_or_else(|| {
            Trouble::refused(format!(
                "there is no table \"{text}\" that this connection opens to jobs"
            ))
        })
}

async fn everything(link: &mut Link) -> Result<Vec<Table>, Trouble> {
    let sql = match link.dialect() {
        Dialect::Sqlite => {
            "SELECT NULL, name, type, wr FROM pragma_table_list \
             WHERE schema = 'main' AND type IN ('table', 'view') AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name"
        }
        Dialect::Postgres => {
            "SELECT n.nspname::text, c.relname::text, \
             CASE WHEN c.relkind IN ('r', 'p') THEN 'table' ELSE 'view' END, \
             CASE WHEN c.relkind = 'p' OR c.relhassubclass THEN '1' ELSE '0' END \
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND left(n.nspname, 3) <> 'pg_' \
             AND n.nspname <> 'information_schema' ORDER BY 1, 2"
        }
        Dialect::Mysql => {
            "SELECT NULL, CAST(table_name AS CHAR), \
             CASE WHEN table_type = 'BASE TABLE' THEN 'table' ELSE 'view' END, '0' \
             FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 2"
        }
    };
    let dialect = link.dialect();
    let rows = link.rows(sql, &[]).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let mut texts = row.into_iter().map(text);
            let schema = texts.next().flatten();
            let name = texts.next().flatten().unwrap_or_default();
            let view = texts.next().flatten().as_deref() == Some("view");
            let flag = texts.next().flatten().as_deref() == Some("1");
            Table {
                schema,
                name,
                view,
                split: flag && dialect == Dialect::Postgres,
                rowless: flag && dialect == Dialect::Sqlite,
            }
        })
        .collect())
}

/// The columns of a table, in their order.
pub(crate) async fn permitted_columns(
    link: &mut Link,
    table: &Table,
) -> Result<Vec<Column>, Trouble> {
    let name = Bound::Text(table.name.clone());
    let (sql, values) = match link.dialect() {
        Dialect::Sqlite => (
            "SELECT name, lower(type), '', CASE WHEN pk > 0 THEN '1' ELSE '0' END \
             FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid",
            vec![name],
        ),
        Dialect::Postgres => (
            "SELECT a.attname::text, t.typname::text, pg_catalog.format_type(a.atttypid, -1), \
             CASE WHEN EXISTS (SELECT 1 FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid \
             AND i.indisprimary AND a.attnum = ANY(i.indkey)) THEN '1' ELSE '0' END \
             FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
             WHERE c.relname = $1 AND n.nspname = $2 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
            vec![name, Bound::Text(table.schema.clone().unwrap_or_default())],
        ),
        Dialect::Mysql => (
            "SELECT CAST(column_name AS CHAR), CAST(data_type AS CHAR), '', \
             CASE WHEN column_key = 'PRI' THEN '1' ELSE '0' END FROM information_schema.columns \
             WHERE table_schema = DATABASE() AND table_name = ? ORDER BY ordinal_position",
            vec![name],
        ),
    };
    let rows = link.rows(sql, &values).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let mut texts = row.into_iter().map(|cell| text(cell).unwrap_or_default());
            Column {
                name: texts.next().unwrap_or_default(),
                type_name: texts.next().unwrap_or_default().to_lowercase(),
                cast: texts.next().unwrap_or_default(),
                key: texts.next().as_deref() == Some("1"),
            }
        })
        .collect())
}

fn text(cell: Cell) -> Option<String> {
    match cell {
        Cell::Text(text) | Cell::Number(text) | Cell::Json(text) | Cell::Blob(text) => Some(text),
        Cell::Bool(_) | Cell::Null => None,
    }
}
