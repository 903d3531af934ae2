//! Reading pages and single events.

use domain::Provider::Google;
use domain::diff::Item;
use jiff::SignedDuration;
use providers::Outage;
use providers::calendar::{Page, ReadError};

use crate::fixtures::fixture;
use crate::server::{Reply, Server};
use crate::{CALENDAR, access, client};

async fn page(reply: Reply, cursor: Option<&str>, page: Option<&str>) -> Result<Page, ReadError> {
    let server = Server::answering(reply).await;
    client(&server)
        .page(Google, &access(), CALENDAR, "a@example.com", cursor, page)
        .await
}

#[tokio::test]
async fn a_page_is_asked_for_with_its_tokens_and_the_access_token() {
    let server = Server::answering(Reply::new(200, r#"{"nextSyncToken":"s"}"#)).await;

    client(&server)
        .page(
            Google,
            &access(),
            CALENDAR,
            "a#b@example.com",
            Some("s="),
            Some("p"),
        )
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
    let gone = || Reply::new(410, fixture("error-410-full-sync-required.json"));

    for (cursor, token) in [(None, Some("p")), (Some("s"), None), (Some("s"), Some("p"))] {
        let error = page(gone(), cursor, token).await.unwrap_err();
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

    let error = page(bad("pageToken"), Some("s"), Some("p"))
        .await
        .unwrap_err();
    assert!(matches!(error, ReadError::PageRefused), "{error:?}");
    let error = page(bad("syncToken"), Some("s"), None).await.unwrap_err();
    assert!(matches!(error, ReadError::CursorLost), "{error:?}");
    let ours = bad_request("syncTokenWithRequestRestrictions", "syncToken");
    let error = page(ours, Some("s"), None).await.unwrap_err();
    assert!(matches!(error, ReadError::Refused { .. }), "{error:?}");
    let error = page(bad("maxResults"), None, None).await.unwrap_err();
    assert!(matches!(error, ReadError::Refused { .. }), "{error:?}");
}

#[tokio::test]
async fn a_limit_says_how_long_to_wait_or_its_reason_does() {
    let wait = async |name: &str, status, header: Option<&str>| {
        let mut reply = Reply::new(status, fixture(name));
        if let Some(value) = header {
            reply = reply.with("retry-after", value);
        }
        match page(reply, None, None).await {
            Err(ReadError::Throttled { wait }) => wait,
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
    let server = Server::answering(Reply::new(200, "")).await;
    let client = client(&server);
    drop(server);
    tokio::task::yield_now().await;

    let error = client
        .page(
            Google,
            &access(),
            CALENDAR,
            "amelia@example.com",
            Some("s3cret"),
            None,
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

    let item = client(&server)
        .event(Google, &access(), CALENDAR, "a@example.com", "a/../b?")
        .await
        .expect("an answer");

    assert!(matches!(item, Some(Item::Live(_))), "{item:?}");
    assert_eq!(
        server.request().line,
        "GET /calendar/v3/calendars/a%40example.com/events/a%2F..%2Fb%3F"
    );
}

#[tokio::test]
async fn an_event_that_is_not_there_is_none_and_another_one_is_unreadable() {
    let event = async |status, body: &str| {
        let server = Server::answering(Reply::new(status, body)).await;
        client(&server)
            .event(Google, &access(), CALENDAR, "a@example.com", "abc")
            .await
    };

    assert!(matches!(event(404, "").await, Ok(None)));
    assert!(matches!(event(410, "").await, Ok(None)));
    let gone = event(200, r#"{"id":"abc","status":"cancelled"}"#).await;
    assert!(matches!(gone, Ok(Some(Item::Gone { .. }))), "{gone:?}");
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

    for name in ["", ".", ".."] {
        let event = client
            .event(Google, &access(), CALENDAR, "a@example.com", name)
            .await;
        assert!(matches!(event, Err(ReadError::Refused { .. })), "{event:?}");
        let page = client
            .page(Google, &access(), CALENDAR, name, None, None)
            .await;
        assert!(matches!(page, Err(ReadError::Refused { .. })), "{page:?}");
    }
    assert_eq!(server.count(), 0);
}
