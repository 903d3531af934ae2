//! Every file in `fixtures/microsoft` is a test: what becomes of it is written down in a snapshot.

use domain::Provider::Microsoft;
use providers::{Client, Page, Start};

use super::{TENANT, access, consent, event_ask, fixture, graph, place, secret, wish};
use crate::server::Reply;
use crate::{SUBSCRIPTION, client, fixtures, now, status_in};

/// What is sent to us and not to Graph; the tests of webhooks read it.
const READ_ELSEWHERE: [&str; 3] = ["validation-", "notify-", "lifecycle-"];

/// What we never ask for: a subscription is replaced by another one, and found by its name.
const NEVER_ASKED_FOR: [&str; 3] = [
    "subscription-list-",
    "subscription-reauthorize-",
    "subscription-renew-",
];

#[tokio::test]
async fn every_fixture_is_understood_as_the_snapshot_says() {
    let mut outcomes = String::new();
    for name in fixtures("microsoft") {
        outcomes += &format!("{name}\n{}", outcome(&name).await);
    }

    insta::assert_snapshot!(outcomes);
}

fn starts_with_one_of(name: &str, beginnings: &[&str]) -> bool {
    beginnings
        .iter()
        .any(|beginning| name.starts_with(beginning))
}

/// What the crate makes of a fixture. Its name says what it is an answer to, and with what status.
async fn outcome(name: &str) -> String {
    if starts_with_one_of(name, &READ_ELSEWHERE) {
        return "  read elsewhere\n".to_owned();
    }
    if starts_with_one_of(name, &NEVER_ASKED_FOR) {
        return "  never asked for\n".to_owned();
    }
    let is_request = name.ends_with("-request.http") || name == "batch-request.json";
    if is_request {
        return "  compared with what is sent, in another test\n".to_owned();
    }

    let text = fixture(name);
    let reply = if text.starts_with("HTTP/1.1 ") {
        Reply::parse(&text)
    } else {
        Reply::new(status_in(name), text)
    };
    let server = graph(vec![reply]).await;
    let client = client(&server);
    if name.starts_with("error-") {
        return format!(
            "  read: {}\n  watch: {}\n  stop: {}\n",
            page(&client).await,
            watch(&client).await,
            stop(&client).await
        );
    }
    if name.starts_with("oauth-") {
        let grant = consent(TENANT);
        let bought = client.access_token(&grant, Some(&secret()), now()).await;
        return format!("  {bought:?}\n");
    }
    if name.starts_with("subscription-create-") {
        return format!("  {}\n", watch(&client).await);
    }
    if name.starts_with("subscription-delete-") {
        return format!("  {}\n", stop(&client).await);
    }
    if name.starts_with("batch-response-") {
        let asks = [event_ask("a"), event_ask("b")];
        let found = client.look_up(&place(&access()), &asks).await;
        return format!("  {found:?}\n");
    }
    assert!(name.starts_with("calendarview-delta-"), "{name} is unknown");
    format!("  {}\n", page(&client).await)
}

async fn page(client: &Client) -> String {
    let page = client.page(&place(&access()), Start::Cursor("c")).await;
    match page {
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

async fn watch(client: &Client) -> String {
    let wish = wish("t", "https://a.test");
    let watching = client.watch(&place(&access()), &wish, now()).await;
    format!("{watching:?}")
}

async fn stop(client: &Client) -> String {
    let ended = client.stop(Microsoft, &access(), SUBSCRIPTION, "s").await;
    format!("{ended:?}")
}
