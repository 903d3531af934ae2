//! Reading pages and single events.

use domain::diff::Item;
use jiff::SignedDuration;
use providers::{Outage, ReadError, Start};

use super::{access, ask, fixture, place};
use crate::server::{Reply, Server};
use crate::{client, client_of_nobody, understood};

const EVERYTHING: Start<'_> = Start::Everything(None);
const CURSOR: Start<'_> = Start::Cursor("s");
const PAGE: Start<'_> = Start::Page {
    cursor: Some("s"),
    page: "p",
};

/// Why a page that this reply answers can not be read.
async fn refused(reply: Reply, start: Start<'_>) -> ReadError {
    crate::page(&place("a@example.com", &access()), reply, start)
        .await
        .expect_err("a refusal")
}

#[tokio::test]
async fn a_page_is_asked_for_with_its_tokens_and_the_access_token() {
    let server = Server::answering(Reply::new(200, r#"{"nextSyncToken":"s"}"#)).await;
    let start = Start::Page {
        cursor: Some("s="),
        page: "p",
    };

    client(&server)
        .page(&place("a#b@example.com", &access()), start)
        .await
        .expect("a page");

    let request = server.request();
    assert_eq!(
        request.line,
        "GET /calendar/v3/calendars/a%23b%40example.com/events?maxResults=250&syncToken=s%3D&pageToken=p"
    );
    assert_eq!(
        request.headers["authorization"],
        "Bearer ya29.a0-test-access-token"
    );
    assert_eq!(request.headers["accept-encoding"], "gzip");
    assert!(request.body.is_empty());
}

#[tokio::test]
async fn a_cursor_is_lost_on_a_page_request_too() {
    let first = Start::Page {
        cursor: None,
        page: "p",
    };

    for start in [first, CURSOR, PAGE] {
        let gone = Reply::new(410, fixture("error-410-full-sync-required.json"));
        let error = refused(gone, start).await;
        assert!(matches!(error, ReadError::CursorLost), "{error:?}");
    }
}

fn bad_request(reason: &str, location: &str) -> Reply {
    let body = format!(
        r#"{{"error":{{"errors":[{{"domain":"global","reason":"{reason}",
            "locationType":"parameter","location":"{location}"}}],"code":400}}}}"#
    );
    Reply::new(400, body)
}

#[tokio::test]
async fn a_bad_request_is_blamed_on_the_token_that_may_be_at_fault() {
    let bad = |location| bad_request("invalidParameter", location);
    let ours = bad_request("syncTokenWithRequestRestrictions", "syncToken");

    let error = refused(bad("pageToken"), PAGE).await;
    assert!(matches!(error, ReadError::PageRefused), "{error:?}");
    let error = refused(bad("syncToken"), CURSOR).await;
    assert!(matches!(error, ReadError::CursorLost), "{error:?}");
    let error = refused(ours, CURSOR).await;
    assert!(matches!(error, ReadError::Refused { .. }), "{error:?}");
    let error = refused(bad("maxResults"), EVERYTHING).await;
    assert!(matches!(error, ReadError::Refused { .. }), "{error:?}");
}

#[tokio::test]
async fn a_limit_says_how_long_to_wait_or_its_reason_does() {
    let wait = async |name: &str, status, header: Option<&str>| {
        let mut reply = Reply::new(status, fixture(name));
        if let Some(value) = header {
            reply = reply.with("retry-after", value);
        }
        match refused(reply, EVERYTHING).await {
            ReadError::Throttled { wait } => wait,
            other => panic!("not throttled: {other:?}"),
        }
    };
    let seconds = |seconds| Some(SignedDuration::from_secs(seconds));

    assert_eq!(
        wait("error-429-rate-limit-exceeded.json", 429, None).await,
        None
    );
    assert_eq!(
        wait("error-429-rate-limit-exceeded.json", 429, Some("17")).await,
        seconds(17)
    );
    assert_eq!(
        wait("error-403-user-rate-limit-exceeded.json", 403, Some("5")).await,
        seconds(5)
    );
    assert_eq!(
        wait("error-403-quota-exceeded.json", 403, None).await,
        seconds(3600)
    );
    assert_eq!(
        wait("error-403-quota-exceeded.json", 403, Some("60")).await,
        seconds(60)
    );
}

#[tokio::test]
async fn nobody_at_the_other_end_is_an_outage() {
    let error = client_of_nobody()
        .await
        .page(
            &place("amelia@example.com", &access()),
            Start::Cursor("s3cret"),
        )
        .await
        .unwrap_err();

    let ReadError::Unavailable {
        source: Outage::Network(_),
    } = &error
    else {
        panic!("not an outage: {error:?}");
    };
    let printed = format!("{error:?}");
    assert!(
        !printed.contains("s3cret") && !printed.contains("amelia"),
        "{printed}"
    );
}

#[tokio::test]
async fn one_event_is_read_by_its_escaped_id() {
    let live = r#"{"id":"a/../b?","start":{"date":"2026-12-01"}}"#;
    let server = Server::answering(Reply::new(200, live)).await;

    let found = client(&server)
        .look_up(&place("a@example.com", &access()), &[ask("a/../b?")])
        .await
        .and_then(understood)
        .expect("an answer");

    assert!(matches!(&found[..], [items] if matches!(items[..], [Item::Live(_)])));
    assert_eq!(
        server.request().line,
        "GET /calendar/v3/calendars/a%40example.com/events/a%2F..%2Fb%3F"
    );
}

#[tokio::test]
async fn several_events_are_read_one_after_the_other() {
    let event = |id: &str| Reply::new(200, format!(r#"{{"id":"{id}","status":"cancelled"}}"#));
    let replies = vec![event("a"), Reply::new(404, ""), event("c")];
    let server = Server::answering_in_turn(replies).await;

    let found = client(&server)
        .look_up(
            &place("a@example.com", &access()),
            &[ask("a"), ask("b"), ask("c")],
        )
        .await
        .and_then(understood)
        .expect("answers");

    let counts: Vec<usize> = found.iter().map(Vec::len).collect();
    assert_eq!(counts, [1, 0, 1]);
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn an_event_that_is_not_there_is_none_and_another_one_is_unreadable() {
    let event = async |status, body: &str| {
        let server = Server::answering(Reply::new(status, body)).await;
        let found = client(&server)
            .look_up(&place("a@example.com", &access()), &[ask("abc")])
            .await;
        found.and_then(understood).map(|mut found| found.remove(0))
    };

    assert_eq!(event(404, "").await.expect("an answer"), []);
    assert_eq!(event(410, "").await.expect("an answer"), []);
    let gone = event(200, r#"{"id":"abc","status":"cancelled"}"#).await;
    assert!(
        matches!(gone.as_deref(), Ok([Item::Gone { .. }])),
        "{gone:?}"
    );
    let other = event(200, r#"{"id":"abd","status":"cancelled"}"#).await;
    assert!(
        matches!(other, Err(ReadError::Unreadable { .. })),
        "{other:?}"
    );
    let list = event(200, r#"{"kind":"calendar#events","items":[]}"#).await;
    assert!(
        matches!(list, Err(ReadError::Unreadable { .. })),
        "{list:?}"
    );
}

#[tokio::test]
async fn a_name_that_would_climb_out_of_its_path_is_never_sent() {
    let server = Server::answering(Reply::new(200, "{}")).await;
    let client = client(&server);
    let access = access();

    for name in ["", ".", ".."] {
        let event = client
            .look_up(&place("a@example.com", &access), &[ask(name)])
            .await;
        assert!(matches!(event, Err(ReadError::Refused { .. })), "{event:?}");
        let page = client.page(&place(name, &access), EVERYTHING).await;
        assert!(matches!(page, Err(ReadError::Refused { .. })), "{page:?}");
    }
    assert_eq!(server.count(), 0);
}
