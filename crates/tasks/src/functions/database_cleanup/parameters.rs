//! What `database_cleanup` takes.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::database::{Condition, with_conditions, with_connection, with_table};
use crate::form::{Field, Form};
use crate::schema::{ParameterError, Schema};
use crate::text::Text;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Parameters {
    pub(super) connection: String,
    pub(super) table: String,
    pub(super) age_column: Option<String>,
    pub(super) older_than_days: Option<u32>,
    pub(super) age_unit: Option<AgeUnit>,
    #[serde(default)]
    pub(super) conditions: Vec<Condition>,
    #[serde(default)]
    all_rows: bool,
    #[serde(default)]
    pub(super) dry_run: bool,
    #[serde(default = "default_batch")]
    pub(super) batch_size: u64,
    #[serde(default = "default_limit")]
    pub(super) row_limit: u64,
    #[serde(default = "default_pause")]
    pub(super) pause_ms: u64,
}

/// What the numbers of an age column count, from 1970 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum AgeUnit {
    Seconds,
    Milliseconds,
    Microseconds,
}

const fn default_batch() -> u64 {
    1_000
}

const fn default_limit() -> u64 {
    1_000_000
}

const fn default_pause() -> u64 {
    50
}

/// Reads parameters that are fit to run.
pub(super) fn read(schema: &Schema, parameters: &Value) -> Result<Parameters, Vec<ParameterError>> {
    let parameters: Parameters = schema.read(parameters)?;
    let mut errors = Vec::new();
    let mut wrong = |pointer: &str, code: &str, en: &'static str, ar: &'static str| {
        errors.push(ParameterError::new(pointer, code, Text::fixed(en, ar)));
    };
    if parameters.age_column.is_some() != parameters.older_than_days.is_some() {
        let missing = if parameters.age_column.is_none() {
            "/ageColumn"
        } else {
            "/olderThanDays"
        };
        wrong(
            missing,
            "required",
            "is required: ageColumn and olderThanDays belong together",
            "مطلوب: يُعطى ageColumn و olderThanDays معًا",
        );
    }
    if parameters.age_unit.is_some() && parameters.age_column.is_none() {
        wrong(
            "/ageUnit",
            "lonely",
            "makes no sense without ageColumn",
            "لا معنى له دون ageColumn",
        );
    }
    let chosen = parameters.age_column.is_some()
        || parameters.older_than_days.is_some()
        || !parameters.conditions.is_empty();
    if !chosen && !parameters.all_rows {
        wrong(
            "/conditions",
            "everything",
            "an age or a condition must be given; to empty the whole table, set allRows",
            "يجب إعطاء عمر أو شرط؛ ولإفراغ الجدول كله استخدم allRows",
        );
    }
    if chosen && parameters.all_rows {
        wrong(
            "/allRows",
            "contradiction",
            "contradicts an age or a condition",
            "يتعارض مع وجود عمر أو شرط",
        );
    }
    if errors.is_empty() {
        Ok(parameters)
    } else {
        Err(errors)
    }
}

pub(super) fn form() -> Value {
    pacing(with_conditions(age(with_table(with_connection(
        Form::new().group("basic"),
    )))))
    .schema()
}

fn age(form: Form) -> Form {
    form.field(
        "ageColumn",
        json!({ "type": "string", "minLength": 1, "maxLength": 200 }),
        Field::new(
            Text::fixed("Age column", "عمود العمر"),
            Text::fixed(
                "The column that says how old a row is: a date, or a number (see ageUnit). Dates without a zone count as UTC.",
                "العمود الذي يدل على عمر الصف: تاريخ أو رقم (انظر ageUnit). وتُعدّ التواريخ بلا منطقة زمنية بالتوقيت العالمي.",
            ),
        )
        .ltr(),
    )
    .field(
        "olderThanDays",
        json!({ "type": "integer", "minimum": 1, "maximum": 36500 }),
        Field::new(
            Text::fixed("Older than (days)", "أقدم من (أيام)"),
            Text::fixed(
                "Rows that are older than so many times 24 hours when the run is due are removed; rows without a date stay.",
                "تُحذف الصفوف التي يتجاوز عمرها عند موعد الاستحقاق هذا العدد من فترات 24 ساعة؛ وتبقى الصفوف التي بلا تاريخ.",
            ),
        ),
    )
    .field(
        "ageUnit",
        json!({ "enum": ["seconds", "milliseconds", "microseconds"] }),
        Field::new(
            Text::fixed("Unit of the age column", "وحدة عمود العمر"),
            Text::fixed(
                "Only when the age column holds numbers: what they count since 1970 (UTC).",
                "فقط حين يحوي عمود العمر أرقامًا: ما تعدّه منذ عام 1970 بالتوقيت العالمي.",
            ),
        )
        .ltr(),
    )
}

fn pacing(form: Form) -> Form {
    form.field(
        "dryRun",
        json!({ "type": "boolean", "default": false }),
        Field::new(
            Text::fixed("Only count", "العدّ فقط"),
            Text::fixed(
                "Says how many rows would be removed, shows keys of some of them, and removes none.",
                "يذكر عدد الصفوف التي ستُحذف ومفاتيح بعضها دون حذف شيء.",
            ),
        ),
    )
    .group("advanced")
    .field(
        "batchSize",
        json!({ "type": "integer", "minimum": 1, "maximum": 10000, "default": 1000 }),
        Field::new(
            Text::fixed("Rows at a time", "عدد الصفوف في الدفعة"),
            Text::fixed(
                "Each batch is a transaction of its own.",
                "كل دفعة معاملة مستقلة.",
            ),
        ),
    )
    .field(
        "rowLimit",
        json!({ "type": "integer", "minimum": 1, "maximum": 1_000_000_000, "default": 1_000_000 }),
        Field::new(
            Text::fixed("Most rows", "أقصى عدد من الصفوف"),
            Text::fixed(
                "A run removes no more than this; when more match, it is a partial success.",
                "لا يحذف التنفيذ أكثر من ذلك؛ وإن وُجد المزيد عُدّ نجاحًا جزئيًا.",
            ),
        ),
    )
    .field(
        "pauseMs",
        json!({ "type": "integer", "minimum": 0, "maximum": 60000, "default": 50 }),
        Field::new(
            Text::fixed("Pause (milliseconds)", "التوقف (ملّي ثانية)"),
            Text::fixed(
                "Rest between two batches, so that others get their turn.",
                "استراحة بين دفعتين كي يأخذ الآخرون دورهم.",
            ),
        ),
    )
    .field(
        "allRows",
        json!({ "type": "boolean", "default": false }),
        Field::new(
            Text::fixed("Empty the whole table", "إفراغ الجدول كله"),
            Text::fixed(
                "Must be switched on to remove all rows; then neither age nor conditions may be given.",
                "يجب تفعيله لحذف كل الصفوف؛ وعندئذ لا يُعطى عمر ولا شروط.",
            ),
        ),
    )
}
