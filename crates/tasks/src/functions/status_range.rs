//! HTTP statuses as jobs write them: `204`, `"204"` or `"200-299"`.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

/// Statuses from `first` to `last`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StatusRange {
    first: u16,
    last: u16,
}

impl StatusRange {
    pub(super) const fn new(first: u16, last: u16) -> Self {
        Self { first, last }
    }

    pub(super) const fn only(status: u16) -> Self {
        Self::new(status, status)
    }

    pub(super) fn contains(self, status: u16) -> bool {
        (self.first..=self.last).contains(&status)
    }

    pub(super) fn read(value: &Value) -> Option<Self> {
        if let Some(status) = value.as_u64() {
            return u16::try_from(status).ok().map(Self::only);
        }
        let text = value.as_str()?;
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let range = Self::new(first.parse().ok()?, last.parse().ok()?);
        (range.first <= range.last).then_some(range)
    }

    /// The schema of one entry.
    pub(super) fn schema() -> Value {
        json!({
            "anyOf": [
                { "type": "integer", "minimum": 100, "maximum": 599 },
                { "type": "string", "pattern": "^[1-5][0-9]{2}(-[1-5][0-9]{2})?$" },
            ]
        })
    }
}

impl<'de> Deserialize<'de> for StatusRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::read(&value).ok_or_else(|| {
            D::Error::custom("not a status (204) or a range of statuses (\"200-299\")")
        })
    }
}
