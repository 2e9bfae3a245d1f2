//! What a route needs of who asks. The engine asks again; this gate comes first so that nobody's body is read for nothing.

use orloj_engine::model::{Actor, Role, Scope};

/// What a route needs, from weakest to strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nobody needs to be known.
    Public,
    /// Reading what is one's own.
    Read,
    /// Starting, cancelling and re-running what is one's own.
    Run,
    /// Changing what is one's own.
    Change,
    /// Changing one's own account: viewers may too, restricted tokens may not.
    Account,
    /// Administration.
    Admin,
}

impl Access {
    /// Why this actor may not; `None` when they may.
    pub(crate) fn refusal(self, actor: &Actor) -> Option<&'static str> {
        let (role, scope) = match self {
            Access::Public | Access::Read => (Role::Viewer, Scope::Read),
            Access::Run => (Role::User, Scope::Run),
            Access::Change => (Role::User, Scope::Full),
            Access::Account => (Role::Viewer, Scope::Full),
            Access::Admin => (Role::Admin, Scope::Full),
        };
        if actor.role < role {
            Some(if role == Role::Admin {
                "Administrators only"
            } else {
                "Viewers may look but not change or start anything"
            })
        } else if actor.scope < scope {
            Some("The scope of this token does not allow that; make a token with a wider scope")
        } else {
            None
        }
    }

    /// The word in the OpenAPI document and in the access matrix.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Access::Public => "public",
            Access::Read => "read",
            Access::Run => "run",
            Access::Change => "change",
            Access::Account => "account",
            Access::Admin => "admin",
        }
    }
}
