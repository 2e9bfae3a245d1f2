//! Real connections over loopback: slow clients, streams, stopping in order.

use std::net::SocketAddr;
use std::time::Duration;

use orloj_server::{ServeError, Server, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::app::TestApp;

/// A server on a free port of loopback.
struct Listening {
    address: SocketAddr,
    shutdown: CancellationToken,
    task: JoinHandle<Result<(), ServeError>>,
}

async fn listen(app: &TestApp, config: ServerConfig) -> Listening {
    let config = ServerConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        ..config
    };
    let server = Server::bind(config, app.engine.clone()).await.unwrap();
    let address = server.local_addr();
    let shutdown = CancellationToken::new();
    let task = tokio::spawn(server.run(shutdown.clone()));
    Listening {
        address,
        shutdown,
        task,
    }
}

async fn send(address: SocketAddr, head: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may close the connection before it has taken everything.
    let _ = stream.write_all(head.as_bytes()).await;
    stream
}

/// Reads until the text has been said, or to the end.
async fn read_until(stream: &mut TcpStream, wanted: &str) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4_096];
    while !text.contains(wanted) {
        let count = stream.read(&mut buffer).await.unwrap_or(0);
        if count == 0 {
            break;
        }
        text.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    text
}

#[tokio::test]
async fn answers_and_stops_in_order() {
    let app = TestApp::new().await;
    let server = listen(&app, ServerConfig::default()).await;
    let mut idle = send(server.address, "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(
        read_until(&mut idle, "\"ok\"")
            .await
            .starts_with("HTTP/1.1 200")
    );
    let head = format!(
        "GET /api/v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n",
        app.user
    );
    let mut events = send(server.address, &head).await;
    assert!(
        read_until(&mut events, "event: ping")
            .await
            .contains("text/event-stream")
    );
    server.shutdown.cancel();
    // Both connections end by themselves: the stream is cut, the idle one closed.
    read_until(&mut events, "never said").await;
    read_until(&mut idle, "never said").await;
    server.task.await.unwrap().unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn a_client_that_never_finishes_its_head_is_let_go() {
    let app = TestApp::new().await;
    let config = ServerConfig {
        header_timeout: Duration::from_millis(200),
        ..Default::default()
    };
    let server = listen(&app, config).await;
    let mut slow = send(
        server.address,
        "GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ",
    )
    .await;
    let text = read_until(&mut slow, "never said").await;
    assert!(!text.contains("200 OK"), "{text}");
    server.shutdown.cancel();
    server.task.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_body_that_never_comes_does_not_hold_a_request_for_ever() {
    let app = TestApp::new().await;
    let config = ServerConfig {
        request_timeout: Duration::from_millis(200),
        ..Default::default()
    };
    let server = listen(&app, config).await;
    let head = format!(
        "POST /api/v1/scheduler/jobs HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{{",
        app.user
    );
    let mut slow = send(server.address, &head).await;
    let text = read_until(&mut slow, "\"timeout\"").await;
    assert!(text.starts_with("HTTP/1.1 503"), "{text}");
    server.shutdown.cancel();
    server.task.await.unwrap().unwrap();
}

#[tokio::test]
async fn heads_that_are_too_large_or_no_http_are_refused() {
    let app = TestApp::new().await;
    let server = listen(&app, ServerConfig::default()).await;
    let mut large = send(
        server.address,
        &format!(
            "GET /healthz HTTP/1.1\r\nhost: x\r\nx-large: {}\r\n\r\n",
            "a".repeat(1_000_000)
        ),
    )
    .await;
    // The answer may get lost when the connection is closed over what was not read.
    let text = read_until(&mut large, "\r\n\r\n").await;
    assert!(text.is_empty() || text.starts_with("HTTP/1.1 4"), "{text}");
    let mut noise = send(server.address, "\u{16}\u{3}\u{1} this is no http\r\n\r\n").await;
    let text = read_until(&mut noise, "\r\n\r\n").await;
    assert!(
        text.is_empty() || text.starts_with("HTTP/1.1 400"),
        "{text}"
    );
    let mut fine = send(server.address, "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(
        read_until(&mut fine, "\"ok\"")
            .await
            .starts_with("HTTP/1.1 200")
    );
    server.shutdown.cancel();
    server.task.await.unwrap().unwrap();
}

#[tokio::test]
async fn an_address_in_use_is_said_to_be() {
    let app = TestApp::new().await;
    let server = listen(&app, ServerConfig::default()).await;
    let config = ServerConfig {
        listen: server.address,
        ..Default::default()
    };
    let error = Server::bind(config, app.engine.clone())
        .await
        .err()
        .unwrap();
    assert!(
        error.to_string().contains(&server.address.to_string()),
        "{error}"
    );
    server.shutdown.cancel();
    server.task.await.unwrap().unwrap();
}
