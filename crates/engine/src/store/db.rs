//! One way to say a query to SQLite and to PostgreSQL.
//!
//! Statements are written once, in the SQL both databases share; the few real differences are named fragments, see
//! [`super::fragments`].

use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteRow, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, Postgres, Row as _, Sqlite};

use super::arrays;
use super::fragments::{Backend, Statement};
use super::loan::{ENGINE_LIMIT, PgLoan, REQUEST_LIMIT, SqliteLoan, in_time};
use crate::error::{Error, Result};
use crate::faults;

/// An open database: pools for readers and for the writer (SQLite), or for requests and for the engine (PostgreSQL).
#[derive(Clone, Debug)]
pub(crate) struct Db {
    pub(super) pools: Pools,
}

#[derive(Clone, Debug)]
pub(super) enum Pools {
    Sqlite { write: SqlitePool, read: SqlitePool },
    Postgres { requests: PgPool, engine: PgPool },
}

/// A transaction that writes. Dropping it rolls back.
pub(crate) enum Tx {
    Sqlite(SqliteLoan),
    Postgres(PgLoan),
}

/// A value bound to a statement. A null keeps its type because PostgreSQL checks it.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bool(Option<bool>),
    Float(Option<f64>),
    Bytes(Vec<u8>),
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
            // Room for the rows of a batch, so that the connection's thread need not wait for its reader again and again.
            .row_buffer_size(2_048)
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
                // An instance that stands still in the middle of a transaction holds up everybody who wants its rows.
                ("idle_in_transaction_session_timeout", "5000"),
                // A host that has vanished is noticed within about fifteen seconds.
                ("tcp_keepalives_idle", "6"),
                ("tcp_keepalives_interval", "3"),
                ("tcp_keepalives_count", "3"),
                ("tcp_user_timeout", "15000"),
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
        // The engine's tables are empty at one moment and hold a million rows at the next: a plan that was good for one
        // batch is not kept for the others. Planning one takes 0.3 ms at most.
        let for_batches = options
            .clone()
            .options([("plan_cache_mode", "force_custom_plan")]);
        Ok(Self {
            pools: Pools::Postgres {
                requests: pool(12).connect_with(options).await?,
                engine: pool(6).connect_with(for_batches).await?,
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
            Pools::Sqlite { write, .. } => Tx::Sqlite(SqliteLoan::begin(write).await?),
            Pools::Postgres { requests, .. } => {
                Tx::Postgres(PgLoan::begin(requests, REQUEST_LIMIT).await?)
            }
        })
    }

    /// A writing transaction for the engine, which must not queue behind requests on PostgreSQL.
    pub(crate) async fn begin_engine(&self) -> Result<Tx> {
        Ok(match &self.pools {
            Pools::Sqlite { write, .. } => Tx::Sqlite(SqliteLoan::begin(write).await?),
            Pools::Postgres { engine, .. } => {
                Tx::Postgres(PgLoan::begin(engine, ENGINE_LIMIT).await?)
            }
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

    /// Runs a statement that no transaction can hold, for as long as it takes.
    pub(crate) async fn outside(&self, text: &str) -> Result<()> {
        let statement = || AssertSqlSafe(text.to_owned());
        match &self.pools {
            Pools::Sqlite { write, .. } => {
                sqlx::raw_sql(statement()).execute(write).await?;
            }
            Pools::Postgres { requests, .. } => {
                let mut connection = requests.acquire().await?;
                sqlx::raw_sql("SET statement_timeout = 0")
                    .execute(&mut *connection)
                    .await?;
                let done = sqlx::raw_sql(statement()).execute(&mut *connection).await;
                sqlx::raw_sql("RESET statement_timeout")
                    .execute(&mut *connection)
                    .await?;
                done?;
            }
        }
        Ok(())
    }

    /// Runs a script of several statements (migrations); fragments are rendered, nothing is bound.
    pub(crate) async fn script(&self, tx: &mut Tx, text: &str) -> Result<()> {
        let rendered = self.backend().render(text);
        match tx {
            Tx::Sqlite(tx) => sqlx::raw_sql(AssertSqlSafe(rendered))
                .execute(tx.connection()?)
                .await
                .map(|_| ())?,
            Tx::Postgres(tx) => {
                let (limit, connection) = tx.use_it()?;
                let script = sqlx::raw_sql(AssertSqlSafe(rendered)).execute(connection);
                let done = in_time(limit, script).await;
                tx.heard(done)?;
            }
        }
        Ok(())
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

    /// Ends the transaction of a request whose answer leaves next.
    pub(crate) async fn commit_before_answer(self) -> Result<()> {
        if faults::mutant("answer_before_commit") {
            // What must not be: the answer first.
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs(1)).await;
                let _ = self.commit().await;
            });
            return Ok(());
        }
        self.commit().await
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
            }) => {
                let query = postgres(text, self.values)?;
                let mut loan = PgLoan::take(requests, REQUEST_LIMIT).await?;
                loan.all(query).await
            }
            On::Tx(Tx::Sqlite(tx)) => Ok(sqlite(text, self.values)?
                .fetch_all(tx.connection()?)
                .await?
                .into_iter()
                .map(|r| Row::Sqlite(r, 0))
                .collect()),
            On::Tx(Tx::Postgres(tx)) => tx.all(postgres(text, self.values)?).await,
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
                .execute(tx.connection()?)
                .await?
                .rows_affected(),
            Tx::Postgres(tx) => tx.run(postgres(text, self.values)?).await?,
        })
    }
}

/// A statement ready for the driver: known at compile time (kept for ever) or built from fixed pieces.
enum Rendered {
    Plain(&'static str),
    Fixed(&'static Statement),
    Built(Statement),
}

impl Text {
    fn render(&self, backend: Backend) -> Rendered {
        match self {
            Text::Fixed(text) if !text.contains('{') => Rendered::Plain(text),
            Text::Fixed(text) => Rendered::Fixed(backend.render_fixed(text)),
            Text::Built(text) => Rendered::Built(backend.statement(text)),
        }
    }
}

fn sqlite(
    text: Rendered,
    values: Vec<Value>,
) -> Result<sqlx::query::Query<'static, Sqlite, SqliteArguments>> {
    let mut query = match text {
        Rendered::Plain(text) => sqlx::query::<Sqlite>(text),
        Rendered::Fixed(statement) => sqlx::query::<Sqlite>(statement.text.as_str()),
        // Built texts are joined from fixed pieces by `push` and `and`; values are always bound.
        Rendered::Built(statement) => sqlx::query::<Sqlite>(AssertSqlSafe(statement.text)),
    };
    for value in values {
        query = match value {
            Value::Int(v) => query.bind(v),
            Value::Text(v) => query.bind(v),
            Value::Bool(v) => query.bind(v),
            Value::Float(v) => query.bind(v),
            Value::Bytes(v) => query.bind(v),
        };
    }
    Ok(query)
}

fn postgres(
    text: Rendered,
    values: Vec<Value>,
) -> Result<sqlx::query::Query<'static, Postgres, PgArguments>> {
    let built;
    let (mut query, shapes) = match text {
        Rendered::Plain(text) => (sqlx::query::<Postgres>(text), &[][..]),
        Rendered::Fixed(statement) => (
            sqlx::query::<Postgres>(statement.text.as_str()),
            &statement.shapes[..],
        ),
        Rendered::Built(statement) => {
            built = statement.shapes;
            (
                sqlx::query::<Postgres>(AssertSqlSafe(statement.text)),
                &built[..],
            )
        }
    };
    for (at, value) in values.into_iter().enumerate() {
        let shape = shapes.iter().find(|(of, _)| *of == at);
        if let (Some((_, shape)), Value::Text(Some(json))) = (shape, &value) {
            query = arrays::bind(query, json, shape)?;
            continue;
        }
        query = match value {
            Value::Int(v) => query.bind(v),
            Value::Text(v) => query.bind(v),
            Value::Bool(v) => query.bind(v),
            Value::Float(v) => query.bind(v),
            Value::Bytes(v) => query.bind(v),
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
    column!(bytes, Vec<u8>);

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
    Vec<u8> => Bytes(|v| v),
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
    use super::without_escaped_nul;

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
}
