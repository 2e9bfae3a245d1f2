//! Who asks.

/// What a user may do in general.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Sees what is theirs or shared with them; changes nothing.
    Viewer,
    /// Owns jobs and runs them.
    User,
    /// Everything, of everybody (the seeds' Super Admin).
    Admin,
}

/// What a token may do of what its user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Only reading.
    Read,
    /// Reading, and starting, cancelling and re-running what exists.
    Run,
    /// All the user may do.
    Full,
}

/// An authenticated asker of operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The user; 0 for the system itself.
    pub user_id: i64,
    /// The user's name, for the audit trail.
    pub name: String,
    /// The user's role.
    pub role: Role,
    /// Restriction of the token used; [`Scope::Full`] for sessions.
    pub scope: Scope,
    /// Extra permissions of task functions (`script`, `command`) granted to the user.
    pub grants: Vec<String>,
    /// Session or token through which the actor came, for the audit trail: `session:12`, `token:7`, `system`.
    pub via: String,
}

impl Actor {
    /// The system itself: start-up, background duties, the command line on the server's own machine.
    pub fn system() -> Self {
        Self {
            user_id: 0,
            name: "system".to_owned(),
            role: Role::Admin,
            scope: Scope::Full,
            grants: Vec::new(),
            via: "system".to_owned(),
        }
    }

    /// Whether the actor sees everybody's things.
    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }

    /// The owner whose things are visible: `None` means everybody's.
    pub fn visible_owner(&self) -> Option<i64> {
        if self.is_admin() {
            None
        } else {
            Some(self.user_id)
        }
    }
}

impl Role {
    /// The word stored and shown: `admin`, `user`, `viewer`.
    pub fn word(self) -> &'static str {
        match self {
            Role::Admin => "admin",
            Role::User => "user",
            Role::Viewer => "viewer",
        }
    }

    /// The role of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Role::Admin, Role::User, Role::Viewer]
            .into_iter()
            .find(|role| role.word() == word)
    }
}

impl Scope {
    /// The word stored and shown: `read`, `run`, `full`.
    pub fn word(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Run => "run",
            Scope::Full => "full",
        }
    }

    /// The scope of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Scope::Read, Scope::Run, Scope::Full]
            .into_iter()
            .find(|scope| scope.word() == word)
    }
}
