//! How a batch travels to PostgreSQL: a column at a time, as arrays. Taking a JSON document apart there costs ten times
//! as much as unnesting arrays, and it was what most of the server's time went into.

use serde_json::Value as Json;
use sqlx::Postgres;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;

use crate::error::{Error, Result};

/// What a placeholder of a rendered statement takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One array of integers.
    Integers,
    /// An array for each column.
    Columns(Vec<Column>),
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Int,
    Text,
    Bool,
    Float,
}

impl Column {
    /// The type by its word in a fragment.
    pub(super) fn of(word: &str) -> Self {
        match word {
            "int" => Self::Int,
            "bool" => Self::Bool,
            "float" => Self::Float,
            _ => Self::Text,
        }
    }

    /// Its name in PostgreSQL.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Int => "bigint",
            Self::Text => "text",
            Self::Bool => "boolean",
            Self::Float => "double precision",
        }
    }
}

type Prepared = Query<'static, Postgres, PgArguments>;

/// Binds a batch, given as the text of a JSON array, in its shape.
pub(super) fn bind(query: Prepared, json: &str, shape: &Shape) -> Result<Prepared> {
    let misfit = |error| Error::internal(format!("a batch that is not JSON: {error}"));
    match shape {
        Shape::Integers => {
            let integers: Vec<i64> = serde_json::from_str(json).map_err(misfit)?;
            Ok(query.bind(integers))
        }
        Shape::Columns(columns) => {
            let mut rows: Vec<Vec<Json>> = serde_json::from_str(json).map_err(misfit)?;
            columns
                .iter()
                .enumerate()
                .try_fold(query, |query, (at, column)| match column {
                    Column::Int => Ok(query.bind(take(&mut rows, at, |value| value.as_i64())?)),
                    Column::Bool => Ok(query.bind(take(&mut rows, at, |value| value.as_bool())?)),
                    Column::Float => Ok(query.bind(take(&mut rows, at, |value| value.as_f64())?)),
                    Column::Text => Ok(query.bind(take(&mut rows, at, text)?)),
                })
        }
    }
}

fn text(value: Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

/// A column of the rows.
fn take<T>(
    rows: &mut [Vec<Json>],
    at: usize,
    read: impl Fn(Json) -> Option<T>,
) -> Result<Vec<Option<T>>> {
    let misfit = || Error::internal(format!("column {at} of a batch does not fit its type"));
    rows.iter_mut()
        .map(|row| match row.get_mut(at).map(Json::take) {
            None => Err(misfit()),
            Some(Json::Null) => Ok(None),
            Some(value) => read(value).map(Some).ok_or_else(misfit),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_column_keeps_its_nulls_and_refuses_what_does_not_fit() {
        let mut rows = vec![vec![json!(1), json!("a")], vec![json!(null), json!(2)]];
        let integers = take(&mut rows, 0, |value| value.as_i64()).unwrap();
        assert_eq!(integers, [Some(1), None]);
        assert_eq!(
            take(&mut rows, 1, text).unwrap(),
            [Some("a".to_owned()), Some("2".to_owned())]
        );
        assert!(take(&mut rows, 2, text).is_err());
        let mut rows = vec![vec![json!("one")]];
        assert!(take(&mut rows, 0, |value| value.as_i64()).is_err());
    }
}
