//! Creating and ending channels: what is sent.

use domain::Provider::Google;
use providers::{ReadError, WatchError};
use serde_json::json;

use super::{access, fixture, place, wish};
use crate::server::{Reply, Server, parse};
use crate::{SUBSCRIPTION, client, json, now};

#[tokio::test]
async fn a_channel_is_asked_for_as_in_the_fixture() {
    let expected = parse(&fixture("watch-create-request.http")).expect("a request");
    let body = json(&expected.body);
    let text = |name: &str| body[name].as_str().expect("a text");
    let server = Server::answering(Reply::new(200, r#"{"resourceId":"r"}"#)).await;

    client(&server)
        .watch(
            &place("amelia.north@example.com", &access()),
            &wish(text("token"), text("address")),
            now(),
        )
        .await
        .expect("a channel");

    let sent = server.request();
    let mut with_our_id = body.clone();
    with_our_id["id"] = json!(SUBSCRIPTION.to_string());
    assert_eq!(sent.line, expected.line);
    assert_eq!(json(&sent.body), with_our_id);
    assert_eq!(
        sent.headers["authorization"],
        expected.headers["authorization"]
    );
    assert_eq!(sent.headers["content-type"], "application/json");
}

#[tokio::test]
async fn a_channel_is_ended_as_in_the_fixture() {
    let expected = parse(&fixture("channels-stop-request.http")).expect("a request");
    let mut body = json(&expected.body);
    body["id"] = json!(SUBSCRIPTION.to_string());
    let server = Server::answering(Reply::new(204, "")).await;

    client(&server)
        .stop(
            Google,
            &access(),
            SUBSCRIPTION,
            "ret08u3rv24htgh289g1kk2mzq0",
        )
        .await
        .expect("an end");

    let sent = server.request();
    assert_eq!(sent.line, expected.line);
    assert_eq!(json(&sent.body), body);
}

#[tokio::test]
async fn a_callback_refused_with_another_status_is_still_our_address() {
    for status in [400, 401, 403] {
        let body = fixture("watch-error-401-webhook-url-unauthorized.json");
        let server = Server::answering(Reply::new(status, body)).await;

        let error = client(&server)
            .watch(
                &place("a@example.com", &access()),
                &wish("t", "https://a.test"),
                now(),
            )
            .await
            .unwrap_err();

        assert!(matches!(error, WatchError::Callback { .. }), "{error:?}");
        assert!(
            !format!("{error:?} {error}").contains("calsync.example"),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_channel_that_can_not_be_ended_yet_is_an_error() {
    let body = fixture("error-500-backend-error.json");
    let server = Server::answering(Reply::new(500, body)).await;

    let error = client(&server)
        .stop(Google, &access(), SUBSCRIPTION, "r")
        .await
        .unwrap_err();

    assert!(matches!(error, ReadError::Unavailable { .. }), "{error:?}");
}

#[tokio::test]
async fn where_a_channel_leads_is_not_to_be_found_out() {
    let server = Server::answering(Reply::new(200, "{}")).await;

    let address = client(&server).address_of(Google, &access(), "r").await;

    assert!(matches!(address, Ok(None)), "{address:?}");
    assert_eq!(server.count(), 0);
}
