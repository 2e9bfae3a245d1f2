//! A time zone as a table of offset changes.
//!
//! jiff answers any question about a zone, but walking its rules for every candidate is what makes other
//! schedulers slow. A zone is read once into a flat table and shared by every schedule that uses it. The table
//! ends where zone rules have long become periodic; later instants are moved back by whole calendar cycles of
//! 400 years, in which months, weekdays, ISO weeks and daylight saving all repeat.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::error::Error;

/// 2100-01-01T00:00:00Z: no zone has a single change listed after this, only yearly rules.
pub(crate) const CYCLE_START: i64 = 4_102_444_800;
/// Seconds in 400 Gregorian years.
pub(crate) const CYCLE: i64 = 146_097 * 86_400;
/// The end of the table.
pub(crate) const TABLE_END: i64 = CYCLE_START + CYCLE;

/// The offset changes of one zone. Instants are seconds since 1970-01-01T00:00:00Z.
#[derive(Debug)]
pub(crate) struct Zone {
    time_zone: TimeZone,
    name: Box<str>,
    /// When each period begins; the first begins at the beginning of time.
    starts: Box<[i64]>,
    /// Seconds east of UTC in each period.
    offsets: Box<[i32]>,
    /// The period that contains `CYCLE_START`.
    cycle_period: usize,
    /// The period that was asked for last: the next question is nearly always about the same one.
    hint: AtomicUsize,
}

/// One interned table per zone: a million jobs in a zone share it. It lives as long as the process; a changed
/// time zone database is taken up at the next start, together with everything that was derived from it.
static ZONES: LazyLock<RwLock<HashMap<String, Arc<Zone>>>> = LazyLock::new(RwLock::default);

impl Zone {
    /// Looks a zone up by its IANA name, ignoring case.
    pub(crate) fn named(name: &str) -> Result<Arc<Self>, Error> {
        if let Some(zone) = ZONES
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
        {
            return Ok(Arc::clone(zone));
        }
        let time_zone = lookup(name)?;
        let known_as = time_zone.iana_name().unwrap_or(name).to_owned();
        let mut zones = ZONES.write().unwrap_or_else(PoisonError::into_inner);
        // Only canonical spellings are kept, so that arbitrary input cannot grow the map.
        let zone = zones
            .entry(known_as.clone())
            .or_insert_with(|| Arc::new(Self::read(time_zone, &known_as)));
        Ok(Arc::clone(zone))
    }

    fn read(time_zone: TimeZone, name: &str) -> Self {
        let mut starts = vec![i64::MIN];
        let mut offsets = vec![time_zone.to_offset(Timestamp::MIN).seconds()];
        for change in time_zone.following(Timestamp::MIN) {
            let (at, offset) = (change.timestamp().as_second(), change.offset().seconds());
            if at >= TABLE_END {
                break;
            }
            // A change of name alone is no change of the clock.
            if offsets.last() != Some(&offset) {
                starts.push(at);
                offsets.push(offset);
            }
        }
        let cycle_period = starts.partition_point(|&start| start <= CYCLE_START) - 1;
        Self {
            time_zone,
            name: name.into(),
            starts: starts.into(),
            offsets: offsets.into(),
            cycle_period,
            hint: AtomicUsize::new(0),
        }
    }

    pub(crate) fn time_zone(&self) -> &TimeZone {
        &self.time_zone
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The offset of a zone whose clock never changed.
    #[inline]
    pub(crate) fn fixed_offset(&self) -> Option<i64> {
        match &*self.offsets {
            [only] => Some(i64::from(*only)),
            _ => None,
        }
    }

    /// The period an instant before `TABLE_END` falls into.
    #[inline]
    pub(crate) fn period_at(&self, instant: i64) -> usize {
        let hint = self.hint.load(Ordering::Relaxed);
        if self.starts.get(hint).is_some_and(|&start| start <= instant) && instant < self.end(hint)
        {
            return hint;
        }
        let period = self
            .starts
            .partition_point(|&start| start <= instant)
            .saturating_sub(1);
        self.hint.store(period, Ordering::Relaxed);
        period
    }

    pub(crate) fn periods(&self) -> usize {
        self.starts.len()
    }

    pub(crate) fn cycle_period(&self) -> usize {
        self.cycle_period
    }

    /// The first instant of a period.
    #[inline]
    pub(crate) fn start(&self, period: usize) -> i64 {
        self.starts.get(period).copied().unwrap_or(TABLE_END)
    }

    /// The first instant after a period.
    #[inline]
    pub(crate) fn end(&self, period: usize) -> i64 {
        self.start(period + 1)
    }

    /// Seconds east of UTC in a period.
    #[inline]
    pub(crate) fn offset(&self, period: usize) -> i64 {
        self.offsets.get(period).copied().map_or(0, i64::from)
    }

    /// How far the clock jumps when a period begins: positive is a gap, negative a repetition, 0 for the first.
    #[inline]
    pub(crate) fn jump(&self, period: usize) -> i64 {
        if period == 0 || period >= self.offsets.len() {
            0
        } else {
            self.offset(period) - self.offset(period - 1)
        }
    }
}

fn lookup(name: &str) -> Result<TimeZone, Error> {
    let acceptable =
        !name.is_empty() && name.len() <= 64 && name.bytes().all(|b| b.is_ascii_graphic());
    if acceptable
        && let Ok(zone) = TimeZone::get(name)
        && !zone.is_unknown()
        && zone.iana_name().is_some()
    {
        return Ok(zone);
    }
    let shown: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
    let (hint_en, hint_ar) = similar(&shown).map_or_else(
        || {
            (
                "write an IANA name such as UTC, Africa/Cairo or Europe/Berlin".to_owned(),
                "اكتب اسمًا من قاعدة IANA مثل UTC أو Africa/Cairo أو Europe/Berlin".to_owned(),
            )
        },
        |near| (format!("did you mean {near}?"), format!("هل تقصد {near}؟")),
    );
    Err(Error::new(
        "timezone",
        "unknown_timezone",
        format!("timezone: \"{shown}\" is not a known time zone; {hint_en}"),
        format!("timezone: \"{shown}\" ليست منطقة زمنية معروفة؛ {hint_ar}"),
    ))
}

/// A known name that ends in the same city, for people who write `Cairo` or `africa-cairo`.
fn similar(name: &str) -> Option<String> {
    let fold = |s: &str| -> String {
        s.chars()
            .filter(char::is_ascii_alphabetic)
            .collect::<String>()
            .to_lowercase()
    };
    let wanted = fold(name);
    if wanted.len() < 3 {
        return None;
    }
    jiff::tz::db()
        .available()
        .map(|known| known.as_str().to_owned())
        .filter(|known| known.contains('/'))
        .find(|known| {
            fold(known) == wanted
                || known
                    .rsplit('/')
                    .next()
                    .is_some_and(|city| fold(city) == wanted)
        })
}

impl Zone {
    /// The wall clock at an instant, as seconds since 1970-01-01T00:00:00 on that clock.
    pub(crate) fn wall(&self, instant: i64) -> i64 {
        let within = into_table(instant);
        instant + self.offset(self.period_at(within))
    }

    /// The first instant at which the wall clock shows at least this. A time that a gap leaves out is the first
    /// instant after the gap; of one that comes twice it is the first. Never decreases with `wall`.
    pub(crate) fn instant(&self, wall: i64) -> i64 {
        let within = into_table(wall);
        // No clock is more than 26 hours away from UTC.
        let mut period = self.period_at(within - 26 * 3600);
        while period + 1 < self.periods() && within >= self.end(period) + self.offset(period) {
            period += 1;
        }
        (within - self.offset(period)).max(self.start(period)) + (wall - within)
    }
}

/// The same place of the calendar cycle inside the table, with room for a day on the clock.
fn into_table(seconds: i64) -> i64 {
    const BEGIN: i64 = CYCLE_START + 2 * 86_400;
    if seconds < BEGIN + CYCLE - 4 * 86_400 {
        seconds
    } else {
        BEGIN + (seconds - BEGIN).rem_euclid(CYCLE)
    }
}
