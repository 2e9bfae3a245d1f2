//! The session cookie.

/// Name over HTTPS: browsers accept it only with `Secure`, for one host, for `/`.
pub(crate) const SECURE_NAME: &str = "__Host-orloj";
/// Name over plain HTTP, where a `__Host-` cookie would be refused.
pub(crate) const PLAIN_NAME: &str = "orloj_session";
