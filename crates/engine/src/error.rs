//! What can go wrong, as a kind and a sentence. Which HTTP status that is, each dialect decides at its edge.

use std::fmt;

/// Result of every engine call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kind of an error: what the caller can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The thing does not exist, or the caller may not know that it does.
    NotFound,
    /// Some fields are wrong; [`Error::fields`] says which.
    Invalid,
    /// The state of the thing forbids it (stale version, already running, protected).
    Conflict,
    /// Who asks is not known (wrong password, expired session).
    Unauthenticated,
    /// Who asks is known and may not do this to anything.
    Forbidden,
    /// Too many attempts; [`Error::retry_after_seconds`] says when to come back.
    TooMany,
    /// The database or the engine is not available now; trying again later can help.
    Unavailable,
    /// A defect of Orloj or of its database. The text is for the log, not for the user.
    Internal,
}

/// One field that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// JSON pointer to the field in the engine's own (camelCase) names, for example `/parameters/url`.
    pub pointer: String,
    /// What is wrong and how to mend it, in English.
    pub message: String,
    /// The same in Arabic, where there is one.
    pub message_ar: Option<String>,
}

/// An error of the engine.
#[derive(Clone, Debug)]
pub struct Error {
    /// What the caller can do about it.
    pub kind: Kind,
    /// One sentence for the user; for [`Kind::Internal`] for the log.
    pub message: String,
    /// The wrong fields of [`Kind::Invalid`].
    pub fields: Vec<FieldError>,
    /// What was not found or in conflict (`job`, `execution`, `user`, …), where that is known.
    pub entity: Option<&'static str>,
    /// When to try again, for [`Kind::TooMany`] and [`Kind::Unavailable`].
    pub retry_after_seconds: Option<u32>,
}

impl Error {
    /// An error of this kind with this sentence.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            fields: Vec::new(),
            entity: None,
            retry_after_seconds: None,
        }
    }

    /// "Job not found" and its like; also for things the caller may not see.
    pub fn not_found(entity: &'static str) -> Self {
        let mut name = entity.replace('_', " ");
        if let Some(first) = name.get_mut(0..1) {
            first.make_ascii_uppercase();
        }
        Self {
            entity: Some(entity),
            ..Self::new(Kind::NotFound, format!("{name} not found"))
        }
    }

    /// One wrong field; `field` is a name or a JSON pointer.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self::invalid_fields(vec![FieldError {
            pointer: pointer(field),
            message,
            message_ar: None,
        }])
    }

    /// Several wrong fields.
    pub fn invalid_fields(fields: Vec<FieldError>) -> Self {
        let message = match fields.as_slice() {
            [one] => format!("{}: {}", one.pointer.trim_start_matches('/'), one.message),
            many => format!("{} fields are not valid", many.len()),
        };
        Self {
            fields,
            ..Self::new(Kind::Invalid, message)
        }
    }

    /// The state forbids it.
    pub fn conflict(entity: &'static str, message: impl Into<String>) -> Self {
        Self {
            entity: Some(entity),
            ..Self::new(Kind::Conflict, message)
        }
    }

    /// The caller may not do this to anything.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(Kind::Forbidden, message)
    }

    /// A defect; the text goes to the log.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Kind::Internal, message)
    }

    /// Not now; later may work.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self {
            retry_after_seconds: Some(1),
            ..Self::new(Kind::Unavailable, message)
        }
    }
}

fn pointer(field: &str) -> String {
    if field.starts_with('/') || field.is_empty() {
        field.to_owned()
    } else {
        format!("/{field}")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::Io(_)
            | E::Tls(_)
            | E::PoolTimedOut
            | E::PoolClosed
            | E::WorkerCrashed
            | E::Protocol(_) => {
                Self::unavailable(format!("the database is not available: {error}"))
            }
            E::Database(inner) if inner.is_unique_violation() => Self::new(
                Kind::Conflict,
                format!("already there: {}", inner.message()),
            ),
            // PostgreSQL: connection trouble (08), shutting down (57P), locks and deadlocks (40, 55P03), out of resources (53),
            // cancelled by a time-out (57014). SQLite: busy (5), locked (6), input or output failed (10), full (13).
            E::Database(inner) if inner.code().is_some_and(|code| transient(&code)) => {
                Self::unavailable(format!(
                    "the database cannot do that now: {}",
                    inner.message()
                ))
            }
            _ => Self::internal(format!("database: {error}")),
        }
    }
}

fn transient(code: &str) -> bool {
    code.starts_with("08")
        || code.starts_with("57")
        || code.starts_with("40")
        || code.starts_with("53")
        || code == "55P03"
        || is_transient_in_sqlite(code)
}

/// SQLite's extended codes carry the kind in their lowest byte, and have fewer digits than PostgreSQL's five.
fn is_transient_in_sqlite(code: &str) -> bool {
    code.len() < 5
        && code
            .parse::<u32>()
            .is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 10 | 13))
}
