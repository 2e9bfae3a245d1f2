//! What `celery_task` takes.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::form::{Field, Form};
use crate::text::Text;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Parameters {
    pub(super) connection: String,
    pub(super) result_connection: Option<String>,
    pub(super) task: String,
    #[serde(default)]
    pub(super) args: Vec<Value>,
    #[serde(default)]
    pub(super) kwargs: Map<String, Value>,
    #[serde(default = "default_queue")]
    pub(super) queue: String,
    #[serde(default = "yes")]
    pub(super) wait_for_result: bool,
    pub(super) expires_seconds: Option<u32>,
}

const fn yes() -> bool {
    true
}

fn default_queue() -> String {
    "celery".to_owned()
}

pub(super) fn form() -> Value {
    delivery(task(Form::new().group("basic"))).schema()
}

fn task(form: Form) -> Form {
    form.required(
        "connection",
        json!({ "type": "string", "minLength": 1, "maxLength": 200 }),
        Field::new(
            Text::fixed("Connection", "الاتصال"),
            Text::fixed(
                "Name of a connection to the server from which the workers take their tasks: Redis, or RabbitMQ (AMQP).",
                "اسم اتصال بالخادم الذي يأخذ منه العمّال مهامهم: Redis أو RabbitMQ (AMQP).",
            ),
        )
        .connection(&["redis", "amqp"])
        .ltr(),
    )
    .required(
        "task",
        json!({ "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_.:-]{0,299}$" }),
        Field::new(
            Text::fixed("Task", "المهمة"),
            Text::fixed(
                "The name under which the workers know the task, such as shop.tasks.send_invoices.",
                "الاسم الذي يعرف به العمّال المهمة، مثل shop.tasks.send_invoices.",
            ),
        )
        .ltr(),
    )
    .field(
        "args",
        json!({ "type": "array", "maxItems": 100 }),
        Field::new(
            Text::fixed("Arguments", "المعاملات الموضعية"),
            Text::fixed(
                "Handed to the task in this order.",
                "تُسلَّم إلى المهمة بهذا الترتيب.",
            ),
        )
        .ltr(),
    )
    .field(
        "kwargs",
        json!({ "type": "object", "maxProperties": 100 }),
        Field::new(
            Text::fixed("Named arguments", "المعاملات المسماة"),
            Text::fixed(
                "Handed to the task by name.",
                "تُسلَّم إلى المهمة بأسمائها.",
            ),
        )
        .widget("keyvalue")
        .ltr(),
    )
}

fn delivery(form: Form) -> Form {
    form.field(
        "queue",
        json!({ "type": "string", "pattern": "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$", "default": "celery" }),
        Field::new(
            Text::fixed("Queue", "الطابور"),
            Text::fixed(
                "The queue from which the workers take their tasks.",
                "الطابور الذي يأخذ منه العمّال مهامهم.",
            ),
        )
        .ltr(),
    )
    .group("advanced")
    .field(
        "waitForResult",
        json!({ "type": "boolean", "default": true }),
        Field::new(
            Text::fixed("Wait for the result", "انتظار النتيجة"),
            Text::fixed(
                "Switched off, the run is successful as soon as the task stands in the queue.",
                "عند تعطيله ينجح التنفيذ فور دخول المهمة إلى الطابور.",
            ),
        ),
    )
    .field(
        "resultConnection",
        json!({ "type": "string", "minLength": 1, "maxLength": 200 }),
        Field::new(
            Text::fixed("Results", "النتائج"),
            Text::fixed(
                "Name of a connection to the Redis server in which the workers keep results. Without one: the Redis server of the tasks, or messages of RabbitMQ (result backend rpc).",
                "اسم اتصال بخادم Redis الذي يحفظ فيه العمّال النتائج. ودونه: خادم Redis الخاص بالمهام، أو رسائل RabbitMQ (result backend rpc).",
            ),
        )
        .connection(&["redis"])
        .ltr(),
    )
    .field(
        "expiresSeconds",
        json!({ "type": "integer", "minimum": 1, "maximum": 31_536_000 }),
        Field::new(
            Text::fixed("Expires after (seconds)", "تنتهي صلاحيتها بعد (ثوانٍ)"),
            Text::fixed(
                "A worker that takes the task later than this after its due time does not carry it out.",
                "إذا أخذ عامل المهمة بعد مضي هذه المدة على موعد استحقاقها فلن ينفّذها.",
            ),
        ),
    )
}
