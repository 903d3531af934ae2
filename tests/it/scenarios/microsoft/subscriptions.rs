//! Subscriptions that are lost, refused, removed, or of which something was missed.

use app::watch::Watched;
use domain::Provider;
use domain::subscription::NoPush;
use serde_json::{Value, json};
use simulator::{Fault, LifecycleEvent, Settings};
use testkit::World;

use super::clean;
use crate::events_of::meeting;
use crate::scenarios::is_true;
use crate::scenarios::scene::{
    arrives, channel, items, pass, said_since, settled, settled_from_nothing,
};

async fn start() -> World {
    World::start_at(Provider::Microsoft, Settings::default()).await
}

#[tokio::test]
async fn a_leftover_of_our_own_is_ended_and_replaced_by_the_next_watch() {
    let world = start().await;
    world.google.fault(Fault::LoseWatchAnswer);
    let (forgotten, watched) = world.watch(world.main()).await;
    assert_eq!(watched, Watched::Polled(NoPush::Unanswered));
    let left = channel(&world);
    world
        .watcher
        .unwatch(forgotten)
        .await
        .expect("a watched calendar");

    let (key, watched) = world.watch(world.main()).await;

    assert!(matches!(watched, Watched::Pushed(_)), "{watched:?}");
    let watches = world.watches();
    assert_eq!(watches.len(), 2);
    assert!(
        watches
            .iter()
            .all(|it| it.live != (it.id == left) && it.stopped == (it.id == left))
    );
    world.settle().await;
    world.put(meeting("Budget"));
    assert_eq!(arrives(&world).await, 1);
    settled(&world, key).await;
}

#[tokio::test]
async fn a_calendar_that_refuses_to_be_subscribed_to_is_polled() {
    let world = start().await;
    world.fault(Fault::RefuseWatch);

    let (key, watched) = world.watch(world.main()).await;

    assert_eq!(watched, Watched::Polled(NoPush::Unwatchable));
    pass(&world, 1).await;
    world.put(meeting("Budget"));
    assert_eq!(world.deliver().await, [0; 0]);
    pass(&world, 7).await;
    is_true(&world, key, world.main()).await;
    assert_eq!(said_since(&world, key).await, ["event.created"]);
}

#[tokio::test]
async fn a_permission_that_is_missing_is_said_and_leaves_nothing_watched() {
    for status in [401, 403] {
        let world = start().await;
        world.google.fault(Fault::RefuseSubscription { status });
        let source = world.source(world.main());

        let refused = world.watcher.watch(world.organization, &source).await;

        let error = app::error_chain(&refused.expect_err("a permission is missing"));
        assert!(error.contains("ExtensionError"), "{error}");
        assert_eq!(world.watches(), []);
        assert_eq!(world.work().await, 0);
    }
}

/// What the row of the one subscription says it needs.
async fn attention(world: &World) -> Value {
    let rows = items(world, "test-subscriptions").await;
    assert_eq!(rows.len(), 1);
    rows[0]["attention"].clone()
}

#[tokio::test]
async fn notifications_that_were_missed_lead_to_a_read() {
    let (world, key) = clean().await;
    world.google.fault(Fault::DropDelivery);
    world.put(meeting("Budget"));
    assert_eq!(world.deliver().await, [0; 0]);

    let channel = channel(&world);
    world.graph.lifecycle(&channel, LifecycleEvent::Missed);

    assert_eq!(arrives(&world).await, 1);
    assert_eq!(attention(&world).await, Value::Null);
    settled_from_nothing(&world, key).await;
    assert_eq!(said_since(&world, key).await, ["event.created"]);
}

#[tokio::test]
async fn a_subscription_that_was_removed_is_marked_and_leads_to_a_read() {
    let (world, key) = clean().await;
    world.google.fault(Fault::DropDelivery);
    world.put(meeting("Budget"));

    let channel = channel(&world);
    world
        .graph
        .lifecycle(&channel, LifecycleEvent::SubscriptionRemoved);

    assert_eq!(arrives(&world).await, 1);
    assert_eq!(attention(&world).await, json!("removed"));
    settled_from_nothing(&world, key).await;
    assert_eq!(said_since(&world, key).await, ["event.created"]);
}

#[tokio::test]
async fn a_lifecycle_event_that_nobody_knows_does_no_harm() {
    let (world, key) = clean().await;
    let channel = channel(&world);

    for kind in [
        LifecycleEvent::Unknown,
        LifecycleEvent::ReauthorizationRequired,
    ] {
        world.graph.lifecycle(&channel, kind);
        arrives(&world).await;
    }

    assert_eq!(attention(&world).await, json!("reauthorize"));
    world.put(meeting("Budget"));
    settled_from_nothing(&world, key).await;
}
