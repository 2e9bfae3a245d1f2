//! The few words in which SQLite and PostgreSQL differ, as named fragments in a statement's text.
//!
//! Statements are written once, in the SQL both databases share (`$n`, `RETURNING`, `ON CONFLICT`, read-only CTEs).
//! The few real differences are named fragments in braces, rendered by [`Backend::render`]:
//!
//! | fragment | meaning |
//! |---|---|
//! | `{rows $1: a int, b text}` | a derived table from a JSON array of arrays: how a whole batch travels in one bind |
//! | `{each $1}` | `IN`-test against a JSON array of integers |
//! | `{skip_locked}` | `FOR UPDATE SKIP LOCKED`, nothing on SQLite (one writer) |
//! | `{for_update}` | `FOR UPDATE`, nothing on SQLite |
//! | `{id}` | column type of a numeric primary key |
//! | `{without_rowid}` | SQLite's clustered tables; nothing on PostgreSQL |
//!
//! A statement text never contains a brace for any other reason; JSON is bound, never written into the text.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, RwLock};

/// Which database a store runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// Embedded SQLite, one process.
    Sqlite,
    /// PostgreSQL 15 or newer, any number of processes.
    Postgres,
}

impl Backend {
    /// Renders a compile-time text once and keeps the result: the number of texts is the number of statements in the program.
    pub(super) fn render_fixed(self, text: &'static str) -> &'static str {
        type Cache = RwLock<HashMap<(usize, bool), &'static str>>;
        static CACHE: OnceLock<Arc<Cache>> = OnceLock::new();
        let cache = CACHE.get_or_init(Default::default);
        let key = (text.as_ptr() as usize, self == Backend::Sqlite);
        if let Some(found) = cache.read().ok().and_then(|map| map.get(&key).copied()) {
            return found;
        }
        let rendered: &'static str = Box::leak(self.render(text).into_boxed_str());
        if let Ok(mut map) = cache.write() {
            map.insert(key, rendered);
        }
        rendered
    }

    /// Replaces the fragments of the module documentation.
    pub(crate) fn render(self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 64);
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let (fragment, tail) = after.split_once('}').unwrap_or((after, ""));
            out.push_str(&self.fragment(fragment));
            rest = tail;
        }
        out.push_str(rest);
        out
    }

    fn fragment(self, fragment: &str) -> String {
        let (name, argument) = fragment.split_once(' ').unwrap_or((fragment, ""));
        match (name, self) {
            ("id", Backend::Sqlite) => "INTEGER".to_owned(),
            ("id", Backend::Postgres) => "BIGINT".to_owned(),
            ("without_rowid", Backend::Sqlite) => "WITHOUT ROWID".to_owned(),
            ("skip_locked", Backend::Postgres) => "FOR UPDATE SKIP LOCKED".to_owned(),
            ("for_update", Backend::Postgres) => "FOR UPDATE".to_owned(),
            ("without_rowid" | "skip_locked" | "for_update", _) => String::new(),
            ("each", Backend::Sqlite) => format!("IN (SELECT value FROM json_each({argument}))"),
            ("each", Backend::Postgres) => {
                format!(
                    "= ANY(ARRAY(SELECT value::bigint FROM jsonb_array_elements_text({argument}::jsonb)))"
                )
            }
            ("rows", _) => self.rows(argument),
            // An unknown fragment fails loudly in the database and in the test that renders every statement.
            _ => format!("{{{fragment}}}"),
        }
    }

    fn rows(self, argument: &str) -> String {
        let (placeholder, columns) = argument.split_once(':').unwrap_or((argument, ""));
        let columns: Vec<String> = columns
            .split(',')
            .enumerate()
            .map(|(index, column)| {
                let mut words = column.split_whitespace();
                let name = words.next().unwrap_or_default();
                let kind = words.next().unwrap_or("text");
                match self {
                    Backend::Sqlite => format!("json_extract(value, '$[{index}]') AS {name}"),
                    Backend::Postgres => {
                        let kind = match kind {
                            "int" => "bigint",
                            "bool" => "boolean",
                            "float" => "double precision",
                            other => other,
                        };
                        format!("(value->>{index})::{kind} AS {name}")
                    }
                }
            })
            .collect();
        let source = match self {
            // The binary form is parsed once, not again for every row and column.
            Backend::Sqlite => format!("jsonb_each({placeholder})"),
            Backend::Postgres => format!("jsonb_array_elements({placeholder}::jsonb)"),
        };
        format!("(SELECT {} FROM {source})", columns.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::Backend;

    #[test]
    fn rows_become_a_derived_table_on_both() {
        let text = "SELECT r.a FROM {rows $1: a int, b text} r WHERE r.a {each $2} {skip_locked}";
        assert_eq!(
            Backend::Sqlite.render(text),
            "SELECT r.a FROM (SELECT json_extract(value, '$[0]') AS a, json_extract(value, '$[1]') AS b FROM jsonb_each($1)) r WHERE r.a IN (SELECT value FROM json_each($2)) "
        );
        assert_eq!(
            Backend::Postgres.render(text),
            "SELECT r.a FROM (SELECT (value->>0)::bigint AS a, (value->>1)::text AS b FROM jsonb_array_elements($1::jsonb)) r WHERE r.a = ANY(ARRAY(SELECT value::bigint FROM jsonb_array_elements_text($2::jsonb))) FOR UPDATE SKIP LOCKED"
        );
    }
}
