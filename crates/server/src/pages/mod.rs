//! What people look at: the web page and the documentation of the API.

mod docs;
mod files;
mod web;

use axum::Router;

use crate::app::App;

pub(crate) use web::fallback;

pub(crate) fn routes() -> Router<App> {
    docs::routes().merge(web::routes())
}
