//! Which rows: a list of conditions that all hold, as part of a statement.

use serde::Deserialize;
use serde_json::{Value, json};

use super::catalogue::Column;
use super::cell::Class;
use super::link::Bound;
use super::settings::Dialect;
use super::trouble::Trouble;
use crate::form::{Field, Form};
use crate::text::Text;

/// One condition as a person writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Condition {
    column: String,
    operator: Operator,
    value: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Operator {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    NotIn,
    Contains,
    StartsWith,
    IsNull,
    IsNotNull,
}

/// The schema of one condition.
pub(crate) fn condition_form() -> Value {
    Form::new()
        .required(
            "column",
            json!({ "type": "string", "minLength": 1, "maxLength": 200 }),
            Field::new(
                Text::fixed("Column", "العمود"),
                Text::fixed("A column of the table.", "أحد أعمدة الجدول."),
            )
            .ltr(),
        )
        .required(
            "operator",
            json!({ "enum": [
                "eq", "ne", "lt", "le", "gt", "ge", "in", "not_in",
                "contains", "starts_with", "is_null", "is_not_null",
            ] }),
            Field::new(
                Text::fixed("Comparison", "المقارنة"),
                Text::fixed(
                    "How the column is compared with the value; is_null and is_not_null take none.",
                    "كيفية مقارنة العمود بالقيمة؛ ولا يأخذ is_null و is_not_null أي قيمة.",
                ),
            )
            .ltr(),
        )
        .field(
            "value",
            json!({
                "type": ["string", "number", "boolean", "array"],
                "maxItems": 1000,
                "items": { "type": ["string", "number", "boolean"] },
            }),
            Field::new(
                Text::fixed("Value", "القيمة"),
                Text::fixed(
                    "A text, a number or true and false; a list of them for in and not_in.",
                    "نص أو رقم أو true و false؛ وقائمة منها مع in و not_in.",
                ),
            )
            .ltr(),
        )
        .nested()
}

/// The part of a statement after WHERE, with its values.
#[derive(Debug, Clone)]
pub(crate) struct Where {
    dialect: Dialect,
    parts: Vec<String>,
    pub(crate) values: Vec<Bound>,
}

impl Where {
    pub(crate) const fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            parts: Vec::new(),
            values: Vec::new(),
        }
    }

    /// The conditions, or one that always holds.
    pub(crate) fn sql(&self) -> String {
        if self.parts.is_empty() {
            return "1 = 1".to_owned();
        }
        self.parts.join(" AND ")
    }

    /// Adds a condition.
    pub(crate) fn add(&mut self, columns: &[Column], condition: &Condition) -> Result<(), Trouble> {
        let column = column(columns, &condition.column)?;
        let name = column.quoted(self.dialect);
        let part = match condition.operator {
            Operator::IsNull => format!("{name} IS NULL"),
            Operator::IsNotNull => format!("{name} IS NOT NULL"),
            Operator::Eq => self.compare(column, "=", condition)?,
            Operator::Ne => self.compare(column, "<>", condition)?,
            Operator::Lt => self.compare(column, "<", condition)?,
            Operator::Le => self.compare(column, "<=", condition)?,
            Operator::Gt => self.compare(column, ">", condition)?,
            Operator::Ge => self.compare(column, ">=", condition)?,
            Operator::In => self.among(column, "IN", condition)?,
            Operator::NotIn => self.among(column, "NOT IN", condition)?,
            Operator::Contains => self.like(column, "%", condition)?,
            Operator::StartsWith => self.like(column, "", condition)?,
        };
        self.parts.push(part);
        Ok(())
    }

    /// Adds a comparison with an instant that is given as text (UTC).
    pub(crate) fn before(&mut self, column: &Column, instant: String) {
        let name = column.quoted(self.dialect);
        let part = if self.dialect == Dialect::Sqlite {
            // Two notations are in use, with a blank and with a T; as texts they do not compare.
            self.values.push(Bound::Text(instant));
            format!("(typeof({name}) = 'text' AND julianday({name}) < julianday(?))")
        } else {
            let place = self.place(column, Bound::Text(instant));
            format!("{name} < {place}")
        };
        self.parts.push(part);
    }

    /// Adds a comparison with an instant that is given as a number.
    pub(crate) fn below(&mut self, column: &Column, number: i64) {
        let name = column.quoted(self.dialect);
        let place = self.place(column, Bound::Integer(number));
        self.parts.push(if self.dialect == Dialect::Sqlite {
            format!("(typeof({name}) IN ('integer', 'real') AND {name} < {place})")
        } else {
            format!("{name} < {place}")
        });
    }

    fn place(&mut self, column: &Column, value: Bound) -> String {
        // PostgreSQL reads each value from a text, the way the column's type writes it.
        let value = match (self.dialect, value) {
            (Dialect::Postgres, Bound::Integer(number)) => Bound::Text(number.to_string()),
            (Dialect::Postgres, Bound::Real(number)) => Bound::Text(number.to_string()),
            (_, value) => value,
        };
        self.values.push(value);
        column.placeholder(self.dialect, self.values.len())
    }

    fn compare(
        &mut self,
        column: &Column,
        sign: &str,
        condition: &Condition,
    ) -> Result<String, Trouble> {
        let value = bound(self.dialect, column, condition.value.as_ref(), condition)?;
        let place = self.place(column, value);
        Ok(format!("{} {sign} {place}", column.quoted(self.dialect)))
    }

    fn among(
        &mut self,
        column: &Column,
        word: &str,
        condition: &Condition,
    ) -> Result<String, Trouble> {
        let Some(Value::Array(items)) = &condition.value else {
            return Err(wants(condition, "a list of values"));
        };
        if items.is_empty() {
            return Err(wants(condition, "at least one value"));
        }
        let mut places = Vec::with_capacity(items.len());
        for item in items {
            let value = bound(self.dialect, column, Some(item), condition)?;
            places.push(self.place(column, value));
        }
        Ok(format!(
            "{} {word} ({})",
            column.quoted(self.dialect),
            places.join(", ")
        ))
    }

    fn like(
        &mut self,
        column: &Column,
        before: &str,
        condition: &Condition,
    ) -> Result<String, Trouble> {
        let Some(Value::String(text)) = &condition.value else {
            return Err(wants(condition, "a text"));
        };
        let mut pattern = before.to_owned();
        for letter in text.chars() {
            if matches!(letter, '%' | '_' | '!') {
                pattern.push('!');
            }
            pattern.push(letter);
        }
        pattern.push('%');
        self.values.push(Bound::Text(pattern));
        let (name, place) = match self.dialect {
            Dialect::Postgres => (
                format!("CAST({} AS text)", column.quoted(self.dialect)),
                format!("${}", self.values.len()),
            ),
            _ => (column.quoted(self.dialect), "?".to_owned()),
        };
        Ok(format!("{name} LIKE {place} ESCAPE '!'"))
    }
}

/// The column a person means.
pub(crate) fn column<'a>(columns: &'a [Column], name: &str) -> Result<&'a Column, Trouble> {
    columns
        .iter()
        .find(|column| column.name == name)
        .ok_or_else(|| Trouble::refused(format!("the table has no column \"{name}\"")))
}

fn bound(
    dialect: Dialect,
    column: &Column,
    value: Option<&Value>,
    condition: &Condition,
) -> Result<Bound, Trouble> {
    let numbers = dialect == Dialect::Mysql && column.class(dialect) == Class::Number;
    match value {
        // MySQL takes any text for a number, zero when there is none in it.
        Some(Value::String(text)) if numbers && text.trim().parse::<f64>().is_err() => {
            Err(wants(condition, "a number"))
        }
        Some(Value::String(text)) if !text.contains('\0') => Ok(Bound::Text(text.clone())),
        Some(Value::Number(number)) if dialect == Dialect::Mysql && !numbers => {
            Ok(Bound::Text(number.to_string()))
        }
        Some(Value::Bool(value)) if dialect == Dialect::Postgres => {
            Ok(Bound::Text(value.to_string()))
        }
        Some(Value::Bool(value)) => Ok(Bound::Integer(i64::from(*value))),
        Some(Value::Number(number)) => number
            .as_i64()
            .map(Bound::Integer)
            .or_else(|| number.as_f64().map(Bound::Real))
            .ok_or_else(|| wants(condition, "a smaller number")),
        _ => Err(wants(condition, "one value")),
    }
}

fn wants(condition: &Condition, what: &str) -> Trouble {
    Trouble::refused(format!(
        "the condition on \"{}\" needs {what}",
        condition.column
    ))
}
