//! Events of an iCalendar file (RFC 5545) as entries of a calendar.
//!
//! What would change the meaning if it were left out is refused, with the number of its line: a recurrence part that
//! is not supported, a zone that is not known, an event without length. What has no bearing on when an event takes
//! place is passed over.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::recurrence::{Recurrence, parse_date, parse_time};
use super::spec::{CalendarEntry, EntryKind, When};
use crate::civil::{DAY, civil_from_days};
use crate::spec::TimeOfDay;
use crate::words::{Lang, Text};
use crate::zone::Zone;

const MAX_BYTES: usize = 1 << 20;
const MAX_EVENTS: usize = 2_000;
const MAX_NAME: usize = 200;

/// What of a file could not be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportError {
    /// Number of the line, from 1.
    pub line: usize,
    text: Text,
}

impl ImportError {
    fn new(line: usize, en: impl std::fmt::Display, ar: impl std::fmt::Display) -> Self {
        Self {
            line,
            text: Text::new(format!("line {line}: {en}"), format!("السطر {line}: {ar}")),
        }
    }

    /// The sentence in one language; it names the line.
    #[must_use]
    pub fn message(&self, lang: Lang) -> &str {
        self.text.in_lang(lang)
    }
}

/// Reads the events of an iCalendar file as entries of this kind. Times without a zone are meant in `timezone`.
///
/// # Errors
/// The first thing that cannot be understood, with its line.
pub fn import_icalendar(
    text: &str,
    kind: EntryKind,
    timezone: &str,
) -> Result<Vec<CalendarEntry>, ImportError> {
    if text.len() > MAX_BYTES {
        return Err(ImportError::new(
            1,
            "the file is larger than 1 MiB; split it.",
            "الملف أكبر من 1 ميغابايت؛ قسّمه.",
        ));
    }
    let events = events(text)?;
    let mut read = Vec::with_capacity(events.len());
    for event in &events {
        if event
            .text("STATUS")
            .is_none_or(|status| !status.eq_ignore_ascii_case("CANCELLED"))
        {
            read.push(Occurrences::read(event, timezone)?);
        }
    }
    // A changed occurrence of a series replaces the one that the series would have had.
    let mut replaced: HashMap<String, Vec<(Moment, usize)>> = HashMap::new();
    for (event, line) in events.iter().map(|event| (event, event.line)) {
        if let (Some(uid), Some(property)) = (event.text("UID"), event.get("RECURRENCE-ID")) {
            for moment in moments(property, timezone)? {
                replaced
                    .entry(uid.to_owned())
                    .or_default()
                    .push((moment, line));
            }
        }
    }
    let mut entries = Vec::new();
    for mut occurrences in read {
        if occurrences.rule.is_some()
            && let Some(uid) = &occurrences.uid
            && let Some(others) = replaced.get(uid)
        {
            for (moment, _) in others {
                let day = occurrences.day_of(*moment);
                occurrences.except.push(day);
            }
        }
        occurrences.entries(kind, &mut entries)?;
        if entries.len() > MAX_EVENTS {
            return Err(ImportError::new(
                occurrences.line,
                "the file has more than 2000 events and dates; split it.",
                "في الملف أكثر من 2000 حدث وتاريخ؛ قسّمه.",
            ));
        }
    }
    if entries.is_empty() {
        return Err(ImportError::new(
            1,
            "the file has no event (VEVENT) that takes place.",
            "لا يحتوي الملف على أي حدث (VEVENT) قائم.",
        ));
    }
    Ok(entries)
}

/// A property: its line, name, parameters, value.
#[derive(Debug)]
struct Property {
    line: usize,
    name: String,
    parameters: Vec<(String, String)>,
    value: String,
}

#[derive(Debug)]
struct Event {
    line: usize,
    properties: Vec<Property>,
}

impl Event {
    fn get(&self, name: &str) -> Option<&Property> {
        self.properties
            .iter()
            .find(|property| property.name == name)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.get(name).map(|property| property.value.trim())
    }
}

impl Property {
    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    fn wrong(&self) -> ImportError {
        let shown: String = self
            .value
            .chars()
            .filter(|c| !c.is_control())
            .take(60)
            .collect();
        ImportError::new(
            self.line,
            format_args!("{} \"{shown}\" is not understood.", self.name),
            format_args!("قيمة {} غير مفهومة: \"{shown}\".", self.name),
        )
    }
}

/// The file as unfolded lines, each with the number of its first part.
fn lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (at, line) in text.trim_start_matches('\u{feff}').split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(more), Some((_, last))) => last.push_str(more),
            _ if line.trim().is_empty() => {}
            _ => lines.push((at + 1, line.to_owned())),
        }
    }
    lines
}

fn events(text: &str) -> Result<Vec<Event>, ImportError> {
    let mut events = Vec::new();
    let mut open: Vec<(usize, String)> = Vec::new();
    let mut event: Option<Event> = None;
    let mut last_line = 1;
    for (line, text) in lines(text) {
        last_line = line;
        let property = property(line, &text)?;
        let component = property.value.trim().to_ascii_uppercase();
        if open.is_empty() && (property.name != "BEGIN" || component != "VCALENDAR") {
            return Err(ImportError::new(
                line,
                "an iCalendar file begins with BEGIN:VCALENDAR.",
                "يبدأ ملف iCalendar بالسطر BEGIN:VCALENDAR.",
            ));
        }
        match property.name.as_str() {
            "BEGIN" => {
                if open.len() == 1 && component == "VEVENT" {
                    event = Some(Event {
                        line,
                        properties: Vec::new(),
                    });
                }
                if open.len() > 16 {
                    return Err(property.wrong());
                }
                open.push((line, component));
            }
            "END" => {
                if open.pop().is_none_or(|(_, name)| name != component) {
                    return Err(property.wrong());
                }
                if open.len() == 1
                    && let Some(event) = event.take()
                {
                    events.push(event);
                }
            }
            // Alarms lie one level deeper and do not matter.
            _ if open.len() == 2 => {
                if let Some(event) = &mut event {
                    event.properties.push(property);
                }
            }
            _ => {}
        }
        if events.len() > MAX_EVENTS {
            return Err(ImportError::new(
                line,
                "the file has more than 2000 events; split it.",
                "في الملف أكثر من 2000 حدث؛ قسّمه.",
            ));
        }
    }
    if let Some((line, name)) = open.pop() {
        return Err(ImportError::new(
            line,
            format_args!("BEGIN:{name} has no END:{name}; the file is cut off."),
            format_args!("لا يوجد END:{name} للسطر BEGIN:{name}؛ الملف مقطوع."),
        ));
    }
    if events.is_empty() {
        return Err(ImportError::new(
            last_line,
            "the file has no event (VEVENT).",
            "لا يحتوي الملف على أي حدث (VEVENT).",
        ));
    }
    Ok(events)
}

/// `NAME;PARAMETER="value":value`
fn property(line: usize, text: &str) -> Result<Property, ImportError> {
    let mut quoted = false;
    let mut parts = Vec::new();
    let mut from = 0;
    let mut value = None;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ';' if !quoted => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            ':' if !quoted => {
                parts.push(&text[from..at]);
                value = Some(&text[at + 1..]);
                break;
            }
            _ => {}
        }
    }
    let Some((value, name)) = value.zip(parts.first()) else {
        return Err(ImportError::new(
            line,
            "the line has no NAME:VALUE.",
            "ليس السطر على صورة NAME:VALUE.",
        ));
    };
    Ok(Property {
        line,
        name: name.trim().to_ascii_uppercase(),
        parameters: parts
            .iter()
            .skip(1)
            .filter_map(|part| part.split_once('='))
            .map(|(name, value)| {
                (
                    name.trim().to_ascii_uppercase(),
                    value.trim_matches('"').to_owned(),
                )
            })
            .collect(),
        value: value.to_owned(),
    })
}

/// A date, or a time on some clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    Day(i64),
    /// Day and second on the clock of the property's zone.
    Local(i64, i64),
    /// Seconds since 1970.
    Instant(i64),
}

fn moments(property: &Property, timezone: &str) -> Result<Vec<Moment>, ImportError> {
    let zone = zone_of(property, timezone)?;
    property
        .value
        .split(',')
        .map(|text| {
            let text = text.trim();
            let Some((date, time)) = text.split_once('T') else {
                return parse_date(text).map(Moment::Day);
            };
            let day = parse_date(date)?;
            if let Some(time) = time.strip_suffix('Z') {
                return Some(Moment::Instant(day * DAY + parse_time(time)?));
            }
            let second = parse_time(time)?;
            // Of a series each occurrence is compared on the series' own clock; see `day_of`.
            Some(match property.parameter("TZID") {
                Some(_) => Moment::Instant(zone.instant(day * DAY + second)),
                None => Moment::Local(day, second),
            })
        })
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| property.wrong())
}

fn zone_of(property: &Property, timezone: &str) -> Result<std::sync::Arc<Zone>, ImportError> {
    let name = property.parameter("TZID").unwrap_or(timezone);
    // Some writers mark names of the zone database with a slash.
    Zone::named(name.trim_start_matches('/')).map_err(|error| {
        ImportError::new(
            property.line,
            format_args!("{}: {}", property.name, error.message(Lang::En)),
            format_args!("{}: {}", property.name, error.message(Lang::Ar)),
        )
    })
}

/// One event: its first occurrence, and what recurs.
struct Occurrences {
    line: usize,
    uid: Option<String>,
    name: String,
    /// Day and second (`None` for whole days) of the first one, on the clock of `zone`.
    day: i64,
    second: Option<i64>,
    zone: std::sync::Arc<Zone>,
    /// Whether the file names the zone; otherwise the calendar's counts.
    has_zone: bool,
    /// Days, or seconds when it has a time.
    length: i64,
    rule: Option<(usize, String)>,
    except: Vec<i64>,
    more: Vec<(usize, Moment)>,
}

impl Occurrences {
    fn read(event: &Event, timezone: &str) -> Result<Self, ImportError> {
        let Some(start) = event.get("DTSTART") else {
            return Err(ImportError::new(
                event.line,
                "the event has no DTSTART.",
                "ليس للحدث بداية DTSTART.",
            ));
        };
        let mut zone = zone_of(start, timezone)?;
        let mut has_zone = start.parameter("TZID").is_some();
        let wall = |at: i64, zone: &Zone| {
            let wall = zone.wall(at);
            (wall.div_euclid(DAY), wall.rem_euclid(DAY))
        };
        let first = *moments(start, timezone)?
            .first()
            .ok_or_else(|| start.wrong())?;
        if start.value.trim().ends_with('Z') {
            zone = Zone::named("UTC").map_err(|_| start.wrong())?;
            has_zone = true;
        }
        let (day, second) = match first {
            Moment::Day(day) => (day, None),
            Moment::Local(day, second) => (day, Some(second)),
            Moment::Instant(at) => {
                let (day, second) = wall(at, &zone);
                (day, Some(second))
            }
        };
        let begin = |day: i64, second: i64| zone.instant(day * DAY + second);
        let (line, length) = match (event.get("DTEND"), event.get("DURATION")) {
            (Some(end), _) => {
                let last = *moments(end, timezone)?.first().ok_or_else(|| end.wrong())?;
                let length = match (second, last) {
                    (None, Moment::Day(last)) => last - day,
                    (Some(second), Moment::Instant(at)) => at - begin(day, second),
                    (Some(second), Moment::Local(last, end)) => {
                        begin(last, end) - begin(day, second)
                    }
                    _ => return Err(end.wrong()),
                };
                (end.line, length)
            }
            (None, Some(duration)) => {
                let seconds =
                    duration_seconds(duration.value.trim()).ok_or_else(|| duration.wrong())?;
                let length = match second {
                    None if seconds % DAY != 0 => return Err(duration.wrong()),
                    None => seconds / DAY,
                    Some(_) => seconds,
                };
                (duration.line, length)
            }
            (None, None) if second.is_none() => (start.line, 1),
            (None, None) => (start.line, 0),
        };
        let most = super::LONGEST_DAYS * if second.is_some() { DAY } else { 1 };
        if !(1..=most).contains(&length) {
            return Err(ImportError::new(
                line,
                "the event must last longer than nothing and at most 366 days.",
                "يجب أن تكون مدة الحدث أكبر من الصفر و366 يومًا على الأكثر.",
            ));
        }
        let mut found = Self {
            line: event.line,
            uid: event.text("UID").map(str::to_owned),
            name: name(event.text("SUMMARY").unwrap_or_default()),
            day,
            second,
            zone,
            has_zone,
            length,
            rule: None,
            except: Vec::new(),
            more: Vec::new(),
        };
        for property in &event.properties {
            match property.name.as_str() {
                "RRULE" if found.rule.is_none() => {
                    found.rule = Some((property.line, property.value.trim().to_owned()));
                }
                "RRULE" | "EXRULE" => {
                    return Err(ImportError::new(
                        property.line,
                        format_args!(
                            "{} is not supported here; write one RRULE for each event.",
                            property.name
                        ),
                        format_args!(
                            "الخاصية {} غير مدعومة هنا؛ اكتب RRULE واحدة لكل حدث.",
                            property.name
                        ),
                    ));
                }
                "EXDATE" => {
                    for moment in moments(property, timezone)? {
                        let day = found.day_of(moment);
                        found.except.push(day);
                    }
                }
                "RDATE" => {
                    for moment in moments(property, timezone)? {
                        let fits = matches!(moment, Moment::Day(_)) == found.second.is_none();
                        if !fits {
                            return Err(property.wrong());
                        }
                        found.more.push((property.line, moment));
                    }
                }
                _ => {}
            }
        }
        Ok(found)
    }

    /// The day of an occurrence on the series' own clock.
    fn day_of(&self, moment: Moment) -> i64 {
        match moment {
            Moment::Day(day) | Moment::Local(day, _) => day,
            Moment::Instant(at) => self.zone.wall(at).div_euclid(DAY),
        }
    }

    fn entries(
        &self,
        kind: EntryKind,
        entries: &mut Vec<CalendarEntry>,
    ) -> Result<(), ImportError> {
        let mut push = |line: usize, when: Option<When>| {
            let when = when.ok_or_else(|| {
                ImportError::new(line, "the date lies too far away.", "التاريخ بعيد جدًا.")
            })?;
            entries.push(CalendarEntry {
                name: self.name.clone(),
                name_ar: None,
                kind,
                when,
            });
            Ok(())
        };
        match &self.rule {
            Some((line, rule)) => {
                let second = self.second.unwrap_or(0);
                Recurrence::parse(rule, self.day, second, |at| {
                    let wall = self.zone.wall(at);
                    (wall.div_euclid(DAY), wall.rem_euclid(DAY))
                })
                .map_err(|error| {
                    ImportError::new(*line, error.message(Lang::En), error.message(Lang::Ar))
                })?;
                let mut except = self.except.clone();
                except.sort_unstable();
                except.dedup();
                let when = date(self.day).map(|from| When::Recurrence {
                    from,
                    at: self
                        .second
                        .map(|second| TimeOfDay::from_second_of_day(second as u32)),
                    timezone: self.has_zone.then(|| self.zone.name().to_owned()),
                    days: self.second.is_none().then_some(self.length as u16),
                    duration_seconds: self.second.map(|_| self.length as u32),
                    rule: rule.clone(),
                    except: except.into_iter().filter_map(date).collect(),
                });
                push(*line, when)?;
            }
            None if self.except.contains(&self.day) => {}
            None => push(self.line, self.single(self.day, self.second))?,
        }
        for (line, moment) in &self.more {
            let when = match *moment {
                Moment::Day(day) => self.single(day, None),
                Moment::Local(day, second) => self.single(day, Some(second)),
                Moment::Instant(at) => self.span(at),
            };
            push(*line, when)?;
        }
        Ok(())
    }

    fn single(&self, day: i64, second: Option<i64>) -> Option<When> {
        let Some(second) = second else {
            let last = day + self.length - 1;
            return Some(When::Dates {
                from: date(day)?,
                to: if last == day { None } else { Some(date(last)?) },
            });
        };
        self.span(self.zone.instant(day * DAY + second))
    }

    fn span(&self, begin: i64) -> Option<When> {
        Some(When::Span {
            from: Timestamp::from_second(begin).ok()?,
            to: Timestamp::from_second(begin + self.length).ok()?,
        })
    }
}

fn date(day: i64) -> Option<Date> {
    let (year, month, of_month) = civil_from_days(day);
    Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(of_month).ok()?,
    )
    .ok()
}

/// `P1W`, `P2DT3H4M5S`; negative ones mean nothing here.
fn duration_seconds(text: &str) -> Option<i64> {
    let text = text.strip_prefix('+').unwrap_or(text).strip_prefix('P')?;
    let mut total = 0_i64;
    let mut digits = String::new();
    let mut in_time = false;
    let mut any = false;
    for c in text.chars() {
        let unit = match (c, in_time) {
            ('0'..='9', _) if digits.len() < 7 => {
                digits.push(c);
                continue;
            }
            ('T', false) if digits.is_empty() => {
                in_time = true;
                continue;
            }
            ('W', false) => 7 * DAY,
            ('D', false) => DAY,
            ('H', true) => 3_600,
            ('M', true) => 60,
            ('S', true) => 1,
            _ => return None,
        };
        total += digits.parse::<i64>().ok()? * unit;
        digits.clear();
        any = true;
    }
    (any && digits.is_empty()).then_some(total)
}

fn name(summary: &str) -> String {
    let mut name = String::new();
    let mut escaped = false;
    for c in summary.chars() {
        match (escaped, c) {
            (false, '\\') => {
                escaped = true;
                continue;
            }
            (true, 'n' | 'N') => name.push(' '),
            (_, c) if c.is_control() => name.push(' '),
            (_, c) => name.push(c),
        }
        escaped = false;
    }
    let name: String = name.trim().chars().take(MAX_NAME).collect();
    if name.is_empty() {
        "Event".to_owned()
    } else {
        name
    }
}
