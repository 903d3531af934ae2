//! Events and what a read of one returns.

use serde_json::json;
use simulator::CalendarOptions;

use crate::world::{World, at, single};

#[tokio::test]
async fn an_event_has_every_field_whatever_its_writer_said() {
    let world = World::new().await;
    let event = single("Lunch", "2026-11-11T12:00:00", "2026-11-11T13:00:00");
    let id = world.graph.put_event(&world.calendar, event);

    let event = world.event(&id, "").await.json();

    assert_eq!(
        (&event["subject"], &event["type"], &event["showAs"]),
        (&json!("Lunch"), &json!("singleInstance"), &json!("busy"))
    );
    assert_eq!(
        event["start"],
        json!({ "dateTime": "2026-11-11T12:00:00.0000000", "timeZone": "UTC" })
    );
    assert_eq!(event["seriesMasterId"], json!(null));
    assert_eq!(
        event["organizer"]["emailAddress"],
        json!({ "name": "Amelia North", "address": "amelia.north@contoso.example" })
    );
    for absent in [
        "originalStart",
        "occurrenceId",
        "cancelledOccurrences",
        "exceptionOccurrences",
    ] {
        assert!(event.get(absent).is_none(), "{absent}");
    }
}

#[tokio::test]
async fn fields_merge_and_null_removes_them() {
    let world = World::new().await;
    let event = json!({ "subject": "Lunch", "location": { "displayName": "Room 4" } });
    let id = world.graph.put_event(&world.calendar, event);

    let change = json!({ "id": id, "subject": "Dinner", "location": null });
    world.graph.put_event(&world.calendar, change);

    let event = world.event(&id, "").await.json();
    assert_eq!(event["subject"], "Dinner");
    assert_eq!(event["location"], json!({ "displayName": "" }));
}

#[tokio::test]
async fn every_change_has_its_own_mark_even_while_the_clock_stands() {
    let world = World::new().await;
    let id = world.graph.storm(&world.calendar, None, 1);
    let before = world.event(&id, "").await.json();

    world.graph.storm(&world.calendar, Some(&id), 1);

    let after = world.event(&id, "").await.json();
    for mark in ["changeKey", "@odata.etag"] {
        assert_ne!(before[mark], after[mark]);
    }
    let modified = |event: &serde_json::Value| event["lastModifiedDateTime"].to_string();
    assert!(modified(&before) < modified(&after));
    assert_eq!(modified(&after), "\"2026-11-10T14:30:00.0000001Z\"");
}

#[tokio::test]
async fn times_are_shown_in_the_zone_that_is_preferred() {
    let world = World::new().await;
    let event = json!({
        "start": at("2026-07-01T09:00:00", "Pacific Standard Time"),
        "end": at("2026-07-01T10:00:00", "America/Los_Angeles"),
    });
    let id = world.graph.put_event(&world.calendar, event);
    let path = format!("{}/events/{id}", world.calendar);

    let utc = world.get(&path).await.json();
    let prefer = "IdType=\"ImmutableId\", outlook.timezone=\"Tokyo Standard Time\"";
    let tokyo = world.get_with(&path, prefer).await.json();
    let mars = world
        .get_with(&path, "outlook.timezone=\"Mars Standard Time\"")
        .await;

    assert_eq!(utc["start"], at("2026-07-01T16:00:00.0000000", "UTC"));
    assert_eq!(utc["end"], at("2026-07-01T17:00:00.0000000", "UTC"));
    assert_eq!(
        tokyo["start"],
        at("2026-07-02T01:00:00.0000000", "Tokyo Standard Time")
    );
    assert_eq!(tokyo["originalStartTimeZone"], "Pacific Standard Time");
    assert_eq!(mars.status, 400);
}

#[tokio::test]
async fn whole_days_are_midnights_in_every_zone() {
    let world = World::new().await;
    let zone = "Pacific Standard Time";
    let event = json!({ "isAllDay": true, "start": at("2026-12-01T00:00:00", zone), "end": at("2026-12-02T00:00:00", zone) });
    let id = world.graph.put_event(&world.calendar, event);

    let event = world.event(&id, "").await.json();

    assert_eq!(event["start"], at("2026-12-01T00:00:00.0000000", "UTC"));
    assert_eq!(event["end"], at("2026-12-02T00:00:00.0000000", "UTC"));
}

#[tokio::test]
async fn a_body_comes_as_text_or_as_html() {
    let world = World::new().await;
    let body = json!({ "contentType": "html", "content": "<p>Bring &amp; share</p>" });
    let id = world
        .graph
        .put_event(&world.calendar, json!({ "body": body }));
    let path = format!("{}/events/{id}", world.calendar);

    let html = world.get(&path).await.json();
    let prefer = "IdType=\"ImmutableId\", outlook.body-content-type=\"text\"";
    let text = world.get_with(&path, prefer).await.json();

    assert_eq!(html["body"], body);
    assert_eq!(
        text["body"],
        json!({ "contentType": "text", "content": "Bring & share" })
    );
    assert_eq!(html["bodyPreview"], "Bring & share");
}

#[tokio::test]
async fn a_selection_is_honoured() {
    let world = World::new().await;
    let id = world.graph.storm(&world.calendar, None, 1);

    let event = world.event(&id, "?$select=subject,showAs").await.json();
    let unknown = world.event(&id, "?$select=colour").await;

    let names: Vec<_> = event.as_object().expect("an object").keys().collect();
    assert_eq!(names, ["@odata.etag", "id", "showAs", "subject"]);
    assert_eq!(unknown.status, 400);
}

#[tokio::test]
async fn what_was_deleted_or_never_was_is_not_found() {
    let world = World::new().await;
    let id = world.graph.storm(&world.calendar, None, 1);
    world.graph.delete_event(&world.calendar, &id);

    for id in [&*id, "AAkAnother"] {
        let answer = world.event(id, "").await;
        assert_eq!((answer.status, &*answer.code()), (404, "ErrorItemNotFound"));
    }
}

#[tokio::test]
async fn an_event_of_another_calendar_is_found_through_the_mailbox() {
    let world = World::new().await;
    let options = CalendarOptions::default();
    let team = world
        .graph
        .add_calendar(&world.mailbox.user_id, "AAMkTeam", options);
    let id = world.graph.storm(&team, None, 1);

    assert_eq!(team, format!("{}/calendars/AAMkTeam", world.calendar));
    assert_eq!(world.event(&id, "").await.status, 200);
    assert_eq!(world.get(&format!("{team}/events/{id}")).await.status, 200);
    let own = world.graph.storm(&world.calendar, None, 1);
    assert_eq!(world.get(&format!("{team}/events/{own}")).await.status, 404);
}

#[tokio::test]
async fn a_bulk_import_is_in_the_truth() {
    let world = World::new().await;

    world.graph.bulk(&world.calendar, 3);
    world.graph.bulk(&world.calendar, 2);

    let truth = world.graph.truth(&world.calendar);
    let subjects: Vec<_> = truth.iter().map(|event| event["subject"].clone()).collect();
    assert_eq!(
        subjects,
        ["Event 0", "Event 1", "Event 2", "Event 3", "Event 4"]
    );
    assert!(world.simulator.take_deliveries().is_empty());
    let id = truth[1]["id"].as_str().expect("an id");
    assert_eq!(world.event(id, "").await.json()["subject"], "Event 1");
}

#[tokio::test]
async fn the_same_seed_gives_the_same_world() {
    let worlds = [World::new().await, World::new().await];
    let [one, two] = worlds.map(|world| {
        let id = world.graph.storm(&world.calendar, None, 3);
        (world.mailbox, id)
    });

    assert_eq!(one, two);
}

#[tokio::test]
async fn a_request_without_immutable_ids_is_recorded() {
    let world = World::new().await;
    let id = world.graph.storm(&world.calendar, None, 1);
    world.event(&id, "").await;
    assert_eq!(world.simulator.violations(), []);

    let path = format!("{}/events/{id}", world.calendar);
    let answer = world.get_with(&path, "outlook.timezone=\"UTC\"").await;

    assert_eq!(answer.status, 200);
    assert_eq!(world.simulator.violations().len(), 1);
}
