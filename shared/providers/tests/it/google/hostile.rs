//! Answers that no provider would give: without an end, without measure, or elsewhere.

use providers::grant::GrantError;
use providers::{Outage, Page, ReadError, Start};

use super::{access, ask, consent, oauth, place};
use crate::server::{Reply, Server, gzip};
use crate::{client, now};

async fn page(reply: Reply) -> Result<Page, ReadError> {
    let everything = Start::Everything(None);
    crate::page(&place("a@example.com", &access()), reply, everything).await
}

fn is_too_large(result: Result<Page, ReadError>) -> bool {
    matches!(result, Err(ReadError::Unreadable { reason }) if reason.contains("too large"))
}

#[tokio::test]
async fn a_compressed_page_is_read() {
    let body = gzip(br#"{"nextSyncToken":"s"}"#);

    let page = page(Reply::new(200, body).with("content-encoding", "gzip")).await;

    assert!(page.is_ok(), "{page:?}");
}

#[tokio::test]
async fn a_body_without_an_end_is_left_at_the_limit() {
    let reply = Reply::new(200, vec![b' '; 64 * 1024]).endless();

    assert!(is_too_large(page(reply).await));
}

#[tokio::test]
async fn a_small_body_that_unfolds_is_left_at_the_limit() {
    let bomb = gzip(&vec![b' '; 20 * 1024 * 1024]);
    assert!(bomb.len() < 64 * 1024, "{}", bomb.len());

    let result = page(Reply::new(200, bomb).with("content-encoding", "gzip")).await;

    assert!(is_too_large(result));
}

#[tokio::test]
async fn every_other_answer_has_a_smaller_limit() {
    let two_megabytes = || Reply::new(200, vec![b' '; 2 * 1024 * 1024]);
    let server = Server::answering(two_megabytes()).await;
    let event = client(&server)
        .look_up(&place("a@example.com", &access()), &[ask("abc")])
        .await;
    assert!(
        matches!(event, Err(ReadError::Unreadable { .. })),
        "{event:?}"
    );

    let token = client(&server)
        .access_token(&consent(), Some(&oauth()), now())
        .await;
    assert!(
        matches!(token, Err(GrantError::Unavailable { .. })),
        "{token:?}"
    );
}

#[tokio::test]
async fn a_body_that_breaks_off_is_an_outage() {
    let body = gzip(br#"{"nextSyncToken":"s"}"#);
    let half = body[..body.len() / 2].to_vec();

    let result = page(Reply::new(200, half).with("content-encoding", "gzip")).await;

    let Err(ReadError::Unavailable { source }) = result else {
        panic!("not an outage: {result:?}");
    };
    assert!(matches!(source, Outage::Network(_)), "{source:?}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::answering(Reply::new(200, r#"{"nextSyncToken":"s"}"#)).await;

    for status in [301, 302, 303, 307, 308] {
        let reply = Reply::new(status, "").with("location", &elsewhere.url);
        let result = page(reply).await;
        assert!(
            matches!(result, Err(ReadError::Unreadable { .. })),
            "{result:?}"
        );
    }
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test]
async fn a_url_in_an_answer_is_never_requested() {
    let elsewhere = Server::answering(Reply::new(200, "{}")).await;
    let item = format!(
        r#"{{"id":"a","start":{{"date":"2026-12-01"}},"htmlLink":"{0}","hangoutLink":"{0}"}}"#,
        elsewhere.url
    );
    let body = format!(
        r#"{{"nextPageToken":"{}/next","items":[{item}]}}"#,
        elsewhere.url
    );

    let page = page(Reply::new(200, body)).await.expect("a page");

    assert_eq!(page.items.len(), 1);
    assert_eq!(elsewhere.count(), 0);
}
