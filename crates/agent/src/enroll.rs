//! Becoming a device: the token is shown once, on a channel to the server whose key the token carries.

use orloj_wire::agent::channel::{KeyPair, PublicKey};
use orloj_wire::agent::{AgentFrame, AgentProof, Facts, Hello, PROTOCOL, Refusal, ServerFrame};
use url::Url;

use crate::connection::{Connection, Trouble, check_address};
use crate::identity::{Home, Identity};

/// Why a device did not enrol.
#[derive(Debug, thiserror::Error)]
pub enum EnrollError {
    /// It has already.
    #[error("this agent is enrolled already as device {0}; remove its data folder to begin anew")]
    Already(i64),
    /// The token is not one.
    #[error("this is no enrolment token: copy all of it, from `ore_` to the end")]
    Token,
    /// The server.
    #[error(transparent)]
    Trouble(#[from] Trouble),
    /// The disk.
    #[error("cannot store the identity: {0}")]
    Disk(#[from] std::io::Error),
}

/// What an agent says of itself.
#[must_use]
pub fn hello(facts: Facts) -> Hello {
    Hello {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        facts,
    }
}

/// Enrols: makes a key pair, shows the token, stores the identity; answers number and name of the device.
///
/// # Errors
/// See [`EnrollError`].
pub async fn enroll(
    home: &Home,
    server: &Url,
    token: &str,
    facts: Facts,
) -> Result<(i64, String), EnrollError> {
    if let Some(known) = home.identity()? {
        return Err(EnrollError::Already(known.device_id));
    }
    check_address(server)?;
    let (secret, server_key) = token.trim().split_once('.').ok_or(EnrollError::Token)?;
    let pinned = PublicKey::parse(server_key).map_err(|_| EnrollError::Token)?;
    let own = KeyPair::generate().map_err(Trouble::from)?;
    let mut connection = Connection::dial(server, &own, pinned).await?;
    let proof = AgentProof::Enroll {
        protocol: PROTOCOL,
        token: secret.to_owned(),
        hello: hello(facts),
    };
    let welcome = connection.enter(&proof).await?;
    let ServerFrame::Welcome {
        device_id,
        name,
        link,
        ..
    } = welcome
    else {
        return Err(Trouble::Refused {
            reason: Refusal::Misbehaved,
            message: "the server did not answer with a welcome".to_owned(),
        }
        .into());
    };
    home.store(&Identity {
        server: server.clone(),
        server_key: pinned.text(),
        public_key: own.public.text(),
        private_key: own.private_text().to_string(),
        device_id,
        link,
    })?;
    connection.send(&AgentFrame::Linked {}).await?;
    connection.close().await;
    Ok((device_id, name))
}
