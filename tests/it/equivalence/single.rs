//! Events that happen once.

use domain::Provider;
use serde_json::json;
use testkit::World;

use super::{is_the_same, play, timed};

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
