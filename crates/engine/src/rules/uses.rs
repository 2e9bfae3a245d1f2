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

/// The names of connections in parameters: whatever stands in a field that the schema marks as the name of one.
#[must_use]
pub fn connections_named<'a>(schema: &Value, parameters: &'a Value) -> Vec<&'a str> {
    let mut found = Vec::new();
    gather(schema, parameters, &mut found);
    found
}

fn gather<'a>(schema: &Value, value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(name) if schema["x-ui"]["widget"] == "connection" => found.push(name),
        Value::Object(members) => {
            for (name, inner) in members {
                gather(&schema["properties"][name.as_str()], inner, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                gather(&schema["items"], item, found);
            }
        }
        _ => {}
    }
}

/// Whether a schema has such a field at all.
#[must_use]
pub fn names_connections(schema: &Value) -> bool {
    match schema {
        Value::Object(members) => {
            members
                .get("widget")
                .is_some_and(|word| word == "connection")
                || members.values().any(names_connections)
        }
        Value::Array(items) => items.iter().any(names_connections),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Noun, connections_named, named, names_connections};

    #[test]
    fn connections_are_found_where_the_schema_has_them() {
        let field = json!({"type": "string", "x-ui": {"widget": "connection"}});
        let schema = json!({"properties": {
            "connection": field,
            "title": {"type": "string"},
            "query": {"type": "object", "properties": {"connection": field}},
            "all": {"type": "array", "items": field},
        }});
        assert!(names_connections(&schema));
        assert!(!names_connections(
            &json!({"properties": {"connection": {}}})
        ));
        let parameters = json!({
            "connection": "shop", "title": "shop-2", "query": {"connection": "crm", "sql": "x"},
            "all": ["one", {"$secret": "no"}], "unknown": {"connection": "no"},
        });
        let mut names = connections_named(&schema, &parameters);
        names.sort_unstable();
        assert_eq!(names, ["crm", "one", "shop"]);
        assert_eq!(
            connections_named(&schema, &json!({"connection": 5})),
            [""; 0]
        );
    }

    #[test]
    fn numbers_are_found_where_parameters_name_things() {
        let parameters = json!({"files": [1, 2], "targets": {"groups": [3], "devices": "4"}});
        assert_eq!(named(Noun::File, &parameters), [1, 2]);
        assert_eq!(named(Noun::Group, &parameters), [3]);
        assert_eq!(named(Noun::Device, &parameters), [0_i64; 0]);
        assert_eq!(named(Noun::Software, &json!(null)), [0_i64; 0]);
    }
}
