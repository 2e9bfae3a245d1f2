//! Looking at one server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use super::certificate::Certificate;
use super::parameters::{Method, Port, Target, Web, borrowed};
use crate::outbound::{
    AddressRules, ClientError, TlsSettings, client, explain, host_of, resolve, shown,
};
use crate::outcome::Cause;

/// Looks at servers under one set of rules.
pub(super) struct Probe<'a> {
    pub(super) rules: AddressRules,
    pub(super) tls: &'a TlsSettings,
    pub(super) timeout: Duration,
    pub(super) verify_tls: bool,
}

/// What an answering server showed.
#[derive(Debug)]
pub(super) struct Finding {
    /// Until the connection stood, or until the headers of the answer were there.
    pub(super) latency: Duration,
    status: Option<u16>,
    pub(super) certificate: Option<Certificate>,
}

/// Why a server counts as down.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    pub(super) cause: Cause,
    pub(super) message: String,
}

impl Finding {
    pub(super) fn one_line(&self) -> String {
        let status = self
            .status
            .map_or_else(String::new, |status| format!("status {status}, "));
        format!("{status}{} ms", self.latency.as_millis())
    }

    pub(super) fn describe(&self, target: &Target, state: &str) -> Value {
        json!({
            "name": target.name(),
            "address": address(target),
            "state": state,
            "latencyMs": u64::try_from(self.latency.as_millis()).unwrap_or(u64::MAX),
            "httpStatus": self.status,
            "certificate": self.certificate.as_ref().map(Certificate::describe),
        })
    }
}

impl Problem {
    fn new(cause: Cause, message: impl Into<String>) -> Self {
        Self {
            cause,
            message: message.into(),
        }
    }

    pub(super) fn describe(&self, target: &Target) -> Value {
        json!({
            "name": target.name(),
            "address": address(target),
            "state": "down",
            "problem": self.message,
        })
    }
}

impl From<ClientError> for Problem {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Refused(message) => Self::new(Cause::InvalidParameters, message),
            ClientError::Unresolved(message) => Self::new(Cause::Network, message),
            ClientError::Internal(message) => Self::new(Cause::Internal, message),
        }
    }
}

impl Probe<'_> {
    /// Looks once, within the time limit.
    pub(super) async fn look_at(&self, target: &Target) -> Result<Finding, Problem> {
        let looking = async {
            match target {
                Target::Web(web) => self.web(web).await,
                Target::Port(port) => self.port(port).await,
            }
        };
        tokio::time::timeout(self.timeout, looking)
            .await
            .unwrap_or_else(|_| {
                let seconds = self.timeout.as_secs();
                Err(Problem::new(
                    Cause::Timeout,
                    format!("no answer within {seconds} s"),
                ))
            })
    }

    async fn web(&self, web: &Web) -> Result<Finding, Problem> {
        let url = Url::parse(&web.url)
            .map_err(|error| Problem::new(Cause::InvalidParameters, error.to_string()))?;
        let client = client(&url, &self.rules, self.tls, self.verify_tls).await?;
        let certificate = match (url.scheme(), url.host(), url.port_or_known_default()) {
            ("https", Some(host), Some(port)) => Some(self.certificate(host, port).await?),
            _ => None,
        };
        let method = match web.method {
            Method::Get => reqwest::Method::GET,
            Method::Head => reqwest::Method::HEAD,
        };
        let start = Instant::now();
        let response = client
            .request(method, url)
            .header("user-agent", concat!("Orloj/", env!("CARGO_PKG_VERSION")))
            .send()
            .await
            .map_err(|error| Problem::new(Cause::Network, explain(&error)))?;
        let latency = start.elapsed();
        let status = response.status().as_u16();
        if !web
            .expected_status
            .iter()
            .any(|range| range.contains(status))
        {
            return Err(Problem::new(
                Cause::HttpStatus(status),
                format!("unexpected status {status}"),
            ));
        }
        Ok(Finding {
            latency,
            status: Some(status),
            certificate,
        })
    }

    async fn port(&self, port: &Port) -> Result<Finding, Problem> {
        let host = host_of(&port.host)
            .ok_or_else(|| Problem::new(Cause::InvalidParameters, "not the name of a host"))?;
        let host = borrowed(&host);
        let start = Instant::now();
        let connection = self.connect(host.clone(), port.port).await?;
        let latency = start.elapsed();
        drop(connection);
        let certificate = if port.tls {
            Some(self.certificate(host, port.port).await?)
        } else {
            None
        };
        Ok(Finding {
            latency,
            status: None,
            certificate,
        })
    }

    async fn connect(&self, host: Host<&str>, port: u16) -> Result<TcpStream, Problem> {
        let addresses = resolve(host, port, &self.rules)
            .await
            .map_err(ClientError::from)?;
        TcpStream::connect(addresses.as_slice())
            .await
            .map_err(|error| {
                Problem::new(
                    Cause::Network,
                    format!("the connection could not be made: {error}"),
                )
            })
    }

    /// The server's certificate. One that cannot be trusted is a problem, unless
    /// checking is switched off; then it is read all the same.
    async fn certificate(&self, host: Host<&str>, port: u16) -> Result<Certificate, Problem> {
        match self.handshake(host.clone(), port, true).await {
            Ok(der) => Certificate::read(&der, true).map_err(unreadable),
            Err(problem) if self.verify_tls => Err(problem),
            Err(_) => {
                let der = self.handshake(host, port, false).await?;
                Certificate::read(&der, false).map_err(unreadable)
            }
        }
    }

    async fn handshake(
        &self,
        host: Host<&str>,
        port: u16,
        verify: bool,
    ) -> Result<Vec<u8>, Problem> {
        let settings = self
            .tls
            .client(verify)
            .map_err(|message| Problem::new(Cause::Internal, message))?;
        let name = match &host {
            Host::Domain(name) => ServerName::try_from((*name).to_owned())
                .map_err(|error| Problem::new(Cause::InvalidParameters, error.to_string()))?,
            Host::Ipv4(address) => ServerName::IpAddress((*address).into()),
            Host::Ipv6(address) => ServerName::IpAddress((*address).into()),
        };
        let stream = self.connect(host, port).await?;
        let stream = TlsConnector::from(Arc::clone(&settings))
            .connect(name, stream)
            .await
            .map_err(|error| {
                Problem::new(Cause::Network, format!("the TLS handshake failed: {error}"))
            })?;
        let (_, session) = stream.get_ref();
        session
            .peer_certificates()
            .and_then(|chain| chain.first())
            .map(|certificate| certificate.to_vec())
            .ok_or_else(|| Problem::new(Cause::Network, "the server showed no certificate"))
    }
}

fn unreadable(reason: String) -> Problem {
    Problem::new(Cause::Other, format!("the certificate is {reason}"))
}

fn address(target: &Target) -> String {
    match target {
        Target::Web(web) => {
            Url::parse(&web.url).map_or_else(|_| web.url.clone(), |url| shown(&url))
        }
        Target::Port(port) => format!("{}:{}", port.host, port.port),
    }
}
