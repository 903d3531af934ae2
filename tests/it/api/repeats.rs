//! `Idempotency-Key`: a request that its sender repeats is carried out once.

use aws_sdk_dynamodb::types::AttributeValue;
use axum::body::Body;
use domain::Provider;
use jiff::SignedDuration;
use lambda_http::http::{Request, StatusCode};
use serde_json::{Value, json};
use testkit::world::Answered;
use testkit::{Failure, On};

use super::scene::{Office, is_problem};

async fn post(office: &Office, path: &str, name: &str, body: &Value) -> Answered {
    let request = Request::post(path)
        .header("authorization", format!("Bearer {}", office.admin))
        .header("idempotency-key", name)
        .body(Body::from(body.to_string()));
    office.world.send(request.expect("a request")).await
}

fn main_calendar(office: &Office) -> Value {
    json!({
        "connection": office.world.connection.to_string(),
        "external_id": office.world.main(),
    })
}

async fn calendars(office: &Office) -> usize {
    let listed = office.get("/api/calendars").await;
    listed["items"].as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn a_repeated_request_is_answered_as_it_was() {
    let office = Office::open(Provider::Google).await;
    let wanted = main_calendar(&office);

    let first = post(&office, "/api/calendars", "one", &wanted).await;
    office.world.settle().await;
    let again = post(&office, "/api/calendars", "one", &wanted).await;

    assert_eq!(first.status, StatusCode::CREATED);
    assert_eq!(again.bytes, first.bytes);
    assert_eq!(again.status, first.status);
    assert_eq!(calendars(&office).await, 1);
}

#[tokio::test]
async fn another_name_is_another_request() {
    let office = Office::open(Provider::Google).await;
    let wanted = json!({
        "provider": "google",
        "grant": {
            "kind": "google_refresh_token",
            "refresh_token": office.world.google.add_account("b@example.com").refresh_token,
        },
    });

    let one = post(&office, "/api/connections", "one", &wanted).await;
    let two = post(&office, "/api/connections", "two", &wanted).await;

    assert_eq!(one.status, StatusCode::CREATED, "{one:?}");
    assert_ne!(one.body["id"], two.body["id"]);
}

#[tokio::test]
async fn a_name_is_good_for_one_request_only() {
    let office = Office::open(Provider::Google).await;
    post(&office, "/api/calendars", "one", &main_calendar(&office)).await;

    let other_body = json!({
        "connection": office.world.connection.to_string(),
        "external_id": "another@example.com",
    });
    let refused = post(&office, "/api/calendars", "one", &other_body).await;

    is_problem(&refused, 422, "invalid");
    assert_eq!(refused.body["errors"][0]["field"], "Idempotency-Key");
    let other_path = json!({ "name": "a", "scope": "viewer" });
    let refused = post(&office, "/api/keys", "one", &other_path).await;
    is_problem(&refused, 422, "invalid");
}

#[tokio::test]
async fn a_name_is_forgotten_after_a_day_by_the_clock() {
    let office = Office::open(Provider::Google).await;
    let key = json!({ "name": "a", "scope": "viewer" });
    post(&office, "/api/keys", "one", &key).await;

    office.world.advance(SignedDuration::from_hours(24));
    let later = post(&office, "/api/keys", "one", &key).await;

    // DynamoDB has not deleted it yet.
    let rows = crate::scenarios::items(&office.world, "test-idempotency").await;
    assert_eq!(rows.len(), 1);
    assert_eq!(later.status, StatusCode::CREATED, "{later:?}");
}

#[tokio::test]
async fn the_names_of_two_organizations_are_two() {
    let office = Office::open(Provider::Google).await;
    let other = office.world.another_tenant("b@example.com").await;
    let other = Office::of(other).await;

    let one = post(&office, "/api/calendars", "one", &main_calendar(&office)).await;
    let two = post(&other, "/api/calendars", "one", &main_calendar(&other)).await;

    assert_eq!(one.status, StatusCode::CREATED);
    assert_eq!(two.status, StatusCode::CREATED, "{two:?}");
}

#[tokio::test]
async fn of_two_at_once_one_is_carried_out() {
    let office = Office::open(Provider::Google).await;
    let wanted = main_calendar(&office);

    let (one, two) = tokio::join!(
        post(&office, "/api/calendars", "one", &wanted),
        post(&office, "/api/calendars", "one", &wanted),
    );

    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort();
    assert_eq!(statuses, [201, 409], "{one:?} {two:?}");
    assert_eq!(calendars(&office).await, 1);
}

#[tokio::test]
async fn a_request_whose_sandbox_died_can_be_repeated_after_a_minute() {
    let office = Office::open(Provider::Google).await;
    let key = json!({ "name": "a", "scope": "viewer" });
    post(&office, "/api/keys", "one", &key).await;
    forget_the_answer(&office).await;

    let early = post(&office, "/api/keys", "one", &key).await;
    is_problem(&early, 409, "conflict");
    office.world.advance(SignedDuration::from_secs(61));
    let late = post(&office, "/api/keys", "one", &key).await;

    assert_eq!(late.status, StatusCode::CREATED, "{late:?}");
}

/// As if whoever claimed the request had died before it was answered.
async fn forget_the_answer(office: &Office) {
    let client = aws_sdk_dynamodb::Client::new(&office.world.cloud.sdk_config());
    let name = format!("{}/one", office.world.organization);
    client
        .update_item()
        .table_name("test-idempotency")
        .key("request", AttributeValue::S(name))
        .update_expression("REMOVE #status")
        .expression_attribute_names("#status", "status")
        .send()
        .await
        .expect("a healthy AWS");
}

#[tokio::test]
async fn a_failure_is_not_remembered() {
    let office = Office::open(Provider::Google).await;
    let key = json!({ "name": "a", "scope": "viewer" });
    let put = On::operation("PutItem").resource("test-api-keys");
    let cloud = &office.world.cloud;
    cloud.fail_next(put, Failure::ServiceUnavailable, 3);

    let failed = post(&office, "/api/keys", "one", &key).await;
    is_problem(&failed, 503, "unavailable");
    assert_eq!(failed.headers["retry-after"], "5");
    assert_eq!(cloud.failures_left(), 0);
    let again = post(&office, "/api/keys", "one", &key).await;

    assert_eq!(again.status, StatusCode::CREATED, "{again:?}");
}

#[tokio::test]
async fn a_key_is_not_kept_for_a_repetition() {
    let office = Office::open(Provider::Google).await;
    let wanted = json!({ "name": "Console", "scope": "viewer" });

    let given = post(&office, "/api/keys", "one", &wanted).await;
    let again = post(&office, "/api/keys", "one", &wanted).await;

    is_problem(&again, 409, "conflict");
    let rows = crate::scenarios::items(&office.world, "test-idempotency").await;
    let key = given.body["key"].as_str().expect("a key");
    let secret = key.rsplit('_').next().unwrap_or_default();
    assert!(!format!("{rows:?}").contains(secret));
}

#[tokio::test]
async fn a_name_has_visible_characters_only() {
    let office = Office::open(Provider::Google).await;
    let key = json!({ "name": "a", "scope": "viewer" });

    for name in ["", "with space", &"x".repeat(256), "caf\u{e9}"] {
        let refused = post(&office, "/api/keys", name, &key).await;
        is_problem(&refused, 422, "invalid");
    }
}
