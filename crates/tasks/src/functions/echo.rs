//! `echo`: says what it was given. The function for trying schedules out, and
//! the one that benchmarks run by the million, so it does as little as it can.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::context::Context;
use crate::form::{Field, Form};
use crate::function::{Category, Delivery, TaskFunction, TaskInfo};
use crate::outcome::{Cause, Outcome};
use crate::policy::Policy;
use crate::schema::{ParameterError, Schema, summary};
use crate::text::Text;

/// What `echo` takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    message: Option<String>,
    #[serde(default)]
    args: Vec<Value>,
    #[serde(default)]
    kwargs: Map<String, Value>,
}

/// The function.
pub(crate) struct Echo {
    info: TaskInfo,
    schema: Schema,
}

impl Echo {
    pub(crate) fn new() -> Self {
        let schema = Form::new()
            .field(
                "message",
                json!({ "type": "string", "maxLength": 10_000 }),
                Field::new(
                    Text::fixed("Message", "الرسالة"),
                    Text::fixed(
                        "The text to say; without one the word \"echo\".",
                        "النص الذي يُردَّد؛ وإن تُرك فارغًا فكلمة \"echo\".",
                    ),
                )
                .widget("textarea"),
            )
            .field(
                "args",
                json!({ "type": "array", "maxItems": 100 }),
                Field::new(
                    Text::fixed("Values", "القيم"),
                    Text::fixed(
                        "Any values; they are part of the result.",
                        "أي قيم؛ تظهر كما هي في النتيجة.",
                    ),
                ),
            )
            .field(
                "kwargs",
                json!({ "type": "object", "maxProperties": 100 }),
                Field::new(
                    Text::fixed("Named values", "القيم المسمّاة"),
                    Text::fixed(
                        "Any named values; they are part of the result.",
                        "أي قيم مسمّاة؛ تظهر كما هي في النتيجة.",
                    ),
                )
                .widget("keyvalue"),
            )
            .schema();
        Self {
            schema: Schema::compile(&schema),
            info: TaskInfo {
                key: "echo".to_owned(),
                name: Text::fixed("Echo", "ترديد"),
                description: Text::fixed(
                    "Says a message and gives back the values it received. For trying out a schedule.",
                    "يردّد رسالة ويعيد القيم التي استلمها. مفيد لتجربة الجداول الزمنية.",
                ),
                category: Category::General,
                icon: "megaphone".to_owned(),
                schema,
                default_delivery: Delivery::AtMostOnce,
                grant: None,
                default_timeout_seconds: Some(60),
                example: json!({ "message": "Hello", "args": [1, "two"], "kwargs": { "colour": "blue" } }),
            },
        }
    }
}

#[async_trait]
impl TaskFunction for Echo {
    fn info(&self) -> &TaskInfo {
        &self.info
    }

    fn check(&self, parameters: &Value, _policy: &Policy) -> Result<(), Vec<ParameterError>> {
        self.schema.read::<Parameters>(parameters).map(drop)
    }

    async fn run(&self, context: &Context, parameters: &Value) -> Outcome {
        if is_empty(parameters) {
            context.log.info("echo");
            return Outcome::success("echo");
        }
        let parameters: Parameters = match self.schema.read(parameters) {
            Ok(parameters) => parameters,
            Err(errors) => return Outcome::failed(Cause::InvalidParameters, summary(&errors)),
        };
        let message = crate::text_of(parameters.message.as_deref().unwrap_or("echo").as_bytes());
        context.log.info(message.as_str());
        let mut outcome = Outcome::success(message.as_str());
        if !parameters.args.is_empty() || !parameters.kwargs.is_empty() {
            outcome.result = Some(crate::clean(json!({
                "message": message,
                "args": parameters.args,
                "kwargs": parameters.kwargs,
            })));
        }
        outcome
    }
}

fn is_empty(parameters: &Value) -> bool {
    match parameters {
        Value::Null => true,
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}
