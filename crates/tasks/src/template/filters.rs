//! The filters of the small template language. Those that could make a long text
//! out of a short one are written here, with a bound.

use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, Value};

use super::MAX_OUTPUT;

/// Makes the filters known to an environment.
pub(super) fn add_filters(environment: &mut Environment<'static>) {
    use minijinja::filters as f;
    environment.add_filter("default", f::default);
    environment.add_filter("d", f::default);
    environment.add_filter("lower", f::lower);
    environment.add_filter("upper", f::upper);
    environment.add_filter("title", f::title);
    environment.add_filter("capitalize", f::capitalize);
    environment.add_filter("trim", f::trim);
    environment.add_filter("length", f::length);
    environment.add_filter("first", f::first);
    environment.add_filter("last", f::last);
    environment.add_filter("int", f::int);
    environment.add_filter("float", f::float);
    environment.add_filter("round", f::round);
    environment.add_filter("abs", f::abs);
    environment.add_filter("tojson", to_json);
    environment.add_filter("join", join);
    environment.add_filter("replace", replace);
    environment.add_filter("truncate", truncate);
}

fn to_json(value: &Value) -> Result<String, Error> {
    if value.is_undefined() {
        return Err(Error::from(ErrorKind::UndefinedError));
    }
    let text = serde_json::to_string(value)
        .map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))?;
    bounded(text.len())?;
    Ok(text)
}

fn join(value: &Value, separator: Option<&str>) -> Result<String, Error> {
    let separator = separator.unwrap_or("");
    let mut text = String::new();
    for (index, item) in value.try_iter()?.enumerate() {
        if index > 0 {
            text.push_str(separator);
        }
        match item.as_str() {
            Some(item) => text.push_str(item),
            None if item.kind() == ValueKind::Undefined => {
                return Err(Error::from(ErrorKind::UndefinedError));
            }
            None => text.push_str(&item.to_string()),
        }
        bounded(text.len())?;
    }
    Ok(text)
}

fn replace(text: &str, from: &str, to: &str) -> Result<String, Error> {
    if from.is_empty() {
        return Ok(text.to_owned());
    }
    let grown = text.len().saturating_add(
        text.matches(from)
            .count()
            .saturating_mul(to.len().saturating_sub(from.len())),
    );
    bounded(grown)?;
    Ok(text.replace(from, to))
}

fn truncate(text: &str, length: usize) -> String {
    text.chars().take(length).collect()
}

fn bounded(length: usize) -> Result<(), Error> {
    if length > MAX_OUTPUT {
        return Err(Error::new(
            ErrorKind::InvalidOperation,
            "the text becomes too long",
        ));
    }
    Ok(())
}
