//! Pages that say less, more or other things than one would expect, and lead to the same mirror.

use domain::CalendarKey;
use serde_json::{Value, json};
use simulator::{Fault, GraphSettings};
use testkit::World;

use super::{clean, clean_with};
use crate::events_of::{meeting, stand_up};
use crate::scenarios::items;
use crate::scenarios::scene::{
    dead_letters, inbox, last_outcome, rows, said_since, settled_from_nothing, titled,
};

fn whole_meeting() -> Value {
    let mut event = meeting("Budget");
    event["description"] = json!("Bring figures.");
    event["location"] = json!("Room 4");
    event["transparency"] = json!("transparent");
    event["attendees"] = json!([{ "email": "ravi@example.com", "displayName": "Ravi" }]);
    event
}

/// Everything that can happen to a calendar, one after the other.
async fn lives(world: &World, key: CalendarKey) {
    let single = world.put(whole_meeting());
    let short = world.put(meeting("Short-lived"));
    let series = world.put(stand_up());
    settled_from_nothing(world, key).await;
    world.cancel_occurrence(&series, "2026-11-19T09:30:00Z");
    world.move_occurrence(
        &series,
        "2026-11-20T09:30:00Z",
        "2026-11-20T14:00:00Z",
        "2026-11-20T14:15:00Z",
    );
    settled_from_nothing(world, key).await;
    world.put(titled(&single, "Budget 2027"));
    world.delete(&short);
    let place = ("2026-11-24T09:30:00Z", "2026-11-24T09:45:00Z");
    world.retitle_occurrence(&series, place, "Long stand-up");
    settled_from_nothing(world, key).await;
    // A moved one is taken out as well.
    world.cancel_occurrence(&series, "2026-11-20T09:30:00Z");
    settled_from_nothing(world, key).await;
    world.lose_cursors();
    world.notify_of_nothing();
    settled_from_nothing(world, key).await;
}

/// What is stored, without what a world's chance decides.
async fn mirror(world: &World, key: CalendarKey) -> Vec<Value> {
    let mut rows = rows(world, key).await;
    rows.sort_by_key(|row| row["provider_id"].to_string());
    rows.iter()
        .map(|row| json!([row["kind"], row["status"], row["title"], row["start"]]))
        .collect()
}

#[tokio::test]
async fn every_way_of_showing_a_series_leads_to_the_same_mirror() {
    let (usual, key) = clean().await;
    lives(&usual, key).await;
    let expected = mirror(&usual, key).await;
    assert_eq!(expected.len(), 5);
    let default = GraphSettings::default;

    for graph in [
        GraphSettings {
            masters_in_view: false,
            ..default()
        },
        GraphSettings {
            occurrence_stubs: false,
            ..default()
        },
        GraphSettings {
            removed_occurrences: true,
            ..default()
        },
        GraphSettings {
            masters_in_view: false,
            occurrence_stubs: false,
            removed_occurrences: true,
            ..default()
        },
    ] {
        let (world, key) = clean_with(graph).await;
        lives(&world, key).await;
        assert_eq!(mirror(&world, key).await, expected);
    }
}

#[tokio::test]
async fn a_partial_item_blanks_nothing() {
    let (world, key) = clean().await;
    let id = world.put(whole_meeting());
    settled_from_nothing(&world, key).await;
    world.google.fault(Fault::PartialItems.times(2));

    world.put(titled(&id, "Budget 2027"));
    settled_from_nothing(&world, key).await;

    let row = rows(&world, key).await.remove(0);
    assert_eq!(row["title"], "Budget 2027");
    assert_eq!(row["description"], "Bring figures.");
    assert_eq!(row["location"], "Room 4");
    assert_eq!(row["busy"], false);
    assert_eq!(row["attendees"][0]["email"], "ravi@example.com");
}

#[tokio::test]
async fn an_import_of_partial_items_is_whole() {
    let (world, key) = clean().await;
    for n in 0..30 {
        world.put(meeting(&format!("Event {n}")));
    }
    world.google.fault(Fault::PartialItems.always());

    settled_from_nothing(&world, key).await;
    world.google.clear_faults();

    assert_eq!(rows(&world, key).await.len(), 30);
}

#[tokio::test]
async fn an_event_that_nobody_knew_and_is_gone_changes_nothing() {
    let (world, key) = clean().await;
    world.put(meeting("Budget"));
    settled_from_nothing(&world, key).await;
    let asked = world.look_ups();
    world.google.fault(Fault::UnknownRemoved.times(2));

    world.put(meeting("Another"));
    settled_from_nothing(&world, key).await;

    assert_eq!(said_since(&world, key).await, ["event.created"; 2]);
    assert_eq!(world.look_ups(), asked, "nobody is asked about it");
}

#[tokio::test]
async fn items_that_come_twice_are_told_once() {
    let (world, key) = clean().await;
    world.google.fault(Fault::RepeatItems.times(2));

    world.put(meeting("Budget"));
    world.put(stand_up());
    settled_from_nothing(&world, key).await;

    assert_eq!(said_since(&world, key).await, ["event.created"; 2]);
}

#[tokio::test]
async fn a_link_that_leads_elsewhere_sets_the_calendar_back_and_is_not_repeated() {
    let (world, key) = clean().await;
    world.google.fault(Fault::ForeignLink.always());
    world.put(meeting("Budget"));
    world.deliver().await;
    world.work().await;
    assert_eq!(last_outcome(&world, key).await, "set_back");
    assert_eq!(inbox(&world, key).await.fails, 1);
    world.settle().await;
    assert_eq!(dead_letters(&world, key).await.len(), 1);

    for table in ["runs", "dead-letters", "calendars"] {
        let items = items(&world, &format!("test-{table}")).await;
        let repeats = items
            .iter()
            .any(|item| item.to_string().contains("attacker"));
        assert!(!repeats, "{table} repeats where it led");
    }
    world.google.clear_faults();
    for _ in 0..14 {
        world.advance(crate::scenarios::scene::minutes(30));
        world.sweep().await;
        world.work().await;
    }
    settled_from_nothing(&world, key).await;
    assert_eq!(said_since(&world, key).await, ["event.created"]);
}
