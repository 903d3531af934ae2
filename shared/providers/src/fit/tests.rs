//! An event is never larger than promised, and says what it lost.

use domain::event::{Attendee, Kind, Response, Series, Status, Visibility, When};
use domain::{CalendarId, EventId};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// The event as JSON, in the longest form that anybody would store.
fn wordy(event: &Event) -> String {
    let person = |person: &Person| json!({"email": person.email, "display_name": person.name});
    let when = |when: &Option<When>| match when {
        None => Value::Null,
        Some(When::Day(date)) => json!({"day": date.to_string()}),
        Some(When::Time {
            at,
            offset_seconds,
            zone,
        }) => json!({"time": {
            "at": at.to_string(), "offset_seconds": offset_seconds, "time_zone": zone,
        }}),
    };
    let attendees: Vec<Value> = event
        .attendees
        .iter()
        .map(|attendee| {
            let mut value = person(&attendee.person);
            value["response"] = json!("needs_action");
            value["optional"] = json!(attendee.optional);
            value["resource"] = json!(attendee.resource);
            value
        })
        .collect();
    json!({
        "version": 1,
        "organization": "org_01JCBK7Q2M5T8XW0E4N9R6V3ZD",
        "calendar": "cal_01JCBK7Q2M5T8XW0E4N9R6V3ZD",
        "id": event.id.as_str(),
        "provider_id": event.provider_id,
        "kind": "occurrence",
        "status": "confirmed",
        "title": event.title,
        "description": event.description,
        "location": event.location,
        "start": when(&event.start),
        "end": when(&event.end),
        "recurrence": event.recurrence,
        "series": event.series.as_ref().map(|series| json!({
            "master": series.master.as_str(),
            "master_provider_id": series.master_provider_id,
            "original_start": when(&series.original_start),
        })),
        "organizer": event.organizer.as_ref().map(person),
        "attendees": attendees,
        "busy": event.busy,
        "visibility": "confidential",
        "meeting_url": event.meeting_url,
        "url": event.url,
        "ical_uid": event.ical_uid,
        "event_type": event.event_type,
        "created": event.created.map(|at| at.to_string()),
        "updated": event.updated.map(|at| at.to_string()),
        "etag": event.etag,
        "truncated": event.truncated,
    })
    .to_string()
}

fn event() -> Event {
    let calendar = CalendarId::from_bytes([1; 16]);
    let when = Some(When::Time {
        at: "2026-11-05T09:30:00.123456789Z".parse().unwrap(),
        offset_seconds: -43_200,
        zone: Some("z".repeat(64)),
    });
    Event {
        id: EventId::of(calendar, "a"),
        provider_id: "\"".repeat(2048),
        kind: Kind::Exception,
        status: Status::Confirmed,
        title: None,
        description: None,
        location: None,
        start: when.clone(),
        end: when.clone(),
        recurrence: Vec::new(),
        series: Some(Series {
            master: EventId::of(calendar, "b"),
            master_provider_id: "\"".repeat(2048),
            original_start: when,
        }),
        organizer: None,
        attendees: Vec::new(),
        busy: true,
        visibility: Visibility::Default,
        meeting_url: None,
        url: None,
        ical_uid: None,
        event_type: "\"".repeat(256),
        created: None,
        updated: None,
        etag: Some("\"".repeat(256)),
        truncated: Vec::new(),
        outside_window: false,
    }
}

fn attendees(count: usize, name: &str) -> Vec<Attendee> {
    let attendee = |number| Attendee {
        person: Person {
            email: Some(format!("guest-{number}@example.com")),
            name: Some(name.to_owned()),
        },
        response: Response::NeedsAction,
        optional: false,
        resource: false,
    };
    (0..count).map(attendee).collect()
}

#[test]
fn an_event_that_fits_is_left_alone() {
    let before = Event {
        description: Some("x".repeat(50_000)),
        ..event()
    };

    assert_eq!(fit(before.clone()), before);
}

#[test]
fn the_description_is_cut_first_and_only_as_far_as_needed() {
    let after = fit(Event {
        description: Some("é".repeat(50_000)),
        attendees: attendees(20, "Guest"),
        ..event()
    });

    assert_eq!(after.truncated, ["description"]);
    assert_eq!(after.attendees.len(), 20);
    let size = written(&after);
    assert!(
        (MAX_EVENT_BYTES - 1..=MAX_EVENT_BYTES).contains(&size),
        "{size}"
    );
}

#[test]
fn a_crowd_costs_the_description_and_those_at_its_end() {
    let after = fit(Event {
        title: Some("All hands".to_owned()),
        description: Some("Agenda".to_owned()),
        attendees: attendees(1000, "Guest"),
        ..event()
    });

    assert_eq!(after.truncated, ["description", "attendees"]);
    assert_eq!(after.description, None);
    assert_eq!(after.title.as_deref(), Some("All hands"));
    assert!(after.attendees.len() > 200, "{}", after.attendees.len());
}

#[test]
fn an_address_is_dropped_rather_than_cut() {
    let after = fit(Event {
        url: Some("u".repeat(MAX_EVENT_BYTES)),
        recurrence: vec!["RRULE:FREQ=DAILY".to_owned()],
        ..event()
    });

    assert_eq!(after.truncated, ["url"]);
    assert_eq!(after.url, None);
    assert_eq!(after.recurrence.len(), 1);
}

fn long() -> impl Strategy<Value = Option<String>> {
    let piece = prop_oneof![
        Just("a".to_owned()),
        Just("\u{1}".to_owned()),
        Just("\"\n".to_owned()),
        Just("é😀".to_owned()),
        ".{1,3}",
    ];
    proptest::option::of((piece, 0..40_000usize).prop_map(|(piece, count)| piece.repeat(count)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_event_is_larger_than_promised(
        texts in proptest::collection::vec(long(), 6),
        count in 0..1500usize,
        name in long(),
        lines in proptest::collection::vec(long(), 0..5),
    ) {
        let before = Event {
            title: texts[0].clone(),
            description: texts[1].clone(),
            location: texts[2].clone(),
            meeting_url: texts[3].clone(),
            url: texts[4].clone(),
            ical_uid: texts[5].clone(),
            organizer: Some(Person { email: None, name: name.clone() }),
            attendees: attendees(count, &"n".repeat(count / 10)),
            recurrence: lines.into_iter().flatten().collect(),
            ..event()
        };

        let after = fit(before.clone());

        prop_assert!(written(&after) <= MAX_EVENT_BYTES);
        prop_assert!(wordy(&after).len() <= written(&after));
        prop_assert_eq!(fit(before.clone()), after.clone());
        let unmarked = Event { truncated: Vec::new(), ..after.clone() };
        prop_assert_eq!(unmarked == before, after.truncated.is_empty());
    }
}
