//! Single events: created, changed, deleted, in whatever shape a person can give them.

use serde_json::{Value, json};
use simulator::{CalendarOptions, Settings};
use testkit::World;
use testkit::world::ACCOUNT;

use crate::events_of::{meeting, stand_up};
use crate::scenarios::scene::{
    clean, clean_with, entries, is_true, rows, said_since, settled, settled_from_nothing, text,
    titled, titles,
};

#[tokio::test]
async fn an_event_is_created_changed_and_deleted() {
    let (world, key) = clean().await;

    let id = world.google.put_event(ACCOUNT, meeting("Budget"));
    settled_from_nothing(&world, key).await;
    assert_eq!(titles(&world, key).await, ["Budget"]);

    world.google.put_event(ACCOUNT, titled(&id, "Budget 2027"));
    settled_from_nothing(&world, key).await;
    assert_eq!(titles(&world, key).await, ["Budget 2027"]);

    world.google.delete_event(ACCOUNT, &id);
    settled_from_nothing(&world, key).await;
    assert_eq!(rows(&world, key).await, Vec::<Value>::new());
    assert_eq!(
        said_since(&world, key).await,
        ["event.created", "event.updated", "event.deleted"]
    );
}

#[tokio::test]
async fn an_update_names_the_fields_that_changed() {
    let (world, key) = clean().await;
    let id = world.google.put_event(ACCOUNT, meeting("Budget"));
    world.settle().await;

    world.google.put_event(
        ACCOUNT,
        json!({ "id": id, "location": "Room 7", "transparency": "transparent" }),
    );
    settled_from_nothing(&world, key).await;

    let bus = world.cloud.events();
    let update = bus
        .iter()
        .find(|event| event.detail_type == "calendar.event.updated")
        .expect("an update");
    assert_eq!(update.detail["changed"], json!(["location", "busy"]));
    assert_eq!(update.source, "calwatch");
}

#[tokio::test]
async fn several_changes_before_a_read_are_one_entry() {
    let (world, key) = clean().await;
    let id = world.google.put_event(ACCOUNT, meeting("One"));
    for title in ["Two", "Three", "Four"] {
        world.google.put_event(ACCOUNT, titled(&id, title));
    }

    settled_from_nothing(&world, key).await;

    assert_eq!(titles(&world, key).await, ["Four"]);
    assert_eq!(said_since(&world, key).await, ["event.created"]);
}

#[tokio::test]
async fn an_event_that_came_and_went_between_two_reads_is_not_mentioned() {
    let (world, key) = clean().await;
    let id = world.google.put_event(ACCOUNT, meeting("A mistake"));
    world.google.delete_event(ACCOUNT, &id);

    settled_from_nothing(&world, key).await;

    assert_eq!(said_since(&world, key).await, Vec::<&str>::new());
}

#[tokio::test]
async fn a_deleted_event_that_comes_back_is_created_anew() {
    let (world, key) = clean().await;
    let id = world.google.put_event(ACCOUNT, meeting("Budget"));
    world.settle().await;
    world.google.delete_event(ACCOUNT, &id);
    world.settle().await;

    world
        .google
        .put_event(ACCOUNT, json!({ "id": id, "status": "confirmed" }));
    settled_from_nothing(&world, key).await;

    assert_eq!(titles(&world, key).await, ["Budget"]);
    assert_eq!(
        said_since(&world, key).await,
        ["event.created", "event.deleted", "event.created"]
    );
}

#[tokio::test]
async fn an_all_day_event_has_dates_and_may_get_times() {
    let (world, key) = clean().await;
    let id = world.google.put_event(
        ACCOUNT,
        json!({
            "summary": "Off-site",
            "start": { "date": "2026-12-01" },
            "end": { "date": "2026-12-04" },
        }),
    );
    settled_from_nothing(&world, key).await;
    let row = &rows(&world, key).await[0];
    assert_eq!(row["start"], json!({ "date": "2026-12-01" }));
    assert_eq!(row["end"], json!({ "date": "2026-12-04" }));

    let mut timed = meeting("Off-site");
    timed["id"] = json!(id);
    world.google.put_event(ACCOUNT, timed);
    settled_from_nothing(&world, key).await;

    let row = &rows(&world, key).await[0];
    assert_eq!(row["start"]["at"], "2026-11-12T10:00:00Z");
    assert_eq!(row["start"]["date"], Value::Null);
}

#[tokio::test]
async fn events_keep_the_zone_and_the_offset_they_were_written_with() {
    let (world, key) = clean().await;
    // The same instant, written in five places.
    for (place, at) in [
        ("Asia/Tokyo", "2026-11-12T19:00:00+09:00"),
        ("America/St_Johns", "2026-11-12T06:30:00-03:30"),
        ("Asia/Kathmandu", "2026-11-12T15:45:00+05:45"),
        ("Pacific/Kiritimati", "2026-11-13T00:00:00+14:00"),
        ("UTC", "2026-11-12T10:00:00Z"),
    ] {
        world.google.put_event(
            ACCOUNT,
            json!({
                "summary": place,
                "start": { "dateTime": at, "timeZone": place },
                "end": { "dateTime": "2026-11-12T12:00:00Z", "timeZone": "Europe/Lisbon" },
            }),
        );
    }
    world.google.put_event(
        ACCOUNT,
        json!({
            "summary": "Nowhere",
            "start": { "dateTime": "2026-11-12T10:00:00Z" },
            "end": { "dateTime": "2026-11-12T11:00:00Z" },
        }),
    );

    settled_from_nothing(&world, key).await;

    let rows = rows(&world, key).await;
    assert!(
        rows.iter()
            .all(|row| row["start"]["at"] == "2026-11-12T10:00:00Z"),
        "{rows:#?}"
    );
    let mut offsets: Vec<_> = rows
        .iter()
        .filter_map(|row| row["start"]["offset_seconds"].as_i64())
        .collect();
    offsets.sort_unstable();
    assert_eq!(offsets, [-12_600, 0, 0, 20_700, 32_400, 50_400]);
}

#[tokio::test]
async fn an_event_with_everything_is_kept_whole() {
    let (world, key) = clean().await;
    let id = world.google.put_event(
        ACCOUNT,
        json!({
            "summary": "Überraschung 🎉 \"quoted\" \\ and\nbroken",
            "description": "<b>Bring</b> cake",
            "location": "Rua do Ouro 7, Lisboa",
            "start": { "dateTime": "2026-11-12T10:00:00Z", "timeZone": "Europe/Lisbon" },
            "end": { "dateTime": "2026-11-12T11:00:00Z", "timeZone": "Europe/Lisbon" },
            "status": "tentative",
            "visibility": "private",
            "transparency": "transparent",
            "eventType": "focusTime",
            "hangoutLink": "https://meet.example/abc-defg-hij",
            "attendees": [
                { "email": "ben@example.com", "displayName": "Ben", "responseStatus": "accepted" },
                { "email": "room-7@example.com", "resource": true, "responseStatus": "declined" },
                { "email": "cleo@example.com", "optional": true },
            ],
        }),
    );
    settled_from_nothing(&world, key).await;
    let row = rows(&world, key).await.remove(0);
    assert_eq!(row["meeting_url"], "https://meet.example/abc-defg-hij");
    assert_eq!(
        row["attendees"],
        json!([
            { "email": "ben@example.com", "name": "Ben", "response": "accepted" },
            { "email": "room-7@example.com", "response": "declined", "resource": true },
            { "email": "cleo@example.com", "response": "needs_action", "optional": true },
        ])
    );

    // And what is taken away is gone.
    world.google.put_event(
        ACCOUNT,
        json!({ "id": id, "description": null, "location": null, "attendees": null,
            "hangoutLink": null, "visibility": null, "transparency": null, "status": "confirmed" }),
    );
    settled_from_nothing(&world, key).await;
}

#[tokio::test]
async fn an_event_larger_than_a_row_is_cut_and_says_so() {
    let (world, key) = clean().await;
    let mut event = meeting("Minutes");
    event["description"] = json!("word ".repeat(50_000));
    world.google.put_event(ACCOUNT, event);

    settled_from_nothing(&world, key).await;

    let row = rows(&world, key).await.remove(0);
    assert_eq!(row["truncated"], json!(["description"]));
    assert!(row.to_string().len() <= domain::event::MAX_EVENT_BYTES);
    // Read again as a whole, it is cut in the same way, so nothing changes.
    world.google.expire_sync_tokens(ACCOUNT);
    world.google.put_event(ACCOUNT, meeting("Another"));
    settled_from_nothing(&world, key).await;
    assert_eq!(
        said_since(&world, key).await,
        ["event.created", "event.created"]
    );
}

#[tokio::test]
async fn an_event_becomes_a_series_and_a_single_one_again() {
    let (world, key) = clean().await;
    let id = world.google.put_event(ACCOUNT, meeting("Review"));
    world.settle().await;
    let mut series = stand_up();
    series["id"] = json!(id);
    world.google.put_event(ACCOUNT, series);
    settled_from_nothing(&world, key).await;
    assert_eq!(rows(&world, key).await[0]["kind"], "master");

    world
        .google
        .put_event(ACCOUNT, json!({ "id": id, "recurrence": null }));
    settled_from_nothing(&world, key).await;

    assert_eq!(rows(&world, key).await[0]["kind"], "single");
}

#[tokio::test]
async fn a_deleted_event_that_keeps_its_details_is_deleted_all_the_same() {
    let (world, key) = clean_with(Settings {
        organizer_copies_keep_details: true,
        ..Settings::default()
    })
    .await;
    let mut event = meeting("Interview");
    event["attendees"] = json!([{ "email": "ben@example.com" }]);
    let id = world.google.put_event(ACCOUNT, event);
    world.settle().await;

    world.google.delete_event(ACCOUNT, &id);
    settled_from_nothing(&world, key).await;

    assert_eq!(rows(&world, key).await, Vec::<Value>::new());
}

#[tokio::test]
async fn two_calendars_of_an_account_do_not_mix() {
    let (world, main) = clean().await;
    let other = "team@group.calendar.example.com";
    world
        .google
        .add_calendar(ACCOUNT, other, CalendarOptions::default());
    let (team, _) = world.watch(other).await;
    world.settle().await;

    // The same identifier in both: Google's are unique within a calendar only.
    let mut event = meeting("Mine");
    event["id"] = json!("sharedeventid");
    world.google.put_event(ACCOUNT, event);
    let mut event = meeting("Ours");
    event["id"] = json!("sharedeventid");
    world.google.put_event(other, event);
    settled_from_nothing(&world, main).await;
    is_true(&world, team, other).await;
    world.assert_feed_rebuilds(team).await;

    world.google.delete_event(other, "sharedeventid");
    settled_from_nothing(&world, main).await;
    is_true(&world, team, other).await;
    assert_eq!(titles(&world, main).await, ["Mine"]);
    assert_eq!(titles(&world, team).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_was_there_before_is_imported_without_entries_of_its_own() {
    let world = World::start().await;
    world.google.bulk_events(ACCOUNT, 120);
    let series = world.google.put_event(ACCOUNT, stand_up());
    world
        .google
        .cancel_occurrence(ACCOUNT, &series, "2026-11-19T09:30:00Z");
    let gone = world.google.put_event(ACCOUNT, meeting("Gone"));
    world.google.delete_event(ACCOUNT, &gone);

    let key = world.watch_main().await;
    is_true(&world, key, ACCOUNT).await;

    assert_eq!(rows(&world, key).await.len(), 122);
    let entries = entries(&world, key).await;
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].what.name(), "resynced");
    let bus = world.cloud.events();
    assert_eq!(bus.len(), 1);
    assert_eq!(bus[0].detail_type, "calendar.resynced");

    // From then on, every change is an entry.
    let first = world.google.truth(ACCOUNT)[0].clone();
    world
        .google
        .put_event(ACCOUNT, titled(&text(&first["id"]), "Changed"));
    world.google.delete_event(ACCOUNT, "bulk00000007");
    world.google.put_event(ACCOUNT, meeting("New"));
    settled(&world, key).await;
    let mut said = said_since(&world, key).await;
    said.sort_unstable();
    assert_eq!(said, ["event.created", "event.deleted", "event.updated"]);
}
