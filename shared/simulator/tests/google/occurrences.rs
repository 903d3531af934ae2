//! Recurring events: exceptions, and what becomes of them.

use serde_json::json;

use crate::world::{AMELIA, World, ids};

fn series(world: &World) -> String {
    world.simulator.put_event(
        AMELIA,
        json!({
            "summary": "Stand-up",
            "start": { "dateTime": "2026-11-05T09:30:00Z", "timeZone": "Europe/Lisbon" },
            "end": { "dateTime": "2026-11-05T09:45:00Z", "timeZone": "Europe/Lisbon" },
            "recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=TH"],
        }),
    )
}

#[tokio::test]
async fn a_cancelled_occurrence_is_in_every_list_while_its_series_lives() {
    let world = World::new().await;
    let series = series(&world);
    let id = world
        .simulator
        .cancel_occurrence(AMELIA, &series, "2026-11-19T09:30:00Z");

    let (items, token) = world.round(None).await;

    assert_eq!(id, format!("{series}_20261119T093000Z"));
    assert_eq!(ids(&items), [series.as_str(), id.as_str()]);
    let names: Vec<_> = items[1].as_object().expect("an object").keys().collect();
    assert_eq!(
        names,
        [
            "etag",
            "id",
            "kind",
            "originalStartTime",
            "recurringEventId",
            "status"
        ]
    );
    world.simulator.delete_event(AMELIA, &series);
    assert_eq!(world.round(None).await.0, Vec::<serde_json::Value>::new());
    assert_eq!(ids(&world.round(Some(&token)).await.0), [series.as_str()]);
}

#[tokio::test]
async fn a_moved_occurrence_keeps_its_original_start_and_counts_up() {
    let world = World::new().await;
    let series = series(&world);
    let to = ("2026-11-12T11:00:00Z", "2026-11-12T11:15:00Z");

    world
        .simulator
        .move_occurrence(AMELIA, &series, "2026-11-12T09:30:00Z", to);

    let moved = world.simulator.truth(AMELIA).remove(1);
    assert_eq!(moved["recurringEventId"], json!(series));
    assert_eq!(
        moved["originalStartTime"]["dateTime"],
        "2026-11-12T09:30:00Z"
    );
    assert_eq!(moved["start"]["dateTime"], "2026-11-12T11:00:00Z");
    assert_eq!(
        (&moved["sequence"], &moved["recurrence"]),
        (&json!(1), &json!(null))
    );
    assert_eq!(moved["iCalUID"], json!(format!("{series}@google.com")));
}

#[tokio::test]
async fn a_deleted_series_takes_its_moved_occurrences_along() {
    let world = World::new().await;
    let series = series(&world);
    let to = ("2026-11-12T11:00:00Z", "2026-11-12T11:15:00Z");
    let moved = world
        .simulator
        .move_occurrence(AMELIA, &series, "2026-11-12T09:30:00Z", to);
    let (_, token) = world.round(None).await;

    world.simulator.delete_event(AMELIA, &series);

    let (items, _) = world.round(Some(&token)).await;
    assert_eq!(ids(&items), [series.as_str(), moved.as_str()]);
    assert!(items.iter().all(|item| item["status"] == "cancelled"));
    assert_eq!(items[1]["recurringEventId"], json!(series));
    assert_eq!(
        world.simulator.truth(AMELIA),
        Vec::<serde_json::Value>::new()
    );
}

#[tokio::test]
async fn an_occurrence_of_an_all_day_series_has_a_date() {
    let world = World::new().await;
    let event = json!({
        "start": { "date": "2026-12-01" },
        "end": { "date": "2026-12-02" },
        "recurrence": ["RRULE:FREQ=YEARLY"],
    });
    let series = world.simulator.put_event(AMELIA, event);

    let id = world
        .simulator
        .cancel_occurrence(AMELIA, &series, "2027-12-01");

    assert_eq!(id, format!("{series}_20271201"));
    let cancelled = world.simulator.truth(AMELIA).remove(1);
    assert_eq!(
        cancelled["originalStartTime"],
        json!({ "date": "2027-12-01" })
    );
}

#[tokio::test]
async fn a_cancelled_occurrence_can_come_back() {
    let world = World::new().await;
    let series = series(&world);
    let start = "2026-11-19T09:30:00Z";
    world.simulator.cancel_occurrence(AMELIA, &series, start);

    world
        .simulator
        .move_occurrence(AMELIA, &series, start, (start, "2026-11-19T09:45:00Z"));

    assert_eq!(world.simulator.truth(AMELIA)[1]["status"], "confirmed");
}
