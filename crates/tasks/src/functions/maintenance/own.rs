//! Orloj looking after itself.

use crate::context::Context;
use crate::services::OwnStep;
use crate::text::Text;

use super::{Operation, Report};
use crate::outcome::Outcome;

/// What an operation means for Orloj's own data.
pub(super) const fn step(operation: Operation) -> OwnStep {
    match operation {
        Operation::Vacuum => OwnStep::Vacuum,
        Operation::Analyze => OwnStep::Analyze,
        Operation::Reindex => OwnStep::Reindex,
        Operation::Optimize => OwnStep::Optimize,
        Operation::Expired => OwnStep::Expired,
        Operation::Temporary => OwnStep::Temporary,
        Operation::Caches => OwnStep::Caches,
    }
}

/// Why an operation is not for connections.
pub(super) const ONLY_OWN: Text = Text::fixed(
    "expired, temporary and caches are for the scope orloj",
    "العمليات expired و temporary و caches للنطاق orloj فقط",
);

/// Does one thing after the other.
pub(super) async fn run(context: &Context, operations: &[Operation], keep_days: u32) -> Outcome {
    let mut report = Report::new(operations.len());
    for (index, operation) in operations.iter().enumerate() {
        let name = operation.as_str();
        let percent = u8::try_from(index * 100 / operations.len()).unwrap_or(100);
        context.progress.set(percent, Some(name));
        let done = tokio::select! {
            done = context.services.maintain(step(*operation), keep_days) => done,
            reason = context.cancel.stopped() => return report.complete(Outcome::stopped(reason)),
        };
        match done {
            Ok(0) => report.done(context, name.to_owned()),
            Ok(count) => report.done(context, format!("{name}: {count} removed")),
            Err(message) => report.failed(context, name, &message),
        }
    }
    context.progress.set(100, None);
    let outcome = report.outcome();
    report.complete(outcome)
}
