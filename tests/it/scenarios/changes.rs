//! Single events: created, changed, deleted, in whatever shape a person can give them.

use domain::Provider;
use serde_json::{Value, json};
use simulator::{CalendarOptions, Settings};
use testkit::World;

use crate::both::for_both;
use crate::events_of::{meeting, stand_up};
use crate::scenarios::is_true;
use crate::scenarios::scene::{
    clean, clean_with, entries, rows, said_since, settled, settled_from_nothing, text, titled,
    titles,
};

for_both! {
    an_event_is_created_changed_and_deleted,
    an_update_names_the_fields_that_changed,
    several_changes_before_a_read_are_one_entry,
    an_event_that_came_and_went_between_two_reads_is_not_mentioned,
    a_deleted_event_that_comes_back_is_created_anew,
    an_all_day_event_has_dates_and_may_get_times,
    events_keep_the_zone_and_the_offset_they_were_written_with,
    an_event_with_everything_is_kept_whole,
    an_event_larger_than_a_row_is_cut_and_says_so,
    an_event_becomes_a_series_and_a_single_one_again,
    two_calendars_of_an_account_do_not_mix,
    what_was_there_before_is_imported_without_entries_of_its_own;
    only google:
        a_deleted_event_that_keeps_its_details_is_deleted_all_the_same,
}

async fn an_event_is_created_changed_and_deleted(provider: Provider) {
    let (world, key) = clean(provider).await;

    let id = world.put(meeting("Budget"));
    settled_from_nothing(&world, key).await;
    assert_eq!(titles(&world, key).await, ["Budget"]);

    world.put(titled(&id, "Budget 2027"));
    settled_from_nothing(&world, key).await;
    assert_eq!(titles(&world, key).await, ["Budget 2027"]);

    world.delete(&id);
    settled_from_nothing(&world, key).await;
    assert_eq!(rows(&world, key).await, Vec::<Value>::new());
    assert_eq!(
        said_since(&world, key).await,
        ["event.created", "event.updated", "event.deleted"]
    );
}

async fn an_update_names_the_fields_that_changed(provider: Provider) {
    let (world, key) = clean(provider).await;
    let id = world.put(meeting("Budget"));
    world.settle().await;

    world.put(json!({ "id": id, "location": "Room 7", "transparency": "transparent" }));
    settled_from_nothing(&world, key).await;

    let bus = world.cloud.events();
    let update = bus
        .iter()
        .find(|event| event.detail_type == "calendar.event.updated")
        .expect("an update");
    assert_eq!(update.detail["changed"], json!(["location", "busy"]));
    assert_eq!(update.source, "calwatch");
}

async fn several_changes_before_a_read_are_one_entry(provider: Provider) {
    let (world, key) = clean(provider).await;
    let id = world.put(meeting("One"));
    for title in ["Two", "Three", "Four"] {
        world.put(titled(&id, title));
    }

    settled_from_nothing(&world, key).await;

    assert_eq!(titles(&world, key).await, ["Four"]);
    assert_eq!(said_since(&world, key).await, ["event.created"]);
}

async fn an_event_that_came_and_went_between_two_reads_is_not_mentioned(provider: Provider) {
    let (world, key) = clean(provider).await;
    let id = world.put(meeting("A mistake"));
    world.delete(&id);

    settled_from_nothing(&world, key).await;

    assert_eq!(said_since(&world, key).await, Vec::<&str>::new());
}

async fn a_deleted_event_that_comes_back_is_created_anew(provider: Provider) {
    let (world, key) = clean(provider).await;
    let id = world.put(meeting("Budget"));
    world.settle().await;
    world.delete(&id);
    world.settle().await;

    let mut again = meeting("Budget");
    again["id"] = json!(id);
    again["status"] = json!("confirmed");
    world.put(again);
    settled_from_nothing(&world, key).await;

    assert_eq!(titles(&world, key).await, ["Budget"]);
    assert_eq!(
        said_since(&world, key).await,
        ["event.created", "event.deleted", "event.created"]
    );
}

async fn an_all_day_event_has_dates_and_may_get_times(provider: Provider) {
    let (world, key) = clean(provider).await;
    let id = world.put(json!({
        "summary": "Off-site",
        "start": { "date": "2026-12-01" },
        "end": { "date": "2026-12-04" },
    }));
    settled_from_nothing(&world, key).await;
    let row = &rows(&world, key).await[0];
    assert_eq!(row["start"], json!({ "date": "2026-12-01" }));
    assert_eq!(row["end"], json!({ "date": "2026-12-04" }));

    let mut timed = meeting("Off-site");
    timed["id"] = json!(id);
    world.put(timed);
    settled_from_nothing(&world, key).await;

    let row = &rows(&world, key).await[0];
    assert_eq!(row["start"]["at"], "2026-11-12T10:00:00Z");
    assert_eq!(row["start"]["date"], Value::Null);
}

async fn events_keep_the_zone_and_the_offset_they_were_written_with(provider: Provider) {
    let (world, key) = clean(provider).await;
    // The same instant, written in five places.
    for (place, at) in [
        ("Asia/Tokyo", "2026-11-12T19:00:00+09:00"),
        ("America/St_Johns", "2026-11-12T06:30:00-03:30"),
        ("Asia/Kathmandu", "2026-11-12T15:45:00+05:45"),
        ("Pacific/Kiritimati", "2026-11-13T00:00:00+14:00"),
        ("UTC", "2026-11-12T10:00:00Z"),
    ] {
        world.put(json!({
            "summary": place,
            "start": { "dateTime": at, "timeZone": place },
            "end": { "dateTime": "2026-11-12T12:00:00Z", "timeZone": "Europe/Lisbon" },
        }));
    }
    world.put(json!({
        "summary": "Nowhere",
        "start": { "dateTime": "2026-11-12T10:00:00Z" },
        "end": { "dateTime": "2026-11-12T11:00:00Z" },
    }));

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

async fn an_event_with_everything_is_kept_whole(provider: Provider) {
    let (world, key) = clean(provider).await;
    let id = world.put(json!({
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
    }));
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
    world.put(
        json!({ "id": id, "description": null, "location": null, "attendees": null,
            "hangoutLink": null, "visibility": null, "transparency": null, "status": "confirmed" }),
    );
    settled_from_nothing(&world, key).await;
}

async fn an_event_larger_than_a_row_is_cut_and_says_so(provider: Provider) {
    let (world, key) = clean(provider).await;
    let mut event = meeting("Minutes");
    event["description"] = json!("word ".repeat(50_000));
    world.put(event);

    settled_from_nothing(&world, key).await;

    let row = rows(&world, key).await.remove(0);
    assert_eq!(row["truncated"], json!(["description"]));
    assert!(row.to_string().len() <= domain::event::MAX_EVENT_BYTES);
    // Read again as a whole, it is cut in the same way, so nothing changes.
    world.lose_cursors();
    world.put(meeting("Another"));
    settled_from_nothing(&world, key).await;
    assert_eq!(
        said_since(&world, key).await,
        ["event.created", "event.created"]
    );
}

async fn an_event_becomes_a_series_and_a_single_one_again(provider: Provider) {
    let (world, key) = clean(provider).await;
    let id = world.put(meeting("Review"));
    world.settle().await;
    let mut series = stand_up();
    series["id"] = json!(id);
    world.put(series);
    settled_from_nothing(&world, key).await;
    assert_eq!(rows(&world, key).await[0]["kind"], "master");

    world.put(json!({ "id": id, "recurrence": null }));
    settled_from_nothing(&world, key).await;

    assert_eq!(rows(&world, key).await[0]["kind"], "single");
}

async fn a_deleted_event_that_keeps_its_details_is_deleted_all_the_same(provider: Provider) {
    let (world, key) = clean_with(
        provider,
        Settings {
            organizer_copies_keep_details: true,
            ..Settings::default()
        },
    )
    .await;
    let mut event = meeting("Interview");
    event["attendees"] = json!([{ "email": "ben@example.com" }]);
    let id = world.put(event);
    world.settle().await;

    world.delete(&id);
    settled_from_nothing(&world, key).await;

    assert_eq!(rows(&world, key).await, Vec::<Value>::new());
}

async fn two_calendars_of_an_account_do_not_mix(provider: Provider) {
    let (world, main) = clean(provider).await;
    let other = &*world.add_calendar("team", CalendarOptions::default());
    let (team, _) = world.watch(other).await;
    world.settle().await;

    // The same identifier in both: only within a calendar does it mean one event.
    let mut event = meeting("Mine");
    event["id"] = json!("sharedeventid");
    world.put(event);
    let mut event = meeting("Ours");
    event["id"] = json!("sharedeventid");
    world.put_in(other, event);
    settled_from_nothing(&world, main).await;
    is_true(&world, team, other).await;
    world.assert_feed_rebuilds(team).await;

    world.delete_in(other, "sharedeventid");
    settled_from_nothing(&world, main).await;
    is_true(&world, team, other).await;
    assert_eq!(titles(&world, main).await, ["Mine"]);
    assert_eq!(titles(&world, team).await, Vec::<String>::new());
}

async fn what_was_there_before_is_imported_without_entries_of_its_own(provider: Provider) {
    let world = World::start_at(provider, Settings::default()).await;
    world.bulk(120);
    let series = world.put(stand_up());
    world.cancel_occurrence(&series, "2026-11-19T09:30:00Z");
    let gone = world.put(meeting("Gone"));
    world.delete(&gone);

    let key = world.watch_main().await;
    is_true(&world, key, world.main()).await;

    assert_eq!(rows(&world, key).await.len(), 122);
    let entries = entries(&world, key).await;
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].what.name(), "resynced");
    let bus = world.cloud.events().into_iter();
    let bus: Vec<String> = bus.map(|it| it.detail_type).collect();
    assert_eq!(bus, ["calendar.resynced", "subscription.created"]);

    // From then on, every change is an entry.
    let first = world.truth()[0].clone();
    world.put(titled(&text(&first["id"]), "Changed"));
    world.delete(&world.bulk_id(7));
    world.put(meeting("New"));
    settled(&world, key).await;
    let mut said = said_since(&world, key).await;
    said.sort_unstable();
    assert_eq!(said, ["event.created", "event.deleted", "event.updated"]);
}
