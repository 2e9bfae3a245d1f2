//! The parameter schema of `email`.

use serde_json::{Value, json};

use crate::form::{Field, Form};
use crate::functions::placeholders::with_placeholders;
use crate::text::Text;

pub(super) fn schema() -> Value {
    advanced(basic(Form::new())).schema()
}

fn basic(form: Form) -> Form {
    form.group("basic")
        .required(
            "connection",
            json!({ "type": "string", "minLength": 1, "maxLength": 200 }),
            Field::new(
                Text::fixed("Mail server", "خادم البريد"),
                Text::fixed(
                    "Name of a connection to a mail server; it also decides the sender.",
                    "اسم اتصال بخادم بريد، وهو يحدّد المرسِل أيضًا.",
                ),
            )
            .connection(&["smtp"]),
        )
        .required(
            "recipients",
            json!({ "type": "array", "items": { "type": "string", "minLength": 3, "maxLength": 500 }, "minItems": 1, "maxItems": 100 }),
            Field::new(
                Text::fixed("Recipients", "المستلمون"),
                Text::fixed(
                    "Mail addresses, with or without a name: ann@example.com or Ann <ann@example.com>.",
                    "عناوين بريد، مع اسم أو بدونه: ann@example.com أو Ann <ann@example.com>.",
                ),
            )
            .ltr(),
        )
        .required(
            "subject",
            json!({ "type": "string", "minLength": 1, "maxLength": 500 }),
            Field::new(
                Text::fixed("Subject", "الموضوع"),
                Text::fixed("May have placeholders.", "يمكن أن يحوي عناصر نائبة."),
            ),
        )
        .field(
            "text",
            json!({ "type": "string", "maxLength": 1_000_000 }),
            Field::new(
                Text::fixed("Text", "النص"),
                Text::fixed(
                    "The mail as plain text. May have placeholders.",
                    "محتوى البريد نصًا عاديًا، ويمكن أن يحوي عناصر نائبة.",
                ),
            )
            .widget("textarea"),
        )
        .field(
            "html",
            json!({ "type": "string", "maxLength": 1_000_000 }),
            Field::new(
                Text::fixed("HTML", "محتوى HTML"),
                Text::fixed(
                    "The mail as HTML, alone or beside the text. What placeholders bring in is text there, never markup.",
                    "محتوى البريد بصيغة HTML، وحده أو إلى جانب النص. ما تأتي به العناصر النائبة يُعامل نصًا لا وسومًا.",
                ),
            )
            .widget("code")
            .ltr(),
        )
}

fn advanced(form: Form) -> Form {
    let form = form.group("advanced")
        .field(
            "mode",
            json!({ "enum": ["separate", "together"], "default": "separate" }),
            Field::new(
                Text::fixed("One mail each", "بريد لكل مستلم"),
                Text::fixed(
                    "separate: each recipient gets a mail of their own. together: one mail to all, who see each other.",
                    "separate: لكل مستلم بريد مستقل. together: بريد واحد للجميع ويرى بعضهم بعضًا.",
                ),
            )
            .ltr(),
        )
        .field(
            "fromName",
            json!({ "type": "string", "minLength": 1, "maxLength": 200 }),
            Field::new(
                Text::fixed("Sender's name", "اسم المرسِل"),
                Text::fixed(
                    "Shown instead of the connection's own; the address stays.",
                    "يظهر بدل اسم الاتصال، ويبقى العنوان نفسه.",
                ),
            ),
        )
        .field(
            "replyTo",
            json!({ "type": "string", "minLength": 3, "maxLength": 500 }),
            Field::new(
                Text::fixed("Answers to", "الرد إلى"),
                Text::fixed(
                    "Where answers go instead of to the sender.",
                    "العنوان الذي تصل إليه الردود بدل المرسِل.",
                ),
            )
            .ltr(),
        )
        .field(
            "priority",
            json!({ "enum": ["low", "normal", "high"], "default": "normal" }),
            Field::new(
                Text::fixed("Priority", "الأولوية"),
                Text::fixed(
                    "A hint for mail programs.",
                    "إشارة لبرامج البريد.",
                ),
            )
            .ltr(),
        )
        .field(
            "attachments",
            json!({ "type": "array", "items": attachment(), "maxItems": 20 }),
            Field::new(
                Text::fixed("Attachments", "المرفقات"),
                Text::fixed(
                    "Files sent along, 10 MiB together at most.",
                    "ملفات تُرسل مع البريد، بمجموع لا يتجاوز 10 ميبي بايت.",
                ),
            ),
        );
    with_placeholders(form).field(
        "timeoutSeconds",
        json!({ "type": "integer", "minimum": 1, "maximum": 300, "default": 30 }),
        Field::new(
            Text::fixed("Time limit (seconds)", "المهلة (ثوانٍ)"),
            Text::fixed(
                "How long the mail server may take for one mail.",
                "المهلة المتاحة لخادم البريد لكل رسالة.",
            ),
        ),
    )
}

fn attachment() -> Value {
    Form::new()
        .required(
            "filename",
            json!({ "type": "string", "minLength": 1, "maxLength": 255 }),
            Field::new(
                Text::fixed("File name", "اسم الملف"),
                Text::fixed("Without folders.", "دون مجلدات."),
            ),
        )
        .field(
            "contentType",
            json!({ "type": "string", "maxLength": 200, "default": "application/octet-stream" }),
            Field::new(
                Text::fixed("Media type", "نوع الوسائط"),
                Text::fixed("Such as text/csv.", "مثل text/csv."),
            )
            .ltr(),
        )
        .field(
            "text",
            json!({ "type": "string", "maxLength": 10_485_760 }),
            Field::new(
                Text::fixed("Text", "النص"),
                Text::fixed("The content as text.", "المحتوى نصًا."),
            )
            .widget("textarea"),
        )
        .field(
            "base64",
            json!({ "type": "string", "maxLength": 14_000_000 }),
            Field::new(
                Text::fixed("Base64", "بترميز Base64"),
                Text::fixed(
                    "The content as base64, instead of text.",
                    "المحتوى بترميز base64 بدل النص.",
                ),
            )
            .ltr(),
        )
        .nested()
}
