//! The parameter schema of `command`.

use serde_json::{Value, json};

use crate::devices::targets_field;
use crate::form::{Field, Form};
use crate::text::Text;

/// The schema of a command's parameters.
pub(super) fn schema() -> Value {
    let shell = json!({ "type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[A-Za-z0-9._-]+$", "examples": ["sh", "bash", "powershell"] });
    let form = Form::new()
        .group("basic")
        .field(
            "command",
            json!({ "type": "string", "minLength": 1, "maxLength": 65_536 }),
            Field::new(
                Text::fixed("Command", "الأمر"),
                Text::fixed(
                    "A text for the shell of the device; several lines are one script.",
                    "نص لصدفة الجهاز؛ والأسطر المتعددة نص برمجي واحد.",
                ),
            )
            .widget("code")
            .ltr(),
        )
        .field(
            "commands",
            json!({ "type": "array", "items": { "type": "string", "minLength": 1, "maxLength": 65_536 }, "maxItems": 50 }),
            Field::new(
                Text::fixed("Several commands", "عدة أوامر"),
                Text::fixed(
                    "Run one after the other, each by itself; if there is such a list, it counts instead of the single command.",
                    "تُنفَّذ واحدًا بعد الآخر كلٌّ على حدة؛ وإن وُجدت هذه القائمة أُهمل الأمر المفرد.",
                ),
            )
            .ltr(),
        );
    targets_field(form)
        .field(
            "shell",
            shell.clone(),
            Field::new(
                Text::fixed("Shell", "الصدفة"),
                Text::fixed(
                    "A shell that the device has; without it, the first that the device reports.",
                    "صدفة متوفرة على الجهاز؛ وإن تُركت فأول صدفة يبلّغ عنها.",
                ),
            )
            .ltr(),
        )
        .field(
            "stopOnFailure",
            json!({ "type": "boolean", "default": true }),
            Field::new(
                Text::fixed("Stop at the first failure", "التوقف عند أول فشل"),
                Text::fixed(
                    "Of several commands, those after a failed one are not run.",
                    "عند فشل أمر لا تُنفَّذ الأوامر التي بعده.",
                ),
            ),
        )
        .field(
            "timeoutSeconds",
            json!({ "type": "integer", "minimum": 1, "maximum": 86_400, "default": 300 }),
            Field::new(
                Text::fixed("Time limit (seconds)", "المهلة (ثوانٍ)"),
                Text::fixed(
                    "For each command on each device; then it is ended with everything it started.",
                    "لكل أمر على كل جهاز؛ وعند انقضائها يُنهى الأمر وكل ما بدأه.",
                ),
            ),
        )
        .group("advanced")
        .field(
            "shells",
            by_system(&shell),
            Field::new(
                Text::fixed("Shell by system", "الصدفة حسب النظام"),
                Text::fixed(
                    "Another shell on linux, windows or macos.",
                    "صدفة أخرى على linux أو windows أو macos.",
                ),
            )
            .ltr(),
        )
        .field(
            "workingDirectory",
            json!({ "type": "string", "minLength": 1, "maxLength": 4_096 }),
            Field::new(
                Text::fixed("Working folder", "مجلد العمل"),
                Text::fixed(
                    "An existing folder of the device to start in; otherwise a private one that is removed afterwards.",
                    "مجلد موجود على الجهاز يبدأ منه التنفيذ؛ وإلا فمجلد خاص يُحذف بعد الانتهاء.",
                ),
            )
            .ltr(),
        )
        .field(
            "env",
            json!({ "type": "object", "additionalProperties": { "type": "string", "maxLength": 32_768 }, "maxProperties": 200 }),
            Field::new(
                Text::fixed("Environment", "متغيرات البيئة"),
                Text::fixed("Variables for the commands.", "متغيرات للأوامر."),
            )
            .widget("keyvalue")
            .ltr(),
        )
        .field(
            "runAs",
            json!({ "type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[A-Za-z_][A-Za-z0-9._@\\\\-]*\\$?$" }),
            Field::new(
                Text::fixed("Run as", "التنفيذ باسم"),
                Text::fixed(
                    "User of the device; the agent's own policy must allow it. Without it, the agent's own user.",
                    "مستخدم على الجهاز يجب أن تسمح به سياسة الوكيل؛ وإن تُرك فمستخدم الوكيل نفسه.",
                ),
            )
            .ltr(),
        )
        .field(
            "successExitCodes",
            json!({ "type": "array", "items": { "type": "integer" }, "minItems": 1, "maxItems": 256, "uniqueItems": true, "default": [0] }),
            Field::new(
                Text::fixed("Exit codes of success", "رموز الخروج الدالة على النجاح"),
                Text::fixed(
                    "With these exit codes a command counts as successful.",
                    "بهذه الرموز يُعدّ الأمر ناجحًا.",
                ),
            ),
        )
        .schema()
}

/// A shell for each system that an agent knows.
fn by_system(shell: &Value) -> Value {
    let field = |name, name_ar| {
        Field::new(
            Text::fixed(name, name_ar),
            Text::fixed("Shell on this system.", "الصدفة على هذا النظام."),
        )
        .ltr()
    };
    Form::new()
        .field("linux", shell.clone(), field("Linux", "لينكس"))
        .field("windows", shell.clone(), field("Windows", "ويندوز"))
        .field("macos", shell.clone(), field("macOS", "ماك"))
        .nested()
}
