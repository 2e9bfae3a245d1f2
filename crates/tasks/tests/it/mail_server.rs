//! A mail server on loopback that keeps what it is given.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// One mail as it was handed over.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mail {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) data: String,
    /// Whether it came over TLS.
    pub(crate) protected: bool,
}

impl Mail {
    /// A header with its folded lines joined.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let head = self.data.split("\r\n\r\n").next()?.replace("\r\n ", " ");
        head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found
                .eq_ignore_ascii_case(name)
                .then(|| value.trim().to_owned())
        })
    }
}

/// How the server protects itself.
#[derive(Clone)]
pub(crate) enum Protection {
    None,
    StartTls(TlsAcceptor),
    Tls(TlsAcceptor),
}

#[derive(Debug, Default)]
struct Kept {
    mails: Vec<Mail>,
    connections: usize,
    sign_ins: Vec<String>,
}

pub(crate) struct MailServer {
    pub(crate) address: SocketAddr,
    kept: Arc<Mutex<Kept>>,
    task: JoinHandle<()>,
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl MailServer {
    /// Takes mail for everybody but those whose address says `refuse` (for good)
    /// or `later` (for now). The password is `secret`.
    pub(crate) async fn start(protection: Protection) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let kept: Arc<Mutex<Kept>> = Arc::default();
        let task = {
            let kept = Arc::clone(&kept);
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    kept.lock().expect("kept").connections += 1;
                    let (kept, protection) = (Arc::clone(&kept), protection.clone());
                    tokio::spawn(async move {
                        match protection {
                            Protection::None => drop(talk(stream, &kept, false, None).await),
                            Protection::StartTls(tls) => {
                                if let Some(stream) = talk(stream, &kept, false, Some(())).await
                                    && let Ok(stream) = tls.accept(stream).await
                                {
                                    drop(talk_on(stream, &kept, true, None).await);
                                }
                            }
                            Protection::Tls(tls) => {
                                if let Ok(stream) = tls.accept(stream).await {
                                    drop(talk(stream, &kept, true, None).await);
                                }
                            }
                        }
                    });
                }
            })
        };
        Self {
            address,
            kept,
            task,
        }
    }

    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.kept.lock().expect("kept").mails.clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.kept.lock().expect("kept").connections
    }

    pub(crate) fn sign_ins(&self) -> Vec<String> {
        self.kept.lock().expect("kept").sign_ins.clone()
    }
}

/// Greets and talks; gives the stream back when the client wants TLS on it.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    kept: &Mutex<Kept>,
    protected: bool,
    start_tls: Option<()>,
) -> Option<S> {
    stream.write_all(b"220 test ESMTP\r\n").await.ok()?;
    talk_on(stream, kept, protected, start_tls).await
}

async fn talk_on<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    kept: &Mutex<Kept>,
    protected: bool,
    start_tls: Option<()>,
) -> Option<S> {
    let mut stream = BufReader::new(stream);
    let mut mail = Mail::default();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        let upper = line.to_ascii_uppercase();
        let answer = if upper.starts_with("EHLO") {
            let offer = if start_tls.is_some() {
                "250-STARTTLS\r\n"
            } else {
                ""
            };
            format!("250-test\r\n{offer}250-8BITMIME\r\n250 AUTH PLAIN LOGIN")
        } else if upper == "STARTTLS" && start_tls.is_some() {
            stream.write_all(b"220 go ahead\r\n").await.ok()?;
            return Some(stream.into_inner());
        } else if let Some(given) = upper.strip_prefix("AUTH PLAIN ") {
            kept.lock()
                .expect("kept")
                .sign_ins
                .push(line[line.len() - given.len()..].to_owned());
            // base64 of NUL, "orloj", NUL, "secret"
            if line.ends_with("AG9ybG9qAHNlY3JldA==") {
                "235 welcome".to_owned()
            } else {
                "535 wrong name or password".to_owned()
            }
        } else if upper.starts_with("MAIL FROM:") {
            mail = Mail {
                from: between(line),
                protected,
                ..Mail::default()
            };
            "250 ok".to_owned()
        } else if upper.starts_with("RCPT TO:") {
            let address = between(line);
            if address.contains("refuse") {
                "550 no such mailbox".to_owned()
            } else if address.contains("later") {
                "450 mailbox is busy".to_owned()
            } else {
                mail.to.push(address);
                "250 ok".to_owned()
            }
        } else if upper == "DATA" {
            stream.write_all(b"354 go on\r\n").await.ok()?;
            loop {
                let mut line = String::new();
                stream.read_line(&mut line).await.ok()?;
                if line == ".\r\n" {
                    break;
                }
                mail.data.push_str(line.strip_prefix('.').unwrap_or(&line));
            }
            kept.lock().expect("kept").mails.push(mail.clone());
            "250 taken".to_owned()
        } else if upper == "QUIT" {
            drop(stream.write_all(b"221 bye\r\n").await);
            return None;
        } else {
            "250 ok".to_owned()
        };
        stream
            .write_all(format!("{answer}\r\n").as_bytes())
            .await
            .ok()?;
    }
}

fn between(line: &str) -> String {
    line.split(['<', '>']).nth(1).unwrap_or_default().to_owned()
}
