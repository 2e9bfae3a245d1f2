//! Work that devices do: which devices, in which order, and what came of it.
//!
//! A function that has devices do something says what ([`DeviceWork`]) and asks
//! its host, which resolves the targets at that moment, hands out the orders,
//! and waits. The run itself only waits, so it takes no slot
//! ([`TaskFunction::waits`](crate::TaskFunction::waits)), and a host that comes
//! back after a crash goes on waiting for the orders that are out.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cancel::CancelReason;
use crate::context::Context;
use crate::form::{Field, Form};
use crate::outcome::{Cause, Outcome, Status};
use crate::schema::ParameterError;
use crate::text::Text;

/// Devices of one run, at most; groups may bring more.
const MAX_LISTED: u64 = 10_000;
/// Longest wait for a device that is not there: 30 days.
const MAX_WAIT_SECONDS: u32 = 30 * 86_400;
/// Names of devices in a summary, at most.
const MAX_NAMED: usize = 20;

/// Which devices, how many at a time, and what about those that are not there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Targets {
    /// Numbers of devices.
    #[serde(default)]
    pub devices: Vec<i64>,
    /// Numbers of groups; their members count at the moment of the run.
    #[serde(default)]
    pub groups: Vec<i64>,
    /// How many devices work at the same time; `None` for all.
    #[serde(default)]
    pub parallel: Option<u32>,
    /// Per cent of the devices that are reached with each batch, growing; the
    /// next batch begins when the one before has ended. Empty: all at once.
    #[serde(default)]
    pub batches: Vec<u32>,
    /// Begin no further device once so many per cent of those that ended did not succeed.
    #[serde(default)]
    pub halt_at_failed_percent: Option<u32>,
    /// What about a device that is not connected.
    #[serde(default)]
    pub offline: Offline,
    /// How long to wait for it, in seconds, where that is wanted.
    #[serde(default = "a_day")]
    pub wait_seconds: u32,
}

/// What about a device that is not connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Offline {
    /// It counts as not reached at once.
    #[default]
    Fail,
    /// Its order waits for it.
    Wait,
}

/// What devices are to do.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceWork {
    /// Which devices.
    pub targets: Targets,
    /// What each of them does, in order: steps as the protocol of the agents has them.
    pub steps: Vec<Value>,
    /// Whether a failed step ends the work of a device.
    pub stop_on_failure: bool,
    /// Seconds that all steps together may take on a device.
    pub limit_seconds: u32,
}

/// A file that devices fetch from the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceFile {
    /// Its number.
    pub id: i64,
    /// Its name, without folders.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 in hexadecimal digits.
    pub sha256: String,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeviceReport {
    /// One entry for each device.
    pub devices: Vec<DeviceResult>,
    /// Whether the roll-out was halted because too many failed.
    pub halted: bool,
}

/// What one device did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceResult {
    /// Its number.
    pub device_id: i64,
    /// Its name.
    pub name: String,
    /// `success`, `failed`, `timeout`, `cancelled`, `lost`, `refused` or `unreached`.
    pub outcome: String,
    /// Why, where it is not a success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Code with which the last program ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
}

fn a_day() -> u32 {
    86_400
}

impl Targets {
    /// What the schema cannot say.
    pub(crate) fn check(&self, errors: &mut Vec<ParameterError>) {
        if self.devices.is_empty() && self.groups.is_empty() {
            errors.push(ParameterError::new(
                "/targets",
                "targets",
                Text::fixed(
                    "name at least one device or group",
                    "اختر جهازًا أو مجموعة واحدة على الأقل",
                ),
            ));
        }
        let grows = self.batches.windows(2).all(|pair| pair[0] < pair[1]);
        if !grows || self.batches.last().is_some_and(|last| *last != 100) {
            errors.push(ParameterError::new(
                "/targets/batches",
                "batches",
                Text::fixed(
                    "must grow from batch to batch and end with 100, for example [10, 50, 100]",
                    "يجب أن تتزايد النسب من دفعة إلى أخرى وأن تنتهي بـ 100، مثل [10, 50, 100]",
                ),
            ));
        }
    }
}

/// Adds the field `targets`, the same for every function that devices work for.
pub(crate) fn targets_field(form: Form) -> Form {
    form.required(
        "targets",
        targets_shape(),
        Field::new(
            Text::fixed("Devices", "الأجهزة"),
            Text::fixed(
                "Which devices do it. Members of groups are looked up when the run begins.",
                "الأجهزة التي تنفّذ المهمة. يُحدَّد أعضاء المجموعات عند بدء التنفيذ.",
            ),
        )
        .widget("targets"),
    )
}

fn targets_shape() -> Value {
    let numbers = |most: u64| {
        json!({
            "type": "array",
            "items": { "type": "integer", "minimum": 1 },
            "maxItems": most,
            "uniqueItems": true,
        })
    };
    Form::new()
        .field(
            "devices",
            numbers(MAX_LISTED),
            Field::new(
                Text::fixed("Devices", "الأجهزة"),
                Text::fixed("Single devices.", "أجهزة بعينها."),
            )
            .widget("devices"),
        )
        .field(
            "groups",
            numbers(1_000),
            Field::new(
                Text::fixed("Groups", "المجموعات"),
                Text::fixed(
                    "All members that the groups have when the run begins.",
                    "كل أعضاء المجموعات عند بدء التنفيذ.",
                ),
            )
            .widget("groups"),
        )
        .field(
            "offline",
            json!({ "type": "string", "enum": ["fail", "wait"], "default": "fail" }),
            Field::new(
                Text::fixed("Devices that are offline", "الأجهزة غير المتصلة"),
                Text::fixed(
                    "fail: they count as not reached at once. wait: their work waits until they are back or the time is over.",
                    "fail: تُعدّ غير موصولة فورًا. wait: ينتظر عملها حتى تعود أو تنقضي المدة.",
                ),
            ),
        )
        .field(
            "waitSeconds",
            json!({ "type": "integer", "minimum": 60, "maximum": MAX_WAIT_SECONDS, "default": a_day() }),
            Field::new(
                Text::fixed("Longest wait (seconds)", "أقصى انتظار (ثوانٍ)"),
                Text::fixed(
                    "How long to wait for devices that are offline.",
                    "مدة انتظار الأجهزة غير المتصلة.",
                ),
            ),
        )
        .field(
            "parallel",
            json!({ "type": "integer", "minimum": 1, "maximum": MAX_LISTED }),
            Field::new(
                Text::fixed("At the same time", "في الوقت نفسه"),
                Text::fixed(
                    "How many devices work at the same time; without it, all.",
                    "عدد الأجهزة التي تعمل معًا؛ وإن تُرك فكلها.",
                ),
            ),
        )
        .field(
            "batches",
            json!({
                "type": "array",
                "items": { "type": "integer", "minimum": 1, "maximum": 100 },
                "maxItems": 20,
            }),
            Field::new(
                Text::fixed("Batches (per cent)", "الدفعات (نسب مئوية)"),
                Text::fixed(
                    "Per cent of the devices reached with each batch, for example 10, 50, 100. The next batch begins when the one before has ended.",
                    "نسبة الأجهزة التي تبلغها كل دفعة، مثل 10 ثم 50 ثم 100. تبدأ الدفعة التالية بعد انتهاء السابقة.",
                ),
            ),
        )
        .field(
            "haltAtFailedPercent",
            json!({ "type": "integer", "minimum": 1, "maximum": 100 }),
            Field::new(
                Text::fixed("Halt at failures (per cent)", "الإيقاف عند الفشل (نسبة مئوية)"),
                Text::fixed(
                    "Begin no further device once so many per cent of those that ended did not succeed.",
                    "لا يبدأ جهاز آخر متى بلغت هذه النسبةَ الأجهزةُ التي لم تنجح من بين المنتهية.",
                ),
            ),
        )
        .nested()
}

/// Seconds that an entry or a file of a deployment may take on a device, when nothing is said.
pub(crate) const fn half_an_hour() -> u32 {
    1_800
}

/// Adds the fields that all deployments end with: `timeoutSeconds`, explained by `of_what`, and `deploymentName`.
pub(crate) fn deployment_fields(form: Form, of_what: Text) -> Form {
    form.field(
        "timeoutSeconds",
        json!({ "type": "integer", "minimum": 1, "maximum": 86_400, "default": half_an_hour() }),
        Field::new(
            Text::fixed("Time limit (seconds)", "المهلة (ثوانٍ)"),
            of_what,
        ),
    )
    .field(
        "deploymentName",
        json!({ "type": "string", "maxLength": 200 }),
        Field::new(
            Text::fixed("Name of the deployment", "اسم عملية النشر"),
            Text::fixed(
                "For the list of deployments; without it, the name of the job.",
                "يظهر في قائمة عمليات النشر؛ وإن تُرك فاسم المهمة.",
            ),
        ),
    )
}

/// Has devices do `work` and says what came of it.
pub(crate) async fn run(context: &Context, work: DeviceWork) -> Outcome {
    match context.services.run_on_devices(context, &work).await {
        Ok(report) => outcome(&report, context.cancel.reason()),
        Err(message) => Outcome::failed(Cause::Other, message),
    }
}

/// The outcome of a run on devices.
fn outcome(report: &DeviceReport, stopped: Option<CancelReason>) -> Outcome {
    let total = report.devices.len();
    let good = report
        .devices
        .iter()
        .filter(|device| device.outcome == "success")
        .count();
    let mut outcome = match stopped {
        _ if total > 0 && good == total => Outcome::of(Status::Success),
        Some(reason) => Outcome::stopped(reason),
        None if good > 0 => Outcome::of(Status::Partial),
        None => Outcome::failed(
            cause(report),
            Text::new(
                format!("no device succeeded ({total} asked)"),
                format!("لم ينجح أي جهاز (من أصل {total})"),
            ),
        ),
    };
    outcome.summary = Some(words(report, good));
    let failed = report
        .devices
        .iter()
        .filter(|device| device.outcome != "success");
    outcome.errors = failed
        .take(MAX_NAMED)
        .map(|device| match &device.reason {
            Some(reason) => format!("{}: {}: {reason}", device.name, device.outcome),
            None => format!("{}: {}", device.name, device.outcome),
        })
        .collect();
    if report.halted {
        outcome
            .warnings
            .push("halted: too many devices failed".to_owned());
    }
    outcome.records_processed = i64::try_from(total).ok();
    outcome.records_affected = i64::try_from(good).ok();
    outcome.with_result(json!({
        "total": total,
        "succeeded": good,
        "halted": report.halted,
        "outcomes": counts(report),
    }))
}

/// The cause that all failures have in common.
fn cause(report: &DeviceReport) -> Cause {
    let mut words = report.devices.iter().map(|device| device.outcome.as_str());
    match words.next() {
        Some("timeout") if words.all(|word| word == "timeout") => Cause::Timeout,
        Some("unreached") if words.all(|word| word == "unreached") => Cause::Network,
        Some("failed") => match report.devices.as_slice() {
            [one] => one
                .exit_code
                .and_then(|code| i32::try_from(code).ok())
                .map_or(Cause::Other, Cause::ExitCode),
            _ => Cause::Other,
        },
        _ => Cause::Other,
    }
}

fn counts(report: &DeviceReport) -> std::collections::BTreeMap<&str, usize> {
    let mut counts = std::collections::BTreeMap::new();
    for device in &report.devices {
        *counts.entry(device.outcome.as_str()).or_default() += 1;
    }
    counts
}

fn words(report: &DeviceReport, good: usize) -> Text {
    let total = report.devices.len();
    if total == 0 {
        return Text::fixed("no device", "لا أجهزة");
    }
    let mut en = format!("{good} of {total} devices succeeded");
    let mut ar = format!("نجح {good} من أصل {total} من الأجهزة");
    for (word, count) in counts(report) {
        if word != "success" {
            en.push_str(&format!(", {count} {word}"));
            ar.push_str(&format!("، {}: {count}", outcome_in_arabic(word)));
        }
    }
    Text::new(en, ar)
}

/// How a device's part ended.
fn outcome_in_arabic(word: &str) -> &str {
    match word {
        "failed" => "فشل",
        "timeout" => "تجاوز المهلة",
        "cancelled" => "أُلغي",
        "unreached" => "تعذّر الوصول",
        "lost" => "مفقود",
        "refused" => "رُفض",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(outcomes: &[&str]) -> DeviceReport {
        DeviceReport {
            devices: (1..)
                .zip(outcomes)
                .map(|(device_id, outcome)| DeviceResult {
                    device_id,
                    name: format!("web-{device_id}"),
                    outcome: (*outcome).to_owned(),
                    reason: None,
                    exit_code: (*outcome == "failed").then_some(3),
                })
                .collect(),
            halted: false,
        }
    }

    #[test]
    fn some_is_partial_all_is_success_none_is_failed() {
        let of = |outcomes: &[&str]| outcome(&report(outcomes), None).status;
        assert_eq!(of(&["success", "success"]), Status::Success);
        assert_eq!(of(&["success", "failed"]), Status::Partial);
        assert_eq!(of(&["unreached", "failed"]), Status::Failed);
        assert_eq!(of(&[]), Status::Failed);
    }

    #[test]
    fn a_cancelled_run_is_cancelled_unless_all_was_done_before() {
        let of =
            |outcomes: &[&str]| outcome(&report(outcomes), Some(CancelReason::Cancelled)).status;
        assert_eq!(of(&["success", "cancelled"]), Status::Cancelled);
        assert_eq!(of(&["success"]), Status::Success);
    }

    #[test]
    fn retry_rules_see_the_cause_that_all_have_in_common() {
        let of = |outcomes: &[&str]| {
            outcome(&report(outcomes), None)
                .failure
                .map(|failure| failure.cause)
        };
        assert_eq!(of(&["failed"]), Some(Cause::ExitCode(3)));
        assert_eq!(of(&["failed", "failed"]), Some(Cause::Other));
        assert_eq!(of(&["unreached", "unreached"]), Some(Cause::Network));
        assert_eq!(of(&["timeout"]), Some(Cause::Timeout));
    }

    #[test]
    fn the_summary_counts() {
        let all = report(&["success", "failed", "unreached", "failed"]);
        let words = words(&all, 1);
        assert_eq!(words.en, "1 of 4 devices succeeded, 2 failed, 1 unreached");
        assert_eq!(words.ar, "نجح 1 من أصل 4 من الأجهزة، فشل: 2، تعذّر الوصول: 1");
    }
}
