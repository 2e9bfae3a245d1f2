//! Kinds of connections: what their settings look like, and how one finds out whether they work.
//!
//! The host keeps connections and hands their settings to functions through
//! [`Services::connection`](crate::Services::connection). Here is only what a kind is, with words in both languages.

mod forms;
mod trial;

use std::sync::OnceLock;

use serde::Serialize;
use serde_json::Value;

use crate::schema::{ParameterError, Schema};
use crate::text::Text;

pub use trial::{connection_tables, try_connection};

/// A kind of connection.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionKind {
    /// Stable word, the `type` of the settings that functions read.
    pub key: &'static str,
    /// Short name.
    pub name: Text,
    /// What it is for.
    pub description: Text,
    /// Name of a Lucide icon.
    pub icon: &'static str,
    /// JSON Schema (2020-12) of the settings, with `x-ui` for generated forms.
    pub schema: Value,
    /// Whether its settings can open what belongs to the server itself, so that only administrators may write them.
    pub is_for_administrators: bool,
    #[serde(skip)]
    compiled: Schema,
}

impl ConnectionKind {
    /// All kinds, in the order in which they are offered.
    #[must_use]
    pub fn all() -> &'static [Self] {
        static ALL: OnceLock<Vec<ConnectionKind>> = OnceLock::new();
        ALL.get_or_init(forms::all)
    }

    /// The kind of this word.
    #[must_use]
    pub fn find(key: &str) -> Option<&'static Self> {
        Self::all().iter().find(|kind| kind.key == key)
    }

    /// Names of the settings that must never be shown.
    pub fn secret_fields(&self) -> impl Iterator<Item = &str> {
        let properties = self.schema.get("properties").and_then(Value::as_object);
        properties
            .into_iter()
            .flatten()
            .filter(|(_, shape)| shape["x-ui"]["widget"] == "secret")
            .map(|(name, _)| name.as_str())
    }

    /// Judges settings that have all their values in clear.
    ///
    /// # Errors
    /// Every problem found, each with a JSON pointer into `settings`.
    pub fn check(&self, settings: &Value) -> Result<(), Vec<ParameterError>> {
        let mut errors = self.compiled.check(settings);
        errors.extend(forms::further(self.key, settings));
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_kind_is_said_in_both_languages() {
        let keys: Vec<_> = ConnectionKind::all().iter().map(|kind| kind.key).collect();
        assert_eq!(
            keys,
            [
                "sqlite", "postgres", "mysql", "smtp", "s3", "redis", "amqp", "http"
            ]
        );
        for kind in ConnectionKind::all() {
            let properties = kind.schema["properties"].as_object().expect("properties");
            for (name, shape) in properties {
                for part in ["title", "help"] {
                    for language in ["en", "ar"] {
                        let text = shape["x-ui"][part][language].as_str().unwrap_or_default();
                        assert!(!text.is_empty(), "{}/{name}: {part} {language}", kind.key);
                    }
                }
            }
        }
    }

    #[test]
    fn settings_are_judged() {
        let check = |key: &str, settings: Value| {
            ConnectionKind::find(key)
                .expect("a kind")
                .check(&settings)
                .err()
                .unwrap_or_default()
                .into_iter()
                .map(|error| error.pointer)
                .collect::<Vec<_>>()
        };
        assert!(check("sqlite", json!({ "path": "/srv/shop.db" })).is_empty());
        assert_eq!(check("sqlite", json!({ "path": "shop.db" })), ["/path"]);
        assert_eq!(
            check(
                "postgres",
                json!({ "host": "db", "database": "shop", "username": "u", "tls": "maybe" })
            ),
            ["/tls"]
        );
        assert_eq!(check("smtp", json!({ "host": "mail" })), ["/from"]);
        assert_eq!(
            check("http", json!({ "url": "ftp://example.com" })),
            ["/url"]
        );
        assert_eq!(check("redis", json!({ "host": "a b" })), ["/host"]);
    }

    #[test]
    fn secret_fields_are_known() {
        let fields = |key| -> Vec<&str> {
            ConnectionKind::find(key)
                .expect("a kind")
                .secret_fields()
                .collect()
        };
        assert_eq!(fields("postgres"), ["password"]);
        assert_eq!(fields("s3"), ["secretAccessKey"]);
        assert_eq!(fields("http"), ["password", "token"]);
        assert!(fields("sqlite").is_empty());
    }
}
