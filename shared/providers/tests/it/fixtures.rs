//! Every file in `fixtures/google` is a test: what becomes of it is written down in a snapshot.

use std::fs;
use std::path::PathBuf;

use domain::Provider;
use providers::calendar::{After, Page, ReadError};
use providers::grant::Grant;
use providers::webhook;

use crate::server::{Reply, Server, parse};
use crate::{CALENDAR, SUBSCRIPTION, access, client, now};

const EXTERNAL_ID: &str = "amelia.north@example.com";

pub(crate) fn fixture(name: &str) -> String {
    let path = folder().join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/google")
}

#[tokio::test]
async fn every_fixture_is_understood_as_the_snapshot_says() {
    let mut names: Vec<String> = fs::read_dir(folder())
        .expect("the folder of fixtures")
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.into_string().expect("a plain name"))
        .collect();
    names.sort();

    let mut outcomes = String::new();
    for name in names {
        outcomes += &format!("{name}\n  {}\n", outcome(&name, &fixture(&name)).await);
    }

    insta::assert_snapshot!(outcomes);
}

/// What the crate makes of a fixture. Its name says what it is an answer to, and with what status.
async fn outcome(name: &str, text: &str) -> String {
    if name.starts_with("notify-") {
        let request = parse(text).expect("a request");
        let claimed = webhook::parse(Provider::Google, &request.headers, b"").expect("a shape");
        return format!("{claimed:?}");
    }
    if name.ends_with("-request.http") || name.ends_with("-204.http") || name.contains("decoded") {
        return "compared with what is sent, in another test".to_owned();
    }

    // The fixtures' channel is not ours; everything else about it is as it would be.
    let text = text.replace("ch-01JCBK7Q2M5T8XW0E4N9R6V3ZD", &SUBSCRIPTION.to_string());
    let status = name
        .split(['-', '.'])
        .filter(|part| part.len() == 3)
        .find_map(|part| part.parse().ok())
        .unwrap_or(200);
    let server = Server::answering(Reply::new(status, text.as_str())).await;
    let client = client(&server);
    let (google, access) = (Provider::Google, access());
    if name.starts_with("watch-") {
        let watched = client.watch(
            google,
            &access,
            EXTERNAL_ID,
            SUBSCRIPTION,
            "t",
            "https://a.test",
        );
        return format!("{:?}", watched.await);
    }
    if name.starts_with("channels-stop-") {
        return format!(
            "{:?}",
            client.stop(google, &access, SUBSCRIPTION, "r").await
        );
    }
    if name.starts_with("oauth-") {
        let grant = Grant::GoogleRefreshToken {
            refresh_token: "r".into(),
        };
        let oauth = providers::grant::OAuthClient {
            id: "c".to_owned(),
            secret: "s".into(),
        };
        return format!(
            "{:?}",
            client.access_token(&grant, Some(&oauth), now()).await
        );
    }
    if name.starts_with("event-") {
        let id = text.split("\"id\": \"").nth(1).expect("an id");
        let id = id.split('"').next().expect("the end of an id");
        let item = client
            .event(google, &access, CALENDAR, EXTERNAL_ID, id)
            .await;
        return format!("{item:?}");
    }
    assert!(
        name.starts_with("events-list-") || name.starts_with("error-"),
        "{name} is unknown"
    );
    let page = client
        .page(google, &access, CALENDAR, EXTERNAL_ID, Some("s"), None)
        .await;
    match page {
        Ok(Page {
            items,
            unreadable,
            after,
        }) => format!(
            "{} items, {unreadable} unreadable, then {after:?}",
            items.len()
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
        let server = Server::answering(Reply::new(200, fixture(name))).await;

        let page = client(&server)
            .page(
                Provider::Google,
                &access(),
                CALENDAR,
                EXTERNAL_ID,
                None,
                None,
            )
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
    let read = async |page| {
        client(&server)
            .page(
                Provider::Google,
                &access(),
                CALENDAR,
                EXTERNAL_ID,
                None,
                page,
            )
            .await
    };

    let first = read(None).await.expect("a page");
    assert_eq!(first.after, After::Page(token.to_owned()));
    assert!(first.items.is_empty());
    // The same answer to the page it names would go on for ever.
    let again = read(Some(token)).await;
    assert!(
        matches!(again, Err(ReadError::Unreadable { .. })),
        "{again:?}"
    );
}
