//! What `report` takes.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Value, json};

use super::range::{Range, Span};
use crate::database::table_name;
use crate::deposit::{Destination, Wanted, with_file_name};
use crate::form::{Field, Form};
use crate::functions::email;
use crate::paper::Language;
use crate::policy::Policy;
use crate::schema::{ParameterError, Schema};
use crate::text::Text;

/// Columns of a chart, at most.
const MAX_CHART_COLUMNS: usize = 6;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Parameters {
    pub(super) kind: Kind,
    #[serde(default)]
    pub(super) range: Range,
    from: Option<String>,
    to: Option<String>,
    timezone: Option<String>,
    #[serde(default)]
    pub(super) format: Format,
    #[serde(default)]
    pub(super) language: Language,
    #[serde(default = "yes")]
    pub(super) charts: bool,
    pub(super) title: Option<String>,
    pub(super) connection: Option<String>,
    pub(super) sql: Option<String>,
    #[serde(default = "default_rows")]
    pub(super) row_limit: usize,
    #[serde(default = "default_seconds")]
    pub(super) time_limit_seconds: u32,
    pub(super) chart: Option<ChartOf>,
    #[serde(default = "download")]
    destination: Destination,
    store_connection: Option<String>,
    store_prefix: Option<String>,
    pub(super) file_name: Option<String>,
    pub(super) mail_connection: Option<String>,
    #[serde(default)]
    pub(super) recipients: Vec<String>,
}

/// Which columns of a query's answer a chart shows.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ChartOf {
    pub(super) labels: String,
    pub(super) values: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    UserActivity,
    System,
    Jobs,
    Query,
}

impl Kind {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::UserActivity => "user_activity",
            Self::System => "system",
            Self::Jobs => "jobs",
            Self::Query => "query",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Format {
    #[default]
    Html,
    Pdf,
    Json,
}

impl Format {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Pdf => "pdf",
            Self::Json => "json",
        }
    }

    /// The end of the file's name.
    pub(super) const fn ending(self) -> &'static str {
        match self {
            Self::Html => ".html",
            Self::Pdf => ".pdf",
            Self::Json => ".json",
        }
    }

    /// What a mail says about the file.
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Pdf => "application/pdf",
            Self::Json => "application/json",
        }
    }
}

const fn yes() -> bool {
    true
}

const fn default_rows() -> usize {
    1_000
}

const fn default_seconds() -> u32 {
    30
}

const fn download() -> Destination {
    Destination::Download
}

fn wrong(pointer: &str, code: &str, en: impl Into<String>, ar: &'static str) -> ParameterError {
    ParameterError::new(pointer, code, Text::new(en.into(), ar))
}

/// Reads parameters that are fit to run.
pub(super) fn read(
    schema: &Schema,
    parameters: &Value,
    policy: &Policy,
) -> Result<Parameters, Vec<ParameterError>> {
    let parameters: Parameters = schema.read(parameters)?;
    let mut errors = Vec::new();
    if let Err(more) = parameters.wanted().check(policy) {
        errors.extend(more);
    }
    // Any instant will do: whether a range can be told does not depend on it.
    match parameters.zone() {
        Ok(_) => {
            if let Err((name, text)) = parameters.span(Timestamp::UNIX_EPOCH) {
                errors.push(wrong(
                    &format!("/{name}"),
                    "range",
                    text,
                    "لا يصف مدى زمنيًا صالحًا: يوم (2026-03-01) أو وقت محلي أو لحظة، والبداية قبل النهاية بما لا يزيد على 400 يوم",
                ));
            }
        }
        Err(error) => errors.push(error),
    }
    if parameters.kind == Kind::Query {
        for (name, member) in [
            ("/connection", &parameters.connection),
            ("/sql", &parameters.sql),
        ] {
            if member.is_none() {
                errors.push(wrong(
                    name,
                    "required",
                    "is needed for the kind query",
                    "مطلوب للنوع query",
                ));
            }
        }
        if let Some(Err(text)) = parameters.sql.as_deref().map(super::query::judge) {
            errors.push(wrong(
                "/sql",
                "sql",
                text,
                "يجب أن يكون استعلامًا واحدًا يبدأ بـ SELECT أو WITH أو VALUES أو TABLE ولا يكتب شيئًا",
            ));
        }
    }
    if !parameters.recipients.is_empty() {
        if parameters.mail_connection.is_none() {
            errors.push(wrong(
                "/mailConnection",
                "required",
                "is needed when there are recipients",
                "مطلوب عند وجود مستلمين",
            ));
        }
        for (index, address) in parameters.recipients.iter().enumerate() {
            if !email::is_address(address) {
                errors.push(wrong(
                    &format!("/recipients/{index}"),
                    "address",
                    "is not a mail address",
                    "ليس عنوان بريد صالحًا",
                ));
            }
        }
    }
    if errors.is_empty() {
        Ok(parameters)
    } else {
        Err(errors)
    }
}

impl Parameters {
    /// Where the file is to go.
    pub(super) fn wanted(&self) -> Wanted<'_> {
        Wanted {
            destination: self.destination,
            store: self.store_connection.as_deref(),
            prefix: self.store_prefix.as_deref(),
        }
    }

    fn zone(&self) -> Result<TimeZone, ParameterError> {
        let Some(name) = &self.timezone else {
            return Ok(TimeZone::UTC);
        };
        TimeZone::get(name).map_err(|_| {
            wrong(
                "/timezone",
                "timezone",
                "is not the name of a time zone, such as Africa/Cairo",
                "ليس اسم منطقة زمنية مثل Africa/Cairo",
            )
        })
    }

    /// The range as of a due instant.
    pub(super) fn span(&self, due: Timestamp) -> Result<Span, (&'static str, String)> {
        let zone = self
            .zone()
            .map_err(|_| ("timezone", "is not known here".to_owned()))?;
        Span::of(
            self.range,
            due,
            &zone,
            self.from.as_deref(),
            self.to.as_deref(),
        )
    }
}

pub(super) fn form() -> Value {
    let form = Form::new().group("basic").required(
        "kind",
        json!({ "enum": ["user_activity", "system", "jobs", "query"] }),
        Field::new(
            Text::fixed("Kind", "النوع"),
            Text::fixed(
                "user_activity: what people did (administrators only); system: the scheduler as a whole; jobs: jobs and their executions; query: a question in SQL to a connection.",
                "user_activity: نشاط المستخدمين (للمديرين فقط)؛ system: المجدول ككل؛ jobs: المهام وعمليات تنفيذها؛ query: استعلام SQL عبر اتصال.",
            ),
        )
        .ltr(),
    );
    mail(file(query(look(span(form))))).schema()
}

fn span(form: Form) -> Form {
    let instant = || json!({ "type": "string", "minLength": 10, "maxLength": 40 });
    form.field(
        "range",
        json!({
            "enum": ["last_24h", "last_7d", "last_30d", "last_90d", "this_month", "previous_month", "custom"],
            "default": "last_7d",
        }),
        Field::new(
            Text::fixed("Range", "المدى الزمني"),
            Text::fixed(
                "Counted back from the due time, or a month of the calendar; custom needs from and to.",
                "يُحسب رجوعًا من موعد الاستحقاق، أو شهر من التقويم؛ و custom يتطلب from و to.",
            ),
        )
        .ltr(),
    )
    .field(
        "from",
        instant(),
        Field::new(
            Text::fixed("From", "من"),
            Text::fixed(
                "A day (2026-03-01), a local time (2026-03-01T08:00:00) or an instant (2026-03-01T08:00:00Z).",
                "يوم (2026-03-01) أو وقت محلي (2026-03-01T08:00:00) أو لحظة (2026-03-01T08:00:00Z).",
            ),
        )
        .ltr(),
    )
    .field(
        "to",
        instant(),
        Field::new(
            Text::fixed("To", "إلى"),
            Text::fixed(
                "Like from; a day is part of the range.",
                "مثل from؛ واليوم المذكور جزء من المدى.",
            ),
        )
        .ltr(),
    )
    .field(
        "timezone",
        json!({ "type": "string", "minLength": 1, "maxLength": 64 }),
        Field::new(
            Text::fixed("Time zone", "المنطقة الزمنية"),
            Text::fixed(
                "Days and times of the report are those of this zone; without one, UTC.",
                "أيام التقرير وأوقاته بحسب هذه المنطقة؛ ودونها UTC.",
            ),
        )
        .widget("timezone")
        .ltr(),
    )
}

fn look(form: Form) -> Form {
    form.field(
        "format",
        json!({ "enum": ["html", "pdf", "json"], "default": "html" }),
        Field::new(
            Text::fixed("Format", "الصيغة"),
            Text::fixed(
                "html and pdf for people, json for programs.",
                "html و pdf للقراءة، و json للبرامج.",
            ),
        )
        .ltr(),
    )
    .field(
        "language",
        json!({ "enum": ["en", "ar"], "default": "en" }),
        Field::new(
            Text::fixed("Language", "اللغة"),
            Text::fixed(
                "Of the words on the pages; ar is written from right to left.",
                "لغة الصفحات؛ وتُكتب ar من اليمين إلى اليسار.",
            ),
        )
        .ltr(),
    )
    .field(
        "charts",
        json!({ "type": "boolean", "default": true }),
        Field::new(
            Text::fixed("With charts", "مع رسوم بيانية"),
            Text::fixed("In html and pdf.", "في html و pdf."),
        ),
    )
    .field(
        "title",
        json!({ "type": "string", "minLength": 1, "maxLength": 200 }),
        Field::new(
            Text::fixed("Title", "العنوان"),
            Text::fixed(
                "What stands above it; without one, the kind of report.",
                "ما يُكتب أعلى التقرير؛ ودونه نوع التقرير.",
            ),
        ),
    )
}

fn query(form: Form) -> Form {
    form.group("query")
        .field(
            "connection",
            json!({ "type": "string", "minLength": 1, "maxLength": 200 }),
            Field::new(
                Text::fixed("Connection", "الاتصال"),
                Text::fixed(
                    "For the kind query: a connection to a database that opens all its tables to jobs (*).",
                    "للنوع query: اتصال بقاعدة بيانات يتيح كل جداولها للمهام (*).",
                ),
            )
            .connection(&["sqlite", "postgres", "mysql"])
            .ltr(),
        )
        .field(
            "sql",
            json!({ "type": "string", "minLength": 1, "maxLength": 20_000 }),
            Field::new(
                Text::fixed("Question in SQL", "استعلام SQL"),
                Text::fixed(
                    "One SELECT. It is run where nothing can be written.",
                    "جملة SELECT واحدة تُنفَّذ دون إمكان الكتابة.",
                ),
            )
            .widget("code")
            .ltr(),
        )
        .field(
            "rowLimit",
            json!({ "type": "integer", "minimum": 1, "maximum": 10_000, "default": 1_000 }),
            Field::new(
                Text::fixed("Most rows", "أقصى عدد من الصفوف"),
                Text::fixed("Further rows are left out.", "تُترك الصفوف الزائدة على ذلك."),
            ),
        )
        .field(
            "timeLimitSeconds",
            json!({ "type": "integer", "minimum": 1, "maximum": 3_600, "default": 30 }),
            Field::new(
                Text::fixed("Time limit (seconds)", "الحد الزمني (ثوانٍ)"),
                Text::fixed(
                    "A question that takes longer is given up.",
                    "يُلغى الاستعلام إذا طال أكثر من ذلك.",
                ),
            ),
        )
        .field(
            "chart",
            chart_form(),
            Field::new(
                Text::fixed("Chart", "رسم بياني"),
                Text::fixed(
                    "Columns of the answer that are drawn.",
                    "أعمدة النتيجة التي تُرسم.",
                ),
            ),
        )
}

fn chart_form() -> Value {
    Form::new()
        .required(
            "labels",
            table_name(),
            Field::new(
                Text::fixed("Labels", "التسميات"),
                Text::fixed(
                    "The column whose values stand below.",
                    "العمود الذي تُكتب قيمه في الأسفل.",
                ),
            )
            .ltr(),
        )
        .required(
            "values",
            json!({ "type": "array", "items": table_name(), "minItems": 1, "maxItems": MAX_CHART_COLUMNS }),
            Field::new(
                Text::fixed("Values", "القيم"),
                Text::fixed(
                    "Columns with numbers, on top of each other.",
                    "أعمدة رقمية تُرسم بعضها فوق بعض.",
                ),
            )
            .ltr(),
        )
        .nested()
}

fn file(form: Form) -> Form {
    with_file_name(Destination::fields(form.group("file"), "download"))
}

fn mail(form: Form) -> Form {
    form.group("mail")
        .field(
            "mailConnection",
            json!({ "type": "string", "minLength": 1, "maxLength": 200 }),
            Field::new(
                Text::fixed("Mail server", "خادم البريد"),
                Text::fixed(
                    "Name of a connection to a mail server; needed for recipients.",
                    "اسم اتصال بخادم بريد؛ مطلوب عند وجود مستلمين.",
                ),
            )
            .connection(&["smtp"])
            .ltr(),
        )
        .field(
            "recipients",
            json!({
                "type": "array",
                "items": { "type": "string", "minLength": 3, "maxLength": 320 },
                "uniqueItems": true,
                "maxItems": 100,
            }),
            Field::new(
                Text::fixed("Recipients", "المستلمون"),
                Text::fixed(
                    "Mail addresses to which the report is sent as an attachment.",
                    "عناوين بريد يُرسل إليها التقرير مرفقًا.",
                ),
            )
            .ltr(),
        )
}
