//! What a deployment shows, worked out from the orders of its devices.

use serde_json::Value;

use crate::model::{DeploymentStep, DeviceOrder, OrderOutcome, OrderState, StepStanding};

/// Letters of a command that serve as its name.
const MAX_NAME: usize = 80;

/// The steps that devices get, as people call them.
#[must_use]
pub fn steps(sent: &Value) -> Vec<DeploymentStep> {
    sent.as_array()
        .map(|all| all.iter().map(step).collect())
        .unwrap_or_default()
}

fn step(sent: &Value) -> DeploymentStep {
    let kind = sent["kind"].as_str().unwrap_or("command");
    let name = match kind {
        "software" => &sent["name"],
        "file" => &sent["file"]["name"],
        _ => &sent["command"],
    };
    let line = name.as_str().unwrap_or_default().trim();
    let line = line.lines().next().unwrap_or_default().trim();
    DeploymentStep {
        kind: kind.to_owned(),
        name: line.chars().take(MAX_NAME).collect(),
    }
}

/// Where each of `count` steps stands on a device.
#[must_use]
pub fn standings(order: &DeviceOrder, count: usize) -> Vec<StepStanding> {
    let results = order.result.as_ref().and_then(Value::as_array);
    let at = order.step.map_or(0, |step| step as usize);
    (0..count)
        .map(|index| {
            let result = results.and_then(|all| all.get(index));
            match result.and_then(|result| result["succeeded"].as_bool()) {
                Some(true) => return StepStanding::Success,
                Some(false) => return StepStanding::Failed,
                None => {}
            }
            match (order.state, order.outcome) {
                (OrderState::Ended, Some(OrderOutcome::Success)) => StepStanding::Success,
                // It had begun, and nobody heard how it went on.
                (OrderState::Ended, _) if order.started_at.is_some() && index == at => {
                    StepStanding::Failed
                }
                (OrderState::Ended, _) if order.started_at.is_some() && index < at => {
                    StepStanding::Success
                }
                (OrderState::Ended, _) => StepStanding::Skipped,
                (OrderState::Started, _) if index < at => StepStanding::Success,
                (OrderState::Started, _) if index == at => StepStanding::Running,
                _ => StepStanding::Pending,
            }
        })
        .collect()
}

/// How far a deployment is, in per cent: devices that have ended count whole, others as far as they say.
#[must_use]
pub fn progress(ended: u64, total: u64, said: u64) -> u8 {
    if total == 0 {
        return 0;
    }
    let percent = (ended * 100 + said) / total;
    u8::try_from(percent.min(100)).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::{progress, standings, steps};
    use crate::model::{DeviceOrder, OrderOutcome, OrderState, StepStanding};

    fn order(
        state: OrderState,
        outcome: Option<OrderOutcome>,
        step: u32,
        result: Value,
    ) -> DeviceOrder {
        DeviceOrder {
            id: 1,
            execution_id: 1,
            device_id: 1,
            device_name: "a".to_owned(),
            number: 1,
            batch: 1,
            state,
            is_unreachable: false,
            outcome,
            reason: None,
            step: Some(step),
            progress: None,
            note: None,
            exit_code: None,
            result: Some(result),
            created_at: Timestamp::UNIX_EPOCH,
            expires_at: Some(Timestamp::UNIX_EPOCH),
            sent_at: None,
            started_at: (state >= OrderState::Started).then_some(Timestamp::UNIX_EPOCH),
            ended_at: None,
            output_bytes: 0,
        }
    }

    fn words(order: &DeviceOrder) -> Vec<&'static str> {
        standings(order, 3)
            .into_iter()
            .map(StepStanding::word)
            .collect()
    }

    #[test]
    fn each_step_stands_somewhere() {
        let running = order(OrderState::Started, None, 1, json!([]));
        assert_eq!(words(&running), ["success", "running", "pending"]);
        let results = json!([{"succeeded": true}, {"succeeded": false}]);
        let failed = order(OrderState::Ended, Some(OrderOutcome::Failed), 1, results);
        assert_eq!(words(&failed), ["success", "failed", "skipped"]);
        let lost = order(OrderState::Ended, Some(OrderOutcome::Lost), 1, json!([]));
        assert_eq!(words(&lost), ["success", "failed", "skipped"]);
        let mut unreached = order(
            OrderState::Ended,
            Some(OrderOutcome::Unreached),
            0,
            json!(null),
        );
        unreached.started_at = None;
        assert_eq!(words(&unreached), ["skipped", "skipped", "skipped"]);
        let waiting = order(OrderState::Queued, None, 0, json!(null));
        assert_eq!(words(&waiting), ["pending", "pending", "pending"]);
    }

    #[test]
    fn steps_have_names_and_progress_is_bounded() {
        let sent = json!([
            {"kind": "software", "name": "htop"},
            {"kind": "file", "file": {"name": "app.conf"}},
            {"kind": "command", "command": "\n df -h \n ls"},
        ]);
        let names: Vec<_> = steps(&sent).into_iter().map(|step| step.name).collect();
        assert_eq!(names, ["htop", "app.conf", "df -h"]);
        assert_eq!(progress(0, 0, 0), 0);
        assert_eq!(progress(1, 4, 50), 37);
        assert_eq!(progress(4, 4, 999), 100);
    }
}
