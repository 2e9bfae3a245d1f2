//! `orloj device enroll-token`.

use anyhow::Result;
use orloj_wire::devices::{Enrollment, EnrollmentCreate};

use crate::commands::Api;
use crate::output::Format;
use crate::terminal;

/// Arguments of `device enroll-token`.
#[derive(Debug, clap::Args)]
pub(super) struct EnrollToken {
    /// Name of the device; its host name when left out
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// A tag of the device; may be said again
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Seconds that the token can be used
    #[arg(long, default_value_t = 900, value_name = "SECONDS")]
    valid: u32,
}

impl EnrollToken {
    pub(super) async fn run(self, api: &Api) -> Result<()> {
        let body = EnrollmentCreate {
            owner_id: None,
            valid_seconds: Some(self.valid),
            name: self.name,
            tags: self.tags,
        };
        let request = api.client.post("/devices/enrollment-tokens");
        let answer = request.body(&body)?.send().await?;
        match api.format {
            Format::Json | Format::Yaml => api.format.raw(&answer.value()?),
            Format::Table | Format::Wide | Format::Name => {
                let made: Enrollment = answer.read()?;
                terminal::line(&made.token)
            }
        }
    }
}
