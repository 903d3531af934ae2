//! A redirect is not followed: the access token and our secret must never reach a second host.

use domain::Provider::Microsoft;
use providers::grant::GrantError;
use providers::{Client, ReadError, WatchError};

use super::{
    TENANT, access, administrator, consent, event_ask, everything, graph, place, secret, wish,
};
use crate::server::{Reply, Server};
use crate::{SUBSCRIPTION, client, now};

const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];

/// A client that is always sent elsewhere.
async fn sent_to(elsewhere: &Server, status: u16) -> (Server, Client) {
    let url = format!("{}/v1.0/d", elsewhere.url);
    let server = graph(vec![Reply::new(status, "{}").with("location", &url)]).await;
    let client = client(&server);
    (server, client)
}

fn is_unreadable<T>(result: &Result<T, ReadError>) -> bool {
    matches!(result, Err(ReadError::Unreadable { .. }))
}

#[tokio::test]
async fn no_read_is_redirected() {
    let elsewhere = Server::answering(Reply::new(200, "{}")).await;
    let access = access();
    let place = place(&access);

    for status in STATUSES {
        let (server, client) = sent_to(&elsewhere, status).await;
        let page = client.page(&place, everything()).await;
        assert!(is_unreadable(&page), "{status}: {page:?}");
        for asks in [vec![event_ask("a")], vec![event_ask("a"), event_ask("b")]] {
            let found = client.look_up(&place, &asks).await;
            assert!(is_unreadable(&found), "{status}: {found:?}");
        }
        assert_eq!(server.count(), 3);
    }
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test]
async fn no_subscription_is_redirected() {
    let elsewhere = Server::answering(Reply::new(200, "{}")).await;
    let access = access();

    for status in STATUSES {
        let (server, client) = sent_to(&elsewhere, status).await;
        let watching = client
            .watch(&place(&access), &wish("t", "https://a.test"), now())
            .await;
        assert!(
            matches!(
                watching,
                Err(WatchError::Read(ReadError::Unreadable { .. }))
            ),
            "{status}: {watching:?}"
        );
        let address = client.address_of(Microsoft, &access, "a").await;
        assert!(is_unreadable(&address), "{status}: {address:?}");
        let ended = client.stop(Microsoft, &access, SUBSCRIPTION, "a").await;
        assert!(is_unreadable(&ended), "{status}: {ended:?}");
        assert_eq!(server.count(), 3);
    }
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test]
async fn no_purchase_is_redirected() {
    let elsewhere = Server::answering(Reply::new(200, r#"{"access_token":"a"}"#)).await;

    for status in STATUSES {
        let (server, client) = sent_to(&elsewhere, status).await;
        for grant in [consent(TENANT), administrator(TENANT)] {
            let bought = client.access_token(&grant, Some(&secret()), now()).await;
            assert!(
                matches!(bought, Err(GrantError::Unavailable { .. })),
                "{status}: {bought:?}"
            );
        }
        assert_eq!(server.count(), 2);
    }
    assert_eq!(elsewhere.count(), 0);
}
