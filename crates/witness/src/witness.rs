//! The listener that jobs call.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::{Sighting, Span};

/// Listens on a free loopback port until its process ends, and remembers every start that was reported.
#[derive(Debug)]
pub struct Witness {
    address: SocketAddr,
    book: Arc<Book>,
}

#[derive(Debug, Default)]
struct Book {
    seen: Mutex<Vec<Sighting>>,
    spans: Mutex<Vec<Span>>,
}

/// The witness's clock, in microseconds since the Unix epoch.
#[expect(
    clippy::disallowed_methods,
    reason = "the witness has a clock of its own on purpose"
)]
pub fn now_us() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|elapsed| i64::try_from(elapsed.as_micros()).ok())
        .unwrap_or(0)
}

impl Witness {
    /// Begins to listen.
    ///
    /// # Errors
    /// When there is no free loopback port.
    pub fn listen() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let book = Arc::new(Book::default());
        let shared = Arc::clone(&book);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let book = Arc::clone(&shared);
                std::thread::spawn(move || hear(stream, &book));
            }
        });
        Ok(Self { address, book })
    }

    /// Where jobs report: a GET with `job`, `execution`, `attempt` and `due` in its query.
    pub fn url(&self) -> String {
        format!("http://{}/started", self.address)
    }

    /// Where jobs report that run for a while: as above, with the seconds as `for`. They are answered when these are
    /// over, and what is written down is how long they kept their connection.
    pub fn held_url(&self) -> String {
        format!("http://{}/held", self.address)
    }

    /// Host and port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Everything seen so far.
    pub fn seen(&self) -> Vec<Sighting> {
        lock(&self.book.seen).clone()
    }

    /// Runs that took a while.
    pub fn spans(&self) -> Vec<Span> {
        lock(&self.book.spans).clone()
    }

    /// The first start seen at or after this instant.
    pub fn first_since(&self, at_us: i64) -> Option<Sighting> {
        let seen = lock(&self.book.seen);
        seen.iter()
            .filter(|sighting| sighting.at_us >= at_us)
            .min_by_key(|sighting| sighting.at_us)
            .cloned()
    }
}

fn lock<T>(list: &Mutex<T>) -> MutexGuard<'_, T> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads one request and answers it. The time is taken when the request line is there; it is written down before the
/// answer leaves, so whoever was answered has been seen.
fn hear(stream: TcpStream, book: &Book) {
    // A caller that dies in the middle of its request must not keep a thread for ever.
    let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
    let mut reader = BufReader::new(&stream);
    let mut line = String::new();
    if reader.read_line(&mut line).is_err() {
        return;
    }
    let at = now_us();
    let known = query(&line)
        .and_then(|parts| Sighting::from_parts(at, parts.each_ref().map(String::as_str)));
    let status = if known.is_some() {
        "204 No Content"
    } else {
        "400 Bad Request"
    };
    lock(&book.seen).extend(known.clone());
    let mut header = String::new();
    while reader.read_line(&mut header).is_ok_and(|length| length > 2) {
        header.clear();
    }
    if let (Some(start), Some(seconds)) = (known, seconds(&line)) {
        hold(&stream, book, start, seconds);
    }
    // The caller may have been killed meanwhile.
    let mut stream = &stream;
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    );
}

/// Waits until the caller lets go of its connection or its time is over, and writes down when that was.
fn hold(mut stream: &TcpStream, book: &Book, start: Sighting, seconds: u64) {
    let at = {
        let mut spans = lock(&book.spans);
        spans.push(Span {
            start,
            until_us: None,
        });
        spans.len() - 1
    };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(seconds)));
    // Nothing more is said on this connection: reading ends when it ends, or when the time is over.
    let _ = stream.read(&mut [0]);
    if let Some(span) = lock(&book.spans).get_mut(at) {
        span.until_us = Some(now_us());
    }
}

/// How long the caller wants to be held.
fn seconds(line: &str) -> Option<u64> {
    let (_, rest) = line.split_once("for=")?;
    let digits = rest.split(['&', ' ']).next()?;
    digits.parse().ok().filter(|seconds| *seconds > 0)
}

/// The four values of the query of a request line, in whatever order.
fn query(line: &str) -> Option<[String; 4]> {
    let (_, pairs) = line.split(' ').nth(1)?.split_once('?')?;
    let value = |wanted: &str| {
        let mut pairs = pairs.split('&').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.find(|(name, _)| *name == wanted)?;
        // Of what these values consist of, only the colon may come in disguise.
        Some(value.replace("%3A", ":"))
    };
    Some([
        value("job")?,
        value("execution")?,
        value("attempt")?,
        value("due")?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn call(witness: &Witness, query: &str) -> String {
        let mut stream = TcpStream::connect(witness.address).unwrap();
        write!(stream, "GET /started?{query} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn who_was_answered_has_been_seen() {
        let witness = Witness::listen().unwrap();
        let before = now_us();
        let answer = call(
            &witness,
            "attempt=1&due=2023-11-14T22%3A13%3A20Z&execution=abc&job=3",
        );
        assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
        let seen = witness.first_since(before).unwrap();
        assert_eq!((seen.job, seen.execution.as_str()), (3, "abc"));
        assert_eq!(witness.seen().len(), 1);
    }

    #[test]
    fn a_run_lasts_until_it_lets_go_of_its_connection() {
        let witness = Witness::listen().unwrap();
        let query = "attempt=1&due=2023-11-14T22%3A13%3A20Z&execution=abc&job=3&for=60";
        let mut stream = TcpStream::connect(witness.address).unwrap();
        write!(stream, "GET /held?{query} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        while witness.spans().is_empty() {
            std::thread::yield_now();
        }
        assert_eq!(witness.spans()[0].until_us, None);
        drop(stream);
        while witness.spans()[0].until_us.is_none() {
            std::thread::yield_now();
        }
    }

    #[test]
    fn nonsense_is_refused_and_not_written_down() {
        let witness = Witness::listen().unwrap();
        assert!(call(&witness, "job=x").starts_with("HTTP/1.1 400"));
        assert!(witness.seen().is_empty());
    }
}
