//! Random cron expressions, together with what was used to write them.

use crate::random::Random;

/// What an expression uses; the predicates of known differences are written in these terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Uses {
    /// A seconds field.
    pub(crate) seconds: bool,
    /// `a/n`, a step from one value to the end of the field.
    pub(crate) open_step: bool,
    /// `a-b` with a after b.
    pub(crate) wrapped_range: bool,
    /// `15W`.
    pub(crate) nearest: bool,
    /// `LW`.
    pub(crate) last_working_day: bool,
    /// `L` in the day of month.
    pub(crate) last_day: bool,
    /// `L-3`.
    pub(crate) before_last: bool,
    /// A range with a name in it.
    pub(crate) named_range: bool,
    /// A weekday with `L` or `#` written by name.
    pub(crate) named_special: bool,
    /// `?`.
    pub(crate) question: bool,
    /// `a-a/n`, a stepped range of one value.
    pub(crate) stepped_single: bool,
    /// A day field that begins with a star and goes on (`*/2`, `*,5`).
    pub(crate) decorated_star: bool,
    /// Weekday `a/n` whose steps reach 7.
    pub(crate) weekday_step_reaches_7: bool,
    /// A range that ends in SUN by name.
    pub(crate) ends_in_sunday_name: bool,
    /// A range by name from Sunday to Sunday.
    pub(crate) sunday_to_sunday: bool,
    /// `7L`.
    pub(crate) sunday_7_last: bool,
    /// Minute or hour has an item that runs through the whole field but does not begin the field with a star.
    pub(crate) hidden_open: bool,
    /// Minute or hour begins with a star.
    pub(crate) starred_time: bool,
    /// Second, minute and hour are single values.
    pub(crate) single_time: bool,
}

pub(crate) struct Expression {
    pub(crate) text: String,
    pub(crate) uses: Uses,
}

/// Which constructs may appear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// What croner, cronsim and this crate all read.
    Shared,
    /// Everything.
    Full,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Month,
    Weekday,
}

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

struct Writer<'a> {
    random: &'a mut Random,
    dialect: Dialect,
    uses: Uses,
}

pub(crate) fn expression(random: &mut Random, dialect: Dialect) -> Expression {
    let mut writer = Writer {
        random,
        dialect,
        uses: Uses::default(),
    };
    let text = writer.expression();
    Expression {
        text,
        uses: writer.uses,
    }
}

impl Writer<'_> {
    fn one_in(&mut self, n: u64) -> bool {
        self.random.below(n) == 0
    }

    fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.random.below(high - low + 1)
    }

    fn expression(&mut self) -> String {
        let mut fields = Vec::new();
        if self.one_in(6) {
            self.uses.seconds = true;
            fields.push(self.field(Unit::Second));
        }
        for unit in [
            Unit::Minute,
            Unit::Hour,
            Unit::Day,
            Unit::Month,
            Unit::Weekday,
        ] {
            fields.push(self.field(unit));
        }
        let time = &fields[..fields.len() - 3];
        self.uses.single_time = time
            .iter()
            .all(|field| field.bytes().all(|b| b.is_ascii_digit()));
        let minute_and_hour = &fields[fields.len() - 5..fields.len() - 3];
        self.uses.starred_time = minute_and_hour.iter().any(|field| field.starts_with('*'));
        for field in [&fields[fields.len() - 3], &fields[fields.len() - 1]] {
            self.uses.decorated_star |= field.len() > 1 && field.starts_with(['*', '?']);
        }
        fields.join(" ")
    }

    fn field(&mut self, unit: Unit) -> String {
        let star = match unit {
            Unit::Second | Unit::Minute => 6,
            Unit::Hour => 3,
            Unit::Day | Unit::Weekday => 2,
            Unit::Month => 2,
        };
        if self.one_in(star) {
            if self.dialect == Dialect::Full
                && matches!(unit, Unit::Day | Unit::Weekday)
                && self.one_in(5)
            {
                self.uses.question = true;
                return "?".to_owned();
            }
            return "*".to_owned();
        }
        let items = if self.one_in(4) {
            self.between(2, 4)
        } else {
            1
        };
        let items: Vec<String> = (0..items).map(|_| self.item(unit)).collect();
        items.join(",")
    }

    fn range(unit: Unit) -> (u64, u64) {
        match unit {
            Unit::Second | Unit::Minute => (0, 59),
            Unit::Hour => (0, 23),
            Unit::Day => (1, 31),
            Unit::Month => (1, 12),
            Unit::Weekday => (0, 7),
        }
    }

    fn value(&mut self, unit: Unit) -> u64 {
        let (low, high) = Self::range(unit);
        self.between(low, high)
    }

    fn written(&mut self, unit: Unit, value: u64) -> String {
        match unit {
            Unit::Month if self.one_in(4) => MONTHS[value as usize - 1].to_owned(),
            Unit::Weekday if value < 7 && self.one_in(4) => {
                let name = WEEKDAYS[value as usize].to_owned();
                if self.one_in(2) {
                    name.to_lowercase()
                } else {
                    name
                }
            }
            _ => value.to_string(),
        }
    }

    fn item(&mut self, unit: Unit) -> String {
        let full = self.dialect == Dialect::Full;
        let (low, high) = Self::range(unit);
        let values = if unit == Unit::Weekday {
            7
        } else {
            high - low + 1
        };
        match (self.random.below(20), unit) {
            (0..=1, Unit::Day) => self.special_day(full),
            (0..=1, Unit::Weekday) => self.special_weekday(),
            (2..=4, _) => {
                let step = self.between(1, values.min(31));
                if matches!(unit, Unit::Minute | Unit::Hour) {
                    self.uses.hidden_open = true;
                }
                format!("*/{step}")
            }
            (5..=8, _) => {
                let (mut a, mut b) = (self.value(unit), self.value(unit));
                if a > b && !full {
                    std::mem::swap(&mut a, &mut b);
                }
                self.uses.wrapped_range |= a > b;
                self.span(unit, a, b)
            }
            (9, _) if full => {
                let from = if unit == Unit::Weekday {
                    self.between(0, 6)
                } else {
                    self.value(unit)
                };
                let step = self.between(1, values.min(31));
                self.uses.open_step = true;
                self.uses.weekday_step_reaches_7 |= unit == Unit::Weekday && (7 - from) % step == 0;
                if from == low && matches!(unit, Unit::Minute | Unit::Hour) {
                    self.uses.hidden_open = true;
                }
                format!("{from}/{step}")
            }
            _ => {
                let value = self.value(unit);
                self.written(unit, value)
            }
        }
    }

    fn span(&mut self, unit: Unit, a: u64, b: u64) -> String {
        let (low, high) = Self::range(unit);
        if matches!(unit, Unit::Minute | Unit::Hour) && (b + 1 == a || (a == low && b == high)) {
            self.uses.hidden_open = true;
        }
        let (from, to) = (self.written(unit, a), self.written(unit, b));
        let named = |s: &str| s.bytes().all(|b| b.is_ascii_alphabetic());
        self.uses.named_range |= named(&from) || named(&to);
        self.uses.ends_in_sunday_name |= to.eq_ignore_ascii_case("SUN");
        self.uses.sunday_to_sunday |= a == 0 && to.eq_ignore_ascii_case("SUN");
        if self.one_in(3) {
            let step = self.between(1, if unit == Unit::Weekday { 7 } else { 12 });
            self.uses.stepped_single |= a == b;
            return format!("{from}-{to}/{step}");
        }
        format!("{from}-{to}")
    }

    fn special_day(&mut self, full: bool) -> String {
        match self.random.below(if full { 4 } else { 2 }) {
            0 => {
                self.uses.last_day = true;
                "L".to_owned()
            }
            1 => {
                self.uses.last_working_day = true;
                "LW".to_owned()
            }
            2 => {
                self.uses.before_last = true;
                format!("L-{}", self.between(1, 30))
            }
            _ => {
                self.uses.nearest = true;
                format!("{}W", self.between(1, 31))
            }
        }
    }

    fn special_weekday(&mut self) -> String {
        let value = self.value(Unit::Weekday);
        let day = self.written(Unit::Weekday, value);
        self.uses.named_special |= !day.bytes().all(|b| b.is_ascii_digit());
        if self.one_in(2) {
            self.uses.sunday_7_last |= day == "7";
            format!("{day}L")
        } else {
            format!("{day}#{}", self.between(1, 5))
        }
    }
}
