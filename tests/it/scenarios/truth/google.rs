//! Stored documents beside the JSON of Google's events.

use std::collections::BTreeMap;

use serde_json::Value;

use super::instant;
use crate::scenarios::scene::text;

/// Fails unless the same events are stored, and each says the same.
pub(super) fn compare(stored: &BTreeMap<String, Value>, truth: Vec<Value>) {
    let truth: BTreeMap<String, Value> = truth
        .into_iter()
        .map(|event| (text(&event["id"]), event))
        .collect();
    let ids = |of: &BTreeMap<String, Value>| of.keys().cloned().collect::<Vec<_>>();
    assert_eq!(ids(stored), ids(&truth), "the same events");
    for (id, event) in &truth {
        same(&stored[id], event);
    }
}

/// Compares a stored document with the provider's JSON, field by field, without our parser.
fn same(row: &Value, event: &Value) {
    let id = &event["id"];
    if let Some(master) = event["recurringEventId"].as_str() {
        assert_eq!(row["series"]["master_provider_id"], master, "{id}");
        let original = &event["originalStartTime"];
        same_point(&row["series"]["original_start"], original, id);
    } else {
        assert_eq!(row["series"], Value::Null, "{id}");
    }
    assert_eq!(row["status"], event["status"], "{id}");
    if event["status"] == "cancelled" {
        assert_eq!(row["kind"], "occurrence", "{id}");
        return;
    }
    let kind = match (&event["recurringEventId"], &event["recurrence"]) {
        (Value::String(_), _) => "exception",
        (_, Value::Array(_)) => "master",
        _ => "single",
    };
    assert_eq!(row["kind"], kind, "{id}");
    for (ours, theirs) in [
        ("title", "summary"),
        ("location", "location"),
        ("recurrence", "recurrence"),
        ("etag", "etag"),
        ("url", "htmlLink"),
        ("ical_uid", "iCalUID"),
        ("event_type", "eventType"),
    ] {
        assert_eq!(row[ours], event[theirs], "{theirs} of {id}");
    }
    let is_cut = |field: &str| {
        let cut = row["truncated"].as_array();
        cut.is_some_and(|cut| cut.iter().any(|name| name == field))
    };
    if !is_cut("description") {
        assert_eq!(row["description"], event["description"], "{id}");
    }
    for name in ["created", "updated"] {
        assert_eq!(instant(&row[name]), instant(&event[name]), "{name} of {id}");
    }
    for name in ["start", "end"] {
        same_point(&row[name], &event[name], id);
    }
    assert_eq!(row["busy"], event["transparency"] != "transparent", "{id}");
    let visibility = event["visibility"].as_str().unwrap_or("default");
    assert_eq!(row["visibility"], visibility, "{id}");
    assert_eq!(row["organizer"]["email"], event["organizer"]["email"]);
    let addresses = |people: &Value| {
        let people = people.as_array().cloned().unwrap_or_default();
        let addresses = people.iter().map(|person| person["email"].clone());
        addresses.collect::<Vec<_>>()
    };
    assert_eq!(
        addresses(&row["attendees"]),
        addresses(&event["attendees"]),
        "{id}"
    );
}

fn same_point(ours: &Value, theirs: &Value, id: &Value) {
    match theirs["dateTime"].as_str() {
        None => assert_eq!(ours["date"], theirs["date"], "{id}"),
        Some(_) => {
            assert_eq!(instant(&ours["at"]), instant(&theirs["dateTime"]), "{id}");
            assert_eq!(ours["zone"], theirs["timeZone"], "{id}");
        }
    }
}
