//! Files of executions: listed, downloaded, removed.

use axum::body::Bytes;
use axum::response::Response;
use futures_util::stream;
use http::{HeaderMap, StatusCode};

use orloj_engine::ArtifactContent;
use orloj_wire::execution::Artifact;

use super::convert::execution::to_artifacts;
use crate::auth::Asked;
use crate::http::access::Access::{Change, Read};
use crate::http::download::Download;
use crate::http::failure::Failure;
use crate::http::json::Json;
use crate::http::path::{Id, Reference};
use crate::http::route::Route;

type Answer<T> = Result<T, Failure>;

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
    let download = Download {
        name: artifact.name.clone(),
        media_type: artifact.media_type.clone(),
        size: artifact.size,
        sha256: artifact.sha256.clone(),
    };
    Ok(match download.wanted(&headers) {
        Ok((from, until)) => {
            let content = caller.artifact_content(&artifact, from, until);
            download.answer((from, until), stream(content))
        }
        Err(refusal) => *refusal,
    })
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
}

async fn delete(
    Asked(caller): Asked,
    Reference(reference): Reference,
    Id(id): Id,
) -> Answer<StatusCode> {
    caller.remove_artifact(&reference, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
