//! Graph's `patternedRecurrence` as a line of RFC 5545.
//!
//! The same pattern is always written in the same way: `FREQ`, `INTERVAL` above one, `BYMONTH`,
//! `BYMONTHDAY`, `BYDAY` from Monday on, `BYSETPOS`, `WKST`, and `COUNT` or `UNTIL`. What is not
//! understood is not written: half a rule would put events on days that nobody chose.

use domain::event::When;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::zone;
use crate::fields::Fields;

/// The days as Graph and RFC 5545 call them.
const DAYS: [(&str, &str); 7] = [
    ("monday", "MO"),
    ("tuesday", "TU"),
    ("wednesday", "WE"),
    ("thursday", "TH"),
    ("friday", "FR"),
    ("saturday", "SA"),
    ("sunday", "SU"),
];

/// How a series repeats, and for how long.
pub(super) struct Recurrence {
    pattern: Fields,
    range: Fields,
    zone: Option<TimeZone>,
}

impl Recurrence {
    /// Takes `recurrence` apart.
    pub(super) fn read(mut fields: Fields) -> Option<Self> {
        let pattern = fields.object("pattern")?;
        let mut range = fields.object("range")?;
        let zone = range.text("recurrenceTimeZone");
        Some(Self {
            pattern,
            range,
            zone: zone.as_deref().and_then(zone::named),
        })
    }

    /// The zone whose days are counted, if it names one.
    pub(super) fn zone(&self) -> Option<&TimeZone> {
        self.zone.as_ref()
    }

    /// The line, for a series that starts here and repeats by the clocks of this zone.
    pub(super) fn line(mut self, start: &When, zone: Option<&TimeZone>) -> Option<String> {
        let rule = rule(&mut self.pattern)?;
        let end = end(&mut self.range, start, zone)?;
        Some(format!("RRULE:{rule}{end}"))
    }
}

fn rule(pattern: &mut Fields) -> Option<String> {
    let kind = word(pattern, "type")?;
    let interval = number(pattern, "interval", i32::MAX)?;
    let frequency = match &*kind {
        "daily" => "DAILY",
        "weekly" => "WEEKLY",
        "absolutemonthly" | "relativemonthly" => "MONTHLY",
        "absoluteyearly" | "relativeyearly" => "YEARLY",
        _ => return None,
    };
    let mut rule = format!("FREQ={frequency}");
    if interval > 1 {
        rule += &format!(";INTERVAL={interval}");
    }
    let month = if frequency == "YEARLY" {
        let month = number(pattern, "month", 12)?;
        rule += &format!(";BYMONTH={month}");
        Some(month)
    } else {
        None
    };
    match &*kind {
        "weekly" => rule += &weekly(pattern, interval)?,
        "absolutemonthly" | "absoluteyearly" => {
            rule += &absolute(number(pattern, "dayOfMonth", 31)?, month);
        }
        "relativemonthly" | "relativeyearly" => rule += &relative(pattern)?,
        _ => {}
    }
    Some(rule)
}

/// The first day of the week only matters if weeks are left out; RFC 5545 takes Monday, Graph Sunday.
fn weekly(pattern: &mut Fields, interval: i32) -> Option<String> {
    let days = days(pattern)?.join(",");
    let first = match word(pattern, "firstDayOfWeek") {
        Some(name) => day(&name)?,
        None => "SU",
    };
    if interval > 1 && first != "MO" {
        Some(format!(";BYDAY={days};WKST={first}"))
    } else {
        Some(format!(";BYDAY={days}"))
    }
}

/// In a month that is too short Outlook takes the last day; RFC 5545 would leave the month out.
fn absolute(day: i32, month: Option<i32>) -> String {
    let (shortest, longest) = match month {
        None => (28, 31),
        Some(2) => (28, 29),
        Some(4 | 6 | 9 | 11) => (30, 30),
        Some(_) => (31, 31),
    };
    if day <= shortest {
        return format!(";BYMONTHDAY={day}");
    }
    if day >= longest {
        return ";BYMONTHDAY=-1".to_owned();
    }
    let days: Vec<String> = (shortest..=day).map(|day| day.to_string()).collect();
    format!(";BYMONTHDAY={};BYSETPOS=-1", days.join(","))
}

/// The second Tuesday, say; or of several days the first, second, … last that is one of them.
fn relative(pattern: &mut Fields) -> Option<String> {
    let place = match word(pattern, "index").as_deref() {
        None | Some("first") => 1,
        Some("second") => 2,
        Some("third") => 3,
        Some("fourth") => 4,
        Some("last") => -1,
        Some(_) => return None,
    };
    match &*days(pattern)? {
        [day] => Some(format!(";BYDAY={place}{day}")),
        days => Some(format!(";BYDAY={};BYSETPOS={place}", days.join(","))),
    }
}

/// The end of a series is inclusive on both sides.
///
/// `UNTIL` is the start of an occurrence on the last day, so it has to be the start's kind: a date
/// for an all-day series, otherwise an instant, which needs the zone to be known.
fn end(range: &mut Fields, start: &When, zone: Option<&TimeZone>) -> Option<String> {
    match &*word(range, "type")? {
        "noend" => Some(String::new()),
        "numbered" => {
            let count = number(range, "numberOfOccurrences", i32::MAX)?;
            Some(format!(";COUNT={count}"))
        }
        "enddate" => {
            let last: Date = range.text("endDate")?.parse().ok()?;
            // RFC 5545 has no years before.
            if last.year() < 1 {
                return None;
            }
            let until = match start {
                When::Day(_) => last.strftime("%Y%m%d").to_string(),
                When::Time { at, .. } => {
                    let until = match zone {
                        Some(zone) => {
                            let wall = last.to_datetime(zone.to_datetime(*at).time());
                            zone::place(wall, zone)?.0
                        }
                        None => by_utc(last, *at, range.text("startDate")?.parse().ok()?)?,
                    };
                    until.strftime("%Y%m%dT%H%M%SZ").to_string()
                }
            };
            Some(format!(";UNTIL={until}"))
        }
        _ => None,
    }
}

/// The start of an occurrence on the last day, in a zone that somebody made up: we know how far the
/// first one's date is from the date by UTC, and take it that clocks stay as they are.
fn by_utc(last: Date, start: Timestamp, first: Date) -> Option<Timestamp> {
    let start = TimeZone::UTC.to_datetime(start);
    let days = first.until(start.date()).ok()?.get_days();
    let last = last.checked_add(SignedDuration::from_hours(
        24 * i64::from(days.clamp(-1, 1)),
    ));
    TimeZone::UTC
        .to_timestamp(last.ok()?.to_datetime(start.time()))
        .ok()
}

/// The days of the week, none of them twice; none at all is not a pattern.
fn days(pattern: &mut Fields) -> Option<Vec<&'static str>> {
    let names = pattern.texts("daysOfWeek");
    let mut found = Vec::new();
    for name in names {
        found.push(day(&name.to_ascii_lowercase())?);
    }
    let days = DAYS.iter().map(|day| day.1);
    let days: Vec<_> = days.filter(|day| found.contains(day)).collect();
    (!days.is_empty()).then_some(days)
}

fn day(name: &str) -> Option<&'static str> {
    DAYS.iter().find(|day| day.0 == name).map(|day| day.1)
}

/// Microsoft's pages write these words now with a capital, now without.
fn word(fields: &mut Fields, name: &str) -> Option<String> {
    fields.text(name).map(|word| word.to_ascii_lowercase())
}

fn number(fields: &mut Fields, name: &str, most: i32) -> Option<i32> {
    let number = i32::try_from(fields.number(name)?).ok()?;
    (1..=most).contains(&number).then_some(number)
}

#[cfg(test)]
mod tests;
