//! What `data_export` takes.

use serde::Deserialize;
use serde_json::{Value, json};

use super::sheet::Style;
use crate::database::{Condition, table_name, with_conditions, with_connection, with_table};
use crate::deposit::{Destination, Wanted, with_file_name};
use crate::form::{Field, Form};
use crate::policy::Policy;
use crate::schema::ParameterError;
use crate::text::Text;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Parameters {
    pub(super) connection: String,
    pub(super) table: String,
    #[serde(default)]
    pub(super) columns: Vec<String>,
    #[serde(default)]
    pub(super) conditions: Vec<Condition>,
    #[serde(default)]
    pub(super) sort: Vec<Sort>,
    #[serde(default = "default_limit")]
    pub(super) limit: u64,
    #[serde(default)]
    pub(super) format: Format,
    #[serde(default)]
    delimiter: Delimiter,
    #[serde(default)]
    bom: bool,
    #[serde(default)]
    pub(super) gzip: bool,
    #[serde(default = "download")]
    destination: Destination,
    store_connection: Option<String>,
    store_prefix: Option<String>,
    pub(super) file_name: Option<String>,
    pub(super) keep: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Sort {
    pub(super) column: String,
    #[serde(default)]
    pub(super) direction: Direction,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Direction {
    #[default]
    Asc,
    Desc,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Format {
    #[default]
    Csv,
    Json,
    Ndjson,
    Xlsx,
}

impl Format {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Xlsx => "xlsx",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Delimiter {
    #[default]
    Comma,
    Semicolon,
    Tab,
}

const fn download() -> Destination {
    Destination::Download
}

const fn default_limit() -> u64 {
    100_000
}

impl Parameters {
    /// How a text file is written; `None` for a workbook, which is none.
    pub(super) const fn sheet(&self) -> Option<Style> {
        match self.format {
            Format::Csv => Some(Style::Csv {
                delimiter: match self.delimiter {
                    Delimiter::Comma => ',',
                    Delimiter::Semicolon => ';',
                    Delimiter::Tab => '\t',
                },
                bom: self.bom,
            }),
            Format::Json => Some(Style::Json),
            Format::Ndjson => Some(Style::Ndjson),
            Format::Xlsx => None,
        }
    }

    /// Where the file is to go.
    pub(super) fn wanted(&self) -> Wanted<'_> {
        Wanted {
            destination: self.destination,
            store: self.store_connection.as_deref(),
            prefix: self.store_prefix.as_deref(),
        }
    }

    /// What a schema cannot say.
    pub(super) fn check(&self, policy: &Policy) -> Result<(), Vec<ParameterError>> {
        if self.gzip && self.format == Format::Xlsx {
            return Err(vec![ParameterError::new(
                "/gzip",
                "format",
                Text::fixed(
                    "makes no sense for xlsx, which is compressed already",
                    "لا معنى له مع xlsx المضغوط أصلًا",
                ),
            )]);
        }
        self.wanted().check(policy)
    }

    /// The end of the file's name.
    pub(super) const fn ending(&self) -> &'static str {
        match (self.format, self.gzip) {
            (Format::Csv, false) => ".csv",
            (Format::Csv, true) => ".csv.gz",
            (Format::Json, false) => ".json",
            (Format::Json, true) => ".json.gz",
            (Format::Ndjson, false) => ".ndjson",
            (Format::Ndjson, true) => ".ndjson.gz",
            (Format::Xlsx, _) => ".xlsx",
        }
    }
}

pub(super) fn form() -> Value {
    let form = with_table(with_connection(Form::new().group("basic")));
    file(choice(with_conditions(columns(form)))).schema()
}

fn columns(form: Form) -> Form {
    form.field(
        "columns",
        json!({ "type": "array", "items": table_name(), "uniqueItems": true, "maxItems": 500 }),
        Field::new(
            Text::fixed("Columns", "الأعمدة"),
            Text::fixed(
                "In this order; without a choice, all.",
                "بهذا الترتيب؛ ودون اختيار تُصدَّر كلها.",
            ),
        )
        .ltr(),
    )
}

fn choice(form: Form) -> Form {
    form.field(
        "sort",
        json!({ "type": "array", "items": sort(), "maxItems": 10 }),
        Field::new(
            Text::fixed("Order", "الترتيب"),
            Text::fixed(
                "By these columns; without them, by the table's primary key.",
                "حسب هذه الأعمدة؛ وبدونها حسب المفتاح الأساسي للجدول.",
            ),
        ),
    )
    .field(
        "limit",
        json!({ "type": "integer", "minimum": 1, "maximum": 10_000_000, "default": 100_000 }),
        Field::new(
            Text::fixed("Most rows", "أقصى عدد من الصفوف"),
            Text::fixed("Further rows are left out.", "تُترك الصفوف الزائدة على ذلك."),
        ),
    )
}

fn sort() -> Value {
    Form::new()
        .required(
            "column",
            table_name(),
            Field::new(
                Text::fixed("Column", "العمود"),
                Text::fixed("A column of the table.", "أحد أعمدة الجدول."),
            )
            .ltr(),
        )
        .field(
            "direction",
            json!({ "enum": ["asc", "desc"], "default": "asc" }),
            Field::new(
                Text::fixed("Direction", "الاتجاه"),
                Text::fixed(
                    "asc: small values first; desc: large ones.",
                    "asc: القيم الصغيرة أولًا؛ desc: الكبيرة أولًا.",
                ),
            )
            .ltr(),
        )
        .nested()
}

fn file(form: Form) -> Form {
    let form = form.field(
        "format",
        json!({ "enum": ["csv", "json", "ndjson", "xlsx"], "default": "csv" }),
        Field::new(
            Text::fixed("Format", "الصيغة"),
            Text::fixed(
                "csv and xlsx for spreadsheets, json for one list, ndjson for one object per line.",
                "csv و xlsx لجداول البيانات، و json لقائمة واحدة، و ndjson لكائن في كل سطر.",
            ),
        )
        .ltr(),
    );
    let form = with_file_name(Destination::fields(form, "download"));
    form.group("advanced")
        .field(
            "gzip",
            json!({ "type": "boolean", "default": false }),
            Field::new(
                Text::fixed("Compress", "ضغط الملف"),
                Text::fixed("Compresses the file with gzip.", "يضغط الملف بصيغة gzip."),
            ),
        )
        .field(
            "delimiter",
            json!({ "enum": ["comma", "semicolon", "tab"], "default": "comma" }),
            Field::new(
                Text::fixed("Separator", "الفاصل"),
                Text::fixed(
                    "What stands between the fields of a CSV file.",
                    "ما يفصل بين حقول ملف CSV.",
                ),
            )
            .ltr(),
        )
        .field(
            "bom",
            json!({ "type": "boolean", "default": false }),
            Field::new(
                Text::fixed("Mark as UTF-8", "وسم الملف بأنه UTF-8"),
                Text::fixed(
                    "Begins a CSV file with a mark by which some spreadsheet programs recognise Arabic and other scripts.",
                    "يبدأ ملف CSV بعلامة تتعرّف بها بعض برامج الجداول على العربية وغيرها.",
                ),
            ),
        )
        .field(
            "keep",
            json!({ "type": "integer", "minimum": 1, "maximum": 1000 }),
            Field::new(
                Text::fixed("Files kept", "عدد الملفات المحفوظة"),
                Text::fixed(
                    "Older files of this job with the same beginning are removed from the folder or the object store; without a number, none.",
                    "تُحذف من المجلد أو من مخزن الكائنات ملفات هذه المهمة الأقدم ذات البداية نفسها؛ ودون عدد لا يُحذف شيء.",
                ),
            ),
        )
}
