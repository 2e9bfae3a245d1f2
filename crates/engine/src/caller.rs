//! The only door to operations: an engine together with who asks.
//!
//! The operations themselves are in [`crate::operations`], one noun per file. Each begins by asking [`Caller::may`],
//! so that permission is where one enters, not what one remembers.

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::model::{Actor, Role, Scope};

/// An engine asked by somebody.
#[derive(Clone, Debug)]
pub struct Caller {
    pub(crate) engine: Engine,
    pub(crate) actor: Actor,
}

/// What an operation needs of its caller, from weakest to strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Reading what is one's own.
    Read,
    /// Starting, cancelling and re-running what is one's own.
    Run,
    /// Changing what is one's own.
    Change,
    /// Changing one's own account: also viewers may, but not with a restricted token.
    Account,
    /// Administration.
    Admin,
}

impl Caller {
    /// Who asks.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The engine behind.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Refuses callers whose role or token scope is too weak for an operation.
    pub(crate) fn may(&self, need: Need) -> Result<()> {
        let Actor { role, scope, .. } = &self.actor;
        let (role_suffices, scope_suffices) = match need {
            Need::Read => (true, true),
            Need::Run => (*role >= Role::User, *scope >= Scope::Run),
            Need::Change => (*role >= Role::User, *scope >= Scope::Full),
            Need::Account => (true, *scope >= Scope::Full),
            Need::Admin => (*role >= Role::Admin, *scope >= Scope::Full),
        };
        if !role_suffices {
            return Err(Error::forbidden(match need {
                Need::Admin => "administrators only",
                _ => "viewers may look but not change or start anything",
            }));
        }
        if !scope_suffices {
            return Err(Error::forbidden(
                "the scope of this token does not allow that; make a token with a wider scope",
            ));
        }
        Ok(())
    }
}
