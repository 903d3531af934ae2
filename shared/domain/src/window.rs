//! Which part of a calendar is read, where the provider wants to be told?
//!
//! Graph's view of a calendar has a beginning and an end that are fixed when a read of everything
//! begins. As time passes they would fall behind, so the end is set further ahead than promised,
//! and everything is read anew shortly before that reserve is used up.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::event::{Event, Kind, When};

/// How far back and ahead of the present a calendar is read, at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Back.
    pub past: SignedDuration,
    /// Ahead.
    pub future: SignedDuration,
}

/// The part of a calendar that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// From.
    pub from: Timestamp,
    /// Until, exclusively.
    pub until: Timestamp,
}

/// The shortest reserve, so that a short span does not mean to read everything all the time.
const SHORTEST_RESERVE: SignedDuration = SignedDuration::from_hours(24);

/// An all-day event belongs to no time zone: it begins up to this long before its date does in UTC,
/// and ends up to this long after.
const ZONES: SignedDuration = SignedDuration::from_hours(14);

impl Span {
    /// The window of a read that begins now. `jitter` is between 0 and 1, so that calendars that
    /// were connected together are not all read anew on the same day.
    pub fn window(&self, jitter: f64, now: Timestamp) -> Window {
        let reserve = (self.future / 12)
            .max(SHORTEST_RESERVE)
            .mul_f64(0.75 + jitter / 2.0);
        // Whole seconds: the provider is asked in them, and must not know of another window.
        let second = |at: Timestamp| Timestamp::from_second(at.as_second()).unwrap_or(at);
        Window {
            from: second(now.saturating_sub(self.past).unwrap_or(Timestamp::MIN)),
            until: second(
                now.saturating_add(self.future + reserve)
                    .unwrap_or(Timestamp::MAX),
            ),
        }
    }

    /// Whether time has used up a window's reserve, so that everything is to be read anew.
    pub fn has_outrun(&self, window: Window, now: Timestamp) -> bool {
        now.duration_until(window.until) < self.future
    }
}

impl Window {
    /// Whether an event takes place within it. One that can not be placed does.
    pub fn holds(&self, event: &Event) -> bool {
        span(event).is_none_or(|lasts| self.touches(lasts))
    }

    /// Whether something that lasts from the one instant to the other touches it.
    pub fn touches(&self, (starts, ends): (Timestamp, Timestamp)) -> bool {
        starts < self.until && self.from < ends
    }

    /// Whether a read of everything should show a row. A row that was outside may be within now
    /// that time has moved on.
    pub fn expects(&self, was_outside: bool, lasts: Option<(Timestamp, Timestamp)>) -> bool {
        lasts.map_or(!was_outside, |lasts| self.touches(lasts))
    }

    /// Notes on an event that a page or a look-up showed whether it is still followed.
    ///
    /// A series is followed as a whole while any occurrence lies within, and its exceptions and
    /// cancelled occurrences follow it, so only events that happen once leave by themselves.
    pub fn mark(&self, event: &mut Event) {
        event.outside_window = match event.kind {
            Kind::Single => !self.holds(event),
            Kind::Master | Kind::Exception | Kind::Occurrence => false,
        };
    }

    /// The same for an event that a read of everything did not show although it exists. A series
    /// is then one without an occurrence within, and takes all that belongs to it along.
    pub fn mark_unseen(&self, event: &mut Event) {
        event.outside_window = event.kind != Kind::Single || !self.holds(event);
    }
}

/// From when to when an event lasts, if it can be placed. A day may begin and end hours earlier or
/// later, depending on where it is.
pub fn span(event: &Event) -> Option<(Timestamp, Timestamp)> {
    let starts = event.start.as_ref()?;
    let ends = event.end.as_ref().unwrap_or(starts);
    Some((instant(starts, -ZONES), instant(ends, ZONES)))
}

fn instant(when: &When, zones: SignedDuration) -> Timestamp {
    match when {
        When::Time { at, .. } => *at,
        When::Day(date) => TimeZone::UTC
            .to_timestamp(date.to_datetime(Time::midnight()))
            .and_then(|midnight| midnight.saturating_add(zones))
            .unwrap_or(Timestamp::MAX),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;

    use super::*;
    use crate::event::tests::event;

    const DAY: SignedDuration = SignedDuration::from_hours(24);
    const SPAN: Span = Span {
        past: SignedDuration::from_hours(24 * 30),
        future: SignedDuration::from_hours(24 * 365),
    };

    fn now() -> Timestamp {
        "2026-11-10T14:30:00.7Z".parse().expect("a timestamp")
    }

    fn from_to(start: Timestamp, end: Timestamp) -> Event {
        let time = |at| {
            Some(When::Time {
                at,
                offset_seconds: 0,
                zone: None,
            })
        };
        Event {
            start: time(start),
            end: time(end),
            ..event("a", 1)
        }
    }

    #[test]
    fn a_window_holds_the_span_for_as_long_as_it_is_used() {
        for jitter in [0.0, 0.5, 0.99] {
            let window = SPAN.window(jitter, now());
            assert!(window.from <= now() - SPAN.past);

            let mut later = now();
            while !SPAN.has_outrun(window, later) {
                assert!(later + SPAN.future <= window.until);
                later += DAY;
            }
            let used = later.duration_since(now());
            assert!((22 * DAY..40 * DAY).contains(&used), "{used:?}");
        }
    }

    #[test]
    fn a_short_span_is_not_read_anew_all_the_time() {
        let span = Span {
            past: SignedDuration::from_hours(1),
            future: SignedDuration::from_hours(1),
        };

        let window = span.window(0.0, now());

        assert!(!span.has_outrun(window, now() + SignedDuration::from_hours(17)));
        assert!(span.has_outrun(window, now() + DAY));
    }

    #[test]
    fn a_window_is_asked_for_in_whole_seconds() {
        let window = SPAN.window(0.3, now());

        assert_eq!(window.from.subsec_nanosecond(), 0);
        assert_eq!(window.until.subsec_nanosecond(), 0);
    }

    #[test]
    fn what_touches_the_window_is_within() {
        let window = SPAN.window(0.0, now());
        let hour = SignedDuration::from_hours(1);
        let cases = [
            (window.from - hour, window.from, false),
            (window.from - hour, window.from + hour, true),
            (window.from - hour, window.until + hour, true),
            (window.until - hour, window.until + hour, true),
            (window.until, window.until + hour, false),
        ];

        for (start, end, within) in cases {
            assert_eq!(window.holds(&from_to(start, end)), within, "{start}");
        }
    }

    #[test]
    fn an_all_day_event_is_within_wherever_its_day_is() {
        let window = Window {
            from: "2026-11-10T00:00:00Z".parse().expect("a timestamp"),
            until: "2026-11-20T00:00:00Z".parse().expect("a timestamp"),
        };
        let on = |day| Event {
            start: Some(When::Day(Date::constant(2026, 11, day))),
            end: Some(When::Day(Date::constant(2026, 11, day + 1))),
            ..event("a", 1)
        };

        assert!(!window.holds(&on(8)));
        assert!(window.holds(&on(9)), "it lasts until noon of the tenth");
        assert!(window.holds(&on(20)), "it begins on the nineteenth");
        assert!(!window.holds(&on(21)));
    }

    #[test]
    fn a_row_is_expected_where_it_lasts_whatever_it_was() {
        let window = SPAN.window(0.0, now());
        let within = Some((now(), now() + DAY));
        let before = Some((window.from - DAY, window.from));

        for was_outside in [true, false] {
            assert!(window.expects(was_outside, within));
            assert!(!window.expects(was_outside, before));
            assert_eq!(window.expects(was_outside, None), !was_outside);
        }
    }

    #[test]
    fn a_series_is_outside_only_if_a_whole_read_did_not_show_it() {
        let window = SPAN.window(0.0, now());
        let ended = window.from - DAY;
        let mut master = Event {
            kind: Kind::Master,
            ..from_to(ended, ended)
        };

        window.mark(&mut master);
        assert!(!master.outside_window);

        window.mark_unseen(&mut master);
        assert!(master.outside_window);
    }
}
