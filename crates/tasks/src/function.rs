//! What a task function is: its entry in the catalogue and the two things one
//! can do with it, check parameters and run.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::context::Context;
use crate::outcome::Outcome;
use crate::policy::Policy;
use crate::schema::ParameterError;
use crate::text::Text;

/// A kind of work the scheduler can do, built in or registered by a host.
#[async_trait]
pub trait TaskFunction: Send + Sync {
    /// The catalogue entry; the same value for the life of the function.
    fn info(&self) -> &TaskInfo;

    /// Judges `parameters` without running anything: the JSON Schema first, then
    /// what a schema cannot say (an interpreter that is not installed, a header
    /// that would split the request, an address the policy forbids).
    ///
    /// # Errors
    /// Every problem found, each with a JSON pointer into `parameters`.
    fn check(&self, parameters: &Value, policy: &Policy) -> Result<(), Vec<ParameterError>>;

    /// Whether a run only waits for others: it takes no slot, and when its host
    /// goes down it is given back as it is, so that the next host goes on
    /// waiting. Such a function finds again what it had begun.
    fn waits(&self) -> bool {
        false
    }

    /// Does the work. Never panics on bad parameters: those end as
    /// [`Cause::InvalidParameters`](crate::Cause::InvalidParameters).
    ///
    /// The host owns the time limit and signals it through
    /// [`Context::cancel`]; a function returns soon after that signal.
    async fn run(&self, context: &Context, parameters: &Value) -> Outcome;
}

/// The catalogue entry of a task function.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskInfo {
    /// Stable name by which jobs refer to the function (`snake_case`).
    pub key: String,
    /// Short name.
    pub name: Text,
    /// What it does, one or two sentences.
    pub description: Text,
    /// Where it stands in the catalogue.
    pub category: Category,
    /// Name of a Lucide icon.
    pub icon: String,
    /// JSON Schema (2020-12) of the parameters. Every property carries an `x-ui`
    /// object with titles and help in both languages for generated forms.
    pub schema: Value,
    /// What happens when the host dies in the middle of a run, unless the job says otherwise.
    pub default_delivery: Delivery,
    /// Permission that somebody who is no administrator needs to use the function.
    pub grant: Option<&'static str>,
    /// Time limit suggested for one attempt, in seconds; `None` leaves it to the host.
    pub default_timeout_seconds: Option<u32>,
    /// Parameters that pass [`TaskFunction::check`] on an ordinary host.
    pub example: Value,
}

/// Shelf of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Nothing special.
    General,
    /// Programs and scripts.
    Scripting,
    /// Calls to web addresses.
    Http,
    /// Housekeeping.
    Maintenance,
    /// Mail and notifications.
    Messaging,
    /// Databases, exports and reports.
    Data,
    /// Watching hosts and services.
    Monitoring,
    /// The fleet.
    Devices,
}

impl Category {
    /// The word used in APIs and manifests.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Scripting => "scripting",
            Self::Http => "http",
            Self::Maintenance => "maintenance",
            Self::Messaging => "messaging",
            Self::Data => "data",
            Self::Monitoring => "monitoring",
            Self::Devices => "devices",
        }
    }

    /// The heading shown to people.
    #[must_use]
    pub const fn title(self) -> Text {
        match self {
            Self::General => Text::fixed("General", "عام"),
            Self::Scripting => Text::fixed("Scripts", "نصوص برمجية"),
            Self::Http => Text::fixed("Web calls", "استدعاءات الويب"),
            Self::Maintenance => Text::fixed("Maintenance", "الصيانة"),
            Self::Messaging => Text::fixed("Messages", "المراسلة"),
            Self::Data => Text::fixed("Data", "البيانات"),
            Self::Monitoring => Text::fixed("Monitoring", "المراقبة"),
            Self::Devices => Text::fixed("Devices", "الأجهزة"),
        }
    }
}

/// What a crash in the middle of a run means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// The run is never repeated by itself; it ends as lost.
    AtMostOnce,
    /// The run is attempted again.
    AtLeastOnce,
}

impl Delivery {
    /// The word used in APIs and manifests.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AtMostOnce => "at_most_once",
            Self::AtLeastOnce => "at_least_once",
        }
    }
}
