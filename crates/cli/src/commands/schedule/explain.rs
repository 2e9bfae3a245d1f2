//! `orloj schedule explain "0 9 * * 1-5"`.

use anyhow::Result;
use jiff::Timestamp;
use orloj_engine::{Clock, rules};
use orloj_schedule::{RuleSpec, Spec};
use serde_json::json;

use crate::exit::Failure;
use crate::output::{Format, OutputOptions, instant};
use crate::{said, terminal};

/// Arguments of `schedule explain`.
#[derive(Debug, clap::Args)]
pub(crate) struct Explain {
    /// Cron expression: five fields, six with leading seconds, or a word such as @daily
    expression: String,
    /// Time zone whose wall clock it means
    #[arg(short, long, default_value = "UTC", value_name = "ZONE")]
    timezone: String,
    /// How many instants are listed
    #[arg(short = 'n', long = "count", default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=1000))]
    count: u16,
    /// Instants after this one instead of after now
    #[arg(long, value_name = "INSTANT")]
    from: Option<String>,
    #[command(flatten)]
    output: OutputOptions,
}

impl Explain {
    pub(crate) fn run(self) -> Result<()> {
        let now = Clock::System.now();
        let from: Option<Timestamp> = self
            .from
            .as_deref()
            .map(|text| said::instant(text, Some(&self.timezone), now))
            .transpose()?;
        let spec = Spec::new(RuleSpec::Cron {
            expression: self.expression.clone(),
        })
        .in_zone(&self.timezone);
        let preview = rules::preview(&spec, 0, now, from, usize::from(self.count))
            .map_err(|error| Failure::usage(error.message))?;
        match self.output.output {
            format @ (Format::Json | Format::Yaml) => format.raw(&json!({
                "description": {"en": preview.en, "ar": preview.ar},
                "nextRuns": preview.runs.iter().map(|run| {
                    let mut entry = json!({"at": run.at, "local": run.local});
                    if let Some(note) = run.note {
                        entry["note"] = note.into();
                    }
                    entry
                }).collect::<Vec<_>>(),
                "warnings": preview.warnings,
            })),
            Format::Name => preview
                .runs
                .iter()
                .try_for_each(|run| terminal::line(&run.at.to_string())),
            Format::Table | Format::Wide => {
                terminal::line(&preview.en)?;
                terminal::line(&preview.ar)?;
                for warning in &preview.warnings {
                    terminal::line(&format!("! {}", warning.message.en))?;
                }
                for run in &preview.runs {
                    let note = match run.note {
                        None => "",
                        Some("moved_by_gap") => "  (moved: the clock goes forward)",
                        Some("repeated_hour") => "  (this hour comes twice)",
                        Some(other) => other,
                    };
                    terminal::line(&format!("{}  {}{note}", instant(run.at), run.local))?;
                }
                Ok(())
            }
        }
    }
}
