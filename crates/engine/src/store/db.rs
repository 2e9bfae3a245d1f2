//! One way to say a query to SQLite and to PostgreSQL.
//!
//! Statements are written once, in the SQL both databases share (`$n`, `RETURNING`, `ON CONFLICT`, read-only CTEs).
//! The few real differences are named fragments in braces, rendered by [`Backend::render`]:
//!
//! | fragment | meaning |
//! |---|---|
//! | `{rows $1: a int, b text}` | a derived table from a JSON array of arrays: how a whole batch travels in one bind |
//! | `{each $1}` | `IN`-test against a JSON array of integers |
//! | `{skip_locked}` | `FOR UPDATE SKIP LOCKED`, nothing on SQLite (one writer) |
//! | `{for_update}` | `FOR UPDATE`, nothing on SQLite |
//! | `{id}` | column type of a numeric primary key |
//! | `{without_rowid}` | SQLite's clustered tables; nothing on PostgreSQL |
//!
//! A statement text never contains a brace for any other reason; JSON is bound, never written into the text.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, RwLock};
use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteRow, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, Postgres, Row as _, Sqlite, Transaction};

use crate::error::{Error, Result};

/// Which database a store runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// Embedded SQLite, one process.
    Sqlite,
    /// PostgreSQL 15 or newer, any number of processes.
    Postgres,
}

/// An open database: pools for readers and for the writer (SQLite), or for requests and for the engine (PostgreSQL).
#[derive(Clone, Debug)]
pub(crate) struct Db {
    pools: Pools,
}

#[derive(Clone, Debug)]
enum Pools {
    Sqlite { write: SqlitePool, read: SqlitePool },
    Postgres { requests: PgPool, engine: PgPool },
}

/// A transaction that writes. Dropping it rolls back.
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A value bound to a statement. A null keeps its type because PostgreSQL checks it.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bool(Option<bool>),
    Float(Option<f64>),
}

/// One row of an answer; columns are read in the order of the select list.
pub(crate) enum Row {
    Sqlite(SqliteRow, usize),
    Postgres(PgRow, usize),
}

/// A statement with its values.
pub(crate) struct Query {
    text: Text,
    values: Vec<Value>,
}

enum Text {
    Fixed(&'static str),
    Built(String),
}

/// Where a statement runs: a pool for plain reads, or a transaction.
pub(crate) enum On<'a> {
    Db(&'a Db),
    Tx(&'a mut Tx),
}

/// How to open SQLite.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SqliteTuning {
    /// `false` only for throw-away test databases: no fsync at all.
    pub durable: bool,
}

impl Db {
    pub(crate) async fn open_sqlite(path: &std::path::Path, tuning: SqliteTuning) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(if tuning.durable {
                SqliteSynchronous::Full
            } else {
                SqliteSynchronous::Off
            })
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .pragma("temp_store", "memory")
            .pragma("cache_size", "-65536")
            .pragma("mmap_size", "268435456")
            .pragma("journal_size_limit", "67108864")
            .statement_cache_capacity(256);
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            .acquire_timeout(Duration::from_secs(30))
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone().pragma("wal_autocheckpoint", "4000"))
            .await?;
        let read = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(Duration::from_secs(10))
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.read_only(true).pragma("query_only", "on"))
            .await?;
        Ok(Self {
            pools: Pools::Sqlite { write, read },
        })
    }

    pub(crate) async fn open_postgres(url: &str) -> Result<Self> {
        let options: PgConnectOptions = url.parse().map_err(|error| {
            Error::invalid("databaseUrl", format!("not a PostgreSQL URL: {error}"))
        })?;
        let options = options
            .application_name("orloj")
            .options([
                ("statement_timeout", "60000"),
                ("lock_timeout", "10000"),
                ("idle_in_transaction_session_timeout", "60000"),
                ("timezone", "UTC"),
            ])
            .statement_cache_capacity(256);
        let pool = |size: u32| {
            PgPoolOptions::new()
                .max_connections(size)
                .min_connections(1)
                .acquire_timeout(Duration::from_secs(5))
                .idle_timeout(Duration::from_secs(300))
        };
        Ok(Self {
            pools: Pools::Postgres {
                requests: pool(12).connect_with(options.clone()).await?,
                engine: pool(6).connect_with(options).await?,
            },
        })
    }

    pub(crate) fn backend(&self) -> Backend {
        match self.pools {
            Pools::Sqlite { .. } => Backend::Sqlite,
            Pools::Postgres { .. } => Backend::Postgres,
        }
    }

    /// A writing transaction for a request.
    pub(crate) async fn begin(&self) -> Result<Tx> {
        Ok(match &self.pools {
            Pools::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres { requests, .. } => Tx::Postgres(requests.begin().await?),
        })
    }

    /// A writing transaction for the engine, which must not queue behind requests on PostgreSQL.
    pub(crate) async fn begin_engine(&self) -> Result<Tx> {
        Ok(match &self.pools {
            Pools::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres { engine, .. } => Tx::Postgres(engine.begin().await?),
        })
    }

    /// Closes every connection; on SQLite the WAL is folded into the database file first.
    pub(crate) async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { write, read } => {
                read.close().await;
                // A failed checkpoint costs only a longer start next time.
                let _ = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
                    .execute(write)
                    .await;
                write.close().await;
            }
            Pools::Postgres { requests, engine } => {
                requests.close().await;
                engine.close().await;
            }
        }
    }

    /// Runs a script of several statements (migrations); fragments are rendered, nothing is bound.
    pub(crate) async fn script(&self, tx: &mut Tx, text: &str) -> Result<()> {
        let rendered = self.backend().render(text);
        match tx {
            Tx::Sqlite(tx) => sqlx::raw_sql(AssertSqlSafe(rendered))
                .execute(&mut **tx)
                .await
                .map(|_| ())?,
            Tx::Postgres(tx) => sqlx::raw_sql(AssertSqlSafe(rendered))
                .execute(&mut **tx)
                .await
                .map(|_| ())?,
        }
        Ok(())
    }
}

/// A lock of PostgreSQL's that lives exactly as long as its connection: the kernel closes the connection of a killed
/// process, so the others see at once that it is gone.
#[derive(Debug)]
pub(crate) struct SessionLock {
    connection: sqlx::PgConnection,
}

/// First key of the locks that stand for living instances; any number that nobody else uses.
const INSTANCE_LOCKS: i32 = 607_316;

impl SessionLock {
    /// Whether the connection, and with it the lock, is still there.
    pub(crate) async fn is_held(&mut self) -> bool {
        sqlx::query("SELECT 1")
            .execute(&mut self.connection)
            .await
            .is_ok()
    }
}

impl Db {
    /// Takes the lock that stands for a living instance; `None` on SQLite, where the lock of the file does.
    pub(crate) async fn lock_instance(&self, instance: i64) -> Result<Option<SessionLock>> {
        let Pools::Postgres { engine, .. } = &self.pools else {
            return Ok(None);
        };
        let mut connection = engine.acquire().await?.detach();
        sqlx::query("SELECT pg_advisory_lock($1, $2)")
            .bind(INSTANCE_LOCKS)
            .bind(lock_key(instance))
            .execute(&mut connection)
            .await?;
        Ok(Some(SessionLock { connection }))
    }
}

/// Whether the process of an instance is gone: its lock can be had. PostgreSQL only.
pub(crate) async fn instance_lock_is_free(tx: &mut Tx, instance: i64) -> Result<bool> {
    match tx {
        Tx::Sqlite(_) => Ok(false),
        Tx::Postgres(tx) => {
            let row = sqlx::query("SELECT pg_try_advisory_xact_lock($1, $2)")
                .bind(INSTANCE_LOCKS)
                .bind(lock_key(instance))
                .fetch_one(&mut **tx)
                .await?;
            Ok(row.try_get(0)?)
        }
    }
}

/// PostgreSQL's two-part locks take 32 bits; instances that live at the same time are far closer together than that.
fn lock_key(instance: i64) -> i32 {
    i32::try_from(instance % i64::from(i32::MAX)).unwrap_or(0)
}

/// The present instant by the database's own clock, in microseconds; `None` on SQLite, whose clock is the machine's.
pub(crate) async fn database_now_us(tx: &mut Tx) -> Result<Option<i64>> {
    match tx {
        Tx::Sqlite(_) => Ok(None),
        Tx::Postgres(tx) => {
            let row =
                sqlx::query("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
                    .fetch_one(&mut **tx)
                    .await?;
            Ok(Some(row.try_get(0)?))
        }
    }
}

impl Tx {
    pub(crate) async fn commit(self) -> Result<()> {
        match self {
            Tx::Sqlite(tx) => tx.commit().await?,
            Tx::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    pub(crate) fn backend(&self) -> Backend {
        match self {
            Tx::Sqlite(_) => Backend::Sqlite,
            Tx::Postgres(_) => Backend::Postgres,
        }
    }
}

impl<'a> From<&'a Db> for On<'a> {
    fn from(db: &'a Db) -> Self {
        On::Db(db)
    }
}

impl<'a> From<&'a mut Tx> for On<'a> {
    fn from(tx: &'a mut Tx) -> Self {
        On::Tx(tx)
    }
}

impl On<'_> {
    fn backend(&self) -> Backend {
        match self {
            On::Db(db) => db.backend(),
            On::Tx(tx) => tx.backend(),
        }
    }
}

/// A statement whose text is fixed at compile time.
pub(crate) fn sql(text: &'static str) -> Query {
    Query {
        text: Text::Fixed(text),
        values: Vec::new(),
    }
}

/// A batch for a `{rows …}` or `{each …}` fragment: anything that serialises to a JSON array.
pub(crate) fn batch<T: serde::Serialize>(items: &[T]) -> Value {
    // Serialising numbers, strings, booleans and nulls into memory cannot fail.
    let text = serde_json::to_string(items).unwrap_or_else(|_| "[]".to_owned());
    Value::Text(Some(without_escaped_nul(text)))
}

/// PostgreSQL can store no U+0000; a text that carries one (a log line, a header) keeps everything else.
fn without_nul(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}")
    } else {
        text
    }
}

/// The same for JSON text, in which the character is written as an escape.
fn without_escaped_nul(json: String) -> String {
    const ESCAPE: &str = "\\u0000";
    if !json.contains(ESCAPE) {
        return json;
    }
    let mut out = String::with_capacity(json.len());
    let mut rest = json.as_str();
    while let Some(at) = rest.find('\\') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        // A backslash and what it escapes belong together, so that an escaped backslash before "u0000" stays text.
        let length = if from.starts_with(ESCAPE) {
            ESCAPE.len()
        } else {
            2
        };
        out.push_str(if length == 2 { &from[..2] } else { "\\ufffd" });
        rest = &from[length..];
    }
    out.push_str(rest);
    out
}

impl Query {
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Appends a fixed piece of text; with [`Query::bind`] and [`Query::placeholder`] this builds optional filters.
    pub(crate) fn push(mut self, piece: &str) -> Self {
        self.text = Text::Built(match self.text {
            Text::Fixed(text) => text.to_owned() + piece,
            Text::Built(text) => text + piece,
        });
        self
    }

    /// Appends `piece` with every `?` replaced by the placeholder of `value`, and binds the value.
    pub(crate) fn and(mut self, piece: &'static str, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        let placeholder = format!("${}", self.values.len());
        self.push(&piece.replace('?', &placeholder))
    }

    pub(crate) async fn all<'a>(self, on: impl Into<On<'a>>) -> Result<Vec<Row>> {
        let on = on.into();
        let text = self.text.render(on.backend());
        match on {
            On::Db(Db {
                pools: Pools::Sqlite { read, .. },
            }) => Ok(sqlite(text, self.values)?
                .fetch_all(read)
                .await?
                .into_iter()
                .map(|r| Row::Sqlite(r, 0))
                .collect()),
            On::Db(Db {
                pools: Pools::Postgres { requests, .. },
            }) => Ok(postgres(text, self.values)?
                .fetch_all(requests)
                .await?
                .into_iter()
                .map(|r| Row::Postgres(r, 0))
                .collect()),
            On::Tx(Tx::Sqlite(tx)) => Ok(sqlite(text, self.values)?
                .fetch_all(&mut **tx)
                .await?
                .into_iter()
                .map(|r| Row::Sqlite(r, 0))
                .collect()),
            On::Tx(Tx::Postgres(tx)) => Ok(postgres(text, self.values)?
                .fetch_all(&mut **tx)
                .await?
                .into_iter()
                .map(|r| Row::Postgres(r, 0))
                .collect()),
        }
    }

    pub(crate) async fn first<'a>(self, on: impl Into<On<'a>>) -> Result<Option<Row>> {
        Ok(self.all(on).await?.into_iter().next())
    }

    /// The only row of a statement that always answers one.
    pub(crate) async fn one<'a>(self, on: impl Into<On<'a>>) -> Result<Row> {
        self.first(on)
            .await?
            .ok_or_else(|| Error::internal("a statement that always answers a row answered none"))
    }

    /// Runs a statement and tells how many rows it changed.
    pub(crate) async fn run(self, tx: &mut Tx) -> Result<u64> {
        let text = self.text.render(tx.backend());
        Ok(match tx {
            Tx::Sqlite(tx) => sqlite(text, self.values)?
                .execute(&mut **tx)
                .await?
                .rows_affected(),
            Tx::Postgres(tx) => postgres(text, self.values)?
                .execute(&mut **tx)
                .await?
                .rows_affected(),
        })
    }
}

/// A statement text ready for the driver: known at compile time (kept for ever) or built from fixed pieces.
enum Rendered {
    Fixed(&'static str),
    Built(String),
}

impl Text {
    fn render(&self, backend: Backend) -> Rendered {
        match self {
            Text::Fixed(text) if !text.contains('{') => Rendered::Fixed(text),
            Text::Fixed(text) => Rendered::Fixed(backend.render_fixed(text)),
            Text::Built(text) => Rendered::Built(backend.render(text)),
        }
    }
}

fn sqlite(
    text: Rendered,
    values: Vec<Value>,
) -> Result<sqlx::query::Query<'static, Sqlite, SqliteArguments>> {
    let mut query = match text {
        Rendered::Fixed(text) => sqlx::query::<Sqlite>(text),
        // Built texts are joined from fixed pieces by `push` and `and`; values are always bound.
        Rendered::Built(text) => sqlx::query::<Sqlite>(AssertSqlSafe(text)),
    };
    for value in values {
        query = match value {
            Value::Int(v) => query.bind(v),
            Value::Text(v) => query.bind(v),
            Value::Bool(v) => query.bind(v),
            Value::Float(v) => query.bind(v),
        };
    }
    Ok(query)
}

fn postgres(
    text: Rendered,
    values: Vec<Value>,
) -> Result<sqlx::query::Query<'static, Postgres, PgArguments>> {
    let mut query = match text {
        Rendered::Fixed(text) => sqlx::query::<Postgres>(text),
        Rendered::Built(text) => sqlx::query::<Postgres>(AssertSqlSafe(text)),
    };
    for value in values {
        query = match value {
            Value::Int(v) => query.bind(v),
            Value::Text(v) => query.bind(v),
            Value::Bool(v) => query.bind(v),
            Value::Float(v) => query.bind(v),
        };
    }
    Ok(query)
}

macro_rules! column {
    ($(#[$doc:meta])* $name:ident, $type:ty) => {
        $(#[$doc])*
        pub(crate) fn $name(&mut self) -> Result<$type> {
            Ok(match self {
                Row::Sqlite(row, at) => { *at += 1; row.try_get(*at - 1)? }
                Row::Postgres(row, at) => { *at += 1; row.try_get(*at - 1)? }
            })
        }
    };
}

impl Row {
    column!(int, i64);
    column!(opt_int, Option<i64>);
    column!(text, String);
    column!(opt_text, Option<String>);
    column!(flag, bool);

    /// A JSON column; text that is not JSON means a damaged database.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&mut self) -> Result<T> {
        let text = self.text()?;
        serde_json::from_str(&text)
            .map_err(|error| Error::internal(format!("stored JSON does not fit: {error}")))
    }

    /// A JSON column that may be null.
    pub(crate) fn opt_json<T: serde::de::DeserializeOwned>(&mut self) -> Result<Option<T>> {
        self.opt_text()?
            .map(|text| {
                serde_json::from_str(&text)
                    .map_err(|error| Error::internal(format!("stored JSON does not fit: {error}")))
            })
            .transpose()
    }
}

impl Backend {
    /// Renders a compile-time text once and keeps the result: the number of texts is the number of statements in the program.
    fn render_fixed(self, text: &'static str) -> &'static str {
        type Cache = RwLock<HashMap<(usize, bool), &'static str>>;
        static CACHE: OnceLock<Arc<Cache>> = OnceLock::new();
        let cache = CACHE.get_or_init(Default::default);
        let key = (text.as_ptr() as usize, self == Backend::Sqlite);
        if let Some(found) = cache.read().ok().and_then(|map| map.get(&key).copied()) {
            return found;
        }
        let rendered: &'static str = Box::leak(self.render(text).into_boxed_str());
        if let Ok(mut map) = cache.write() {
            map.insert(key, rendered);
        }
        rendered
    }

    /// Replaces the fragments of the module documentation.
    pub(crate) fn render(self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 64);
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let (fragment, tail) = after.split_once('}').unwrap_or((after, ""));
            out.push_str(&self.fragment(fragment));
            rest = tail;
        }
        out.push_str(rest);
        out
    }

    fn fragment(self, fragment: &str) -> String {
        let (name, argument) = fragment.split_once(' ').unwrap_or((fragment, ""));
        match (name, self) {
            ("id", Backend::Sqlite) => "INTEGER".to_owned(),
            ("id", Backend::Postgres) => "BIGINT".to_owned(),
            ("without_rowid", Backend::Sqlite) => "WITHOUT ROWID".to_owned(),
            ("skip_locked", Backend::Postgres) => "FOR UPDATE SKIP LOCKED".to_owned(),
            ("for_update", Backend::Postgres) => "FOR UPDATE".to_owned(),
            ("without_rowid" | "skip_locked" | "for_update", _) => String::new(),
            ("each", Backend::Sqlite) => format!("IN (SELECT value FROM json_each({argument}))"),
            ("each", Backend::Postgres) => {
                format!(
                    "= ANY(ARRAY(SELECT value::bigint FROM jsonb_array_elements_text({argument}::jsonb)))"
                )
            }
            ("rows", _) => self.rows(argument),
            // An unknown fragment fails loudly in the database and in the test that renders every statement.
            _ => format!("{{{fragment}}}"),
        }
    }

    fn rows(self, argument: &str) -> String {
        let (placeholder, columns) = argument.split_once(':').unwrap_or((argument, ""));
        let columns: Vec<String> = columns
            .split(',')
            .enumerate()
            .map(|(index, column)| {
                let mut words = column.split_whitespace();
                let name = words.next().unwrap_or_default();
                let kind = words.next().unwrap_or("text");
                match self {
                    Backend::Sqlite => format!("json_extract(value, '$[{index}]') AS {name}"),
                    Backend::Postgres => {
                        let kind = match kind {
                            "int" => "bigint",
                            "bool" => "boolean",
                            "float" => "double precision",
                            other => other,
                        };
                        format!("(value->>{index})::{kind} AS {name}")
                    }
                }
            })
            .collect();
        let source = match self {
            Backend::Sqlite => format!("json_each({placeholder})"),
            Backend::Postgres => format!("jsonb_array_elements({placeholder}::jsonb)"),
        };
        format!("(SELECT {} FROM {source})", columns.join(", "))
    }
}

macro_rules! into_value {
    ($($from:ty => $variant:ident($map:expr)),* $(,)?) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                let map: fn($from) -> _ = $map;
                Value::$variant(map(value))
            }
        }
    )*};
}

into_value! {
    i64 => Int(Some),
    i32 => Int(|v| Some(i64::from(v))),
    u32 => Int(|v| Some(i64::from(v))),
    Option<i64> => Int(|v| v),
    Option<u32> => Int(|v| v.map(i64::from)),
    String => Text(|v| Some(without_nul(v))),
    Option<String> => Text(|v| v.map(without_nul)),
    bool => Bool(Some),
    Option<bool> => Bool(|v| v),
    f64 => Float(Some),
    Option<f64> => Float(|v| v),
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::from(value.to_owned())
    }
}

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        Value::from(value.map(str::to_owned))
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Value::from(value.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::{Backend, without_escaped_nul};

    #[test]
    fn nul_is_replaced_and_its_likeness_is_not() {
        let json = |text: &str| serde_json::to_string(&[text]).unwrap();
        for (text, kept) in [
            ("a\0b", "a\u{fffd}b"),
            ("\\u0000", "\\u0000"),
            ("\\\0\"\n", "\\\u{fffd}\"\n"),
            ("plain", "plain"),
        ] {
            let back: Vec<String> = serde_json::from_str(&without_escaped_nul(json(text))).unwrap();
            assert_eq!(back, [kept]);
        }
    }

    #[test]
    fn rows_become_a_derived_table_on_both() {
        let text = "SELECT r.a FROM {rows $1: a int, b text} r WHERE r.a {each $2} {skip_locked}";
        assert_eq!(
            Backend::Sqlite.render(text),
            "SELECT r.a FROM (SELECT json_extract(value, '$[0]') AS a, json_extract(value, '$[1]') AS b FROM json_each($1)) r WHERE r.a IN (SELECT value FROM json_each($2)) "
        );
        assert_eq!(
            Backend::Postgres.render(text),
            "SELECT r.a FROM (SELECT (value->>0)::bigint AS a, (value->>1)::text AS b FROM jsonb_array_elements($1::jsonb)) r WHERE r.a = ANY(ARRAY(SELECT value::bigint FROM jsonb_array_elements_text($2::jsonb))) FOR UPDATE SKIP LOCKED"
        );
    }
}
