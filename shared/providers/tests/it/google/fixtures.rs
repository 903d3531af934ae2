//! Every file in `fixtures/google` is a test: what becomes of it is written down in a snapshot.

use domain::Provider::Google;
use providers::calendar::After;
use providers::{Page, ReadError, Start, webhook};

use super::{access, ask, consent, fixture, oauth, place, wish};
use crate::server::{Reply, Server, parse};
use crate::{SUBSCRIPTION, client, fixtures, now, status_in};

const EXTERNAL_ID: &str = "amelia.north@example.com";

#[tokio::test]
async fn every_fixture_is_understood_as_the_snapshot_says() {
    let mut outcomes = String::new();
    for name in fixtures("google") {
        outcomes += &format!("{name}\n  {}\n", outcome(&name, &fixture(&name)).await);
    }

    insta::assert_snapshot!(outcomes);
}

/// What the crate makes of a fixture. Its name says what it is an answer to, and with what status.
async fn outcome(name: &str, text: &str) -> String {
    if name.starts_with("notify-") {
        let request = parse(text).expect("a request");
        let claimed = webhook::parse(Google, &request.headers, b"").expect("a shape");
        return format!("{claimed:?}");
    }
    if name.ends_with("-request.http") || name.ends_with("-204.http") || name.contains("decoded") {
        return "compared with what is sent, in another test".to_owned();
    }

    // The fixtures' channel is not ours; everything else about it is as it would be.
    let text = text.replace("ch-01JCBK7Q2M5T8XW0E4N9R6V3ZD", &SUBSCRIPTION.to_string());
    let server = Server::answering(Reply::new(status_in(name), text.as_str())).await;
    let client = client(&server);
    let access = access();
    let place = place(EXTERNAL_ID, &access);
    if name.starts_with("watch-") {
        let wish = wish("t", "https://a.test");
        return format!("{:?}", client.watch(&place, &wish, now()).await);
    }
    if name.starts_with("channels-stop-") {
        let ended = client.stop(Google, &access, SUBSCRIPTION, "r").await;
        return format!("{ended:?}");
    }
    if name.starts_with("oauth-") {
        let bought = client.access_token(&consent(), Some(&oauth()), now()).await;
        return format!("{bought:?}");
    }
    if name.starts_with("event-") {
        let id = text.split("\"id\": \"").nth(1).expect("an id");
        let id = id.split('"').next().expect("the end of an id");
        return format!("{:?}", client.look_up(&place, &[ask(id)]).await);
    }
    assert!(
        name.starts_with("events-list-") || name.starts_with("error-"),
        "{name} is unknown"
    );
    match client.page(&place, Start::Cursor("s")).await {
        Ok(Page {
            items,
            asks,
            unreadable,
            after,
        }) => format!(
            "{} items, {} asks, {unreadable} unreadable, then {after:?}",
            items.len(),
            asks.len()
        ),
        Err(error) => format!("{error:?}"),
    }
}

#[tokio::test]
async fn the_items_of_the_listed_pages_are_as_the_snapshot_says() {
    for name in [
        "events-list-full-page-1.json",
        "events-list-full-page-2-final.json",
        "events-list-incremental-final.json",
    ] {
        let reply = Reply::new(200, fixture(name));
        let everything = Start::Everything(None);

        let page = crate::page(&place(EXTERNAL_ID, &access()), reply, everything)
            .await
            .expect("a page");

        insta::assert_debug_snapshot!(name, page);
    }
}

#[tokio::test]
async fn an_empty_page_that_goes_on_goes_on() {
    let text = fixture("events-list-empty-page-with-next-page-token.json");
    let server = Server::answering(Reply::new(200, text)).await;
    let token = "EjsKMGVtcHR5LXBhZ2UYgPCy_PeFkAPAPgE=";
    let read = async |start| {
        client(&server)
            .page(&place(EXTERNAL_ID, &access()), start)
            .await
    };

    let first = read(Start::Everything(None)).await.expect("a page");
    assert_eq!(first.after, After::Page(token.to_owned()));
    assert!(first.items.is_empty());
    // The same answer to the page it names would go on for ever.
    let again = read(Start::Page {
        cursor: None,
        page: token,
    })
    .await;
    assert!(
        matches!(again, Err(ReadError::Unreadable { .. })),
        "{again:?}"
    );
}
