//! How users look in a terminal.

use orloj_wire::user::User;

use crate::output::{Column, column, maybe, maybe_instant, wide, word};

/// Columns of a list of users.
pub(super) const COLUMNS: &[Column<User>] = &[
    column("NAME", |user| user.name.clone()),
    column("ROLE", |user| word(&user.role)),
    column("STATE", |user| {
        if user.is_disabled {
            "disabled"
        } else {
            "enabled"
        }
        .to_owned()
    }),
    column("LAST SIGN-IN", |user| maybe_instant(user.last_login_at)),
    wide("NUMBER", |user| user.id.to_string()),
    wide("GRANTS", |user| user.grants.join(",")),
    wide("SHOWN AS", |user| maybe(user.display_name.as_ref())),
    wide("MAIL", |user| maybe(user.email.as_ref())),
];
