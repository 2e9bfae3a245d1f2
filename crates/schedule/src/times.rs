//! Which seconds of a day match.

use std::sync::Arc;

/// The matching times of a day; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Times {
    /// Every combination of the given hours, minutes and seconds (one bit each).
    Masks {
        hours: u32,
        minutes: u64,
        seconds: u64,
    },
    /// Single seconds of the day, ascending, without repetition.
    List(Arc<[u32]>),
}

impl Times {
    /// First matching second of the day at or after `from` (0-86399).
    #[inline]
    pub(crate) fn at_or_after(&self, from: u32) -> Option<u32> {
        match self {
            Self::Masks {
                hours,
                minutes,
                seconds,
            } => {
                let (hour, minute, second) = (from / 3600, from / 60 % 60, from % 60);
                if hours >> hour & 1 == 1 {
                    if minutes >> minute & 1 == 1 {
                        let rest = seconds >> second;
                        if rest != 0 {
                            return Some(from + rest.trailing_zeros());
                        }
                    }
                    // `minute + 1` is at most 60, so the shift is within the width.
                    let rest = minutes >> (minute + 1);
                    if rest != 0 {
                        let minute = minute + 1 + rest.trailing_zeros();
                        return Some(hour * 3600 + minute * 60 + seconds.trailing_zeros());
                    }
                }
                let rest = hours >> (hour + 1);
                (rest != 0).then(|| {
                    let hour = hour + 1 + rest.trailing_zeros();
                    hour * 3600 + minutes.trailing_zeros() * 60 + seconds.trailing_zeros()
                })
            }
            Self::List(list) => list.get(list.partition_point(|&t| t < from)).copied(),
        }
    }

    /// Last matching second of the day at or before `to` (0-86399).
    pub(crate) fn at_or_before(&self, to: u32) -> Option<u32> {
        match self {
            Self::Masks {
                hours,
                minutes,
                seconds,
            } => {
                let (hour, minute, second) = (to / 3600, to / 60 % 60, to % 60);
                let last_second = top_bit(*seconds)?;
                let last_minute = top_bit(*minutes)?;
                if hours >> hour & 1 == 1 {
                    if minutes >> minute & 1 == 1
                        && let Some(second) = top_bit(seconds & below(second + 1))
                    {
                        return Some(hour * 3600 + minute * 60 + second);
                    }
                    if let Some(minute) = top_bit(minutes & below(minute)) {
                        return Some(hour * 3600 + minute * 60 + last_second);
                    }
                }
                let hour = top_bit(u64::from(*hours) & below(hour))?;
                Some(hour * 3600 + last_minute * 60 + last_second)
            }
            Self::List(list) => list
                .partition_point(|&t| t <= to)
                .checked_sub(1)
                .and_then(|i| list.get(i))
                .copied(),
        }
    }

    /// The earliest time of a day.
    #[inline]
    pub(crate) fn first(&self) -> u32 {
        match self {
            Self::Masks {
                hours,
                minutes,
                seconds,
            } => {
                hours.trailing_zeros() * 3600
                    + minutes.trailing_zeros() * 60
                    + seconds.trailing_zeros()
            }
            Self::List(list) => list.first().copied().unwrap_or(0),
        }
    }

    /// The latest time of a day.
    pub(crate) fn last(&self) -> u32 {
        self.at_or_before(86_399).unwrap_or(86_399)
    }
}

/// A mask of the bits under `bit` (0-63).
fn below(bit: u32) -> u64 {
    (1_u64 << bit) - 1
}

fn top_bit(mask: u64) -> Option<u32> {
    63_u32.checked_sub(mask.leading_zeros())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(times: &Times) -> Times {
        let Times::Masks {
            hours,
            minutes,
            seconds,
        } = times
        else {
            return times.clone();
        };
        let all = (0..86_400_u32).filter(|t| {
            hours >> (t / 3600) & 1 == 1
                && minutes >> (t / 60 % 60) & 1 == 1
                && seconds >> (t % 60) & 1 == 1
        });
        Times::List(all.collect())
    }

    #[test]
    fn masks_answer_like_the_plain_list_for_every_second_of_a_day() {
        let cases = [
            (1_u32 << 23, 1_u64 << 59, 1_u64 << 59),
            (0xff_ffff, 0x0fff_ffff_ffff_ffff, 1),
            (1 | 1 << 5 | 1 << 23, 1 | 1 << 31, 1 << 7 | 1 << 30),
            (1 << 2, 1 << 30, 1),
        ];
        for (hours, minutes, seconds) in cases {
            let masks = Times::Masks {
                hours,
                minutes,
                seconds,
            };
            let list = listed(&masks);
            assert_eq!((masks.first(), masks.last()), (list.first(), list.last()));
            for t in 0..86_400 {
                assert_eq!(
                    masks.at_or_after(t),
                    list.at_or_after(t),
                    "{masks:?} after {t}"
                );
                assert_eq!(
                    masks.at_or_before(t),
                    list.at_or_before(t),
                    "{masks:?} before {t}"
                );
            }
        }
    }
}
