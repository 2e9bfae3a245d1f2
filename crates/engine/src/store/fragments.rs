//! The few words in which SQLite and PostgreSQL differ, as named fragments in a statement's text.
//!
//! Statements are written once, in the SQL both databases share (`$n`, `RETURNING`, `ON CONFLICT`, read-only CTEs).
//! The few real differences are named fragments in braces, rendered by [`Backend::render`]:
//!
//! | fragment | meaning |
//! |---|---|
//! | `{rows $1: a int, b text}` | a derived table from a batch of rows: how a whole batch travels in one statement |
//! | `{each $1}` | `IN`-test against a batch of integers |
//! | `{among SELECT …}` | `IN`-test against the few integers that a query finds, looked up once |
//! | `{skip_locked}` | `FOR UPDATE SKIP LOCKED`, nothing on SQLite (one writer) |
//! | `{for_update}` | `FOR UPDATE`, nothing on SQLite |
//! | `{id}` | column type of a numeric primary key |
//! | `{bytes}` | column type of bytes |
//! | `{without_rowid}` | SQLite's clustered tables; nothing on PostgreSQL |
//!
//! A statement text never contains a brace for any other reason; JSON is bound, never written into the text.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, RwLock};

use super::arrays::{Column, Shape};

/// Which database a store runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// Embedded SQLite, one process.
    Sqlite,
    /// PostgreSQL 15 or newer, any number of processes.
    Postgres,
}

/// A text as a database takes it.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) text: String,
    /// Values, counted from 0, that travel as arrays (PostgreSQL).
    pub(super) shapes: Vec<(usize, Shape)>,
}

impl Backend {
    /// Renders a compile-time text once and keeps the result: the number of texts is the number of statements in the program.
    pub(super) fn render_fixed(self, text: &'static str) -> &'static Statement {
        type Cache = RwLock<HashMap<(usize, bool), &'static Statement>>;
        static CACHE: OnceLock<Arc<Cache>> = OnceLock::new();
        let cache = CACHE.get_or_init(Default::default);
        let key = (text.as_ptr() as usize, self == Backend::Sqlite);
        if let Some(found) = cache.read().ok().and_then(|map| map.get(&key).copied()) {
            return found;
        }
        let rendered: &'static Statement = Box::leak(Box::new(self.statement(text)));
        if let Ok(mut map) = cache.write() {
            map.insert(key, rendered);
        }
        rendered
    }

    /// Replaces the fragments of the module documentation.
    pub(crate) fn render(self, text: &str) -> String {
        self.statement(text).text
    }

    /// Replaces the fragments, and says how values travel.
    pub(super) fn statement(self, text: &str) -> Statement {
        let spread = match self {
            Backend::Sqlite => Vec::new(),
            Backend::Postgres => spread(text),
        };
        let mut out = Statement {
            text: String::with_capacity(text.len() + 64),
            shapes: Vec::new(),
        };
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            renumber(before, &spread, &mut out.text);
            let (fragment, tail) = after.split_once('}').unwrap_or((after, ""));
            match (self, fragment.split_once(' ')) {
                (Backend::Postgres, Some(("each", argument))) => {
                    out.shapes.push((number(argument) - 1, Shape::Integers));
                    out.text.push_str("= ANY(");
                    renumber(argument, &spread, &mut out.text);
                    out.text.push_str("::bigint[])");
                }
                // As a plain `IN` it may become a join, which compares every row with every integer.
                (Backend::Postgres, Some(("among", query))) => {
                    out.text.push_str("= ANY(ARRAY(");
                    renumber(query, &spread, &mut out.text);
                    out.text.push_str("))");
                }
                (Backend::Postgres, Some(("rows", argument))) => {
                    out.unnest(argument, &spread);
                }
                _ => out.text.push_str(&self.fragment(fragment)),
            }
            rest = tail;
        }
        renumber(rest, &spread, &mut out.text);
        out
    }

    fn fragment(self, fragment: &str) -> String {
        let (name, argument) = fragment.split_once(' ').unwrap_or((fragment, ""));
        match (name, self) {
            ("id", Backend::Sqlite) => "INTEGER".to_owned(),
            ("id", Backend::Postgres) => "BIGINT".to_owned(),
            ("bytes", Backend::Sqlite) => "BLOB".to_owned(),
            ("bytes", Backend::Postgres) => "BYTEA".to_owned(),
            ("without_rowid", Backend::Sqlite) => "WITHOUT ROWID".to_owned(),
            ("skip_locked", Backend::Postgres) => "FOR UPDATE SKIP LOCKED".to_owned(),
            ("for_update", Backend::Postgres) => "FOR UPDATE".to_owned(),
            ("without_rowid" | "skip_locked" | "for_update", _) => String::new(),
            ("each", Backend::Sqlite) => format!("IN (SELECT value FROM json_each({argument}))"),
            ("among", Backend::Sqlite) => format!("IN ({argument})"),
            ("rows", Backend::Sqlite) => rows(argument),
            // An unknown fragment fails loudly in the database and in the test that renders every statement.
            _ => format!("{{{fragment}}}"),
        }
    }
}

impl Statement {
    /// A derived table of arrays, one for each column.
    fn unnest(&mut self, argument: &str, spread: &[(usize, usize)]) {
        let (placeholder, columns) = argument.split_once(':').unwrap_or((argument, ""));
        let value = number(placeholder);
        let first = shifted(value, spread);
        let (names, kinds): (Vec<&str>, Vec<Column>) = columns.split(',').map(column).unzip();
        let arrays: Vec<String> = (first..)
            .zip(&kinds)
            .map(|(number, kind)| format!("${number}::{}[]", kind.name()))
            .collect();
        self.text.push_str(&format!(
            "(SELECT * FROM unnest({}) AS u({}))",
            arrays.join(", "),
            names.join(", ")
        ));
        self.shapes.push((value - 1, Shape::Columns(kinds)));
    }
}

fn column(declaration: &str) -> (&str, Column) {
    let mut words = declaration.split_whitespace();
    let name = words.next().unwrap_or_default();
    (name, Column::of(words.next().unwrap_or("text")))
}

/// SQLite's derived table of a JSON array of arrays. The binary form is parsed once, not again for every row and column.
fn rows(argument: &str) -> String {
    let (placeholder, columns) = argument.split_once(':').unwrap_or((argument, ""));
    let columns: Vec<String> = columns
        .split(',')
        .map(column)
        .enumerate()
        .map(|(index, (name, _))| format!("json_extract(value, '$[{index}]') AS {name}"))
        .collect();
    format!(
        "(SELECT {} FROM jsonb_each({placeholder}))",
        columns.join(", ")
    )
}

/// Placeholders whose value is spread over several, with the number of further ones: each column is a value of its own.
fn spread(text: &str) -> Vec<(usize, usize)> {
    text.split("{rows ")
        .skip(1)
        .filter_map(|after| {
            let (argument, _) = after.split_once('}')?;
            let (placeholder, columns) = argument.split_once(':')?;
            Some((number(placeholder), columns.split(',').count() - 1))
        })
        .collect()
}

/// The number of a placeholder; 1 for what is none, which the database then refuses.
fn number(placeholder: &str) -> usize {
    let digits = placeholder.trim().trim_start_matches('$');
    digits.parse().unwrap_or(1).max(1)
}

/// The number of a placeholder after those before it have been spread.
fn shifted(number: usize, spread: &[(usize, usize)]) -> usize {
    let before = spread.iter().filter(|(of, _)| *of < number);
    number + before.map(|(_, further)| further).sum::<usize>()
}

/// Appends a piece of text with its placeholders renumbered.
fn renumber(piece: &str, spread: &[(usize, usize)], out: &mut String) {
    if spread.is_empty() {
        out.push_str(piece);
        return;
    }
    let mut pieces = piece.split('$');
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let end = piece
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(piece.len());
        let (digits, rest) = piece.split_at(end);
        out.push('$');
        match digits.parse() {
            Ok(number) => out.push_str(&shifted(number, spread).to_string()),
            Err(_) => out.push_str(digits),
        }
        out.push_str(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_a_derived_table_on_both() {
        let text = "SELECT r.a FROM {rows $1: a int, b text} r WHERE r.a {each $2} {skip_locked}";
        assert_eq!(
            Backend::Sqlite.render(text),
            "SELECT r.a FROM (SELECT json_extract(value, '$[0]') AS a, json_extract(value, '$[1]') AS b FROM jsonb_each($1)) r WHERE r.a IN (SELECT value FROM json_each($2)) "
        );
        assert_eq!(
            Backend::Postgres.render(text),
            "SELECT r.a FROM (SELECT * FROM unnest($1::bigint[], $2::text[]) AS u(a, b)) r WHERE r.a = ANY($3::bigint[]) FOR UPDATE SKIP LOCKED"
        );
    }

    #[test]
    fn what_a_query_finds_is_looked_up_once() {
        let text = "SELECT a FROM t WHERE s {among SELECT id FROM shard WHERE owner = $1}";
        assert_eq!(
            Backend::Sqlite.render(text),
            "SELECT a FROM t WHERE s IN (SELECT id FROM shard WHERE owner = $1)"
        );
        assert_eq!(
            Backend::Postgres.render(text),
            "SELECT a FROM t WHERE s = ANY(ARRAY(SELECT id FROM shard WHERE owner = $1))"
        );
    }

    #[test]
    fn placeholders_after_rows_move_and_those_before_stay() {
        let statement = Backend::Postgres.statement(
            "UPDATE t SET x = $1 FROM {rows $2: a int, b bool, c} r WHERE y = $3 AND z = $1",
        );
        assert_eq!(
            statement.text,
            "UPDATE t SET x = $1 FROM (SELECT * FROM unnest($2::bigint[], $3::boolean[], $4::text[]) AS u(a, b, c)) r WHERE y = $5 AND z = $1"
        );
        let columns = Shape::Columns(vec![Column::Int, Column::Bool, Column::Text]);
        assert_eq!(statement.shapes, [(1, columns)]);
    }
}
