//! `{"$secret": "name"}` inside parameters: finding, judging and filling in.

use serde_json::Value;

/// The member that makes an object a reference.
const MEMBER: &str = "$secret";
/// What stands for a value while parameters are checked that have none yet.
const STAND_IN: &str = "secret";

/// One reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// JSON pointer to the object.
    pub(crate) pointer: String,
    /// The secret's name; `None` when the object is not written as a reference must be.
    pub(crate) name: Option<String>,
}

/// The name in an object that is a reference.
pub(crate) fn reference_name(value: &Value) -> Option<&str> {
    let members = value.as_object()?;
    match (members.len(), members.get(MEMBER)) {
        (1, Some(Value::String(name))) => Some(name),
        _ => None,
    }
}

/// Whether anything in the value is a reference, or looks like a broken one.
pub(crate) fn has_reference(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_reference),
        Value::Object(members) => {
            members.contains_key(MEMBER) || members.values().any(has_reference)
        }
        _ => false,
    }
}

/// All references in a value, also those that are not written well.
pub(crate) fn references(value: &Value) -> Vec<Reference> {
    let mut found = Vec::new();
    gather(value, &mut String::new(), &mut found);
    found
}

fn gather(value: &Value, at: &mut String, found: &mut Vec<Reference>) {
    let mut step = |name: &str, inner: &Value| {
        let length = at.len();
        at.push('/');
        at.push_str(&name.replace('~', "~0").replace('/', "~1"));
        gather(inner, at, found);
        at.truncate(length);
    };
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                step(&index.to_string(), item);
            }
        }
        Value::Object(members) if members.contains_key(MEMBER) => found.push(Reference {
            pointer: at.clone(),
            name: reference_name(value).map(str::to_owned),
        }),
        Value::Object(members) => {
            for (name, member) in members {
                step(name, member);
            }
        }
        _ => {}
    }
}

/// The value with every reference replaced by what `fill` answers for its name, or by a stand-in.
pub(crate) fn replaced(value: &Value, fill: &mut dyn FnMut(&str) -> Option<String>) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| replaced(item, fill)).collect(),
        Value::Object(members) if members.contains_key(MEMBER) => Value::String(
            reference_name(value)
                .and_then(fill)
                .unwrap_or_else(|| STAND_IN.to_owned()),
        ),
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| (name.clone(), replaced(member, fill)))
            .collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_are_found_judged_and_filled() {
        let value = json!({
            "headers": { "a/b": { "$secret": "token" } },
            "list": [1, { "$secret": "other" }, { "$secret": 5 }],
            "wide": { "$secret": "x", "more": 1 },
            "plain": "$secret",
        });
        let mut found: Vec<_> = references(&value)
            .into_iter()
            .map(|reference| (reference.pointer, reference.name))
            .collect();
        found.sort();
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(
            found,
            [
                ("/headers/a~1b".to_owned(), name("token")),
                ("/list/1".to_owned(), name("other")),
                ("/list/2".to_owned(), None),
                ("/wide".to_owned(), None),
            ]
        );
        let filled = replaced(&value, &mut |name| Some(format!("<{name}>")));
        assert_eq!(filled["headers"]["a/b"], "<token>");
        assert_eq!(filled["list"], json!([1, "<other>", "secret"]));
        assert_eq!(filled["plain"], "$secret");
        assert!(has_reference(&value) && !has_reference(&filled));
    }
}
