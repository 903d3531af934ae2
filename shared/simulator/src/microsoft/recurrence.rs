//! `patternedRecurrence`: on which dates a series occurs.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan as _};
use serde_json::{Value, json};

/// A series that ends later than this has no end for anyone who asks.
const LAST_YEAR: i16 = 2_200;

/// What a series' `recurrence` says, read and checked.
#[derive(Clone, Debug)]
pub(crate) struct Recurrence {
    pattern: Pattern,
    interval: i64,
    pub(crate) start: Date,
    end: End,
}

#[derive(Clone, Debug)]
enum Pattern {
    Daily,
    Weekly {
        days: Vec<Weekday>,
        first: Weekday,
    },
    MonthDay {
        day: i8,
    },
    MonthWeekday {
        days: Vec<Weekday>,
        index: Index,
    },
    YearDay {
        month: i8,
        day: i8,
    },
    YearWeekday {
        month: i8,
        days: Vec<Weekday>,
        index: Index,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Index {
    Nth(usize),
    Last,
}

#[derive(Clone, Copy, Debug)]
enum End {
    Never,
    On(Date),
    After(usize),
}

impl Recurrence {
    /// Reads a `recurrence`; `first` is the date on which the event itself starts.
    pub(crate) fn parse(value: &Value, first: Date) -> Result<Self, String> {
        let pattern = value.get("pattern").ok_or("a recurrence has a pattern")?;
        let range = value.get("range").ok_or("a recurrence has a range")?;
        let kind = text(pattern, "type").ok_or("a pattern has a type")?;
        let number = |name: &str| pattern.get(name).and_then(Value::as_i64);
        let interval = number("interval").unwrap_or(1);
        if !(1..=999).contains(&interval) {
            return Err("an interval is 1 to 999".to_owned());
        }
        let day = || within(number("dayOfMonth"), 31, "dayOfMonth");
        let month = || within(number("month"), 12, "month");
        let pattern = match kind.to_ascii_lowercase().as_str() {
            "daily" => Pattern::Daily,
            "weekly" => Pattern::Weekly {
                days: days(pattern)?,
                first: weekday(text(pattern, "firstDayOfWeek").unwrap_or("sunday"))?,
            },
            "absolutemonthly" => Pattern::MonthDay { day: day()? },
            "relativemonthly" => Pattern::MonthWeekday {
                days: days(pattern)?,
                index: index(pattern)?,
            },
            "absoluteyearly" => Pattern::YearDay {
                month: month()?,
                day: day()?,
            },
            "relativeyearly" => Pattern::YearWeekday {
                month: month()?,
                days: days(pattern)?,
                index: index(pattern)?,
            },
            other => return Err(format!("there is no pattern `{other}`")),
        };
        Ok(Self {
            pattern,
            interval,
            start: date(range, "startDate")?.unwrap_or(first),
            end: end(range)?,
        })
    }

    /// Every date on which the series occurs, in order.
    pub(crate) fn dates(&self) -> impl Iterator<Item = Date> {
        let most = match self.end {
            End::After(count) => count,
            End::Never | End::On(_) => usize::MAX,
        };
        let last = match self.end {
            End::On(last) => last,
            End::Never | End::After(_) => Date::MAX,
        };
        let all = (0..).map_while(|step| self.period(step)).flatten();
        all.skip_while(|date| *date < self.start)
            .take_while(move |date| *date <= last)
            .take(most)
    }

    /// The dates of the n-th day, week, month or year that counts; none when time is over.
    fn period(&self, step: i64) -> Option<Vec<Date>> {
        let steps = step.checked_mul(self.interval)?;
        let first_of_month = self.start.first_of_month();
        let later = |from: Date, span: Span| {
            let date = from.checked_add(span).ok()?;
            (date.year() <= LAST_YEAR).then_some(date)
        };
        match &self.pattern {
            Pattern::Daily => Some(vec![later(self.start, steps.days())?]),
            Pattern::Weekly { days, first } => {
                let since = i64::from(self.start.weekday().since(*first));
                let week = later(self.start.checked_sub(since.days()).ok()?, steps.weeks())?;
                let all = (0..7).filter_map(|day| week.checked_add(day.days()).ok());
                Some(all.filter(|date| days.contains(&date.weekday())).collect())
            }
            Pattern::MonthDay { day } => {
                let month = later(first_of_month, steps.months())?;
                Some(vec![on_day(month, *day)])
            }
            Pattern::MonthWeekday { days, index } => {
                let month = later(first_of_month, steps.months())?;
                Some(on_weekday(month, days, *index))
            }
            Pattern::YearDay { month, day } => {
                let year = later(first_of_month, steps.years())?;
                Some(vec![on_day(in_month(year, *month), *day)])
            }
            Pattern::YearWeekday { month, days, index } => {
                let year = later(first_of_month, steps.years())?;
                Some(on_weekday(in_month(year, *month), days, *index))
            }
        }
    }
}

/// A `recurrence` as Graph gives it back: with every field, whether it means something or not.
pub(crate) fn filled(value: &Value, first: Date, zone: &str) -> Value {
    let given = |part: &str, name: &str, default: Value| {
        let value = value.pointer(&format!("/{part}/{name}")).cloned();
        value.filter(|value| !value.is_null()).unwrap_or(default)
    };
    let mut pattern = json!({
        "type": given("pattern", "type", json!("daily")),
        "interval": given("pattern", "interval", json!(1)),
        "month": given("pattern", "month", json!(0)),
        "dayOfMonth": given("pattern", "dayOfMonth", json!(0)),
        "firstDayOfWeek": given("pattern", "firstDayOfWeek", json!("sunday")),
        "index": given("pattern", "index", json!("first")),
    });
    if let Some(days) = value.pointer("/pattern/daysOfWeek") {
        pattern["daysOfWeek"] = days.clone();
    }
    json!({
        "pattern": pattern,
        "range": {
            "type": given("range", "type", json!("noEnd")),
            "startDate": given("range", "startDate", json!(first.to_string())),
            "endDate": given("range", "endDate", json!("0001-01-01")),
            "recurrenceTimeZone": given("range", "recurrenceTimeZone", json!(zone)),
            "numberOfOccurrences": given("range", "numberOfOccurrences", json!(0)),
        },
    })
}

/// In a shorter month, Outlook takes the last day.
fn on_day(month: Date, day: i8) -> Date {
    let day = day.min(month.days_in_month());
    month.with().day(day).build().unwrap_or(month)
}

fn on_weekday(month: Date, days: &[Weekday], index: Index) -> Vec<Date> {
    let all = (1..=month.days_in_month()).map(|day| on_day(month, day));
    let mut fitting = all.filter(|date| days.contains(&date.weekday()));
    let date = match index {
        Index::Nth(nth) => fitting.nth(nth),
        Index::Last => fitting.next_back(),
    };
    date.into_iter().collect()
}

fn in_month(first: Date, month: i8) -> Date {
    first.with().month(month).build().unwrap_or(first)
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

fn within(number: Option<i64>, most: i8, what: &str) -> Result<i8, String> {
    let number = number.and_then(|number| i8::try_from(number).ok());
    number
        .filter(|number| (1..=most).contains(number))
        .ok_or_else(|| format!("this pattern has a {what} of 1 to {most}"))
}

fn days(pattern: &Value) -> Result<Vec<Weekday>, String> {
    let days = pattern.get("daysOfWeek").and_then(Value::as_array);
    let days = days
        .filter(|days| !days.is_empty())
        .ok_or("this pattern has daysOfWeek")?;
    days.iter()
        .map(|day| weekday(day.as_str().unwrap_or_default()))
        .collect()
}

fn weekday(name: &str) -> Result<Weekday, String> {
    match name.to_ascii_lowercase().as_str() {
        "monday" => Ok(Weekday::Monday),
        "tuesday" => Ok(Weekday::Tuesday),
        "wednesday" => Ok(Weekday::Wednesday),
        "thursday" => Ok(Weekday::Thursday),
        "friday" => Ok(Weekday::Friday),
        "saturday" => Ok(Weekday::Saturday),
        "sunday" => Ok(Weekday::Sunday),
        other => Err(format!("there is no day `{other}`")),
    }
}

fn index(pattern: &Value) -> Result<Index, String> {
    match text(pattern, "index").unwrap_or("first") {
        "first" => Ok(Index::Nth(0)),
        "second" => Ok(Index::Nth(1)),
        "third" => Ok(Index::Nth(2)),
        "fourth" => Ok(Index::Nth(3)),
        "last" => Ok(Index::Last),
        other => Err(format!("there is no index `{other}`")),
    }
}

fn date(range: &Value, name: &str) -> Result<Option<Date>, String> {
    let Some(text) = text(range, name) else {
        return Ok(None);
    };
    text.parse()
        .map(Some)
        .map_err(|_| format!("`{text}` is not a date"))
}

fn end(range: &Value) -> Result<End, String> {
    match text(range, "type").unwrap_or("noEnd") {
        "noEnd" => Ok(End::Never),
        "endDate" => date(range, "endDate")?
            .map(End::On)
            .ok_or_else(|| "this range has an endDate".to_owned()),
        "numbered" => {
            let count = range.get("numberOfOccurrences").and_then(Value::as_u64);
            let count = count.filter(|count| *count > 0);
            let count = count.and_then(|count| usize::try_from(count).ok());
            count
                .map(End::After)
                .ok_or_else(|| "this range has a numberOfOccurrences".to_owned())
        }
        other => Err(format!("there is no range `{other}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(pattern: Value, range: Value, count: usize) -> Vec<String> {
        let value = json!({ "pattern": pattern, "range": range });
        let first = jiff::civil::date(2026, 1, 1);
        let recurrence = Recurrence::parse(&value, first).expect("a recurrence");
        let dates = recurrence.dates().take(count);
        dates.map(|date| date.to_string()).collect()
    }

    #[test]
    fn every_other_week_counts_from_the_first_day_of_the_week() {
        let pattern = |first: &str| json!({ "type": "weekly", "interval": 2, "daysOfWeek": ["sunday", "tuesday"], "firstDayOfWeek": first });
        let range = json!({ "type": "noEnd", "startDate": "2026-11-03" });

        assert_eq!(
            dates(pattern("sunday"), range.clone(), 3),
            ["2026-11-03", "2026-11-15", "2026-11-17"]
        );
        assert_eq!(
            dates(pattern("monday"), range, 3),
            ["2026-11-03", "2026-11-08", "2026-11-17"]
        );
    }

    #[test]
    fn the_31st_is_the_last_day_of_a_shorter_month() {
        let pattern = json!({ "type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31 });
        let range =
            json!({ "type": "numbered", "startDate": "2027-01-31", "numberOfOccurrences": 3 });

        assert_eq!(
            dates(pattern, range, 9),
            ["2027-01-31", "2027-02-28", "2027-03-31"]
        );
    }

    #[test]
    fn a_relative_month_counts_the_days_that_are_meant() {
        let weekdays = json!(["monday", "tuesday", "wednesday", "thursday", "friday"]);
        let last = json!({ "type": "relativeMonthly", "interval": 1, "daysOfWeek": weekdays, "index": "last" });
        let second = json!({ "type": "relativeMonthly", "interval": 2, "daysOfWeek": ["thursday"], "index": "second" });
        let range =
            json!({ "type": "endDate", "startDate": "2026-10-01", "endDate": "2026-12-31" });

        assert_eq!(
            dates(last, range.clone(), 9),
            ["2026-10-30", "2026-11-30", "2026-12-31"]
        );
        assert_eq!(dates(second, range, 9), ["2026-10-08", "2026-12-10"]);
    }

    #[test]
    fn a_year_can_be_named_by_day_or_by_weekday() {
        let range = json!({ "type": "noEnd", "startDate": "2024-02-29" });
        let day = json!({ "type": "absoluteYearly", "interval": 1, "month": 2, "dayOfMonth": 29 });
        let sunday = json!({ "type": "relativeYearly", "interval": 1, "month": 3, "daysOfWeek": ["sunday"], "index": "last" });

        assert_eq!(dates(day, range.clone(), 2), ["2024-02-29", "2025-02-28"]);
        assert_eq!(dates(sunday, range, 2), ["2024-03-31", "2025-03-30"]);
    }

    #[test]
    fn every_third_day_is_every_third_day() {
        let pattern = json!({ "type": "daily", "interval": 3 });
        let range =
            json!({ "type": "endDate", "startDate": "2026-11-28", "endDate": "2026-12-04" });

        assert_eq!(
            dates(pattern, range, 9),
            ["2026-11-28", "2026-12-01", "2026-12-04"]
        );
    }

    #[test]
    fn nonsense_is_refused() {
        let first = jiff::civil::date(2026, 1, 1);
        for (pattern, range) in [
            (json!({ "type": "hourly" }), json!({ "type": "noEnd" })),
            (json!({ "type": "weekly" }), json!({ "type": "noEnd" })),
            (
                json!({ "type": "daily", "interval": 0 }),
                json!({ "type": "noEnd" }),
            ),
            (json!({ "type": "daily" }), json!({ "type": "numbered" })),
        ] {
            let value = json!({ "pattern": pattern, "range": range });
            assert!(Recurrence::parse(&value, first).is_err(), "{value}");
        }
    }
}
