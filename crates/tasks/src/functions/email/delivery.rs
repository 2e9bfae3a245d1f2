//! Handing mail to the server: one connection for all mails of a run, made again
//! when the server ends it.

use std::net::SocketAddr;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;

use super::message::Letter;
use super::settings::{Security, Settings};
use crate::context::Context;
use crate::outbound::{AddressRules, host_of, resolve};
use crate::outcome::Cause;
use crate::policy::Policy;

/// Longest answer of a server that is kept, in characters.
const MAX_ANSWER: usize = 500;

/// Why a mail was not sent.
#[derive(Debug, Clone)]
pub(super) struct Rejection {
    pub(super) cause: Cause,
    pub(super) message: String,
    /// Whether it may be different next time.
    pub(super) passing: bool,
}

impl Rejection {
    fn lasting(message: impl Into<String>) -> Self {
        Self {
            cause: Cause::InvalidParameters,
            message: message.into(),
            passing: false,
        }
    }

    fn of(error: &Error) -> Self {
        let cause = if error.is_timeout() {
            Cause::Timeout
        } else if error.is_transient() || error.is_permanent() {
            Cause::Other
        } else {
            Cause::Network
        };
        let mut message = error.to_string();
        if let Some(reason) = std::error::Error::source(error) {
            let reason = reason.to_string();
            if !message.contains(&reason) {
                message = format!("{message}: {reason}");
            }
        }
        Self {
            cause,
            message: crate::text_of(message.as_bytes())
                .chars()
                .take(MAX_ANSWER)
                .collect(),
            passing: !error.is_permanent(),
        }
    }
}

/// Brings mails to one server.
pub(super) struct Courier<'a> {
    settings: &'a Settings,
    rules: AddressRules,
    limit: Duration,
    connection: Option<AsyncSmtpConnection>,
    /// Set when there is no point in trying the others.
    hopeless: Option<Rejection>,
}

impl<'a> Courier<'a> {
    pub(super) fn new(settings: &'a Settings, policy: &Policy, limit: Duration) -> Self {
        let rules = AddressRules::new(&Policy {
            allow_private_addresses: policy.allow_private_addresses
                || settings.allow_private_addresses,
            allowed_hosts: policy.allowed_hosts.clone(),
            ..Policy::default()
        });
        Self {
            settings,
            rules,
            limit,
            connection: None,
            hopeless: None,
        }
    }

    /// Sends the letter to some of its recipients.
    pub(super) async fn deliver(
        &mut self,
        letter: &Letter,
        addresses: &[String],
        context: &Context,
    ) -> Result<(), Rejection> {
        if let Some(hopeless) = &self.hopeless {
            return Err(hopeless.clone());
        }
        let (envelope, bytes) = letter
            .for_recipients(addresses, context)
            .map_err(Rejection::lasting)?;
        let limit = self.limit;
        let sending = async {
            let mut connection = match self.connection.take() {
                Some(connection) => connection,
                None => match self.connect().await {
                    Ok(connection) => connection,
                    Err(rejection) => {
                        self.hopeless = Some(rejection.clone());
                        return Err(rejection);
                    }
                },
            };
            let sent = connection.send(&envelope, &bytes).await;
            if !connection.has_broken() {
                self.connection = Some(connection);
            }
            sent.map(drop).map_err(|error| Rejection::of(&error))
        };
        match tokio::time::timeout(limit, sending).await {
            Ok(sent) => sent,
            Err(_) => {
                let rejection = Rejection {
                    cause: Cause::Timeout,
                    message: format!(
                        "the mail server did not answer within {} s",
                        limit.as_secs()
                    ),
                    passing: true,
                };
                self.hopeless = Some(rejection.clone());
                Err(rejection)
            }
        }
    }

    /// Opens the connection without sending anything.
    pub(super) async fn open(&mut self) -> Result<(), Rejection> {
        self.connection = Some(self.connect().await?);
        Ok(())
    }

    /// Ends the connection in good manners; a server that does not answer is left.
    pub(super) async fn say_goodbye(mut self) {
        if let Some(mut connection) = self.connection.take() {
            drop(tokio::time::timeout(Duration::from_secs(2), connection.quit()).await);
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Rejection> {
        let settings = self.settings;
        let addresses = self.addresses().await?;
        let credentials = self.credentials(&addresses)?;
        let tls = match settings.security {
            Security::None => None,
            Security::Tls | Security::StartTls => Some(self.tls()?),
        };
        let hello = settings
            .hello_name
            .clone()
            .map_or_else(ClientId::default, ClientId::Domain);
        let fault = |error: Error| Rejection::of(&error);
        let at_once = tls.clone().filter(|_| settings.security == Security::Tls);
        let mut connection = AsyncSmtpConnection::connect_tokio1(
            addresses.as_slice(),
            Some(self.limit),
            &hello,
            at_once,
            None,
        )
        .await
        .map_err(fault)?;
        if let Some(tls) = tls.filter(|_| settings.security == Security::StartTls) {
            connection.starttls(tls, &hello).await.map_err(fault)?;
        }
        if let Some(credentials) = credentials {
            connection
                .auth(&[Mechanism::Plain, Mechanism::Login], &credentials)
                .await
                .map_err(fault)?;
        }
        Ok(connection)
    }

    async fn addresses(&self) -> Result<Vec<SocketAddr>, Rejection> {
        let host = host_of(&self.settings.host)
            .ok_or_else(|| Rejection::lasting("the host of the mail connection is not valid"))?;
        let host = match &host {
            url::Host::Domain(name) => url::Host::Domain(name.as_str()),
            url::Host::Ipv4(address) => url::Host::Ipv4(*address),
            url::Host::Ipv6(address) => url::Host::Ipv6(*address),
        };
        resolve(host, self.settings.port(), &self.rules)
            .await
            .map_err(|refusal| Rejection {
                cause: Cause::Network,
                message: refusal.to_string(),
                passing: true,
            })
    }

    /// Name and password; never over a connection that others can read.
    fn credentials(&self, addresses: &[SocketAddr]) -> Result<Option<Credentials>, Rejection> {
        let (Some(username), Some(password)) = (&self.settings.username, &self.settings.password)
        else {
            return Ok(None);
        };
        let here = addresses.iter().all(|address| address.ip().is_loopback());
        if self.settings.security == Security::None && !here {
            return Err(Rejection::lasting(
                "name and password are not sent over an unprotected connection",
            ));
        }
        Ok(Some(Credentials::new(username.clone(), password.clone())))
    }

    fn tls(&self) -> Result<TlsParameters, Rejection> {
        let settings = self.settings;
        let mut builder = TlsParameters::builder(settings.host.clone());
        if let Some(pem) = &settings.ca_certificate {
            let certificate = Certificate::from_pem(pem.as_bytes()).map_err(|_| {
                Rejection::lasting("the further root certificate of the connection is not valid")
            })?;
            builder = builder.add_root_certificate(certificate);
        }
        builder
            .dangerous_accept_invalid_certs(!settings.verify_tls)
            .dangerous_accept_invalid_hostnames(!settings.verify_tls)
            .build_rustls()
            .map_err(|error| Rejection::of(&error))
    }
}
