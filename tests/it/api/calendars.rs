//! A calendar's life, as an operator sees it.

use domain::Provider;
use lambda_http::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::scene::{Office, is_problem, text};
use crate::both::for_both;
use crate::events_of::meeting;
use crate::scenarios::arrives;

for_both! {
    a_calendar_is_watched_paused_resumed_and_ended,
    what_is_refused_says_what_to_do,
    a_resync_reads_everything_and_tells_what_differs,
    a_refreshed_calendar_still_hears_of_changes,
}

async fn a_calendar_is_watched_paused_resumed_and_ended(provider: Provider) {
    let office = Office::open(provider).await;
    let world = &office.world;

    let watched = office.watch(world.main()).await;
    let id = text(&watched["id"]);
    assert_eq!(watched["status"], "active");
    assert_eq!(watched["freshness_seconds"], Value::Null, "never read yet");
    assert_eq!(watched["subscriptions"].as_array().map(Vec::len), Some(1));
    world.settle().await;

    let settled = office.get(&format!("/api/calendars/{id}")).await;
    assert_eq!(settled["push"], "proven", "{settled}");
    assert_eq!(settled["freshness_seconds"], 0);
    assert_eq!(settled["last_seq"], settled["published_seq"]);
    let listed = office.get("/api/calendars").await;
    assert_eq!(listed, json!({ "items": [settled], "next": null }));

    assert_eq!(office.act(&id, "pause").await["status"], "paused");
    assert_eq!(office.act(&id, "pause").await["status"], "paused", "again");
    let before = settled["last_seq"].clone();
    world.put(meeting("Budget"));
    arrives(world).await;
    world.settle().await;
    let paused = office.get(&format!("/api/calendars/{id}")).await;
    assert_eq!(paused["last_seq"], before, "nothing is read meanwhile");

    assert_eq!(office.act(&id, "resume").await["status"], "active");
    world.settle().await;
    let resumed = office.get(&format!("/api/calendars/{id}")).await;
    assert_eq!(
        resumed["last_seq"].as_u64(),
        before.as_u64().map(|seq| seq + 1)
    );

    let path = format!("/api/calendars/{id}");
    let ended = office.ask(Method::DELETE, &path, Value::Null).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    world.settle().await;
    let after = office.get(&path).await;
    assert_eq!(after["status"], "unwatched");
    assert_eq!(after["subscriptions"], json!([]));
    let subscriptions = office.get("/api/webhook-subscriptions").await;
    assert_eq!(subscriptions["items"][0]["state"], "stopped");
    assert_eq!(subscriptions["items"][0]["live"], false);
}

async fn what_is_refused_says_what_to_do(provider: Provider) {
    let office = Office::open(provider).await;
    let world = &office.world;
    let id = text(&office.watch(world.main()).await["id"]);
    let path = format!("/api/calendars/{id}");
    office.ask(Method::DELETE, &path, Value::Null).await;

    for action in ["pause", "resume", "resync", "refresh"] {
        let refused = office
            .ask(Method::PUT, &path, json!({ "action": action }))
            .await;
        is_problem(&refused, 409, "conflict");
    }
    let nowhere = json!({
        "connection": world.connection.to_string(),
        "external_id": match provider {
            Provider::Google => "nobody@example.com",
            Provider::Microsoft => "users/00000000-0000-0000-0000-000000000000",
        },
    });
    let refused = office.ask(Method::POST, "/api/calendars", nowhere).await;
    is_problem(&refused, 422, "invalid");
    assert_eq!(refused.body["errors"][0]["field"], "external_id");
}

async fn a_resync_reads_everything_and_tells_what_differs(provider: Provider) {
    let office = Office::open(provider).await;
    let world = &office.world;
    world.put(meeting("Budget"));
    let id = text(&office.watch(world.main()).await["id"]);
    world.settle().await;
    let before = office.get(&format!("/api/calendars/{id}")).await;

    let asked = office.act(&id, "resync").await;
    assert_eq!(asked["status"], "active");
    world.settle().await;

    let after = office.get(&format!("/api/calendars/{id}")).await;
    assert_eq!(after["last_seq"], before["last_seq"], "nothing differed");
    let runs = office.get(&format!("/api/calendars/{id}/runs")).await;
    let whole = runs["items"].as_array().expect("runs").iter();
    let whole = whole.filter(|run| run["items"].as_u64() > Some(0)).count();
    assert_eq!(
        whole, 2,
        "the import, and the whole read that was asked for"
    );
}

async fn a_refreshed_calendar_still_hears_of_changes(provider: Provider) {
    let (office, key) = Office::with_calendar(provider).await;
    let world = &office.world;
    let id = key.calendar.to_string();

    office.act(&id, "refresh").await;
    world.settle().await;
    world.put(meeting("Budget"));
    arrives(world).await;
    world.settle().await;

    let changes = office.get(&format!("/api/calendars/{id}/changes")).await;
    let last = changes["items"]
        .as_array()
        .and_then(|it| it.last())
        .cloned();
    let last = last.expect("a change");
    assert_eq!(last["type"], "created");
    assert_eq!(last["after"]["title"], "Budget");
}
