//! What the parameters of a job for devices name: files, software, groups, devices.

use serde_json::Value;

/// Task functions that work on devices.
pub const FUNCTIONS: [&str; 3] = ["command", "software_deployment", "file_deployment"];

/// A kind of thing that parameters name by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noun {
    /// Files.
    File,
    /// Software.
    Software,
    /// Groups of devices.
    Group,
    /// Devices.
    Device,
}

impl Noun {
    /// All of them.
    pub const ALL: [Noun; 4] = [Noun::File, Noun::Software, Noun::Group, Noun::Device];

    /// The word in errors.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Noun::File => "file",
            Noun::Software => "software",
            Noun::Group => "group",
            Noun::Device => "device",
        }
    }

    /// The word in the store's tables.
    #[must_use]
    pub fn entity(self) -> &'static str {
        match self {
            Noun::Group => "device_group",
            other => other.word(),
        }
    }

    /// The word in Arabic.
    #[must_use]
    pub fn arabic(self) -> &'static str {
        match self {
            Noun::File => "ملف",
            Noun::Software => "برنامج",
            Noun::Group => "مجموعة",
            Noun::Device => "جهاز",
        }
    }

    /// Where parameters name it: a JSON pointer to a list of numbers.
    #[must_use]
    pub fn pointer(self) -> &'static str {
        match self {
            Noun::File => "/files",
            Noun::Software => "/software",
            Noun::Group => "/targets/groups",
            Noun::Device => "/targets/devices",
        }
    }
}

/// The numbers by which parameters name things of this kind.
#[must_use]
pub fn named(noun: Noun, parameters: &Value) -> Vec<i64> {
    parameters
        .pointer(noun.pointer())
        .and_then(Value::as_array)
        .map(|list| list.iter().filter_map(Value::as_i64).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Noun, named};

    #[test]
    fn numbers_are_found_where_parameters_name_things() {
        let parameters = json!({"files": [1, 2], "targets": {"groups": [3], "devices": "4"}});
        assert_eq!(named(Noun::File, &parameters), [1, 2]);
        assert_eq!(named(Noun::Group, &parameters), [3]);
        assert_eq!(named(Noun::Device, &parameters), [0_i64; 0]);
        assert_eq!(named(Noun::Software, &json!(null)), [0_i64; 0]);
    }
}
