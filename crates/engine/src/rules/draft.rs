//! What a job may look like: every rule that does not need the database.

use orloj_tasks::{Catalogue, ParameterError, Policy};
use serde_json::Value;

use super::notify_check;
use super::results::{result_references, with_results};
use super::secrets::{Reference, references, replaced};
use crate::error::{Error, FieldError, Result};
use crate::model::{Actor, After, JobDraft, JoinMode, Settings};

const MAX_NAME: usize = 255;
const MAX_DESCRIPTION: usize = 10_000;
const MAX_TAGS: usize = 50;
const MAX_TAG: usize = 64;
const MAX_PARENTS: usize = 20;
const MAX_PARAMETERS: usize = 512 * 1024;
const MAX_PRIORITY: i32 = 1_000_000;
const MAX_INSTANCES: u32 = 10;
/// Ten years: beyond it a number of seconds is a mistake.
const MAX_SECONDS: u32 = 315_576_000;
const MAX_ATTEMPTS: u32 = 100;
const MAX_NOTIFICATIONS: usize = 20;

/// Checks a draft; every error found is reported with its place.
pub fn check(
    draft: &JobDraft,
    actor: &Actor,
    catalogue: &Catalogue,
    policy: &Policy,
) -> Result<()> {
    let mut errors = Errors::default();
    errors.text("/nameEn", draft.name_en.as_deref(), MAX_NAME);
    errors.text("/nameAr", draft.name_ar.as_deref(), MAX_NAME);
    errors.text(
        "/descriptionEn",
        draft.description_en.as_deref(),
        MAX_DESCRIPTION,
    );
    errors.text(
        "/descriptionAr",
        draft.description_ar.as_deref(),
        MAX_DESCRIPTION,
    );
    if draft.tags.len() > MAX_TAGS {
        errors.add("/tags", format!("at most {MAX_TAGS} tags"));
    }
    for (at, tag) in draft.tags.iter().enumerate() {
        if tag.trim().is_empty()
            || tag.chars().count() > MAX_TAG
            || tag.chars().any(char::is_control)
        {
            errors.add(
                &format!("/tags/{at}"),
                format!("a tag has 1 to {MAX_TAG} characters and no control characters"),
            );
        }
    }
    settings(&draft.settings, &mut errors);
    let after = draft.settings.after.as_deref();
    if let Some(after) = after {
        chain(after, &mut errors);
    }
    parameters(
        &draft.task_function,
        &draft.parameters,
        after,
        actor,
        catalogue,
        policy,
        &mut errors,
    );
    errors.into_result()
}

/// Checks parameters that replace a job's for one run.
pub fn check_parameters(
    function: &str,
    value: &Value,
    after: Option<&After>,
    actor: &Actor,
    catalogue: &Catalogue,
    policy: &Policy,
) -> Result<()> {
    let mut errors = Errors::default();
    parameters(
        function,
        value,
        after,
        actor,
        catalogue,
        policy,
        &mut errors,
    );
    errors.into_result()
}

fn parameters(
    key: &str,
    value: &Value,
    after: Option<&After>,
    actor: &Actor,
    catalogue: &Catalogue,
    policy: &Policy,
    errors: &mut Errors,
) {
    let at = "/parameters";
    let Some(function) = catalogue.get(key) else {
        errors.add(
            "/taskFunctionKey",
            format!(
                "there is no task function `{}`; GET /api/v1/scheduler/task-functions lists them",
                short(key)
            ),
        );
        return;
    };
    if let Some(grant) = function.info().grant
        && !actor.is_admin()
        && !actor.grants.iter().any(|have| have == grant)
    {
        errors.add(
            "/taskFunctionKey",
            format!("`{key}` needs the permission `{grant}`; an administrator can grant it"),
        );
        return;
    }
    if !value.is_object() {
        errors.add(at, "must be an object".to_owned());
        return;
    }
    if value.to_string().len() > MAX_PARAMETERS {
        errors.add(at, format!("at most {} KiB", MAX_PARAMETERS / 1_024));
        return;
    }
    if has_nul(value) {
        errors.add(at, "must not contain the character U+0000".to_owned());
        return;
    }
    let references = references(value);
    for reference in &references {
        judge_reference(key, at, reference, errors);
    }
    let results = match after {
        Some(_) => result_references(value),
        None => Vec::new(),
    };
    for reference in &results {
        let target = reference.target.as_ref();
        if target.and_then(|target| target.parent(after?)).is_none() {
            errors.list.push(FieldError {
                pointer: format!("{at}{}", reference.pointer),
                message: "write it as {\"$result\": {\"job\": number or alias of a parent, \"path\": \"/pointer\"}}; only jobs of `after` have results here"
                    .to_owned(),
                message_ar: Some(
                    "تُكتب الإحالة هكذا: {\"$result\": {\"job\": رقم أو اسم مستعار لمهمة سابقة, \"path\": \"/pointer\"}}؛ ولا نتائج هنا إلا للمهام المذكورة في after"
                        .to_owned(),
                ),
            });
        }
    }
    // What a reference will be is known only when the job runs, and is judged then.
    let stood_in;
    let judged = if references.is_empty() && results.is_empty() {
        value
    } else {
        stood_in = with_results(&replaced(value, &mut |_| None), &mut |_| None);
        &stood_in
    };
    for ParameterError {
        pointer, message, ..
    } in function.check(judged, policy).err().unwrap_or_default()
    {
        let secrets = references.iter().map(|reference| &reference.pointer);
        let mut unknown = secrets.chain(results.iter().map(|reference| &reference.pointer));
        if unknown.any(|known| *known == pointer) {
            continue;
        }
        errors.list.push(FieldError {
            pointer: format!("{at}{pointer}"),
            message: message.en.into_owned(),
            message_ar: Some(message.ar.into_owned()),
        });
    }
}

fn judge_reference(function: &str, at: &str, reference: &Reference, errors: &mut Errors) {
    let pointer = format!("{at}{}", reference.pointer);
    if reference.name.is_none() {
        errors.list.push(FieldError {
            pointer: pointer.clone(),
            message: "a reference to a secret is written {\"$secret\": \"name\"} and nothing else"
                .to_owned(),
            message_ar: Some(
                "تُكتب الإحالة إلى سر على شكل {\"$secret\": \"name\"} دون أي شيء آخر".to_owned(),
            ),
        });
    }
    if function == "script" && reference.pointer.starts_with("/args") {
        errors.list.push(FieldError {
            pointer,
            message: "everybody on the server can read the arguments of a program; hand a secret over in a variable (env)"
                .to_owned(),
            message_ar: Some(
                "يستطيع كل من على الخادم قراءة معاملات البرنامج؛ مرّر السر في متغيّر بيئة (env)"
                    .to_owned(),
            ),
        });
    }
}

/// What a job runs after. Whether the jobs are there, only the database knows.
fn chain(after: &After, errors: &mut Errors) {
    if after.parents.is_empty() || after.parents.len() > MAX_PARENTS {
        errors.both(
            "/after/parents",
            format!("between 1 and {MAX_PARENTS} jobs; leave `after` out for none"),
            format!("بين 1 و{MAX_PARENTS} مهمة؛ احذف after إن لم تكن هناك مهام سابقة"),
        );
    }
    for (at, parent) in after.parents.iter().enumerate() {
        let earlier = after.parents.iter().take(at);
        if earlier.clone().any(|other| other.job_id == parent.job_id) {
            errors.both(
                &format!("/after/parents/{at}/jobId"),
                format!("job {} is named twice", parent.job_id),
                format!("المهمة {} مذكورة مرتين", parent.job_id),
            );
        }
        let Some(alias) = &parent.alias else { continue };
        let fits = (1..=MAX_TAG).contains(&alias.len())
            && alias
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        let taken = after
            .parents
            .iter()
            .take(at)
            .any(|other| other.alias.as_ref() == Some(alias));
        if !fits || taken {
            errors.both(
                &format!("/after/parents/{at}/alias"),
                format!("must have 1 to {MAX_TAG} letters, digits, hyphens or underscores, and be used once"),
                format!("يجب أن يتكوّن من 1 إلى {MAX_TAG} من الحروف اللاتينية أو الأرقام أو الشرطات، وألا يتكرر"),
            );
        }
    }
    if let Some(within) = after.within_seconds {
        if after.mode == JoinMode::Any {
            errors.both(
                "/after/withinSeconds",
                "only with mode `all`: with `any` each end counts by itself".to_owned(),
                "يُستخدم مع الوضع all فقط: في الوضع any تُحسب كل نهاية وحدها".to_owned(),
            );
        }
        if !(1..=MAX_SECONDS).contains(&within) {
            errors.both(
                "/after/withinSeconds",
                format!("between 1 and {MAX_SECONDS} seconds"),
                format!("بين 1 و{MAX_SECONDS} ثانية"),
            );
        }
    }
}

fn settings(settings: &Settings, errors: &mut Errors) {
    if settings.priority.abs() > MAX_PRIORITY {
        errors.add(
            "/priority",
            format!("must lie between -{MAX_PRIORITY} and {MAX_PRIORITY}"),
        );
    }
    if !(1..=MAX_INSTANCES).contains(&settings.max_instances) {
        errors.add(
            "/maxInstances",
            format!("must lie between 1 and {MAX_INSTANCES}"),
        );
    }
    for (field, value) in [
        ("/misfireGraceTime", settings.misfire_grace_seconds),
        ("/timeoutSeconds", settings.timeout_seconds),
        ("/totalTimeoutSeconds", settings.total_timeout_seconds),
    ] {
        if value.is_some_and(|value| value > MAX_SECONDS) {
            errors.add(field, format!("at most {MAX_SECONDS} seconds (ten years)"));
        }
        if field != "/misfireGraceTime" && value == Some(0) {
            errors.add(
                field,
                "at least 1 second; leave it out for no limit".to_owned(),
            );
        }
    }
    let retry = &settings.retry;
    if !(1..=MAX_ATTEMPTS).contains(&retry.max_attempts) {
        errors.add(
            "/retryPolicy/maxAttempts",
            format!("must lie between 1 (no retry) and {MAX_ATTEMPTS}"),
        );
    }
    for (field, value) in [
        ("/retryPolicy/delaySeconds", retry.delay_seconds),
        ("/retryPolicy/maxDelaySeconds", retry.max_delay_seconds),
    ] {
        if !(0.0..=f64::from(MAX_SECONDS)).contains(&value) {
            errors.add(
                field,
                format!("must lie between 0 and {MAX_SECONDS} seconds"),
            );
        }
    }
    if !(0.0..=1.0).contains(&retry.jitter) {
        errors.add("/retryPolicy/jitter", "must lie between 0 and 1".to_owned());
    }
    if retry.on.len() > 16 || retry.exit_codes.len() > 256 || retry.http_statuses.len() > 256 {
        errors.add("/retryPolicy", "lists too many causes or codes".to_owned());
    }
    if settings.notifications.len() > MAX_NOTIFICATIONS {
        let most = format!("at most {MAX_NOTIFICATIONS} rules");
        errors.add("/notifications", most);
    }
    for (at, policy) in settings.notifications.iter().enumerate() {
        let wrong = notify_check::policy(policy, &format!("/notifications/{at}"));
        errors.list.extend(wrong);
    }
    let retention = &settings.retention;
    if retention
        .days
        .is_some_and(|days| !(1..=36_500).contains(&days))
    {
        errors.add("/retention/days", "must lie between 1 and 36500".to_owned());
    }
    if retention
        .artifact_days
        .is_some_and(|days| !(1..=36_500).contains(&days))
    {
        errors.add(
            "/retention/artifactDays",
            "must lie between 1 and 36500".to_owned(),
        );
    }
    if retention.count == Some(0) {
        errors.add("/retention/count", "at least 1".to_owned());
    }
}

#[derive(Default)]
struct Errors {
    list: Vec<FieldError>,
}

impl Errors {
    fn both(&mut self, pointer: &str, message: String, message_ar: String) {
        self.list.push(FieldError {
            pointer: pointer.to_owned(),
            message,
            message_ar: Some(message_ar),
        });
    }

    fn add(&mut self, pointer: &str, message: String) {
        self.list.push(FieldError {
            pointer: pointer.to_owned(),
            message,
            message_ar: None,
        });
    }

    fn text(&mut self, pointer: &str, text: Option<&str>, limit: usize) {
        let Some(text) = text else { return };
        if text.chars().count() > limit {
            self.add(pointer, format!("at most {limit} characters"));
        }
        if text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        {
            self.add(pointer, "must not contain control characters".to_owned());
        }
    }

    fn into_result(self) -> Result<()> {
        if self.list.is_empty() {
            Ok(())
        } else {
            Err(Error::invalid_fields(self.list))
        }
    }
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(members) => members
            .iter()
            .any(|(key, value)| key.contains('\0') || has_nul(value)),
        _ => false,
    }
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}
