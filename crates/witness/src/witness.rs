//! The listener that jobs call.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::Sighting;

/// Listens on a free loopback port until its process ends, and remembers every start that was reported.
#[derive(Debug)]
pub struct Witness {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Sighting>>>,
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
        let seen = Arc::new(Mutex::new(Vec::new()));
        let book = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let book = Arc::clone(&book);
                std::thread::spawn(move || hear(&stream, &book));
            }
        });
        Ok(Self { address, seen })
    }

    /// Where jobs report: a GET with `job`, `execution`, `attempt` and `due` in its query.
    pub fn url(&self) -> String {
        format!("http://{}/started", self.address)
    }

    /// Everything seen so far.
    pub fn seen(&self) -> Vec<Sighting> {
        lock(&self.seen).clone()
    }

    /// The first start seen at or after this instant.
    pub fn first_since(&self, at_us: i64) -> Option<Sighting> {
        let seen = lock(&self.seen);
        seen.iter()
            .filter(|sighting| sighting.at_us >= at_us)
            .min_by_key(|sighting| sighting.at_us)
            .cloned()
    }
}

fn lock(book: &Mutex<Vec<Sighting>>) -> MutexGuard<'_, Vec<Sighting>> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads one request and answers it. The time is taken when the request line is there; it is written down before the
/// answer leaves, so whoever was answered has been seen.
fn hear(stream: &TcpStream, book: &Mutex<Vec<Sighting>>) {
    // A caller that dies in the middle of its request must not keep a thread for ever.
    let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
    let mut reader = BufReader::new(stream);
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
    lock(book).extend(known);
    let mut header = String::new();
    while reader.read_line(&mut header).is_ok_and(|length| length > 2) {
        header.clear();
    }
    // The caller may have been killed meanwhile.
    let mut stream = stream;
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    );
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
    fn nonsense_is_refused_and_not_written_down() {
        let witness = Witness::listen().unwrap();
        assert!(call(&witness, "job=x").starts_with("HTTP/1.1 400"));
        assert!(witness.seen().is_empty());
    }
}
