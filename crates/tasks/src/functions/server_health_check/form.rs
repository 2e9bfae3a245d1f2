//! The parameter schema of `server_health_check`.

use serde_json::{Value, json};

use crate::form::{Field, Form};
use crate::functions::status_range::StatusRange;
use crate::text::Text;

pub(super) fn schema() -> Value {
    Form::new()
        .group("basic")
        .field(
            "targets",
            json!({ "type": "array", "items": { "anyOf": [web(), port()] }, "maxItems": 200 }),
            Field::new(
                Text::fixed("Servers", "الخوادم"),
                Text::fixed(
                    "What is looked at: web addresses, or hosts with a port.",
                    "ما يُفحص: عناوين ويب، أو مضيفون مع منافذهم.",
                ),
            ),
        )
        .field(
            "serverIds",
            json!({ "type": "array", "items": { "type": "integer", "minimum": 1 }, "maxItems": 200, "uniqueItems": true }),
            Field::new(
                Text::fixed("Registered servers", "خوادم مسجّلة"),
                Text::fixed(
                    "Numbers of registered servers that are looked at too.",
                    "أرقام خوادم مسجّلة تُفحص أيضًا.",
                ),
            ),
        )
        .group("advanced")
        .field(
            "timeoutSeconds",
            json!({ "type": "integer", "minimum": 1, "maximum": 120, "default": 10 }),
            Field::new(
                Text::fixed("Time limit (seconds)", "المهلة (ثوانٍ)"),
                Text::fixed("For each look at each server.", "لكل فحص لكل خادم."),
            ),
        )
        .field(
            "attempts",
            json!({ "type": "integer", "minimum": 1, "maximum": 5, "default": 2 }),
            Field::new(
                Text::fixed("Attempts", "المحاولات"),
                Text::fixed(
                    "A server counts as down when so many looks in a row fail, a second apart.",
                    "يُعدّ الخادم متوقفًا إذا فشل هذا العدد من الفحوص المتتالية بفاصل ثانية.",
                ),
            ),
        )
        .field(
            "warnLatencyMs",
            json!({ "type": "integer", "minimum": 1, "maximum": 120_000 }),
            Field::new(
                Text::fixed("Slow above (ms)", "بطيء فوق (مللي ثانية)"),
                Text::fixed(
                    "An answer that takes longer is a warning.",
                    "الاستجابة الأطول من ذلك تُعدّ تنبيهًا.",
                ),
            ),
        )
        .field(
            "certificateWarnDays",
            json!({ "type": "integer", "minimum": 0, "maximum": 3650, "default": 14 }),
            Field::new(
                Text::fixed("Certificate warning (days)", "تنبيه الشهادة (أيام)"),
                Text::fixed(
                    "A certificate that ends sooner is a warning.",
                    "الشهادة التي تنتهي قبل ذلك تُعدّ تنبيهًا.",
                ),
            ),
        )
        .field(
            "verifyTls",
            json!({ "type": "boolean", "default": true }),
            Field::new(
                Text::fixed("Check certificates", "التحقق من الشهادات"),
                Text::fixed(
                    "Switched off, a certificate that cannot be trusted is a warning only.",
                    "عند تعطيله تُعدّ الشهادة غير الموثوقة تنبيهًا فقط.",
                ),
            ),
        )
        .field(
            "failWhen",
            json!({ "enum": ["any", "all"], "default": "any" }),
            Field::new(
                Text::fixed("Fails when", "يفشل عند"),
                Text::fixed(
                    "Whether any server that is down fails the run, or only all of them.",
                    "هل يكفي توقف أي خادم لفشل التنفيذ، أم يلزم توقفها كلها.",
                ),
            )
            .ltr(),
        )
        .schema()
}

fn name() -> Field {
    Field::new(
        Text::fixed("Name", "الاسم"),
        Text::fixed(
            "What it is called in results; otherwise its address.",
            "اسمه في النتائج؛ وإلا فعنوانه.",
        ),
    )
}

fn web() -> Value {
    Form::new()
        .field("name", json!({ "type": "string", "minLength": 1, "maxLength": 200 }), name())
        .required(
            "url",
            json!({ "type": "string", "minLength": 8, "maxLength": 4096 }),
            Field::new(
                Text::fixed("Address", "العنوان"),
                Text::fixed(
                    "A web address, http:// or https://.",
                    "عنوان ويب يبدأ بـ http:// أو https://.",
                ),
            )
            .ltr(),
        )
        .field(
            "method",
            json!({ "enum": ["GET", "HEAD"], "default": "GET" }),
            Field::new(
                Text::fixed("Method", "الطريقة"),
                Text::fixed("The HTTP method.", "طريقة HTTP."),
            )
            .ltr(),
        )
        .field(
            "expectedStatus",
            json!({ "type": "array", "items": StatusRange::schema(), "minItems": 1, "maxItems": 50, "default": ["200-399"] }),
            Field::new(
                Text::fixed("Expected status", "الحالة المتوقعة"),
                Text::fixed(
                    "Statuses of a healthy server: single ones such as 204, or ranges such as \"200-299\".",
                    "حالات الخادم السليم: مفردة مثل 204 أو نطاقات مثل \"200-299\".",
                ),
            )
            .ltr(),
        )
        .nested()
}

fn port() -> Value {
    Form::new()
        .field(
            "name",
            json!({ "type": "string", "minLength": 1, "maxLength": 200 }),
            name(),
        )
        .required(
            "host",
            json!({ "type": "string", "minLength": 1, "maxLength": 255 }),
            Field::new(
                Text::fixed("Host", "المضيف"),
                Text::fixed("A name or an address.", "اسم أو عنوان."),
            )
            .ltr(),
        )
        .required(
            "port",
            json!({ "type": "integer", "minimum": 1, "maximum": 65_535 }),
            Field::new(
                Text::fixed("Port", "المنفذ"),
                Text::fixed("The TCP port.", "منفذ TCP."),
            ),
        )
        .field(
            "tls",
            json!({ "type": "boolean", "default": false }),
            Field::new(
                Text::fixed("TLS", "تشفير TLS"),
                Text::fixed(
                    "Makes a TLS handshake too, to look at the certificate.",
                    "يُجري مصافحة TLS أيضًا للاطلاع على الشهادة.",
                ),
            ),
        )
        .nested()
}
