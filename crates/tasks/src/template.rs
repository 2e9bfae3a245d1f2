//! Texts with placeholders, filled in when a run starts.
//!
//! Jobs are written by people who must not be able to bring the server down, so
//! the language is a small part of Jinja: `{{ value }}`, a few filters, `if` and
//! `for`. There is nothing that can make a big text out of a small one in memory
//! (no assignment, no macro, no concatenation, no repetition), every step costs
//! fuel, and what is written is counted. Nothing here reads files, variables of
//! the environment or the network. An unknown name is an error, never an empty text.

use std::io;

use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};
use serde_json::Value as Json;

mod filters;

use filters::add_filters;

/// Steps one template may take.
const FUEL: u64 = 20_000;
/// Longest template.
const MAX_SOURCE: usize = 256 * 1024;
/// Longest text a template or a filter may make.
const MAX_OUTPUT: usize = 1024 * 1024;

/// Statements that exist here.
const STATEMENTS: [&str; 8] = [
    "if", "elif", "else", "endif", "for", "endfor", "raw", "endraw",
];

/// Fills in templates with one set of values.
pub(crate) struct Filler {
    environment: Environment<'static>,
    values: Value,
}

impl std::fmt::Debug for Filler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Filler").finish_non_exhaustive()
    }
}

impl Filler {
    /// A filler for HTML: what it fills in is text there, never markup.
    pub(crate) fn html(values: &Json) -> Self {
        let mut filler = Self::new(values);
        filler
            .environment
            .set_auto_escape_callback(|_| AutoEscape::Html);
        filler
    }

    /// A filler that knows the members of `values`.
    pub(crate) fn new(values: &Json) -> Self {
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        environment.set_recursion_limit(50);
        add_filters(&mut environment);
        Self {
            environment,
            values: Value::from(minijinja::value::Serde(values)),
        }
    }

    /// The text with its placeholders filled in.
    pub(crate) fn text(&self, source: &str) -> Result<String, String> {
        if !is_template(source) {
            return Ok(source.to_owned());
        }
        inspect(source)?;
        let template = self
            .environment
            .template_from_str(source)
            .map_err(|error| explain(&error))?;
        let mut output = Bounded(Vec::new());
        template
            .render_captured_to(self.values.clone(), &mut output)
            .map_err(|error| explain(&error))?;
        Ok(crate::text_of(&output.0))
    }

    /// A JSON value with all its texts filled in. A text that is nothing but one
    /// placeholder becomes the value itself, so a number stays a number.
    pub(crate) fn json(&self, source: &Json) -> Result<Json, String> {
        match source {
            Json::String(text) => match single(text) {
                Some(expression) => self.value(text, expression),
                None => self.text(text).map(Json::String),
            },
            Json::Array(items) => items.iter().map(|item| self.json(item)).collect(),
            Json::Object(map) => map
                .iter()
                .map(|(name, value)| Ok((name.clone(), self.json(value)?)))
                .collect::<Result<_, String>>()
                .map(Json::Object),
            other => Ok(other.clone()),
        }
    }

    fn value(&self, source: &str, expression: &str) -> Result<Json, String> {
        inspect(source)?;
        let value = self
            .environment
            .compile_expression(expression)
            .and_then(|expression| expression.eval(self.values.clone()))
            .map_err(|error| explain(&error))?;
        if value.is_undefined() {
            return Err(format!("\"{}\" is not known", expression.trim()));
        }
        serde_json::to_value(&value)
            .map(crate::clean)
            .map_err(|error| error.to_string())
    }
}

/// Whether a text has anything to fill in.
pub(crate) fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%") || text.contains("{#")
}

/// A text with its placeholders filled in from the members of `values`.
///
/// # Errors
/// A sentence when the text is outside the small language, a name is not known, or it costs too much.
pub fn fill(source: &str, values: &Json) -> Result<String, String> {
    Filler::new(values).text(source)
}

/// The same for HTML: what is filled in is text there, never markup.
///
/// # Errors
/// As [`fill`].
pub fn fill_html(source: &str, values: &Json) -> Result<String, String> {
    Filler::html(values).text(source)
}

/// Judges a template without filling it in.
///
/// # Errors
/// A sentence when it is outside the small language.
pub fn check(source: &str) -> Result<(), String> {
    if !is_template(source) {
        return Ok(());
    }
    inspect(source)?;
    let mut environment = Environment::empty();
    add_filters(&mut environment);
    environment
        .template_from_str(source)
        .map(drop)
        .map_err(|error| explain(&error))
}

/// The expression of a text that is one placeholder and nothing else.
fn single(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("{{")?.strip_suffix("}}")?;
    let plain = !inner.contains("{{") && !inner.contains("}}") && !inner.starts_with('-');
    plain.then(|| inner.strip_suffix('-').unwrap_or(inner))
}

/// Refuses everything outside the small language, before the engine sees it.
fn inspect(source: &str) -> Result<(), String> {
    if source.len() > MAX_SOURCE {
        return Err(format!("the template is longer than {MAX_SOURCE} bytes"));
    }
    let mut rest = source;
    while let Some(start) = rest.find('{') {
        let from = rest.get(start..).unwrap_or_default();
        let (close, statement) = if from.starts_with("{{") {
            ("}}", false)
        } else if from.starts_with("{%") {
            ("%}", true)
        } else if from.starts_with("{#") {
            let end = from.find("#}").ok_or("a comment is not closed")?;
            rest = from.get(end + 2..).unwrap_or_default();
            continue;
        } else {
            rest = from.get(1..).unwrap_or_default();
            continue;
        };
        let inner = from.get(2..).unwrap_or_default();
        let length = inspect_tag(inner, close)?;
        if statement {
            let tag = inner.get(..length).unwrap_or_default();
            let word = tag
                .trim_start_matches(['-', '+'])
                .split_whitespace()
                .next()
                .unwrap_or_default()
                .trim_end_matches('-');
            if !STATEMENTS.contains(&word) {
                return Err(format!("the statement \"{word}\" is not available"));
            }
            if word == "raw" {
                let end = inner.find("endraw").ok_or("a raw block is not closed")?;
                rest = inner.get(end..).unwrap_or_default();
                continue;
            }
        }
        rest = inner.get(length + 2..).unwrap_or_default();
    }
    Ok(())
}

/// Length of a tag up to its closing mark; operators that could multiply text are refused.
fn inspect_tag(inner: &str, close: &str) -> Result<usize, String> {
    let mut quote: Option<char> = None;
    let mut escaped = false;
    let mut word_start = None;
    for (at, character) in inner.char_indices() {
        if let Some(mark) = quote {
            if escaped {
                escaped = false;
            } else if character == '\\' {
                escaped = true;
            } else if character == mark {
                quote = None;
            }
            continue;
        }
        if character.is_alphanumeric() || character == '_' {
            word_start.get_or_insert(at);
            continue;
        }
        if let Some(start) = word_start.take()
            && inner.get(start..at) == Some("recursive")
        {
            return Err("recursive loops are not available".to_owned());
        }
        if inner.get(at..).is_some_and(|tail| tail.starts_with(close)) {
            return Ok(at);
        }
        match character {
            '"' | '\'' => quote = Some(character),
            // White-space control at the edge of a tag is no operator.
            '+' if at == 0 => {}
            '*' | '~' | '+' => {
                return Err(format!("the operator \"{character}\" is not available"));
            }
            _ => {}
        }
    }
    Err("a placeholder is not closed".to_owned())
}

/// Takes what a template writes, up to the limit.
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_OUTPUT {
            return Err(io::Error::other("the text becomes too long"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn explain(error: &Error) -> String {
    match error.kind() {
        ErrorKind::OutOfFuel => "the template takes too many steps".to_owned(),
        kind => match error.detail() {
            Some(detail) => format!("{kind}: {detail}"),
            None => kind.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use serde_json::json;

    use super::*;

    fn filler() -> Filler {
        Filler::new(&json!({
            "job": { "id": 7, "name": "a \"b\"" },
            "attempt": 2,
            "params": { "list": [1, "two"], "big": "x".repeat(10_000), "ok": true },
        }))
    }

    #[test]
    fn values_conditions_and_loops_are_filled_in() {
        let filler = filler();
        for (source, expected) in [
            ("plain { text } 100%", "plain { text } 100%"),
            ("{{ job.id }}/{{ attempt }}", "7/2"),
            ("{{ job.name|tojson }}", r#""a \"b\"""#),
            ("{% if params.ok %}yes{% else %}no{% endif %}", "yes"),
            (
                "{% for x in params.list -%} <{{ x }}> {%- endfor %}",
                "<1><two>",
            ),
            ("{{ params.none|default('-') }}", "-"),
            ("{{ params.list|join(', ') }}", "1, two"),
            ("{{ 'a*b~c+d }}'|upper }}", "A*B~C+D }}"),
            (
                "{# a * b #}x{% raw %}{{ y * 2 }}{% endraw %}",
                "x{{ y * 2 }}",
            ),
        ] {
            assert_eq!(filler.text(source).as_deref(), Ok(expected), "{source}");
            assert_eq!(check(source), Ok(()), "{source}");
        }
    }

    #[test]
    fn in_json_a_lone_placeholder_keeps_its_type() {
        assert_eq!(
            filler().json(&json!({ "a": "{{ attempt }}", "b": ["{{ params.list }}", "n={{ attempt }}", 5, null] })),
            Ok(json!({ "a": 2, "b": [[1, "two"], "n=2", 5, null] }))
        );
    }

    #[test]
    fn in_html_values_are_text() {
        let filler = Filler::html(&json!({ "name": "<b onclick='x'>&\"" }));
        let filled = filler.text("<i>{{ name }}</i> {{ name|upper }} {{ name|tojson }}");
        let filled = filled.expect("filled in");
        assert!(filled.starts_with("<i>&lt;b onclick="), "{filled}");
        assert_eq!(filled.matches('<').count(), 2, "{filled}");
    }

    #[test]
    fn unknown_names_are_errors() {
        let filler = filler();
        for source in [
            "{{ nothing }}",
            "{{ job.nothing }}",
            "x {{ params.a.b }}",
            "{{ nothing|tojson }}",
        ] {
            assert!(filler.text(source).is_err(), "{source}");
            assert!(filler.json(&json!(source)).is_err(), "{source}");
        }
    }

    #[test]
    fn nothing_outside_the_small_language_is_accepted() {
        let filler = filler();
        let refused = [
            "{{ 'x' * 1000000000 }}",
            "{{ params.big ~ params.big }}",
            "{{ params.big + params.big }}",
            "{% set a = 1 %}",
            "{% macro m() %}{% endmacro %}",
            "{% include '/etc/passwd' %}",
            "{% import 'x' as y %}",
            "{% extends 'x' %}",
            "{% with a = 1 %}{% endwith %}",
            "{% filter upper %}{% endfilter %}",
            "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}",
            "{{ range(100000000) }}",
            "{{ ''.__class__.__mro__ }}",
            "{{ config }}",
            "{{ lipsum() }}",
            "{{ job|pprint }}",
            "{{ '%1000000000d'|format(1) }}",
            "{{ unclosed",
            "{% if x",
            "{{ 'open }}",
            "{{- job.id * 2 }}",
        ];
        for source in refused {
            assert!(filler.text(source).is_err(), "{source}");
            assert!(filler.json(&json!(source)).is_err(), "{source}");
        }
    }

    #[test]
    fn loops_and_growth_end_soon() {
        let filler = filler();
        let list = "[1,2,3,4,5,6,7,8,9,0]";
        let open = format!("{{% for a in {list} %}}").repeat(12);
        let close = "{% endfor %}".repeat(12);
        let replaced = "|replace('x', 'xxxxxxxxxx')".repeat(12);
        let quoted = "|tojson".repeat(60);
        for source in [
            format!("{open}.{close}"),
            format!("{open}{{{{ params.big }}}}{close}"),
            format!("{{{{ params.big{replaced} }}}}"),
            format!("{{{{ job.name{quoted} }}}}"),
        ] {
            let start = Instant::now();
            assert!(filler.text(&source).is_err());
            assert!(start.elapsed() < Duration::from_secs(1));
        }
    }
}
