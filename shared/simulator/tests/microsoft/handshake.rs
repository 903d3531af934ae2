//! The handshake before a subscription exists.

use std::sync::{Arc, Mutex};

use simulator::{Delivery, HandshakeAnswer, Settings, Simulator};

use crate::world::{HOOK, World, echo, wish};

/// A world that records the handshakes it answers.
async fn recorded(settings: Settings) -> (World, Arc<Mutex<Vec<Delivery>>>) {
    let world = World::of(Simulator::new(settings)).await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let record = seen.clone();
    world.simulator.answer_handshakes_with(move |delivery| {
        record.lock().expect("no panic").push(delivery.clone());
        Box::pin(async move { echo(&delivery) })
    });
    (world, seen)
}

#[tokio::test]
async fn both_addresses_are_asked_before_the_answer() {
    let (world, seen) = recorded(Settings::default()).await;

    assert_eq!(world.subscribe(&world.calendar).await.status, 201);

    let seen = seen.lock().expect("no panic");
    let start = "?validationToken=Validation%3a+Testing+client+application+reachability+for+subscription+Request-Id%3a+";
    assert!(
        seen[0].url.starts_with(&format!("{HOOK}{start}")),
        "{}",
        seen[0].url
    );
    assert!(seen[1].url.starts_with(&format!("{HOOK}/lifecycle{start}")));
    assert_ne!(seen[0].url[HOOK.len()..], seen[1].url[HOOK.len() + 10..]);
    assert_eq!(
        seen[0].header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(seen[0].header("user-agent"), None);
    assert!(seen[0].body.is_empty());
}

#[tokio::test]
async fn a_test_can_choose_the_token_and_a_query_is_kept() {
    let mut settings = Settings::default();
    settings.graph.handshake_token = Some("a token: <b>%/ü".to_owned());
    let (world, seen) = recorded(settings).await;
    let mut wish = wish(&world.calendar);
    wish["notificationUrl"] = format!("{HOOK}?k=r1").into();

    let answer = world.call("POST", "subscriptions", Some(wish)).await;

    assert_eq!(answer.status, 201);
    let seen = seen.lock().expect("no panic");
    assert_eq!(
        seen[0].url,
        format!("{HOOK}?k=r1&validationToken=a+token%3a+%3cb%3e%25%2f%c3%bc")
    );
}

#[tokio::test]
async fn whoever_answers_wrongly_gets_no_subscription() {
    let world = World::new().await;
    let bad_status = "Subscription validation request failed. HTTP status code is 'BadRequest'. Notification endpoint must respond with 200 OK to validation request.";
    type Spoil = fn(&mut HandshakeAnswer);
    let cases: [(Spoil, &str); 5] = [
        (|answer| answer.status = 400, bad_status),
        (
            |answer| answer.status = 202,
            "HTTP status code is 'Accepted'",
        ),
        (
            |answer| answer.status = 0,
            "Subscription validation request timed out.",
        ),
        (
            |answer| answer.body.push(b'\n'),
            "Response must exactly match validationToken query parameter.",
        ),
        (
            |answer| answer.content_type = Some("text/html".to_owned()),
            "Response content type must be 'text/plain'.",
        ),
    ];

    for (spoil, message) in cases {
        world.simulator.answer_handshakes_with(move |delivery| {
            Box::pin(async move {
                let mut answer = echo(&delivery);
                spoil(&mut answer);
                answer
            })
        });
        let answer = world.subscribe(&world.calendar).await;
        assert_eq!((answer.status, &*answer.code()), (400, "ValidationError"));
        assert!(answer.message().contains(message), "{}", answer.message());
    }
    assert!(world.simulator.channels().is_empty());
}

#[tokio::test(start_paused = true)]
async fn ten_seconds_without_an_answer_are_too_long() {
    let world = World::new().await;
    world
        .simulator
        .answer_handshakes_with(|_| Box::pin(std::future::pending()));

    let answer = world.subscribe(&world.calendar).await;

    assert_eq!(
        answer.message(),
        "Subscription validation request timed out."
    );
}

#[tokio::test]
async fn another_address_is_asked_when_it_is_set() {
    let (world, seen) = recorded(Settings::default()).await;
    let id = world.subscribed().await;
    seen.lock().expect("no panic").clear();

    let change = serde_json::json!({ "notificationUrl": format!("{HOOK}/2") });
    let answer = world
        .call("PATCH", &format!("subscriptions/{id}"), Some(change))
        .await;

    assert_eq!(answer.status, 200);
    assert_eq!(seen.lock().expect("no panic").len(), 1);
    assert_eq!(world.simulator.channels()[0].address, format!("{HOOK}/2"));
}

#[tokio::test]
async fn a_handshake_can_be_made_to_fail_once() {
    let world = World::new().await;
    world.simulator.fault(simulator::Fault::UnauthorizedWebhook);

    let refused = world.subscribe(&world.calendar).await;

    assert!(
        refused.message().contains("'Unauthorized'"),
        "{}",
        refused.message()
    );
    assert_eq!(world.subscribe(&world.calendar).await.status, 201);
}

#[tokio::test]
async fn without_a_function_or_a_way_nobody_answers() {
    let simulator = Simulator::new(Settings::default());
    let graph = simulator.graph();
    let mailbox = graph.add_mailbox(crate::world::AMELIA);
    let mut world = World {
        calendar: format!("users/{}", mailbox.user_id),
        simulator,
        graph,
        mailbox,
        bearer: String::new(),
    };
    world.renew().await;

    let answer = world.subscribe(&world.calendar).await;

    assert_eq!(
        answer.message(),
        "Subscription validation request timed out."
    );
}
