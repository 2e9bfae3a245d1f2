//! Files for the agents of devices: whoever shows the ticket of an order under way gets the files that it names.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;

use orloj_engine::Kind;
use orloj_wire::agent::TICKET_HEADER;

use crate::app::App;
use crate::http::access::Access::Public;
use crate::http::download::{Download, pieces};
use crate::http::failure::Failure;
use crate::http::path::Id;
use crate::http::peer::Origin;
use crate::http::route::Route;

/// The routes of files for agents.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/agents/files/{id}", Public, download)
            .named("agents", "downloadFileForAgent", "Download a file for an order")
            .about("For agents. The header `Orloj-Ticket` carries the ticket that came with the order; it opens the files of that order as long as the device works on it.")
            .header("Orloj-Ticket", "The ticket of the order")
            .header("Range", "One range of bytes")
            .answers_bytes()
            .or(206, "The part asked for")
            .or(401, "The ticket is not valid")
            .or(416, "The file has no such part"),
    ]
}

async fn download(
    State(app): State<App>,
    Extension(origin): Extension<Origin>,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let ticket = headers
        .get(TICKET_HEADER)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let file = match app.engine.file_for_ticket(ticket, id).await {
        Ok(file) => file,
        Err(error) => {
            if matches!(error.kind, Kind::Unauthenticated | Kind::NotFound) {
                app.engine
                    .record_bad_agent(Some(origin.address), "bad_ticket")
                    .await;
            }
            return Err(error.into());
        }
    };
    let content = Download {
        sha256: file.sha256.clone().unwrap_or_default(),
        name: file.name.clone(),
        media_type: "application/octet-stream".to_owned(),
        size: file.size,
    };
    Ok(match content.wanted(&headers) {
        Ok((from, until)) => {
            let reader = app.engine.file_reader(&file, from, until);
            content.answer((from, until), pieces(reader))
        }
        Err(refusal) => *refusal,
    })
}
