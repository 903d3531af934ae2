//! Incremental reads (2.6 of Google's rules, items 9 and 10 of the checklist).

use serde_json::{Value, json};
use simulator::{CalendarOptions, Fault};

use crate::world::{AMELIA, EVENTS, World, encode, ids};

#[tokio::test]
async fn a_full_read_and_what_changed_since_make_the_truth() {
    let world = World::new().await;
    let kept = world
        .simulator
        .put_event(AMELIA, json!({ "summary": "kept" }));
    let gone = world
        .simulator
        .put_event(AMELIA, json!({ "summary": "gone" }));
    let (first, token) = world.round(None).await;
    assert_eq!(ids(&first), [kept.as_str(), gone.as_str()]);

    world.simulator.delete_event(AMELIA, &gone);
    world
        .simulator
        .put_event(AMELIA, json!({ "id": kept, "summary": "kept, renamed" }));
    let (second, token) = world.round(Some(&token)).await;
    let (third, same_token) = world.round(Some(&token)).await;

    assert_eq!(ids(&second), [gone.as_str(), kept.as_str()]);
    assert_eq!(world.simulator.truth(AMELIA), second[1..]);
    assert_eq!(third, Vec::<Value>::new());
    assert_eq!(token, same_token);
}

#[tokio::test]
async fn an_older_sync_token_still_works() {
    let world = World::new().await;
    let (_, old) = world.round(None).await;
    let event = world.simulator.put_event(AMELIA, json!({}));
    world.round(Some(&old)).await;

    let (items, _) = world.round(Some(&old)).await;

    assert_eq!(ids(&items), [event.as_str()]);
}

#[tokio::test]
async fn a_deleted_event_has_only_the_promised_fields() {
    let world = World::new().await;
    let (_, token) = world.round(None).await;
    let event = world
        .simulator
        .put_event(AMELIA, json!({ "attendees": [{ "email": "a@b.example" }] }));
    world.simulator.delete_event(AMELIA, &event);

    let (items, _) = world.round(Some(&token)).await;

    let names: Vec<_> = items[0].as_object().expect("an object").keys().collect();
    assert_eq!(names, ["etag", "id", "kind", "status"]);
    assert_eq!(items[0]["status"], "cancelled");
}

#[tokio::test]
async fn a_full_read_hides_deleted_events_unless_asked() {
    let world = World::new().await;
    let event = world.simulator.put_event(AMELIA, json!({}));
    world.simulator.delete_event(AMELIA, &event);

    let hidden = world.get(EVENTS).await.json();
    let shown = world
        .get(&format!("{EVENTS}?showDeleted=true"))
        .await
        .json();

    assert_eq!(hidden["items"], json!([]));
    assert_eq!(shown["items"][0]["id"], json!(event));
}

#[tokio::test]
async fn a_restriction_beside_a_sync_token_is_refused() {
    let world = World::new().await;
    let (_, token) = world.round(None).await;
    let token = encode(&token);

    for parameter in [
        "iCalUID=x",
        "orderBy=startTime",
        "privateExtendedProperty=a%3Db",
        "q=x",
        "sharedExtendedProperty=a%3Db",
        "timeMin=2026-01-01T00:00:00Z",
        "timeMax=2027-01-01T00:00:00Z",
        "updatedMin=2026-11-01T00:00:00Z",
        "showDeleted=false",
    ] {
        let answer = world
            .get(&format!("{EVENTS}?syncToken={token}&{parameter}"))
            .await;
        assert_eq!(
            (answer.status, answer.reason().as_str()),
            (400, "syncTokenWithRequestRestrictions"),
            "{parameter}"
        );
    }
    assert_eq!(world.simulator.violations().len(), 9);
}

#[tokio::test]
async fn changed_parameters_beside_a_sync_token_are_a_violation() {
    let world = World::new().await;
    let (_, token) = world.round(None).await;
    assert_eq!(world.simulator.violations(), []);

    let path = format!("{EVENTS}?syncToken={}&eventTypes=default", encode(&token));
    let answer = world.get(&path).await;

    assert_eq!(answer.status, 400);
    assert_eq!(world.simulator.violations().len(), 1);
}

#[tokio::test]
async fn spelling_out_a_default_is_no_change() {
    let world = World::new().await;
    let token = world
        .get(&format!("{EVENTS}?singleEvents=false&quotaUser=x"))
        .await
        .json();
    let token = encode(token["nextSyncToken"].as_str().expect("a sync token"));

    assert_eq!(
        world
            .get(&format!("{EVENTS}?syncToken={token}&maxResults=10"))
            .await
            .status,
        200
    );
    assert_eq!(world.simulator.violations(), []);
}

#[tokio::test]
async fn a_lower_bound_on_the_first_round_is_fine() {
    let world = World::new().await;
    world.simulator.put_event(
        AMELIA,
        json!({ "start": { "date": "2020-01-01" }, "end": { "date": "2020-01-02" } }),
    );
    let page = world
        .get(&format!("{EVENTS}?timeMin=2026-01-01T00:00:00Z"))
        .await
        .json();
    assert_eq!(page["items"], json!([]));

    let token = page["nextSyncToken"].as_str().expect("a sync token");

    assert_eq!(
        world
            .get(&format!("{EVENTS}?syncToken={}", encode(token)))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn expired_tampered_and_foreign_sync_tokens_need_a_full_sync() {
    let world = World::new().await;
    world
        .simulator
        .add_calendar(AMELIA, "team@example.com", CalendarOptions::default());
    let (_, token) = world.round(None).await;

    for bad in [format!("1{token}"), "not a token".to_owned(), String::new()] {
        let answer = world.page(Some(&bad), None).await;
        assert_eq!(
            (answer.status, answer.reason().as_str()),
            (410, "fullSyncRequired"),
            "{bad}"
        );
    }
    let elsewhere = "/calendar/v3/calendars/team%40example.com/events";
    let answer = world
        .get(&format!("{elsewhere}?syncToken={}", encode(&token)))
        .await;
    assert_eq!(answer.status, 410);

    world.simulator.expire_sync_tokens(AMELIA);
    assert_eq!(world.page(Some(&token), None).await.status, 410);
    let (_, fresh) = world.round(None).await;
    assert_eq!(world.page(Some(&fresh), None).await.status, 200);
}

#[tokio::test]
async fn updated_and_etag_differ_after_each_change_even_if_the_clock_stands() {
    let world = World::new().await;
    let id = world.simulator.put_event(AMELIA, json!({ "summary": "a" }));
    let before = world.simulator.truth(AMELIA).remove(0);

    world
        .simulator
        .put_event(AMELIA, json!({ "id": id, "summary": "b" }));

    let after = world.simulator.truth(AMELIA).remove(0);
    assert!(after["updated"].as_str() > before["updated"].as_str());
    assert_ne!(after["etag"], before["etag"]);
    assert_eq!(after["sequence"], 0);
    world.simulator.put_event(
        AMELIA,
        json!({ "id": id, "start": { "date": "2026-12-01" } }),
    );
    assert_eq!(world.simulator.truth(AMELIA)[0]["sequence"], 1);
}

#[tokio::test]
async fn a_read_can_lag_and_the_next_one_catches_up() {
    let world = World::new().await;
    let id = world
        .simulator
        .put_event(AMELIA, json!({ "summary": "old" }));
    let (_, token) = world.round(None).await;
    world
        .simulator
        .put_event(AMELIA, json!({ "id": id, "summary": "new" }));
    world.simulator.fault(
        Fault::ReadLag { changes: 1 }
            .on(AMELIA)
            .often(simulator::Often::Next(2)),
    );

    let (stale, _) = world.round(None).await;
    let (nothing, token) = world.round(Some(&token)).await;
    let (caught_up, _) = world.round(Some(&token)).await;

    assert_eq!(stale[0]["summary"], "old");
    assert_eq!(nothing, Vec::<Value>::new());
    assert_eq!(caught_up[0]["summary"], "new");
}

#[tokio::test]
async fn one_event_can_be_read_alone() {
    let world = World::new().await;
    let id = world
        .simulator
        .put_event(AMELIA, json!({ "summary": "alone" }));

    assert_eq!(
        world.get(&format!("{EVENTS}/{id}")).await.json(),
        world.simulator.truth(AMELIA)[0]
    );
    assert_eq!(world.get(&format!("{EVENTS}/nothere")).await.status, 404);
    world.simulator.delete_event(AMELIA, &id);
    assert_eq!(
        world.get(&format!("{EVENTS}/{id}")).await.json()["status"],
        "cancelled"
    );
}
