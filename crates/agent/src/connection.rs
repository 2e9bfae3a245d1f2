//! One connection to the server: dialling, the handshake, sealed frames.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use orloj_wire::agent::channel::{
    Channel, ChannelError, Handshake, KeyPair, MAX_MESSAGE, PublicKey,
};
use orloj_wire::agent::{AgentFrame, AgentProof, CONNECT_PATH, Refusal, ServerFrame};
use rustls_platform_verifier::ConfigVerifierExt as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};
use url::Url;

/// Time to reach the server and to be let in.
const PATIENCE: Duration = Duration::from_secs(20);

/// What can go wrong with a connection.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The address is none that an agent dials.
    #[error("{0}")]
    Address(String),
    /// The network, or TLS.
    #[error("cannot reach the server: {0}")]
    Network(#[from] std::io::Error),
    /// The WebSocket.
    #[error("the connection failed: {0}")]
    Socket(#[from] Box<tungstenite::Error>),
    /// The other side is not the server that this agent was enrolled with, or somebody in between changes what is said.
    #[error("the server does not prove who it is: {0}")]
    Channel(#[from] ChannelError),
    /// It took too long.
    #[error("the server did not answer in time")]
    Slow,
    /// The other side ended the connection.
    #[error("the connection has ended")]
    Ended,
    /// The server does not let this agent in.
    #[error("the server refused: {message}")]
    Refused {
        /// Why.
        reason: Refusal,
        /// In words.
        message: String,
    },
}

/// Anything that bytes go through.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

type Socket = WebSocketStream<Box<dyn Stream>>;

/// A sealed connection on which nothing was said yet.
pub struct Connection {
    channel: Channel,
    write: SplitSink<Socket, Message>,
    read: SplitStream<Socket>,
}

/// Checks an address that an agent may dial: HTTPS, or HTTP to this machine alone.
///
/// # Errors
/// One sentence that names the remedy.
pub fn check_address(server: &Url) -> Result<(), Trouble> {
    let host = server.host_str().unwrap_or_default();
    let is_loopback = host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    match server.scheme() {
        _ if host.is_empty() => Err(Trouble::Address(format!("{server} names no host"))),
        "https" => Ok(()),
        "http" if is_loopback => Ok(()),
        "http" => Err(Trouble::Address(format!(
            "{server} is not encrypted: use https://, or http:// to a loopback address"
        ))),
        other => Err(Trouble::Address(format!(
            "{other}:// is no address of a server: use https://"
        ))),
    }
}

impl Connection {
    /// Dials the server and shakes hands: afterwards each side knows the other's key.
    ///
    /// # Errors
    /// Every [`Trouble`] but `Refused`.
    pub async fn dial(server: &Url, own: &KeyPair, pinned: PublicKey) -> Result<Self, Trouble> {
        tokio::time::timeout(PATIENCE, dial(server, own, pinned))
            .await
            .map_err(|_| Trouble::Slow)?
    }

    /// Shows who one is; answers the welcome.
    ///
    /// # Errors
    /// `Refused` with the reason; the others.
    pub async fn enter(&mut self, proof: &AgentProof) -> Result<ServerFrame, Trouble> {
        let sealed = self.channel.seal(proof)?;
        self.post(sealed).await?;
        let answer = tokio::time::timeout(PATIENCE, self.receive())
            .await
            .map_err(|_| Trouble::Slow)??;
        match answer {
            ServerFrame::Refused { reason, message } => Err(Trouble::Refused { reason, message }),
            welcome => Ok(welcome),
        }
    }

    /// Sends a frame.
    ///
    /// # Errors
    /// When the connection does not hold.
    pub async fn send(&mut self, frame: &AgentFrame) -> Result<(), Trouble> {
        let sealed = self.channel.seal(frame)?;
        self.post(sealed).await
    }

    /// Sends bytes as they are: for tests of what the server makes of them.
    ///
    /// # Errors
    /// When the connection does not hold.
    pub async fn post(&mut self, message: Vec<u8>) -> Result<(), Trouble> {
        Ok(self
            .write
            .send(Message::Binary(message.into()))
            .await
            .map_err(Box::new)?)
    }

    /// Seals a frame without sending it: for tests.
    ///
    /// # Errors
    /// When it is too large.
    pub fn seal(&mut self, frame: &AgentFrame) -> Result<Vec<u8>, Trouble> {
        Ok(self.channel.seal(frame)?)
    }

    /// The next frame. May be dropped while it waits; nothing is lost then.
    ///
    /// # Errors
    /// When the connection does not hold or has ended.
    pub async fn receive(&mut self) -> Result<ServerFrame, Trouble> {
        loop {
            match self.read.next().await {
                None | Some(Ok(Message::Close(_))) => return Err(Trouble::Ended),
                Some(Ok(Message::Binary(message))) => return Ok(self.channel.open(&message)?),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(Box::new(error).into()),
            }
        }
    }

    /// Says goodbye.
    pub async fn close(mut self) {
        // A connection that is broken already need not be closed.
        let _ = tokio::time::timeout(Duration::from_secs(1), self.write.close()).await;
    }
}

async fn dial(server: &Url, own: &KeyPair, pinned: PublicKey) -> Result<Connection, Trouble> {
    check_address(server)?;
    let host = server.host_str().unwrap_or_default();
    let port = server.port_or_known_default().unwrap_or(443);
    let tcp = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
    tcp.set_nodelay(true)?;
    let is_tls = server.scheme() == "https";
    let stream: Box<dyn Stream> = if is_tls {
        Box::new(encrypted(host, tcp).await?)
    } else {
        Box::new(tcp)
    };
    let mut address = server.clone();
    // Both schemes are known to be ones that may be exchanged.
    let _ = address.set_scheme(if is_tls { "wss" } else { "ws" });
    let base = server.path().trim_end_matches('/');
    address.set_path(&format!("{base}{CONNECT_PATH}"));
    address.set_query(None);
    let request = address.as_str().into_client_request().map_err(Box::new)?;
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE));
    let (socket, _) = tokio_tungstenite::client_async_with_config(request, stream, Some(config))
        .await
        .map_err(Box::new)?;
    let (mut write, mut read) = socket.split();
    let mut handshake = Handshake::agent(own, pinned)?;
    write
        .send(Message::Binary(handshake.write()?.into()))
        .await
        .map_err(Box::new)?;
    let answer = loop {
        match read.next().await {
            None | Some(Ok(Message::Close(_))) => return Err(Trouble::Ended),
            Some(Ok(Message::Binary(message))) => break message,
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(Box::new(error).into()),
        }
    };
    handshake.read(&answer)?;
    write
        .send(Message::Binary(handshake.write()?.into()))
        .await
        .map_err(Box::new)?;
    Ok(Connection {
        channel: handshake.finish()?,
        write,
        read,
    })
}

async fn encrypted(host: &str, tcp: TcpStream) -> Result<impl Stream + use<>, Trouble> {
    // Fails when a provider was chosen before, which is just as well.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let config = rustls::ClientConfig::with_platform_verifier()
        .map_err(|error| std::io::Error::other(error.to_string()))?;
    let name = rustls::pki_types::ServerName::try_from(host.trim_matches(['[', ']']).to_owned())
        .map_err(|_| Trouble::Address(format!("{host} is no name of a host")))?;
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    Ok(connector.connect(name, tcp).await?)
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_goes_to_this_machine_alone() {
        let check = |text: &str| check_address(&text.parse().unwrap());
        for good in [
            "http://127.0.0.1:8000",
            "http://localhost:8000/",
            "http://[::1]:8000",
            "https://orloj.example.com",
            "https://10.0.0.1/orloj",
        ] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "http://orloj.example.com",
            "http://10.0.0.1:8000",
            "http://0.0.0.0:8000",
            "http://localhost.example.com",
            "ftp://127.0.0.1",
            "ws://127.0.0.1:8000",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
