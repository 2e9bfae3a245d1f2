//! What `database_backup` takes.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::database::{Dialect, with_connection};
use crate::deposit::{Destination, with_file_name};
use crate::form::{Field, Form};
use crate::text::Text;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Parameters {
    pub(super) connection: String,
    #[serde(default)]
    pub(super) compression: Compression,
    #[serde(default)]
    pub(super) destination: Destination,
    pub(super) file_name: Option<String>,
    pub(super) keep: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Compression {
    #[default]
    Gzip,
    None,
}

impl Compression {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::None => "none",
        }
    }
}

impl Parameters {
    pub(super) fn gzip(&self) -> bool {
        self.compression == Compression::Gzip
    }

    /// The end of the file's name.
    pub(super) fn ending(&self, dialect: Dialect) -> &'static str {
        match (dialect, self.gzip()) {
            (Dialect::Sqlite, true) => ".sqlite.gz",
            (Dialect::Sqlite, false) => ".sqlite",
            (_, true) => ".sql.gz",
            (_, false) => ".sql",
        }
    }
}

pub(super) fn form() -> Value {
    let form = with_connection(Form::new().group("basic")).field(
        "compression",
        json!({ "enum": ["gzip", "none"], "default": "gzip" }),
        Field::new(
            Text::fixed("Compression", "الضغط"),
            Text::fixed(
                "gzip makes the file smaller; none leaves it as it is.",
                "gzip يصغّر الملف؛ و none يتركه كما هو.",
            ),
        )
        .ltr(),
    );
    with_file_name(Destination::field(form))
        .field(
            "keep",
            json!({ "type": "integer", "minimum": 1, "maximum": 1000 }),
            Field::new(
                Text::fixed("Backups kept", "عدد النسخ المحفوظة"),
                Text::fixed(
                    "After a successful backup, older ones of this job with the same beginning are removed from the folder; without a number, none.",
                    "بعد نجاح النسخ تُحذف من المجلد نسخ هذه الوظيفة الأقدم ذات البداية نفسها؛ ودون عدد لا يُحذف شيء.",
                ),
            ),
        )
        .schema()
}
