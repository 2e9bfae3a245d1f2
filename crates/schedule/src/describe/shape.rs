//! How a person would name a set of numbers: all of them, one, a run, every n-th, or a list.

use crate::times;

/// A set of values of one field, as it would be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Set {
    All,
    One(u32),
    /// `from` to `to`, over the end of the field if `to` is smaller.
    Run {
        from: u32,
        to: u32,
    },
    /// `from`, `from + step`, ... to the end of the field; `even` when it goes on evenly into the next round.
    Step {
        from: u32,
        step: u32,
        even: bool,
    },
    List(Vec<u32>),
}

impl Set {
    /// The set of the bits from `low` to `high`.
    pub(crate) fn of(bits: u64, low: u32, high: u32) -> Self {
        let values: Vec<u32> = (low..=high).filter(|v| bits >> v & 1 == 1).collect();
        let size = high - low + 1;
        match values.as_slice() {
            all if all.len() as u32 == size => Self::All,
            [one] => Self::One(*one),
            _ => run(&values, low, high)
                .or_else(|| step(&values, low, high))
                .unwrap_or(Self::List(values)),
        }
    }

    pub(super) fn is_all(&self) -> bool {
        *self == Self::All
    }
}

/// Three or more neighbours, going round the end of the field if need be.
fn run(values: &[u32], low: u32, high: u32) -> Option<Set> {
    if values.len() < 3 {
        return None;
    }
    let follows = |a: u32, b: u32| b == a + 1 || (a == high && b == low);
    let mut breaks = values
        .iter()
        .zip(values.iter().cycle().skip(1))
        .filter(|&(&a, &b)| !follows(a, b));
    match (breaks.next(), breaks.next()) {
        (Some((&to, &from)), None) => Some(Set::Run { from, to }),
        _ => None,
    }
}

/// A progression that reaches the end of the field.
fn step(values: &[u32], low: u32, high: u32) -> Option<Set> {
    let (&[first, second, ..], &[.., last]) = (values, values) else {
        return None;
    };
    let step = second - first;
    let regular = step >= 2
        && values
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if b - a == step));
    let even = first + (high - low + 1) - last == step;
    let complete = first < low + step && last + step > high;
    (regular && complete && (values.len() > 2 || even)).then_some(Set::Step {
        from: first,
        step,
        even,
    })
}

/// The times of a day, as they would be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Times {
    /// These seconds of the day, and how many more that are too many to name.
    Exact(Vec<u32>, usize),
    /// By parts.
    Repeat {
        seconds: Set,
        minutes: Set,
        hours: Set,
    },
}

/// Most times of day that are worth naming one by one.
const MOST_NAMED: usize = 12;

impl Times {
    pub(super) fn of(times: &times::Times) -> Self {
        match times {
            times::Times::List(list) => Self::Exact(
                list.iter().copied().take(MOST_NAMED).collect(),
                list.len().saturating_sub(MOST_NAMED),
            ),
            times::Times::Masks {
                hours,
                minutes,
                seconds,
            } => {
                let (h, m, s) = (
                    hours.count_ones(),
                    minutes.count_ones(),
                    seconds.count_ones(),
                );
                let (hour_set, minute_set, second_set) = (
                    Set::of(u64::from(*hours), 0, 23),
                    Set::of(*minutes, 0, 59),
                    Set::of(*seconds, 0, 59),
                );
                // A run or a step of hours is easier to read than its members.
                let few_hours =
                    h <= 8 && !matches!(hour_set, Set::Step { even: true, .. } | Set::All);
                let short_run = !matches!(hour_set, Set::Run { .. }) || h <= 4;
                if s == 1
                    && ((m == 1 && few_hours && short_run) || h * m <= 4 && few_hours && m < 4)
                {
                    let exact = all(times).take(MOST_NAMED).collect();
                    return Self::Exact(exact, 0);
                }
                Self::Repeat {
                    seconds: second_set,
                    minutes: minute_set,
                    hours: hour_set,
                }
            }
        }
    }
}

fn all(times: &times::Times) -> impl Iterator<Item = u32> {
    let mut next = times.at_or_after(0);
    std::iter::from_fn(move || {
        let time = next?;
        next = if time < 86_399 {
            times.at_or_after(time + 1)
        } else {
            None
        };
        Some(time)
    })
}

/// `HH:MM`, with seconds where there are any.
pub(super) fn clock(second_of_day: u32) -> String {
    crate::spec::TimeOfDay::from_second_of_day(second_of_day).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(values: &[u32], low: u32, high: u32) -> Set {
        Set::of(values.iter().fold(0, |bits, v| bits | 1 << v), low, high)
    }

    #[test]
    fn names_sets_as_a_person_would() {
        assert_eq!(set(&[5], 0, 59), Set::One(5));
        assert_eq!(set(&[1, 2, 3, 4, 5], 0, 6), Set::Run { from: 1, to: 5 });
        assert_eq!(set(&[22, 23, 0, 1], 0, 23), Set::Run { from: 22, to: 1 });
        assert_eq!(set(&[0, 1], 0, 23), Set::List(vec![0, 1]));
        assert_eq!(
            set(&[0, 30], 0, 59),
            Set::Step {
                from: 0,
                step: 30,
                even: true
            }
        );
        assert_eq!(set(&[0, 40], 0, 59), Set::List(vec![0, 40]));
        assert_eq!(
            set(&[0, 7, 14, 21, 28, 35, 42, 49, 56], 0, 59),
            Set::Step {
                from: 0,
                step: 7,
                even: false
            }
        );
        assert_eq!(
            set(&[5, 15, 25, 35, 45, 55], 0, 59),
            Set::Step {
                from: 5,
                step: 10,
                even: true
            }
        );
        assert_eq!(set(&[9, 11, 13], 0, 23), Set::List(vec![9, 11, 13]));
        assert_eq!(set(&(1..=12).collect::<Vec<_>>(), 1, 12), Set::All);
    }
}
