//! A series with more exceptions than fit into one answer.

use domain::diff::Item;
use domain::event::Kind;
use providers::ReadError;
use serde_json::{Value, json};

use super::look_up::{kinds, look_up_at};
use super::{GRAPH, graph, moved, ok, preferences, series_ask, weekly};
use crate::server::{Reply, Server};

/// The first answer: one exception, and a link to the rest.
fn with_more(link: &str) -> Value {
    let mut series = weekly("m", &[moved("m", "2026-11-26")]);
    series["exceptionOccurrences@odata.nextLink"] = link.into();
    series
}

fn link(number: usize) -> String {
    format!("{GRAPH}/v1.0/users/a/events/m/exceptionOccurrences?$skip={number}")
}

async fn read(server: &Server) -> Result<Vec<Item>, ReadError> {
    look_up_at(server, series_ask("m")).await
}

#[tokio::test]
async fn exceptions_over_several_pages_are_collected() {
    let second = json!({"value": [moved("m", "2026-12-03")], "@odata.nextLink": link(2)});
    let third = json!({"value": [moved("m", "2026-12-10")]});
    let server = graph(vec![ok(&with_more(&link(1))), ok(&second), ok(&third)]).await;

    let items = read(&server).await.expect("an answer");

    let exception = Some(Kind::Exception);
    assert_eq!(
        kinds(&items),
        [Some(Kind::Master), exception, exception, exception, None]
    );
    let [first, second, third] = &server.requests()[..] else {
        panic!("three requests");
    };
    assert!(second.line.ends_with("/exceptionOccurrences?$skip=1"));
    assert!(third.line.ends_with("/exceptionOccurrences?$skip=2"));
    assert_eq!(preferences(second), preferences(first));
}

#[tokio::test]
async fn exceptions_that_lie_elsewhere_are_not_fetched() {
    let elsewhere = Server::answering(ok(&json!({"value": []}))).await;
    let links = [
        format!("{}/v1.0/users/a", elsewhere.url),
        format!("{GRAPH}/beta/users/a"),
        format!("{GRAPH}/v1.0/../beta"),
    ];

    for link in links {
        let server = graph(vec![ok(&with_more(&link))]).await;

        let items = read(&server).await;

        assert!(
            matches!(items, Err(ReadError::Unreadable { .. })),
            "{link}: {items:?}"
        );
        assert_eq!(server.count(), 1, "{link}");
    }
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test]
async fn a_later_page_may_lead_elsewhere_as_little() {
    let elsewhere = Server::answering(ok(&json!({"value": []}))).await;
    let second = json!({"value": [], "@odata.nextLink": format!("{}/v1.0/x", elsewhere.url)});
    let server = graph(vec![ok(&with_more(&link(1))), ok(&second)]).await;

    let items = read(&server).await;

    assert!(
        matches!(items, Err(ReadError::Unreadable { .. })),
        "{items:?}"
    );
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test]
async fn exceptions_without_an_end_are_given_up() {
    let again = json!({"value": [], "@odata.nextLink": link(1)});
    let server = graph(vec![ok(&with_more(&link(1))), ok(&again)]).await;

    let items = read(&server).await;

    assert!(
        matches!(items, Err(ReadError::Unreadable { .. })),
        "{items:?}"
    );
    assert_eq!(server.count(), 101, "the answer and a hundred pages");
}

#[tokio::test]
async fn all_pages_of_exceptions_together_are_no_longer_than_one_answer() {
    let padding = " ".repeat(6 * 1024 * 1024);
    let again = json!({"value": [], "@odata.nextLink": link(1), "padding": padding});
    let server = graph(vec![ok(&with_more(&link(1))), ok(&again)]).await;

    let items = read(&server).await;

    assert!(
        matches!(&items, Err(ReadError::Unreadable { .. })),
        "{items:?}"
    );
    assert_eq!(server.count(), 4, "the answer and three pages");
}

#[tokio::test]
async fn a_page_of_exceptions_that_is_refused_refuses_the_series() {
    let limit = Reply::new(429, "").with("retry-after", "4");
    let server = graph(vec![ok(&with_more(&link(1))), limit]).await;

    let items = read(&server).await;

    assert!(
        matches!(items, Err(ReadError::Throttled { wait: Some(wait) }) if wait.as_secs() == 4),
        "{items:?}"
    );
}

#[tokio::test]
async fn exceptions_that_are_not_a_list_are_not_taken_for_none() {
    for page in [
        json!({}),
        json!({"value": null}),
        json!({"value": {}}),
        json!([]),
    ] {
        let server = graph(vec![ok(&with_more(&link(1))), ok(&page)]).await;

        let items = read(&server).await;

        assert!(
            matches!(items, Err(ReadError::Unreadable { .. })),
            "{page}: {items:?}"
        );
    }
}

#[tokio::test]
async fn a_rest_of_exceptions_without_a_beginning_is_unreadable() {
    let mut first = with_more(&link(1));
    first["exceptionOccurrences"] = Value::Null;
    let rest = json!({"value": [moved("m", "2026-12-03")]});
    let server = graph(vec![ok(&first), ok(&rest)]).await;

    let items = read(&server).await;

    assert!(
        matches!(items, Err(ReadError::Unreadable { .. })),
        "{items:?}"
    );
}
