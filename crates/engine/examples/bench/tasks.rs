//! Task functions that do nothing, or only look at the clock.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use orloj_engine::Clock;
use orloj_tasks::{
    Category, Context, Delivery, Outcome, ParameterError, Policy, TaskFunction, TaskInfo, Text,
};
use serde_json::{Value, json};

fn info(key: &str) -> TaskInfo {
    TaskInfo {
        key: key.to_owned(),
        name: Text::fixed("Measured", "مقيس"),
        description: Text::fixed("Does nothing.", "لا يفعل شيئًا."),
        category: Category::General,
        icon: "timer".to_owned(),
        schema: json!({ "type": "object" }),
        default_delivery: Delivery::AtMostOnce,
        grant: None,
        default_timeout_seconds: None,
        example: json!({}),
    }
}

/// Returns at once.
pub(crate) struct Noop(TaskInfo);

impl Noop {
    pub(crate) fn new() -> Self {
        Self(info("noop"))
    }
}

#[async_trait]
impl TaskFunction for Noop {
    fn info(&self) -> &TaskInfo {
        &self.0
    }

    fn check(&self, _: &Value, _: &Policy) -> Result<(), Vec<ParameterError>> {
        Ok(())
    }

    async fn run(&self, _: &Context, _: &Value) -> Outcome {
        Outcome::success("")
    }
}

/// Looks at the clock as its first act, and keeps how late that was.
pub(crate) struct Stamp {
    info: TaskInfo,
    late_us: Mutex<Vec<i64>>,
}

impl Stamp {
    pub(crate) fn new() -> Self {
        Self {
            info: info("stamp"),
            late_us: Mutex::new(Vec::new()),
        }
    }

    fn gathered(&self) -> MutexGuard<'_, Vec<i64>> {
        self.late_us.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts since they were taken last.
    pub(crate) fn starts(&self) -> usize {
        self.gathered().len()
    }

    /// Takes what was gathered, sorted.
    pub(crate) fn take(&self) -> Vec<i64> {
        let mut late = std::mem::take(&mut *self.gathered());
        late.sort_unstable();
        late
    }
}

#[async_trait]
impl TaskFunction for Stamp {
    fn info(&self) -> &TaskInfo {
        &self.info
    }

    fn check(&self, _: &Value, _: &Policy) -> Result<(), Vec<ParameterError>> {
        Ok(())
    }

    async fn run(&self, context: &Context, _: &Value) -> Outcome {
        let late = Clock::System.now_us() - context.scheduled_at.as_microsecond();
        self.gathered().push(late);
        Outcome::success("")
    }
}
