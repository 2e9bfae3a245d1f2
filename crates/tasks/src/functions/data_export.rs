//! `data_export`: writes rows of a table to a file.

use async_trait::async_trait;
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::context::Context;
use crate::database::{self, Cell, Column, Dialect, Link, Table, Trouble, Where};
use crate::deposit::{Deposit, Pen, remove_with_checksum};
use crate::function::{Category, Delivery, TaskFunction, TaskInfo};
use crate::outcome::{Cause, Outcome};
use crate::policy::Policy;
use crate::schema::{ParameterError, Schema, summary};
use crate::text::Text;

mod parameters;
mod sheet;

use parameters::{Direction, Parameters};
use sheet::Sheet;

/// A piece of the file is handed on when it has so many bytes.
const PIECE: usize = 64 * 1024;
/// Progress is told after so many rows.
const STEP: u64 = 5_000;

/// The function.
pub(crate) struct DataExport {
    info: TaskInfo,
    schema: Schema,
}

impl DataExport {
    pub(crate) fn new() -> Self {
        let schema = parameters::form();
        Self {
            schema: Schema::compile(&schema),
            info: TaskInfo {
                key: "data_export".to_owned(),
                name: Text::fixed("Data export", "تصدير البيانات"),
                description: Text::fixed(
                    "Writes rows of a table to a CSV, JSON or NDJSON file: all or some columns, filtered, sorted and limited.",
                    "يكتب صفوف جدول في ملف CSV أو JSON أو NDJSON: كل الأعمدة أو بعضها، مع تصفية وترتيب وحد أقصى.",
                ),
                category: Category::Data,
                icon: "file-output".to_owned(),
                schema,
                default_delivery: Delivery::AtLeastOnce,
                grant: None,
                default_timeout_seconds: None,
                example: json!({
                    "connection": "shop",
                    "table": "orders",
                    "columns": ["id", "customer", "total"],
                    "conditions": [{ "column": "status", "operator": "eq", "value": "paid" }],
                    "sort": [{ "column": "id", "direction": "desc" }],
                    "limit": 10000,
                    "format": "csv",
                    "destination": "download",
                }),
            },
        }
    }

    async fn execute(context: &Context, parameters: &Parameters) -> Result<Outcome, Trouble> {
        let settings = database::settings(context, &parameters.connection).await?;
        let mut link = settings.open(&context.policy).await?;
        let table = database::find_table(&mut link, &settings, &parameters.table).await?;
        let columns = database::permitted_columns(&mut link, &table).await?;
        let query = Query::make(link.dialect(), &table, &columns, parameters)?;
        let base = parameters
            .file_name
            .clone()
            .unwrap_or_else(|| table.shown());
        let deposit = Deposit::open(
            context,
            "exports",
            parameters.destination,
            &base,
            parameters.ending(),
        )?;
        let expected = link.count(&query.count, &query.values).await?;
        let pen = Pen::begin(&deposit.unfinished(), parameters.gzip)?;
        let rows = tokio::select! {
            rows = copy(context, &mut link, &query, parameters, &pen, expected) => rows?,
            reason = context.cancel.stopped() => return Ok(Outcome::stopped(reason)),
        };
        let written = pen.finish().await?;
        let surplus = match parameters.keep {
            Some(keep) => deposit.surplus(keep)?,
            None => Vec::new(),
        };
        let stored = deposit.finish(context, written, false).await?;
        for path in &surplus {
            remove_with_checksum(path)?;
        }
        link.close().await;
        let text = format!(
            "{rows} rows of {} exported to {}",
            table.shown(),
            stored.name
        );
        context.log.info(text.as_str());
        let mut outcome = Outcome::success(text).with_result(json!({
            "table": table.shown(),
            "format": parameters.format.as_str(),
            "rows": rows,
            "columns": query.names,
            "file": stored.result(),
            "removedFiles": surplus.len(),
        }));
        outcome.records_processed = i64::try_from(rows).ok();
        outcome.records_affected = Some(0);
        Ok(outcome)
    }
}

#[async_trait]
impl TaskFunction for DataExport {
    fn info(&self) -> &TaskInfo {
        &self.info
    }

    fn check(&self, parameters: &Value, policy: &Policy) -> Result<(), Vec<ParameterError>> {
        let parameters: Parameters = self.schema.read(parameters)?;
        parameters.destination.check(policy)
    }

    async fn run(&self, context: &Context, parameters: &Value) -> Outcome {
        if let Some(reason) = context.cancel.reason() {
            return Outcome::stopped(reason);
        }
        match self.schema.read(parameters) {
            Ok(parameters) => Box::pin(Self::execute(context, &parameters))
                .await
                .unwrap_or_else(Trouble::outcome),
            Err(errors) => Outcome::failed(Cause::InvalidParameters, summary(&errors)),
        }
    }
}

/// Writes the rows; gives how many there were.
async fn copy(
    context: &Context,
    link: &mut Link,
    query: &Query<'_>,
    parameters: &Parameters,
    pen: &Pen,
    expected: u64,
) -> Result<u64, Trouble> {
    let dialect = link.dialect();
    let classes = query
        .columns
        .iter()
        .map(|column| column.class(dialect))
        .collect();
    let sheet = Sheet::new(parameters.sheet(), &query.names);
    let mut piece = Vec::with_capacity(PIECE + 4_096);
    sheet.begin(&mut piece);
    let mut rows: u64 = 0;
    let mut answer = link.stream(&query.select, &query.values, classes);
    while let Some(row) = answer.next().await {
        let row: Vec<Cell> = row?;
        sheet.row(rows == 0, &row, &mut piece);
        rows += 1;
        if piece.len() >= PIECE {
            let full = std::mem::replace(&mut piece, Vec::with_capacity(PIECE + 4_096));
            if !pen.write(full).await {
                // Whoever finishes the file learns why.
                return Ok(rows);
            }
        }
        if rows.is_multiple_of(STEP) {
            let percent = u8::try_from(rows.saturating_mul(100) / expected.max(rows)).unwrap_or(99);
            context
                .progress
                .set(percent.min(99), Some(&format!("{rows} rows")));
        }
    }
    sheet.end(rows == 0, &mut piece);
    pen.write(piece).await;
    context.progress.set(100, None);
    Ok(rows)
}

/// The question to the database.
struct Query<'a> {
    columns: Vec<&'a Column>,
    names: Vec<String>,
    select: String,
    count: String,
    values: Vec<database::Bound>,
}

impl<'a> Query<'a> {
    fn make(
        dialect: Dialect,
        table: &Table,
        all: &'a [Column],
        parameters: &Parameters,
    ) -> Result<Self, Trouble> {
        let columns: Vec<&Column> = if parameters.columns.is_empty() {
            all.iter().collect()
        } else {
            parameters
                .columns
                .iter()
                .map(|name| database::column(all, name))
                .collect::<Result<_, _>>()?
        };
        let mut condition = Where::new(dialect);
        for one in &parameters.conditions {
            condition.add(all, one)?;
        }
        // The alias matters: without it PostgreSQL sorts by the text that is selected.
        let mut order = Vec::new();
        for sort in &parameters.sort {
            let column = database::column(all, &sort.column)?;
            let word = match sort.direction {
                Direction::Asc => "ASC",
                Direction::Desc => "DESC",
            };
            order.push(format!("src.{} {word}", column.quoted(dialect)));
        }
        if order.is_empty() {
            // The same rows in the same order each time, if the table has a key.
            order.extend(
                all.iter()
                    .filter(|one| one.key)
                    .map(|one| format!("src.{}", one.quoted(dialect))),
            );
        }
        let order = if order.is_empty() {
            String::new()
        } else {
            format!(" ORDER BY {}", order.join(", "))
        };
        let list: Vec<String> = columns.iter().map(|one| one.selected(dialect)).collect();
        let (from, limit) = (table.quoted(dialect), parameters.limit);
        let sql = condition.sql();
        let text = match dialect {
            Dialect::Mysql => "CHAR",
            _ => "text",
        };
        Ok(Self {
            names: columns.iter().map(|one| one.name.clone()).collect(),
            columns,
            select: format!(
                "SELECT {} FROM {from} AS src WHERE {sql}{order} LIMIT {limit}",
                list.join(", ")
            ),
            count: format!(
                "SELECT CAST(COUNT(*) AS {text}) FROM (SELECT 1 FROM {from} WHERE {sql} LIMIT {limit}) AS part"
            ),
            values: condition.values,
        })
    }
}
