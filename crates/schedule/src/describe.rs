//! A schedule in words, in English and Arabic.
//!
//! The words are made from the compiled masks, not from the text that was typed: two spellings of one schedule
//! read the same, and what is read is what will happen (`H`, for instance, is shown as the minute it became).

mod arabic;
mod english;
mod shape;

use jiff::civil::DateTime;

use crate::schedule::{Rule, Schedule, earliest, latest, timestamp};
use crate::words::Lang;
pub(crate) use shape::Set;
use shape::Times;

/// What a language has to say about a schedule. Both languages answer the same questions.
trait Voice {
    fn manual(&self) -> String;
    fn once(&self, at: DateTime) -> String;
    /// Every so many seconds of elapsed time.
    fn interval(&self, seconds: u64) -> String;
    fn clock(&self, times: &Times, dates: &crate::dates::Dates) -> String;
    fn starting(&self, at: DateTime) -> String;
    fn until(&self, at: DateTime) -> String;
    fn zone(&self, name: &str) -> String;
}

impl Schedule {
    /// One sentence, without a full stop, that says when the schedule runs.
    #[must_use]
    pub fn describe(&self, lang: Lang) -> String {
        match lang {
            Lang::En => self.say(&english::English),
            Lang::Ar => self.say(&arabic::Arabic),
        }
    }

    fn say(&self, voice: &dyn Voice) -> String {
        let inner = self.inner();
        let local =
            |micros: i64| timestamp(micros).map(|at| inner.zone.time_zone().to_datetime(at));
        let mut zone_matters = true;
        let mut text = match &inner.rule {
            Rule::Manual => return voice.manual(),
            Rule::Once { at } => {
                let said = local(*at).map(|at| voice.once(at)).unwrap_or_default();
                return said + &voice.zone(inner.zone.name());
            }
            Rule::Interval { every, .. } => {
                zone_matters = false;
                voice.interval((*every / 1_000_000).unsigned_abs())
            }
            Rule::Clock(rule) => voice.clock(&Times::of(&rule.local.times), &rule.local.dates),
        };
        if inner.not_before > earliest()
            && let Some(at) = local(inner.not_before)
        {
            text += &voice.starting(at);
            zone_matters = true;
        }
        if inner.not_after < latest()
            && let Some(at) = local(inner.not_after)
        {
            text += &voice.until(at);
            zone_matters = true;
        }
        if zone_matters {
            text += &voice.zone(inner.zone.name());
        }
        text
    }
}
