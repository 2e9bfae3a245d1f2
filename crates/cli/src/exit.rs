//! How the program ends: a sentence for the person, a code for the script.

use std::fmt;

/// Exit codes, part of the command line's contract (docs/reference/cli.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// It failed, for a reason that has no code of its own.
    Failure = 1,
    /// The command line or the configuration is wrong.
    Usage = 2,
    /// There is no such thing, or it may not be seen.
    NotFound = 3,
    /// No token, a wrong one, or one that may not do this.
    Refused = 4,
    /// The state of the thing forbids it.
    Conflict = 5,
    /// The server does not answer.
    Unreachable = 6,
    /// With `--wait`: the execution ended, but not in success.
    Unsuccessful = 10,
}

/// An error with its exit code. Any other error ends the program with [`Code::Failure`].
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    code: Code,
    message: String,
}

impl Failure {
    /// An error with this code and sentence.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// A mistake in what was typed.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Code::Usage, message)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// The exit code of an error: its own, or that of the engine's kind.
pub(crate) fn code_of(error: &anyhow::Error) -> u8 {
    for cause in error.chain() {
        if let Some(failure) = cause.downcast_ref::<Failure>() {
            return failure.code as u8;
        }
        if let Some(error) = cause.downcast_ref::<orloj_engine::Error>() {
            use orloj_engine::Kind;
            return match error.kind {
                Kind::NotFound => Code::NotFound,
                Kind::Conflict => Code::Conflict,
                Kind::Unauthenticated | Kind::Forbidden => Code::Refused,
                Kind::Invalid | Kind::TooMany | Kind::Unavailable | Kind::Internal => Code::Failure,
            } as u8;
        }
    }
    Code::Failure as u8
}
