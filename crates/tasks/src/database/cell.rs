//! One value of a row, in the form every target format can be made from.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::settings::Dialect;

/// A value. Numbers stay text, so that no digit is lost on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Null,
    Text(String),
    Number(String),
    Bool(bool),
    /// A JSON document on one line.
    Json(String),
    /// Bytes as base64.
    Blob(String),
}

/// What the values of a column are, as far as its type tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Text,
    Number,
    Bool,
    Json,
    Blob,
}

impl Class {
    /// The class of a type by its name in the catalogue. SQLite's columns have
    /// no binding type: there each value tells for itself.
    pub(crate) fn of(dialect: Dialect, type_name: &str) -> Self {
        match dialect {
            Dialect::Sqlite => Self::Text,
            Dialect::Postgres => match type_name {
                "int2" | "int4" | "int8" | "float4" | "float8" | "numeric" | "oid" => Self::Number,
                "bool" => Self::Bool,
                "json" | "jsonb" => Self::Json,
                "bytea" => Self::Blob,
                _ => Self::Text,
            },
            Dialect::Mysql => match type_name {
                "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "decimal" | "float"
                | "double" | "year" | "bit" => Self::Number,
                "tinyblob" | "blob" | "mediumblob" | "longblob" | "binary" | "varbinary"
                | "geometry" | "point" | "linestring" | "polygon" | "multipoint"
                | "multilinestring" | "multipolygon" | "geometrycollection" => Self::Blob,
                "json" => Self::Json,
                _ => Self::Text,
            },
        }
    }
}

impl Cell {
    /// What a server sent as text, read by the class of its column.
    pub(crate) fn read(text: Option<String>, class: Class) -> Self {
        let Some(text) = text else {
            return Self::Null;
        };
        match class {
            Class::Text => Self::Text(text),
            Class::Number if is_json_number(&text) => Self::Number(text),
            // NaN and infinity are numbers to a database, but not to JSON.
            Class::Number => Self::Text(text),
            Class::Bool => Self::Bool(text == "true" || text == "t" || text == "1"),
            // Outside of its texts a document may be broken over lines; inside it cannot be.
            Class::Json => Self::Json(text.replace(['\n', '\r'], " ")),
            Class::Blob => Self::Blob(text),
        }
    }

    /// Bytes, which have no other form in a text.
    pub(crate) fn blob(bytes: &[u8]) -> Self {
        Self::Blob(STANDARD.encode(bytes))
    }

    /// Bytes that it takes, about.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Null | Self::Bool(_) => 8,
            Self::Text(text) | Self::Number(text) | Self::Json(text) | Self::Blob(text) => {
                text.len() + 24
            }
        }
    }

    /// For messages and samples.
    pub(crate) fn plain(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Number(text) => {
                serde_json::from_str(text).unwrap_or_else(|_| text.clone().into())
            }
            Self::Text(text) | Self::Json(text) | Self::Blob(text) => {
                crate::text_of(text.as_bytes()).into()
            }
        }
    }
}

/// Whether a text is a number as JSON writes it.
pub(crate) fn is_json_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && serde_json::from_str::<serde_json::Number>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits_and_strangers_become_text() {
        let read = |text: &str| Cell::read(Some(text.to_owned()), Class::Number);
        assert_eq!(read("1.500"), Cell::Number("1.500".to_owned()));
        assert_eq!(
            read("-9223372036854775808"),
            Cell::Number("-9223372036854775808".to_owned())
        );
        assert_eq!(read("NaN"), Cell::Text("NaN".to_owned()));
        assert_eq!(read("007"), Cell::Text("007".to_owned()));
    }
}
