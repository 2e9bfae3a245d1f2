//! The software catalogue.

use http::StatusCode;

use orloj_engine::model::{NewSoftware, Sharing, SoftwareDefinition, SoftwarePatch};
use orloj_wire::software::{Software, SoftwareCreate, SoftwareList, SoftwareUpdate};

use super::convert::connections::sharing;
use super::convert::software::{from_platforms, to_software};
use crate::auth::Asked;
use crate::http::access::Access::{Change, Read};
use crate::http::failure::Failure;
use crate::http::json::Json;
use crate::http::path::Id;
use crate::http::route::Route;

type Answer<T> = Result<T, Failure>;

/// The routes of software.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/software", Read, list)
            .named("software", "listSoftware", "List software")
            .about("What comes with the program, one's own entries and those shared with one. Administrators see all.")
            .answers::<SoftwareList>(200),
        Route::post("/api/v1/software", Change, create)
            .named("software", "createSoftware", "Add software")
            .about("For each system either names of packages, or commands, where the one that installs needs one that detects. A file is brought onto the device before the commands run; they find its path in the environment variable `ORLOJ_FILE`.")
            .takes::<SoftwareCreate>()
            .answers::<Software>(201)
            .or(409, "The owner has one of this name"),
        Route::get("/api/v1/software/{id}", Read, get)
            .named("software", "getSoftware", "Get software")
            .answers::<Software>(200),
        Route::patch("/api/v1/software/{id}", Change, update)
            .named("software", "updateSoftware", "Update software")
            .takes::<SoftwareUpdate>()
            .answers::<Software>(200)
            .or(409, "The owner has one of this name, or the entry comes with the program"),
        Route::delete("/api/v1/software/{id}", Change, delete)
            .named("software", "deleteSoftware", "Delete software")
            .or(409, "A job or another entry uses it, or it comes with the program"),
    ]
}

async fn list(Asked(caller): Asked) -> Answer<Json<SoftwareList>> {
    let all = caller.software_catalogue().await?;
    Ok(Json(SoftwareList {
        total: all.len() as u64,
        items: all.into_iter().map(to_software).collect(),
    }))
}

async fn create(
    Asked(caller): Asked,
    Json(body): Json<SoftwareCreate>,
) -> Answer<(StatusCode, Json<Software>)> {
    let entry = caller
        .create_software(NewSoftware {
            name: body.name,
            version: body.version,
            description: body.description,
            category: body.category,
            publisher: body.publisher,
            definition: SoftwareDefinition {
                platforms: from_platforms(body.platforms),
                dependencies: body.dependencies,
                min_memory_mb: body.min_memory_mb,
                min_disk_mb: body.min_disk_mb,
            },
            sharing: Sharing {
                users: body.shared_with,
                everybody: body.shared_with_everybody,
            },
        })
        .await?;
    Ok((StatusCode::CREATED, Json(to_software(entry))))
}

async fn get(Asked(caller): Asked, Id(id): Id) -> Answer<Json<Software>> {
    Ok(Json(to_software(caller.software(id).await?)))
}

async fn update(
    Asked(caller): Asked,
    Id(id): Id,
    Json(body): Json<SoftwareUpdate>,
) -> Answer<Json<Software>> {
    let before = caller.software(id).await?;
    let changes_definition = body.platforms.is_some()
        || body.dependencies.is_some()
        || body.min_memory_mb.is_some()
        || body.min_disk_mb.is_some();
    let definition = changes_definition.then(|| SoftwareDefinition {
        platforms: body
            .platforms
            .map_or(before.definition.platforms, from_platforms),
        dependencies: body.dependencies.unwrap_or(before.definition.dependencies),
        min_memory_mb: body
            .min_memory_mb
            .unwrap_or(before.definition.min_memory_mb),
        min_disk_mb: body.min_disk_mb.unwrap_or(before.definition.min_disk_mb),
    });
    let patch = SoftwarePatch {
        name: body.name,
        version: body.version,
        description: body.description,
        category: body.category,
        publisher: body.publisher,
        definition,
        sharing: sharing(before.sharing, body.shared_with, body.shared_with_everybody),
    };
    Ok(Json(to_software(caller.update_software(id, patch).await?)))
}

async fn delete(Asked(caller): Asked, Id(id): Id) -> Answer<StatusCode> {
    caller.delete_software(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
