//! What a server answered, and what a refusal means for the exit code.

use anyhow::{Context, Result};
use orloj_wire::problem::Problem;
use reqwest::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::exit::{Code, Failure};

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    body: Vec<u8>,
}

impl Answer {
    pub(super) fn new(status: StatusCode, body: Vec<u8>) -> Self {
        Self { status, body }
    }

    /// Turns a refusal into an error.
    pub(super) fn checked(self) -> Result<Self> {
        if self.status.is_success() {
            return Ok(self);
        }
        Err(self.refusal())
    }

    /// The error that a refusal is.
    pub(super) fn refusal(&self) -> anyhow::Error {
        let code = match self.status.as_u16() {
            404 => Code::NotFound,
            401 | 403 => Code::Refused,
            409 => Code::Conflict,
            502..=504 => Code::Unreachable,
            _ => Code::Failure,
        };
        Failure::new(code, self.complaint()).into()
    }

    /// The body as this type.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body)
            .context("the server's answer is not understood; is it an older or newer Orloj?")
    }

    /// The body as it is; null when there is none.
    pub(crate) fn value(&self) -> Result<Value> {
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        self.read()
    }

    /// What a refusal says, with its field errors on lines of their own.
    fn complaint(&self) -> String {
        let Ok(problem) = serde_json::from_slice::<Problem>(&self.body) else {
            let text = String::from_utf8_lossy(&self.body);
            let text: String = text.chars().take(300).collect();
            return format!("the server answered {}: {}", self.status, text.trim());
        };
        let mut text = problem.detail;
        for error in problem.errors {
            text.push_str(&format!("\n  {}: {}", error.pointer, error.detail));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::code_of;

    fn refusal(status: u16, body: &str) -> (u8, String) {
        let answer = Answer::new(
            StatusCode::from_u16(status).unwrap(),
            body.as_bytes().to_vec(),
        );
        let error = answer.checked().unwrap_err();
        (code_of(&error), error.to_string())
    }

    #[test]
    fn refusals_have_their_codes_and_say_which_field() {
        let body = r#"{"type":"about:blank","title":"Unprocessable Content","status":422,"detail":"2 fields are not valid",
            "error_type":"validation_error","errors":[{"pointer":"/priority","detail":"too large"}]}"#;
        assert_eq!(
            refusal(422, body),
            (
                1,
                "2 fields are not valid\n  /priority: too large".to_owned()
            )
        );
        assert_eq!(refusal(404, "").0, 3);
        assert_eq!(refusal(401, "").0, 4);
        assert_eq!(refusal(403, "").0, 4);
        assert_eq!(refusal(409, "").0, 5);
        assert_eq!(refusal(503, "").0, 6);
        assert_eq!(
            refusal(500, "<html>"),
            (
                1,
                "the server answered 500 Internal Server Error: <html>".to_owned()
            )
        );
    }
}
