//! `orloj schedule explain "0 9 * * 1-5"`.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use jiff::Timestamp;
use orloj_engine::{Clock, rules};
use orloj_schedule::{
    CalendarRule, CalendarSpec, EntryKind, ExecutionWindow, Lang, OutsideWindows, Restrictions,
    RuleSpec, Spec, Timeline, import_icalendar,
};
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
    /// iCalendar file whose events are holidays; the weekend is the usual one of the zone
    #[arg(long, value_name = "FILE")]
    calendar: Option<PathBuf>,
    /// What the calendar does (skip, only_business_days, roll_previous, roll_next)
    #[arg(long, value_name = "RULE", default_value = "only_business_days", requires = "calendar", value_parser = rule)]
    rule: CalendarRule,
    /// Hours in which it may start, such as 22:00-06:00; may be given several times
    #[arg(long = "window", value_name = "FROM-TO", value_parser = window)]
    windows: Vec<ExecutionWindow>,
    /// Wait for the next window instead of skipping what falls outside
    #[arg(long, requires = "windows")]
    wait: bool,
    #[command(flatten)]
    output: OutputOptions,
}

fn rule(word: &str) -> Result<CalendarRule, String> {
    serde_json::from_value(json!(word))
        .map_err(|_| "use skip, only_business_days, roll_previous or roll_next".to_owned())
}

fn window(text: &str) -> Result<ExecutionWindow, String> {
    let (from, to) = text
        .split_once('-')
        .ok_or_else(|| "write it as FROM-TO, such as 22:00-06:00".to_owned())?;
    let time = |text: &str| {
        text.parse()
            .map_err(|error: orloj_schedule::Error| error.to_string())
    };
    Ok(ExecutionWindow {
        days: Vec::new(),
        from: time(from)?,
        to: time(to)?,
        timezone: None,
    })
}

impl Explain {
    /// The schedule under the calendar and the windows that were said.
    fn timeline(&self, spec: &Spec) -> Result<Timeline> {
        let wrong = |error: orloj_schedule::Error| Failure::usage(error.to_string());
        let mut restrictions = Restrictions {
            windows: self.windows.clone(),
            ..Restrictions::default()
        };
        if self.wait {
            restrictions.outside = OutsideWindows::Wait;
        }
        if let Some(path) = &self.calendar {
            let said = |what: &dyn std::fmt::Display| {
                Failure::usage(format!("{}: {what}", path.display()))
            };
            let text = std::fs::read_to_string(path).map_err(|error| said(&error))?;
            let entries = import_icalendar(&text, EntryKind::Holiday, &self.timezone)
                .map_err(|error| said(&error.message(Lang::En)))?;
            let calendar = CalendarSpec {
                timezone: self.timezone.clone(),
                weekend: CalendarSpec::usual_weekend(&self.timezone).to_vec(),
                entries,
            };
            let calendar = calendar.compile(0, "calendar").map_err(|errors| {
                let first = errors.first().map(|error| error.error.to_string());
                said(&first.unwrap_or_default())
            })?;
            restrictions.calendars.push((Arc::new(calendar), self.rule));
        }
        // The same refusals as a saved job gets.
        let schedule = rules::compile(spec, 0).map_err(|error| Failure::usage(error.message))?;
        Ok(schedule.under(&restrictions).map_err(wrong)?)
    }

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
        let timeline = self.timeline(&spec)?;
        let preview = rules::preview(&timeline, now, from, usize::from(self.count));
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
