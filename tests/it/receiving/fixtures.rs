//! What Graph really sends: captured and documented payloads, with our tokens in them.

use std::fs;
use std::path::Path;

use serde_json::Value;
use testkit::World;

use super::scene::{Outlook, address, asked, calendar, clean, records, row, send};

/// The subscription names and tokens that stand in the fixtures.
const NAMES: [&str; 2] = [
    "5522bd62-7c96-4530-85b0-00b916f6151a",
    "d9e0a6c1-41f7-4f3c-8e02-7ab5c3619d20",
];
const TOKENS: [&str; 2] = [
    "cs1.Zk3vQ7rN0bXy5LwT8hJd2aPs6mUe9gCf",
    "cs2.Hq8nD4tV1kRz6YcB3xMw0sJp7fLa5uGe",
];

fn read(name: &str) -> String {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = tests.join("it/fixtures/microsoft").join(name);
    fs::read_to_string(path).expect("a fixture")
}

/// The body of an HTTP message, and its first line.
fn message(text: &str) -> (&str, &str) {
    let (head, body) = text.split_once("\n\n").expect("a head and a body");
    (head.lines().next().expect("a first line"), body)
}

/// A world with two subscriptions, the second of another calendar.
async fn two() -> (World, [Outlook; 2]) {
    let (world, one) = clean().await;
    let other = calendar(&world, world.organization, 2).await;
    (world, [one, other])
}

async fn post(world: &World, of: &[Outlook; 2], name: &str) -> u16 {
    let mut body = read(name);
    for (n, outlook) in of.iter().enumerate() {
        body = body.replace(TOKENS[n], &outlook.token);
        body = body.replace(NAMES[n], &outlook.name);
    }
    send(world, &address(world.organization), body).await.0
}

#[tokio::test]
async fn a_handshake_is_answered_byte_by_byte() {
    let expected = read("validation-response-200.http");
    let (first, body) = message(&expected);
    for name in [
        "validation-request.http",
        "validation-request-url-already-has-query.http",
    ] {
        let (world, _) = clean().await;
        let text = read(name);
        let query = message(&text).0.split(['?', ' ']).nth(2).expect("a query");
        let uri = format!("{}?{query}", address(world.organization));

        let (status, headers, answered) = send(&world, &uri, "").await;

        assert_eq!(first, format!("HTTP/1.1 {status} OK"));
        for line in expected.lines().skip(1).take_while(|it| !it.is_empty()) {
            let (header, value) = line.split_once(": ").expect("a header");
            match header {
                "Content-Length" => assert_eq!(value, answered.len().to_string()),
                _ => assert_eq!(headers[header], value, "{header}"),
            }
        }
        assert_eq!(String::from_utf8_lossy(&answered), body);
        assert_eq!(world.cloud.take_calls(), []);
    }
}

#[tokio::test]
async fn a_batch_of_two_subscriptions_counts_for_both() {
    let (world, of) = two().await;
    let before = [asked(&world, &of[0]).await, asked(&world, &of[1]).await];

    let status = post(
        &world,
        &of,
        "notify-batch-3-notifications-2-subscriptions.json",
    )
    .await;

    assert_eq!(status, 202);
    assert_eq!(
        asked(&world, &of[0]).await,
        before[0] + 1,
        "two, in one bump"
    );
    assert_eq!(asked(&world, &of[1]).await, before[1] + 1);
    assert_eq!(records(&world, &of[1]).await.len(), 1);
}

#[tokio::test]
async fn a_bad_client_state_costs_its_element_only() {
    let (world, of) = two().await;
    let before = (
        asked(&world, &of[0]).await,
        records(&world, &of[0]).await.len(),
    );

    assert_eq!(
        post(&world, &of, "notify-mixed-one-bad-client-state.json").await,
        202
    );

    assert_eq!(asked(&world, &of[0]).await, before.0 + 1);
    assert_eq!(records(&world, &of[0]).await.len(), before.1 + 1);
}

#[tokio::test]
async fn each_documented_notification_is_counted_and_its_repetition_recognised() {
    for name in ["notify-single-updated.json", "notify-with-id-field.json"] {
        let (world, of) = two().await;
        let before = asked(&world, &of[0]).await;

        assert_eq!(post(&world, &of, name).await, 202);
        assert_eq!(post(&world, &of, name).await, 202);

        assert_eq!(asked(&world, &of[0]).await, before + 1, "{name}");
        let records = records(&world, &of[0]).await;
        assert!(records.iter().all(|it| it["mismatch"] == false), "{name}");
    }
}

#[tokio::test]
async fn a_subscription_name_we_do_not_know_counts_by_its_token_and_is_noted() {
    let (world, of) = two().await;
    let before = asked(&world, &of[0]).await;

    assert_eq!(
        post(&world, &of, "notify-unknown-subscription.json").await,
        202
    );

    assert_eq!(asked(&world, &of[0]).await, before + 1);
    let records = records(&world, &of[0]).await;
    assert_eq!(
        records.iter().filter(|it| it["mismatch"] == true).count(),
        1
    );
}

#[tokio::test]
async fn each_documented_lifecycle_event_does_what_it_says() {
    for (name, bumps, attention) in [
        ("lifecycle-missed.json", 1, Value::Null),
        ("lifecycle-subscription-removed.json", 1, "removed".into()),
        (
            "lifecycle-reauthorization-required.json",
            0,
            "reauthorize".into(),
        ),
    ] {
        let (world, of) = two().await;
        let before = asked(&world, &of[0]).await;

        assert_eq!(post(&world, &of, name).await, 202, "{name}");

        assert_eq!(asked(&world, &of[0]).await, before + bumps, "{name}");
        assert_eq!(row(&world, &of[0]).await["attention"], attention, "{name}");
    }
}

#[tokio::test]
async fn lifecycle_events_of_two_subscriptions_come_together() {
    let (world, of) = two().await;
    let before = [asked(&world, &of[0]).await, asked(&world, &of[1]).await];

    assert_eq!(post(&world, &of, "lifecycle-batch-mixed.json").await, 202);

    assert_eq!(asked(&world, &of[0]).await, before[0] + 1, "missed");
    assert_eq!(asked(&world, &of[1]).await, before[1], "reauthorization");
    assert_eq!(row(&world, &of[1]).await["attention"], "reauthorize");
}

#[tokio::test]
async fn a_rich_notification_is_a_hint_whatever_its_content_and_proofs_are() {
    for name in [
        "notify-rich.json",
        "notify-rich-bad-signature.json",
        "notify-rich-unknown-certificate.json",
        "notify-rich-null-validation-tokens.json",
    ] {
        let (world, of) = two().await;
        let before = asked(&world, &of[0]).await;

        assert_eq!(post(&world, &of, name).await, 202, "{name}");

        // Nobody asked for the content, and what counts is our own token.
        assert_eq!(asked(&world, &of[0]).await, before + 1, "{name}");
    }
}
