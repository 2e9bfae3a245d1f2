//! Parameter schemas: validation with pointers and messages in both languages.
//!
//! One JSON Schema per function drives validation, generated forms and the
//! reference. Remote references are impossible: the validator is built without
//! any way to fetch, so a schema can never read a file or an address.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::text::{Text, apart};

/// More errors than this help nobody.
const MAX_ERRORS: usize = 50;

/// One thing that is wrong with the parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ParameterError {
    /// JSON pointer to the offending (or missing) value; empty for the whole.
    pub pointer: String,
    /// Stable word for programs: a JSON Schema keyword such as `required`, or a word of the function.
    pub code: String,
    /// For people.
    pub message: Text,
}

impl ParameterError {
    /// An error that a schema could not express.
    #[must_use]
    pub fn new(pointer: impl Into<String>, code: impl Into<String>, message: Text) -> Self {
        Self {
            pointer: pointer.into(),
            code: code.into(),
            message,
        }
    }
}

/// A compiled JSON Schema.
///
/// Compilation of a built-in schema cannot fail in a tested build; should it
/// fail all the same, every check reports it instead of the process ending.
#[derive(Debug)]
pub(crate) struct Schema {
    validator: Result<Validator, String>,
}

impl Schema {
    pub(crate) fn compile(schema: &Value) -> Self {
        Self {
            validator: try_compile(schema),
        }
    }

    /// Every violation, in the order the validator finds them.
    pub(crate) fn check(&self, parameters: &Value) -> Vec<ParameterError> {
        match &self.validator {
            Ok(validator) => validator
                .iter_errors(parameters)
                .flat_map(|error| describe(&error))
                .take(MAX_ERRORS)
                .collect(),
            Err(reason) => vec![ParameterError::new(
                "",
                "schema",
                Text::new(
                    format!("the function's own schema is broken: {reason}"),
                    "مخطط معاملات هذه المهمة معطوب",
                ),
            )],
        }
    }

    /// Checks and reads the parameters into their struct. `null` counts as `{}`,
    /// because clients leave parameters out when there are none.
    pub(crate) fn read<P: DeserializeOwned>(
        &self,
        parameters: &Value,
    ) -> Result<P, Vec<ParameterError>> {
        let empty = Value::Object(serde_json::Map::new());
        let parameters = if parameters.is_null() {
            &empty
        } else {
            parameters
        };
        let errors = self.check(parameters);
        if !errors.is_empty() {
            return Err(errors);
        }
        P::deserialize(parameters).map_err(|error| {
            vec![ParameterError::new(
                "",
                "shape",
                Text::new(format!("cannot be read: {error}"), "تعذّرت قراءة المعاملات"),
            )]
        })
    }
}

/// Compiles a schema as 2020-12.
pub(crate) fn try_compile(schema: &Value) -> Result<Validator, String> {
    jsonschema::draft202012::options()
        .should_validate_formats(false)
        .build(schema)
        .map_err(|error| error.to_string())
}

/// One line for a failed run whose parameters do not pass.
pub(crate) fn summary(errors: &[ParameterError]) -> Text {
    let mut en = String::from("the parameters are not valid");
    let mut ar = String::from("المعاملات غير صالحة");
    for (index, error) in errors.iter().take(3).enumerate() {
        en.push_str(if index == 0 { ": " } else { "; " });
        ar.push_str(if index == 0 { ": " } else { "؛ " });
        if !error.pointer.is_empty() {
            en.push_str(&error.pointer);
            en.push(' ');
            ar.push_str(&apart(&error.pointer));
            ar.push(' ');
        }
        en.push_str(&error.message.en);
        ar.push_str(&error.message.ar);
    }
    Text::new(crate::text_of(en.as_bytes()), crate::text_of(ar.as_bytes()))
}

/// `name` as one step of a JSON pointer.
pub(crate) fn pointer_step(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn describe(error: &ValidationError<'_>) -> Vec<ParameterError> {
    let at = error.instance_path().to_string();
    let code = error.kind().keyword().to_owned();
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|name| {
                ParameterError::new(
                    format!("{at}{}", pointer_step(name)),
                    code.clone(),
                    Text::fixed("is not a known field", "حقل غير معروف"),
                )
            })
            .collect(),
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            vec![ParameterError::new(
                format!("{at}{}", pointer_step(name)),
                code,
                Text::fixed("is required", "حقل مطلوب"),
            )]
        }
        kind => vec![ParameterError::new(at, code, message(kind))],
    }
}

fn message(kind: &ValidationErrorKind) -> Text {
    use ValidationErrorKind as K;
    match kind {
        K::Type { kind } => Text::new(
            format!("must be of type {}", type_names(kind)),
            format!("يجب أن يكون من النوع {}", type_names(kind)),
        ),
        K::Enum { options } => Text::new(
            format!("must be one of {}", list(options)),
            format!("يجب أن يكون أحد القيم {}", list(options)),
        ),
        K::Constant { expected_value } => Text::new(
            format!("must be {expected_value}"),
            format!("يجب أن يساوي {expected_value}"),
        ),
        K::Minimum { limit } => Text::new(
            format!("must be {limit} or more"),
            format!("يجب ألا يقل عن {limit}"),
        ),
        K::Maximum { limit } => Text::new(
            format!("must be {limit} or less"),
            format!("يجب ألا يزيد على {limit}"),
        ),
        K::ExclusiveMinimum { limit } => Text::new(
            format!("must be more than {limit}"),
            format!("يجب أن يزيد على {limit}"),
        ),
        K::ExclusiveMaximum { limit } => Text::new(
            format!("must be less than {limit}"),
            format!("يجب أن يقل عن {limit}"),
        ),
        K::MinLength { limit } => Text::new(
            format!("must have at least {limit} characters"),
            format!("يجب ألا يقل عدد الأحرف عن {limit}"),
        ),
        K::MaxLength { limit } => Text::new(
            format!("must have at most {limit} characters"),
            format!("يجب ألا يزيد عدد الأحرف على {limit}"),
        ),
        K::MinItems { limit } => Text::new(
            format!("must have at least {limit} entries"),
            format!("يجب ألا يقل عدد العناصر عن {limit}"),
        ),
        K::MaxItems { limit } => Text::new(
            format!("must have at most {limit} entries"),
            format!("يجب ألا يزيد عدد العناصر على {limit}"),
        ),
        K::MinProperties { limit } => Text::new(
            format!("must have at least {limit} fields"),
            format!("يجب ألا يقل عدد الحقول عن {limit}"),
        ),
        K::MaxProperties { limit } => Text::new(
            format!("must have at most {limit} fields"),
            format!("يجب ألا يزيد عدد الحقول على {limit}"),
        ),
        K::UniqueItems => Text::fixed(
            "must not contain the same entry twice",
            "يجب ألا يتكرر أي عنصر",
        ),
        K::Pattern { pattern } => Text::new(
            format!("does not have the required form ({pattern})"),
            format!("لا يطابق الصيغة المطلوبة ({pattern})"),
        ),
        K::PropertyNames { error } => {
            let inner = message(error.kind());
            Text::new(
                format!("has a field whose name {}", inner.en),
                format!("فيه حقل اسمه غير صالح: {}", inner.ar),
            )
        }
        K::AnyOf { .. } | K::OneOfNotValid { .. } => Text::fixed(
            "matches none of the allowed forms",
            "لا يطابق أيًّا من الصيغ المسموحة",
        ),
        K::OneOfMultipleValid { .. } => Text::fixed(
            "matches several forms at once, and must match one",
            "يطابق أكثر من صيغة في آن واحد، والمطلوب صيغة واحدة",
        ),
        K::Not { .. } | K::FalseSchema => Text::fixed("is not allowed here", "غير مسموح به هنا"),
        K::MultipleOf { multiple_of } => Text::new(
            format!("must be a multiple of {multiple_of}"),
            format!("يجب أن يكون من مضاعفات {multiple_of}"),
        ),
        _ => Text::fixed("is not valid", "قيمة غير صالحة"),
    }
}

fn type_names(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => one.to_string(),
        TypeKind::Multiple(many) => many
            .iter()
            .map(|one| one.to_string())
            .collect::<Vec<_>>()
            .join(" / "),
    }
}

fn list(options: &Value) -> String {
    options.as_array().map_or_else(String::new, |options| {
        options
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ")
    })
}
