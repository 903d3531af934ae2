//! The simulator over real sockets: its delivery loop and the delivery map.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use http::{HeaderMap, StatusCode, Uri};
use jiff::SignedDuration;
use serde_json::json;
use simulator::{Clock, DeliveryTarget, Settings};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::world::{AMELIA, World};

/// A receiver on loopback that answers with the given statuses and then 200.
async fn receiver(statuses: Vec<u16>) -> (String, mpsc::UnboundedReceiver<(Uri, HeaderMap)>) {
    let (sender, received) = mpsc::unbounded_channel();
    let statuses = Arc::new(Mutex::new(statuses.into_iter()));
    let answer = move |uri: Uri, headers: HeaderMap| {
        let status = statuses.lock().expect("no panic").next().unwrap_or(200);
        sender.send((uri, headers)).expect("the test listens");
        async move { StatusCode::from_u16(status).expect("a status") }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    (base, received)
}

async fn serve(base: &str, clock: Clock) -> World {
    let target = DeliveryTarget {
        base: base.to_owned(),
        host: Some("hooks.localhost".to_owned()),
    };
    let settings = Settings {
        delivery_map: BTreeMap::from([("https://hooks.calsync.example".to_owned(), target)]),
        retry_first: SignedDuration::from_millis(1),
        ..Settings::default()
    };
    let world = World::with(settings).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let simulator = world.simulator.clone();
    tokio::spawn(async move { simulator.serve(listener, clock).await });
    world
}

#[tokio::test]
async fn a_message_reaches_loopback_with_the_mapped_host() {
    let (base, mut received) = receiver(vec![]).await;
    let world = serve(&base, Clock::Manual).await;

    world.watch("ch-1").await;

    let (uri, headers) = received.recv().await.expect("a message");
    assert_eq!(uri.path(), "/v1/hooks/google");
    assert_eq!(headers["host"], "hooks.localhost");
    assert_eq!(headers["content-type"], "application/json; utf-8");
    assert_eq!(headers["content-length"], "0");
    assert_eq!(headers["x-goog-resource-state"], "sync");
    assert_eq!(headers["x-goog-channel-token"], "secret");
    assert!(
        headers["user-agent"]
            .to_str()
            .expect("text")
            .starts_with("APIs-Google; (+")
    );
}

#[tokio::test]
async fn a_503_is_sent_again_and_a_404_is_not() {
    let (base, mut received) = receiver(vec![503, 500, 200, 404]).await;
    let world = serve(&base, Clock::Wall).await;
    // The world was made at a fixed time; the account's token has expired on the wall clock.
    world.simulator.follow(Clock::Manual);
    world.watch("ch-1").await;
    world.simulator.follow(Clock::Wall);

    let mut numbers = Vec::new();
    for _ in 0..3 {
        numbers.push(received.recv().await.expect("an attempt").1["x-goog-message-number"].clone());
    }
    assert_eq!(numbers, ["1", "1", "1"]);

    // A lost message and the one after it: nothing in between.
    world.simulator.follow(Clock::Manual);
    world.simulator.storm(AMELIA, None, 2);
    world.simulator.follow(Clock::Wall);
    let lost = received.recv().await.expect("a message").1["x-goog-message-number"].clone();
    let next = received.recv().await.expect("a message").1["x-goog-message-number"].clone();
    assert_ne!(lost, next);
}

#[tokio::test]
async fn many_messages_are_under_way_at_once() {
    let waiting = Arc::new(AtomicU16::new(0));
    let seen = waiting.clone();
    let gate = Arc::new(tokio::sync::Barrier::new(8));
    let answer = move || {
        let (seen, gate) = (seen.clone(), gate.clone());
        async move {
            seen.fetch_add(1, Ordering::SeqCst);
            gate.wait().await;
            StatusCode::OK
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    let world = serve(&base, Clock::Manual).await;

    // Each request is answered only when eight have arrived.
    world.watch("ch-1").await;
    world.simulator.storm(AMELIA, None, 7);
    while world
        .simulator
        .deliveries()
        .iter()
        .any(|one| one.fate != simulator::Fate::Delivered)
    {
        tokio::task::yield_now().await;
    }

    assert_eq!(waiting.load(Ordering::SeqCst), 8);
}

#[tokio::test]
async fn with_the_setting_the_sync_message_arrives_before_the_answer() {
    let (base, mut received) = receiver(vec![]).await;
    let target = DeliveryTarget { base, host: None };
    let settings = Settings {
        sync_before_answer: true,
        delivery_map: BTreeMap::from([("https://hooks.calsync.example".to_owned(), target)]),
        ..Settings::default()
    };
    let world = World::with(settings).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let simulator = world.simulator.clone();
    tokio::spawn(async move { simulator.serve(listener, Clock::Manual).await });

    let answer = world.watch("ch-1").await;

    assert_eq!(answer.status, 200);
    let (_, headers) = received.try_recv().expect("the message was first");
    assert_eq!(headers["host"], "hooks.calsync.example");
}

#[tokio::test]
async fn the_api_answers_over_a_socket_with_its_own_token_url() {
    let simulator = simulator::Simulator::new(Settings::default());
    let account = simulator.add_account(AMELIA);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let serving = simulator.clone();
    tokio::spawn(async move { serving.serve(listener, Clock::Wall).await });
    let client = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    let form = serde_urlencoded::to_string([
        ("client_id", "simulator-client"),
        ("client_secret", "simulator-secret"),
        ("grant_type", "refresh_token"),
        ("refresh_token", &account.refresh_token),
    ])
    .expect("a form");

    let response = client
        .post(format!("{base}/token"))
        .body(form)
        .send()
        .await
        .expect("an answer");

    let answer: serde_json::Value =
        serde_json::from_str(&response.text().await.expect("text")).expect("JSON");
    let bearer = answer["access_token"].as_str().expect("a token").to_owned();
    let events = format!("{base}/calendar/v3/calendars/primary/events");
    let response = client
        .get(events)
        .bearer_auth(bearer)
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status().as_u16(), 200);
    assert_eq!(json!(simulator.requests_to("events.list")), json!(1));
}
