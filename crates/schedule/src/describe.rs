//! A schedule in words.

use crate::schedule::Schedule;
use crate::words::Lang;

impl Schedule {
    /// One sentence that says when the schedule runs.
    #[must_use]
    pub fn describe(&self, lang: Lang) -> String {
        match lang {
            Lang::En => format!("{:?} ({})", self.kind(), self.inner().zone.name()),
            Lang::Ar => format!("{:?} ({})", self.kind(), self.inner().zone.name()),
        }
    }
}
