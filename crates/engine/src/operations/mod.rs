//! What may be asked, one noun per file: permission, rule, store, announcement.

mod account;
pub(crate) mod accounts_state;
mod audit;
mod authenticate;
mod first_start;
mod sign_in;
mod tokens;
mod users;
