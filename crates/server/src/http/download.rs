//! Answers with the bytes of something that is kept: whole or a part, always to be saved, never shown by a browser.

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt as _, stream};
use http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
};
use http::{HeaderMap, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use orloj_engine::FileReader;

use super::failure::Failure;
use super::range::{self, Part};

/// What RFC 8187 lets stand as it is in a parameter's value.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What is to be saved.
#[derive(Clone, Debug)]
pub(crate) struct Download {
    /// Its name for people.
    pub(crate) name: String,
    /// What kind of content it says it has.
    pub(crate) media_type: String,
    /// Bytes.
    pub(crate) size: u64,
    /// SHA-256 in hexadecimal digits.
    pub(crate) sha256: String,
}

impl Download {
    /// The part that these headers ask for: from the first byte up to but without the second. An error is the answer
    /// that there is no such part.
    pub(crate) fn wanted(&self, headers: &HeaderMap) -> Result<(u64, u64), Box<Response>> {
        match range::wanted(headers, self.size, &self.etag()) {
            Part::Whole => Ok((0, self.size)),
            Part::Bytes(from, until) => Ok((from, until)),
            Part::None => {
                let failure = Failure::new(
                    StatusCode::RANGE_NOT_SATISFIABLE,
                    "range_not_satisfiable",
                    format!("The file has {} bytes", self.size),
                );
                let range = format!("bytes */{}", self.size);
                Err(Box::new(
                    ([(CONTENT_RANGE, range)], failure).into_response(),
                ))
            }
        }
    }

    /// The answer with this part.
    pub(crate) fn answer<S>(self, (from, until): (u64, u64), content: S) -> Response
    where
        S: Stream<Item = Result<Bytes, orloj_engine::Error>> + Send + 'static,
    {
        let is_part = until - from != self.size;
        let status = if is_part {
            StatusCode::PARTIAL_CONTENT
        } else {
            StatusCode::OK
        };
        let etag = self.etag();
        let mut response = (
            status,
            [
                (CONTENT_TYPE, self.media_type),
                (CONTENT_DISPOSITION, attachment(&self.name)),
                (CONTENT_LENGTH, (until - from).to_string()),
                (ACCEPT_RANGES, "bytes".to_owned()),
                (ETAG, etag),
            ],
            // Compression asks once more after the end, which an unfolded stream takes for a defect.
            Body::from_stream(content.fuse()),
        )
            .into_response();
        if is_part && let Ok(range) = format!("bytes {from}-{}/{}", until - 1, self.size).parse() {
            response.headers_mut().insert(CONTENT_RANGE, range);
        }
        response
    }

    fn etag(&self) -> String {
        format!("\"{}\"", self.sha256)
    }
}

/// The pieces of a file. One that goes away meanwhile breaks the answer off, so that nobody takes a part for the whole.
pub(crate) fn pieces(
    reader: FileReader,
) -> impl Stream<Item = Result<Bytes, orloj_engine::Error>> + Send {
    stream::unfold(Some(reader), |reader| async move {
        let mut reader = reader?;
        match reader.next().await {
            Ok(Some(piece)) => Some((Ok(Bytes::from(piece)), Some(reader))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    })
}

/// Says that an answer is to be saved, and under which name (RFC 6266): in ASCII for old programs, and in full.
fn attachment(name: &str) -> String {
    let ascii: String = name
        .chars()
        .map(|letter| match letter {
            '"' | '%' => '_',
            ' '..='~' => letter,
            _ => '_',
        })
        .collect();
    let full = utf8_percent_encode(name, PLAIN);
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{full}")
}

#[cfg(test)]
mod tests {
    use super::attachment;

    #[test]
    fn names_do_not_break_out_of_the_header() {
        assert_eq!(
            attachment("a\"; x=1%20.csv"),
            "attachment; filename=\"a_; x=1_20.csv\"; filename*=UTF-8''a%22%3B%20x%3D1%2520.csv"
        );
        assert_eq!(
            attachment("تقرير.pdf"),
            "attachment; filename=\"_____.pdf\"; filename*=UTF-8''%D8%AA%D9%82%D8%B1%D9%8A%D8%B1.pdf"
        );
    }
}
