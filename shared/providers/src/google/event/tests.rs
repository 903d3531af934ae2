//! What becomes of Google's items, one oddity at a time.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const CALENDAR: CalendarId = CalendarId::from_bytes([7; 16]);

/// A small event with these fields over it.
fn item(over: Value) -> Value {
    let mut item = json!({
        "id": "abc",
        "status": "confirmed",
        "start": {"dateTime": "2026-11-12T09:30:00Z"},
    });
    for (name, value) in over.as_object().unwrap() {
        item[name] = value.clone();
    }
    item
}

fn live(over: Value) -> Event {
    match read(CALENDAR, &item(over).to_string()) {
        Some(Item::Live(event)) => *event,
        other => panic!("not a live event: {other:?}"),
    }
}

#[test]
fn what_an_event_is_follows_from_its_recurrence_and_its_master() {
    assert_eq!(live(json!({})).kind, Kind::Single);
    assert_eq!(live(json!({"recurrence": []})).kind, Kind::Single);
    let rule = json!({"recurrence": ["RRULE:FREQ=DAILY", "EXDATE:20261119T093000Z"]});
    assert_eq!(live(rule.clone()).kind, Kind::Master);
    assert_eq!(live(rule).recurrence.len(), 2);

    let exception = live(json!({
        "recurringEventId": "m", "originalStartTime": {"date": "2026-11-12"},
    }));
    assert_eq!(exception.kind, Kind::Exception);
    assert_eq!(
        exception.series,
        Some(Series {
            master: EventId::of(CALENDAR, "m"),
            master_provider_id: "m".to_owned(),
            original_start: Some(When::Day("2026-11-12".parse().unwrap())),
        })
    );
}

#[test]
fn a_cancelled_item_is_gone_whatever_it_carries() {
    let gone = |over| read(CALENDAR, &item(over).to_string()).unwrap();

    let bare = Item::Gone {
        id: EventId::of(CALENDAR, "abc"),
        provider_id: "abc".to_owned(),
    };
    assert_eq!(gone(json!({"status": "cancelled"})), bare);
    assert_eq!(
        gone(json!({"status": "cancelled", "start": 5, "summary": "x"})),
        bare
    );
    let occurrence = gone(json!({
        "status": "cancelled", "recurringEventId": "m", "etag": "\"1\"", "start": null,
    }));
    assert_eq!(
        occurrence,
        Item::GoneOccurrence {
            id: EventId::of(CALENDAR, "abc"),
            provider_id: "abc".to_owned(),
            series: Series {
                master: EventId::of(CALENDAR, "m"),
                master_provider_id: "m".to_owned(),
                original_start: None,
            },
            etag: Some("\"1\"".to_owned()),
        }
    );
}

#[test]
fn an_end_may_be_missing_but_a_start_may_not() {
    assert_eq!(live(json!({})).end, None);
    assert_eq!(live(json!({"end": {"dateTime": "nonsense"}})).end, None);
    assert_eq!(
        read(CALENDAR, &item(json!({"start": null})).to_string()),
        None
    );
    assert_eq!(
        read(CALENDAR, &item(json!({"start": {}})).to_string()),
        None
    );
}

#[test]
fn the_words_of_google_are_understood_and_unknown_ones_are_the_usual_case() {
    let status = |word| live(json!({"status": word})).status;
    assert_eq!(status("tentative"), Status::Tentative);
    assert_eq!(status("postponed"), Status::Confirmed);

    let busy = |word| live(json!({"transparency": word})).busy;
    assert!(!busy("transparent"));
    assert!(busy("opaque") && busy("cloudy") && live(json!({})).busy);

    let visibility = |word| live(json!({"visibility": word})).visibility;
    assert_eq!(visibility("public"), Visibility::Public);
    assert_eq!(visibility("private"), Visibility::Private);
    assert_eq!(visibility("confidential"), Visibility::Confidential);
    assert_eq!(visibility("hidden"), Visibility::Default);

    assert_eq!(live(json!({})).event_type, "default");
    assert_eq!(
        live(json!({"eventType": "outOfOffice"})).event_type,
        "outOfOffice"
    );
}

#[test]
fn the_people_are_kept_with_their_answers() {
    let event = live(json!({
        "organizer": {"email": "amelia.north@example.com", "displayName": "Amelia", "self": true},
        "attendees": [
            {"email": "ravi.south@example.org", "responseStatus": "declined", "optional": true},
            {"email": "room-4@resource.example.com", "resource": true, "responseStatus": "accepted"},
            {"displayName": "Somebody", "responseStatus": "unsure"},
            "not a person",
        ],
    }));

    assert_eq!(event.organizer.unwrap().name.as_deref(), Some("Amelia"));
    let answers: Vec<_> = event
        .attendees
        .iter()
        .map(|one| (one.response, one.optional, one.resource))
        .collect();
    assert_eq!(
        answers,
        [
            (Response::Declined, true, false),
            (Response::Accepted, false, true),
            (Response::NeedsAction, false, false),
        ]
    );
    assert_eq!(live(json!({"organizer": {"self": true}})).organizer, None);
}

#[test]
fn the_meeting_is_the_hangout_or_the_first_video_entry() {
    let conference = json!({"entryPoints": [
        {"entryPointType": "phone", "uri": "tel:+351-21-000-0000"},
        {"entryPointType": "video", "uri": "https://meet.example.com/abc"},
    ]});

    let event = live(json!({"conferenceData": conference}));
    assert_eq!(
        event.meeting_url.as_deref(),
        Some("https://meet.example.com/abc")
    );
    let event = live(json!({"conferenceData": conference, "hangoutLink": "https://h.example"}));
    assert_eq!(event.meeting_url.as_deref(), Some("https://h.example"));
    assert_eq!(
        live(json!({"conferenceData": {"entryPoints": 5}})).meeting_url,
        None
    );
}

#[test]
fn a_field_of_the_wrong_type_costs_only_itself() {
    let event = live(json!({
        "summary": 5, "description": ["x"], "location": "Room 4", "attendees": "all",
        "recurrence": [1, "RRULE:FREQ=DAILY"], "created": "yesterday", "updated": 7, "etag": {},
    }));

    assert_eq!(event.title, None);
    assert_eq!(event.location.as_deref(), Some("Room 4"));
    assert_eq!(event.recurrence, ["RRULE:FREQ=DAILY"]);
    assert_eq!(
        (event.created, event.updated, event.etag),
        (None, None, None)
    );
}

#[test]
fn an_id_that_can_not_be_kept_whole_is_unreadable() {
    for id in ["", "a\nb", &"x".repeat(LONGEST_ID + 1)] {
        assert_eq!(read(CALENDAR, &item(json!({"id": id})).to_string()), None);
    }
    assert!(
        read(
            CALENDAR,
            &item(json!({"id": "x".repeat(LONGEST_ID)})).to_string()
        )
        .is_some()
    );
}

const NAMES: [&str; 24] = [
    "id",
    "status",
    "summary",
    "description",
    "location",
    "start",
    "end",
    "recurrence",
    "recurringEventId",
    "originalStartTime",
    "organizer",
    "attendees",
    "email",
    "displayName",
    "transparency",
    "visibility",
    "conferenceData",
    "entryPoints",
    "hangoutLink",
    "dateTime",
    "date",
    "timeZone",
    "updated",
    "etag",
];

/// Any JSON, often with Google's names and sometimes with its values.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "[0-9]{1,5}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2}))?"
            .prop_map(Value::from),
        Just(Value::from("cancelled")),
        ("[\"é\\x01x]", 0..80_000usize).prop_map(|(text, count)| text.repeat(count).into()),
    ];
    leaf.prop_recursive(4, 48, 8, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((0..NAMES.len(), inner), 0..12).prop_map(|fields| {
                let named = fields
                    .into_iter()
                    .map(|(at, value)| (NAMES[at].to_owned(), value));
                Value::Object(named.collect())
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_json_makes_it_panic(any in any_json()) {
        let _ = read(CALENDAR, &any.to_string());
        if any.is_object() {
            let _ = read(CALENDAR, &item(any).to_string());
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in ".{0,200}") {
        let _ = read(CALENDAR, &text);
    }
}
