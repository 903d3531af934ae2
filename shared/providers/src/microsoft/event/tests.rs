//! What becomes of Graph's events, one oddity at a time.

mod hostile;
mod pages;
mod series;

use domain::event::{Person, Response, Status, Visibility, When};
use serde_json::{Value, json};

use super::*;

const CALENDAR: CalendarId = CalendarId::from_bytes([7; 16]);

/// An answer, whatever its `type` says, read as that about an event that happens once.
fn single(calendar: CalendarId, json: &str) -> Option<Item> {
    let mut fields = Fields::read(json)?;
    let provider_id = shape::id(&mut fields, "id")?;
    once(calendar, provider_id, fields)
}

/// What an answer about one event holds: half an hour on a Thursday, for nobody in particular.
fn answered(over: Value) -> Value {
    let mut event = json!({
        "id": "abc",
        "type": "singleInstance",
        "seriesMasterId": null,
        "originalStartTimeZone": "GMT Standard Time",
        "recurrence": null,
        "subject": "Budget review",
        "body": {"contentType": "text", "content": ""},
        "location": {"displayName": ""},
        "start": {"dateTime": "2026-11-12T09:30:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2026-11-12T10:00:00.0000000", "timeZone": "UTC"},
        "isAllDay": false,
        "isCancelled": false,
        "showAs": "busy",
        "sensitivity": "normal",
        "organizer": null,
        "attendees": [],
        "onlineMeeting": null,
        "onlineMeetingUrl": null,
        "webLink": "https://outlook.example/1",
        "iCalUId": "uid",
        "createdDateTime": "2026-10-02T08:11:41.1234567Z",
        "lastModifiedDateTime": "2026-11-10T14:21:33.0712345Z",
        "changeKey": "v1",
    });
    for (name, value) in over.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

fn live(over: Value) -> Event {
    match single(CALENDAR, &answered(over).to_string()) {
        Some(Item::Live(event)) => *event,
        other => panic!("not a live event: {other:?}"),
    }
}

fn at(instant: &str, offset_seconds: i32, zone: &str) -> When {
    When::Time {
        at: instant.parse().unwrap(),
        offset_seconds,
        zone: Some(zone.to_owned()),
    }
}

fn day(date: &str) -> When {
    When::Day(date.parse().unwrap())
}

#[test]
fn an_event_that_happens_once_is_read_whole() {
    let event = live(json!({
        "body": {"contentType": "text", "content": "Bring figures."},
        "location": {"displayName": "Room 4"},
    }));

    assert_eq!(event.id, EventId::of(CALENDAR, "abc"));
    assert_eq!(event.kind, Kind::Single);
    assert_eq!(event.status, Status::Confirmed);
    assert_eq!(event.title.as_deref(), Some("Budget review"));
    assert_eq!(event.description.as_deref(), Some("Bring figures."));
    assert_eq!(event.location.as_deref(), Some("Room 4"));
    let zone = "Europe/London";
    assert_eq!(event.start, Some(at("2026-11-12T09:30:00Z", 0, zone)));
    assert_eq!(event.end, Some(at("2026-11-12T10:00:00Z", 0, zone)));
    assert_eq!(event.url.as_deref(), Some("https://outlook.example/1"));
    assert_eq!(event.ical_uid.as_deref(), Some("uid"));
    assert_eq!(event.event_type, "default");
    assert_eq!(event.created, "2026-10-02T08:11:41.1234567Z".parse().ok());
    assert_eq!(event.updated, "2026-11-10T14:21:33.0712345Z".parse().ok());
    assert_eq!(event.etag.as_deref(), Some("v1"));
    assert!(event.recurrence.is_empty() && event.series.is_none());
}

#[test]
fn an_empty_text_is_none() {
    let event = live(json!({"subject": ""}));

    assert_eq!(
        (event.title, event.description, event.location),
        (None, None, None)
    );
}

#[test]
fn an_all_day_event_has_dates() {
    let event = live(json!({
        "isAllDay": true,
        "start": {"dateTime": "2026-12-01T00:00:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2026-12-02T00:00:00.0000000", "timeZone": "UTC"},
    }));

    assert_eq!(event.start, Some(day("2026-12-01")));
    assert_eq!(event.end, Some(day("2026-12-02")));
}

#[test]
fn an_end_may_be_missing_but_a_start_may_not() {
    let read = |over| single(CALENDAR, &answered(over).to_string());

    assert_eq!(live(json!({"end": null})).end, None);
    assert_eq!(read(json!({"start": null})), None);
    let nowhere =
        json!({"dateTime": "2026-11-12T09:30:00", "timeZone": "tzone://Microsoft/Custom"});
    assert_eq!(read(json!({"start": nowhere})), None);
}

#[test]
fn an_event_whose_organizer_cancelled_it_is_gone() {
    let gone = Item::Gone {
        id: EventId::of(CALENDAR, "abc"),
        provider_id: "abc".to_owned(),
    };

    let read = |over| answer(CALENDAR, answered(over));

    assert_eq!(read(json!({"isCancelled": true})), Some(vec![gone.clone()]));
    assert_eq!(
        read(json!({"isCancelled": true, "type": "seriesMaster"})),
        Some(vec![gone])
    );
}

#[test]
fn the_words_of_graph_are_understood_and_unknown_ones_are_the_usual_case() {
    let shown = |word: &str| {
        let event = live(json!({"showAs": word}));
        (event.busy, event.status)
    };
    assert_eq!(shown("free"), (false, Status::Confirmed));
    assert_eq!(shown("tentative"), (true, Status::Tentative));
    for word in ["busy", "oof", "workingElsewhere", "unknown", "asleep"] {
        assert_eq!(shown(word), (true, Status::Confirmed), "{word}");
    }

    let visibility = |word: &str| live(json!({"sensitivity": word})).visibility;
    assert_eq!(visibility("normal"), Visibility::Default);
    assert_eq!(visibility("personal"), Visibility::Private);
    assert_eq!(visibility("private"), Visibility::Private);
    assert_eq!(visibility("confidential"), Visibility::Confidential);
    assert_eq!(visibility("secret"), Visibility::Default);
}

#[test]
fn the_people_are_kept_with_their_answers() {
    let guest = |name: &str, role: &str, response: &str| {
        json!({
            "emailAddress": {"name": name, "address": format!("{name}@contoso.example")},
            "type": role,
            "status": {"response": response, "time": "0001-01-01T00:00:00Z"},
        })
    };
    let event = live(json!({
        "organizer": {"emailAddress": {"name": "Amelia", "address": "amelia@contoso.example"}},
        "attendees": [
            guest("a", "required", "organizer"),
            guest("b", "optional", "declined"),
            guest("c", "resource", "accepted"),
            guest("d", "required", "tentativelyAccepted"),
            guest("e", "required", "notResponded"),
            {"type": "required"},
            "not a person",
        ],
    }));

    let organizer = event.organizer.unwrap();
    assert_eq!(organizer.name.as_deref(), Some("Amelia"));
    assert_eq!(organizer.email.as_deref(), Some("amelia@contoso.example"));
    let answers: Vec<_> = event
        .attendees
        .iter()
        .map(|one| (one.response, one.optional, one.resource))
        .collect();
    assert_eq!(
        answers,
        [
            (Response::Accepted, false, false),
            (Response::Declined, true, false),
            (Response::Accepted, false, true),
            (Response::Tentative, false, false),
            (Response::NeedsAction, false, false),
            (Response::NeedsAction, false, false),
        ]
    );
    assert_eq!(event.attendees[5].person, Person::default());
}

#[test]
fn the_meeting_is_where_it_is_joined_or_else_the_older_link() {
    let link = |over| live(over).meeting_url;
    let join = json!({"joinUrl": "https://teams.example/1"});

    assert_eq!(
        link(json!({"onlineMeeting": join, "onlineMeetingUrl": "https://old.example"})).as_deref(),
        Some("https://teams.example/1")
    );
    assert_eq!(
        link(json!({"onlineMeetingUrl": "https://old.example"})).as_deref(),
        Some("https://old.example")
    );
    assert_eq!(link(json!({"onlineMeeting": {"joinUrl": null}})), None);
}

#[test]
fn a_field_of_the_wrong_type_costs_only_itself() {
    let event = live(json!({
        "subject": 5, "body": ["x"], "location": {"displayName": "Room 4"}, "attendees": "all",
        "isCancelled": "no", "createdDateTime": "yesterday", "lastModifiedDateTime": 7,
        "changeKey": {}, "organizer": 1,
    }));

    assert_eq!(event.title, None);
    assert_eq!(event.location.as_deref(), Some("Room 4"));
    assert!(event.attendees.is_empty());
    assert_eq!(
        (event.created, event.updated, event.etag),
        (None, None, None)
    );
}

#[test]
fn whatever_is_read_of_an_event_is_asked_for() {
    let asked: Vec<&str> = EVENT_FIELDS.split(',').collect();

    let of_a_series = [
        "id",
        "type",
        "seriesMasterId",
        "recurrence",
        "occurrenceId",
        "originalStart",
    ];
    for name in WHOLE.iter().chain(&of_a_series) {
        assert!(asked.contains(name), "{name}");
    }
    assert_eq!(asked.len(), WHOLE.len() + of_a_series.len());
}
