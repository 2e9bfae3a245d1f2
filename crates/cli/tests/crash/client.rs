//! A client that has nothing of the server's: plain sockets, one request each, so that it can say what became of a
//! request that a killed server never answered.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// What became of a request.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The whole answer came.
    Heard(u16, Value),
    /// It did not: the server may have done it or not.
    Unknown,
}

/// Where to ask, and as whom.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) address: String,
    pub(crate) token: String,
}

impl Client {
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "")
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, &body.to_string())
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        self.exchange(method, path, body)
            .and_then(|answer| read(&answer))
            .map_or(Answer::Unknown, |(status, body)| {
                Answer::Heard(status, body)
            })
    }

    fn exchange(&self, method: &str, path: &str, body: &str) -> Option<Vec<u8>> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .ok()?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            self.token,
            body.len()
        )
        .ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        Some(answer)
    }

    /// Every row of a paged list.
    pub(crate) fn all(&self, path: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        let joint = if path.contains('?') { '&' } else { '?' };
        for page in 1.. {
            let answer = self.get(&format!("{path}{joint}page={page}&per_page=100"));
            let Answer::Heard(200, mut body) = answer else {
                panic!("{path}: {answer:?}");
            };
            let Value::Array(mut items) = body["items"].take() else {
                panic!("{path}: no items in {body}");
            };
            rows.append(&mut items);
            if page >= body["totalPages"].as_u64().unwrap() {
                return rows;
            }
        }
        rows
    }
}

/// Status and body of a whole answer; `None` when it was cut off.
fn read(answer: &[u8]) -> Option<(u16, Value)> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let body = &answer[end + 4..];
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    });
    if body.is_empty() && length.is_none_or(|length| length == 0) {
        return Some((status, Value::Null));
    }
    if length != Some(body.len()) {
        return None;
    }
    Some((status, serde_json::from_slice(body).ok()?))
}
