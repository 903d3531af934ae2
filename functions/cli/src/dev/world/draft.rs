//! An event as somebody types it in, and as each provider writes it down.

use jiff::SignedDuration;
use jiff::civil::Date;
use serde_json::{Value, json};

/// An event that somebody wants.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draft {
    title: &'static str,
    when: When,
    is_daily: bool,
}

#[derive(Clone, Copy, Debug)]
enum When {
    /// An hour, beginning at this full hour.
    Hour(Moment),
    /// A whole day, so many days from now.
    Day(i64),
}

/// A full hour, so many days from now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) days: i64,
    pub(crate) hour: i8,
}

impl Draft {
    /// An event of an hour.
    pub(crate) const fn meeting(title: &'static str, days: i64, hour: i8) -> Self {
        Self {
            title,
            when: When::Hour(Moment { days, hour }),
            is_daily: false,
        }
    }

    /// An event of a day.
    pub(crate) const fn all_day(title: &'static str, days: i64) -> Self {
        Self {
            title,
            when: When::Day(days),
            is_daily: false,
        }
    }

    /// The same on ten days in a row.
    pub(crate) const fn daily(self) -> Self {
        Self {
            is_daily: true,
            ..self
        }
    }

    /// As Google writes it.
    pub(super) fn for_google(&self, today: Date) -> Value {
        let mut event = match self.when {
            When::Hour(start) => json!({
                "start": { "dateTime": start.instant(today), "timeZone": "Europe/Lisbon" },
                "end": { "dateTime": start.an_hour_later().instant(today), "timeZone": "Europe/Lisbon" },
            }),
            When::Day(days) => json!({
                "start": { "date": day(today, days).to_string() },
                "end": { "date": day(today, days + 1).to_string() },
            }),
        };
        event["summary"] = json!(self.title);
        if self.is_daily {
            event["recurrence"] = json!(["RRULE:FREQ=DAILY;COUNT=10"]);
        }
        event
    }

    /// As Graph writes it.
    pub(super) fn for_graph(&self, today: Date) -> Value {
        let at = |text: String| json!({ "dateTime": text, "timeZone": "UTC" });
        let (first, mut event) = match self.when {
            When::Hour(start) => (
                start.days,
                json!({
                    "isAllDay": false,
                    "start": at(start.wall(today)),
                    "end": at(start.an_hour_later().wall(today)),
                }),
            ),
            When::Day(days) => {
                let midnight = |days| at(Moment { days, hour: 0 }.wall(today));
                (
                    days,
                    json!({
                        "isAllDay": true,
                        "start": midnight(days),
                        "end": midnight(days + 1),
                    }),
                )
            }
        };
        event["subject"] = json!(self.title);
        if self.is_daily {
            event["recurrence"] = json!({
                "pattern": { "type": "daily", "interval": 1 },
                "range": {
                    "type": "numbered",
                    "numberOfOccurrences": 10,
                    "startDate": day(today, first).to_string(),
                    "recurrenceTimeZone": "UTC",
                },
            });
        }
        event
    }
}

impl Moment {
    pub(super) const fn an_hour_later(self) -> Self {
        Self {
            hour: self.hour + 1,
            ..self
        }
    }

    /// In UTC, as RFC 3339 has it.
    pub(super) fn instant(self, today: Date) -> String {
        format!("{}Z", self.wall(today))
    }

    fn wall(self, today: Date) -> String {
        format!("{}T{:02}:00:00", day(today, self.days), self.hour)
    }
}

/// The date so many days from now.
pub(super) fn day(today: Date, days: i64) -> Date {
    today.saturating_add(SignedDuration::from_hours(24 * days))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn both_providers_are_told_of_the_same_hour() {
        let lunch = Draft::meeting("Lunch", 1, 12);

        let (google, graph) = (lunch.for_google(TODAY), lunch.for_graph(TODAY));

        assert_eq!(google["start"]["dateTime"], "2026-12-01T12:00:00Z");
        assert_eq!(graph["start"]["dateTime"], "2026-12-01T12:00:00");
        assert_eq!(graph["start"]["timeZone"], "UTC");
        assert_eq!(graph["end"]["dateTime"], "2026-12-01T13:00:00");
    }

    #[test]
    fn a_whole_day_ends_where_the_next_begins() {
        let off = Draft::all_day("Off", 3);

        let (google, graph) = (off.for_google(TODAY), off.for_graph(TODAY));

        assert_eq!(google["end"]["date"], "2026-12-04");
        assert_eq!(graph["isAllDay"], true);
        assert_eq!(graph["end"]["dateTime"], "2026-12-04T00:00:00");
    }

    #[test]
    fn a_series_begins_where_its_first_event_does() {
        let graph = Draft::meeting("Stand-up", 1, 9).daily().for_graph(TODAY);

        assert_eq!(graph["recurrence"]["range"]["startDate"], "2026-12-01");
    }

    const TODAY: Date = date(2026, 11, 30);
}
