//! A subscription that exists: where it leads, and its end.

use domain::Provider::Microsoft;
use providers::ReadError;

use super::subscriptions::{ADDRESS, ID};
use super::{access, fixture, graph};
use crate::server::{Reply, parse};
use crate::{SUBSCRIPTION, client};

async fn address_of(reply: Reply) -> Result<Option<String>, ReadError> {
    let server = graph(vec![reply]).await;
    let address = client(&server).address_of(Microsoft, &access(), ID).await;
    assert_eq!(
        server.request().line,
        format!("GET /v1.0/subscriptions/{ID}")
    );
    address
}

#[tokio::test]
async fn a_subscription_tells_where_it_leads() {
    let body = fixture("subscription-create-response-201.json");

    let address = address_of(Reply::new(200, body)).await;

    assert_eq!(address.expect("an answer").as_deref(), Some(ADDRESS));
}

#[tokio::test]
async fn a_subscription_that_is_not_there_leads_nowhere() {
    let body = fixture("error-404-subscription-not-found.json");

    let address = address_of(Reply::new(404, body)).await;

    assert_eq!(address.expect("an answer"), None);
}

#[tokio::test]
async fn where_a_subscription_leads_may_be_refused_or_unreadable() {
    let denied = address_of(Reply::new(403, fixture("error-403-access-denied.json"))).await;
    let strange = address_of(Reply::new(200, "[]")).await;

    assert!(
        matches!(denied, Err(ReadError::Refused { .. })),
        "{denied:?}"
    );
    assert!(
        matches!(strange, Err(ReadError::Unreadable { .. })),
        "{strange:?}"
    );
}

async fn stop(reply: Reply) -> Result<(), ReadError> {
    let server = graph(vec![reply]).await;
    let ended = client(&server)
        .stop(Microsoft, &access(), SUBSCRIPTION, ID)
        .await;
    let expected = parse(&fixture("subscription-delete-request.http")).expect("a request");
    assert_eq!(server.request().line, expected.line);
    ended
}

#[tokio::test]
async fn a_subscription_is_ended_as_in_the_fixture() {
    let ended = stop(Reply::parse(&fixture(
        "subscription-delete-response-204.http",
    )))
    .await;

    assert!(ended.is_ok(), "{ended:?}");
}

#[tokio::test]
async fn a_subscription_that_is_not_there_has_ended() {
    let body = fixture("error-404-subscription-not-found.json");

    let ended = stop(Reply::new(404, body)).await;

    assert!(ended.is_ok(), "{ended:?}");
}

#[tokio::test]
async fn a_subscription_that_can_not_be_ended_yet_is_an_error() {
    let body = fixture("error-504-unknown-error.http");

    let ended = stop(Reply::parse(&body)).await;

    assert!(
        matches!(ended, Err(ReadError::Unavailable { .. })),
        "{ended:?}"
    );
}

#[tokio::test]
async fn a_name_that_would_climb_out_of_its_path_is_never_sent() {
    let server = graph(vec![Reply::new(200, "{}")]).await;
    let client = client(&server);

    for name in ["", ".", ".."] {
        let ended = client.stop(Microsoft, &access(), SUBSCRIPTION, name).await;
        assert!(matches!(ended, Err(ReadError::Refused { .. })), "{ended:?}");
        let address = client.address_of(Microsoft, &access(), name).await;
        assert!(
            matches!(address, Err(ReadError::Refused { .. })),
            "{address:?}"
        );
    }
    assert_eq!(server.count(), 0);
}
