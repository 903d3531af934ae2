//! Asking about one event.

use domain::diff::Item;
use domain::event::Kind;
use providers::{Ask, ReadError};
use serde_json::json;

use super::{
    USER, access, event_ask, fixture, graph, moved, ok, place, preferences, series_ask, single,
    weekly,
};
use crate::server::{Reply, Request, Server};
use crate::{client, understood};

/// All properties that are read of an event.
const FIELDS: &str = "id,type,seriesMasterId,occurrenceId,originalStart,originalStartTimeZone,\
    recurrence,subject,body,location,start,end,isAllDay,isCancelled,showAs,sensitivity,organizer,\
    attendees,onlineMeeting,onlineMeetingUrl,webLink,iCalUId,createdDateTime,lastModifiedDateTime,\
    changeKey";

/// The path and query with which an event is asked for.
pub(super) fn event_path(id: &str) -> String {
    format!("/{USER}/calendar/events/{id}?$select={FIELDS}")
}

/// The path and query with which a series is asked for.
pub(super) fn series_path(id: &str) -> String {
    format!(
        "{},cancelledOccurrences,exceptionOccurrences&$expand=exceptionOccurrences",
        event_path(id)
    )
}

pub(super) fn get(path: &str) -> String {
    format!("GET /v1.0{path}")
}

pub(super) async fn look_up_at(server: &Server, ask: Ask) -> Result<Vec<Item>, ReadError> {
    let found = client(server).look_up(&place(&access()), &[ask]).await;
    found.and_then(understood).map(|mut found| {
        assert_eq!(found.len(), 1, "one answer to one question");
        found.remove(0)
    })
}

async fn look_up(reply: Reply, ask: Ask) -> Result<Vec<Item>, ReadError> {
    look_up_at(&graph(vec![reply]).await, ask).await
}

/// The kinds of the events that are there.
pub(super) fn kinds(items: &[Item]) -> Vec<Option<Kind>> {
    let kind = |item: &Item| match item {
        Item::Live(event) => Some(event.kind),
        Item::Gone { .. } | Item::GoneOccurrence { .. } => None,
    };
    items.iter().map(kind).collect()
}

fn lines(requests: &[Request]) -> Vec<&str> {
    requests.iter().map(|sent| sent.line.as_str()).collect()
}

#[tokio::test]
async fn one_event_is_asked_for_by_its_escaped_id() {
    let server = graph(vec![ok(&single("a/b?=="))]).await;

    let items = look_up_at(&server, event_ask("a/b?=="))
        .await
        .expect("an answer");

    assert_eq!(kinds(&items), [Some(Kind::Single)]);
    let sent = server.request();
    assert_eq!(sent.line, get(&event_path("a%2Fb%3F%3D%3D")));
    assert_eq!(
        preferences(&sent),
        [
            r#"IdType="ImmutableId""#,
            r#"outlook.body-content-type="text""#,
            r#"outlook.timezone="UTC""#,
        ]
    );
    assert_eq!(
        sent.headers["authorization"],
        "Bearer eyJ0eXAi.test.access-token"
    );
}

#[tokio::test]
async fn nothing_is_asked_for_nothing() {
    let server = graph(vec![Reply::new(200, "{}")]).await;

    let found = client(&server).look_up(&place(&access()), &[]).await;

    assert!(found.is_ok_and(|found| found.is_empty()));
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_series_is_its_master_its_exceptions_and_what_was_taken_out() {
    let body = weekly("m", &[moved("m", "2026-11-26")]);
    let server = graph(vec![ok(&body)]).await;

    let items = look_up_at(&server, series_ask("m"))
        .await
        .expect("an answer");

    assert_eq!(server.request().line, get(&series_path("m")));
    insta::assert_debug_snapshot!(items);
}

#[tokio::test]
async fn an_event_that_is_not_there_is_nothing() {
    let missing = r#"{"error":{"code":"ErrorItemNotFound","message":"not in the store"}}"#;

    for ask in [event_ask("a"), series_ask("a")] {
        for status in [404, 410] {
            let items = look_up(Reply::new(status, missing), ask.clone()).await;
            assert!(
                items.as_ref().is_ok_and(Vec::is_empty),
                "{status}: {items:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_mailbox_that_is_not_there_says_nothing_about_its_events() {
    let reply = Reply::new(404, fixture("error-404-mailbox-not-enabled.json"));

    let items = look_up(reply, event_ask("a")).await;

    assert!(matches!(items, Err(ReadError::Refused { .. })), "{items:?}");
}

#[tokio::test]
async fn another_event_than_the_one_asked_for_is_unreadable() {
    for (body, ask) in [
        (single("b"), event_ask("a")),
        (single("A"), event_ask("a")),
        (weekly("n", &[]), series_ask("m")),
        (json!({"value": [single("a")]}), event_ask("a")),
        (json!({}), event_ask("a")),
        (json!([]), event_ask("a")),
    ] {
        let items = look_up(ok(&body), ask).await;
        assert!(
            matches!(items, Err(ReadError::Unreadable { .. })),
            "{items:?}"
        );
    }
}

#[tokio::test]
async fn an_event_that_turns_out_to_be_a_series_is_asked_for_as_one() {
    let mut master = single("m");
    master["type"] = "seriesMaster".into();
    let server = graph(vec![ok(&master), ok(&weekly("m", &[]))]).await;

    let items = look_up_at(&server, event_ask("m"))
        .await
        .expect("an answer");

    assert_eq!(kinds(&items), [Some(Kind::Master), None]);
    assert_eq!(
        lines(&server.requests()),
        [get(&event_path("m")), get(&series_path("m"))]
    );
}

#[tokio::test]
async fn an_occurrence_is_answered_with_its_whole_series() {
    for kind in ["exception", "occurrence"] {
        let mut occurrence = moved("m", "2026-11-26");
        occurrence["type"] = kind.into();
        let series = weekly("m", &[moved("m", "2026-11-26")]);
        let server = graph(vec![ok(&occurrence), ok(&series)]).await;

        let items = look_up_at(&server, event_ask("moved-2026-11-26"))
            .await
            .expect("an answer");

        assert_eq!(
            kinds(&items),
            [Some(Kind::Master), Some(Kind::Exception), None]
        );
        assert_eq!(server.requests()[1].line, get(&series_path("m")));
    }
}

#[tokio::test]
async fn a_series_whose_master_is_an_occurrence_is_not_followed_for_ever() {
    let mut circle = moved("moved-2026-11-26", "2026-11-26");
    circle["seriesMasterId"] = circle["id"].clone();
    let server = graph(vec![ok(&circle)]).await;

    let items = look_up_at(&server, event_ask("moved-2026-11-26")).await;

    assert!(
        matches!(items, Err(ReadError::Unreadable { .. })),
        "{items:?}"
    );
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn an_event_that_left_the_window_is_read_as_it_is_now() {
    let leaving = Ask::Leaving {
        id: event_ask("a").id().clone(),
        provider_id: "a".to_owned(),
    };

    let still_there = look_up(ok(&single("a")), leaving.clone()).await;
    let gone = look_up(Reply::new(404, ""), leaving).await;

    assert_eq!(
        kinds(&still_there.expect("an answer")),
        [Some(Kind::Single)]
    );
    assert_eq!(gone.expect("an answer"), []);
}

#[tokio::test]
async fn a_name_that_would_climb_out_of_its_path_is_never_sent() {
    let server = graph(vec![Reply::new(200, "{}")]).await;

    for name in ["", ".", ".."] {
        for asks in [
            vec![event_ask(name)],
            vec![event_ask("a"), series_ask(name)],
        ] {
            let found = client(&server).look_up(&place(&access()), &asks).await;
            assert!(matches!(found, Err(ReadError::Refused { .. })), "{found:?}");
        }
    }
    assert_eq!(server.count(), 0);
}
