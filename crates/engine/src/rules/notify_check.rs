//! Whether a policy of notifications makes sense. Pure.

use jiff::tz::TimeZone;

use super::notify::time_of_day;
use crate::error::FieldError;
use crate::model::{NotificationEvent, NotificationPolicy};

const MAX_CHANNELS: usize = 20;
const MAX_RECIPIENTS: usize = 100;
const MAX_ADDRESS: usize = 320;
const MAX_NAME: usize = 100;
const YEAR: u32 = 366 * 86_400;

/// What is wrong with a policy that stands at `at`.
pub(crate) fn policy(policy: &NotificationPolicy, at: &str) -> Vec<FieldError> {
    let mut wrong = Wrong {
        at,
        list: Vec::new(),
    };
    if policy.events.is_empty() {
        wrong.add("/events", "names no event", "لا يذكر أي حدث");
    }
    let names = &policy.channels;
    if names.is_empty() || names.len() > MAX_CHANNELS {
        wrong.add(
            "/channels",
            "must name 1 to 20 channels",
            "يجب أن يذكر من 1 إلى 20 قناة",
        );
    }
    let is_name = |name: &String| (1..=MAX_NAME).contains(&name.chars().count());
    for (place, _) in names.iter().enumerate().filter(|(_, name)| !is_name(name)) {
        wrong.add(
            &format!("/channels/{place}"),
            "is not the name of a channel",
            "ليس اسم قناة",
        );
    }
    if policy.recipients.len() > MAX_RECIPIENTS {
        wrong.add(
            "/recipients",
            "at most 100 addresses",
            "100 عنوان على الأكثر",
        );
    }
    for (place, address) in policy.recipients.iter().enumerate() {
        let fits = address.len() <= MAX_ADDRESS
            && !address.chars().any(char::is_control)
            && address
                .split_once('@')
                .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
        if !fits {
            wrong.add(
                &format!("/recipients/{place}"),
                "is not a mail address",
                "ليس عنوان بريد إلكتروني صالحًا",
            );
        }
    }
    if !(1..=1_000).contains(&policy.after_failures) {
        wrong.add(
            "/afterFailures",
            "must lie between 1 and 1000",
            "يجب أن يكون بين 1 و1000",
        );
    }
    let has = |event| policy.events.contains(&event);
    for (field, seconds, needed) in [
        (
            "/lateSeconds",
            policy.late_seconds,
            has(NotificationEvent::Late),
        ),
        (
            "/runningSeconds",
            policy.running_seconds,
            has(NotificationEvent::LongRunning),
        ),
    ] {
        match seconds {
            None if needed => wrong.add(
                field,
                "is needed for this event: after how many seconds is it told?",
                "مطلوب لهذا الحدث: بعد كم ثانية يُرسل الإشعار؟",
            ),
            Some(seconds) if !(1..=YEAR).contains(&seconds) => wrong.span(field),
            _ => {}
        }
    }
    if policy.dedupe_seconds > YEAR {
        wrong.span("/dedupeSeconds");
    }
    if policy
        .remind_seconds
        .is_some_and(|seconds| !(60..=YEAR).contains(&seconds))
    {
        wrong.add(
            "/remindSeconds",
            "must lie between 60 and 31622400",
            "يجب أن يكون بين 60 و31622400",
        );
    }
    if let Some(quiet) = &policy.quiet_hours {
        if TimeZone::get(&quiet.timezone).is_err() {
            wrong.add(
                "/quietHours/timezone",
                "is not an IANA time zone such as Africa/Cairo",
                "ليست منطقة زمنية من IANA مثل Africa/Cairo",
            );
        }
        for (field, time) in [
            ("/quietHours/from", &quiet.from),
            ("/quietHours/until", &quiet.until),
        ] {
            if time_of_day(time).is_none() {
                wrong.add(
                    field,
                    "must be a time of day such as 22:00",
                    "يجب أن يكون وقتًا من اليوم مثل 22:00",
                );
            }
        }
        if quiet.from == quiet.until {
            wrong.add(
                "/quietHours/until",
                "must differ from the beginning",
                "يجب أن يختلف عن البداية",
            );
        }
    }
    wrong.list
}

struct Wrong<'a> {
    at: &'a str,
    list: Vec<FieldError>,
}

impl Wrong<'_> {
    fn add(&mut self, field: &str, en: &str, ar: &str) {
        self.list.push(FieldError {
            pointer: format!("{}{field}", self.at),
            message: en.to_owned(),
            message_ar: Some(ar.to_owned()),
        });
    }

    fn span(&mut self, field: &str) {
        self.add(
            field,
            "must lie between 1 and 31622400",
            "يجب أن يكون بين 1 و31622400",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::QuietHours;

    #[test]
    fn every_field_is_judged() {
        let good = NotificationPolicy {
            events: vec![NotificationEvent::Failure],
            channels: vec!["mail".to_owned()],
            recipients: vec!["a@example.com".to_owned()],
            after_failures: 1,
            late_seconds: None,
            running_seconds: None,
            dedupe_seconds: 0,
            remind_seconds: Some(60),
            quiet_hours: None,
        };
        assert_eq!(policy(&good, ""), []);
        let bad = NotificationPolicy {
            events: vec![NotificationEvent::Late, NotificationEvent::LongRunning],
            channels: vec![String::new()],
            recipients: vec!["nobody".to_owned()],
            after_failures: 0,
            late_seconds: None,
            running_seconds: Some(0),
            dedupe_seconds: u32::MAX,
            remind_seconds: Some(59),
            quiet_hours: Some(QuietHours {
                timezone: "Mars".to_owned(),
                from: "7:00".to_owned(),
                until: "24:00".to_owned(),
                critical_passes: true,
            }),
        };
        let wrong: Vec<String> = policy(&bad, "/n")
            .into_iter()
            .map(|error| error.pointer)
            .collect();
        assert_eq!(
            wrong,
            [
                "/n/channels/0",
                "/n/recipients/0",
                "/n/afterFailures",
                "/n/lateSeconds",
                "/n/runningSeconds",
                "/n/dedupeSeconds",
                "/n/remindSeconds",
                "/n/quietHours/timezone",
                "/n/quietHours/from",
                "/n/quietHours/until"
            ]
        );
        let none = NotificationPolicy {
            events: Vec::new(),
            channels: Vec::new(),
            ..good
        };
        assert_eq!(policy(&none, "").len(), 2);
    }
}
