//! How an event looks on the wire.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::google::calendars::Calendar;
use crate::google::items::{Content, Version};

/// An event as `events.list` gives it. A deleted one has only the fields Google promises, unless it
/// has attendees and `keep_details` is on.
pub(crate) fn event(calendar: &Calendar, id: &str, version: &Version, keep_details: bool) -> Value {
    let mut fields = content(calendar, id, version);
    if version.deleted {
        let keeps_all = keep_details && fields.contains_key("attendees");
        let promised = ["recurringEventId", "originalStartTime"];
        fields.retain(|name, _| keeps_all || promised.contains(&name.as_str()));
        fields.insert("status".to_owned(), json!("cancelled"));
    }
    fields.insert("kind".to_owned(), json!("calendar#event"));
    fields.insert("id".to_owned(), json!(id));
    fields.insert("etag".to_owned(), json!(etag(version.updated)));
    if !version.deleted || fields.contains_key("created") {
        fields.insert("updated".to_owned(), json!(instant(version.updated)));
    }
    Value::Object(fields)
}

/// The same as text. Bulk events are written without building a value first: a calendar of 100,000 of
/// them is read in tests, unoptimised.
pub(crate) fn text(calendar: &Calendar, id: &str, version: &Version, keep_details: bool) -> String {
    let Content::Bulk(n) = version.content else {
        return event(calendar, id, version, keep_details).to_string();
    };
    if version.deleted {
        return event(calendar, id, version, keep_details).to_string();
    }
    let (owner, zone) = (json!(calendar.owner), json!(calendar.time_zone));
    let link = STANDARD_NO_PAD.encode(format!("{id} {}", calendar.owner));
    let (start, end) = bulk_times(calendar, n);
    let (start, end, created) = (second(start), second(end), instant(calendar.created));
    let (updated, etag) = (instant(version.updated), json!(etag(version.updated)));
    format!(
        r#"{{"kind":"calendar#event","etag":{etag},"id":"{id}","status":"confirmed","htmlLink":"https://www.google.com/calendar/event?eid={link}","created":"{created}","updated":"{updated}","summary":"Event {n}","creator":{{"email":{owner},"self":true}},"organizer":{{"email":{owner},"self":true}},"start":{{"dateTime":"{start}","timeZone":{zone}}},"end":{{"dateTime":"{end}","timeZone":{zone}}},"iCalUID":"{id}@google.com","sequence":0,"reminders":{{"useDefault":true}},"eventType":"default"}}"#
    )
}

fn bulk_times(calendar: &Calendar, n: u32) -> (Timestamp, Timestamp) {
    let start = calendar.created + SignedDuration::from_hours(i64::from(n % 8_760));
    (start, start + SignedDuration::from_mins(30))
}

/// All fields of an event that do not follow from its version.
pub(crate) fn content(calendar: &Calendar, id: &str, version: &Version) -> Map<String, Value> {
    match &version.content {
        Content::Written(fields) => fields.clone(),
        Content::Bulk(n) => {
            let (start, end) = bulk_times(calendar, *n);
            let mut fields = defaults(calendar, id, calendar.created);
            fields.insert("summary".to_owned(), json!(format!("Event {n}")));
            fields.insert("start".to_owned(), moment(start, &calendar.time_zone));
            fields.insert("end".to_owned(), moment(end, &calendar.time_zone));
            fields
        }
    }
}

/// What an event has when its creator says nothing.
pub(crate) fn defaults(calendar: &Calendar, id: &str, now: Timestamp) -> Map<String, Value> {
    let link = STANDARD_NO_PAD.encode(format!("{id} {}", calendar.owner));
    let person = json!({ "email": calendar.owner, "self": true });
    let start = now + SignedDuration::from_hours(1);
    let fields = json!({
        "status": "confirmed",
        "htmlLink": format!("https://www.google.com/calendar/event?eid={link}"),
        "created": instant(now),
        "creator": person,
        "organizer": person,
        "start": moment(start, &calendar.time_zone),
        "end": moment(start + SignedDuration::from_mins(30), &calendar.time_zone),
        "iCalUID": format!("{id}@google.com"),
        "sequence": 0,
        "reminders": { "useDefault": true },
        "eventType": "default",
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Merges what a writer gave into an event, as `events.patch` does. The sequence number counts what
/// invited people would have to be told again: a new time or a new recurrence.
pub(crate) fn merge(fields: &mut Map<String, Value>, given: Map<String, Value>, is_new: bool) {
    let of_the_version = ["id", "kind", "etag", "updated", "htmlLink"];
    let says_sequence = given.contains_key("sequence");
    let before = ["start", "end", "recurrence"].map(|name| fields.get(name).cloned());
    for (name, value) in given {
        if of_the_version.contains(&name.as_str()) {
            continue;
        }
        if value.is_null() {
            fields.remove(&name);
        } else {
            fields.insert(name, value);
        }
    }

    let moved = before != ["start", "end", "recurrence"].map(|name| fields.get(name).cloned());
    if moved && !is_new && !says_sequence {
        let sequence = fields.get("sequence").and_then(Value::as_u64).unwrap_or(0);
        fields.insert("sequence".to_owned(), json!(sequence + 1));
    }
}

/// A start or end in a zone: the time that its clocks show, and how far they are from UTC.
pub(crate) fn moment(at: Timestamp, zone: &str) -> Value {
    let offset = TimeZone::get(zone).map_or(Offset::UTC, |zone| zone.to_offset(at));
    let wall = offset.to_datetime(at).strftime("%Y-%m-%dT%H:%M:%S");
    let text = match offset.seconds() / 60 {
        0 => format!("{wall}Z"),
        east => {
            let sign = if east < 0 { '-' } else { '+' };
            format!("{wall}{sign}{:02}:{:02}", east.abs() / 60, east.abs() % 60)
        }
    };
    json!({ "dateTime": text, "timeZone": zone })
}

fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `created` and `updated`: always with milliseconds.
pub(crate) fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// Real etags are twice the microseconds of the last change.
fn etag(updated: Timestamp) -> String {
    format!("\"{}\"", updated.as_millisecond() * 2_000)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::google::calendars::CalendarOptions;
    use crate::settings::Settings;
    use crate::state::State;

    #[test]
    fn a_bulk_event_is_the_same_as_text_and_as_a_value() {
        let mut state = State::new(Settings::default());
        state.add_calendar("\"a\"@example.com", "c", CalendarOptions::default());
        super::super::events::bulk(&mut state, "c", 3).expect("a calendar");
        let calendar = state.google.calendar("c").expect("a calendar");

        for (id, version) in calendar.items.changes(0, 3) {
            let text: Value =
                serde_json::from_str(&super::text(calendar, id, version, false)).expect("JSON");
            assert_eq!(text, super::event(calendar, id, version, false));
        }
    }
}
