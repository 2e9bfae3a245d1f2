//! The parameter schema of `webhook`.

use serde_json::{Value, json};

use crate::form::{Field, Form};
use crate::functions::placeholders::with_placeholders;
use crate::functions::status_range::StatusRange;
use crate::text::Text;

pub(super) fn schema() -> Value {
    advanced(body(basic(Form::new()))).schema()
}

fn basic(form: Form) -> Form {
    form.group("basic")
        .required(
            "url",
            json!({ "type": "string", "minLength": 8, "maxLength": 8192 }),
            Field::new(
                Text::fixed("Address", "العنوان"),
                Text::fixed(
                    "A web address, http:// or https://. After the host it may have placeholders such as {{ job.id }}.",
                    "عنوان ويب يبدأ بـ http:// أو https://. ويمكن بعد اسم المضيف وضع عناصر نائبة مثل {{ job.id }}.",
                ),
            )
            .ltr(),
        )
        .field(
            "method",
            json!({ "enum": ["GET", "POST", "PUT", "PATCH", "DELETE"], "default": "POST" }),
            Field::new(
                Text::fixed("Method", "الطريقة"),
                Text::fixed("The HTTP method.", "طريقة HTTP."),
            )
            .ltr(),
        )
        .field(
            "headers",
            json!({ "type": "object", "additionalProperties": { "type": "string", "maxLength": 8192 }, "maxProperties": 50 }),
            Field::new(
                Text::fixed("Headers", "الترويسات"),
                Text::fixed(
                    "Sent with the request. Values may have placeholders. Headers of the connection itself (Host, Content-Length, ...) cannot be set.",
                    "تُرسل مع الطلب، ويمكن أن تحوي قيمها عناصر نائبة. لا يمكن ضبط ترويسات الاتصال نفسه (مثل Host و Content-Length).",
                ),
            )
            .widget("keyvalue")
            .ltr(),
        )
        .field(
            "query",
            json!({ "type": "object", "additionalProperties": { "type": ["string", "number", "boolean"] }, "maxProperties": 100 }),
            Field::new(
                Text::fixed("Query", "معاملات العنوان"),
                Text::fixed(
                    "Names and values appended to the address after a question mark. Values may have placeholders.",
                    "أسماء وقيم تُلحق بالعنوان بعد علامة الاستفهام، ويمكن أن تحوي القيم عناصر نائبة.",
                ),
            )
            .widget("keyvalue")
            .ltr(),
        )
}

fn body(form: Form) -> Form {
    let form = form.group("body")
        .field(
            "json",
            json!({}),
            Field::new(
                Text::fixed("JSON body", "محتوى JSON"),
                Text::fixed(
                    "Any JSON value, sent as application/json. Its texts may have placeholders; a text that is only one placeholder keeps the type of its value.",
                    "أي قيمة JSON تُرسل بنوع application/json. يمكن أن تحوي نصوصها عناصر نائبة، والنص المكوّن من عنصر نائب واحد يحتفظ بنوع قيمته.",
                ),
            )
            .widget("code")
            .ltr(),
        )
        .field(
            "body",
            json!({ "type": "string", "maxLength": 1_048_576 }),
            Field::new(
                Text::fixed("Text body", "محتوى نصي"),
                Text::fixed(
                    "Text sent as it is, as text/plain unless a Content-Type header says otherwise. May have placeholders.",
                    "نص يُرسل كما هو بنوع text/plain ما لم تحدد ترويسة Content-Type غير ذلك. يمكن أن يحوي عناصر نائبة.",
                ),
            )
            .widget("textarea")
            .ltr(),
        )
        .field(
            "form",
            json!({ "type": "object", "additionalProperties": { "type": ["string", "number", "boolean"] }, "maxProperties": 200 }),
            Field::new(
                Text::fixed("Form body", "محتوى نموذج"),
                Text::fixed(
                    "Names and values sent like a web form. Values may have placeholders.",
                    "أسماء وقيم تُرسل كنموذج ويب، ويمكن أن تحوي القيم عناصر نائبة.",
                ),
            )
            .widget("keyvalue")
            .ltr(),
        );
    with_placeholders(form)
}

fn advanced(form: Form) -> Form {
    let status = StatusRange::schema();
    form.group("advanced")
        .field(
            "auth",
            json!({ "anyOf": [basic_auth(), bearer_auth()] }),
            Field::new(
                Text::fixed("Sign-in", "الدخول"),
                Text::fixed(
                    "How the request proves who sends it: name and password, or a token.",
                    "كيف يثبت الطلب هوية مرسله: اسم وكلمة مرور، أو رمز وصول.",
                ),
            ),
        )
        .field(
            "expectedStatus",
            json!({ "type": "array", "items": status, "minItems": 1, "maxItems": 50, "default": ["200-299"] }),
            Field::new(
                Text::fixed("Expected status", "الحالة المتوقعة"),
                Text::fixed(
                    "Statuses of a success: single ones such as 204, or ranges such as \"200-299\".",
                    "الحالات الدالة على النجاح: مفردة مثل 204 أو نطاقات مثل \"200-299\".",
                ),
            )
            .ltr(),
        )
        .field(
            "timeoutSeconds",
            json!({ "type": "integer", "minimum": 1, "maximum": 300, "default": 30 }),
            Field::new(
                Text::fixed("Time limit (seconds)", "المهلة (ثوانٍ)"),
                Text::fixed(
                    "Time for one attempt, from looking up the name to the last byte.",
                    "مهلة المحاولة الواحدة، من البحث عن الاسم حتى آخر بايت.",
                ),
            ),
        )
        .field(
            "retries",
            retries(&status),
            Field::new(
                Text::fixed("Further attempts", "محاولات إضافية"),
                Text::fixed(
                    "Calls again within the same run. Independent of the job's own retry rules.",
                    "يعيد الاستدعاء ضمن التنفيذ نفسه، بمعزل عن قواعد إعادة المحاولة الخاصة بالمهمة.",
                ),
            ),
        )
        .field(
            "followRedirects",
            json!({ "type": "integer", "minimum": 0, "maximum": 5, "default": 0 }),
            Field::new(
                Text::fixed("Follow redirects", "اتّباع التحويلات"),
                Text::fixed(
                    "How many redirects are followed. Each address is judged like the first, and another host gets neither sign-in nor headers.",
                    "عدد التحويلات التي تُتّبع. يُفحص كل عنوان كالأول، ولا تُرسل بيانات الدخول والترويسات إلى مضيف آخر.",
                ),
            ),
        )
        .field(
            "verifyTls",
            json!({ "type": "boolean", "default": true }),
            Field::new(
                Text::fixed("Check the certificate", "التحقق من الشهادة"),
                Text::fixed(
                    "Switch off only for hosts with a certificate nobody can check; then anybody in between can read along.",
                    "لا تعطّله إلا لمضيف لا يمكن التحقق من شهادته؛ فعندئذ قد يطّلع الوسطاء على الاتصال.",
                ),
            ),
        )
        .field(
            "responseCapBytes",
            json!({ "type": "integer", "minimum": 0, "maximum": 1_048_576, "default": 65_536 }),
            Field::new(
                Text::fixed("Kept part of the answer (bytes)", "الجزء المحفوظ من الرد (بايت)"),
                Text::fixed(
                    "More is not read. The administrator's limit comes first.",
                    "لا يُقرأ ما زاد على ذلك، وحدّ المدير مقدَّم.",
                ),
            ),
        )
}

fn basic_auth() -> Value {
    Form::new()
        .required("type", json!({ "const": "basic" }), kind())
        .required(
            "username",
            json!({ "type": "string", "maxLength": 1024 }),
            Field::new(
                Text::fixed("User name", "اسم المستخدم"),
                Text::fixed("Must not contain a colon.", "يجب ألا يحتوي على نقطتين."),
            )
            .ltr(),
        )
        .required(
            "password",
            json!({ "type": "string", "maxLength": 4096 }),
            Field::new(
                Text::fixed("Password", "كلمة المرور"),
                Text::fixed("Sent with every attempt.", "تُرسل مع كل محاولة."),
            )
            .widget("secret")
            .ltr(),
        )
        .nested()
}

fn bearer_auth() -> Value {
    Form::new()
        .required("type", json!({ "const": "bearer" }), kind())
        .required(
            "token",
            json!({ "type": "string", "minLength": 1, "maxLength": 8192 }),
            Field::new(
                Text::fixed("Token", "رمز الوصول"),
                Text::fixed("Sent with every attempt.", "يُرسل مع كل محاولة."),
            )
            .widget("secret")
            .ltr(),
        )
        .nested()
}

fn kind() -> Field {
    Field::new(
        Text::fixed("Kind", "النوع"),
        Text::fixed("basic or bearer.", "basic أو bearer."),
    )
    .ltr()
}

fn retries(status: &Value) -> Value {
    let reason = json!({
        "anyOf": [
            { "enum": ["network", "timeout", "unexpected"] },
            status,
        ]
    });
    Form::new()
        .field(
            "count",
            json!({ "type": "integer", "minimum": 0, "maximum": 10, "default": 0 }),
            Field::new(
                Text::fixed("How many", "العدد"),
                Text::fixed(
                    "Attempts after the first.",
                    "عدد المحاولات بعد الأولى.",
                ),
            ),
        )
        .field(
            "initialSeconds",
            json!({ "type": "number", "minimum": 0, "maximum": 3600, "default": 1 }),
            Field::new(
                Text::fixed("First pause (seconds)", "الانتظار الأول (ثوانٍ)"),
                Text::fixed(
                    "Each further pause is twice as long.",
                    "وكل انتظار لاحق ضعف سابقه.",
                ),
            ),
        )
        .field(
            "maxSeconds",
            json!({ "type": "number", "minimum": 0, "maximum": 3600, "default": 60 }),
            Field::new(
                Text::fixed("Longest pause (seconds)", "أطول انتظار (ثوانٍ)"),
                Text::fixed(
                    "Also bounds what the other side asks for with Retry-After.",
                    "ويحدّ كذلك ما يطلبه الطرف الآخر عبر Retry-After.",
                ),
            ),
        )
        .field(
            "on",
            json!({ "type": "array", "items": reason, "minItems": 1, "maxItems": 50, "default": ["network", "timeout", 408, 429, "500-599"] }),
            Field::new(
                Text::fixed("Reasons", "الأسباب"),
                Text::fixed(
                    "network, timeout, unexpected (any status that is not expected), or statuses such as 429 and \"500-599\".",
                    "network أو timeout أو unexpected (أي حالة غير متوقعة) أو حالات مثل 429 و\"500-599\".",
                ),
            )
            .ltr(),
        )
        .nested()
}
