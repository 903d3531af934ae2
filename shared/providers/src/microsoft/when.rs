//! Graph's `dateTimeTimeZone`: a wall time and the zone of the clock, apart from each other.

use domain::event::When;
use jiff::Timestamp;
use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;

use super::zone;
use crate::fields::Fields;

/// Reads `start` or `end` of an event that belongs to the zone `home`, and is not all day.
///
/// The clock is UTC's, because we ask for it; home is what its owner set. Should Graph show
/// another clock, it names it; a clock that we do not know places nothing.
pub(super) fn time(mut fields: Fields, home: Option<&TimeZone>) -> Option<When> {
    let clock = fields.text("timeZone");
    let text = fields.text("dateTime")?;
    let pieces = Pieces::parse(&text).ok()?;
    let wall = pieces.date().to_datetime(pieces.time()?);
    let at = match pieces.to_numeric_offset() {
        Some(offset) => offset.to_timestamp(wall).ok()?,
        None => zone::place(wall, &zone::named(&clock?)?)?.0,
    };
    Some(seen_from(home, at))
}

/// Reads `start` or `end` of an all-day event: midnight by whatever clock, so only the date counts.
pub(super) fn day(mut fields: Fields) -> Option<When> {
    let text = fields.text("dateTime")?;
    let pieces = Pieces::parse(&text).ok()?;
    Some(When::Day(pieces.date()))
}

/// Reads an instant such as `lastModifiedDateTime`.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// An instant as clocks at home show it; as UTC's do if home is not known.
pub(super) fn seen_from(home: Option<&TimeZone>, at: Timestamp) -> When {
    When::Time {
        at,
        offset_seconds: home.map_or(0, |home| zone::offset(at, home)),
        zone: home.and_then(zone::name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str, home: &str) -> Option<When> {
        time(Fields::read(json).unwrap(), zone::named(home).as_ref())
    }

    fn at(instant: &str, offset_seconds: i32, zone: Option<&str>) -> Option<When> {
        Some(When::Time {
            at: instant.parse().unwrap(),
            offset_seconds,
            zone: zone.map(str::to_owned),
        })
    }

    const NINE: &str = r#"{"dateTime":"2026-07-12T09:00:00.0000000","timeZone":"UTC"}"#;

    #[test]
    fn a_time_has_the_offset_of_its_home() {
        assert_eq!(
            read(NINE, "GMT Standard Time"),
            at("2026-07-12T09:00:00Z", 3600, Some("Europe/London"))
        );
        assert_eq!(
            read(NINE, "UTC"),
            at("2026-07-12T09:00:00Z", 0, Some("UTC"))
        );
    }

    #[test]
    fn a_home_that_is_not_known_leaves_the_instant() {
        assert_eq!(
            read(NINE, "Customized Time Zone"),
            at("2026-07-12T09:00:00Z", 0, None)
        );
    }

    #[test]
    fn an_event_keeps_its_wall_time_when_the_clocks_change() {
        let home = "W. Europe Standard Time";
        let read = |text: &str| {
            read(
                &format!(r#"{{"dateTime":"{text}","timeZone":"UTC"}}"#),
                home,
            )
        };

        let before = read("2026-03-28T08:30:00.0000000");
        let after = read("2026-03-30T07:30:00.0000000");

        assert_eq!(
            before,
            at("2026-03-28T08:30:00Z", 3600, Some("Europe/Berlin"))
        );
        assert_eq!(
            after,
            at("2026-03-30T07:30:00Z", 7200, Some("Europe/Berlin"))
        );
    }

    #[test]
    fn another_clock_than_the_one_we_asked_for_is_understood() {
        assert_eq!(
            read(
                r#"{"dateTime":"2026-07-12T09:00:00.0000000","timeZone":"Tokyo Standard Time"}"#,
                "GMT Standard Time"
            ),
            at("2026-07-12T00:00:00Z", 3600, Some("Europe/London"))
        );
        assert_eq!(
            read(r#"{"dateTime":"2026-07-12T09:00:00-03:30"}"#, "UTC"),
            at("2026-07-12T12:30:00Z", 0, Some("UTC"))
        );
    }

    #[test]
    fn an_all_day_event_has_the_date_that_graph_wrote() {
        let zones = ["UTC", "Tokyo Standard Time", "Customized Time Zone"];
        for zone in zones {
            let json = format!(r#"{{"dateTime":"2026-12-01T00:00:00","timeZone":"{zone}"}}"#);
            assert_eq!(
                day(Fields::read(&json).unwrap()),
                Some(When::Day("2026-12-01".parse().unwrap()))
            );
        }
    }

    #[test]
    fn a_time_that_can_not_be_placed_is_none() {
        for json in [
            "{}",
            r#"{"timeZone":"UTC"}"#,
            r#"{"dateTime":"2026-07-12T09:00:00"}"#,
            r#"{"dateTime":"2026-07-12T09:00:00","timeZone":"Customized Time Zone"}"#,
            r#"{"dateTime":"2026-07-12","timeZone":"UTC"}"#,
            r#"{"dateTime":"2026-13-12T09:00:00","timeZone":"UTC"}"#,
            r#"{"dateTime":20260712,"timeZone":"UTC"}"#,
            r#"{"dateTime":"9999-12-31T23:59:59","timeZone":"Dateline Standard Time"}"#,
        ] {
            assert_eq!(read(json, "UTC"), None, "{json}");
        }
    }
}
