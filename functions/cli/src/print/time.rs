//! Times, as clocks show them and as people say them.

use jiff::{SignedDuration, Timestamp};

use crate::answer::When;

/// A time and how long ago it was.
pub(crate) fn moment(at: Timestamp, now: Timestamp) -> String {
    format!("{}, {}", clock(at), ago(at, now))
}

/// A time to the second.
pub(crate) fn clock(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// When an event is, to the minute.
pub(crate) fn when(when: &When) -> String {
    match when {
        When::Day { date } => date.to_string(),
        When::Time { at } => at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
    }
}

/// How long ago a time was, or in how long it will be.
pub(crate) fn ago(at: Timestamp, now: Timestamp) -> String {
    let passed = now.duration_since(at);
    let length = span(passed.abs());
    if passed.abs() < SignedDuration::from_secs(1) {
        "just now".to_owned()
    } else if passed.is_negative() {
        format!("in {length}")
    } else {
        format!("{length} ago")
    }
}

/// So many seconds in words.
pub(crate) fn seconds(number: f64) -> String {
    if number > 0.0 && number < 10.0 && number.fract() > 0.05 {
        return format!("{number:.1} s");
    }
    SignedDuration::try_from_secs_f64(number).map_or_else(|_| "-".to_owned(), span)
}

/// A length of time in its largest unit, of which there are at least two where the next smaller
/// one says more.
fn span(length: SignedDuration) -> String {
    let seconds = length.as_secs();
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-25T04:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_time_is_said_with_its_distance() {
        let at = now() - SignedDuration::from_mins(3);

        assert_eq!(moment(at, now()), "2026-11-25 03:57:00 UTC, 3 min ago");
    }

    #[test]
    fn distances_are_in_the_unit_that_people_would_choose() {
        let at = |seconds| now() + SignedDuration::from_secs(seconds);

        assert_eq!(ago(at(0), now()), "just now");
        assert_eq!(ago(at(-1), now()), "1 s ago");
        assert_eq!(ago(at(-119), now()), "119 s ago");
        assert_eq!(ago(at(-120), now()), "2 min ago");
        assert_eq!(ago(at(7_200), now()), "in 2 h");
        assert_eq!(ago(at(86_400 * 6), now()), "in 6 days");
    }

    #[test]
    fn short_times_keep_a_digit() {
        assert_eq!(seconds(1.25), "1.2 s");
        assert_eq!(seconds(0.0), "0 s");
        assert_eq!(seconds(42.7), "42 s");
    }
}
