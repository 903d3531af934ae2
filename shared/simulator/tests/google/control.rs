//! `/control`: the whole library, over HTTP.

use serde_json::{Value, json};

use crate::world::{AMELIA, EVENTS, HOOK, World};

async fn post(world: &World, path: &str, body: Value) -> Value {
    let answer = world.post(&format!("/control/{path}"), body).await;
    assert!(
        (200..300).contains(&answer.status),
        "{path}: {} {}",
        answer.status,
        answer.text
    );
    serde_json::from_str(&answer.text).unwrap_or(Value::Null)
}

#[tokio::test]
async fn a_world_can_be_built_and_changed() {
    let world = World::new().await;
    let account = post(&world, "accounts", json!({ "email": "x@example.com" })).await;
    let bearer = world
        .access_token(account["refresh_token"].as_str().expect("a token"))
        .await;
    post(
        &world,
        "calendars",
        json!({ "email": "x@example.com", "calendar": "team@example.com", "time_zone": "UTC" }),
    )
    .await;
    let event = json!({
        "start": { "dateTime": "2026-11-05T09:30:00Z" },
        "end": { "dateTime": "2026-11-05T09:45:00Z" },
        "recurrence": ["RRULE:FREQ=DAILY"],
    });
    let put = json!({ "calendar": "team@example.com", "action": "put", "event": event });
    let id = post(&world, "events", put).await["id"].clone();
    let start = "2026-11-06T09:30:00Z";
    for change in [
        json!({ "calendar": "team@example.com", "action": "cancel", "id": id, "original_start": start }),
        json!({ "calendar": "team@example.com", "action": "move", "id": id, "original_start": start, "start": start, "end": "2026-11-06T10:00:00Z" }),
        json!({ "calendar": "team@example.com", "action": "delete", "id": id }),
    ] {
        post(&world, "events", change).await;
    }
    post(
        &world,
        "bulk",
        json!({ "calendar": "team@example.com", "count": 3 }),
    )
    .await;

    let truth = world
        .get("/control/truth?calendar=team%40example.com")
        .await
        .json();

    assert_eq!(truth["items"].as_array().expect("items").len(), 3);
    let list = world
        .get_as(&bearer, "/calendar/v3/calendars/team%40example.com/events")
        .await
        .json();
    assert_eq!(list["items"], truth["items"]);
    assert_eq!(list["timeZone"], "UTC");
}

#[tokio::test]
async fn messages_can_be_provoked_and_watched() {
    let world = World::new().await;
    world.watch("ch-1").await;
    post(&world, "storm", json!({ "calendar": AMELIA, "updates": 5 })).await;
    world.accept_all();
    post(&world, "redeliver", json!({})).await;
    post(
        &world,
        "forge",
        json!({ "channel": "ch-1", "token": "attacker" }),
    )
    .await;
    post(
        &world,
        "notify",
        json!({ "channel": "ch-1", "state": "not_exists" }),
    )
    .await;
    post(
        &world,
        "faults",
        json!({ "fault": "drop_delivery", "often": { "next": 1 } }),
    )
    .await;
    post(
        &world,
        "storm",
        json!({ "calendar": AMELIA, "id": "abcde", "updates": 1 }),
    )
    .await;

    let deliveries = world.get("/control/deliveries").await.json();

    let column = |name: &str| -> Vec<String> {
        let rows = deliveries.as_array().expect("rows").iter();
        rows.map(|row| row[name].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    assert_eq!(
        column("state"),
        [
            "sync",
            "exists",
            "exists",
            "exists",
            "exists",
            "exists",
            "exists",
            "exists",
            "not_exists",
            "exists"
        ]
    );
    assert_eq!(
        column("fate")[5..],
        ["delivered", "waiting", "waiting", "waiting", "dropped"]
    );
    let channels = world.get("/control/channels").await.json();
    assert_eq!(
        (&channels[0]["address"], &channels[0]["live"]),
        (&json!(HOOK), &json!(true))
    );
}

#[tokio::test]
async fn grants_tokens_time_and_faults_can_be_ended() {
    let world = World::new().await;
    let (_, token) = world.round(None).await;
    post(
        &world,
        "faults",
        json!({ "fault": "quota", "retry_after": 3, "calendar": AMELIA, "often": "always" }),
    )
    .await;
    assert_eq!(world.get(EVENTS).await.status, 403);
    let request = http::Request::delete("/control/faults")
        .body(axum::body::Body::empty())
        .expect("a request");
    assert_eq!(world.send(request).await.status, 204);
    assert_eq!(world.get(EVENTS).await.status, 200);

    post(&world, "expire-sync-tokens", json!({ "calendar": AMELIA })).await;
    assert_eq!(world.page(Some(&token), None).await.status, 410);
    post(&world, "advance", json!({ "seconds": 60 })).await;
    assert_eq!(
        world.get("/control/clock").await.json()["now"],
        "2026-11-10T14:31:00Z"
    );
    post(&world, "revoke", json!({ "email": AMELIA })).await;
    assert_eq!(world.get(EVENTS).await.status, 401);
    let requests = world.get("/control/requests").await.json();
    assert_eq!(requests["violations"], json!([]));
}

#[tokio::test]
async fn a_delivery_map_off_this_machine_is_refused() {
    let world = World::new().await;
    let map = |base: &str| json!({ "https://hooks.example": { "base": base } });

    assert_eq!(
        world
            .post("/control/delivery-map", map("http://10.1.2.3"))
            .await
            .status,
        400
    );
    assert_eq!(
        world
            .post("/control/delivery-map", map("http://127.0.0.1:9"))
            .await
            .status,
        204
    );
}

#[tokio::test]
async fn a_service_account_comes_with_a_key_file() {
    let world = World::new().await;

    let account = post(&world, "service-accounts", json!({ "subjects": [AMELIA] })).await;

    assert_eq!(account["key_file"]["type"], "service_account");
    assert_eq!(account["key_file"]["client_email"], account["client_email"]);
}

#[tokio::test]
async fn what_does_not_exist_is_said_so() {
    let world = World::new().await;

    let answer = world
        .post(
            "/control/events",
            json!({ "calendar": "x", "action": "delete", "id": "y" }),
        )
        .await;

    assert_eq!(answer.status, 404);
    assert_eq!(answer.json()["error"], "there is no calendar `x`");
}
