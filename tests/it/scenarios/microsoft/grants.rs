//! Grants that are renewed each time they are used, and an application that proves itself.

use aws::connections::State;
use domain::{CalendarKey, Provider};
use providers::grant::Grant;
use serde_json::json;
use simulator::{CalendarOptions, GraphSettings, Settings};
use testkit::world::ACCOUNT;
use testkit::{World, at_every_crash_point};

use super::{clean, clean_with};
use crate::events_of::meeting;
use crate::scenarios::is_true;
use crate::scenarios::scene::{hours, inbox, said_since, seconds, settled_from_nothing};

async fn state(world: &World) -> State {
    let connections = &world.connector.connections;
    let found = connections.get(world.organization, world.connection).await;
    found.expect("a healthy AWS").expect("a connection").state
}

#[tokio::test]
async fn refresh_tokens_that_work_once_go_on_from_run_to_run() {
    let (world, key) = clean_with(GraphSettings {
        one_time_refresh_tokens: true,
        ..GraphSettings::default()
    })
    .await;
    let bought = world.tokens_asked();

    for n in 0..6 {
        let world = world.with_fresh_sandboxes();
        world.put(meeting(&format!("Event {n}")));
        world.deliver().await;
        world.work().await;
        // Longer than an access token lives.
        world.advance(hours(2));
        settled_from_nothing(&world, key).await;
    }

    assert!(world.tokens_asked() >= bought + 6);
    assert_eq!(state(&world).await, State::Active);
    assert_eq!(said_since(&world, key).await.len(), 6);
}

#[tokio::test]
async fn a_crash_between_buying_a_token_and_keeping_its_successor_is_survived() {
    let crashes = at_every_crash_point(async |after| {
        let (world, key) = clean().await;
        world.put(meeting("Budget"));
        world.deliver().await;
        let message = world.cloud.receive("test-interactive").expect("a message");
        // Nothing is cached, so that a token is bought.
        let fresh = world.with_fresh_sandboxes();

        let work = fresh.work_on(&message);
        let ended = world.cloud.crash_during(after, work).await;

        if !ended.crashed() {
            world.cloud.delete("test-interactive", &message);
        }
        let world = world.with_fresh_sandboxes();
        settled_from_nothing(&world, key).await;
        assert_eq!(state(&world).await, State::Active);
        assert_eq!(inbox(&world, key).await.fails, 0);
        ended
    })
    .await;
    assert!(crashes >= 12, "{crashes}");
}

#[tokio::test]
async fn two_workers_that_renew_a_grant_at_once_leave_one_that_works() {
    for seed in 0..4 {
        let (world, main) = clean().await;
        let other = world.add_calendar("other", CalendarOptions::default());
        let (key, _) = world.watch(&other).await;
        world.settle().await;
        world.put(meeting("Mine"));
        world.put_in(&other, meeting("Ours"));
        world.deliver().await;
        let next = || world.cloud.receive("test-interactive").expect("a message");
        let (first, second) = (next(), next());
        world.cloud.shuffle_calls(seed);
        let (one, two) = (world.with_fresh_sandboxes(), world.with_fresh_sandboxes());

        let worked = tokio::join!(one.work_on(&first), two.work_on(&second));

        assert_eq!(worked, (true, true));
        world.cloud.delete("test-interactive", &first);
        world.cloud.delete("test-interactive", &second);
        let world = world.with_fresh_sandboxes();
        world.put(meeting("Later"));
        settled_from_nothing(&world, main).await;
        is_true(&world, key, &other).await;
        assert_eq!(state(&world).await, State::Active);
    }
}

/// A world whose application proves itself by its certificate.
fn with_certificate(world: &World) -> World {
    let certificate = world.graph.certificate();
    let client = json!({
        "client_id": GraphSettings::default().client_id,
        "certificate_private_key": certificate.private_key_pem,
        "certificate_thumbprint": certificate.thumbprint_sha256,
    });
    let secret = client.to_string();
    world.cloud.put_secret("microsoft-oauth-client", &secret);
    world.with_fresh_sandboxes()
}

async fn follows(world: &World) -> CalendarKey {
    let (key, _) = world.watch(world.main()).await;
    // An assertion is signed for its moment and works once; another one needs another moment.
    world.advance(seconds(1));
    world.settle().await;
    world.put(meeting("Budget"));
    settled_from_nothing(world, key).await;
    world.advance(hours(3));
    world.put(meeting("Later"));
    settled_from_nothing(world, key).await;
    assert_eq!(said_since(world, key).await, ["event.created"; 2]);
    assert_eq!(inbox(world, key).await.fails, 0);
    key
}

async fn start() -> World {
    World::start_at(Provider::Microsoft, Settings::default()).await
}

#[tokio::test]
async fn a_users_consent_works_with_a_certificate() {
    let world = with_certificate(&start().await);

    follows(&world).await;
}

#[tokio::test]
async fn an_administrators_consent_works_with_a_secret_and_with_a_certificate() {
    let by_secret = start().await;
    let by_certificate = with_certificate(&start().await);

    for mut world in [by_secret, by_certificate] {
        let tenant = world.graph.add_mailbox(ACCOUNT).tenant_id;
        world.graph.grant_tenant(&tenant);
        world.connection = world.keep(&Grant::MicrosoftTenant { tenant }).await;
        follows(&world).await;
    }
}

#[tokio::test]
async fn an_administrator_who_did_not_consent_is_the_operators_business() {
    let mut world = start().await;
    let tenant = world.graph.add_mailbox(ACCOUNT).tenant_id;
    world.connection = world.keep(&Grant::MicrosoftTenant { tenant }).await;
    let source = world.source(world.main());

    let refused = world.watcher.watch(world.organization, &source).await;

    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(state(&world).await, State::Active);
}
