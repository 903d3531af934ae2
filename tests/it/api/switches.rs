//! Switching something off for one organization, and on again.

use domain::Provider;
use lambda_http::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::scene::{Office, is_problem};
use crate::both::for_both;
use crate::events_of::meeting;
use crate::scenarios::{arrives, is_true, minutes, seconds};

for_both! {
    what_is_switched_off_is_owed_until_it_is_on_again,
}

async fn what_is_switched_off_is_owed_until_it_is_on_again(provider: Provider) {
    let (office, key) = Office::with_calendar(provider).await;
    let world = &office.world;
    let path = format!("/api/calendars/{}", key.calendar);
    let before = office.get(&path).await["last_seq"].clone();

    let off = json!({ "sync": "off" });
    let turned = office
        .done(Method::PUT, "/api/switches", off, StatusCode::OK)
        .await;
    assert_eq!(turned["organization"]["sync"], "off");
    assert_eq!(turned["effective"]["sync"], "off");
    assert_eq!(turned["everywhere"]["sync"], "on");
    assert_eq!(turned["organization"]["publish"], "on", "the others stay");
    // Functions believe what they have read for half a minute.
    world.advance(seconds(31));
    world.put(meeting("Budget"));
    arrives(world).await;
    world.work().await;

    assert_eq!(office.get(&path).await["last_seq"], before);
    let organization = office.get("/api/organization").await;
    assert_eq!(organization["switches"]["sync"], "off");
    let health = office.get("/api/health").await;
    assert_eq!(health["status"], "degraded");
    assert_eq!(health["problems"][0]["kind"], "switched_off");

    let on = json!({ "sync": "on" });
    office
        .done(Method::PUT, "/api/switches", on, StatusCode::OK)
        .await;
    world.advance(minutes(10));
    world.sweep().await;
    world.settle().await;
    is_true(world, key, world.main()).await;
}

#[tokio::test]
async fn one_organizations_switches_are_not_anothers() {
    let office = Office::open(Provider::Google).await;
    let other = office.world.another_tenant("b@example.com").await;
    let other = Office::of(other).await;

    let off = json!({ "ingest": "record_only", "publish": "off" });
    office
        .done(Method::PUT, "/api/switches", off, StatusCode::OK)
        .await;

    let all_on = json!({ "ingest": "on", "sync": "on", "publish": "on" });
    assert_eq!(other.get("/api/switches").await["effective"], all_on);
}

#[tokio::test]
async fn a_switch_has_its_positions_and_no_other() {
    let office = Office::open(Provider::Google).await;

    for body in [
        json!({}),
        json!({ "ingest": "off" }),
        json!({ "sync": "record_only" }),
        json!({ "publish": true }),
        json!({ "everywhere": { "sync": "off" } }),
    ] {
        let refused = office.ask(Method::PUT, "/api/switches", body).await;
        is_problem(&refused, 422, "invalid");
    }
    let viewer = office
        .world
        .call(&office.viewer, Method::PUT, "/api/switches", Value::Null)
        .await;
    is_problem(&viewer, 403, "forbidden");
}
