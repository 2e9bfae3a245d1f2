//! The parameter schemas of the templates (JSON Schema 2020-12): they drive the forms of clients and are enforced here.

use serde_json::{Map, Value, json};

use super::templates::Both;
use crate::http::language::Language;

/// A parameter: its name, schema and explanation.
type Parameter<'a> = (&'a str, Value, Both);

fn schema(language: Language, required: &[&str], parameters: Vec<Parameter<'_>>) -> Value {
    let mut properties = Map::new();
    for (name, mut property, (en, ar)) in parameters {
        let text = match language {
            Language::English => en,
            Language::Arabic => ar,
        };
        property["description"] = text.into();
        properties.insert(name.to_owned(), property);
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// Adds that with this value of a parameter others are required.
fn when(mut schema: Value, name: &str, value: &str, is_default: bool, required: &[&str]) -> Value {
    let mut condition = json!({ "properties": { name: { "const": value } } });
    if !is_default {
        condition["required"] = json!([name]);
    }
    let rule = json!({ "if": condition, "then": { "required": required } });
    match schema["allOf"].as_array_mut() {
        Some(rules) => rules.push(rule),
        None => schema["allOf"] = json!([rule]),
    }
    schema
}

fn integer(default: i64, least: i64, most: i64) -> Value {
    json!({ "type": "integer", "default": default, "minimum": least, "maximum": most })
}

fn flag(default: bool) -> Value {
    json!({ "type": "boolean", "default": default })
}

fn one_of(default: &str, words: &[&str]) -> Value {
    json!({ "type": "string", "enum": words, "default": default })
}

const COLLECTION: Both = ("Table of the connection", "جدول الاتصال");
const CONNECTION: Both = (
    "Connection to the database; \"default\" when it is left out",
    "الاتصال بقاعدة البيانات؛ وهو \"default\" إن تُرك",
);

fn connection() -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": 200, "default": super::parameters::CONNECTION })
}

pub(super) fn database_cleanup(language: Language) -> Value {
    let collections = json!({ "type": "string", "enum": [
        "users", "logs", "sessions", "messages", "contact_tickets", "notifications", "activity_logs", "job_executions",
    ] });
    let parameters = vec![
        ("collection", collections, COLLECTION),
        (
            "condition_type",
            one_of("older_than_days", &["older_than_days", "custom_query"]),
            ("How records are chosen", "كيفية اختيار السجلات"),
        ),
        (
            "days_old",
            json!({ "type": "integer", "minimum": 1, "maximum": 3650 }),
            (
                "Records older than so many days",
                "السجلات الأقدم من هذا العدد من الأيام",
            ),
        ),
        (
            "date_field",
            json!({ "type": "string", "default": "created_at", "minLength": 1, "maxLength": 200 }),
            (
                "Column that says how old a record is",
                "العمود الذي يدل على عمر السجل",
            ),
        ),
        (
            "custom_condition",
            json!({ "type": "object", "maxProperties": 20 }),
            (
                "Columns with their values, or with $eq, $ne, $lt, $lte, $gt, $gte, $in, $nin, $exists",
                "أعمدة وقيمها، أو مع $eq و$ne و$lt و$lte و$gt و$gte و$in و$nin و$exists",
            ),
        ),
        ("dry_run", flag(true), ("Only count", "العدّ فقط")),
        (
            "batch_size",
            integer(1_000, 1, 10_000),
            ("Records removed at a time", "عدد السجلات في كل دفعة"),
        ),
        ("connection", connection(), CONNECTION),
    ];
    let schema = schema(language, &["collection"], parameters);
    let schema = when(
        schema,
        "condition_type",
        "older_than_days",
        true,
        &["days_old", "date_field"],
    );
    when(
        schema,
        "condition_type",
        "custom_query",
        false,
        &["custom_condition"],
    )
}

pub(super) fn email_notification(language: Language) -> Value {
    let line = |most: usize| json!({ "type": "string", "minLength": 1, "maxLength": most, "pattern": "\\S" });
    let recipients = json!({ "type": "array", "items": { "type": "string", "format": "email" }, "minItems": 1, "maxItems": 100 });
    let parameters = vec![
        (
            "recipients",
            recipients,
            ("Mail addresses", "عناوين البريد"),
        ),
        ("subject", line(200), ("Subject", "الموضوع")),
        ("body", line(10_000), ("Text of the mail", "نص البريد")),
        (
            "body_type",
            one_of("plain", &["plain", "html"]),
            ("What the text is", "نوع النص"),
        ),
        (
            "template",
            json!({ "type": "string", "enum": ["default", "notification", "report", "alert", "digest"] }),
            (
                "Look of the mail; only default is available",
                "مظهر البريد؛ المتاح هو default فقط",
            ),
        ),
        (
            "reply_to",
            json!({ "type": "string", "format": "email" }),
            ("Where answers go", "عنوان الرد"),
        ),
        (
            "priority",
            one_of("normal", &["low", "normal", "high"]),
            ("Priority", "الأولوية"),
        ),
        (
            "include_unsubscribe",
            flag(true),
            (
                "Kept; without effect, recipients are chosen by administrators",
                "يُحفظ دون أثر، فالمستلمون يختارهم المدير",
            ),
        ),
        (
            "connection",
            connection(),
            ("Connection to the mail server", "الاتصال بخادم البريد"),
        ),
    ];
    schema(language, &["recipients", "subject", "body"], parameters)
}

pub(super) fn data_export(language: Language) -> Value {
    let collections = json!({ "type": "string", "enum": [
        "users", "contact_tickets", "messages", "notifications", "activity_logs", "job_executions", "testimonials",
    ] });
    let object = || json!({ "type": "object", "maxProperties": 50 });
    let parameters = vec![
        ("collection", collections, COLLECTION),
        (
            "format",
            one_of("json", &["json", "csv"]),
            ("Format of the file", "صيغة الملف"),
        ),
        (
            "filters",
            object(),
            ("Columns with their values", "أعمدة وقيمها"),
        ),
        (
            "projection",
            object(),
            (
                "Columns to export, each with 1",
                "الأعمدة المطلوبة، لكل منها 1",
            ),
        ),
        (
            "sort",
            object(),
            (
                "Columns with 1 (ascending) or -1",
                "أعمدة مع 1 (تصاعدي) أو -1",
            ),
        ),
        (
            "limit",
            integer(10_000, 1, 100_000),
            ("Most records", "أقصى عدد للسجلات"),
        ),
        (
            "destination",
            one_of("file", &["file", "database", "memory"]),
            (
                "Where to; only file is available",
                "الوجهة؛ المتاح هو file فقط",
            ),
        ),
        (
            "filename",
            json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]+$", "maxLength": 100 }),
            ("Name of the file", "اسم الملف"),
        ),
        ("connection", connection(), CONNECTION),
    ];
    schema(language, &["collection", "format"], parameters)
}

pub(super) fn report_generation(language: Language) -> Value {
    let instant = || json!({ "type": "string", "format": "date-time" });
    let parameters = vec![
        (
            "report_type",
            json!({ "type": "string", "enum": ["user_activity", "system_stats", "engagement_metrics", "custom"] }),
            ("Kind of report", "نوع التقرير"),
        ),
        (
            "date_range",
            one_of(
                "last_7d",
                &["last_24h", "last_7d", "last_30d", "last_90d", "custom"],
            ),
            ("Range of dates", "المدى الزمني"),
        ),
        (
            "start_date",
            instant(),
            ("Begin of a custom range", "بداية مدى مخصّص"),
        ),
        (
            "end_date",
            instant(),
            ("End of a custom range", "نهاية مدى مخصّص"),
        ),
        (
            "format",
            one_of("json", &["json", "pdf", "html"]),
            ("Format", "الصيغة"),
        ),
        (
            "include_charts",
            flag(false),
            ("With charts", "مع رسوم بيانية"),
        ),
        (
            "email_recipients",
            json!({ "type": "array", "items": { "type": "string", "format": "email" }, "maxItems": 100 }),
            ("Who gets it by mail", "من يستلمه بالبريد"),
        ),
        (
            "query",
            json!({ "type": "string", "minLength": 1, "maxLength": 20_000 }),
            (
                "For a custom report: one SELECT",
                "للتقرير المخصّص: جملة SELECT واحدة",
            ),
        ),
        ("connection", connection(), CONNECTION),
        (
            "mail_connection",
            connection(),
            ("Connection to the mail server", "الاتصال بخادم البريد"),
        ),
    ];
    let schema = schema(language, &["report_type"], parameters);
    let schema = when(schema, "report_type", "custom", false, &["query"]);
    when(
        schema,
        "date_range",
        "custom",
        false,
        &["start_date", "end_date"],
    )
}

pub(super) fn backup_job(language: Language) -> Value {
    let parameters = vec![
        (
            "collections",
            json!({ "type": "array", "items": { "type": "string" } }),
            (
                "Only the whole database is available: leave it empty",
                "المتاح هو قاعدة البيانات كاملة: اتركه فارغًا",
            ),
        ),
        (
            "backup_type",
            one_of("full", &["full", "incremental"]),
            ("Only full is available", "المتاح هو full فقط"),
        ),
        ("compression", flag(true), ("Compress", "ضغط")),
        (
            "retention_days",
            integer(30, 1, 365),
            (
                "As many backups are kept as the schedule makes in so many days",
                "يُحفظ من النسخ ما ينتجه الجدول في هذا العدد من الأيام",
            ),
        ),
        (
            "destination",
            one_of("local", &["local", "s3", "ftp"]),
            ("Only local is available", "المتاح هو local فقط"),
        ),
        ("connection", connection(), CONNECTION),
    ];
    schema(language, &[], parameters)
}

pub(super) fn webhook_trigger(language: Language) -> Value {
    let status = json!({ "type": "array", "items": { "type": "integer", "minimum": 100, "maximum": 599 }, "minItems": 1, "maxItems": 100, "default": [200, 201, 202, 204] });
    let parameters = vec![
        (
            "url",
            json!({ "type": "string", "pattern": "^https?://.", "maxLength": 8192 }),
            ("Web address", "عنوان الويب"),
        ),
        (
            "method",
            one_of("POST", &["GET", "POST", "PUT", "PATCH"]),
            ("Method", "الطريقة"),
        ),
        (
            "headers",
            json!({ "type": "object", "additionalProperties": { "type": "string" }, "default": {} }),
            ("Headers", "الترويسات"),
        ),
        (
            "body",
            json!({ "type": "object", "default": {} }),
            ("Sent as JSON, except with GET", "يُرسل بصيغة JSON إلا مع GET"),
        ),
        (
            "timeout_seconds",
            integer(30, 1, 300),
            ("Time for one attempt", "مهلة المحاولة الواحدة"),
        ),
        (
            "retry_on_failure",
            flag(true),
            ("Call again after a failure", "إعادة الاستدعاء بعد الإخفاق"),
        ),
        ("max_retries", integer(3, 0, 5), ("How often", "عدد المرات")),
        (
            "expected_status",
            status,
            ("Statuses that count as success", "الحالات التي تُعدّ نجاحًا"),
        ),
    ];
    schema(language, &["url"], parameters)
}

pub(super) fn system_cleanup(language: Language) -> Value {
    let parameters = vec![
        (
            "cleanup_sessions",
            flag(true),
            ("Old sessions", "الجلسات القديمة"),
        ),
        (
            "cleanup_temp_files",
            flag(true),
            ("Temporary files", "الملفات المؤقتة"),
        ),
        (
            "days_to_keep",
            integer(30, 1, 365),
            ("Days to keep", "أيام الاحتفاظ"),
        ),
    ];
    schema(language, &[], parameters)
}

pub(super) fn test_scheduler(language: Language) -> Value {
    let parameters = vec![
        (
            "check_interval",
            integer(60, 10, 3_600),
            ("Repeated in the result", "يُردَّد في النتيجة"),
        ),
        (
            "auto_run",
            flag(true),
            ("Repeated in the result", "يُردَّد في النتيجة"),
        ),
    ];
    schema(language, &[], parameters)
}

pub(super) fn ticket_cleanup(language: Language) -> Value {
    let parameters = vec![
        (
            "delete_attachments",
            flag(true),
            ("With attachments", "مع المرفقات"),
        ),
        (
            "batch_size",
            integer(100, 1, 1_000),
            ("Tickets at a time", "عدد التذاكر في كل دفعة"),
        ),
        ("dry_run", flag(false), ("Only count", "العدّ فقط")),
    ];
    schema(language, &[], parameters)
}

pub(super) fn message_stats_sync(language: Language) -> Value {
    schema(language, &[], Vec::new())
}
