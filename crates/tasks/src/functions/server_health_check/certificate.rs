//! What matters about a server's certificate.

use jiff::Timestamp;
use serde_json::{Value, json};
use x509_parser::prelude::{FromDer, X509Certificate};

/// The certificate a server showed.
#[derive(Debug, Clone)]
pub(super) struct Certificate {
    subject: String,
    issuer: String,
    expires_at: Timestamp,
    seen_at: Timestamp,
    /// Whether this machine's roots vouch for it, for this name, now.
    pub(super) trusted: bool,
}

impl Certificate {
    /// Reads the first certificate of a chain.
    #[expect(
        clippy::disallowed_methods,
        reason = "a certificate ends by the world's clock, whatever the engine's clock says"
    )]
    pub(super) fn read(der: &[u8], trusted: bool) -> Result<Self, String> {
        let (_, certificate) =
            X509Certificate::from_der(der).map_err(|error| format!("unreadable: {error}"))?;
        let text = |name: String| crate::text_of(name.as_bytes()).chars().take(500).collect();
        Ok(Self {
            subject: text(certificate.subject().to_string()),
            issuer: text(certificate.issuer().to_string()),
            expires_at: Timestamp::from_second(certificate.validity().not_after.timestamp())
                .map_err(|error| format!("unreadable: {error}"))?,
            seen_at: Timestamp::now(),
            trusted,
        })
    }

    /// Whole days until it ends; negative when it has ended.
    pub(super) fn days_left(&self) -> i64 {
        (self.expires_at.as_second() - self.seen_at.as_second()).div_euclid(86_400)
    }

    pub(super) fn describe(&self) -> Value {
        json!({
            "subject": self.subject,
            "issuer": self.issuer,
            "expiresAt": self.expires_at.to_string(),
            "daysLeft": self.days_left(),
            "trusted": self.trusted,
        })
    }
}
