//! Which user is meant.

use anyhow::Result;
use orloj_wire::user::User;

use crate::client::Client;
use crate::commands::paging;
use crate::exit::{Code, Failure};

/// The user of this name, which is told apart without regard to case.
pub(in crate::commands) async fn find(client: &Client, name: &str) -> Result<User> {
    let listed = paging::fetch::<User>(|| client.get("/users"), 0).await?;
    listed
        .items
        .into_iter()
        .find(|user| user.name.to_lowercase() == name.to_lowercase())
        .ok_or_else(|| Failure::new(Code::NotFound, format!("there is no user {name:?}")).into())
}
