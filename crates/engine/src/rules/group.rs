//! Whether a device belongs to a group by rule: a small language of conditions without loops, and nothing it could run.

use serde_json::Value;

use crate::error::FieldError;
use crate::model::{GroupOperator, GroupRule, GroupTest};

/// Conditions within conditions, at most.
const MAX_DEPTH: usize = 8;
/// Conditions in all, at most.
const MAX_TESTS: usize = 100;
const MAX_TEXT: usize = 500;

/// What a rule can ask of a device.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'d> {
    /// Its name.
    pub name: &'d str,
    /// Its status word.
    pub status: &'d str,
    /// Its tags.
    pub tags: &'d [String],
    /// What its agent said of it.
    pub facts: &'d Value,
}

/// Whether the rule holds for a device.
#[must_use]
pub fn matches(rule: &GroupRule, device: &Candidate<'_>) -> bool {
    match rule {
        GroupRule::All { all } => all.iter().all(|rule| matches(rule, device)),
        GroupRule::Any { any } => any.iter().any(|rule| matches(rule, device)),
        GroupRule::Not { not } => !matches(not, device),
        GroupRule::Test(test) => holds(test, device),
    }
}

fn holds(test: &GroupTest, device: &Candidate<'_>) -> bool {
    let field = field(&test.field, device);
    match test.op {
        GroupOperator::Exists => field.is_some_and(|value| !value.is_null()),
        GroupOperator::Ne => !field.is_some_and(|value| is_one(&value, &test.value)),
        op => field.is_some_and(|value| compare(op, &value, &test.value)),
    }
}

fn field(path: &str, device: &Candidate<'_>) -> Option<Value> {
    match path {
        "name" => Some(device.name.into()),
        "status" => Some(device.status.into()),
        "tags" => Some(device.tags.into()),
        _ => path
            .strip_prefix("facts.")?
            .split('.')
            .try_fold(device.facts, |value, step| match value {
                Value::Array(items) => items.get(step.parse::<usize>().ok()?),
                other => other.get(step),
            })
            .cloned(),
    }
}

fn compare(op: GroupOperator, have: &Value, want: &Value) -> bool {
    match op {
        GroupOperator::Eq => is_one(have, want),
        GroupOperator::In => want
            .as_array()
            .is_some_and(|list| list.iter().any(|one| is_one(have, one))),
        GroupOperator::Contains if have.is_array() => is_one(have, want),
        GroupOperator::Contains => {
            texts(have, want).is_some_and(|(have, want)| have.contains(&want))
        }
        GroupOperator::StartsWith => {
            texts(have, want).is_some_and(|(have, want)| have.starts_with(&want))
        }
        GroupOperator::EndsWith => {
            texts(have, want).is_some_and(|(have, want)| have.ends_with(&want))
        }
        GroupOperator::Lt => numbers(have, want).is_some_and(|(have, want)| have < want),
        GroupOperator::Lte => numbers(have, want).is_some_and(|(have, want)| have <= want),
        GroupOperator::Gt => numbers(have, want).is_some_and(|(have, want)| have > want),
        GroupOperator::Gte => numbers(have, want).is_some_and(|(have, want)| have >= want),
        // Decided before a field must be there.
        GroupOperator::Ne | GroupOperator::Exists => false,
    }
}

/// Equal, or a list with an equal member.
fn is_one(have: &Value, want: &Value) -> bool {
    match have {
        Value::Array(items) => items.iter().any(|one| is_same(one, want)),
        one => is_same(one, want),
    }
}

fn is_same(have: &Value, want: &Value) -> bool {
    if let Some((have, want)) = texts(have, want) {
        return have == want;
    }
    match numbers(have, want) {
        Some((have, want)) => have == want,
        None => have == want,
    }
}

fn texts(have: &Value, want: &Value) -> Option<(String, String)> {
    Some((have.as_str()?.to_lowercase(), want.as_str()?.to_lowercase()))
}

fn numbers(have: &Value, want: &Value) -> Option<(f64, f64)> {
    Some((have.as_f64()?, want.as_f64()?))
}

/// What is wrong with a rule; pointers begin with `/rule`.
#[must_use]
pub fn judge(rule: &GroupRule) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut count = 0;
    walk(rule, "/rule".to_owned(), 1, &mut count, &mut errors);
    if count > MAX_TESTS {
        errors.push(wrong(
            "/rule",
            format!("has {count} conditions; at most {MAX_TESTS} are allowed"),
            format!("فيها {count} شرطًا؛ الحد الأعلى {MAX_TESTS}"),
        ));
    }
    errors
}

fn walk(
    rule: &GroupRule,
    at: String,
    depth: usize,
    count: &mut usize,
    errors: &mut Vec<FieldError>,
) {
    *count += 1;
    if depth > MAX_DEPTH {
        errors.push(wrong(
            &at,
            format!("conditions may be nested {MAX_DEPTH} deep"),
            format!("يجوز تداخل الشروط حتى {MAX_DEPTH} مستويات"),
        ));
        return;
    }
    let (word, rules) = match rule {
        GroupRule::All { all } => ("all", all.as_slice()),
        GroupRule::Any { any } => ("any", any.as_slice()),
        GroupRule::Not { not } => {
            return walk(not, format!("{at}/not"), depth + 1, count, errors);
        }
        GroupRule::Test(test) => return judge_test(test, &at, errors),
    };
    for (index, rule) in rules.iter().enumerate() {
        walk(
            rule,
            format!("{at}/{word}/{index}"),
            depth + 1,
            count,
            errors,
        );
    }
}

fn judge_test(test: &GroupTest, at: &str, errors: &mut Vec<FieldError>) {
    let is_known = matches!(test.field.as_str(), "name" | "tags" | "status")
        || test.field.strip_prefix("facts.").is_some_and(|path| {
            path.len() <= MAX_TEXT && path.split('.').all(|step| !step.is_empty())
        });
    if !is_known {
        errors.push(wrong(
            &format!("{at}/field"),
            "must be `name`, `tags`, `status` or a fact such as `facts.os`".to_owned(),
            "يجب أن يكون `name` أو `tags` أو `status` أو معلومة مثل `facts.os`".to_owned(),
        ));
    }
    let plain = |value: &Value| match value {
        Value::String(text) => text.chars().count() <= MAX_TEXT,
        Value::Number(_) | Value::Bool(_) => true,
        _ => false,
    };
    let value = &test.value;
    let (fits, english, arabic) = match test.op {
        GroupOperator::Exists => (value.is_null(), "takes no value", "لا يأخذ قيمة"),
        GroupOperator::In => (
            value.as_array().is_some_and(|list| {
                (1..=MAX_TESTS).contains(&list.len()) && list.iter().all(plain)
            }),
            "takes a list of 1 to 100 texts, numbers or booleans",
            "يأخذ قائمة من 1 إلى 100 من النصوص أو الأعداد أو القيم المنطقية",
        ),
        GroupOperator::Lt | GroupOperator::Lte | GroupOperator::Gt | GroupOperator::Gte => {
            (value.is_number(), "takes a number", "يأخذ عددًا")
        }
        GroupOperator::StartsWith | GroupOperator::EndsWith => (
            value.is_string() && plain(value),
            "takes a text of at most 500 characters",
            "يأخذ نصًا لا يتجاوز 500 محرف",
        ),
        GroupOperator::Eq | GroupOperator::Ne | GroupOperator::Contains => (
            plain(value),
            "takes a text of at most 500 characters, a number or a boolean",
            "يأخذ نصًا لا يتجاوز 500 محرف أو عددًا أو قيمة منطقية",
        ),
    };
    if !fits {
        errors.push(wrong(
            &format!("{at}/value"),
            english.to_owned(),
            arabic.to_owned(),
        ));
    }
}

fn wrong(pointer: &str, message: String, message_ar: String) -> FieldError {
    FieldError {
        pointer: pointer.to_owned(),
        message,
        message_ar: Some(message_ar),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Candidate, judge, matches};
    use crate::model::GroupRule;

    fn rule(text: Value) -> GroupRule {
        serde_json::from_value(text).unwrap()
    }

    fn asks(text: Value) -> bool {
        let facts = json!({
            "os": "linux", "cpuCount": 4, "memory": { "total": 8_000 },
            "shells": ["bash", "sh"], "disks": [{ "mount": "/" }], "note": null,
        });
        let tags = ["Web".to_owned(), "cairo".to_owned()];
        let device = Candidate {
            name: "srv-01",
            status: "online",
            tags: &tags,
            facts: &facts,
        };
        let rule = rule(text);
        assert_eq!(judge(&rule), []);
        matches(&rule, &device)
    }

    #[test]
    fn conditions_hold_or_not() {
        for holds in [
            json!({"field": "name", "op": "startsWith", "value": "SRV-"}),
            json!({"field": "tags", "op": "contains", "value": "web"}),
            json!({"field": "tags", "op": "in", "value": ["riyadh", "cairo"]}),
            json!({"field": "facts.os", "op": "eq", "value": "Linux"}),
            json!({"field": "facts.memory.total", "op": "gte", "value": 8000}),
            json!({"field": "facts.disks.0.mount", "op": "eq", "value": "/"}),
            json!({"field": "facts.shells", "op": "eq", "value": "bash"}),
            json!({"field": "facts.gone", "op": "ne", "value": 1}),
            json!({"all": []}),
            json!({"not": {"any": []}}),
            json!({"not": {"field": "facts.note", "op": "exists"}}),
            json!({"all": [{"field": "status", "op": "eq", "value": "online"}, {"any": [{"field": "facts.cpuCount", "op": "lt", "value": 2}, {"field": "facts.cpuCount", "op": "eq", "value": 4.0}]}]}),
        ] {
            assert!(asks(holds.clone()), "{holds}");
        }
        for not in [
            json!({"field": "facts.os", "op": "gt", "value": 1}),
            json!({"field": "facts.gone", "op": "lt", "value": 1}),
            json!({"field": "tags", "op": "startsWith", "value": "web"}),
            json!({"any": []}),
        ] {
            assert!(!asks(not.clone()), "{not}");
        }
    }

    #[test]
    fn rules_that_cannot_be_meant_are_refused_where_they_are_wrong() {
        let pointers = |text: Value| -> Vec<String> {
            judge(&rule(text))
                .into_iter()
                .map(|error| error.pointer)
                .collect()
        };
        assert_eq!(
            pointers(json!({"all": [{"field": "id", "op": "eq", "value": [1]}]})),
            ["/rule/all/0/field", "/rule/all/0/value"]
        );
        assert_eq!(
            pointers(json!({"not": {"field": "facts..a", "op": "exists", "value": 1}})),
            ["/rule/not/field", "/rule/not/value"]
        );
        assert_eq!(
            pointers(json!({"field": "name", "op": "in", "value": []})),
            ["/rule/value"]
        );
        let mut deep = json!({"all": []});
        for _ in 0..8 {
            deep = json!({ "not": deep });
        }
        assert_eq!(pointers(deep).len(), 1);
        let many = vec![json!({"all": []}); 101];
        assert_eq!(pointers(json!({ "any": many })), ["/rule"]);
        assert!(
            serde_json::from_value::<GroupRule>(json!({"field": "name", "op": "run"})).is_err()
        );
        for bad in [
            json!({"field": "name"}),
            json!({"all": [], "any": []}),
            json!({"all": [], "field": "name", "op": "exists"}),
            json!({}),
            json!([]),
        ] {
            assert!(
                serde_json::from_value::<GroupRule>(bad.clone()).is_err(),
                "{bad}"
            );
        }
    }
}
