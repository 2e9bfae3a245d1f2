//! What `database_backup` takes.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::database::{Dialect, with_connection};
use crate::deposit::{Destination, Seal, Wanted, with_file_name};
use crate::form::{Field, Form};
use crate::policy::Policy;
use crate::schema::ParameterError;
use crate::text::Text;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Parameters {
    pub(super) connection: String,
    #[serde(default)]
    pub(super) compression: Compression,
    #[serde(default)]
    destination: Destination,
    store_connection: Option<String>,
    store_prefix: Option<String>,
    pub(super) file_name: Option<String>,
    pub(super) keep: Option<usize>,
    #[serde(default)]
    encrypt_for: Vec<String>,
    passphrase: Option<String>,
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
    pub(super) fn ending(&self, dialect: Dialect) -> String {
        let ending = match (dialect, self.gzip()) {
            (Dialect::Sqlite, true) => ".sqlite.gz",
            (Dialect::Sqlite, false) => ".sqlite",
            (_, true) => ".sql.gz",
            (_, false) => ".sql",
        };
        if self.is_sealed() {
            format!("{ending}.age")
        } else {
            ending.to_owned()
        }
    }

    /// Where the file is to go.
    pub(super) fn wanted(&self) -> Wanted<'_> {
        Wanted {
            destination: self.destination,
            store: self.store_connection.as_deref(),
            prefix: self.store_prefix.as_deref(),
        }
    }

    pub(super) fn is_sealed(&self) -> bool {
        !self.encrypt_for.is_empty() || self.passphrase.is_some()
    }

    /// Who can read the file.
    pub(super) fn seal(&self) -> Result<Option<Seal>, ParameterError> {
        match &self.passphrase {
            Some(_) if !self.encrypt_for.is_empty() => Err(ParameterError::new(
                "/passphrase",
                "one_of",
                Text::fixed(
                    "cannot be combined with encryptFor",
                    "لا يجوز الجمع بينه وبين encryptFor",
                ),
            )),
            Some(passphrase) => Ok(Some(Seal::passphrase(passphrase.clone()))),
            None if self.encrypt_for.is_empty() => Ok(None),
            None => Seal::keys(&self.encrypt_for).map(Some).map_err(|index| {
                ParameterError::new(
                    format!("/encryptFor/{index}"),
                    "key",
                    Text::fixed(
                        "is not a public key of age (age1...)",
                        "ليس مفتاحًا علنيًا من age (age1...)",
                    ),
                )
            }),
        }
    }

    /// What a schema cannot say.
    pub(super) fn check(&self, policy: &Policy) -> Result<(), Vec<ParameterError>> {
        let mut errors = self.wanted().check(policy).err().unwrap_or_default();
        errors.extend(self.seal().err());
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
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
    let form = with_file_name(Destination::fields(form, "folder"))
        .field(
            "keep",
            json!({ "type": "integer", "minimum": 1, "maximum": 1000 }),
            Field::new(
                Text::fixed("Backups kept", "عدد النسخ المحفوظة"),
                Text::fixed(
                    "After a successful backup, older ones of this job with the same beginning are removed from the folder or the object store; without a number, none.",
                    "بعد نجاح النسخ تُحذف من المجلد أو من مخزن الكائنات نسخ هذه المهمة الأقدم ذات البداية نفسها؛ ودون عدد لا يُحذف شيء.",
                ),
            ),
        );
    encryption(form).schema()
}

fn encryption(form: Form) -> Form {
    form.group("encryption")
        .field(
            "encryptFor",
            json!({
                "type": "array",
                "items": { "type": "string", "minLength": 10, "maxLength": 200 },
                "uniqueItems": true,
                "maxItems": 20,
            }),
            Field::new(
                Text::fixed("Encrypt for", "التشفير لأجل"),
                Text::fixed(
                    "Public keys of age (age1...). Only the holders of the private keys can read the backup, this server cannot.",
                    "مفاتيح age العلنية (age1...). لا يقرأ النسخة إلا أصحاب المفاتيح الخاصة، ولا يستطيع هذا الخادم ذلك.",
                ),
            )
            .ltr(),
        )
        .field(
            "passphrase",
            json!({ "type": "string", "minLength": 1, "maxLength": 1_000 }),
            Field::new(
                Text::fixed("Passphrase", "عبارة المرور"),
                Text::fixed(
                    "Encrypts the backup with this instead of keys; best a secret that the job refers to.",
                    "يشفّر النسخة بهذه العبارة بدل المفاتيح؛ والأفضل سرّ تشير إليه المهمة.",
                ),
            )
            .widget("secret")
            .ltr(),
        )
}
