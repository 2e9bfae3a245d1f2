//! A web server on loopback that shows exactly what arrived on the wire.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rcgen::{CertificateParams, KeyPair};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ServerConfig, crypto};

/// One request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn first_line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

type Answers = dyn Fn(&Received, usize) -> Option<Vec<u8>> + Send + Sync;

pub(crate) struct WebServer {
    pub(crate) address: SocketAddr,
    pub(crate) received: Arc<Mutex<Vec<Received>>>,
    pub(crate) connections: Arc<Mutex<usize>>,
    task: JoinHandle<()>,
}

impl Drop for WebServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl WebServer {
    /// Answers every request with what `answers` makes of it and its number; `None` never answers.
    pub(crate) async fn start(
        answers: impl Fn(&Received, usize) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        Self::start_with(answers, None).await
    }

    /// The same behind TLS, with a certificate nobody vouches for.
    pub(crate) async fn start_tls(
        answers: impl Fn(&Received, usize) -> Option<Vec<u8>> + Send + Sync + 'static,
        certificate: CertificateParams,
    ) -> Self {
        let (acceptor, _) = tls(certificate);
        Self::start_with(answers, Some(acceptor)).await
    }

    async fn start_with(
        answers: impl Fn(&Received, usize) -> Option<Vec<u8>> + Send + Sync + 'static,
        tls: Option<TlsAcceptor>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let connections: Arc<Mutex<usize>> = Arc::default();
        let answers: Arc<Answers> = Arc::new(answers);
        let task = {
            let (received, connections) = (Arc::clone(&received), Arc::clone(&connections));
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    *connections.lock().expect("count") += 1;
                    let (received, answers) = (Arc::clone(&received), Arc::clone(&answers));
                    let tls = tls.clone();
                    tokio::spawn(async move {
                        match tls {
                            Some(tls) => {
                                if let Ok(stream) = tls.accept(stream).await {
                                    serve(stream, &received, &*answers).await;
                                }
                            }
                            None => serve(stream, &received, &*answers).await,
                        }
                    });
                }
            })
        };
        Self {
            address,
            received,
            connections,
            task,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Received> {
        self.received.lock().expect("requests").clone()
    }

    pub(crate) fn count(&self) -> usize {
        *self.connections.lock().expect("count")
    }
}

/// A TLS server side with a certificate that vouches for itself, and that certificate as PEM.
pub(crate) fn tls(certificate: CertificateParams) -> (TlsAcceptor, String) {
    let key = KeyPair::generate().expect("a key");
    let certificate = certificate.self_signed(&key).expect("a certificate");
    let config =
        ServerConfig::builder_with_provider(Arc::new(crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            )
            .expect("a usable certificate");
    (TlsAcceptor::from(Arc::new(config)), certificate.pem())
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    received: &Mutex<Vec<Received>>,
    answers: &Answers,
) {
    let mut bytes = Vec::new();
    let mut chunk = [0_u8; 4096];
    let request = loop {
        if let Some(request) = complete(&bytes) {
            break request;
        }
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
        }
    };
    let number = {
        let mut received = received.lock().expect("requests");
        received.push(request.clone());
        received.len()
    };
    match answers(&request, number) {
        Some(answer) => {
            drop(stream.write_all(&answer).await);
            drop(stream.shutdown().await);
        }
        None => std::future::pending().await,
    }
}

fn complete(bytes: &[u8]) -> Option<Received> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let mut received = Received {
        head: String::from_utf8_lossy(&bytes[..end]).into_owned(),
        body: String::new(),
    };
    let length: usize = received
        .header("content-length")
        .map_or(0, |length| length.parse().expect("a length"));
    let body = bytes.get(end..end + length)?;
    received.body = String::from_utf8_lossy(body).into_owned();
    Some(received)
}

/// An answer with a body and further header lines.
#[expect(
    clippy::unnecessary_wraps,
    reason = "the form the server's closures give back"
)]
pub(crate) fn answer(status: u16, headers: &[&str], body: &str) -> Option<Vec<u8>> {
    let mut text = format!(
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n",
        body.len()
    );
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    text.push_str(body);
    Some(text.into_bytes())
}
