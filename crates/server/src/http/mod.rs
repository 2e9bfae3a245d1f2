//! Pieces of HTTP that every dialect shares and that mean nothing by themselves.

pub(crate) mod access;
pub(crate) mod detail;
pub(crate) mod download;
pub(crate) mod etag;
pub(crate) mod failure;
pub(crate) mod gate;
pub(crate) mod headers;
pub(crate) mod hex_id;
pub(crate) mod json;
pub(crate) mod language;
pub(crate) mod outside;
pub(crate) mod path;
pub(crate) mod peer;
pub(crate) mod query;
pub(crate) mod range;
pub(crate) mod rate;
pub(crate) mod route;
pub(crate) mod span;
