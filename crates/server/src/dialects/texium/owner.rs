//! Whose a thing is: users of ours by their number, users of other systems by the id those know them by.

use orloj_engine::Caller;

use crate::http::detail::bad;
use crate::http::failure::Failure;
use crate::http::hex_id::{NOTHING, from_hex, to_hex};

/// An owner as a body names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    /// Number of the user of ours.
    pub(super) id: i64,
    /// The id by which another system knows them, in lower case.
    pub(super) alias: Option<String>,
}

impl Owner {
    /// The owner that a body names. An id that cannot be one of ours is another system's: the thing then belongs to
    /// the asker, under that id.
    pub(super) fn named(caller: &Caller, user_id: &str) -> Result<Self, Failure> {
        match from_hex(user_id) {
            None => Err(bad("user_id: must be 24 hexadecimal digits")),
            Some(NOTHING) => Ok(Self {
                id: caller.actor().user_id,
                alias: Some(user_id.to_ascii_lowercase()),
            }),
            Some(id) => Ok(Self { id, alias: None }),
        }
    }
}

/// The id of an owner for answers.
pub(super) fn shown(owner_id: i64, alias: Option<&str>) -> String {
    alias.map_or_else(|| to_hex(owner_id), str::to_owned)
}
