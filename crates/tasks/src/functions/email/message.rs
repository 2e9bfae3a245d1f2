//! The mail itself: placeholders filled in, headers that cannot be broken out of.

use lettre::address::Envelope;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Body as AttachedBytes, Mailbox, Message, MultiPart, SinglePart};

use super::parameters::{Parameters, Priority, mailbox};
use super::settings::Settings;
use crate::context::Context;
use crate::template::Filler;

/// Everything that is the same in all mails of a run.
#[derive(Debug)]
pub(super) struct Letter {
    from: Mailbox,
    reply_to: Option<Mailbox>,
    recipients: Vec<Mailbox>,
    subject: String,
    text: Option<String>,
    html: Option<String>,
    priority: Priority,
    attachments: Vec<(String, ContentType, Vec<u8>)>,
}

impl Letter {
    /// Fills in the placeholders.
    ///
    /// # Errors
    /// A sentence when something cannot be filled in or cannot be sent.
    pub(super) fn write(
        parameters: &Parameters,
        settings: &Settings,
        plain: &Filler,
        markup: &Filler,
    ) -> Result<Self, String> {
        let fill = |place: &str, filler: &Filler, text: &str| {
            if parameters.templates {
                filler
                    .text(text)
                    .map_err(|reason| format!("{place}: {reason}"))
            } else {
                Ok(crate::text_of(text.as_bytes()))
            }
        };
        let subject = fill("subject", plain, &parameters.subject)?;
        if subject.chars().any(char::is_control) {
            return Err("subject: must not contain line breaks".to_owned());
        }
        let mut from = settings.from()?;
        if let Some(name) = &parameters.from_name {
            from.name = Some(name.clone());
        }
        let address = |text: &String| {
            mailbox(text).ok_or_else(|| format!("\"{text}\" is not a mail address"))
        };
        Ok(Self {
            from,
            reply_to: parameters.reply_to.as_ref().map(address).transpose()?,
            recipients: parameters
                .recipients
                .iter()
                .map(address)
                .collect::<Result<_, _>>()?,
            subject,
            text: parameters
                .text
                .as_ref()
                .map(|text| fill("text", plain, text))
                .transpose()?,
            html: parameters
                .html
                .as_ref()
                .map(|html| fill("html", markup, html))
                .transpose()?,
            priority: parameters.priority,
            attachments: parameters
                .attachments
                .iter()
                .map(|attachment| {
                    let bytes = attachment
                        .bytes()
                        .ok_or_else(|| format!("{}: not base64", attachment.filename))?;
                    let kind = attachment
                        .content_type
                        .as_deref()
                        .unwrap_or("application/octet-stream");
                    let kind = ContentType::parse(kind).map_err(|error| error.to_string())?;
                    Ok((attachment.filename.clone(), kind, bytes))
                })
                .collect::<Result<_, String>>()?,
        })
    }

    /// The addresses of all recipients, without names.
    pub(super) fn recipients(&self) -> Vec<String> {
        self.recipients
            .iter()
            .map(|mailbox| mailbox.email.to_string())
            .collect()
    }

    /// The mail for some of the recipients, ready to be sent. Its id is the same
    /// whenever the same execution sends it again, so that a mail system can
    /// recognise a repetition.
    pub(super) fn for_recipients(
        &self,
        addresses: &[String],
        context: &Context,
    ) -> Result<(Envelope, Vec<u8>), String> {
        let mut first = None;
        let mut builder = Message::builder()
            .from(self.from.clone())
            .subject(self.subject.as_str())
            .raw_header(header("Auto-Submitted", "auto-generated")?);
        for (number, mailbox) in self.recipients.iter().enumerate() {
            if addresses.contains(&mailbox.email.to_string()) {
                builder = builder.to(mailbox.clone());
                first.get_or_insert(number);
            }
        }
        let id = format!(
            "<{}.{}@{}>",
            context.execution_id,
            first.unwrap_or_default(),
            self.from.email.domain()
        );
        builder = builder.message_id(Some(id));
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(reply_to.clone());
        }
        let priority = match self.priority {
            Priority::Low => Some(("5", "low")),
            Priority::Normal => None,
            Priority::High => Some(("1", "high")),
        };
        if let Some((number, word)) = priority {
            builder = builder
                .raw_header(header("X-Priority", number)?)
                .raw_header(header("Importance", word)?);
        }
        let body = self.body();
        let message = if self.attachments.is_empty() {
            match body {
                Body::Single(part) => builder.singlepart(part),
                Body::Multi(part) => builder.multipart(part),
            }
        } else {
            let mut mixed = match body {
                Body::Single(part) => MultiPart::mixed().singlepart(part),
                Body::Multi(part) => MultiPart::mixed().multipart(part),
            };
            for (name, kind, bytes) in &self.attachments {
                // Always base64, so that every byte arrives as it is.
                let bytes = AttachedBytes::new_with_encoding(
                    bytes.clone(),
                    ContentTransferEncoding::Base64,
                )
                .map_err(|_| format!("{name} cannot be attached"))?;
                let part = Attachment::new(name.clone()).body(bytes, kind.clone());
                mixed = mixed.singlepart(part);
            }
            builder.multipart(mixed)
        }
        .map_err(|error| format!("the mail could not be put together: {error}"))?;
        Ok((message.envelope().clone(), message.formatted()))
    }

    fn body(&self) -> Body {
        match (&self.text, &self.html) {
            (Some(text), Some(html)) => Body::Multi(MultiPart::alternative_plain_html(
                text.clone(),
                html.clone(),
            )),
            (None, Some(html)) => Body::Single(SinglePart::html(html.clone())),
            (text, None) => Body::Single(SinglePart::plain(text.clone().unwrap_or_default())),
        }
    }
}

enum Body {
    Single(SinglePart),
    Multi(MultiPart),
}

fn header(name: &'static str, value: &str) -> Result<HeaderValue, String> {
    let name = HeaderName::new_from_ascii(name.to_owned()).map_err(|error| error.to_string())?;
    Ok(HeaderValue::new(name, value.to_owned()))
}
