//! The hours in which a job may start.

use std::sync::Arc;

use crate::calendar::{ExecutionWindow, mask};
use crate::civil::{DAY, weekday};
use crate::error::Error;
use crate::zone::Zone;

const MICROS: i64 = 1_000_000;
const MAX_WINDOWS: usize = 50;
/// Every window opens at least once in so many days.
const WEEK: i64 = 7;

/// Windows, ready to be asked. Instants are microseconds.
#[derive(Debug)]
pub(crate) struct Windows {
    windows: Vec<Window>,
}

#[derive(Debug)]
struct Window {
    zone: Arc<Zone>,
    days: u8,
    from: i64,
    to: i64,
}

impl Windows {
    pub(crate) fn compile(windows: &[ExecutionWindow], zone: &str) -> Result<Self, Error> {
        if windows.len() > MAX_WINDOWS {
            return Err(Error::new(
                "execution_windows",
                "too_many",
                "executionWindows has more than 50 windows.",
                "عدد نوافذ التنفيذ أكثر من 50.",
            ));
        }
        let windows = windows
            .iter()
            .map(|window| {
                let days = mask(&window.days);
                Ok(Window {
                    zone: Zone::named(window.timezone.as_deref().unwrap_or(zone))?,
                    days: if days == 0 { 0x7f } else { days },
                    from: i64::from(window.from.second_of_day()),
                    to: i64::from(window.to.second_of_day()),
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { windows })
    }

    /// When the window that is open at an instant closes; of several, the last.
    pub(crate) fn open_until(&self, at: i64) -> Option<i64> {
        self.windows
            .iter()
            .filter_map(|window| {
                let day = window.day(at);
                [day, day - 1]
                    .into_iter()
                    .filter_map(|day| window.on(day))
                    .filter(|(open, close)| *open <= at && at < *close)
                    .map(|(_, close)| close)
                    .max()
            })
            .max()
    }

    /// The first instant after `at` at which a window opens while none was open.
    pub(crate) fn next_opening(&self, at: i64) -> Option<i64> {
        self.openings(at, 0, WEEK + 1)
            .filter(|open| *open > at && self.open_until(*open - 1).is_none())
            .min()
    }

    /// The last instant at or before `at` at which a window opened while none was open.
    pub(crate) fn last_opening(&self, at: i64) -> Option<i64> {
        self.openings(at, -WEEK - 1, 1)
            .filter(|open| *open <= at && self.open_until(*open - 1).is_none())
            .max()
    }

    fn openings(&self, at: i64, first: i64, last: i64) -> impl Iterator<Item = i64> {
        self.windows.iter().flat_map(move |window| {
            let day = window.day(at);
            (day + first..=day + last).filter_map(|day| window.on(day).map(|(open, _)| open))
        })
    }
}

impl Window {
    fn day(&self, at: i64) -> i64 {
        self.zone.wall(at.div_euclid(MICROS)).div_euclid(DAY)
    }

    /// The window that opens on a day; none when the clock jumps over it.
    fn on(&self, day: i64) -> Option<(i64, i64)> {
        if self.days >> weekday(day) & 1 == 0 {
            return None;
        }
        let open = self.zone.instant(day * DAY + self.from);
        let next = i64::from(self.to <= self.from);
        let close = self.zone.instant((day + next) * DAY + self.to);
        (open < close).then_some((open * MICROS, close * MICROS))
    }
}
