//! The sealed channel between an agent and the server: Noise `XK` over X25519, ChaCha20-Poly1305 and BLAKE2s.
//!
//! The agent knows the server's public key before it says anything, so nobody in between can pose as the server, whatever
//! certificate they hold; the server learns the agent's public key only after the agent has proved that it holds the
//! private one. Each side counts its messages, and the count is part of the seal.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

const PATTERN: &str = "Noise_XK_25519_ChaChaPoly_BLAKE2s";
/// Bound into the handshake: both sides mean this protocol.
const PROLOGUE: &[u8] = b"orloj-agent-1";
/// Largest message of Noise, and what it takes off for the seal.
const NOISE_MESSAGE: usize = 65_535;
const NOISE_SEAL: usize = 16;
/// Largest frame, in bytes of JSON.
pub const MAX_FRAME: usize = 4 << 20;
/// Largest WebSocket message.
pub const MAX_MESSAGE: usize =
    MAX_FRAME + (MAX_FRAME / (NOISE_MESSAGE - NOISE_SEAL) + 1) * NOISE_SEAL;

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;

/// What can go wrong on the channel. Every error ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelError {
    /// A key is not 32 bytes in base64.
    Key,
    /// A message does not open: made up, changed, repeated, left out, or sealed to another key.
    Seal,
    /// A message is larger than allowed.
    TooLarge,
    /// What was sealed is not a frame.
    Frame,
}

/// A public key: who somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PublicKey(pub [u8; KEY_BYTES]);

/// A key pair.
#[derive(Clone)]
pub struct KeyPair {
    /// The private key.
    pub private: Zeroizing<[u8; KEY_BYTES]>,
    /// The public key.
    pub public: PublicKey,
}

/// A handshake that has begun.
pub struct Handshake(Box<snow::HandshakeState>);

/// The channel after the handshake.
pub struct Channel {
    state: Box<snow::TransportState>,
    other: PublicKey,
}

impl PublicKey {
    /// As text: base64 for URLs, without padding.
    #[must_use]
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// From its text.
    ///
    /// # Errors
    /// [`ChannelError::Key`].
    pub fn parse(text: &str) -> Result<Self, ChannelError> {
        Ok(Self(*decoded(text)?))
    }
}

impl KeyPair {
    /// A new key pair.
    ///
    /// # Errors
    /// [`ChannelError::Key`] when the system has no randomness.
    pub fn generate() -> Result<Self, ChannelError> {
        let pair = builder()?
            .generate_keypair()
            .map_err(|_| ChannelError::Key)?;
        let private = Zeroizing::new(pair.private);
        let bytes = |key: &[u8]| <[u8; KEY_BYTES]>::try_from(key).map_err(|_| ChannelError::Key);
        Ok(Self {
            private: Zeroizing::new(bytes(&private)?),
            public: PublicKey(bytes(&pair.public)?),
        })
    }

    /// The private key as text. A secret.
    #[must_use]
    pub fn private_text(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(*self.private))
    }

    /// From the texts of both keys.
    ///
    /// # Errors
    /// [`ChannelError::Key`].
    pub fn parse(private: &str, public: &str) -> Result<Self, ChannelError> {
        Ok(Self {
            private: decoded(private)?,
            public: PublicKey::parse(public)?,
        })
    }
}

impl Handshake {
    /// The agent's side.
    ///
    /// # Errors
    /// [`ChannelError::Key`].
    pub fn agent(own: &KeyPair, server: PublicKey) -> Result<Self, ChannelError> {
        let state = builder()?
            .local_private_key(&*own.private)
            .and_then(|builder| builder.remote_public_key(&server.0))
            .and_then(snow::Builder::build_initiator)
            .map_err(|_| ChannelError::Key)?;
        Ok(Self(Box::new(state)))
    }

    /// The server's side.
    ///
    /// # Errors
    /// [`ChannelError::Key`].
    pub fn server(own: &KeyPair) -> Result<Self, ChannelError> {
        let state = builder()?
            .local_private_key(&*own.private)
            .and_then(snow::Builder::build_responder)
            .map_err(|_| ChannelError::Key)?;
        Ok(Self(Box::new(state)))
    }

    /// The next message to send.
    ///
    /// # Errors
    /// [`ChannelError::Seal`] when it is not this side's turn.
    pub fn write(&mut self) -> Result<Vec<u8>, ChannelError> {
        let mut message = vec![0; 256];
        let length = self
            .0
            .write_message(&[], &mut message)
            .map_err(|_| ChannelError::Seal)?;
        message.truncate(length);
        Ok(message)
    }

    /// Takes the next message of the other side.
    ///
    /// # Errors
    /// [`ChannelError::Seal`] when it is not what it must be.
    pub fn read(&mut self, message: &[u8]) -> Result<(), ChannelError> {
        let mut payload = [0; 256];
        match self.0.read_message(message, &mut payload) {
            Ok(0) => Ok(()),
            _ => Err(ChannelError::Seal),
        }
    }

    /// The channel, once both sides have said everything.
    ///
    /// # Errors
    /// [`ChannelError::Seal`] before that.
    pub fn finish(self) -> Result<Channel, ChannelError> {
        let state = self
            .0
            .into_transport_mode()
            .map_err(|_| ChannelError::Seal)?;
        let other = state
            .get_remote_static()
            .and_then(|key| <[u8; KEY_BYTES]>::try_from(key).ok())
            .ok_or(ChannelError::Seal)?;
        Ok(Channel {
            state: Box::new(state),
            other: PublicKey(other),
        })
    }
}

impl Channel {
    /// Who is at the other end.
    #[must_use]
    pub fn other(&self) -> PublicKey {
        self.other
    }

    /// Seals a frame: one WebSocket message.
    ///
    /// # Errors
    /// [`ChannelError::TooLarge`].
    pub fn seal<T: Serialize>(&mut self, frame: &T) -> Result<Vec<u8>, ChannelError> {
        let json = serde_json::to_vec(frame).map_err(|_| ChannelError::Frame)?;
        if json.len() > MAX_FRAME {
            return Err(ChannelError::TooLarge);
        }
        let parts = json.chunks(NOISE_MESSAGE - NOISE_SEAL);
        let mut message = vec![0; json.len() + parts.len() * NOISE_SEAL];
        let mut at = 0;
        for part in parts {
            at += self
                .state
                .write_message(part, &mut message[at..])
                .map_err(|_| ChannelError::Seal)?;
        }
        message.truncate(at);
        Ok(message)
    }

    /// Opens a WebSocket message.
    ///
    /// # Errors
    /// Every error means that the connection cannot go on.
    pub fn open<T: DeserializeOwned>(&mut self, message: &[u8]) -> Result<T, ChannelError> {
        if message.len() > MAX_MESSAGE {
            return Err(ChannelError::TooLarge);
        }
        let mut json = vec![0; message.len()];
        let mut at = 0;
        for part in message.chunks(NOISE_MESSAGE) {
            at += self
                .state
                .read_message(part, &mut json[at..])
                .map_err(|_| ChannelError::Seal)?;
        }
        serde_json::from_slice(&json[..at]).map_err(|_| ChannelError::Frame)
    }
}

fn builder() -> Result<snow::Builder<'static>, ChannelError> {
    let pattern = PATTERN.parse().map_err(|_| ChannelError::Key)?;
    snow::Builder::new(pattern)
        .prologue(PROLOGUE)
        .map_err(|_| ChannelError::Key)
}

fn decoded(text: &str) -> Result<Zeroizing<[u8; KEY_BYTES]>, ChannelError> {
    let bytes = Zeroizing::new(
        URL_SAFE_NO_PAD
            .decode(text.trim())
            .map_err(|_| ChannelError::Key)?,
    );
    <[u8; KEY_BYTES]>::try_from(bytes.as_slice())
        .map(Zeroizing::new)
        .map_err(|_| ChannelError::Key)
}

impl std::fmt::Display for ChannelError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ChannelError::Key => "not a key",
            ChannelError::Seal => "a message does not open",
            ChannelError::TooLarge => "a message is too large",
            ChannelError::Frame => "a message is no frame",
        })
    }
}

impl std::error::Error for ChannelError {}

impl std::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyPair")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Handshake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handshake").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Channel")
            .field("other", &self.other)
            .finish_non_exhaustive()
    }
}
