//! The parameters of functions whose texts have placeholders.

use serde_json::json;

use crate::form::{Field, Form};
use crate::text::Text;

/// Adds the values that a job brings along, and the switch.
pub(super) fn with_placeholders(form: Form) -> Form {
    form.field(
        "params",
        json!({ "type": "object", "maxProperties": 100 }),
        Field::new(
            Text::fixed("Values for placeholders", "قيم العناصر النائبة"),
            Text::fixed(
                "Own values that placeholders can use as {{ params.name }}; the others are job, execution, attempt and scheduledAt.",
                "قيم خاصة تُستخدم على شكل {{ params.name }}؛ والقيم الأخرى المتاحة هي job و execution و attempt و scheduledAt.",
            ),
        )
        .widget("keyvalue")
        .ltr(),
    )
    .field(
        "templates",
        json!({ "type": "boolean", "default": true }),
        Field::new(
            Text::fixed("Fill in placeholders", "تعبئة العناصر النائبة"),
            Text::fixed(
                "Switch off to send texts with {{ and }} exactly as written.",
                "عطّلها لإرسال النصوص التي تحوي {{ و }} كما هي.",
            ),
        ),
    )
}
