//! `orloj user add`.

use anyhow::Result;
use orloj_wire::user::{Role, User, UserCreate};

use super::{password, show};
use crate::client::Client;
use crate::output::Format;

/// Arguments of `user add`.
#[derive(Debug, clap::Args)]
pub(super) struct Add {
    /// Sign-in name
    name: String,
    /// What the user may do
    #[arg(long, value_enum)]
    role: RoleName,
    /// Name to show
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,
    /// Mail address
    #[arg(long)]
    email: Option<String>,
    /// Task functions with a permission of their own that the user may use (script, command)
    #[arg(long, value_name = "GRANTS", value_delimiter = ',')]
    grants: Option<Vec<String>>,
    /// Read the password from standard input instead of asking for it
    #[arg(long)]
    password_stdin: bool,
    /// For a program: nobody can sign in, only tokens work
    #[arg(long, conflicts_with = "password_stdin")]
    no_password: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum RoleName {
    /// Everything, of everybody
    Admin,
    /// Own jobs
    User,
    /// Look, change nothing
    Viewer,
}

impl Add {
    pub(super) async fn run(self, client: &Client, format: Format) -> Result<()> {
        let body = UserCreate {
            name: self.name,
            role: match self.role {
                RoleName::Admin => Role::Admin,
                RoleName::User => Role::User,
                RoleName::Viewer => Role::Viewer,
            },
            password: if self.no_password {
                None
            } else {
                Some(password::read(self.password_stdin)?)
            },
            display_name: self.display_name,
            email: self.email,
            grants: self.grants,
        };
        let answer = client.post("/users").body(&body)?.send().await?;
        let user: User = answer.read()?;
        format.one(&user, &answer.value()?, show::COLUMNS, |user| {
            user.name.clone()
        })
    }
}
