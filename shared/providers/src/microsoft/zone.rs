//! The time zone behind a name: Windows' own, as Graph mostly uses them, or IANA's.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::windows::ZONES;

/// What Outlook calls UTC where it does not call it that.
const UTC: &str = "tzone://Microsoft/Utc";

/// The zone that Graph calls by this name.
///
/// None for a zone that somebody made up: `tzone://Microsoft/Custom` and `Customized Time Zone` do
/// not say what its rules are.
pub(super) fn named(name: &str) -> Option<TimeZone> {
    if name.eq_ignore_ascii_case(UTC) {
        return Some(TimeZone::UTC);
    }
    let windows = ZONES.iter().find(|zone| zone.0.eq_ignore_ascii_case(name));
    let zone = TimeZone::get(windows.map_or(name, |zone| zone.1)).ok()?;
    (!zone.is_unknown()).then_some(zone)
}

/// The name to keep. CLDR's names never change, so some of them are out of use; this is today's.
pub(super) fn name(zone: &TimeZone) -> Option<String> {
    zone.primary_iana_name().map(str::to_owned)
}

/// When clocks in the zone show this time, and how many seconds east of UTC they are then.
///
/// A time that they show twice is the first of the two, and one that they leave out is as long
/// after the last one before the gap, as RFC 5545 has it.
pub(super) fn place(wall: DateTime, zone: &TimeZone) -> Option<(Timestamp, i32)> {
    let at = zone.to_timestamp(wall).ok()?;
    Some((at, offset(at, zone)))
}

/// Seconds east of UTC.
pub(super) fn offset(at: Timestamp, zone: &TimeZone) -> i32 {
    zone.to_offset(at).seconds()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iana(graph: &str) -> Option<String> {
        name(&named(graph)?)
    }

    fn placed(wall: &str, zone: &str) -> (String, i32) {
        let (at, offset) = place(wall.parse().unwrap(), &named(zone).unwrap()).unwrap();
        (at.to_string(), offset)
    }

    #[test]
    fn every_name_of_the_table_is_a_zone() {
        for (windows, iana) in ZONES {
            assert!(named(windows).is_some(), "{windows}");
            assert_eq!(named(windows), TimeZone::get(iana).ok(), "{windows}");
        }
        assert!(ZONES.is_sorted());
    }

    #[test]
    fn a_zone_has_one_name_whatever_graph_calls_it() {
        for (graph, expected) in [
            ("GMT Standard Time", "Europe/London"),
            ("W. Europe Standard Time", "Europe/Berlin"),
            ("Greenwich Standard Time", "Atlantic/Reykjavik"),
            ("India Standard Time", "Asia/Kolkata"),
            ("Asia/Calcutta", "Asia/Kolkata"),
            ("pacific standard time", "America/Los_Angeles"),
            ("Europe/Lisbon", "Europe/Lisbon"),
            ("UTC-11", "Etc/GMT+11"),
            ("UTC", "UTC"),
            ("utc", "UTC"),
            ("Etc/UTC", "UTC"),
            ("tzone://Microsoft/Utc", "UTC"),
        ] {
            assert_eq!(iana(graph).as_deref(), Some(expected), "{graph}");
        }
    }

    #[test]
    fn a_zone_that_somebody_made_up_is_none() {
        for graph in [
            "Customized Time Zone",
            "tzone://Microsoft/Custom",
            "Etc/Unknown",
            "",
            "../UTC",
            "Europe",
            "+01:00",
        ] {
            assert_eq!(iana(graph), None, "{graph}");
        }
        assert_eq!(iana(&"x".repeat(1 << 20)), None);
    }

    #[test]
    fn a_wall_time_has_the_offset_of_its_day() {
        let zone = "W. Europe Standard Time";
        assert_eq!(
            placed("2026-03-28T09:30", zone),
            ("2026-03-28T08:30:00Z".to_owned(), 3600)
        );
        assert_eq!(
            placed("2026-03-30T09:30", zone),
            ("2026-03-30T07:30:00Z".to_owned(), 7200)
        );
    }

    #[test]
    fn a_wall_time_that_is_left_out_or_shown_twice_still_has_one_instant() {
        let zone = "W. Europe Standard Time";
        assert_eq!(
            placed("2026-03-29T02:30", zone),
            ("2026-03-29T01:30:00Z".to_owned(), 7200)
        );
        assert_eq!(
            placed("2026-10-25T02:30", zone),
            ("2026-10-25T00:30:00Z".to_owned(), 7200)
        );
    }
}
