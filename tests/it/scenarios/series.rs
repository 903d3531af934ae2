//! Series: occurrences that were moved or cancelled, and what is left when the series goes.

use domain::Provider;
use serde_json::{Value, json};
use simulator::Settings;
use testkit::World;

use crate::both::for_both;
use crate::events_of::{meeting, stand_up};
use crate::scenarios::is_true;
use crate::scenarios::scene::{
    clean, clean_with, rows, said_since, settled, settled_from_nothing, small_pages, titled,
};

for_both! {
    one_occurrence_is_moved_and_another_cancelled,
    a_series_and_its_exceptions_arrive_in_one_read,
    a_moved_occurrence_that_is_cancelled_leaves_its_marker,
    deleting_a_series_takes_its_markers_and_exceptions_along,
    a_series_deleted_page_by_page_leaves_nothing,
    a_series_that_came_torn_and_went_between_two_reads_leaves_nothing,
    a_series_whose_occurrence_was_cancelled_just_before_it_went_leaves_nothing,
    a_series_is_renamed_and_its_exceptions_keep_their_own_title,
    a_series_of_whole_days_has_dates_in_its_markers,
    a_torn_series_is_imported_and_then_deleted;
    only google:
        a_cancelled_occurrence_is_restored,
        an_occurrence_is_cancelled_restored_and_cancelled_again,
        cancelling_twice_is_said_once,
}

const THURSDAY: &str = "2026-11-19T09:30:00Z";
const FRIDAY: &str = "2026-11-20T09:30:00Z";
const FRIDAY_AFTERNOON: (&str, &str) = ("2026-11-20T14:00:00Z", "2026-11-20T14:15:00Z");

/// A series of which one occurrence was cancelled and one moved.
fn torn_series(world: &World) -> String {
    let series = world.put(stand_up());
    world.cancel_occurrence(&series, THURSDAY);
    world.move_occurrence(&series, FRIDAY, FRIDAY_AFTERNOON.0, FRIDAY_AFTERNOON.1);
    series
}

/// The kinds of all rows, in order.
async fn kinds(world: &World, key: domain::CalendarKey) -> Vec<String> {
    let mut kinds: Vec<String> = rows(world, key)
        .await
        .iter()
        .map(|row| format!("{} {}", row["status"], row["kind"]).replace('"', ""))
        .collect();
    kinds.sort();
    kinds
}

async fn one_occurrence_is_moved_and_another_cancelled(provider: Provider) {
    let (world, key) = clean(provider).await;
    let series = world.put(stand_up());
    settled_from_nothing(&world, key).await;

    world.cancel_occurrence(&series, THURSDAY);
    settled_from_nothing(&world, key).await;
    world.move_occurrence(&series, FRIDAY, FRIDAY_AFTERNOON.0, FRIDAY_AFTERNOON.1);
    settled_from_nothing(&world, key).await;

    assert_eq!(
        kinds(&world, key).await,
        [
            "cancelled occurrence",
            "confirmed exception",
            "confirmed master"
        ]
    );
    let said = said_since(&world, key).await;
    match provider {
        Provider::Google => assert_eq!(said, ["event.created", "event.deleted", "event.created"]),
        // Microsoft's series is one thing with its occurrences, and has another version each time.
        Provider::Microsoft => assert_eq!(
            said,
            [
                "event.created",
                "event.updated",
                "event.deleted",
                "event.updated",
                "event.created"
            ]
        ),
    }
    let row = rows(&world, key)
        .await
        .into_iter()
        .find(|row| row["kind"] == "exception")
        .expect("the moved occurrence");
    assert_eq!(row["start"]["at"], FRIDAY_AFTERNOON.0);
    assert_eq!(row["series"]["original_start"]["at"], FRIDAY);
}

async fn a_series_and_its_exceptions_arrive_in_one_read(provider: Provider) {
    let (world, key) = clean(provider).await;
    torn_series(&world);

    settled_from_nothing(&world, key).await;

    assert_eq!(kinds(&world, key).await.len(), 3);
}

async fn a_moved_occurrence_that_is_cancelled_leaves_its_marker(provider: Provider) {
    let (world, key) = clean(provider).await;
    let series = torn_series(&world);
    world.settle().await;

    world.cancel_occurrence(&series, FRIDAY);
    settled_from_nothing(&world, key).await;

    assert_eq!(
        kinds(&world, key).await,
        [
            "cancelled occurrence",
            "cancelled occurrence",
            "confirmed master"
        ]
    );
}

async fn a_cancelled_occurrence_is_restored(provider: Provider) {
    let (world, key) = clean(provider).await;
    let series = torn_series(&world);
    world.settle().await;

    world.move_occurrence(&series, THURSDAY, THURSDAY, "2026-11-19T09:45:00Z");
    settled_from_nothing(&world, key).await;

    assert_eq!(
        kinds(&world, key).await,
        [
            "confirmed exception",
            "confirmed exception",
            "confirmed master"
        ]
    );
}

async fn an_occurrence_is_cancelled_restored_and_cancelled_again(provider: Provider) {
    let (world, key) = clean(provider).await;
    let series = world.put(stand_up());
    world.settle().await;
    for _ in 0..2 {
        world.cancel_occurrence(&series, THURSDAY);
        settled_from_nothing(&world, key).await;
        world.move_occurrence(&series, THURSDAY, THURSDAY, "2026-11-19T10:00:00Z");
        settled_from_nothing(&world, key).await;
    }
}

async fn cancelling_twice_is_said_once(provider: Provider) {
    let (world, key) = clean(provider).await;
    let series = world.put(stand_up());
    world.settle().await;

    world.cancel_occurrence(&series, THURSDAY);
    world.settle().await;
    world.cancel_occurrence(&series, THURSDAY);
    settled_from_nothing(&world, key).await;

    assert_eq!(
        said_since(&world, key).await,
        ["event.created", "event.deleted"]
    );
}

async fn deleting_a_series_takes_its_markers_and_exceptions_along(provider: Provider) {
    let (world, key) = clean(provider).await;
    let series = torn_series(&world);
    let other = world.put(meeting("Bystander"));
    world.settle().await;

    world.delete(&series);
    settled_from_nothing(&world, key).await;

    let rows = rows(&world, key).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["provider_id"], json!(other));
}

async fn a_series_deleted_page_by_page_leaves_nothing(provider: Provider) {
    let (world, key) = clean_with(provider, small_pages(1)).await;
    let series = torn_series(&world);
    for hour in ["2026-11-23", "2026-11-24", "2026-11-25"] {
        let start = format!("{hour}T09:30:00Z");
        world.cancel_occurrence(&series, &start);
    }
    world.settle().await;
    assert_eq!(rows(&world, key).await.len(), 6);

    world.delete(&series);
    settled_from_nothing(&world, key).await;

    assert_eq!(rows(&world, key).await, Vec::<Value>::new());
}

async fn a_series_that_came_torn_and_went_between_two_reads_leaves_nothing(provider: Provider) {
    let (world, key) = clean(provider).await;
    let series = torn_series(&world);
    world.delete(&series);

    settled_from_nothing(&world, key).await;

    assert_eq!(rows(&world, key).await, Vec::<Value>::new());
    assert_eq!(said_since(&world, key).await, Vec::<&str>::new());
}

async fn a_series_whose_occurrence_was_cancelled_just_before_it_went_leaves_nothing(
    provider: Provider,
) {
    let (world, key) = clean(provider).await;
    let series = world.put(stand_up());
    world.settle().await;

    world.cancel_occurrence(&series, THURSDAY);
    world.delete(&series);
    settled_from_nothing(&world, key).await;

    assert_eq!(rows(&world, key).await, Vec::<Value>::new());
}

async fn a_series_is_renamed_and_its_exceptions_keep_their_own_title(provider: Provider) {
    let (world, key) = clean(provider).await;
    let series = torn_series(&world);
    world.settle().await;

    world.put(titled(&series, "Daily"));
    settled_from_nothing(&world, key).await;

    assert_eq!(rows(&world, key).await.len(), 3);
}

async fn a_series_of_whole_days_has_dates_in_its_markers(provider: Provider) {
    let (world, key) = clean(provider).await;
    let mut lines = vec!["RRULE:FREQ=WEEKLY;BYDAY=TU"];
    // Microsoft has no such lines.
    if provider == Provider::Google {
        lines.push("EXDATE;VALUE=DATE:20261201");
    }
    let series = world.put(json!({
        "summary": "Bin day",
        "start": { "date": "2026-11-10" },
        "end": { "date": "2026-11-11" },
        "recurrence": lines,
    }));
    world.cancel_occurrence(&series, "2026-11-17");
    world.move_occurrence(&series, "2026-11-24", "2026-11-25", "2026-11-26");

    settled_from_nothing(&world, key).await;

    let marker = rows(&world, key)
        .await
        .into_iter()
        .find(|row| row["status"] == "cancelled")
        .expect("a marker");
    assert_eq!(
        marker["series"]["original_start"],
        json!({ "date": "2026-11-17" })
    );
}

async fn a_torn_series_is_imported_and_then_deleted(provider: Provider) {
    let world = World::start_at(provider, Settings::default()).await;
    let series = torn_series(&world);
    let key = world.watch_main().await;
    is_true(&world, key, world.main()).await;
    assert_eq!(rows(&world, key).await.len(), 3);

    world.delete(&series);
    settled(&world, key).await;

    assert_eq!(rows(&world, key).await, Vec::<Value>::new());
}
