//! HTTP in front of the engine: the native API, the web page, health and metrics.
//!
//! The surfaces are dialects (see `dialects`); each is a table of routes from which the router, the OpenAPI document and
//! the access matrix are made. Handlers extract, convert, call the engine once, convert.

mod auth;
mod dialects;
mod http;
mod openapi;

pub use openapi::openapi;
