//! Series, which Microsoft keeps as one thing with all that belongs to it.

use domain::CalendarKey;
use serde_json::json;
use testkit::World;

use super::clean;
use crate::events_of::stand_up;
use crate::scenarios::scene::{rows, said_since, settled_from_nothing};

/// A series of which one occurrence was taken out, and one moved.
async fn torn(world: &World, key: CalendarKey) -> String {
    let series = world.put(stand_up());
    world.cancel_occurrence(&series, "2026-11-19T09:30:00Z");
    world.move_occurrence(
        &series,
        "2026-11-20T09:30:00Z",
        "2026-11-20T14:00:00Z",
        "2026-11-20T14:15:00Z",
    );
    settled_from_nothing(world, key).await;
    assert_eq!(rows(world, key).await.len(), 3);
    series
}

#[tokio::test]
async fn a_series_that_repeats_otherwise_loses_its_exceptions_and_markers() {
    let (world, key) = clean().await;
    let series = torn(&world, key).await;
    let said = said_since(&world, key).await.len();

    let mut otherwise = stand_up();
    otherwise["id"] = json!(series);
    otherwise["recurrence"] = json!(["RRULE:FREQ=WEEKLY;BYDAY=MO,WE"]);
    world.put(otherwise);
    settled_from_nothing(&world, key).await;

    let rows = rows(&world, key).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["kind"], "master");
    let said = said_since(&world, key).await.split_off(said);
    assert_eq!(said.last(), Some(&"event.updated"), "its members go first");
}

#[tokio::test]
async fn a_series_that_becomes_one_event_loses_its_exceptions_and_markers() {
    let (world, key) = clean().await;
    let series = torn(&world, key).await;

    world.put(json!({ "id": series, "recurrence": null }));
    settled_from_nothing(&world, key).await;

    let rows = rows(&world, key).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["kind"], "single");
    assert_eq!(rows[0]["provider_id"], json!(series));
}

#[tokio::test]
async fn a_series_at_another_hour_loses_its_exceptions_and_markers() {
    let (world, key) = clean().await;
    let series = torn(&world, key).await;

    let mut later = stand_up();
    later["id"] = json!(series);
    later["start"]["dateTime"] = json!("2026-11-09T10:30:00Z");
    later["end"]["dateTime"] = json!("2026-11-09T10:45:00Z");
    world.put(later);
    settled_from_nothing(&world, key).await;

    assert_eq!(rows(&world, key).await.len(), 1);
}

#[tokio::test]
async fn an_exception_that_moves_out_of_the_window_stays_with_its_series() {
    let (world, key) = clean().await;
    let series = torn(&world, key).await;

    world.move_occurrence(
        &series,
        "2026-11-20T09:30:00Z",
        "2029-11-20T14:00:00Z",
        "2029-11-20T14:15:00Z",
    );
    settled_from_nothing(&world, key).await;

    assert_eq!(rows(&world, key).await.len(), 3);
}
