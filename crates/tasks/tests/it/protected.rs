//! TLS against a mail server that others wrote: aiosmtpd, when `TEST_PYTHON` names a
//! Python that has it.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use orloj_tasks::{Cause, Status};
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};

use crate::databases::skipped;
use crate::shop::host_with;

/// A certificate for a name with its key, as files in a folder; the certificate as text.
fn certificate(folder: &Path, name: &str) -> String {
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key");
    let certificate = CertificateParams::new(vec![name.to_owned()])
        .expect("params")
        .self_signed(&key)
        .expect("a certificate");
    std::fs::write(folder.join("cert.pem"), certificate.pem()).expect("written");
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).expect("written");
    certificate.pem()
}

const MAIL: &str = r#"
import ssl, sys, time
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

class Handler:
    async def handle_DATA(self, server, session, envelope):
        with open(sys.argv[3], "a") as out:
            out.write(f"{session.authenticated} {','.join(envelope.rcpt_tos)}\n")
        return "250 OK"

def sign_in(server, session, envelope, mechanism, data):
    return AuthResult(success=data.password == b"secret")

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("cert.pem", "key.pem")
common = dict(hostname="127.0.0.1", port=int(sys.argv[2]), authenticator=sign_in, auth_required=True)
if sys.argv[1] == "tls":
    controller = Controller(Handler(), ssl_context=context, auth_require_tls=False, **common)
else:
    controller = Controller(Handler(), tls_context=context, require_starttls=True, **common)
controller.start()
while True:
    time.sleep(60)
"#;

struct Aiosmtpd(Child);

impl Drop for Aiosmtpd {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[tokio::test]
async fn mail_goes_over_tls_to_a_server_of_others() {
    let Some(python) = std::env::var_os("TEST_PYTHON") else {
        skipped("aiosmtpd", "TEST_PYTHON names no Python");
        return;
    };
    for security in ["starttls", "tls"] {
        let folder = tempfile::tempdir().expect("a folder");
        let trusted = certificate(folder.path(), "localhost");
        let stranger = certificate(tempfile::tempdir().expect("a folder").path(), "localhost");
        std::fs::write(folder.path().join("mail.py"), MAIL).expect("written");
        let port = crate::ports::free_port();
        let server = Command::new(&python)
            .args(["mail.py", security, &port.to_string(), "mails"])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.path().join("log")).expect("a log"))
            .spawn()
            .expect("python");
        let server = Aiosmtpd(server);
        let start = Instant::now();
        while tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .is_err()
        {
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "{}",
                std::fs::read_to_string(folder.path().join("log")).expect("a log")
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let send = async |more: Value| {
            let mut settings = json!({
                "type": "smtp", "host": "localhost", "port": port, "security": security,
                "username": "orloj", "password": "secret", "from": "orloj@example.com",
                "caCertificate": trusted, "allowPrivateAddresses": true,
            });
            for (name, value) in more.as_object().expect("an object") {
                settings[name] = value.clone();
            }
            host_with(settings)
                .run(
                    "email",
                    json!({ "connection": "shop", "recipients": ["ann@example.com"], "subject": "s", "text": "t", "timeoutSeconds": 5 }),
                )
                .await
        };
        let outcome = send(json!({})).await;
        assert_eq!(outcome.status, Status::Success, "{security}: {outcome:?}");
        for wrong in [
            json!({ "caCertificate": stranger }),
            json!({ "caCertificate": null }),
            json!({ "host": "127.0.0.1" }),
            json!({ "security": "none" }),
            json!({ "password": "wrong" }),
        ] {
            let outcome = send(wrong.clone()).await;
            assert_eq!(outcome.status, Status::Failed, "{security}: {wrong}");
            assert_ne!(outcome.failure.expect("a failure").cause, Cause::Internal);
        }
        let mails = std::fs::read_to_string(folder.path().join("mails")).expect("mails");
        assert_eq!(mails, "True ann@example.com\n", "{security}");
        drop(server);
    }
}
