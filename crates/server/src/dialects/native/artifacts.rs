//! Files of executions: listed, downloaded, removed.

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use futures_util::stream;
use http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
};
use http::{HeaderMap, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use orloj_engine::ArtifactContent;
use orloj_wire::execution::Artifact;

use super::convert::execution::to_artifacts;
use crate::auth::Asked;
use crate::http::access::Access::{Change, Read};
use crate::http::failure::Failure;
use crate::http::json::Json;
use crate::http::path::{Id, Reference};
use crate::http::range::{self, Part};
use crate::http::route::Route;

type Answer<T> = Result<T, Failure>;

/// What RFC 8187 lets stand as it is in a parameter's value.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The routes of artifacts.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/api/v1/scheduler/executions/{execution}/artifacts",
            Read,
            list,
        )
        .named(
            "executions",
            "listArtifacts",
            "List the files of an execution",
        )
        .answers_list::<Artifact>(),
        Route::get(
            "/api/v1/scheduler/executions/{execution}/artifacts/{id}",
            Read,
            download,
        )
        .named(
            "executions",
            "downloadArtifact",
            "Download a file of an execution",
        )
        .about("Always as an attachment. `ETag` is the SHA-256 of the content.")
        .header(
            "Range",
            "One range of bytes; several are answered with the whole file",
        )
        .header(
            "If-Range",
            "The `ETag` that a part already there belongs to",
        )
        .answers_bytes()
        .or(206, "The part asked for")
        .or(416, "The file has no such part"),
        Route::delete(
            "/api/v1/scheduler/executions/{execution}/artifacts/{id}",
            Change,
            delete,
        )
        .named(
            "executions",
            "deleteArtifact",
            "Delete a file of an execution",
        ),
    ]
}

async fn list(
    Asked(caller): Asked,
    Reference(reference): Reference,
) -> Answer<Json<Vec<Artifact>>> {
    let execution = caller.execution(&reference).await?;
    Ok(Json(to_artifacts(&execution.uuid, execution.artifacts)))
}

async fn download(
    Asked(caller): Asked,
    Reference(reference): Reference,
    Id(id): Id,
    headers: HeaderMap,
) -> Answer<Response> {
    let artifact = caller.artifact(&reference, id).await?;
    let size = artifact.size;
    let etag = format!("\"{}\"", artifact.sha256);
    let (status, from, until) = match range::wanted(&headers, size, &etag) {
        Part::Whole => (StatusCode::OK, 0, size),
        Part::Bytes(from, until) => (StatusCode::PARTIAL_CONTENT, from, until),
        Part::None => {
            let failure = Failure::new(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "range_not_satisfiable",
                format!("The file has {size} bytes"),
            );
            return Ok(([(CONTENT_RANGE, format!("bytes */{size}"))], failure).into_response());
        }
    };
    let content = caller.artifact_content(&artifact, from, until);
    let mut response = (
        status,
        [
            (CONTENT_TYPE, artifact.media_type),
            (CONTENT_DISPOSITION, attachment(&artifact.name)),
            (CONTENT_LENGTH, (until - from).to_string()),
            (ACCEPT_RANGES, "bytes".to_owned()),
            (ETAG, etag),
        ],
        Body::from_stream(stream(content)),
    )
        .into_response();
    if status == StatusCode::PARTIAL_CONTENT
        && let Ok(range) = format!("bytes {from}-{}/{size}", until - 1).parse()
    {
        response.headers_mut().insert(CONTENT_RANGE, range);
    }
    Ok(response)
}

/// The pieces of a file. One that goes away meanwhile breaks the answer off, so that nobody takes a part for the whole.
fn stream(
    content: ArtifactContent,
) -> impl futures_util::Stream<Item = Result<Bytes, orloj_engine::Error>> {
    stream::unfold(Some(content), |content| async move {
        let mut content = content?;
        match content.next().await {
            Ok(Some(piece)) => Some((Ok(Bytes::from(piece)), Some(content))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    })
    // Compression asks once more after the end, which an unfolded stream takes for a defect.
    .fuse()
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

async fn delete(
    Asked(caller): Asked,
    Reference(reference): Reference,
    Id(id): Id,
) -> Answer<StatusCode> {
    caller.remove_artifact(&reference, id).await?;
    Ok(StatusCode::NO_CONTENT)
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
