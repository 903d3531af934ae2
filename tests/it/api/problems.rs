//! Refusals: one shape, and always what to do.

use axum::body::Body;
use domain::Provider;
use jiff::SignedDuration;
use lambda_http::http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use testkit::Service;

use super::scene::{Office, is_problem};

#[tokio::test]
async fn all_bad_fields_are_named_at_once() {
    let office = Office::open(Provider::Google).await;
    let body = json!({
        "provider": "yahoo",
        "grant": { "kind": "google_service_account", "client_email": 7, "subject": "" },
        "calendar": "primary",
    });

    let refused = office.ask(Method::POST, "/api/connections", body).await;

    is_problem(&refused, 422, "invalid");
    let errors = refused.body["errors"].as_array().expect("errors").iter();
    let lines: Vec<String> = errors
        .map(|error| {
            let field = error["field"].as_str().unwrap_or_default();
            let message = error["message"].as_str().unwrap_or_default();
            format!("{field}: {message}")
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    provider: must be one of google, microsoft
    grant.client_email: must be a text
    grant.key_id: is missing
    grant.private_key: is missing
    grant.subject: must have 1 to 256 characters, none of them control characters
    calendar: is not known here
    ");
}

#[tokio::test]
async fn a_body_that_can_not_be_read_is_not_repeated() {
    let office = Office::open(Provider::Google).await;
    for (body, status, slug) in [
        ("s3cret".to_owned(), 400, "bad_request"),
        ("[1]".to_owned(), 400, "bad_request"),
        (String::new(), 400, "bad_request"),
        (format!("\"{}\"", "s3cret".repeat(12_000)), 413, "too_large"),
    ] {
        let request = Request::post("/api/connections")
            .header("authorization", format!("Bearer {}", office.operator))
            .body(Body::from(body));
        let refused = office.world.send(request.expect("a request")).await;

        is_problem(&refused, status, slug);
        assert!(!refused.body.to_string().contains("s3cret"));
    }
}

#[tokio::test]
async fn what_is_not_there_and_what_can_not_be_done_are_problems_as_well() {
    let office = Office::open(Provider::Google).await;

    for path in ["/api", "/api/", "/api/nothing", "/graphql", "/api/keys/"] {
        let missing = office.ask(Method::GET, path, Value::Null).await;
        is_problem(&missing, 404, "not_found");
    }
    let refused = office
        .ask(Method::PATCH, "/api/calendars", Value::Null)
        .await;
    is_problem(&refused, 405, "method_not_allowed");
    let allowed = refused.headers["allow"].to_str().expect("methods");
    assert!(allowed.contains("POST"), "{allowed}");
}

#[tokio::test]
async fn no_answer_is_kept_or_taken_for_what_it_is_not() {
    let office = Office::open(Provider::Google).await;

    for path in ["/api/organization", "/api/openapi.json", "/api/nothing"] {
        let answered = office.ask(Method::GET, path, Value::Null).await;
        assert_eq!(answered.headers["cache-control"], "no-store", "{path}");
        assert_eq!(answered.headers["x-content-type-options"], "nosniff");
        assert!(!answered.headers.contains_key("access-control-allow-origin"));
    }
}

#[tokio::test]
async fn the_document_needs_no_key() {
    let office = Office::open(Provider::Google).await;
    let request = Request::get("/api/openapi.json").body(Body::empty());

    let answered = office.world.send(request.expect("a request")).await;

    assert_eq!(answered.status, StatusCode::OK);
    assert_eq!(answered.body["openapi"], "3.1.0");
    assert_eq!(answered.bytes, api::openapi().as_bytes());
}

#[tokio::test]
async fn what_fails_behind_us_is_unavailable_and_says_nothing_of_it() {
    let office = Office::open(Provider::Google).await;
    office.get("/api/organization").await;
    office.world.cloud.break_service(Service::DynamoDb);

    let known = office.ask(Method::GET, "/api/calendars", Value::Null).await;
    is_problem(&known, 503, "unavailable");
    office.world.advance(SignedDuration::from_mins(2));
    let forgotten = office.ask(Method::GET, "/api/calendars", Value::Null).await;
    is_problem(&forgotten, 503, "unavailable");

    let said = known.body.to_string().to_lowercase();
    assert!(
        !said.contains("dynamo") && !said.contains("table"),
        "{said}"
    );
}

#[tokio::test]
async fn a_limit_has_limits_and_a_cursor_is_ours() {
    let office = Office::open(Provider::Google).await;

    for query in [
        "limit=0",
        "limit=201",
        "limit=many",
        "cursor=nonsense",
        "cursor=Y2FsXzE",
        "page=2",
        "limit=1&limit=2",
    ] {
        let path = format!("/api/calendars?{query}");
        let refused = office.ask(Method::GET, &path, Value::Null).await;
        is_problem(&refused, 422, "invalid");
    }
}
