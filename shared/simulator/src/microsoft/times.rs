//! When an event is: `dateTimeTimeZone` in any zone, and whole days that belong to none.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Map, Value, json};

use crate::microsoft::zones::Zone;
use crate::world::WorldError;

/// A start and an end on the clocks of one zone.
#[derive(Clone, Debug)]
pub(crate) struct Times {
    pub(crate) zone: Zone,
    start: DateTime,
    end: DateTime,
    is_all_day: bool,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            zone: Zone::utc(),
            start: DateTime::constant(1970, 1, 1, 0, 0, 0, 0),
            end: DateTime::constant(1970, 1, 1, 0, 0, 0, 0),
            is_all_day: false,
        }
    }
}

impl Times {
    /// Reads an event's times; the end may be in another zone than the start.
    pub(crate) fn of(fields: &Map<String, Value>) -> Result<Self, WorldError> {
        let is_all_day = fields.get("isAllDay") == Some(&json!(true));
        let (zone, start) = edge(fields, "start")?;
        let (end_zone, end) = edge(fields, "end")?;
        let end = if end_zone.name == zone.name || is_all_day {
            end
        } else {
            let at = instant(end, &end_zone.rules);
            zone.rules.to_datetime(at)
        };
        let times = Self {
            zone,
            start,
            end,
            is_all_day,
        };
        if times.end < times.start {
            return Err(impossible("an event does not end before it starts"));
        }
        let midnight = |at: DateTime| at == at.date().to_datetime(jiff::civil::Time::midnight());
        if is_all_day && !(midnight(start) && midnight(end) && start < end) {
            return Err(impossible("whole days begin and end at midnight"));
        }
        Ok(times)
    }

    pub(crate) fn first_date(&self) -> Date {
        self.start.date()
    }

    /// The same on another day: clocks are kept, so daylight saving changes the instant.
    pub(crate) fn on(&self, date: Date) -> Self {
        let days = (date - self.start.date()).get_days().days();
        Self {
            zone: self.zone.clone(),
            start: self.start.saturating_add(days),
            end: self.end.saturating_add(days),
            is_all_day: self.is_all_day,
        }
    }

    /// The date in this zone on which something begins.
    pub(crate) fn date_of(&self, at: Timestamp) -> Date {
        self.rules().to_datetime(at).date()
    }

    pub(crate) fn start(&self) -> Timestamp {
        instant(self.start, &self.rules())
    }

    pub(crate) fn end(&self) -> Timestamp {
        instant(self.end, &self.rules())
    }

    /// Whether a calendar view of this window shows it.
    pub(crate) fn touches(&self, window: (Timestamp, Timestamp)) -> bool {
        let (start, end) = (self.start(), self.end());
        start < window.1 && (end > window.0 || start >= window.0)
    }

    /// `start` and `end` as a writer would give them.
    pub(crate) fn written(&self) -> (Value, Value) {
        (
            shown(self.start, &self.zone.name),
            shown(self.end, &self.zone.name),
        )
    }

    /// `start` and `end` on the clocks of another zone. Whole days have none, so they stay.
    pub(crate) fn shown_in(&self, zone: &Zone) -> (Value, Value) {
        let there = |civil: DateTime| {
            if self.is_all_day {
                return civil;
            }
            let at = instant(civil, &self.zone.rules);
            zone.rules.to_datetime(at)
        };
        (
            shown(there(self.start), &zone.name),
            shown(there(self.end), &zone.name),
        )
    }

    fn rules(&self) -> TimeZone {
        if self.is_all_day {
            TimeZone::UTC
        } else {
            self.zone.rules.clone()
        }
    }
}

/// A clock reading that daylight saving skips or repeats is taken as most calendars do.
fn instant(at: DateTime, rules: &TimeZone) -> Timestamp {
    rules
        .to_ambiguous_timestamp(at)
        .compatible()
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

fn shown(at: DateTime, zone: &str) -> Value {
    let text = at.strftime("%Y-%m-%dT%H:%M:%S.%7f").to_string();
    json!({ "dateTime": text, "timeZone": zone })
}

fn edge(fields: &Map<String, Value>, name: &str) -> Result<(Zone, DateTime), WorldError> {
    let edge = fields.get(name).unwrap_or(&Value::Null);
    let text = |part: &str| edge.get(part).and_then(Value::as_str);
    let written = text("dateTime").ok_or_else(|| impossible(&format!("{name} has a dateTime")))?;
    let zone = match written.strip_suffix('Z') {
        Some(_) => "UTC",
        None => text("timeZone").unwrap_or("UTC"),
    };
    let at = written.trim_end_matches('Z').parse();
    let at = at.map_err(|_| impossible(&format!("`{written}` is not a dateTime")))?;
    let zone = Zone::find(zone).ok_or_else(|| WorldError::unknown("time zone", zone))?;
    Ok((zone, at))
}

fn impossible(why: &str) -> WorldError {
    WorldError::Impossible(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(start: &str, end: &str, zone: &str) -> Times {
        let edge = |at: &str| json!({ "dateTime": at, "timeZone": zone });
        let fields = [("start", edge(start)), ("end", edge(end))];
        let fields = fields.map(|(name, value)| (name.to_owned(), value));
        Times::of(&Map::from_iter(fields)).expect("times")
    }

    #[test]
    fn an_occurrence_keeps_its_clock_across_daylight_saving() {
        let zone = "W. Europe Standard Time";
        let summer = times("2026-10-19T09:30:00", "2026-10-19T10:00:00", zone);

        let winter = summer.on(jiff::civil::date(2026, 10, 26));

        assert_eq!(summer.start().to_string(), "2026-10-19T07:30:00Z");
        assert_eq!(winter.start().to_string(), "2026-10-26T08:30:00Z");
        assert_eq!(winter.end().to_string(), "2026-10-26T09:00:00Z");
    }

    #[test]
    fn times_are_shown_on_the_clocks_that_were_asked_for() {
        let noon = times("2026-11-11T12:00:00", "2026-11-11T13:00:00Z", "Asia/Tokyo");

        let (start, end) = noon.shown_in(&Zone::utc());

        assert_eq!(start["dateTime"], "2026-11-11T03:00:00.0000000");
        assert_eq!(end["dateTime"], "2026-11-11T13:00:00.0000000");
    }
}
