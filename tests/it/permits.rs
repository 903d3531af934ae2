//! Slots of a mailbox, in the table that all sandboxes share.

use app::permits::{Entry, Permit};
use domain::Provider;
use jiff::SignedDuration;
use simulator::Settings;
use testkit::World;

/// Asks for a permit at the main calendar, for an invocation that ends in two minutes.
async fn enter(world: &World, owner: &str) -> Entry {
    let source = world.source(world.main());
    let until = world.now() + SignedDuration::from_mins(2);
    let permits = &world.sync.syncer.permits;
    permits.enter(&source, owner, until).await.expect("an AWS")
}

async fn permitted(world: &World, owner: &str) -> Permit {
    match enter(world, owner).await {
        Entry::Permitted(permit) => permit,
        other => panic!("{other:?}"),
    }
}

async fn outlook() -> World {
    World::start_at(Provider::Microsoft, Settings::default()).await
}

#[tokio::test]
async fn three_runs_ask_a_mailbox_at_once_and_a_fourth_waits() {
    let world = outlook().await;
    let first = permitted(&world, "a").await;
    permitted(&world, "b").await;
    permitted(&world, "c").await;

    assert!(matches!(enter(&world, "d").await, Entry::Crowded));

    world.sync.syncer.permits.leave(&first).await;
    permitted(&world, "d").await;
}

#[tokio::test]
async fn a_run_takes_the_rest_of_a_mailbox_only_if_nobody_else_asks() {
    let world = outlook().await;
    let permits = &world.sync.syncer.permits;
    let ours = permitted(&world, "a").await;

    assert!(permits.widen(&ours).await.expect("an AWS"));
    assert!(matches!(enter(&world, "b").await, Entry::Crowded));

    permits.narrow(&ours).await;
    permitted(&world, "b").await;
    assert!(!permits.widen(&ours).await.expect("an AWS"));
}

#[tokio::test]
async fn a_run_that_dies_leaves_its_slots_when_its_invocation_had_to_be_over() {
    let world = outlook().await;
    let permits = &world.sync.syncer.permits;
    let dead = permitted(&world, "a").await;
    assert!(permits.widen(&dead).await.expect("an AWS"));

    world.advance(SignedDuration::from_mins(2));

    permitted(&world, "b").await;
    // It comes to life again, and gives back nothing that is not its own.
    permits.narrow(&dead).await;
    permits.leave(&dead).await;
    permitted(&world, "c").await;
    permitted(&world, "d").await;
    assert!(matches!(enter(&world, "e").await, Entry::Crowded));
}

#[tokio::test]
async fn a_request_that_is_repeated_takes_one_slot() {
    let world = outlook().await;

    for _ in 0..3 {
        permitted(&world, "a").await;
    }

    permitted(&world, "b").await;
    permitted(&world, "c").await;
}

#[tokio::test]
async fn a_google_calendar_is_asked_without_a_permit() {
    let world = World::start().await;

    assert!(matches!(enter(&world, "a").await, Entry::Unlimited));
    assert!(world.cloud.take_calls().is_empty());
}
