//! Pure decisions: no clock, no I/O, no randomness of their own.

pub(crate) mod backoff;
pub(crate) mod password;
pub(crate) mod person;
pub(crate) mod secret;
