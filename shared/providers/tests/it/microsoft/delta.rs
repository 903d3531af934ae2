//! Reading what changed: what is asked for, and what each page of the fixtures becomes.

use domain::Provider::Microsoft;
use domain::window::Window;
use providers::calendar::After;
use providers::{Ask, Client, Page, ReadError, Settings, Start};
use serde_json::json;

use super::{
    GRAPH, access, event_ask, everything, fixture, graph, ok, page, page_of, place, preferences,
    series_ask, single, window,
};
use crate::server::{Reply, parse};
use crate::{at, client, client_of_nobody};

/// An answer after which nothing comes.
fn nothing() -> Reply {
    Reply::new(200, fixture("calendarview-delta-no-changes.json"))
}

#[tokio::test]
async fn the_first_request_is_as_in_the_fixture() {
    let name = "calendarview-delta-initial-request.http";
    let expected = parse(&fixture(name)).expect("a request");
    let server = graph(vec![nothing()]).await;

    page_of(&server, everything()).await.expect("a page");

    let sent = server.request();
    assert_eq!(sent.line, expected.line);
    assert_eq!(
        sent.headers["authorization"],
        expected.headers["authorization"]
    );
    assert_eq!(sent.headers["accept-encoding"], "gzip");
    assert!(sent.body.is_empty());
    // A size of our own, and texts instead of markup; all else as in the fixture.
    let mut preferred = preferences(&expected);
    preferred.retain(|preference| !preference.starts_with("odata.maxpagesize="));
    preferred.push("odata.maxpagesize=100");
    preferred.push(r#"outlook.body-content-type="text""#);
    preferred.sort_unstable();
    assert_eq!(preferences(&sent), preferred);
}

#[tokio::test]
async fn another_calendar_of_the_mailbox_is_asked_for_below_it() {
    let server = graph(vec![nothing()]).await;
    let access = access();
    let another = crate::place(Microsoft, "users/a/calendars/AQ+==", &access);

    client(&server)
        .page(&another, everything())
        .await
        .expect("a page");

    let line = server.request().line;
    assert!(
        line.starts_with("GET /v1.0/users/a/calendars/AQ%2B%3D%3D/calendarView/delta?"),
        "{line}"
    );
}

#[tokio::test]
async fn what_is_not_the_name_of_a_calendar_is_never_sent() {
    let server = graph(vec![nothing()]).await;
    let access = access();

    for external_id in [
        "",
        "me",
        "users/..",
        "users/a/calendars/..",
        "users/a/events",
    ] {
        let place = crate::place(Microsoft, external_id, &access);
        let page = client(&server).page(&place, everything()).await;
        assert!(matches!(page, Err(ReadError::Refused { .. })), "{page:?}");
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn every_request_of_a_round_has_the_same_preferences() {
    let server = graph(vec![nothing()]).await;
    let later = Start::Page {
        cursor: None,
        page: "p",
    };

    for start in [everything(), Start::Cursor("c"), later] {
        page_of(&server, start).await.expect("a page");
    }

    let requests = server.requests();
    let [first, others @ ..] = &requests[..] else {
        panic!("no request");
    };
    assert_eq!(others.len(), 2);
    for other in others {
        assert_eq!(preferences(other), preferences(first));
    }
}

#[tokio::test]
async fn everything_can_not_be_asked_for_without_a_window() {
    let server = graph(vec![nothing()]).await;

    let page = page_of(&server, Start::Everything(None)).await;

    assert!(matches!(page, Err(ReadError::Refused { .. })), "{page:?}");
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_window_is_told_in_whole_seconds() {
    let server = graph(vec![nothing()]).await;
    let odd = Window {
        from: at("2026-10-01T01:02:03.999999999+02:00"),
        ..window()
    };

    page_of(&server, Start::Everything(Some(odd)))
        .await
        .expect("a page");

    let line = server.request().line;
    assert!(
        line.contains("?startDateTime=2026-09-30T23:02:03Z&endDateTime=2027-11-01T00:00:00Z"),
        "{line}"
    );
}

#[tokio::test]
async fn the_pages_of_the_fixtures_are_as_the_snapshot_says() {
    for name in [
        "calendarview-delta-page-1.json",
        "calendarview-delta-page-2-final.json",
        "calendarview-delta-round-2-removed.json",
    ] {
        let page = page(Reply::new(200, fixture(name)), everything())
            .await
            .expect("a page");

        insta::assert_debug_snapshot!(name, page);
    }
}

#[tokio::test]
async fn a_round_is_read_page_by_page_to_its_cursor() {
    let names = [
        "calendarview-delta-page-1.json",
        "calendarview-delta-empty-page-with-next-link.json",
        "calendarview-delta-page-2-final.json",
    ];
    let server = graph(names.map(|name| Reply::new(200, fixture(name))).into()).await;

    let first = page_of(&server, everything()).await.expect("a page");
    let second = page_of(&server, next(&first)).await.expect("a page");
    let last = page_of(&server, next(&second)).await.expect("a page");

    assert_eq!((second.items.len(), second.asks.len()), (0, 0));
    let After::End { cursor } = last.after else {
        panic!("not the last page: {last:?}");
    };
    assert!(cursor.ends_with("/calendarView/delta?$deltatoken=R0usmcMDNGg0J1E-test-1"));
    let lines: Vec<String> = server
        .requests()
        .into_iter()
        .map(|sent| sent.line)
        .collect();
    assert!(lines[1].ends_with("/calendarView/delta?$skiptoken=R0usmcCM996atia_s-test"));
    assert!(lines[2].ends_with("/calendarView/delta?$skiptoken=R0usmcCM996atia_t-test"));
}

fn next(page: &Page) -> Start<'_> {
    match &page.after {
        After::Page(page) => Start::Page { cursor: None, page },
        After::End { .. } => panic!("the last page"),
    }
}

#[tokio::test]
async fn a_page_that_names_itself_is_unreadable() {
    let text = fixture("calendarview-delta-empty-page-with-next-link.json");
    let server = graph(vec![Reply::new(200, text)]).await;

    let first = page_of(&server, everything()).await.expect("a page");
    let again = page_of(&server, next(&first)).await;

    assert!(
        matches!(again, Err(ReadError::Unreadable { .. })),
        "{again:?}"
    );
}

#[tokio::test]
async fn a_page_must_say_what_comes_next_exactly_once() {
    let link = format!("{GRAPH}/v1.0/users/a/calendarView/delta?t");

    for body in [
        json!({"value": []}),
        json!({"value": [], "@odata.nextLink": link, "@odata.deltaLink": link}),
        json!({"value": [], "@odata.nextLink": 7}),
        json!({"value": [], "@odata.deltaLink": [link]}),
        json!({"value": [], "@odata.deltaLink": ""}),
    ] {
        let page = page(ok(&body), everything()).await;
        assert!(
            matches!(page, Err(ReadError::Unreadable { .. })),
            "{body}: {page:?}"
        );
    }
}

#[tokio::test]
async fn a_series_that_is_mentioned_again_and_again_is_asked_for_once() {
    let mention = |id: &str| json!({"id": id, "type": "occurrence", "seriesMasterId": "m"});
    let body = json!({
        "@odata.deltaLink": format!("{GRAPH}/v1.0/d"),
        "value": [mention("a"), mention("b"), single("c"), mention("d")],
    });

    let page = page(ok(&body), everything()).await.expect("a page");

    assert_eq!(page.asks, [series_ask("m"), event_ask("c")]);
}

#[tokio::test]
async fn what_is_gone_is_asked_about_whatever_else_the_page_says_of_it() {
    let gone = json!({"id": "a", "@removed": {"reason": "deleted"}});
    let body = json!({
        "@odata.deltaLink": format!("{GRAPH}/v1.0/d"),
        "value": [single("a"), gone],
    });

    let page = page(ok(&body), everything()).await.expect("a page");

    assert!(
        matches!(&page.asks[..], [.., Ask::Leaving { provider_id, .. }] if provider_id == "a"),
        "{page:?}"
    );
}

#[tokio::test]
async fn nobody_at_the_other_end_is_an_outage_that_names_nobody() {
    let error = client_of_nobody()
        .await
        .page(&place(&access()), Start::Cursor("users/s3cret"))
        .await
        .unwrap_err();

    assert!(matches!(error, ReadError::Unavailable { .. }), "{error:?}");
    let printed = format!("{error:?} {error}");
    assert!(!printed.contains("s3cret"), "{printed}");
}

#[tokio::test]
async fn a_slash_at_the_end_of_the_setting_makes_no_difference() {
    let server = graph(vec![nothing()]).await;
    let client = Client::new(Settings {
        microsoft_graph: format!("{}/", server.url),
        ..Settings::default()
    })
    .expect("a client");

    let page = client.page(&place(&access()), everything()).await;

    assert!(page.is_ok(), "{page:?}");
    let line = server.request().line;
    assert!(line.starts_with("GET /v1.0/users/"), "{line}");
}
