//! Files for devices: announced, uploaded piece by piece, downloaded.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use serde::Deserialize;
use utoipa::IntoParams;

use orloj_engine::model::{FilePatch, NewFile, Sharing};
use orloj_engine::{Caller, FILE_CHUNK};
use orloj_wire::files::{File, FileCreate, FileList, FileUpdate};

use super::convert::connections::sharing;
use super::convert::files::to_file;
use crate::auth::Asked;
use crate::http::access::Access::{Change, Read};
use crate::http::download::{Download, pieces};
use crate::http::failure::Failure;
use crate::http::json::Json;
use crate::http::path::Id;
use crate::http::query::Query;
use crate::http::route::Route;

type Answer<T> = Result<T, Failure>;

/// Where an upload goes on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Position {
    /// Offset of the first byte of the body in the content: what `received` says. 0 when left out.
    offset: Option<u64>,
}

/// The routes of files.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/files", Read, list)
            .named("files", "listFiles", "List files")
            .about("One's own and those shared with one. Administrators see all.")
            .answers::<FileList>(200),
        Route::post("/api/v1/files", Change, create)
            .named("files", "createFile", "Announce a file")
            .about("The content follows with `PUT /api/v1/files/{id}/content`. An upload that nobody goes on with for a day is removed.")
            .takes::<FileCreate>()
            .answers::<File>(201)
            .or(409, "The quota does not suffice"),
        Route::get("/api/v1/files/{id}", Read, get)
            .named("files", "getFile", "Get a file's description")
            .answers::<File>(200),
        Route::patch("/api/v1/files/{id}", Change, update)
            .named("files", "updateFile", "Update a file's description")
            .takes::<FileUpdate>()
            .answers::<File>(200),
        Route::delete("/api/v1/files/{id}", Change, delete)
            .named("files", "deleteFile", "Delete a file")
            .or(409, "A job or a software entry uses it"),
        Route::put("/api/v1/files/{id}/content", Change, upload)
            .named("files", "uploadFile", "Upload the content of a file")
            .about("The body is the content from `offset` on, to its end or as far as one likes: what has arrived is kept, also when the connection breaks, and `received` says where to go on. With the last byte the SHA-256 is checked and the file is ready.")
            .query::<Position>()
            .takes_bytes()
            .answers::<File>(200)
            .or(409, "The content ends elsewhere than at `offset`, is whole already, or would be longer than announced"),
        Route::get("/api/v1/files/{id}/content", Read, download)
            .named("files", "downloadFile", "Download a file")
            .about("Always as an attachment. `ETag` is the SHA-256 of the content.")
            .header("Range", "One range of bytes; several are answered with the whole file")
            .header("If-Range", "The `ETag` that a part already there belongs to")
            .answers_bytes()
            .or(206, "The part asked for")
            .or(409, "The content is not whole")
            .or(416, "The file has no such part"),
    ]
}

async fn list(Asked(caller): Asked) -> Answer<Json<FileList>> {
    let shelf = caller.files().await?;
    Ok(Json(FileList {
        total: shelf.files.len() as u64,
        items: shelf.files.into_iter().map(to_file).collect(),
        used_bytes: shelf.used,
        quota_bytes: shelf.quota,
    }))
}

async fn create(
    Asked(caller): Asked,
    Json(body): Json<FileCreate>,
) -> Answer<(StatusCode, Json<File>)> {
    let file = caller
        .create_file(NewFile {
            name: body.name,
            description: body.description,
            media_type: body.media_type,
            size: body.size,
            sha256: body.sha256,
            sharing: Sharing {
                users: body.shared_with,
                everybody: body.shared_with_everybody,
            },
        })
        .await?;
    Ok((StatusCode::CREATED, Json(to_file(file))))
}

async fn get(Asked(caller): Asked, Id(id): Id) -> Answer<Json<File>> {
    Ok(Json(to_file(caller.file(id).await?)))
}

async fn update(
    Asked(caller): Asked,
    Id(id): Id,
    Json(body): Json<FileUpdate>,
) -> Answer<Json<File>> {
    let before = caller.file(id).await?;
    let patch = FilePatch {
        name: body.name,
        description: body.description,
        sharing: sharing(before.sharing, body.shared_with, body.shared_with_everybody),
    };
    Ok(Json(to_file(caller.update_file(id, patch).await?)))
}

async fn delete(Asked(caller): Asked, Id(id): Id) -> Answer<StatusCode> {
    caller.delete_file(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn upload(
    Asked(caller): Asked,
    Id(id): Id,
    Query(position): Query<Position>,
    body: Body,
) -> Answer<Json<File>> {
    let end = receive(&caller, id, position.offset.unwrap_or(0), body).await?;
    let file = caller.file(id).await?;
    let file = if end == file.size {
        caller.finish_file(id).await?
    } else {
        file
    };
    Ok(Json(to_file(file)))
}

/// Stores a body piece by piece and answers where the content ends then. What arrived before a connection broke is kept.
async fn receive(caller: &Caller, id: i64, start: u64, mut body: Body) -> Answer<u64> {
    let mut at = start;
    let mut piece = Vec::with_capacity(FILE_CHUNK);
    loop {
        let frame = body.frame().await;
        let (data, is_cut) = match frame {
            Some(Ok(frame)) => (frame.into_data().unwrap_or_default(), false),
            Some(Err(_)) => (Default::default(), true),
            None => {
                if !piece.is_empty() {
                    at = caller.append_file(id, at, piece).await?;
                }
                // Says that the offset is wrong also when nothing was sent.
                return if at == start {
                    nothing_sent(caller, id, start).await
                } else {
                    Ok(at)
                };
            }
        };
        let mut data = data.as_ref();
        while !data.is_empty() {
            let (now, later) = data.split_at(data.len().min(FILE_CHUNK - piece.len()));
            piece.extend_from_slice(now);
            data = later;
            if piece.len() == FILE_CHUNK {
                at = caller
                    .append_file(id, at, std::mem::take(&mut piece))
                    .await?;
                piece.reserve(FILE_CHUNK);
            }
        }
        if is_cut {
            if !piece.is_empty() {
                caller.append_file(id, at, piece).await?;
            }
            return Err(Failure::malformed("The body could not be read to its end"));
        }
    }
}

/// An empty body only asks for the check of what is there.
async fn nothing_sent(caller: &Caller, id: i64, start: u64) -> Answer<u64> {
    let file = caller.file(id).await?;
    if file.received == start {
        return Ok(start);
    }
    Err(Failure::new(
        StatusCode::CONFLICT,
        "conflict",
        format!("the content ends at {} now; go on there", file.received),
    ))
}

async fn download(Asked(caller): Asked, Id(id): Id, headers: HeaderMap) -> Answer<Response> {
    let file = caller.file(id).await?;
    let content = Download {
        sha256: file.sha256.unwrap_or_default(),
        name: file.name,
        media_type: file.media_type,
        size: file.size,
    };
    match content.wanted(&headers) {
        Ok((from, until)) => {
            let reader = caller.file_content(id, from, until).await?;
            Ok(content.answer((from, until), pieces(reader)))
        }
        Err(refusal) => Ok(*refusal),
    }
}
