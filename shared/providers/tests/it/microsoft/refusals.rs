//! What Graph refuses to read: a lost cursor, a bad page, patience, and what never passes.

use jiff::SignedDuration;
use providers::{Outage, ReadError, Start};

use super::{everything, fixture, graph, page, page_of};
use crate::server::Reply;

const CURSOR: Start<'_> = Start::Cursor("c");
const PAGE: Start<'_> = Start::Page {
    cursor: Some("c"),
    page: "p",
};

async fn refused(reply: Reply, start: Start<'_>) -> ReadError {
    page(reply, start).await.expect_err("a refusal")
}

#[tokio::test]
async fn a_cursor_is_lost_in_each_of_its_forms_and_no_location_is_followed() {
    for start in [everything(), CURSOR, PAGE] {
        for reply in [
            Reply::parse(&fixture("error-410-sync-state-not-found.http")),
            Reply::parse(&fixture("error-410-resync-with-location.http")),
            Reply::new(400, fixture("error-400-sync-state-not-found.json")),
        ] {
            let server = graph(vec![reply]).await;

            let error = page_of(&server, start).await.unwrap_err();

            assert!(matches!(error, ReadError::CursorLost), "{error:?}");
            assert_eq!(server.count(), 1);
        }
    }
}

#[tokio::test]
async fn a_bad_request_is_blamed_on_the_link() {
    let bad = || Reply::new(400, r#"{"error":{"code":"ErrorInvalidParameter"}}"#);

    let of_a_page = refused(bad(), PAGE).await;
    let of_a_cursor = refused(bad(), CURSOR).await;
    let of_ours = refused(bad(), everything()).await;

    assert!(matches!(of_a_page, ReadError::PageRefused), "{of_a_page:?}");
    assert!(
        matches!(of_a_cursor, ReadError::CursorLost),
        "{of_a_cursor:?}"
    );
    assert!(matches!(of_ours, ReadError::Refused { .. }), "{of_ours:?}");
}

#[tokio::test]
async fn patience_lasts_as_long_as_graph_says() {
    for (name, seconds) in [
        ("error-429-too-many-requests.http", 10),
        ("error-429-mailbox-concurrency.http", 7),
        ("error-503-service-unavailable.http", 30),
    ] {
        let error = refused(Reply::parse(&fixture(name)), CURSOR).await;

        let ReadError::Throttled { wait } = error else {
            panic!("{name}: {error:?}");
        };
        assert_eq!(wait, Some(SignedDuration::from_secs(seconds)), "{name}");
    }
}

#[tokio::test]
async fn a_gateway_that_says_when_to_come_back_asks_for_patience() {
    let reply = Reply::parse(&fixture("error-504-unknown-error.http")).with("retry-after", "3");

    let error = refused(reply, CURSOR).await;

    assert!(
        matches!(error, ReadError::Throttled { wait: Some(wait) } if wait.as_secs() == 3),
        "{error:?}"
    );
}

#[tokio::test]
async fn without_a_time_a_limit_asks_for_patience_and_a_broken_server_for_another_try() {
    let limit = refused(Reply::new(429, "{}"), CURSOR).await;
    let broken = refused(Reply::new(503, "{}"), CURSOR).await;
    let gateway = Reply::parse(&fixture("error-504-unknown-error.http"));
    let gateway = refused(gateway, CURSOR).await;

    assert!(
        matches!(limit, ReadError::Throttled { wait: None }),
        "{limit:?}"
    );
    for (error, status) in [(broken, 503), (gateway, 504)] {
        assert!(
            matches!(error, ReadError::Unavailable { source: Outage::Status(of) } if of == status),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_mailbox_that_is_not_enabled_is_refused() {
    let reply = Reply::new(404, fixture("error-404-mailbox-not-enabled.json"));

    let error = refused(reply, CURSOR).await;

    assert!(
        matches!(&error, ReadError::Refused { reason } if reason == "404 MailboxNotEnabledForRESTAPI"),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_access_token_that_ended_is_fetched_anew() {
    let reply = Reply::new(401, fixture("error-401-invalid-authentication-token.json"));

    let error = refused(reply, CURSOR).await;

    assert!(matches!(error, ReadError::Unauthorized), "{error:?}");
}

#[tokio::test]
async fn what_graph_says_to_a_person_is_never_repeated() {
    let body = r#"{"error":{"code":"amelia@contoso.example","message":"amelia@contoso.example"}}"#;

    for status in [400, 401, 403, 404, 409, 429, 500, 503] {
        let error = refused(Reply::new(status, body), everything()).await;
        let printed = format!("{error:?} {error}");
        assert!(!printed.contains("amelia"), "{printed}");
    }
}
