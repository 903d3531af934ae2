//! Three seconds: Graph is answered before it stops waiting, whatever AWS does.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws::inbox::Inboxes;
use aws::notifications::Notifications;
use domain::Provider;
use jiff::SignedDuration;
use lambda_http::http::StatusCode;
use testkit::{Failure, Service, World};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::time::Instant;

use super::scene::{Outlook, address, asked, batch, calendar, clean, post, request, send};

/// An AWS that takes requests and never answers. How many it took.
async fn hanging() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound socket");
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut all = Vec::new();
                let _ = socket.read_to_end(&mut all).await;
            });
        }
    });
    (format!("http://{address}"), taken)
}

/// The same world; its webhook function meets a DynamoDB that hangs.
async fn with_hanging_tables(world: &World) -> (World, Arc<AtomicUsize>) {
    let (endpoint, taken) = hanging().await;
    let mut builder = world.cloud.sdk_config_without_retries().into_builder();
    builder.set_http_client(None);
    let sdk = builder.endpoint_url(endpoint).build();
    let day = SignedDuration::from_hours(24);
    let mut world = world.clone();
    world.receiver.inboxes = Inboxes::new(&sdk, "test-calendars".to_owned());
    world.receiver.notifications =
        Notifications::new(&sdk, "test-notifications".to_owned(), day, day);
    (world, taken)
}

/// Asks as in production, on a clock that jumps to whatever is waited for. The status, and how
/// long it took.
async fn timed(world: &World, elements: &[serde_json::Value]) -> (StatusCode, Duration) {
    let request = request(&address(world.organization), batch(elements));
    tokio::time::pause();
    let begun = Instant::now();
    let answer = lambda::webhook::answer(&world.receiver, Provider::Microsoft, &request).await;
    let took = begun.elapsed();
    tokio::time::resume();
    (answer.status(), took)
}

#[tokio::test]
async fn an_aws_that_hangs_is_answered_for_in_two_and_a_half_seconds() {
    let (world, outlook) = clean().await;
    let (slow, taken) = with_hanging_tables(&world).await;

    for elements in [
        vec![outlook.changed(1)],
        vec![outlook.changed(1), outlook.changed(2)],
    ] {
        let (status, took) = timed(&slow, &elements).await;

        assert_eq!(status, 503);
        assert!(took >= Duration::from_millis(2_500), "{took:?}");
        assert!(took < Duration::from_millis(2_600), "{took:?}");
    }
    assert_eq!(taken.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn sixteen_groups_are_begun_and_the_others_are_left_to_the_next_time() {
    let (world, _) = clean().await;
    let mut of: Vec<Outlook> = Vec::new();
    for n in 100..140 {
        of.push(calendar(&world, world.organization, n).await);
    }
    let elements: Vec<_> = of.iter().map(|outlook| outlook.changed(1)).collect();
    let (slow, taken) = with_hanging_tables(&world).await;

    let (status, took) = timed(&slow, &elements).await;

    assert_eq!(status, 503);
    assert!(took < Duration::from_millis(2_600), "{took:?}");
    assert_eq!(taken.load(Ordering::SeqCst), 16);
    // AWS is well again, and Graph repeats all of it.
    assert_eq!(post(&world, &elements).await, 202);
    for outlook in &of {
        assert_eq!(asked(&world, outlook).await, 3, "born, activated, changed");
    }
}

#[tokio::test]
async fn an_aws_that_is_down_is_answered_for_with_a_time_to_come_again() {
    for service in [Service::DynamoDb, Service::Sqs] {
        let (world, outlook) = clean().await;
        world.cloud.break_service(service);
        let elements = [outlook.changed(1), outlook.changed(2)];

        let (status, headers, body) =
            send(&world, &address(world.organization), batch(&elements)).await;

        assert_eq!((status, &*body), (503, b"try again\n".as_slice()));
        assert_eq!(headers["retry-after"], "5");
        world.cloud.mend_service(service);
        assert_eq!(post(&world, &elements).await, 202);
        world.settle().await;
        assert!(world.owes_nothing(outlook.key).await);
    }
}

#[tokio::test]
async fn without_keys_nobody_is_called_a_forger() {
    let (world, outlook) = clean().await;
    let world = world.with_fresh_sandboxes();
    let before = asked(&world, &outlook).await;
    world.cloud.break_service(Service::SecretsManager);

    assert_eq!(post(&world, &[outlook.changed(1)]).await, 503);

    world.cloud.mend_service(Service::SecretsManager);
    assert_eq!(post(&world, &[outlook.changed(1)]).await, 202);
    assert_eq!(asked(&world, &outlook).await, before + 1);
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_counted_at_most_once_more() {
    for call in ["UpdateItem", "BatchWriteItem", "SendMessage"] {
        let (world, outlook) = clean().await;
        let before = asked(&world, &outlook).await;
        world.cloud.fail_next(call, Failure::TimeoutAfterWrite, 1);

        let elements = [outlook.changed(1), outlook.changed(2)];
        assert_eq!(post(&world, &elements).await, 202, "{call}");

        assert_eq!(world.cloud.failures_left(), 0, "{call}");
        assert!(asked(&world, &outlook).await <= before + 2, "{call}");
        world.settle().await;
        assert!(world.owes_nothing(outlook.key).await, "{call}");
    }
}
