//! Builds the parameter schema of a function together with what a form needs.
//!
//! A property cannot be added without its title and help in both languages, so
//! no generated form and no reference page ever lacks a word.

use serde_json::{Map, Value, json};

use crate::text::Text;

/// An object schema under construction. Unknown fields are refused.
pub(crate) struct Form {
    properties: Map<String, Value>,
    required: Vec<&'static str>,
    group: Option<&'static str>,
}

/// How a property looks in a form.
pub(crate) struct Field {
    title: Text,
    help: Text,
    widget: Option<&'static str>,
    kinds: &'static [&'static str],
    ltr: bool,
}

impl Field {
    pub(crate) const fn new(title: Text, help: Text) -> Self {
        Self {
            title,
            help,
            widget: None,
            kinds: &[],
            ltr: false,
        }
    }

    /// `code`, `secret`, `connection`, `table`, `textarea`, `keyvalue`, `targets`, `devices` or `groups`.
    pub(crate) const fn widget(mut self, widget: &'static str) -> Self {
        self.widget = Some(widget);
        self
    }

    /// Picked among the connections of these kinds.
    pub(crate) const fn connection(mut self, kinds: &'static [&'static str]) -> Self {
        self.widget = Some("connection");
        self.kinds = kinds;
        self
    }

    /// Always written left to right, also in an Arabic page (addresses, code).
    pub(crate) const fn ltr(mut self) -> Self {
        self.ltr = true;
        self
    }
}

impl Form {
    pub(crate) fn new() -> Self {
        Self {
            properties: Map::new(),
            required: Vec::new(),
            group: None,
        }
    }

    /// Fields that follow stand under this heading (`basic` or `advanced`, ...).
    pub(crate) fn group(mut self, group: &'static str) -> Self {
        self.group = Some(group);
        self
    }

    /// Adds an optional property. `shape` is its schema without titles.
    pub(crate) fn field(mut self, name: &'static str, shape: Value, field: Field) -> Self {
        let mut shape = match shape {
            Value::Object(map) => map,
            other => Map::from_iter([("const".to_owned(), other)]),
        };
        let mut ui = Map::from_iter([
            ("title".to_owned(), json!(field.title)),
            ("help".to_owned(), json!(field.help)),
            ("order".to_owned(), json!((self.properties.len() + 1) * 10)),
        ]);
        if let Some(group) = self.group {
            ui.insert("group".to_owned(), json!(group));
        }
        if let Some(widget) = field.widget {
            ui.insert("widget".to_owned(), json!(widget));
        }
        if !field.kinds.is_empty() {
            ui.insert("kinds".to_owned(), json!(field.kinds));
        }
        if field.ltr {
            ui.insert("ltr".to_owned(), json!(true));
        }
        shape.insert("title".to_owned(), json!(field.title.en));
        shape.insert("description".to_owned(), json!(field.help.en));
        shape.insert("x-ui".to_owned(), Value::Object(ui));
        self.properties
            .insert(name.to_owned(), Value::Object(shape));
        self
    }

    /// Adds a property that must be given.
    pub(crate) fn required(mut self, name: &'static str, shape: Value, field: Field) -> Self {
        self.required.push(name);
        self.field(name, shape, field)
    }

    /// The schema of a nested object.
    pub(crate) fn nested(self) -> Value {
        json!({
            "type": "object",
            "properties": self.properties,
            "required": self.required,
            "additionalProperties": false,
        })
    }

    /// The schema of a function's parameters.
    pub(crate) fn schema(self) -> Value {
        let mut schema = self.nested();
        if let Value::Object(map) = &mut schema {
            map.insert(
                "$schema".to_owned(),
                json!("https://json-schema.org/draft/2020-12/schema"),
            );
        }
        schema
    }
}
