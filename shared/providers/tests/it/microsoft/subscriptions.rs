//! Creating subscriptions: what is sent, and what becomes of each refusal.

use domain::Provider::Microsoft;
use providers::{ReadError, WatchError, Watching};
use serde_json::json;

use super::{access, fixture, graph, place, wish};
use crate::server::{Reply, Server, parse};
use crate::{at, client, json, now};

/// The subscription of the fixtures.
pub(super) const ID: &str = "5522bd62-7c96-4530-85b0-00b916f6151a";

pub(super) const ADDRESS: &str = "https://hooks.calsync.example/v1/hooks/microsoft";

async fn watch_at(server: &Server) -> Result<Watching, WatchError> {
    let access = access();
    let wish = wish("cs1.Zk3vQ7rN0bXy5LwT8hJd2aPs6mUe9gCf", ADDRESS);
    client(server).watch(&place(&access), &wish, now()).await
}

async fn watch(reply: Reply) -> Result<Watching, WatchError> {
    watch_at(&graph(vec![reply]).await).await
}

/// Why a subscription is not created, when Graph answers with this fixture.
async fn refused(status: u16, name: &str) -> WatchError {
    watch(Reply::new(status, fixture(name)))
        .await
        .expect_err("a refusal")
}

#[tokio::test]
async fn a_subscription_is_asked_for_as_in_the_fixture() {
    let expected = parse(&fixture("subscription-create-request.http")).expect("a request");
    let answer = fixture("subscription-create-response-201.json");
    let server = graph(vec![Reply::new(201, answer)]).await;

    watch_at(&server).await.expect("a subscription");

    let sent = server.request();
    let mut body = json(&expected.body);
    // One address hears both, and the life is counted from now.
    body["lifecycleNotificationUrl"] = body["notificationUrl"].clone();
    body["expirationDateTime"] = json!("2026-11-17T13:10:00Z");
    assert_eq!(sent.line, expected.line);
    assert_eq!(json(&sent.body), body);
    assert_eq!(
        sent.headers["authorization"],
        expected.headers["authorization"]
    );
    assert_eq!(sent.headers["content-type"], "application/json");
    assert!(super::preferences(&sent).contains(&r#"IdType="ImmutableId""#));
}

#[tokio::test]
async fn the_same_calendar_is_always_spelled_in_the_same_way() {
    let server = graph(vec![Reply::new(201, format!(r#"{{"id":"{ID}"}}"#))]).await;
    let access = access();
    let client = client(&server);

    for external_id in [
        "users/622EAAFF-0683-4862-9DE4-F2EC83C2BD98/calendars/AbC=",
        "users/622eaaff-0683-4862-9de4-f2ec83c2bd98/calendars/AbC=",
    ] {
        let place = crate::place(Microsoft, external_id, &access);
        let watching = client.watch(&place, &wish("t", ADDRESS), now()).await;
        watching.expect("a subscription");
    }

    for sent in server.requests() {
        assert_eq!(
            json(&sent.body)["resource"],
            "users/622eaaff-0683-4862-9de4-f2ec83c2bd98/calendars/AbC=/events"
        );
    }
}

#[tokio::test]
async fn what_graph_says_of_the_end_is_believed() {
    let shorter = json!({"id": ID, "expirationDateTime": "2026-11-10T15:15:00.0000000Z"});
    let silent = json!({"id": ID});
    let odd = json!({"id": ID, "expirationDateTime": "never"});
    let created = fixture("subscription-create-response-201.json");

    let ends = async |body: String| {
        let watching = watch(Reply::new(201, body)).await.expect("a subscription");
        assert_eq!(watching.provider_id, ID);
        watching.expires_at
    };

    assert_eq!(ends(created).await, Some(at("2026-11-17T13:30:00Z")));
    assert_eq!(
        ends(shorter.to_string()).await,
        Some(at("2026-11-10T15:15:00Z"))
    );
    assert_eq!(ends(silent.to_string()).await, None);
    assert_eq!(ends(odd.to_string()).await, None);
}

#[tokio::test]
async fn a_subscription_without_a_usable_name_is_unreadable() {
    for body in [
        "",
        "{}",
        "[]",
        r#"{"id":7}"#,
        r#"{"id":""}"#,
        r#"{"id":"../a"}"#,
    ] {
        let watching = watch(Reply::new(201, body)).await;
        assert!(
            matches!(
                watching,
                Err(WatchError::Read(ReadError::Unreadable { .. }))
            ),
            "{body}: {watching:?}"
        );
    }
}

#[tokio::test]
async fn a_duplicate_names_the_other_subscription() {
    let error = refused(409, "error-409-subscription-exists.json").await;

    let WatchError::Duplicate { provider_id } = error else {
        panic!("not a duplicate: {error:?}");
    };
    assert_eq!(provider_id.as_deref(), Some(ID));
}

#[tokio::test]
async fn a_handshake_that_failed_is_about_our_address() {
    for name in [
        "error-400-validation-timeout.json",
        "error-400-validation-bad-status.json",
    ] {
        let error = refused(400, name).await;
        assert!(
            matches!(&error, WatchError::Callback { reason } if reason == "ValidationError"),
            "{name}: {error:?}"
        );
    }
    let older = watch(Reply::new(400, r#"{"error":{"code":"InvalidRequest"}}"#)).await;
    assert!(
        matches!(older, Err(WatchError::Callback { .. })),
        "{older:?}"
    );
}

#[tokio::test]
async fn what_exchange_does_not_offer_can_not_be_watched() {
    let error = refused(400, "error-400-expiration-too-far.json").await;

    assert!(matches!(error, WatchError::Unwatchable), "{error:?}");
}

#[tokio::test]
async fn exchange_refuses_for_good_where_graph_wants_another_token() {
    for (status, name) in [
        (401, "error-401-subscription-extension-error.json"),
        (403, "error-403-subscription-extension-error.json"),
        (403, "error-403-access-denied.json"),
        (404, "error-404-mailbox-not-enabled.json"),
    ] {
        let error = refused(status, name).await;
        assert!(
            matches!(error, WatchError::Read(ReadError::Refused { .. })),
            "{name}: {error:?}"
        );
    }
    let token = refused(401, "error-401-invalid-authentication-token.json").await;
    assert!(
        matches!(token, WatchError::Read(ReadError::Unauthorized)),
        "{token:?}"
    );
}

#[tokio::test]
async fn a_limit_on_subscriptions_asks_for_patience() {
    let reply = Reply::parse(&fixture("error-429-mailbox-concurrency.http"));

    let error = watch(reply).await.unwrap_err();

    let WatchError::Read(ReadError::Throttled { wait }) = error else {
        panic!("not throttled: {error:?}");
    };
    assert_eq!(wait.map(|wait| wait.as_secs()), Some(7));
}

#[tokio::test]
async fn a_refusal_repeats_neither_the_address_nor_the_token() {
    let echo = json!({"error": {"code": ADDRESS, "message": format!("{ADDRESS} cs1.Zk3v")}});

    for status in [400, 401, 403, 404, 409, 500] {
        let error = watch(Reply::new(status, echo.to_string()))
            .await
            .unwrap_err();
        let printed = format!("{error:?} {error}");
        assert!(
            !printed.contains("calsync") && !printed.contains("cs1"),
            "{printed}"
        );
    }
}

#[tokio::test]
async fn a_calendar_that_would_be_another_resource_is_never_sent() {
    let server = graph(vec![Reply::new(201, format!(r#"{{"id":"{ID}"}}"#))]).await;
    let client = client(&server);
    let access = access();

    for external_id in [
        "me",
        "users/..",
        "users/a/calendars/..",
        "users/a?$filter=x",
    ] {
        let place = crate::place(Microsoft, external_id, &access);
        let watching = client.watch(&place, &wish("t", ADDRESS), now()).await;
        assert!(
            matches!(watching, Err(WatchError::Read(ReadError::Refused { .. }))),
            "{external_id}: {watching:?}"
        );
    }
    assert_eq!(server.count(), 0);
}
