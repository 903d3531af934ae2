//! Asking about several events at once.

use domain::diff::Item;
use domain::event::Kind;
use providers::{Ask, Found, Outage, ReadError};
use serde_json::{Value, json};

use super::look_up::{event_path, get, kinds, series_path};
use super::{access, event_ask, fixture, graph, moved, ok, place, series_ask, single, weekly};
use crate::server::{Reply, Server};
use crate::{client, json, understood};

async fn look_up_at(server: &Server, asks: &[Ask]) -> Result<Vec<Vec<Item>>, ReadError> {
    let found = client(server).look_up(&place(&access()), asks).await;
    found.and_then(understood)
}

/// What becomes of a batch with these answers to questions about `a` and `b`.
async fn answered(responses: &[Value]) -> Result<Vec<Vec<Item>>, ReadError> {
    let server = graph(vec![ok(&json!({"responses": responses}))]).await;
    look_up_at(&server, &[event_ask("a"), event_ask("b")]).await
}

fn response(id: &str, status: u16, body: &Value) -> Value {
    json!({"id": id, "status": status, "headers": {"Content-Type": "application/json"},
        "body": body})
}

fn found(id: &str, event: &Value) -> Value {
    response(id, 200, event)
}

#[tokio::test]
async fn several_events_are_asked_for_in_the_shape_of_the_fixture() {
    let expected = json(&fixture("batch-request.json"));
    let server = graph(vec![Reply::new(500, "")]).await;

    let _ = look_up_at(&server, &[event_ask("a=="), series_ask("m")]).await;

    let sent = server.request();
    let body = json(&sent.body);
    assert_eq!(sent.line, "POST /v1.0/$batch");
    assert_eq!(sent.headers["content-type"], "application/json");
    assert_eq!(shape(&body["requests"][0]), shape(&expected["requests"][0]));
    let preferences =
        r#"IdType="ImmutableId", outlook.timezone="UTC", outlook.body-content-type="text""#;
    let request = |id: &str, url: String| json!({"id": id, "method": "GET", "url": url, "headers": {"Prefer": preferences}});
    assert_eq!(
        body,
        json!({"requests": [
            request("0", event_path("a%3D%3D")),
            request("1", series_path("m")),
        ]})
    );
}

/// The names of the fields, and those of the headers.
fn shape(request: &Value) -> [Vec<&String>; 2] {
    [names(request), names(&request["headers"])]
}

fn names(value: &Value) -> Vec<&String> {
    value.as_object().expect("an object").keys().collect()
}

#[tokio::test]
async fn answers_in_any_order_belong_to_their_questions() {
    let found = answered(&[found("1", &single("b")), found("0", &single("a"))])
        .await
        .expect("answers");

    let ids: Vec<Vec<_>> = found
        .iter()
        .map(|items| items.iter().map(Item::id).collect())
        .collect();
    let (a, b) = (event_ask("a"), event_ask("b"));
    assert_eq!(ids, [[a.id()], [b.id()]]);
}

#[tokio::test]
async fn an_answer_to_another_question_is_unreadable() {
    let swapped = answered(&[found("0", &single("b")), found("1", &single("a"))]).await;

    assert!(
        matches!(swapped, Err(ReadError::Unreadable { .. })),
        "{swapped:?}"
    );
}

#[tokio::test]
async fn an_event_that_is_not_there_is_nothing_beside_the_others() {
    let missing = json!({"error": {"code": "ErrorItemNotFound"}});

    let found = answered(&[response("0", 404, &missing), found("1", &single("b"))])
        .await
        .expect("answers");

    assert_eq!(kinds(&found[0]), []);
    assert_eq!(kinds(&found[1]), [Some(Kind::Single)]);
}

#[tokio::test]
async fn a_batch_without_one_of_its_answers_is_unreadable() {
    for responses in [
        vec![],
        vec![found("0", &single("a"))],
        vec![found("0", &single("a")), found("2", &single("b"))],
    ] {
        let found = answered(&responses).await;
        assert!(
            matches!(found, Err(ReadError::Unreadable { .. })),
            "{found:?}"
        );
    }
}

#[tokio::test]
async fn one_answer_that_asks_for_patience_throttles_all() {
    // The fixture counts from one, we from zero.
    let text = fixture("batch-response-one-throttled.json")
        .replace(r#""id": "1""#, r#""id": "0""#)
        .replace(r#""id": "2""#, r#""id": "1""#);
    let id = "AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0ANvR0Zk7hP0y1cQ2WfT8LmAAB7dE3uAAA";
    let server = graph(vec![Reply::new(200, text)]).await;

    let found = look_up_at(&server, &[event_ask(id), event_ask("b")]).await;

    assert!(
        matches!(found, Err(ReadError::Throttled { wait: Some(wait) }) if wait.as_secs() == 7),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_wait_inside_is_believed_as_one_outside() {
    let wait = async |name: &str, value: Value| {
        let mut limit = response("1", 429, &json!({}));
        limit["headers"] = json!({name: value});
        match answered(&[found("0", &single("a")), limit]).await {
            Err(ReadError::Throttled { wait }) => wait.map(|wait| wait.as_secs()),
            other => panic!("not throttled: {other:?}"),
        }
    };

    assert_eq!(wait("retry-after", json!(" 5 ")).await, Some(5));
    assert_eq!(wait("Retry-After", json!(5)).await, Some(5));
    assert_eq!(wait("Retry-After", json!("999999999")).await, Some(86_400));
    for value in [
        json!("soon"),
        json!("-5"),
        json!(-5),
        json!(null),
        json!(["5"]),
    ] {
        assert_eq!(wait("Retry-After", value).await, None);
    }
    assert_eq!(wait("X-Retry-After", json!("5")).await, None);
}

#[tokio::test]
async fn a_refusal_inside_counts_as_one_outside() {
    let refused = async |status, code: &str| {
        let body = json!({"error": {"code": code}});
        answered(&[found("0", &single("a")), response("1", status, &body)])
            .await
            .unwrap_err()
    };

    let token = refused(401, "InvalidAuthenticationToken").await;
    assert!(matches!(token, ReadError::Unauthorized), "{token:?}");
    let mailbox = refused(404, "MailboxNotEnabledForRESTAPI").await;
    assert!(matches!(mailbox, ReadError::Refused { .. }), "{mailbox:?}");
    let broken = refused(504, "UnknownError").await;
    assert!(
        matches!(
            broken,
            ReadError::Unavailable {
                source: Outage::Status(504)
            }
        ),
        "{broken:?}"
    );
}

#[tokio::test]
async fn an_event_that_is_refused_costs_no_other() {
    let body = json!({"error": {"code": "ErrorAccessDenied"}});
    let responses = json!({"responses": [response("0", 403, &body), found("1", &single("b"))]});
    let server = graph(vec![ok(&responses)]).await;

    let found = client(&server)
        .look_up(&place(&access()), &[event_ask("a"), event_ask("b")])
        .await
        .expect("answers");

    assert_eq!(found[0], Found::Unreadable);
    assert!(matches!(&found[1], Found::Items(items) if items.len() == 1));
}

#[tokio::test]
async fn a_batch_whose_answer_is_too_large_is_asked_for_one_by_one() {
    let large = Reply::new(200, vec![b' '; 64 * 1024]).endless();
    let server = graph(vec![large, ok(&single("a")), ok(&single("b"))]).await;

    let found = look_up_at(&server, &[event_ask("a"), event_ask("b")])
        .await
        .expect("answers");

    assert_eq!(kinds(&found[0]), [Some(Kind::Single)]);
    assert_eq!(kinds(&found[1]), [Some(Kind::Single)]);
    assert_eq!(server.requests()[1].line, get(&event_path("a")));
}

#[tokio::test]
async fn a_batch_that_is_refused_as_a_whole_is_refused() {
    let limit = Reply::parse(&fixture("error-429-too-many-requests.http"));
    let server = graph(vec![limit]).await;

    let found = look_up_at(&server, &[event_ask("a"), event_ask("b")]).await;

    assert!(
        matches!(found, Err(ReadError::Throttled { wait: Some(wait) }) if wait.as_secs() == 10),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_series_found_in_a_batch_is_completed_outside_of_it() {
    let responses = json!({"responses": [
        found("0", &moved("m", "2026-11-26")),
        found("1", &single("b")),
    ]});
    let server = graph(vec![ok(&responses), ok(&weekly("m", &[]))]).await;

    let found = look_up_at(&server, &[event_ask("moved-2026-11-26"), event_ask("b")])
        .await
        .expect("answers");

    assert_eq!(kinds(&found[0]), [Some(Kind::Master), None]);
    assert_eq!(kinds(&found[1]), [Some(Kind::Single)]);
    assert_eq!(server.requests()[1].line, get(&series_path("m")));
}

#[tokio::test]
async fn what_is_not_in_the_shape_of_a_batch_is_unreadable() {
    let good = found("0", &single("a"));
    for body in [
        json!({}),
        json!([]),
        json!({"responses": {}}),
        json!({"responses": [good, 7]}),
        json!({"responses": [good, {"id": 1, "status": 200}]}),
        json!({"responses": [good, {"id": "1", "status": "200"}]}),
        json!({"responses": [good, {"id": "1", "status": 7}]}),
        json!({"responses": [good, {"id": "1", "status": 70_000}]}),
        json!({"responses": [good, {"id": "1", "status": 200}]}),
        json!({"responses": [good, {"id": "1", "status": 200, "body": "event"}]}),
        json!({"responses": [good, {"id": "1", "status": 302, "body": {}}]}),
    ] {
        let server = graph(vec![ok(&body)]).await;

        let found = look_up_at(&server, &[event_ask("a"), event_ask("b")]).await;

        assert!(
            matches!(found, Err(ReadError::Unreadable { .. })),
            "{body}: {found:?}"
        );
    }
}

#[tokio::test]
async fn an_event_that_is_not_understood_costs_no_other() {
    let strange = json!({"id": "a", "type": "singleInstance", "subject": "Without a time"});
    let responses = json!({"responses": [found("0", &strange), found("1", &single("b"))]});
    let server = graph(vec![ok(&responses)]).await;

    let found = client(&server)
        .look_up(&place(&access()), &[event_ask("a"), event_ask("b")])
        .await
        .expect("answers");

    assert_eq!(found[0], Found::Unreadable);
    assert!(matches!(&found[1], Found::Items(items) if items.len() == 1));
}
