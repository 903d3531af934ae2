//! Who may ask, and what a stranger learns: nothing.

use domain::Provider;
use domain::api_key::Scope;
use jiff::SignedDuration;
use lambda_http::http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use testkit::world::Answered;

use super::document::{Operation, operations};
use super::scene::{Office, is_problem, text};

#[tokio::test]
async fn whatever_is_wrong_with_a_key_is_answered_with_the_same_bytes() {
    let office = Office::open(Provider::Google).await;
    let other = office.world.another_tenant("beatrix@example.com").await;
    let stranger = other.key(Scope::Admin).await;
    let good = &office.admin;
    let (id, secret) = good.rsplit_once('_').expect("a key has two parts");
    let revoked = revoked(&office).await;
    let mut wrong = vec![
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Basic {good}"),
        good.clone(),
        format!("Bearer {}", good.to_lowercase()),
        format!("Bearer {good}A"),
        format!("Bearer {id}_{}", "A".repeat(secret.len())),
        // Another key's secret.
        format!(
            "Bearer {id}_{}",
            stranger.rsplit('_').next().unwrap_or_default()
        ),
        "Bearer cw_01ARZ3NDEKTSV4RRFFQ69G5FAV_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
            .to_owned(),
        format!("Bearer {revoked}"),
    ];

    let expected = ask(&office, &[]).await;
    is_problem(&expected, 401, "unauthorized");
    assert_eq!(expected.headers["www-authenticate"], "Bearer");
    for header in wrong.drain(..) {
        let answered = ask(&office, &[&header]).await;
        assert_eq!(answered, expected, "{header}");
    }
    let good = format!("Bearer {good}");
    assert_eq!(ask(&office, &[&good]).await.status, StatusCode::OK);
    // Of two keys nobody could say which one is meant.
    assert_eq!(ask(&office, &[&good, &good]).await, expected);
}

async fn ask(office: &Office, headers: &[&str]) -> Answered {
    let mut request = Request::builder().uri("/api/organization");
    for header in headers {
        request = request.header("authorization", *header);
    }
    let request = request.body(axum::body::Body::empty()).expect("a request");
    office.world.send(request).await
}

/// A key that was given, used and taken away, more than a minute ago.
async fn revoked(office: &Office) -> String {
    let key = office.world.key(Scope::Admin).await;
    office.world.get(&key, "/api/organization").await;
    let path = format!("/api/keys/{}", id_of(&key));
    let gone = office
        .world
        .call(&office.admin, Method::DELETE, &path, Value::Null)
        .await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    // This sandbox has seen it and believes it for a minute.
    office.world.get(&key, "/api/organization").await;
    office.world.advance(SignedDuration::from_secs(61));
    key
}

fn id_of(key: &str) -> String {
    format!("key_{}", key.split('_').nth(1).expect("a key has parts"))
}

#[tokio::test]
async fn each_operation_needs_the_scope_that_the_document_says() {
    let office = Office::open(Provider::Google).await;
    let keys = [
        ("viewer", &office.viewer),
        ("operator", &office.operator),
        ("admin", &office.admin),
    ];
    let place = |scope: &str| keys.iter().position(|(name, _)| *name == scope);

    for Operation {
        method,
        path,
        scope,
    } in operations()
    {
        let Some(needed) = scope else {
            assert_eq!(path, "/api/openapi.json", "only the document needs no key");
            continue;
        };
        for (has, key) in keys {
            let concrete = path.replace("{id}", "nothing");
            let answered = office
                .world
                .call(key, method.clone(), &concrete, Value::Null)
                .await;
            let is_enough = place(has) >= place(&needed);
            let is_refused = answered.status == StatusCode::FORBIDDEN;
            assert_eq!(is_refused, !is_enough, "{method} {path} with {has}");
            if is_refused {
                is_problem(&answered, 403, "forbidden");
            }
        }
    }
}

#[tokio::test]
async fn a_key_is_shown_once_and_works_at_once() {
    let office = Office::open(Provider::Google).await;
    let wanted = json!({ "name": "Console", "scope": "viewer" });

    let given = office
        .world
        .call(&office.admin, Method::POST, "/api/keys", wanted)
        .await;

    assert_eq!(given.status, StatusCode::CREATED, "{given:?}");
    let key = text(&given.body["key"]);
    let organization = office.world.get(&key, "/api/organization").await;
    assert_eq!(
        organization["id"],
        office.world.organization.to_string(),
        "the key's own"
    );
    let listed = office.world.get(&office.admin, "/api/keys").await;
    let secret = key.rsplit('_').next().unwrap_or_default();
    assert!(!listed.to_string().contains(secret));
    let items = crate::scenarios::items(&office.world, "test-api-keys").await;
    let stored = format!("{items:?}");
    assert!(!stored.contains(secret), "only a hash is stored");
}

#[tokio::test]
async fn a_key_does_not_revoke_itself() {
    let office = Office::open(Provider::Google).await;
    let path = format!("/api/keys/{}", id_of(&office.admin));

    let refused = office
        .world
        .call(&office.admin, Method::DELETE, &path, Value::Null)
        .await;

    is_problem(&refused, 409, "conflict");
    office.world.get(&office.admin, "/api/keys").await;
}

#[tokio::test]
async fn a_known_key_costs_no_call_for_a_minute_and_an_unknown_one_costs_one() {
    let office = Office::open(Provider::Google).await;
    let unknown = "cw_01ARZ3NDEKTSV4RRFFQ69G5FAV_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    office.get("/api/organization").await;
    office.world.cloud.take_calls();

    office.get("/api/organization").await;
    assert_eq!(
        calls(&office),
        [
            "dynamodb GetItem test-organizations",
            "dynamodb BatchGetItem test-organizations"
        ]
    );

    office.world.advance(SignedDuration::from_secs(60));
    office.get("/api/organization").await;
    assert_eq!(
        calls(&office),
        [
            "dynamodb GetItem test-api-keys",
            "dynamodb GetItem test-organizations",
            "dynamodb BatchGetItem test-organizations"
        ]
    );

    for _ in 0..2 {
        let header = format!("Bearer {unknown}");
        ask(&office, &[&header]).await;
        assert_eq!(calls(&office), ["dynamodb GetItem test-api-keys"]);
    }
    ask(&office, &["Bearer forged"]).await;
    assert!(calls(&office).is_empty());
}

fn calls(office: &Office) -> Vec<String> {
    let calls = office.world.cloud.take_calls();
    calls.iter().map(ToString::to_string).collect()
}
