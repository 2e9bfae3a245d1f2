//! Parting the settings of a connection into what is stored in clear and what is sealed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::secrets::{reference_name, references, replaced};

/// What stands for a value that is sealed already while settings are checked.
const STAND_IN: &str = "secret";

/// Settings in parts.
#[derive(Debug, Default)]
pub(crate) struct Split {
    /// What is stored in clear: everything but the values of secret fields.
    pub(crate) clear: Value,
    /// New values of secret fields.
    pub(crate) values: BTreeMap<String, Zeroizing<String>>,
    /// Secret fields whose sealed value stays.
    pub(crate) kept: BTreeSet<String>,
    /// The settings with stand-ins for what is not known here, for the schema.
    pub(crate) checkable: Value,
    /// Pointers to what is neither value nor reference.
    pub(crate) broken: Vec<String>,
    /// Pointers to stand-ins.
    stand_ins: Vec<String>,
}

impl Split {
    /// Whether a complaint about this place is about a stand-in, so that nothing is known yet.
    pub(crate) fn is_open(&self, pointer: &str) -> bool {
        self.stand_ins.iter().any(|at| at == pointer)
    }
}

/// Whether a member says that the value that is there stays.
fn is_kept(value: &Value) -> bool {
    *value == json!({ "$set": true })
}

/// Parts settings. `sealed` are the fields that have a sealed value now.
pub(crate) fn split(settings: &Value, secret_fields: &[&str], sealed: &[String]) -> Split {
    let Some(members) = settings.as_object() else {
        return Split {
            clear: json!({}),
            checkable: settings.clone(),
            ..Split::default()
        };
    };
    let mut split = Split::default();
    let mut clear = Map::new();
    let mut whole = Map::new();
    for (name, value) in members {
        // A member that is null is a member that is not there.
        if value.is_null() {
            continue;
        }
        let is_secret = secret_fields.contains(&name.as_str());
        match value {
            Value::String(text) if is_secret => {
                split
                    .values
                    .insert(name.clone(), Zeroizing::new(text.clone()));
                whole.insert(name.clone(), value.clone());
            }
            value if is_secret && is_kept(value) && sealed.contains(name) => {
                split.kept.insert(name.clone());
                split.stand_ins.push(format!("/{name}"));
                whole.insert(name.clone(), json!(STAND_IN));
            }
            value if is_secret && reference_name(value).is_none() => {
                split.broken.push(format!("/{name}"));
                split.stand_ins.push(format!("/{name}"));
                whole.insert(name.clone(), json!(STAND_IN));
            }
            value => {
                clear.insert(name.clone(), value.clone());
                whole.insert(name.clone(), value.clone());
            }
        }
    }
    split.clear = Value::Object(clear);
    for reference in references(&split.clear) {
        if reference.name.is_none() {
            split.broken.push(reference.pointer.clone());
        }
        split.stand_ins.push(reference.pointer);
    }
    split.checkable = replaced(&Value::Object(whole), &mut |_| None);
    split
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_parted_from_the_rest() {
        let settings = json!({ "host": "db", "password": "geheim", "port": { "$secret": "port" }, "tls": null });
        let parts = split(&settings, &["password"], &[]);
        assert_eq!(
            parts.clear,
            json!({ "host": "db", "port": { "$secret": "port" } })
        );
        assert_eq!(parts.values["password"].as_str(), "geheim");
        assert_eq!(
            parts.checkable,
            json!({ "host": "db", "password": "geheim", "port": "secret" })
        );
        assert!(parts.is_open("/port") && !parts.is_open("/host"));
        assert!(parts.broken.is_empty());
    }

    #[test]
    fn a_value_stays_only_where_there_is_one() {
        let settings = json!({ "password": { "$set": true }, "token": { "$set": true } });
        let parts = split(&settings, &["password", "token"], &["password".to_owned()]);
        assert_eq!(parts.kept.iter().collect::<Vec<_>>(), ["password"]);
        assert_eq!(parts.broken, ["/token"]);
        assert_eq!(parts.clear, json!({}));
    }

    #[test]
    fn a_secret_field_may_refer_to_a_secret() {
        let settings = json!({ "password": { "$secret": "db" }, "more": { "$secret": 5 } });
        let parts = split(&settings, &["password"], &[]);
        assert_eq!(parts.clear["password"], json!({ "$secret": "db" }));
        assert_eq!(parts.broken, ["/more"]);
    }
}
