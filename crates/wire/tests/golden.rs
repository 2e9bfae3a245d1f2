//! The bodies of the API as JSON: what clients have written against must go on meaning the same.
#![expect(
    clippy::unwrap_used,
    reason = "what cannot be read in a test is a failed test, also in its helpers"
)]

use orloj_wire::account::{AccountUpdate, PasswordChange};
use orloj_wire::action::{JobActionRequest, RunRequest};
use orloj_wire::bulk::{BulkRequest, JobBatch, JobFilter};
use orloj_wire::calendars::{
    CalendarEntry, CalendarImport, CalendarPreviewRequest, CalendarUse, ExecutionWindow,
    WorkCalendarCreate, WorkCalendarUpdate,
};
use orloj_wire::chains::{After, ParentJob};
use orloj_wire::execution::{CancelRequest, CleanupRequest, RerunRequest, StatusName, Trigger};
use orloj_wire::job_edit::{JobCreate, JobDuplicate, JobUpdate};
use orloj_wire::lookup::NamedId;
use orloj_wire::preview::PreviewRequest;
use orloj_wire::problem::Problem;
use orloj_wire::schedule::{CronFields, DstPolicy, LocalText, Recurrence};
use orloj_wire::session::{Setup, SignIn};
use orloj_wire::settings::{Retention, RetryPolicy};
use orloj_wire::token::TokenCreate;
use orloj_wire::user::{PasswordSet, UserCreate, UserUpdate};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// The example in the documentation of a body, read and written again: nothing of it may get lost or change.
fn example<T: Serialize + DeserializeOwned + ToSchema>() -> Value {
    let schema = serde_json::to_value(T::schema()).unwrap();
    let example = schema["example"].clone();
    assert!(example.is_object(), "{} has no example", T::name());
    let body: T = serde_json::from_value(example.clone()).unwrap();
    let written = serde_json::to_value(&body).unwrap();
    for (name, value) in example.as_object().unwrap() {
        assert_eq!(&written[name], value, "{}.{name}", T::name());
    }
    written
}

/// A request refuses members it does not know.
fn refuses_unknown<T: Serialize + DeserializeOwned + ToSchema>() {
    let mut body = example::<T>();
    body["noSuchMember"] = json!(1);
    let refused = serde_json::from_value::<T>(body)
        .err()
        .map(|error| error.to_string());
    assert!(
        refused
            .as_deref()
            .is_some_and(|text| text.contains("noSuchMember")),
        "{}: {refused:?}",
        T::name()
    );
}

#[test]
fn requests_read_their_examples_and_refuse_what_they_do_not_know() {
    refuses_unknown::<JobCreate>();
    refuses_unknown::<JobUpdate>();
    refuses_unknown::<JobDuplicate>();
    refuses_unknown::<JobActionRequest>();
    refuses_unknown::<RunRequest>();
    refuses_unknown::<BulkRequest>();
    refuses_unknown::<JobFilter>();
    refuses_unknown::<CancelRequest>();
    refuses_unknown::<RerunRequest>();
    refuses_unknown::<CleanupRequest>();
    refuses_unknown::<PreviewRequest>();
    refuses_unknown::<SignIn>();
    refuses_unknown::<Setup>();
    refuses_unknown::<UserCreate>();
    refuses_unknown::<UserUpdate>();
    refuses_unknown::<PasswordSet>();
    refuses_unknown::<AccountUpdate>();
    refuses_unknown::<PasswordChange>();
    refuses_unknown::<TokenCreate>();
    refuses_unknown::<Recurrence>();
    refuses_unknown::<CronFields>();
    refuses_unknown::<DstPolicy>();
    refuses_unknown::<RetryPolicy>();
    refuses_unknown::<Retention>();
    refuses_unknown::<WorkCalendarCreate>();
    refuses_unknown::<After>();
    refuses_unknown::<ParentJob>();
    refuses_unknown::<WorkCalendarUpdate>();
    refuses_unknown::<CalendarEntry>();
    refuses_unknown::<CalendarImport>();
    refuses_unknown::<CalendarPreviewRequest>();
    refuses_unknown::<CalendarUse>();
    refuses_unknown::<ExecutionWindow>();
}

#[test]
fn answers_read_their_examples() {
    example::<LocalText>();
    example::<NamedId>();
    example::<Problem>();
}

#[test]
fn an_update_tells_absent_from_null() {
    let update: JobUpdate = serde_json::from_value(json!({"nameEn": null, "priority": 3})).unwrap();
    assert_eq!(update.name_en, Some(None));
    assert_eq!(update.priority, Some(Some(3)));
    assert_eq!(update.name_ar, None);
    assert_eq!(
        serde_json::to_value(update).unwrap(),
        json!({"nameEn": null, "priority": 3})
    );
    let create: JobCreate = serde_json::from_value(json!({"misfireGraceTime": null})).unwrap();
    assert_eq!(
        create.misfire_grace_time,
        Some(None),
        "null is no bound, not the default"
    );
}

#[test]
fn instants_are_written_in_utc() {
    let create: JobCreate =
        serde_json::from_value(json!({"runAt": "2026-03-02T12:00:00+02:00"})).unwrap();
    assert_eq!(
        serde_json::to_value(create).unwrap(),
        json!({"runAt": "2026-03-02T10:00:00Z"})
    );
}

#[test]
fn a_whole_definition_survives_the_journey() {
    let definition = json!({
        "taskFunctionKey": "script",
        "nameEn": "Disk check",
        "nameAr": "فحص القرص",
        "recurrence": {"kind": "monthly", "times": ["06:30", "18:00:30"], "daysOfMonth": [1, 15, -1]},
        "timezone": "Africa/Cairo",
        "startAt": "2026-03-02T10:00:00Z",
        "dst": {"gap": "skip", "overlap": "both"},
        "parameters": {"script": "df -h", "nested": {"a": [1, 2.5, null, "x"]}},
        "priority": -3,
        "maxInstances": 2,
        "misfireGraceTime": null,
        "coalesce": false,
        "overlap": "cancel_running",
        "delivery": "at_least_once",
        "timeoutSeconds": 60,
        "retryPolicy": {"maxAttempts": 3, "delaySeconds": 1.5, "backoff": "exponential", "maxDelaySeconds": 60.0, "jitter": 0.1,
            "on": ["exit_code", "lost"], "exitCodes": [1, 75], "httpStatuses": []},
        "tags": ["disk"],
        "isEnabled": false
    });
    let body: JobBatch = serde_json::from_value(json!({"jobs": [definition]})).unwrap();
    assert_eq!(serde_json::to_value(body).unwrap()["jobs"][0], definition);
}

#[test]
fn words_are_the_documented_ones() {
    let statuses = [
        StatusName::Pending,
        StatusName::Running,
        StatusName::Success,
        StatusName::Failed,
        StatusName::Timeout,
        StatusName::Cancelled,
        StatusName::Missed,
        StatusName::Skipped,
        StatusName::Lost,
        StatusName::Partial,
    ];
    assert_eq!(
        serde_json::to_value(statuses).unwrap(),
        json!([
            "pending",
            "running",
            "success",
            "failed",
            "timeout",
            "cancelled",
            "missed",
            "skipped",
            "lost",
            "partial"
        ])
    );
    let triggers = [
        Trigger::Schedule,
        Trigger::Manual,
        Trigger::Api,
        Trigger::Retry,
        Trigger::Dependency,
        Trigger::Rerun,
    ];
    assert_eq!(
        serde_json::to_value(triggers).unwrap(),
        json!(["schedule", "manual", "api", "retry", "dependency", "rerun"])
    );
}

#[test]
fn secrets_do_not_show_in_debug_output() {
    let sign_in: SignIn =
        serde_json::from_value(json!({"name": "a", "password": "hunter2hunter2"})).unwrap();
    let user: UserCreate =
        serde_json::from_value(json!({"name": "a", "role": "user", "password": "hunter2hunter2"}))
            .unwrap();
    let change: PasswordChange = serde_json::from_value(
        json!({"currentPassword": "hunter2hunter2", "newPassword": "hunter2hunter2"}),
    )
    .unwrap();
    assert!(!format!("{sign_in:?} {user:?} {change:?}").contains("hunter2"));
}
