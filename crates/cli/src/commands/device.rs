//! `orloj device …`: hosts with an agent.

mod enroll_token;
mod get;
mod list;
mod revoke;

use anyhow::Result;
use clap::Subcommand;
use orloj_wire::devices::Device as WireDevice;

use super::ApiOptions;
use crate::config::Environment;
use crate::output::{Column, column, maybe_instant, wide, word};

/// Hosts with an agent.
#[derive(Debug, clap::Args)]
pub(crate) struct Device {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    api: ApiOptions,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List devices
    List(list::List),
    /// Show a device
    Get(get::Get),
    /// Make a token that enrols one device and print it, and nothing else
    EnrollToken(enroll_token::EnrollToken),
    /// Take the right to connect from devices, for good
    Revoke(revoke::Revoke),
}

const COLUMNS: &[Column<WireDevice>] = &[
    column("ID", |device| device.id.to_string()),
    column("NAME", |device| device.name.clone()),
    column("STATUS", |device| word(&device.status)),
    column("SYSTEM", |device| fact(device, "osName")),
    column("TAGS", |device| device.tags.join(", ")),
    column("LAST SEEN", |device| maybe_instant(device.last_seen_at)),
    wide("ADDRESS", |device| {
        device.address.clone().unwrap_or_default()
    }),
    wide("AGENT", |device| {
        device.agent_version.clone().unwrap_or_default()
    }),
    wide("OWNER", |device| device.owner_id.to_string()),
];

fn fact(device: &WireDevice, name: &str) -> String {
    let fact = device.facts.get(name).and_then(|value| value.as_str());
    fact.unwrap_or_default().to_owned()
}

impl Device {
    pub(crate) async fn run(self, environment: &Environment) -> Result<()> {
        let api = self.api.open(environment)?;
        match self.verb {
            Verb::List(verb) => verb.run(&api).await,
            Verb::Get(verb) => verb.run(&api).await,
            Verb::EnrollToken(verb) => verb.run(&api).await,
            Verb::Revoke(verb) => verb.run(&api).await,
        }
    }
}
