//! What a device's record means, and what may be written into it. Pure.

use std::collections::BTreeSet;

use crate::error::FieldError;
use crate::model::{Device, DeviceStatus};

/// Seconds between the heartbeats of an agent.
pub const HEARTBEAT_SECONDS: u32 = 15;
/// A device that was not heard for so long is offline: three heartbeats.
pub(crate) const SILENCE_US: i64 = 45_000_000;

const MAX_NAME: usize = 100;
const MAX_TAG: usize = 64;
const MAX_TAGS: usize = 50;
const MAX_TEXT: usize = 1_000;

/// Where a device stands at `now`.
pub(crate) fn status(device: &Device, now: i64) -> DeviceStatus {
    let heard = device
        .seen_at
        .is_some_and(|at| at.as_microsecond() > now - SILENCE_US);
    if device.revoked_at.is_some() {
        DeviceStatus::Revoked
    } else if device.suspension.is_some() {
        DeviceStatus::Suspended
    } else if device.connected_at.is_some() && heard {
        DeviceStatus::Online
    } else {
        DeviceStatus::Offline
    }
}

/// What is wrong with a name.
pub(crate) fn check_name(pointer: &str, name: &str) -> Option<FieldError> {
    text(pointer, name, 1, MAX_NAME)
}

/// What is wrong with a reason or a description.
pub(crate) fn check_text(pointer: &str, value: &str) -> Option<FieldError> {
    text(pointer, value, 0, MAX_TEXT)
}

/// What is wrong with tags.
pub(crate) fn check_tags(pointer: &str, tags: &[String]) -> Option<FieldError> {
    if tags.len() > MAX_TAGS {
        return Some(FieldError {
            pointer: pointer.to_owned(),
            message: format!("at most {MAX_TAGS} tags"),
            message_ar: Some(format!("{MAX_TAGS} وسمًا على الأكثر")),
        });
    }
    tags.iter()
        .enumerate()
        .find_map(|(index, tag)| text(&format!("{pointer}/{index}"), tag, 1, MAX_TAG))
}

/// Tags as they are stored: trimmed, each once, sorted.
pub(crate) fn tidy_tags(tags: Vec<String>) -> Vec<String> {
    let tags: BTreeSet<String> = tags.iter().map(|tag| tag.trim().to_owned()).collect();
    tags.into_iter().collect()
}

/// A name out of what an agent says.
pub(crate) fn name_from(hostname: &str, id: i64) -> String {
    let name: String = hostname
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_NAME)
        .collect();
    match name.trim() {
        "" => format!("device-{id}"),
        name => name.to_owned(),
    }
}

fn text(pointer: &str, value: &str, least: usize, most: usize) -> Option<FieldError> {
    let length = value.trim().chars().count();
    let fits = (least..=most).contains(&length) && !value.chars().any(char::is_control);
    (!fits).then(|| FieldError {
        pointer: pointer.to_owned(),
        message: format!("must have {least} to {most} characters and no control characters"),
        message_ar: Some(format!(
            "يجب أن يتكوّن من {least} إلى {most} محرفًا دون محارف تحكم"
        )),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_of_what_there_is() {
        assert_eq!(name_from("web-01\n", 3), "web-01");
        assert_eq!(name_from(" \0 ", 3), "device-3");
        assert_eq!(name_from(&"x".repeat(300), 3).len(), 100);
    }

    #[test]
    fn names_and_tags_have_limits() {
        assert!(check_name("/name", "web").is_none());
        assert!(check_name("/name", " ").is_some());
        assert!(check_name("/name", "a\tb").is_some());
        assert!(
            check_tags("/tags", &["a".to_owned(), String::new()])
                .is_some_and(|wrong| wrong.pointer == "/tags/1")
        );
        assert!(check_tags("/tags", &vec!["a".to_owned(); 51]).is_some());
        assert_eq!(
            tidy_tags(vec!["b ".to_owned(), "a".to_owned(), "b".to_owned()]),
            ["a", "b"]
        );
    }
}
