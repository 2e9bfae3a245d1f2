//! The parameters that every function for databases has.

use serde_json::{Value, json};

use super::filter::condition_form;
use crate::form::{Field, Form};
use crate::text::Text;

/// Adds the connection.
pub(crate) fn with_connection(form: Form) -> Form {
    form.required("connection", connection_shape(), connection_field())
}

fn connection_shape() -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": 200 })
}

const fn connection_field() -> Field {
    Field::new(
        Text::fixed("Connection", "الاتصال"),
        Text::fixed(
            "Name of a connection to a database (SQLite, PostgreSQL, MariaDB or MySQL).",
            "اسم اتصال بقاعدة بيانات (SQLite أو PostgreSQL أو MariaDB أو MySQL).",
        ),
    )
    .connection(&["sqlite", "postgres", "mysql"])
    .ltr()
}

/// Adds the connection to a function that can do without.
pub(crate) fn with_optional_connection(form: Form) -> Form {
    form.field("connection", connection_shape(), connection_field())
}

/// The shape of a table's name.
pub(crate) fn table_name() -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": 200 })
}

/// Adds the table.
pub(crate) fn with_table(form: Form) -> Form {
    form.required(
        "table",
        table_name(),
        Field::new(
            Text::fixed("Table", "الجدول"),
            Text::fixed(
                "A table that the connection opens to jobs; in PostgreSQL also with its schema in front, as in sales.orders.",
                "جدول يتيحه الاتصال للمهام؛ ويجوز في PostgreSQL ذكر المخطط قبله مثل sales.orders.",
            ),
        )
        .widget("table")
        .ltr(),
    )
}

/// Adds the list of conditions.
pub(crate) fn with_conditions(form: Form) -> Form {
    form.field(
        "conditions",
        json!({ "type": "array", "items": condition_form(), "maxItems": 50 }),
        Field::new(
            Text::fixed("Conditions", "الشروط"),
            Text::fixed(
                "Only rows for which all of these hold. An empty (NULL) column satisfies none of them except is_null.",
                "الصفوف التي تحقق كل هذه الشروط فقط. والعمود الفارغ (NULL) لا يحقق أيًّا منها سوى is_null.",
            ),
        ),
    )
}
