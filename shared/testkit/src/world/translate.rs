//! An event as Google has it, as Microsoft would have it.

use serde_json::{Map, Value, json};

/// Google's name for a property, Microsoft's, and how its value is translated.
type Property = (&'static str, &'static str, fn(&Value) -> Value);

const PROPERTIES: [Property; 11] = [
    ("id", "id", same),
    ("summary", "subject", same),
    ("description", "body", body),
    ("location", "location", location),
    ("start", "start", point),
    ("end", "end", point),
    ("transparency", "showAs", shown),
    ("visibility", "sensitivity", sensitivity),
    ("attendees", "attendees", attendees),
    ("hangoutLink", "onlineMeeting", meeting),
    ("recurrence", "recurrence", recurrence),
];

/// Translates an event. A property that is not there is not touched.
pub(super) fn event(google: &Value) -> Value {
    let mut graph = Map::new();
    for (theirs, name, translate) in PROPERTIES {
        if let Some(value) = google.get(theirs) {
            let value = if value.is_null() {
                Value::Null
            } else {
                translate(value)
            };
            graph.insert(name.to_owned(), value);
        }
    }
    if google["status"] == "tentative" {
        graph.insert("showAs".to_owned(), json!("tentative"));
    }
    if let Some(start) = google.get("start") {
        graph.insert("isAllDay".to_owned(), json!(start["date"].is_string()));
    }
    // A rule begins where its series does.
    if let (Some(rule), Some(start)) = (graph.get_mut("recurrence"), google.get("start")) {
        let zone = start["timeZone"].as_str().unwrap_or("UTC");
        rule["range"]["recurrenceTimeZone"] = json!(zone);
        rule["range"]["startDate"] = json!(local(start).0);
    }
    Value::Object(graph)
}

fn same(value: &Value) -> Value {
    value.clone()
}

fn body(text: &Value) -> Value {
    json!({ "contentType": "text", "content": text })
}

fn location(text: &Value) -> Value {
    json!({ "displayName": text })
}

fn meeting(link: &Value) -> Value {
    json!({ "joinUrl": link })
}

fn shown(transparency: &Value) -> Value {
    json!(if transparency == "transparent" {
        "free"
    } else {
        "busy"
    })
}

fn sensitivity(visibility: &Value) -> Value {
    match visibility.as_str() {
        Some(name @ ("private" | "confidential")) => json!(name),
        _ => json!("normal"),
    }
}

/// A date is midnight, and a time loses its offset: Microsoft writes the wall's time and its zone.
fn point(point: &Value) -> Value {
    let zone = point["timeZone"].as_str().unwrap_or("UTC");
    let (date, time) = local(point);
    json!({ "dateTime": format!("{date}T{time}"), "timeZone": zone })
}

fn local(point: &Value) -> (String, String) {
    if let Some(date) = point["date"].as_str() {
        return (date.to_owned(), "00:00:00".to_owned());
    }
    let text = point["dateTime"].as_str().expect("a date or a time");
    let zone = point["timeZone"].as_str().unwrap_or("UTC");
    let zone = jiff::tz::TimeZone::get(zone).expect("a zone");
    let at: jiff::Timestamp = text.parse().expect("a time with its offset");
    let wall = zone.to_datetime(at);
    (wall.date().to_string(), wall.time().to_string())
}

fn attendees(attendees: &Value) -> Value {
    let attendees = attendees.as_array().cloned().unwrap_or_default();
    attendees
        .iter()
        .map(|attendee| {
            let response = match attendee["responseStatus"].as_str() {
                Some("accepted") => "accepted",
                Some("declined") => "declined",
                Some("tentative") => "tentativelyAccepted",
                _ => "none",
            };
            let role = if attendee["optional"] == true {
                "optional"
            } else if attendee["resource"] == true {
                "resource"
            } else {
                "required"
            };
            json!({
                "type": role,
                "status": { "response": response, "time": "0001-01-01T00:00:00Z" },
                "emailAddress": {
                    "address": attendee["email"],
                    "name": attendee["displayName"],
                },
            })
        })
        .collect()
}

const DAYS: [(&str, &str); 7] = [
    ("SU", "sunday"),
    ("MO", "monday"),
    ("TU", "tuesday"),
    ("WE", "wednesday"),
    ("TH", "thursday"),
    ("FR", "friday"),
    ("SA", "saturday"),
];

const PLACES: [(&str, &str); 5] = [
    ("1", "first"),
    ("2", "second"),
    ("3", "third"),
    ("4", "fourth"),
    ("-1", "last"),
];

/// The rules that scenarios use: daily, weekly, monthly by date or by weekday.
fn recurrence(lines: &Value) -> Value {
    let line = lines[0].as_str().expect("a rule");
    let rule = line.strip_prefix("RRULE:").expect("a rule");
    let part = |name: &str| {
        rule.split(';')
            .find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
    };
    let interval: u32 = part("INTERVAL").map_or(1, |text| text.parse().expect("a number"));
    let mut pattern = json!({ "interval": interval });
    let days = |text: &str| -> Vec<&str> {
        DAYS.iter()
            .filter(|(short, _)| text.split(',').any(|day| day.ends_with(short)))
            .map(|(_, long)| *long)
            .collect()
    };
    match (part("FREQ"), part("BYDAY"), part("BYMONTHDAY")) {
        (Some("DAILY"), ..) => pattern["type"] = json!("daily"),
        (Some("WEEKLY"), Some(by), _) => {
            pattern["type"] = json!("weekly");
            pattern["daysOfWeek"] = json!(days(by));
            pattern["firstDayOfWeek"] = json!("monday");
        }
        (Some("MONTHLY"), Some(by), _) => {
            let place = by.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
            let place = PLACES.iter().find(|(number, _)| *number == place);
            pattern["type"] = json!("relativeMonthly");
            pattern["daysOfWeek"] = json!(days(by));
            pattern["index"] = json!(place.expect("a place in the month").1);
        }
        (Some("MONTHLY"), None, Some(day)) => {
            pattern["type"] = json!("absoluteMonthly");
            pattern["dayOfMonth"] = json!(day.parse::<u8>().expect("a day"));
        }
        other => panic!("a rule that is not translated: {other:?}"),
    }
    let range = match (part("COUNT"), part("UNTIL")) {
        (Some(count), _) => json!({
            "type": "numbered",
            "numberOfOccurrences": count.parse::<u32>().expect("a number"),
        }),
        (None, Some(until)) => json!({
            "type": "endDate",
            "endDate": format!("{}-{}-{}", &until[..4], &until[4..6], &until[6..8]),
        }),
        (None, None) => json!({ "type": "noEnd" }),
    };
    json!({ "pattern": pattern, "range": range })
}
