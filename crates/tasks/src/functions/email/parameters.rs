//! What `email` takes.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::schema::{ParameterError, Schema};
use crate::template;
use crate::text::Text;

/// Most bytes of all attachments together.
pub(super) const MAX_ATTACHMENTS: usize = 10 * 1024 * 1024;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Parameters {
    pub(super) connection: String,
    pub(super) recipients: Vec<String>,
    pub(super) subject: String,
    pub(super) text: Option<String>,
    pub(super) html: Option<String>,
    #[serde(default)]
    pub(super) mode: Mode,
    pub(super) from_name: Option<String>,
    pub(super) reply_to: Option<String>,
    #[serde(default)]
    pub(super) priority: Priority,
    #[serde(default)]
    pub(super) attachments: Vec<Attachment>,
    #[serde(default)]
    pub(super) params: Map<String, Value>,
    #[serde(default = "yes")]
    pub(super) templates: bool,
    #[serde(default = "half_a_minute")]
    pub(super) timeout_seconds: u32,
}

const fn yes() -> bool {
    true
}

const fn half_a_minute() -> u32 {
    30
}

/// Whether recipients see each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Mode {
    /// Each gets a mail of their own.
    #[default]
    Separate,
    /// One mail to all.
    Together,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Priority {
    Low,
    #[default]
    Normal,
    High,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Attachment {
    pub(super) filename: String,
    pub(super) content_type: Option<String>,
    text: Option<String>,
    base64: Option<String>,
}

impl Attachment {
    /// What is attached; `None` when the base64 text is none.
    pub(super) fn bytes(&self) -> Option<Vec<u8>> {
        match (&self.text, &self.base64) {
            (Some(text), _) => Some(text.clone().into_bytes()),
            (None, Some(encoded)) => STANDARD.decode(encoded.trim()).ok(),
            (None, None) => Some(Vec::new()),
        }
    }
}

/// Reads parameters that are fit to run.
pub(super) fn read(schema: &Schema, parameters: &Value) -> Result<Parameters, Vec<ParameterError>> {
    let parameters: Parameters = schema.read(parameters)?;
    let mut errors = Vec::new();
    check_addresses(&parameters, &mut errors);
    check_texts(&parameters, &mut errors);
    check_attachments(&parameters, &mut errors);
    if errors.is_empty() {
        Ok(parameters)
    } else {
        Err(errors)
    }
}

/// An address, with or without a name in front.
pub(super) fn mailbox(text: &str) -> Option<Mailbox> {
    if text.chars().any(char::is_control) {
        return None;
    }
    text.trim().parse().ok()
}

fn check_addresses(parameters: &Parameters, errors: &mut Vec<ParameterError>) {
    let wrong = |pointer: String| {
        ParameterError::new(
            pointer,
            "address",
            Text::fixed("is not a mail address", "ليس عنوان بريد إلكتروني صالحًا"),
        )
    };
    let mut seen = BTreeSet::new();
    for (index, recipient) in parameters.recipients.iter().enumerate() {
        let pointer = format!("/recipients/{index}");
        match mailbox(recipient) {
            None => errors.push(wrong(pointer)),
            Some(mailbox) if !seen.insert(mailbox.email.to_string().to_lowercase()) => {
                errors.push(ParameterError::new(
                    pointer,
                    "duplicate",
                    Text::fixed("is there twice", "مكرّر"),
                ));
            }
            Some(_) => {}
        }
    }
    if let Some(reply_to) = &parameters.reply_to
        && mailbox(reply_to).is_none()
    {
        errors.push(wrong("/replyTo".to_owned()));
    }
}

fn check_texts(parameters: &Parameters, errors: &mut Vec<ParameterError>) {
    if parameters.text.is_none() && parameters.html.is_none() {
        errors.push(ParameterError::new(
            "/text",
            "required",
            Text::fixed("or html must be given", "أو html: يجب إعطاء أحدهما"),
        ));
    }
    for (pointer, line) in [
        ("/subject", Some(&parameters.subject)),
        ("/fromName", parameters.from_name.as_ref()),
    ] {
        if line.is_some_and(|line| line.chars().any(char::is_control)) {
            errors.push(ParameterError::new(
                pointer,
                "control",
                Text::fixed(
                    "must not contain line breaks or other control characters",
                    "يجب ألا يحتوي على فواصل أسطر أو محارف تحكم",
                ),
            ));
        }
    }
    if parameters.subject.trim().is_empty() {
        errors.push(ParameterError::new(
            "/subject",
            "required",
            Text::fixed("must not be blank", "يجب ألا يكون فارغًا"),
        ));
    }
    if !parameters.templates {
        return;
    }
    for (pointer, source) in [
        ("/subject", Some(&parameters.subject)),
        ("/text", parameters.text.as_ref()),
        ("/html", parameters.html.as_ref()),
    ] {
        if let Some(Err(reason)) = source.map(|source| template::check(source)) {
            errors.push(ParameterError::new(
                pointer,
                "template",
                Text::new(
                    format!("has a placeholder that cannot be read: {reason}"),
                    format!("فيه عنصر نائب غير مقروء: {reason}"),
                ),
            ));
        }
    }
}

fn check_attachments(parameters: &Parameters, errors: &mut Vec<ParameterError>) {
    let mut total = 0;
    for (index, attachment) in parameters.attachments.iter().enumerate() {
        let mut wrong = |field: &str, code: &str, message: Text| {
            errors.push(ParameterError::new(
                format!("/attachments/{index}/{field}"),
                code,
                message,
            ));
        };
        let name = &attachment.filename;
        if name
            .chars()
            .any(|c| c.is_control() || matches!(c, '/' | '\\'))
        {
            wrong(
                "filename",
                "filename",
                Text::fixed("must be a plain file name", "يجب أن يكون اسم ملف بسيطًا"),
            );
        }
        if let Some(kind) = &attachment.content_type
            && (kind.chars().any(char::is_control) || ContentType::parse(kind).is_err())
        {
            wrong(
                "contentType",
                "content_type",
                Text::fixed(
                    "is not a media type such as text/csv",
                    "ليس نوع وسائط صالحًا مثل text/csv",
                ),
            );
        }
        if attachment.text.is_some() == attachment.base64.is_some() {
            wrong(
                "text",
                "contradiction",
                Text::fixed(
                    "either text or base64 must be given",
                    "يجب إعطاء text أو base64، أحدهما فقط",
                ),
            );
        }
        match attachment.bytes() {
            Some(bytes) => total += bytes.len(),
            None => wrong(
                "base64",
                "base64",
                Text::fixed("is not base64", "ليس بترميز base64 صالح"),
            ),
        }
    }
    if total > MAX_ATTACHMENTS {
        errors.push(ParameterError::new(
            "/attachments",
            "too_long",
            Text::new(
                format!("must not exceed {MAX_ATTACHMENTS} bytes together"),
                format!("يجب ألا يتجاوز مجموعها {MAX_ATTACHMENTS} بايت"),
            ),
        ));
    }
}
