//! A schedule together with the calendars and windows of a job: which instants run, which move, which do not count.
//!
//! Every instant of the schedule has one outcome. In this order: a calendar that rolls moves it off a day that is no
//! business day; a calendar that forbids drops it; outside the execution windows it is dropped or waits for the next
//! opening at which nothing forbids it. What runs is a *set* of instants: two that land on the same instant run once.
//!
//! The engine looks only at the instants at which something is to be decided, so there are two directions to compute:
//! from an instant of the schedule to its outcome, and from a point in time to the next instant at which something lands.
//! A job without calendars and windows pays one comparison.

use std::sync::Arc;

use jiff::Timestamp;

use crate::calendar::{
    Calendar, CalendarRule, Closed, ExecutionWindow, LONGEST_DAYS, OutsideWindows,
};
use crate::civil::DAY;
use crate::error::Error;
use crate::schedule::{Rule, Schedule, earliest, latest};
use crate::windows::Windows;
use crate::zone::Zone;

const MICROS: i64 = 1_000_000;
/// A calendar can move only what runs at most once a minute.
const MOST_ROLLED_A_DAY: u64 = 1_440;

/// What a job is subject to besides its schedule.
#[derive(Clone, Debug, Default)]
pub struct Restrictions {
    /// Calendars and what each does.
    pub calendars: Vec<(Arc<Calendar>, CalendarRule)>,
    /// Hours in which it may start; empty for any.
    pub windows: Vec<ExecutionWindow>,
    /// What becomes of the rest.
    pub outside: OutsideWindows,
}

/// A schedule with restrictions, ready to be asked. Cloning it copies two pointers.
#[derive(Clone, Debug)]
pub struct Timeline {
    schedule: Schedule,
    rules: Option<Arc<Rules>>,
    /// Instants of the schedule at or before this one do not exist.
    since: i64,
}

#[derive(Debug)]
struct Rules {
    rolls: Vec<Arc<Calendar>>,
    forward: bool,
    filters: Vec<(Arc<Calendar>, bool)>,
    windows: Option<Windows>,
    waits: bool,
    /// The clock by which days are added.
    zone: Arc<Zone>,
    /// Whether the days of all calendars that roll begin when the schedule's do.
    same_days: bool,
}

/// Why an instant did not run when the schedule said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cause {
    /// Number of the calendar; `None` for the execution windows.
    pub calendar: Option<i64>,
    /// Place of the entry in it; `None` for its weekend.
    pub entry: Option<usize>,
    /// What kind of cause.
    pub word: CauseWord,
}

/// Kinds of causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CauseWord {
    /// A day that is no business day.
    NoBusinessDay,
    /// An entry of a calendar.
    Closed,
    /// No business day within a year.
    NoneInReach,
    /// Outside the execution windows.
    OutsideWindow,
    /// Outside the execution windows, and none opens within a year at which nothing forbids the run.
    NoWindowInReach,
}

/// What becomes of an instant of the schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It runs when the schedule says.
    Kept,
    /// It runs at another instant, in microseconds.
    Moved(i64, Cause),
    /// It does not run.
    Suppressed(Cause),
}

/// An instant at which something is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The instant, in microseconds.
    pub at: i64,
    /// Whether the job runs.
    pub runs: bool,
    /// What became of the schedule's own instant, if it has one here and it is not kept.
    pub lost: Option<Outcome>,
}

impl Schedule {
    /// The schedule under restrictions.
    ///
    /// # Errors
    /// When a window does not compile, calendars contradict each other, or what is to be moved runs too often.
    pub fn under(&self, restrictions: &Restrictions) -> Result<Timeline, Error> {
        let rolls = |rule: CalendarRule| {
            matches!(rule, CalendarRule::RollNext | CalendarRule::RollPrevious)
        };
        let with = |wanted: CalendarRule| {
            restrictions
                .calendars
                .iter()
                .any(|(_, rule)| *rule == wanted)
        };
        let forward = with(CalendarRule::RollNext);
        if forward && with(CalendarRule::RollPrevious) {
            return Err(Error::new(
                "calendars",
                "contradiction",
                "calendars: roll_next and roll_previous exclude each other; use one direction.",
                "التقاويم: لا يجتمع roll_next وroll_previous؛ اختر اتجاهًا واحدًا.",
            ));
        }
        if restrictions.calendars.is_empty() && restrictions.windows.is_empty() {
            return Ok(self.free());
        }
        let zone = Arc::clone(&self.inner().zone);
        let moving: Vec<Arc<Calendar>> = restrictions
            .calendars
            .iter()
            .filter(|(_, rule)| rolls(*rule))
            .map(|(calendar, _)| Arc::clone(calendar))
            .collect();
        if !moving.is_empty() && self.runs_more_than_once_a_minute() {
            return Err(Error::new(
                "calendars",
                "too_often",
                "calendars: roll_next and roll_previous need a schedule that runs at most once a minute; use only_business_days.",
                "التقاويم: يتطلب roll_next وroll_previous جدولة لا تعمل أكثر من مرة في الدقيقة؛ استخدم only_business_days.",
            ));
        }
        let windows = if restrictions.windows.is_empty() {
            None
        } else {
            Some(Windows::compile(&restrictions.windows, zone.name())?)
        };
        let rules = Rules {
            same_days: moving
                .iter()
                .all(|calendar| Arc::ptr_eq(calendar.zone(), &zone)),
            rolls: moving,
            forward,
            filters: restrictions
                .calendars
                .iter()
                .filter(|(_, rule)| !rolls(*rule))
                .map(|(calendar, rule)| {
                    (
                        Arc::clone(calendar),
                        *rule == CalendarRule::OnlyBusinessDays,
                    )
                })
                .collect(),
            windows,
            waits: restrictions.outside == OutsideWindows::Wait,
            zone,
        };
        Ok(Timeline {
            schedule: self.clone(),
            rules: Some(Arc::new(rules)),
            since: i64::MIN,
        })
    }

    /// The schedule without restrictions.
    #[must_use]
    pub fn free(&self) -> Timeline {
        Timeline {
            schedule: self.clone(),
            rules: None,
            since: i64::MIN,
        }
    }

    /// Judged by the first eight days that have instants.
    fn runs_more_than_once_a_minute(&self) -> bool {
        match self.inner().rule {
            Rule::Interval { every, .. } => every < 60 * MICROS,
            Rule::Clock(_) => {
                // 2026-01-01: any year will do, for what runs within one day runs so on each day it names.
                let mut at = 1_767_225_600 * MICROS;
                for _ in 0..8 {
                    let Some(first) = self.next_after_us(at) else {
                        return false;
                    };
                    at = first + DAY * MICROS;
                    let (Ok(from), Ok(until)) = (
                        Timestamp::from_microsecond(first - 1),
                        Timestamp::from_microsecond(at - 1),
                    ) else {
                        return false;
                    };
                    if self.count_between(from, until, MOST_ROLLED_A_DAY + 61) > MOST_ROLLED_A_DAY {
                        return true;
                    }
                }
                false
            }
            Rule::Once { .. } | Rule::Manual => false,
        }
    }
}

impl Timeline {
    /// The same, as if the schedule had no instant at or before this one, in microseconds.
    #[must_use]
    pub fn since(mut self, instant: i64) -> Self {
        self.since = instant;
        self
    }

    /// The schedule itself.
    #[must_use]
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// Whether calendars or windows change anything about the schedule.
    #[must_use]
    pub fn is_restricted(&self) -> bool {
        self.rules.is_some()
    }

    /// A calendar that it is subject to, by number.
    #[must_use]
    pub fn calendar(&self, id: i64) -> Option<&Calendar> {
        let rules = self.rules.as_ref()?;
        let filters = rules.filters.iter().map(|(calendar, _)| calendar);
        rules
            .rolls
            .iter()
            .chain(filters)
            .find(|calendar| calendar.id() == id)
            .map(AsRef::as_ref)
    }

    /// The next instant after this one at which anything may have to be decided, in microseconds. Never later than the
    /// true one; at one that turns out to bring nothing, [`decision`](Self::decision) says so.
    #[inline]
    #[must_use]
    pub fn next_decision_us(&self, after: i64) -> Option<i64> {
        match &self.rules {
            None => self.schedule.next_after_us(after.max(self.since)),
            Some(rules) => self.wake(rules, after),
        }
    }

    /// What is decided at exactly this instant.
    #[must_use]
    pub fn decision(&self, at: i64) -> Decision {
        let is_own = self.own_after(at.saturating_sub(1)) == Some(at);
        let Some(rules) = &self.rules else {
            return Decision {
                at,
                runs: is_own,
                lost: None,
            };
        };
        let outcome = is_own.then(|| self.outcome_of(rules, at));
        let lost = outcome.filter(|outcome| *outcome != Outcome::Kept);
        let runs = outcome == Some(Outcome::Kept) || self.lands(rules, at);
        Decision { at, runs, lost }
    }

    /// What becomes of an instant of the schedule, in microseconds.
    #[must_use]
    pub fn outcome(&self, at: i64) -> Outcome {
        match &self.rules {
            None => Outcome::Kept,
            Some(rules) => self.outcome_of(rules, at),
        }
    }

    /// The decisions after one instant and up to and including another, in microseconds, in order.
    pub fn decisions(&self, after: i64, until: i64) -> impl Iterator<Item = Decision> {
        let mut at = after;
        std::iter::from_fn(move || {
            loop {
                at = self.next_decision_us(at).filter(|next| *next <= until)?;
                let decision = self.decision(at);
                if decision.runs || decision.lost.is_some() {
                    return Some(decision);
                }
            }
        })
        .fuse()
    }

    /// The runs after one instant and up to and including another, in microseconds, in order.
    pub fn runs(&self, after: i64, until: i64) -> impl Iterator<Item = i64> {
        self.decisions(after, until)
            .filter(|decision| decision.runs)
            .map(|decision| decision.at)
    }

    /// The next run after an instant, if there is one among the next `tries` decisions.
    #[must_use]
    pub fn next_run_us(&self, after: i64, tries: usize) -> Option<i64> {
        if self.rules.is_none() {
            return self.next_decision_us(after);
        }
        self.decisions(after, i64::MAX)
            .take(tries)
            .find(|decision| decision.runs)
            .map(|decision| decision.at)
    }

    /// Whether a run may start at this instant as far as the execution windows are concerned: one that is late does not
    /// start after its window has closed.
    #[must_use]
    pub fn is_open(&self, at: i64) -> bool {
        self.rules
            .as_ref()
            .and_then(|rules| rules.windows.as_ref())
            .is_none_or(|windows| windows.open_until(at).is_some())
    }

    /// When the window closes that is open at this instant, if there are windows and one is open.
    #[must_use]
    pub fn closes_at(&self, at: i64) -> Option<i64> {
        self.rules.as_ref()?.windows.as_ref()?.open_until(at)
    }

    fn own_after(&self, after: i64) -> Option<i64> {
        self.schedule.next_after_us(after.max(self.since))
    }

    fn outcome_of(&self, rules: &Rules, own: i64) -> Outcome {
        let (landed, rolled) = match rules.roll(own) {
            Err(cause) => return Outcome::Suppressed(cause),
            Ok(landed) => landed,
        };
        if let Some((closed, cause)) = rules.forbidden(landed) {
            debug_assert!(closed.until > landed);
            return Outcome::Suppressed(cause);
        }
        let Some(windows) = &rules.windows else {
            return match rolled {
                None => Outcome::Kept,
                Some(cause) => Outcome::Moved(landed, cause),
            };
        };
        if windows.open_until(landed).is_some() {
            return match rolled {
                None => Outcome::Kept,
                Some(cause) => Outcome::Moved(landed, cause),
            };
        }
        let cause = |word| Cause {
            calendar: None,
            entry: None,
            word,
        };
        if !rules.waits {
            return Outcome::Suppressed(cause(CauseWord::OutsideWindow));
        }
        match rules.opening_after(windows, landed) {
            Some(opening) => {
                Outcome::Moved(opening, rolled.unwrap_or(cause(CauseWord::OutsideWindow)))
            }
            None => Outcome::Suppressed(cause(CauseWord::NoWindowInReach)),
        }
    }

    /// Whether an instant of the schedule that was moved runs at `at`.
    fn lands(&self, rules: &Rules, at: i64) -> bool {
        let is_open = rules
            .windows
            .as_ref()
            .is_none_or(|windows| windows.open_until(at).is_some());
        if is_open
            && !rules.rolls.is_empty()
            && self.rolled_after(rules, at - 1) == Some(at)
            && rules.forbidden(at).is_none()
        {
            return true;
        }
        match &rules.windows {
            Some(windows) if rules.waits => {
                windows.last_opening(at) == Some(at)
                    && rules.closed(at).is_none()
                    && self.has_waiting(rules, windows, at)
            }
            _ => false,
        }
    }

    fn wake(&self, rules: &Rules, after: i64) -> Option<i64> {
        if after >= latest() {
            return None;
        }
        let after = after.max(earliest());
        let own = self.own_after(after);
        let rolled = if rules.rolls.is_empty() {
            None
        } else {
            self.rolled_after(rules, after)
        };
        let next = [own, rolled].into_iter().flatten().min();
        let Some(windows) = rules.windows.as_ref().filter(|_| rules.waits) else {
            return next;
        };
        // Whatever begins to wait after `after` is met at its own instant first.
        let opening = rules
            .opening_after(windows, after)
            .filter(|opening| next.is_none_or(|next| *opening < next))
            .filter(|opening| self.has_waiting(rules, windows, *opening));
        opening.or(next)
    }

    /// The first instant after `after` to which a calendar rolls an instant of the schedule, if it lies before the
    /// schedule's own next instant; one further off may be left out.
    fn rolled_after(&self, rules: &Rules, after: i64) -> Option<i64> {
        let zone = &rules.zone;
        let day_of = |at: i64| zone.wall(at.div_euclid(MICROS)).div_euclid(DAY);
        let mut best: Option<i64> = None;
        let mut offer = |at: Option<i64>| {
            if let Some(at) = at.filter(|at| best.is_none_or(|best| *at < best)) {
                best = Some(at);
            }
        };
        if rules.forward {
            let today = day_of(after);
            if rules.may_be_off(today) {
                offer(self.rolled_from(rules, today, after));
            }
            for day in (today - LONGEST_DAYS..today).rev() {
                if !rules.may_be_off(day) {
                    break;
                }
                offer(self.rolled_from(rules, day, after));
            }
        } else {
            // What is rolled back to before the schedule's next instant belongs to days off around or after that.
            let first = day_of(self.own_after(after)?);
            if rules.may_be_off(first) {
                offer(self.rolled_from(rules, first, after));
            }
            for day in first + 1..=first + LONGEST_DAYS {
                if !rules.may_be_off(day) {
                    break;
                }
                offer(self.rolled_from(rules, day, after));
            }
        }
        best
    }

    /// The first instant after `after` to which an instant of this day is rolled.
    fn rolled_from(&self, rules: &Rules, day: i64, after: i64) -> Option<i64> {
        let begin = rules.zone.instant(day * DAY) * MICROS;
        let end = rules.zone.instant((day + 1) * DAY) * MICROS;
        let mut from = begin - 1;
        if rules.same_days {
            // All of the day goes to one day, in order: what lands before `after` by the clock can be left out.
            let target = rules.target_day(begin)?;
            let wall = rules.zone.wall(after.div_euclid(MICROS)) - (target - day) * DAY;
            if wall >= (day + 1) * DAY {
                // Only a clock that was turned back could bring it after `after`, and then at its first showing.
                return None;
            }
            if wall > day * DAY {
                from = rules.zone.instant(wall) * MICROS - 1;
            }
        }
        let mut best: Option<i64> = None;
        while let Some(own) = self.own_after(from).filter(|own| *own < end) {
            from = own;
            if let Ok((landed, Some(_))) = rules.roll(own)
                && landed > after
            {
                if rules.same_days {
                    return Some(landed);
                }
                best = Some(best.map_or(landed, |best| best.min(landed)));
            }
        }
        best
    }

    /// The first instant after `after` that the windows are asked about: the schedule's own, or one rolled there.
    fn landed_after(&self, rules: &Rules, after: i64, until: i64) -> Option<i64> {
        let mut after = after;
        loop {
            let own = self.own_after(after);
            if rules.rolls.is_empty() {
                return own;
            }
            let rolled = self.rolled_after(rules, after);
            match (own, rolled) {
                (Some(own), rolled) if rolled.is_none_or(|rolled| own < rolled) => {
                    if own >= until || matches!(rules.roll(own), Ok((_, None))) {
                        return Some(own);
                    }
                    after = own;
                }
                (_, rolled) => return rolled,
            }
        }
    }

    /// Whether something waits for this opening.
    fn has_waiting(&self, rules: &Rules, windows: &Windows, opening: i64) -> bool {
        // What came before the last opening at which it could have run did run then.
        let mut at = opening - LONGEST_DAYS * DAY * MICROS;
        let mut before = opening - 1;
        while let Some(earlier) = windows.last_opening(before) {
            if earlier <= at {
                break;
            }
            if rules.closed(earlier).is_none() {
                at = earlier;
                break;
            }
            before = earlier - 1;
        }
        at -= 1;
        while let Some(landed) = self
            .landed_after(rules, at, opening)
            .filter(|landed| *landed < opening)
        {
            if let Some(close) = windows.open_until(landed) {
                at = close - 1;
            } else if let Some((closed, _)) = rules.forbidden(landed) {
                at = closed.until - 1;
            } else if rules.opening_after(windows, landed) == Some(opening) {
                return true;
            } else {
                at = landed;
            }
        }
        false
    }
}

impl Rules {
    /// Where an instant goes, and why it does not stay.
    fn roll(&self, own: i64) -> Result<(i64, Option<Cause>), Cause> {
        let Some((calendar, closed)) = self.off(own) else {
            return Ok((own, None));
        };
        let cause = |word| Cause {
            calendar: Some(calendar),
            entry: closed.entry,
            word,
        };
        let wall = self.zone.wall(own.div_euclid(MICROS));
        let below = own.rem_euclid(MICROS);
        for days in 1..=LONGEST_DAYS {
            let days = if self.forward { days } else { -days };
            let second = self.zone.instant(wall + days * DAY);
            // Moved by a gap, it runs at the very end of it, like any fixed time.
            let is_shown = self.zone.wall(second) == wall + days * DAY;
            let landed = second * MICROS + if is_shown { below } else { 0 };
            if self.off(landed).is_none() {
                return Ok((landed, Some(cause(CauseWord::NoBusinessDay))));
            }
        }
        Err(cause(CauseWord::NoneInReach))
    }

    /// The day, on the schedule's clock, to which the day of this instant is rolled.
    fn target_day(&self, begin: i64) -> Option<i64> {
        let (landed, _) = self.roll(begin).ok()?;
        Some(self.zone.wall(landed.div_euclid(MICROS)).div_euclid(DAY))
    }

    /// Why a calendar that rolls does not leave an instant where it is.
    fn off(&self, at: i64) -> Option<(i64, Closed)> {
        self.rolls
            .iter()
            .find_map(|calendar| Some((calendar.id(), calendar.day_off(at)?)))
    }

    /// Whether a day of the schedule's clock has a part that is off.
    fn may_be_off(&self, day: i64) -> bool {
        let begin = self.zone.instant(day * DAY) * MICROS;
        let end = self.zone.instant((day + 1) * DAY) * MICROS;
        self.off(begin).is_some()
            || !self.same_days
                && (self.off(end - 1).is_some() || self.off(begin + (end - begin) / 2).is_some())
    }

    /// What forbids a run at an instant, and until when.
    fn forbidden(&self, at: i64) -> Option<(Closed, Cause)> {
        self.filters.iter().find_map(|(calendar, only_business)| {
            let cause = |closed: Closed, word| {
                let cause = Cause {
                    calendar: Some(calendar.id()),
                    entry: closed.entry,
                    word,
                };
                (closed, cause)
            };
            calendar
                .covers(at)
                .map(|closed| cause(closed, CauseWord::Closed))
                .or_else(|| {
                    only_business
                        .then(|| calendar.day_off(at))
                        .flatten()
                        .map(|closed| cause(closed, CauseWord::NoBusinessDay))
                })
        })
    }

    /// Until when nothing may be run that waited for a window.
    fn closed(&self, at: i64) -> Option<i64> {
        self.forbidden(at)
            .map(|(closed, _)| closed.until)
            .or_else(|| self.off(at).map(|(_, closed)| closed.until))
    }

    /// The first opening after an instant at which nothing forbids a run.
    fn opening_after(&self, windows: &Windows, after: i64) -> Option<i64> {
        let last = after.saturating_add(LONGEST_DAYS * DAY * MICROS);
        let mut at = after;
        loop {
            at = windows
                .next_opening(at)
                .filter(|opening| *opening <= last)?;
            if self.closed(at).is_none() {
                return Some(at);
            }
        }
    }
}
