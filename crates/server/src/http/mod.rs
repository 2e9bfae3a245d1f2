//! Pieces of HTTP that every dialect shares and that mean nothing by themselves.

pub(crate) mod access;
pub(crate) mod route;
