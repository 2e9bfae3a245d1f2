//! `celery_task`: hands a task to Celery workers through Redis or RabbitMQ and waits for its result.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::context::Context;
use crate::database::Trouble;
use crate::function::{Category, Delivery, TaskFunction, TaskInfo};
use crate::outcome::{Cause, Failure, Outcome, Status};
use crate::policy::Policy;
use crate::schema::{ParameterError, Schema, summary};
use crate::text::{Text, apart};

mod amqp_broker;
mod answer;
mod message;
mod parameters;
mod redis_store;

use amqp_broker::Broker;
use answer::Answer;
use message::Message;
use parameters::Parameters;
use redis_store::Store;

/// First pause between two looks for the result; it doubles up to [`SLOW`].
const QUICK: Duration = Duration::from_millis(50);
/// Longest pause between two looks.
const SLOW: Duration = Duration::from_secs(1);

/// Signs in at an AMQP server and goes away again.
pub(crate) async fn try_amqp_server(settings: Value, policy: &Policy) -> Result<(), Trouble> {
    Broker::open(settings, policy).await?.close().await;
    Ok(())
}

/// Signs in at a Redis server and goes away again.
pub(crate) async fn try_redis_server(settings: Value, policy: &Policy) -> Result<(), Trouble> {
    Store::open(settings, policy).await.map(drop)
}

/// The function.
pub(crate) struct CeleryTask {
    info: TaskInfo,
    schema: Schema,
}

impl CeleryTask {
    pub(crate) fn new() -> Self {
        let schema = parameters::form();
        Self {
            schema: Schema::compile(&schema),
            info: TaskInfo {
                key: "celery_task".to_owned(),
                name: Text::fixed("Celery task", "مهمة Celery"),
                description: Text::fixed(
                    "Hands a task to Celery workers through Redis or RabbitMQ and waits until one of them has done it; its result or exception becomes that of the run.",
                    "يسلّم مهمة إلى عمّال Celery عبر Redis أو RabbitMQ وينتظر حتى ينجزها أحدهم؛ وتصبح نتيجتها أو خطؤها نتيجةَ التنفيذ.",
                ),
                category: Category::Messaging,
                icon: "leaf".to_owned(),
                schema,
                default_delivery: Delivery::AtMostOnce,
                grant: None,
                default_timeout_seconds: None,
                example: json!({
                    "connection": "celery",
                    "task": "shop.tasks.send_invoices",
                    "args": [2026, 3],
                    "kwargs": { "draft": true },
                    "queue": "celery",
                }),
            },
        }
    }

    async fn execute(context: &Context, parameters: &Parameters) -> Result<Outcome, Trouble> {
        let message = Message::write(context, parameters)?;
        let mut line = Line::open(context, parameters).await?;
        line.push(parameters, &message).await?;
        context.log.info(format!(
            "{} handed to the queue {} as {}",
            parameters.task, parameters.queue, message.id
        ));
        let result = json!({ "taskId": message.id, "task": parameters.task });
        if !parameters.wait_for_result {
            line.close().await;
            return Ok(Outcome::success(Text::new(
                format!("{} handed over", parameters.task),
                format!("سُلّمت المهمة {}", apart(&parameters.task)),
            ))
            .with_result(result));
        }
        let outcome = tokio::select! {
            answer = wait(context, &mut line, &message.id) => judge(parameters, answer?),
            reason = context.cancel.stopped() => {
                let mut outcome = Outcome::stopped(reason);
                outcome.warnings.push(
                    "the task was handed over; a worker may still carry it out".to_owned(),
                );
                // Another attempt would hand it over again.
                outcome.retryable = false;
                outcome
            }
        };
        line.close().await;
        let mut result = result;
        if let Some(answer) = &outcome.result {
            result["result"] = answer.clone();
        }
        Ok(outcome.with_result(result))
    }
}

#[async_trait]
impl TaskFunction for CeleryTask {
    fn info(&self) -> &TaskInfo {
        &self.info
    }

    fn check(&self, parameters: &Value, _policy: &Policy) -> Result<(), Vec<ParameterError>> {
        self.schema.read::<Parameters>(parameters).map(drop)
    }

    async fn run(&self, context: &Context, parameters: &Value) -> Outcome {
        if let Some(reason) = context.cancel.reason() {
            return Outcome::stopped(reason);
        }
        match self.schema.read(parameters) {
            Ok(parameters) => Box::pin(Self::execute(context, &parameters))
                .await
                .unwrap_or_else(Trouble::outcome),
            Err(errors) => Outcome::failed(Cause::InvalidParameters, summary(&errors)),
        }
    }
}

/// The way to the workers and back.
enum Line {
    /// Tasks and results in Redis.
    Redis(Store),
    /// Tasks and results as messages.
    Amqp(Broker),
    /// Tasks as messages, results in Redis.
    Mixed(Broker, Store),
}

impl Line {
    async fn open(context: &Context, parameters: &Parameters) -> Result<Self, Trouble> {
        let settings = |name| async move {
            context
                .services
                .connection(name)
                .await
                .map_err(Trouble::refused)
        };
        let policy = &context.policy;
        let tasks = settings(&parameters.connection).await?;
        let results = match &parameters.result_connection {
            Some(name) if parameters.wait_for_result => {
                Some(Store::open(settings(name).await?, policy).await?)
            }
            _ => None,
        };
        if tasks["type"] != "amqp" {
            if results.is_some() {
                return Err(Trouble::refused(
                    "resultConnection belongs to tasks that go through RabbitMQ; with Redis the results are where the tasks are",
                ));
            }
            return Ok(Self::Redis(Store::open(tasks, policy).await?));
        }
        let broker = Broker::open(tasks, policy).await?;
        Ok(match results {
            Some(store) => Self::Mixed(broker, store),
            None => Self::Amqp(broker),
        })
    }

    async fn push(&mut self, parameters: &Parameters, message: &Message) -> Result<(), Trouble> {
        let queue = &parameters.queue;
        match self {
            Self::Redis(store) => store.push(queue, &message.envelope(queue)).await,
            Self::Amqp(broker) => {
                if parameters.wait_for_result {
                    broker.listen(message).await?;
                }
                broker.push(queue, message).await
            }
            Self::Mixed(broker, _) => broker.push(queue, message).await,
        }
    }

    async fn close(self) {
        if let Self::Amqp(broker) | Self::Mixed(broker, _) = self {
            broker.close().await;
        }
    }
}

/// Waits until the task is over, and tells what is heard of it meanwhile.
async fn wait(context: &Context, line: &mut Line, id: &str) -> Result<Answer, Trouble> {
    let mut pause = QUICK;
    let mut last = String::new();
    loop {
        let heard = match line {
            Line::Amqp(broker) => Some(broker.answer(id).await?),
            Line::Redis(store) | Line::Mixed(_, store) => store.answer(id).await?,
        };
        if let Some(answer) = heard {
            if answer.is_final() {
                return Ok(answer);
            }
            if answer.status != last {
                context.log.info(format!("the task is {}", answer.status));
                last.clone_from(&answer.status);
            }
            if let Some(percent) = answer.percent() {
                context.progress.set(percent, None);
            }
        }
        if !matches!(line, Line::Amqp(_)) {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(SLOW);
        }
    }
}

fn judge(parameters: &Parameters, answer: Answer) -> Outcome {
    match answer.status.as_str() {
        "SUCCESS" => Outcome::success(Text::new(
            format!("{} done", parameters.task),
            format!("أُنجزت المهمة {}", apart(&parameters.task)),
        ))
        .with_result(answer.result),
        "REVOKED" => Outcome {
            summary: Some(Text::fixed("the task was revoked", "سُحبت المهمة")),
            failure: Some(Failure {
                message: Text::fixed(
                    "the task was revoked or expired before a worker took it",
                    "سُحبت المهمة أو انتهت صلاحيتها قبل أن يأخذها عامل",
                ),
                cause: Cause::Other,
                detail: None,
            }),
            ..Outcome::of(Status::Failed)
        },
        _ => {
            let message = answer.exception();
            Outcome {
                summary: Some(message.as_str().into()),
                errors: vec![message.clone()],
                failure: Some(Failure {
                    message: message.into(),
                    cause: Cause::Other,
                    detail: answer.traceback.map(|text| crate::text_of(text.as_bytes())),
                }),
                retryable: true,
                ..Outcome::of(Status::Failed)
            }
        }
    }
}
