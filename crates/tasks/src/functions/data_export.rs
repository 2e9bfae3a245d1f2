//! `data_export`: writes rows of a table to a file.

use async_trait::async_trait;
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::context::Context;
use crate::database::{self, Cell, Column, Dialect, Link, Table, Trouble, Where};
use crate::deposit::{Deposit, Pen, Written};
use crate::function::{Category, Delivery, TaskFunction, TaskInfo};
use crate::outcome::{Cause, Outcome};
use crate::policy::Policy;
use crate::schema::{ParameterError, Schema, summary};
use crate::text::{Text, apart};

mod book;
mod parameters;
mod sheet;

use book::Book;
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
                    "Writes rows of a table to a CSV, JSON, NDJSON or Excel file: all or some columns, filtered, sorted and limited.",
                    "يكتب صفوف جدول في ملف CSV أو JSON أو NDJSON أو Excel: كل الأعمدة أو بعضها، مع تصفية وترتيب وحد أقصى.",
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
            parameters.wanted(),
            &base,
            parameters.ending(),
        )
        .await?;
        let expected = link.count(&query.count, &query.values).await?;
        let target = Target::begin(&deposit, parameters, &query.names)?;
        let rows = tokio::select! {
            rows = copy(context, &mut link, &query, &target, expected) => rows?,
            reason = context.cancel.stopped() => return Ok(Outcome::stopped(reason)),
        };
        let (written, cut) = target.finish().await?;
        let stored = deposit
            .finish(context, written, false, parameters.keep)
            .await?;
        link.close().await;
        let (from, to) = (table.shown(), &stored.name);
        let text = Text::new(
            format!("{rows} rows of {from} exported to {to}"),
            format!(
                "صُدّر {rows} من صفوف الجدول {} إلى {}",
                apart(&from),
                apart(to)
            ),
        );
        context.log.info(text.en.as_ref());
        let mut outcome = Outcome::success(text).with_result(json!({
            "table": table.shown(),
            "format": parameters.format.as_str(),
            "rows": rows,
            "columns": query.names,
            "file": stored.result(),
            "removedFiles": stored.removed,
        }));
        outcome.records_processed = i64::try_from(rows).ok();
        outcome.records_affected = Some(0);
        outcome.warnings = stored.warnings;
        if cut > 0 {
            outcome.warnings.push(format!(
                "{cut} texts were longer than a cell of a workbook can be, and were cut"
            ));
        }
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
        parameters.check(policy)
    }

    async fn run(&self, context: &Context, parameters: &Value) -> Outcome {
        if let Some(reason) = context.cancel.reason() {
            return Outcome::stopped(reason);
        }
        match self.schema.read(parameters) {
            Ok(parameters) => Box::pin(Self::execute(context, &parameters))
                .await
                .unwrap_or_else(|trouble| trouble.outcome_of(context)),
            Err(errors) => Outcome::failed(Cause::InvalidParameters, summary(&errors)),
        }
    }
}

/// What the rows become.
enum Target<'a> {
    /// A text file.
    Text { pen: Pen, sheet: Sheet<'a> },
    /// A workbook.
    Book(Book),
}

impl<'a> Target<'a> {
    fn begin(
        deposit: &Deposit,
        parameters: &Parameters,
        names: &'a [String],
    ) -> Result<Self, Trouble> {
        Ok(match parameters.sheet() {
            Some(style) => Self::Text {
                pen: Pen::begin(&deposit.unfinished(), parameters.gzip, None)?,
                sheet: Sheet::new(style, names),
            },
            None => Self::Book(Book::begin(&deposit.unfinished(), names)),
        })
    }

    /// What was written, and how many texts were cut.
    async fn finish(self) -> Result<(Written, u64), Trouble> {
        match self {
            Self::Text { pen, .. } => Ok((pen.finish().await?, 0)),
            Self::Book(book) => book.finish().await,
        }
    }
}

/// Writes the rows; gives how many there were.
async fn copy(
    context: &Context,
    link: &mut Link,
    query: &Query<'_>,
    target: &Target<'_>,
    expected: u64,
) -> Result<u64, Trouble> {
    let dialect = link.dialect();
    let classes = query
        .columns
        .iter()
        .map(|column| column.class(dialect))
        .collect();
    let mut piece = Vec::with_capacity(PIECE + 4_096);
    if let Target::Text { sheet, .. } = target {
        sheet.begin(&mut piece);
    }
    let mut rows: u64 = 0;
    let mut answer = link.stream(&query.select, &query.values, classes);
    while let Some(row) = answer.next().await {
        let row: Vec<Cell> = row?;
        let goes_on = match target {
            Target::Text { pen, sheet } => {
                sheet.row(rows == 0, &row, &mut piece);
                if piece.len() >= PIECE {
                    let full = std::mem::replace(&mut piece, Vec::with_capacity(PIECE + 4_096));
                    pen.write(full).await
                } else {
                    true
                }
            }
            Target::Book(book) => book.row(row).await,
        };
        rows += 1;
        if !goes_on {
            // Whoever finishes the file learns why.
            return Ok(rows);
        }
        if rows.is_multiple_of(STEP) {
            let percent = u8::try_from(rows.saturating_mul(100) / expected.max(rows)).unwrap_or(99);
            context
                .progress
                .set(percent.min(99), Some(&format!("{rows} rows")));
        }
    }
    if let Target::Text { pen, sheet } = target {
        sheet.end(rows == 0, &mut piece);
        pen.write(piece).await;
    }
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
