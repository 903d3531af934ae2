//! Google's `start`, `end` and `originalStartTime`: a date, or a time with its offset.

use domain::event::When;
use jiff::Timestamp;
use jiff::fmt::temporal::Pieces;

use crate::fields::Fields;

/// The longest name of a time zone that is kept; the longest of IANA has 32 characters.
const LONGEST_ZONE: usize = 64;

/// Reads a point on a calendar.
///
/// `dateTime` without an offset can not be placed without a time-zone database, and Google always
/// gives one, so such a time is not read.
pub(super) fn when(mut fields: Fields) -> Option<When> {
    let zone = fields
        .text("timeZone")
        .filter(|zone| zone.len() <= LONGEST_ZONE && zone.bytes().all(|b| b.is_ascii_graphic()));
    match fields.text("dateTime") {
        Some(text) => time(&text, zone),
        None => fields.text("date")?.parse().ok().map(When::Day),
    }
}

/// Reads an instant such as `updated`.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

fn time(text: &str, zone: Option<String>) -> Option<When> {
    let pieces = Pieces::parse(text).ok()?;
    let offset = pieces.to_numeric_offset()?;
    let wall = pieces.date().to_datetime(pieces.time()?);
    Some(When::Time {
        at: offset.to_timestamp(wall).ok()?,
        offset_seconds: offset.seconds(),
        zone,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<When> {
        when(Fields::read(json).unwrap())
    }

    fn at(instant: &str, offset_seconds: i32, zone: Option<&str>) -> Option<When> {
        Some(When::Time {
            at: instant.parse().unwrap(),
            offset_seconds,
            zone: zone.map(str::to_owned),
        })
    }

    #[test]
    fn a_time_keeps_the_offset_it_was_written_with() {
        assert_eq!(
            read(r#"{"dateTime":"2026-11-05T09:30:00Z","timeZone":"Europe/Lisbon"}"#),
            at("2026-11-05T09:30:00Z", 0, Some("Europe/Lisbon"))
        );
        assert_eq!(
            read(r#"{"dateTime":"2026-11-05T09:30:00-03:30"}"#),
            at("2026-11-05T13:00:00Z", -12_600, None)
        );
        assert_eq!(
            read(r#"{"dateTime":"2026-11-05T09:30:00.250+05:45","date":null}"#),
            at("2026-11-05T03:45:00.250Z", 20_700, None)
        );
    }

    #[test]
    fn an_all_day_date_belongs_to_no_zone() {
        assert_eq!(
            read(r#"{"date":"2026-12-01","timeZone":"Europe/Lisbon"}"#),
            Some(When::Day("2026-12-01".parse().unwrap()))
        );
    }

    #[test]
    fn a_time_that_can_not_be_placed_is_none() {
        for json in [
            "{}",
            r#"{"timeZone":"Europe/Lisbon"}"#,
            r#"{"dateTime":"2026-11-05T09:30:00","timeZone":"Europe/Lisbon"}"#,
            r#"{"dateTime":"2026-11-05"}"#,
            r#"{"dateTime":"2026-13-05T09:30:00Z"}"#,
            r#"{"dateTime":"9999-12-31T23:59:59-25:00"}"#,
            r#"{"date":"2026-02-30"}"#,
            r#"{"date":20261201}"#,
        ] {
            assert_eq!(read(json), None, "{json}");
        }
    }
}
