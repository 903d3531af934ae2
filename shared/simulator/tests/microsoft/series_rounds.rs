//! Series in delta rounds: they come and go as a whole.

use serde_json::{Value, json};
use simulator::Settings;

use crate::rounds::{WINDOW, gone, ids, lunch, round};
use crate::world::{World, at, weekly};

fn kinds(items: &[Value]) -> Vec<&str> {
    let kinds = items.iter().map(|item| item["type"].as_str());
    kinds.map(Option::unwrap_or_default).collect()
}

/// The days on which the items are, in the order they came.
fn days(items: &[Value]) -> Vec<&str> {
    let starts = items.iter().map(|item| item["start"]["dateTime"].as_str());
    starts
        .map(|start| &start.unwrap_or("-----------")[..10])
        .collect()
}

async fn with(choose: impl FnOnce(&mut simulator::GraphSettings)) -> World {
    let mut settings = Settings::default();
    choose(&mut settings.graph);
    World::with(settings).await
}

#[tokio::test]
async fn a_series_comes_with_its_master_and_stubs() {
    let world = World::new().await;
    let series = world.graph.put_event(&world.calendar, weekly());

    let (items, _) = round(&world, None).await;

    let occurrence = "occurrence";
    assert_eq!(
        kinds(&items),
        [
            "seriesMaster",
            occurrence,
            occurrence,
            occurrence,
            occurrence
        ]
    );
    let master = world.event(&series, "").await.json();
    assert_eq!(items[0], master);
    let names: Vec<_> = items[1].as_object().expect("an object").keys().collect();
    assert_eq!(
        names,
        [
            "@odata.etag",
            "@odata.type",
            "end",
            "id",
            "seriesMasterId",
            "start",
            "type"
        ]
    );
    assert_eq!(items[1]["seriesMasterId"], json!(series));
    assert_eq!(
        days(&items[1..]),
        ["2026-11-05", "2026-11-12", "2026-11-19", "2026-11-26"]
    );
    let second = items[2]["id"].as_str().expect("an id");
    let whole = world.event(second, "").await.json();
    assert_eq!(
        (&whole["subject"], &whole["type"]),
        (&json!("Team stand-up"), &json!("occurrence"))
    );
}

#[tokio::test]
async fn any_change_within_a_series_brings_all_of_it() {
    let world = World::new().await;
    let (calendar, graph) = (&world.calendar, &world.graph);
    let series = graph.put_event(calendar, weekly());
    let (_, link) = round(&world, None).await;

    let change = json!({ "subject": "Changed" });
    let changed = graph.change_occurrence(calendar, &series, "2026-11-12", change);
    graph.cancel_occurrence(calendar, &series, "2026-11-19");

    let (items, link) = round(&world, Some(&link)).await;
    assert_eq!(
        kinds(&items),
        ["seriesMaster", "occurrence", "exception", "occurrence"]
    );
    assert_eq!(
        days(&items[1..]),
        ["2026-11-05", "2026-11-12", "2026-11-26"]
    );
    assert_eq!(items[2], world.event(&changed, "").await.json());

    graph.put_event(calendar, json!({ "id": series, "subject": "Renamed" }));
    let (items, _) = round(&world, Some(&link)).await;
    assert_eq!(items.len(), 4);
    assert_eq!(items[2]["subject"], "Changed", "it had its own");
}

#[tokio::test]
async fn a_series_is_never_split() {
    let world = with(|graph| graph.page_size = 2).await;
    let (calendar, graph) = (&world.calendar, &world.graph);
    graph.put_event(calendar, lunch());
    graph.put_event(calendar, weekly());
    graph.put_event(calendar, lunch());

    let mut pages = Vec::new();
    let mut link = format!("{calendar}/calendarView/delta?{WINDOW}");
    loop {
        let page = world.get(&link).await.json();
        pages.push(page["value"].as_array().map_or(0, Vec::len));
        match page["@odata.nextLink"].as_str() {
            Some(next) => link = next.to_owned(),
            None => break,
        }
    }

    assert_eq!(pages, [1, 5, 1]);
}

#[tokio::test]
async fn occurrences_move_into_the_window_and_out_of_it() {
    let world = World::new().await;
    let (calendar, graph) = (&world.calendar, &world.graph);
    let series = graph.put_event(calendar, weekly());
    let day = |day: &str| [9, 10].map(|hour| format!("{day}T{hour:02}:00:00Z"));

    let [start, end] = day("2026-12-24");
    graph.move_occurrence(calendar, &series, "2026-11-12", &start, &end);
    let [start, end] = day("2026-11-30");
    let early = graph.move_occurrence(calendar, &series, "2026-12-03", &start, &end);

    let (items, _) = round(&world, None).await;
    assert_eq!(
        days(&items[1..]),
        ["2026-11-05", "2026-11-19", "2026-11-26", "2026-11-30"]
    );
    assert_eq!(items[4]["id"], json!(early));
}

#[tokio::test]
async fn a_series_that_leaves_the_view_is_removed_by_its_master() {
    let world = World::new().await;
    let (calendar, graph) = (&world.calendar, &world.graph);
    let leaves = graph.put_event(calendar, weekly());
    let deleted = graph.put_event(calendar, weekly());
    let mut outside = weekly();
    outside["start"] = at("2027-01-07T09:30:00", "UTC");
    outside["end"] = at("2027-01-07T09:45:00", "UTC");
    outside["recurrence"]["range"]["startDate"] = json!("2027-01-07");
    graph.put_event(calendar, outside.clone());
    let (items, link) = round(&world, None).await;
    assert_eq!(items.len(), 10, "the one outside is not in the view");

    outside["id"] = json!(leaves);
    graph.put_event(calendar, outside);
    graph.delete_event(calendar, &deleted);

    let (items, _) = round(&world, Some(&link)).await;
    assert_eq!(items, [gone(&leaves), gone(&deleted)]);
}

#[tokio::test]
async fn removed_occurrences_can_be_told() {
    let world = with(|graph| graph.removed_occurrences = true).await;
    let (calendar, graph) = (&world.calendar, &world.graph);
    let series = graph.put_event(calendar, weekly());
    let (first, link) = round(&world, None).await;
    let occurrences = ids(&first)[1..].to_vec();

    graph.cancel_occurrence(calendar, &series, "2026-11-12");
    let (items, link) = round(&world, Some(&link)).await;
    assert_eq!(items.len(), 5);
    assert_eq!(items[4], gone(occurrences[1]));

    graph.delete_event(calendar, &series);
    let (items, _) = round(&world, Some(&link)).await;
    let mut expected: Vec<_> = occurrences.iter().map(|id| gone(id)).collect();
    expected.push(gone(&series));
    assert_eq!(items, expected);
}

#[tokio::test]
async fn masters_can_be_left_out() {
    let world = with(|graph| graph.masters_in_view = false).await;
    let series = world.graph.put_event(&world.calendar, weekly());

    let (items, _) = round(&world, None).await;

    assert_eq!(kinds(&items), ["occurrence"; 4]);
    assert_eq!(items[0]["seriesMasterId"], json!(series));
}

#[tokio::test]
async fn occurrences_can_come_in_full() {
    let world = with(|graph| graph.occurrence_stubs = false).await;
    world.graph.put_event(&world.calendar, weekly());

    let (items, _) = round(&world, None).await;

    assert_eq!(items[1]["subject"], "Team stand-up");
    assert_eq!(items[1]["type"], "occurrence");
}

#[tokio::test]
async fn occurrences_keep_their_clock_across_daylight_saving() {
    let world = World::new().await;
    let zone = "Eastern Standard Time";
    let event = json!({
        "start": at("2026-10-26T09:00:00", zone),
        "end": at("2026-10-26T10:00:00", zone),
        "recurrence": {
            "pattern": { "type": "weekly", "interval": 1, "daysOfWeek": ["monday"] },
            "range": { "type": "endDate", "startDate": "2026-10-26", "endDate": "2026-11-02" },
        },
    });
    world.graph.put_event(&world.calendar, event);
    let window = "startDateTime=2026-10-01T00:00:00Z&endDateTime=2026-12-01T00:00:00Z";

    let path = format!("{}/calendarView/delta?{window}", world.calendar);
    let page = world.get(&path).await.json();

    let starts = ["1", "2"].map(|n| page.pointer(&format!("/value/{n}/start/dateTime")).cloned());
    // America left daylight saving on 1 November 2026.
    assert_eq!(
        starts,
        [
            Some(json!("2026-10-26T13:00:00.0000000")),
            Some(json!("2026-11-02T14:00:00.0000000"))
        ]
    );
}
