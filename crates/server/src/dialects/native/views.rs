//! Saved views of the web page's lists.

use http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use orloj_engine::model::{self, NewView};
use orloj_wire::view::{SavedView, ViewList, ViewPage, ViewSave};

use crate::auth::Asked;
use crate::http::access::Access::{Account, Read};
use crate::http::failure::Failure;
use crate::http::json::Json;
use crate::http::path::Id;
use crate::http::query::Query;
use crate::http::route::Route;

type Answer<T> = Result<T, Failure>;

/// The routes of saved views.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/scheduler/views", Read, list)
            .named("views", "listViews", "List saved views")
            .about("One's own and those that others share, by name.")
            .query::<Which>()
            .answers::<ViewList>(200),
        Route::post("/api/v1/scheduler/views", Account, save)
            .named("views", "saveView", "Save a view")
            .about("One's own view of the same list and name is replaced.")
            .takes::<ViewSave>()
            .answers::<SavedView>(201)
            .or(409, "One has too many views"),
        Route::delete("/api/v1/scheduler/views/{id}", Account, delete)
            .named("views", "deleteView", "Delete a saved view")
            .about("One's own; administrators also those that others share."),
    ]
}

/// Views of which list.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// The list.
    #[param(inline)]
    pub(crate) page: ViewPage,
}

async fn list(Asked(caller): Asked, Query(query): Query<Which>) -> Answer<Json<ViewList>> {
    let views = caller.saved_views(from_page(query.page)).await?;
    Ok(Json(ViewList {
        total: views.len() as u64,
        items: views.into_iter().map(to_view).collect(),
    }))
}

async fn save(
    Asked(caller): Asked,
    Json(body): Json<ViewSave>,
) -> Answer<(StatusCode, Json<SavedView>)> {
    let saved = caller
        .save_view(NewView {
            page: from_page(body.page),
            name: body.name,
            query: body.query,
            is_shared: body.is_shared,
        })
        .await?;
    Ok((StatusCode::CREATED, Json(to_view(saved))))
}

async fn delete(Asked(caller): Asked, Id(id): Id) -> Answer<StatusCode> {
    caller.delete_view(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn from_page(page: ViewPage) -> model::ViewPage {
    match page {
        ViewPage::Jobs => model::ViewPage::Jobs,
        ViewPage::History => model::ViewPage::History,
    }
}

fn to_view(view: model::SavedView) -> SavedView {
    SavedView {
        id: view.id,
        owner_id: view.owner_id,
        owner_name: view.owner_name,
        page: match view.page {
            model::ViewPage::Jobs => ViewPage::Jobs,
            model::ViewPage::History => ViewPage::History,
        },
        name: view.name,
        query: view.query,
        is_shared: view.is_shared,
        updated_at: view.updated_at,
    }
}
