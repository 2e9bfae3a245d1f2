//! Members that tell "not sent" from "sent as null": a partial update keeps the first and clears the second.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Reads a member that is there: `null` is `Some(None)`. Together with `#[serde(default)]` an absent one is `None`.
///
/// # Errors
/// When the value is neither null nor a `T`.
pub fn deserialize<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

/// Writes the inner value. Absent members are left out by `skip_serializing_if` before this is asked.
///
/// # Errors
/// When the value cannot be written.
pub fn serialize<T, S>(value: &Option<Option<T>>, serializer: S) -> Result<S::Ok, S::Error>
where
    T: Serialize,
    S: Serializer,
{
    value
        .as_ref()
        .and_then(Option::as_ref)
        .serialize(serializer)
}
