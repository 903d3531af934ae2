//! The shape of every answer, as programs see it.

use domain::Provider;
use lambda_http::http::{Method, StatusCode};
use serde_json::{Map, Value, json};
use simulator::Settings;
use testkit::World;

use super::scene::Office;
use crate::events_of::{meeting, stand_up};

#[tokio::test]
async fn every_answer_has_its_shape() {
    let world = World::start_at(Provider::Google, Settings::default()).await;
    world.put(stand_up());
    let key = world.watch_main().await;
    world.put(meeting("Budget"));
    world.settle().await;
    let office = Office::of(world).await;
    let calendar = format!("/api/calendars/{}", key.calendar);
    let mut shapes = Map::new();

    for path in [
        "/api/organization",
        "/api/switches",
        "/api/health",
        "/api/keys",
        "/api/connections",
        "/api/calendars",
        "/api/webhook-subscriptions",
        &format!("{calendar}/events?limit=1"),
        &format!("{calendar}/changes?limit=2"),
        &format!("{calendar}/runs?limit=1"),
    ] {
        let answered = office.world.get(&office.admin, path).await;
        let name = path.replace(&key.calendar.to_string(), "{id}");
        shapes.insert(format!("GET {name}"), shape(&answered));
    }
    let wanted = json!({ "name": "Console", "scope": "viewer" });
    let given = office
        .world
        .call(&office.admin, Method::POST, "/api/keys", wanted)
        .await;
    assert_eq!(given.status, StatusCode::CREATED);
    shapes.insert("POST /api/keys".to_owned(), shape(&given.body));
    let paused = office.act(&key.calendar.to_string(), "pause").await;
    shapes.insert("PUT /api/calendars/{id}".to_owned(), shape(&paused));

    insta::assert_json_snapshot!(shapes);
}

/// The same with what differs from run to run left out: identifiers, times, and what follows from
/// them.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .map(|(name, value)| match value {
                Value::String(_) if name == "next" => (name.clone(), json!("<cursor>")),
                value => (name.clone(), shape(value)),
            })
            .collect(),
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::String(text) => json!(plain(text)),
        Value::Null | Value::Bool(_) => value.clone(),
        Value::Number(number) if number.is_f64() => json!("<seconds>"),
        Value::Number(_) => value.clone(),
    }
}

fn plain(text: &str) -> String {
    let prefixes = [
        "org_", "key_", "con_", "cal_", "sub_", "evt_", "run_", "cor_", "cw_",
    ];
    let id = prefixes.into_iter().find(|prefix| text.starts_with(prefix));
    match id {
        Some(prefix) if text.len() >= 30 => format!("{prefix}…"),
        Some(_) | None if text.parse::<jiff::Timestamp>().is_ok() => "<time>".to_owned(),
        Some(_) | None => text.to_owned(),
    }
}
