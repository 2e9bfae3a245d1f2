//! Remarks on schedules that are valid but probably not what was meant.

use jiff::Timestamp;
use serde::Serialize;

use crate::schedule::Schedule;
use crate::words::Text;

/// One remark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// A stable word for the kind of remark.
    pub code: &'static str,
    /// What to look out for.
    pub message: Text,
}

impl Schedule {
    /// Remarks that do not depend on the present.
    #[must_use]
    pub fn lint(&self) -> Vec<Warning> {
        Vec::new()
    }

    /// All remarks, including the next change of the clocks after `now` that the schedule meets.
    #[must_use]
    pub fn lint_from(&self, now: Timestamp) -> Vec<Warning> {
        let _ = now;
        self.lint()
    }
}
