//! The same calendar at both providers becomes the same events.
//!
//! Each case is played at a Google and at a Microsoft, from one description, and what is stored
//! afterwards is compared as the documents have it. Names that providers give, and the times at
//! which they say that something was written, are replaced by what they refer to.

use std::collections::BTreeMap;

use domain::{CalendarKey, Provider};
use serde_json::{Value, json};
use simulator::Settings;
use testkit::World;
use testkit::world::titled;

use crate::scenarios::items;

/// What happens to a calendar; between two steps everything settles.
type Step = fn(&World);

/// What only one provider knows, or each knows in its own way.
const OWN: [&str; 9] = [
    "id",
    "provider_id",
    "etag",
    "url",
    "ical_uid",
    "created",
    "updated",
    "organizer",
    "event_type",
];

async fn play(provider: Provider, before: &[Step], after: &[Step]) -> Vec<Value> {
    let world = World::start_at(provider, Settings::default()).await;
    for step in before {
        step(&world);
    }
    let key = world.watch_main().await;
    for step in after {
        step(&world);
        world.settle().await;
    }
    world.assert_in_sync(key).await;
    documents(&world, key).await
}

/// The stored documents without what is each provider's own, in an order of ours.
async fn documents(world: &World, key: CalendarKey) -> Vec<Value> {
    let mut rows = BTreeMap::new();
    for item in items(world, "test-events").await {
        if item["calendar"] != key.to_string() || item["doc"] == Value::Null {
            continue;
        }
        let text = item["doc"].as_str().expect("a text");
        let mut row: Value = serde_json::from_str(text).expect("a document");
        let series = row.get("series").cloned().unwrap_or_default();
        let name = match series["master_provider_id"].as_str() {
            Some(master) => format!("{master} {}", series["original_start"]),
            None => row["provider_id"].to_string(),
        };
        let fields = row.as_object_mut().expect("an object");
        for own in OWN {
            fields.remove(own);
        }
        if let Some(series) = fields.get_mut("series").and_then(Value::as_object_mut) {
            series.remove("master");
        }
        rows.insert(name, row);
    }
    rows.into_values().collect()
}

async fn is_the_same(before: &[Step], after: &[Step]) -> Vec<Value> {
    let google = play(Provider::Google, before, after).await;
    let microsoft = play(Provider::Microsoft, before, after).await;

    assert_eq!(google, microsoft, "Google's is on the left");
    assert!(!google.is_empty(), "an empty calendar compares nothing");
    google
}

fn timed(id: &str, title: &str, start: &str, end: &str, zone: &str) -> Value {
    json!({
        "id": id,
        "summary": title,
        "start": { "dateTime": start, "timeZone": zone },
        "end": { "dateTime": end, "timeZone": zone },
    })
}

fn series(id: &str, start: &str, end: &str, zone: &str, rule: &str) -> Value {
    let mut event = timed(id, "Series", start, end, zone);
    event["recurrence"] = json!([rule]);
    event
}

#[tokio::test]
async fn a_single_event_is_the_same() {
    let rows = is_the_same(
        &[],
        &[|world| {
            let mut event = timed(
                "single",
                "Budget review",
                "2026-11-12T15:00:00Z",
                "2026-11-12T16:00:00Z",
                "UTC",
            );
            event["description"] = json!("Bring figures.");
            event["location"] = json!("Room 4");
            event["transparency"] = json!("transparent");
            event["visibility"] = json!("private");
            event["attendees"] = json!([
                { "email": "ravi@example.com", "displayName": "Ravi", "responseStatus": "accepted" },
                { "email": "noor@example.com", "displayName": "Noor", "optional": true,
                  "responseStatus": "declined" },
            ]);
            world.put(event);
        }],
    )
    .await;

    assert_eq!(rows[0]["title"], "Budget review");
    assert_eq!(rows[0]["attendees"][1]["response"], "declined");
}

#[tokio::test]
async fn an_event_that_was_there_before_is_the_same() {
    is_the_same(
        &[
            |world| {
                world.put(timed(
                    "early",
                    "Before",
                    "2026-11-20T08:00:00Z",
                    "2026-11-20T08:30:00Z",
                    "UTC",
                ));
            },
            |world| {
                world.put(series(
                    "elder",
                    "2026-11-16T09:00:00Z",
                    "2026-11-16T09:15:00Z",
                    "UTC",
                    "RRULE:FREQ=DAILY;COUNT=5",
                ));
                world.cancel_occurrence("elder", "2026-11-17T09:00:00Z");
                world.move_occurrence(
                    "elder",
                    "2026-11-18T09:00:00Z",
                    "2026-11-18T11:00:00Z",
                    "2026-11-18T11:15:00Z",
                );
            },
        ],
        &[],
    )
    .await;
}

#[tokio::test]
async fn an_all_day_event_is_the_same() {
    let rows = is_the_same(
        &[],
        &[|world| {
            world.put(json!({
                "id": "holiday",
                "summary": "Public holiday",
                "start": { "date": "2026-12-01" },
                "end": { "date": "2026-12-03" },
            }));
        }],
    )
    .await;

    assert_eq!(rows[0]["end"], json!({ "date": "2026-12-03" }));
}

#[tokio::test]
async fn an_event_in_a_zone_keeps_its_wall_time() {
    let rows = is_the_same(
        &[],
        &[|world| {
            world.put(timed(
                "zoned",
                "In Lisbon",
                "2027-07-01T10:00:00+01:00",
                "2027-07-01T11:00:00+01:00",
                "Europe/Lisbon",
            ));
        }],
    )
    .await;

    assert_eq!(rows[0]["start"]["offset_seconds"], 3_600);
    assert_eq!(rows[0]["start"]["zone"], "Europe/Lisbon");
}

#[tokio::test]
async fn a_daily_series_with_moved_cancelled_and_changed_occurrences_is_the_same() {
    let rows = is_the_same(
        &[],
        &[
            |world| {
                world.put(series(
                    "daily",
                    "2026-11-16T09:00:00Z",
                    "2026-11-16T09:15:00Z",
                    "Europe/London",
                    "RRULE:FREQ=DAILY;COUNT=10",
                ));
            },
            // Before there are exceptions: Microsoft's follow their series, Google's do not.
            |world| {
                world.put(titled("daily", "Renamed"));
            },
            |world| {
                world.move_occurrence(
                    "daily",
                    "2026-11-17T09:00:00Z",
                    "2026-11-17T11:00:00Z",
                    "2026-11-17T11:15:00Z",
                );
            },
            |world| world.cancel_occurrence("daily", "2026-11-18T09:00:00Z"),
            |world| {
                // A moved one is cancelled.
                world.move_occurrence(
                    "daily",
                    "2026-11-19T09:00:00Z",
                    "2026-11-19T12:00:00Z",
                    "2026-11-19T12:15:00Z",
                );
            },
            |world| world.cancel_occurrence("daily", "2026-11-19T09:00:00Z"),
            |world| {
                let place = ("2026-11-20T09:00:00Z", "2026-11-20T09:15:00Z");
                world.retitle_occurrence("daily", place, "Changed");
            },
        ],
    )
    .await;

    let kinds: Vec<_> = rows.iter().map(|row| &row["kind"]).collect();
    let expected = [
        "master",
        "exception",
        "occurrence",
        "occurrence",
        "exception",
    ];
    assert_eq!(kinds, expected);
    assert_eq!(rows[4]["title"], "Changed");
}

#[tokio::test]
async fn a_weekly_series_across_a_change_of_the_clocks_is_the_same() {
    let rows = is_the_same(
        &[],
        &[
            |world| {
                world.put(series(
                    "weekly",
                    "2027-03-15T09:30:00Z",
                    "2027-03-15T10:00:00Z",
                    "Europe/London",
                    "RRULE:FREQ=WEEKLY;BYDAY=MO,WE",
                ));
            },
            // British summer time begins on 28 March 2027.
            |world| {
                world.move_occurrence(
                    "weekly",
                    "2027-03-29T08:30:00Z",
                    "2027-03-29T13:00:00Z",
                    "2027-03-29T13:30:00Z",
                );
            },
            |world| world.cancel_occurrence("weekly", "2027-03-31T08:30:00Z"),
        ],
    )
    .await;

    let moved = &rows
        .iter()
        .find(|row| row["kind"] == "exception")
        .expect("it");
    assert_eq!(moved["series"]["original_start"]["offset_seconds"], 3_600);
}

#[tokio::test]
async fn a_monthly_series_by_weekday_is_the_same() {
    let rows = is_the_same(
        &[],
        &[
            |world| {
                world.put(series(
                    "monthly",
                    "2026-11-24T17:00:00Z",
                    "2026-11-24T18:00:00Z",
                    "UTC",
                    "RRULE:FREQ=MONTHLY;BYDAY=4TU",
                ));
            },
            |world| world.cancel_occurrence("monthly", "2026-12-22T17:00:00Z"),
        ],
    )
    .await;

    assert_eq!(
        rows[0]["recurrence"],
        json!(["RRULE:FREQ=MONTHLY;BYDAY=4TU"])
    );
}

#[tokio::test]
async fn an_all_day_series_is_the_same() {
    is_the_same(
        &[],
        &[
            |world| {
                world.put(json!({
                    "id": "wholedays",
                    "summary": "On call",
                    "start": { "date": "2026-11-16" },
                    "end": { "date": "2026-11-17" },
                    "recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=MO"],
                }));
            },
            |world| world.cancel_occurrence("wholedays", "2026-11-23"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_series_that_ends_on_a_date_is_the_same() {
    is_the_same(
        &[],
        &[|world| {
            world.put(series(
                "ending",
                "2027-03-22T09:30:00Z",
                "2027-03-22T10:00:00Z",
                "Europe/London",
                "RRULE:FREQ=DAILY;UNTIL=20270402T083000Z",
            ));
        }],
    )
    .await;
}

#[tokio::test]
async fn deleted_events_and_series_are_gone_at_both() {
    let rows = is_the_same(
        &[],
        &[
            |world| {
                world.put(timed(
                    "stays",
                    "Stays",
                    "2026-11-12T15:00:00Z",
                    "2026-11-12T16:00:00Z",
                    "UTC",
                ));
                world.put(timed(
                    "leaves",
                    "Leaves",
                    "2026-11-12T17:00:00Z",
                    "2026-11-12T18:00:00Z",
                    "UTC",
                ));
                world.put(series(
                    "ended",
                    "2026-11-16T09:00:00Z",
                    "2026-11-16T09:15:00Z",
                    "UTC",
                    "RRULE:FREQ=DAILY;COUNT=10",
                ));
            },
            |world| {
                world.cancel_occurrence("ended", "2026-11-17T09:00:00Z");
                world.move_occurrence(
                    "ended",
                    "2026-11-18T09:00:00Z",
                    "2026-11-18T11:00:00Z",
                    "2026-11-18T11:15:00Z",
                );
            },
            |world| {
                world.delete("leaves");
                world.delete("ended");
            },
        ],
    )
    .await;

    assert_eq!(rows.len(), 1);
}

#[tokio::test]
async fn an_event_that_moves_far_away_and_back_is_the_same() {
    let far = |world: &World| {
        world.put(timed(
            "wanderer",
            "Wanderer",
            "2029-11-12T15:00:00Z",
            "2029-11-12T16:00:00Z",
            "UTC",
        ));
    };
    let near = |world: &World| {
        world.put(timed(
            "wanderer",
            "Wanderer",
            "2026-11-12T15:00:00Z",
            "2026-11-12T16:00:00Z",
            "UTC",
        ));
    };
    is_the_same(&[], &[near, far, near]).await;

    // Far away it says the same of the event, and that it is not followed any more.
    let google = play(Provider::Google, &[], &[near, far]).await;
    let mut microsoft = play(Provider::Microsoft, &[], &[near, far]).await;
    let row = microsoft[0].as_object_mut().expect("a row");
    assert_eq!(row.remove("outside_window"), Some(json!(true)));
    assert_eq!(google, microsoft);
}

#[tokio::test]
async fn a_calendar_read_anew_is_the_same() {
    is_the_same(
        &[],
        &[
            |world| {
                world.put(series(
                    "anew1",
                    "2026-11-16T09:00:00Z",
                    "2026-11-16T09:15:00Z",
                    "UTC",
                    "RRULE:FREQ=DAILY;COUNT=10",
                ));
                world.cancel_occurrence("anew1", "2026-11-17T09:00:00Z");
                world.put(timed(
                    "anew2",
                    "Anew",
                    "2026-11-12T15:00:00Z",
                    "2026-11-12T16:00:00Z",
                    "UTC",
                ));
            },
            |world| {
                world.lose_cursors();
                world.put(titled("anew2", "Renamed"));
                world.cancel_occurrence("anew1", "2026-11-19T09:00:00Z");
            },
        ],
    )
    .await;
}
