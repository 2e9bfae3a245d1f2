//! Who is this? Bearer tokens and session cookies become an actor.

pub(crate) mod cookie;
