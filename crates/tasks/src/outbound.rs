//! Calls to the outside world, kept away from what they must not reach.
//!
//! A job's author chooses addresses, so every call follows one path: resolve the
//! name here, judge every address, connect to an address that was judged. The
//! name is never resolved a second time, so an answer that changes in between
//! helps nobody. Redirects take the same path from the start, and no proxy from
//! the environment is used.

mod address;
mod client;
mod resolve;
mod rules;
mod tls;

pub(crate) use client::{ClientError, client, explain, shown};
pub(crate) use resolve::{host_of, resolve};
pub(crate) use rules::{AddressRules, judge_host, judge_url};
pub(crate) use tls::TlsSettings;
