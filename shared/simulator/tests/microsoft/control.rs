//! `/control/microsoft`: Graph's side of the library, over HTTP.

use serde_json::{Value, json};

use crate::world::{Answer, World, items, weekly};

async fn post(world: &World, path: &str, body: Value) -> Answer {
    let request = http::Request::post(format!("/control/microsoft/{path}"))
        .header("content-type", "application/json")
        .body(axum::body::Body::from(body.to_string()));
    world.send(request.expect("a request")).await
}

async fn get(world: &World, path: &str) -> Value {
    let request = http::Request::get(format!("/control/microsoft/{path}"));
    let request = request.body(axum::body::Body::empty());
    world.send(request.expect("a request")).await.json()
}

#[tokio::test]
async fn a_world_can_be_built_and_changed() {
    let world = World::new().await;
    let user = "ravi.south@contoso.example";
    let mailbox = post(&world, "mailboxes", json!({ "user": user }))
        .await
        .json();
    let new = json!({ "user_id": mailbox["user_id"], "calendar": "AAMkTeam" });
    let calendar = post(&world, "calendars", new).await.json()["calendar"].clone();
    let event = json!({ "calendar": calendar, "action": "put", "event": weekly() });
    let id = post(&world, "events", event).await.json()["id"].clone();
    for action in [
        json!({ "action": "cancel", "original_start": "2026-11-12" }),
        json!({ "action": "change", "original_start": "2026-11-19", "event": { "subject": "x" } }),
        json!({ "action": "move", "original_start": "2026-11-26", "start": "2026-11-26T12:00:00Z", "end": "2026-11-26T13:00:00Z" }),
    ] {
        let mut change = action;
        change["calendar"] = calendar.clone();
        change["id"] = id.clone();
        assert_eq!(post(&world, "events", change).await.status, 200);
    }
    let storm = json!({ "calendar": calendar, "updates": 2 });
    let other = post(&world, "storm", storm).await.json()["id"].clone();
    let delete = json!({ "calendar": calendar, "action": "delete", "id": other });
    post(&world, "events", delete).await;
    post(&world, "bulk", json!({ "calendar": calendar, "count": 3 })).await;

    let path = calendar.as_str().expect("a path");
    let truth = get(&world, &format!("truth?calendar={path}")).await;

    assert_eq!(truth["items"].as_array().map(Vec::len), Some(4));
    assert_eq!(truth["items"], json!(world.graph.truth(path)));
    let exceptions = &truth["items"][0]["exceptionOccurrences"];
    assert_eq!(exceptions.as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn grants_and_subscriptions_can_be_ended() {
    let world = World::new().await;
    let id = world.subscribed().await;
    let missed = json!({ "subscription": id, "kind": "reauthorization_required" });

    assert_eq!(post(&world, "lifecycle", missed).await.status, 204);
    let told = items(&world.accept_all()[0]);
    assert_eq!(told[0]["lifecycleEvent"], "reauthorizationRequired");
    let one = json!({ "subscription": id });
    assert_eq!(post(&world, "remove-subscription", one).await.status, 204);
    assert!(!world.simulator.channels()[0].live);
    let user = json!({ "user_id": world.mailbox.user_id });
    let code = post(&world, "codes", user.clone()).await.json();
    assert!(code["code"].is_string());
    assert_eq!(post(&world, "revoke", user).await.status, 204);
    assert_eq!(world.event("x", "").await.status, 401);
}

#[tokio::test]
async fn a_tenant_can_consent_and_the_certificate_is_shown() {
    let world = World::new().await;
    let tenant = &world.mailbox.tenant_id;
    post(&world, "tenants", json!({ "tenant_id": tenant })).await;
    let scope = "https://graph.microsoft.com/.default";
    let fields = [("grant_type", "client_credentials"), ("scope", scope)];

    assert_eq!(world.token(tenant, &fields).await.status, 200);
    let shown = get(&world, "certificate").await;
    let certificate = world.graph.certificate();
    assert_eq!(
        shown["thumbprint_sha256"],
        json!(certificate.thumbprint_sha256)
    );
}

#[tokio::test]
async fn what_does_not_exist_is_said_so() {
    let world = World::new().await;
    let put = json!({ "calendar": "users/x", "action": "put", "event": {} });

    let answer = post(&world, "events", put).await;

    assert_eq!(answer.status, 404);
    assert_eq!(answer.json()["error"], "there is no calendar `users/x`");
}
