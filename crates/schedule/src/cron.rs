//! Cron text: splitting an expression, its fields, and what they mean together.

mod expression;
mod field;
mod hash;
mod item;

pub(crate) use expression::{Parsed, parse_expression, parse_named_fields};
