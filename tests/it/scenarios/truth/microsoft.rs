//! Stored documents beside the JSON of Graph's events.
//!
//! Graph keeps a series as one thing; its rows are the master, an exception for each occurrence
//! that is different, and a marker for each that was taken out.

use std::collections::BTreeMap;

use domain::window::Window;
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::instant;
use crate::scenarios::scene::text;

/// How far the zones of an all-day event's guests may shift it over the edge of a window.
const ZONES: SignedDuration = SignedDuration::from_hours(14);

/// Whether a window holds an event, as far as that is seen without repeating its rule.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lies {
    Within,
    Outside,
    /// At the edge, or in a series that ends.
    Somewhere,
}

/// What there has to be a row of.
enum Expected {
    Event(Value),
    Marker { master: String, date: String },
}

/// Fails unless the events of the window are stored, and each says the same. Of what lies outside,
/// a row is left if it was seen before, and says so.
pub(super) fn compare(stored: &BTreeMap<String, Value>, truth: Vec<Value>, window: Window) {
    let mut expected = BTreeMap::new();
    for event in truth {
        expand(event, window, &mut expected);
    }
    for (id, row) in stored {
        let is_outside = row["outside_window"] == true;
        let known = expected.get(id);
        assert!(is_outside || known.is_some(), "{id} is not at the provider");
        match known {
            Some((_, Lies::Within)) => assert!(!is_outside, "{id} is within the window"),
            Some((_, Lies::Outside)) => assert!(is_outside, "{id} is outside the window"),
            Some((_, Lies::Somewhere)) | None => {}
        }
    }
    for (id, (expected, lies)) in &expected {
        let Some(row) = stored.get(id) else {
            assert!(*lies != Lies::Within, "{id} is missing");
            continue;
        };
        // Of what is outside, the mirror has what it last saw.
        if row["outside_window"] != true {
            same(row, expected);
        }
    }
}

fn expand(mut event: Value, window: Window, expected: &mut BTreeMap<String, (Expected, Lies)>) {
    let lies = place(&event, window);
    let id = text(&event["id"]);
    let mut members = |name: &str| match event[name].take() {
        Value::Array(members) => members,
        _ => Vec::new(),
    };
    for exception in members("exceptionOccurrences") {
        let row = (Expected::Event(exception.clone()), lies);
        expected.insert(text(&exception["id"]), row);
    }
    for name in members("cancelledOccurrences") {
        let name = text(&name);
        let (_, date) = name.rsplit_once('.').expect("a date at the end");
        let marker = Expected::Marker {
            master: id.clone(),
            date: date.to_owned(),
        };
        expected.insert(name.clone(), (marker, lies));
    }
    expected.insert(id, (Expected::Event(event), lies));
}

fn place(event: &Value, window: Window) -> Lies {
    let (start, end) = (moment(&event["start"]), moment(&event["end"]));
    let zones = match event["isAllDay"] == true {
        true => ZONES,
        false => SignedDuration::ZERO,
    };
    if event["type"] == "seriesMaster" {
        let is_endless = event["recurrence"]["range"]["type"] == "noEnd";
        let begins_within = window.from < start && start < window.until;
        return match (start >= window.until + zones, is_endless || begins_within) {
            (true, _) => Lies::Outside,
            (false, true) => Lies::Within,
            (false, false) => Lies::Somewhere,
        };
    }
    if start - zones >= window.until || end + zones <= window.from {
        return Lies::Outside;
    }
    if start + zones < window.until && end - zones > window.from {
        return Lies::Within;
    }
    Lies::Somewhere
}

/// Compares a stored document with the provider's JSON, field by field, without our parser.
fn same(row: &Value, expected: &Expected) {
    let event = match expected {
        Expected::Event(event) => event,
        Expected::Marker { master, date } => {
            assert_eq!(row["status"], "cancelled", "{date} of {master}");
            assert_eq!(row["kind"], "occurrence", "{date} of {master}");
            assert_eq!(row["series"]["master_provider_id"], *master);
            return;
        }
    };
    let id = &event["id"];
    let kind = match event["type"].as_str() {
        Some("seriesMaster") => "master",
        Some("exception") => "exception",
        _ => "single",
    };
    assert_eq!(row["kind"], kind, "{id}");
    let is_tentative = event["showAs"] == "tentative";
    let status = if is_tentative {
        "tentative"
    } else {
        "confirmed"
    };
    assert_eq!(row["status"], status, "{id}");
    same_series(row, event);
    let is_cut = |field: &str| {
        let cut = row["truncated"].as_array();
        cut.is_some_and(|cut| cut.iter().any(|name| name == field))
    };
    for (ours, theirs) in [
        ("title", &event["subject"]),
        ("description", &event["body"]["content"]),
        ("location", &event["location"]["displayName"]),
        ("url", &event["webLink"]),
        ("ical_uid", &event["iCalUId"]),
        ("etag", &event["changeKey"]),
    ] {
        if !is_cut(ours) {
            assert_eq!(row[ours], *unless_empty(theirs), "{ours} of {id}");
        }
    }
    for (ours, theirs) in [
        ("created", "createdDateTime"),
        ("updated", "lastModifiedDateTime"),
    ] {
        assert_eq!(instant(&row[ours]), instant(&event[theirs]), "{ours}, {id}");
    }
    same_times(row, event);
    assert_eq!(row["busy"], event["showAs"] != "free", "{id}");
    let visibility = match event["sensitivity"].as_str() {
        Some("personal" | "private") => "private",
        Some("confidential") => "confidential",
        _ => "default",
    };
    assert_eq!(row["visibility"], visibility, "{id}");
    let organizer = &event["organizer"]["emailAddress"]["address"];
    assert_eq!(row["organizer"]["email"], *organizer, "{id}");
    let list = |people: &Value, address: fn(&Value) -> &Value| {
        let people = people.as_array().cloned().unwrap_or_default();
        people
            .iter()
            .map(|one| address(one).clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        list(&row["attendees"], |one| &one["email"]),
        list(&event["attendees"], |one| &one["emailAddress"]["address"]),
        "{id}"
    );
}

fn same_series(row: &Value, event: &Value) {
    let id = &event["id"];
    assert_eq!(
        row["series"]["master_provider_id"], event["seriesMasterId"],
        "{id}"
    );
    if let Some(original) = event["originalStart"].as_str() {
        let ours = &row["series"]["original_start"];
        match ours["date"].as_str() {
            Some(date) => assert_eq!(date, &original[..10], "{id}"),
            None => assert_eq!(
                instant(&ours["at"]),
                instant(&event["originalStart"]),
                "{id}"
            ),
        }
    }
    let Some(pattern) = event["recurrence"]["pattern"].as_object() else {
        assert_eq!(row["recurrence"], Value::Null, "{id}");
        return;
    };
    let frequency = match pattern["type"].as_str() {
        Some("daily") => "DAILY",
        Some("weekly") => "WEEKLY",
        Some("absoluteMonthly" | "relativeMonthly") => "MONTHLY",
        _ => "YEARLY",
    };
    let line = text(&row["recurrence"][0]);
    let start = format!("RRULE:FREQ={frequency}");
    assert!(line.starts_with(&start), "{line} of {id}");
}

fn same_times(row: &Value, event: &Value) {
    let id = &event["id"];
    for name in ["start", "end"] {
        let (ours, theirs) = (&row[name], &event[name]);
        if event["isAllDay"] == true {
            assert_eq!(ours["date"], json!(text(&theirs["dateTime"])[..10]), "{id}");
        } else {
            assert_eq!(instant(&ours["at"]), Some(moment(theirs)), "{name} of {id}");
            assert_eq!(
                ours["zone"], event["originalStartTimeZone"],
                "{name} of {id}"
            );
        }
    }
}

/// Truth is read in UTC.
fn moment(point: &Value) -> Timestamp {
    let at: DateTime = text(&point["dateTime"]).parse().expect("a date and a time");
    let at = jiff::tz::TimeZone::UTC.to_timestamp(at);
    at.expect("a time that exists")
}

fn unless_empty(value: &Value) -> &Value {
    match value.as_str() {
        Some("") => &Value::Null,
        _ => value,
    }
}
