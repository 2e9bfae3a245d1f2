//! The parameter schema of `script`.

use serde_json::{Value, json};

use crate::form::{Field, Form};
use crate::text::Text;

/// The schema of a script's parameters.
pub(super) fn schema() -> Value {
    let exit_codes = json!({
        "type": "array",
        "items": { "type": "integer", "minimum": 0, "maximum": 255 },
        "maxItems": 256,
        "uniqueItems": true,
    });
    let mut success_codes = exit_codes.clone();
    if let Value::Object(map) = &mut success_codes {
        map.insert("default".to_owned(), json!([0]));
        map.insert("minItems".to_owned(), json!(1));
    }
    Form::new()
        .group("basic")
        .field(
            "interpreter",
            json!({ "type": "string", "minLength": 1, "maxLength": 255, "default": "sh", "examples": ["sh", "bash", "python3", "node", "perl"] }),
            Field::new(
                Text::fixed("Interpreter", "المفسّر"),
                Text::fixed(
                    "The program that runs the script: a name such as sh or python3, if it is installed on the server.",
                    "البرنامج الذي ينفّذ النص، مثل sh أو python3، بشرط أن يكون مثبتًا على الخادم.",
                ),
            )
            .ltr(),
        )
        .required(
            "script",
            json!({ "type": "string", "minLength": 1, "maxLength": 262_144 }),
            Field::new(
                Text::fixed("Script", "النص البرمجي"),
                Text::fixed(
                    "The text of the script. A line \"orloj:progress 40 note\" on its output shows progress; a line \"orloj:result {...}\" reports counts and a result.",
                    "نص البرنامج. السطر \u{2066}\"orloj:progress 40 ملاحظة\"\u{2069} في خرجه يعرض التقدم، والسطر \u{2066}\"orloj:result {...}\"\u{2069} يسجّل الأعداد والنتيجة.",
                ),
            )
            .widget("code")
            .ltr(),
        )
        .field(
            "args",
            json!({ "type": "array", "items": { "type": "string" }, "maxItems": 256 }),
            Field::new(
                Text::fixed("Arguments", "الوسائط"),
                Text::fixed(
                    "Handed to the script one by one, exactly as written; no shell reads them.",
                    "تُمرَّر إلى النص واحدة واحدة كما كُتبت، دون أن تفسّرها الصدفة.",
                ),
            )
            .ltr(),
        )
        .field(
            "env",
            json!({ "type": "object", "additionalProperties": { "type": "string" }, "maxProperties": 200 }),
            Field::new(
                Text::fixed("Environment", "متغيرات البيئة"),
                Text::fixed(
                    "Variables for the script. Of the server's own environment it sees only PATH, HOME, LANG, LC_ALL, TZ, TMPDIR and what the administrator allowed.",
                    "متغيرات للنص. لا يرى من بيئة الخادم إلا PATH و HOME و LANG و LC_ALL و TZ و TMPDIR وما سمح به المدير.",
                ),
            )
            .widget("keyvalue")
            .ltr(),
        )
        .group("advanced")
        .field(
            "workingDirectory",
            json!({ "type": "string", "minLength": 1, "maxLength": 4096 }),
            Field::new(
                Text::fixed("Working folder", "مجلد العمل"),
                Text::fixed(
                    "An existing folder (absolute path) to start in; otherwise a private folder that is removed afterwards.",
                    "مجلد موجود (مسار مطلق) يبدأ منه التنفيذ؛ وإلا فمجلد خاص يُحذف بعد الانتهاء.",
                ),
            )
            .ltr(),
        )
        .field(
            "stdin",
            json!({ "type": "string", "maxLength": 1_048_576 }),
            Field::new(
                Text::fixed("Standard input", "الدخل القياسي"),
                Text::fixed(
                    "Text the script can read; without it, it reads the end at once.",
                    "نص يستطيع البرنامج قراءته؛ وبدونه يكون الدخل فارغًا.",
                ),
            )
            .widget("textarea")
            .ltr(),
        )
        .field(
            "successExitCodes",
            success_codes,
            Field::new(
                Text::fixed("Exit codes of success", "رموز الخروج الدالة على النجاح"),
                Text::fixed(
                    "With these exit codes the run counts as successful.",
                    "بهذه الرموز يُعدّ التنفيذ ناجحًا.",
                ),
            ),
        )
        .field(
            "warningExitCodes",
            exit_codes,
            Field::new(
                Text::fixed("Exit codes of partial success", "رموز الخروج الدالة على نجاح جزئي"),
                Text::fixed(
                    "With these exit codes the run counts as partly successful.",
                    "بهذه الرموز يُعدّ التنفيذ ناجحًا جزئيًا.",
                ),
            ),
        )
        .field(
            "limits",
            limits(),
            Field::new(
                Text::fixed("Limits", "الحدود"),
                Text::fixed(
                    "Upper bounds for each process of the script.",
                    "حدود قصوى لكل عملية من عمليات النص.",
                ),
            ),
        )
        .field(
            "onServerLoss",
            json!({ "type": "string", "enum": ["kill", "survive"], "default": "kill" }),
            Field::new(
                Text::fixed("If the server is killed", "إن قُتل الخادم"),
                Text::fixed(
                    "kill: everything the script started ends with the server. survive: it goes on to its own end; nobody hears of it, and the run counts as lost.",
                    "kill: ينتهي كل ما بدأه النص مع الخادم. survive: يستمر حتى نهايته دون أن يعلم به أحد، ويُعدّ التنفيذ مفقودًا.",
                ),
            ),
        )
        .schema()
}

fn limits() -> Value {
    Form::new()
        .field(
            "memoryMb",
            json!({ "type": "integer", "minimum": 16, "maximum": 1_048_576 }),
            Field::new(
                Text::fixed("Memory (MiB)", "الذاكرة (ميبي بايت)"),
                Text::fixed("Address space of one process.", "حيّز العناوين لكل عملية."),
            ),
        )
        .field(
            "cpuSeconds",
            json!({ "type": "integer", "minimum": 1, "maximum": 604_800 }),
            Field::new(
                Text::fixed("Processor time (seconds)", "زمن المعالج (ثوانٍ)"),
                Text::fixed(
                    "Time one process may spend computing; waiting does not count.",
                    "الزمن الذي تقضيه العملية في الحساب؛ ولا يُحسب الانتظار.",
                ),
            ),
        )
        .field(
            "processes",
            json!({ "type": "integer", "minimum": 1, "maximum": 65_536 }),
            Field::new(
                Text::fixed("Processes", "عدد العمليات"),
                Text::fixed(
                    "Processes and threads of the account the script runs as. Has no effect when that is root.",
                    "عدد العمليات والخيوط للحساب الذي يعمل به النص. لا أثر له إن كان الحساب root.",
                ),
            ),
        )
        .field(
            "openFiles",
            json!({ "type": "integer", "minimum": 16, "maximum": 1_048_576 }),
            Field::new(
                Text::fixed("Open files", "الملفات المفتوحة"),
                Text::fixed(
                    "Files and connections one process may hold open.",
                    "عدد الملفات والاتصالات المفتوحة في كل عملية.",
                ),
            ),
        )
        .field(
            "fileSizeMb",
            json!({ "type": "integer", "minimum": 1, "maximum": 16_777_216 }),
            Field::new(
                Text::fixed("File size (MiB)", "حجم الملف (ميبي بايت)"),
                Text::fixed(
                    "Size of a file that is written.",
                    "الحجم الأقصى لأي ملف يُكتب.",
                ),
            ),
        )
        .nested()
}
