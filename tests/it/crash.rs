//! A crash after every single effect, one after the other: nothing is lost by any of them.

use jiff::SignedDuration;
use testkit::world::{ACCOUNT, INVOCATION};
use testkit::{CrashPoints, Ended, Message, World, at_every_crash_point};

use crate::events_of::{meeting, stand_up};

/// A world with a clean main calendar.
async fn clean() -> (World, domain::CalendarKey) {
    let world = World::start().await;
    let key = world.watch_main().await;
    (world, key)
}

/// What a provider does when no answer comes: it repeats itself.
async fn receive_and_crash(world: &World, after: usize) -> Ended<()> {
    let deliveries = world.google.take_deliveries();
    let ended = world
        .cloud
        .crash_during(after, async {
            for delivery in &deliveries {
                world.hand_over(delivery).await;
            }
        })
        .await;
    for delivery in &deliveries {
        let answer = if ended.crashed() {
            simulator::Answer::Nothing
        } else {
            simulator::Answer::Status(200)
        };
        world.google.delivered(delivery.id, answer);
    }
    ended
}

#[tokio::test]
async fn a_receiver_that_dies_after_any_effect_loses_nothing() {
    for seed in 0..3 {
        let crashes = at_every_crash_point(async |after| {
            let (world, key) = clean().await;
            // Record and send run side by side; a seed tries one order of them.
            world.cloud.shuffle_calls(seed);
            world.google.put_event(ACCOUNT, meeting("Budget"));

            let ended = receive_and_crash(&world, after).await;
            let world = world.with_fresh_sandboxes();

            world.settle().await;
            world.assert_in_sync(key).await;
            ended
        })
        .await;
        assert!(crashes >= 4, "look, bump, record, send: {crashes}");
    }
}

#[tokio::test]
async fn a_receiver_that_dies_loses_nothing_even_if_the_provider_never_repeats_itself() {
    // Google may give up. What was counted is then swept, and what was not is found by the next
    // poll, as for a notification that never arrived.
    at_every_crash_point(async |after| {
        let (world, key) = clean().await;
        world.google.put_event(ACCOUNT, meeting("Budget"));

        let deliveries = world.google.take_deliveries();
        let ended = world
            .cloud
            .crash_during(after, async {
                for delivery in &deliveries {
                    world.hand_over(delivery).await;
                }
            })
            .await;
        for delivery in &deliveries {
            world.google.delivered(delivery.id, 400);
        }
        let world = world.with_fresh_sandboxes();
        if after < 3 && ended.crashed() {
            world.advance(SignedDuration::from_hours(16));
            world.sweep().await;
        }

        world.settle().await;
        world.assert_in_sync(key).await;
        ended
    })
    .await;
}

/// Changes of every kind, so that a run has rows, markers, deletions and two transactions.
async fn change_everything(world: &World) {
    let first = world.google.put_event(ACCOUNT, meeting("To be deleted"));
    let second = world.google.put_event(ACCOUNT, meeting("To be changed"));
    let series = world.google.put_event(ACCOUNT, stand_up());
    world.settle().await;
    world.google.delete_event(ACCOUNT, &first);
    let mut changed = meeting("Changed");
    changed["id"] = second.into();
    world.google.put_event(ACCOUNT, changed);
    world
        .google
        .cancel_occurrence(ACCOUNT, &series, "2026-11-19T09:30:00Z");
    for n in 0..60 {
        world
            .google
            .put_event(ACCOUNT, meeting(&format!("New {n}")));
    }
    world.deliver().await;
}

/// Lets the sync function die after `after` effects. Its message is still in flight.
async fn run_and_crash(world: &World, after: usize) -> (Message, Ended<()>) {
    let message = world
        .cloud
        .receive("test-interactive")
        .expect("a message for the run");
    let ended = world
        .cloud
        .crash_during(after, async {
            world.work_on(&message).await;
        })
        .await;
    (message, ended)
}

/// The same; if it dies, its message comes back by itself, later.
async fn sync_and_crash(world: &World, after: usize) -> Ended<()> {
    let (message, ended) = run_and_crash(world, after).await;
    if !ended.crashed() {
        world.cloud.delete("test-interactive", &message);
    }
    ended
}

#[tokio::test]
async fn a_run_that_dies_after_any_effect_loses_nothing() {
    let crashes = at_every_crash_point(async |after| {
        let (world, key) = clean().await;
        change_everything(&world).await;

        let ended = sync_and_crash(&world, after).await;
        let world = world.with_fresh_sandboxes();

        world.settle().await;
        world.assert_in_sync(key).await;
        world.assert_feed_rebuilds(key).await;
        ended
    })
    .await;
    assert!(crashes >= 14, "{crashes}");
}

#[tokio::test]
async fn a_run_that_dies_loses_nothing_even_if_its_message_is_lost_too() {
    at_every_crash_point(async |after| {
        let (world, key) = clean().await;
        world.cloud.crash_points(CrashPoints::Writes);
        change_everything(&world).await;

        let (message, ended) = run_and_crash(&world, after).await;
        world.cloud.delete("test-interactive", &message);
        let world = world.with_fresh_sandboxes();

        world.settle().await;
        world.assert_in_sync(key).await;
        ended
    })
    .await;
}

#[tokio::test]
async fn a_run_that_another_overtakes_after_any_effect_writes_nothing_more() {
    // The holder stalls, its lease runs out, and a second run starts and finishes meanwhile. Then
    // the first one goes on: every write of it must be refused.
    at_every_crash_point(async |after| {
        let (world, key) = clean().await;
        world.cloud.crash_points(CrashPoints::Writes);
        change_everything(&world).await;
        let (stalled, ended) = run_and_crash(&world, after).await;

        // The second run, under another message, after the lease ended.
        world.advance(INVOCATION + SignedDuration::from_mins(5));
        world.sweep().await;
        world.work().await;
        // The first one again, from its beginning, as SQS hands the message out once more.
        world.work_on(&stalled).await;

        world.settle().await;
        world.assert_in_sync(key).await;
        ended
    })
    .await;
}

#[tokio::test]
async fn a_sweeper_that_dies_after_any_effect_loses_nothing() {
    at_every_crash_point(async |after| {
        let (world, key) = clean().await;
        world.cloud.crash_points(CrashPoints::Writes);
        world.cloud.lose_next_message("test-interactive");
        world.google.put_event(ACCOUNT, meeting("Budget"));
        world.deliver().await;
        world.advance(SignedDuration::from_mins(1));

        let ended = world
            .cloud
            .crash_during(after, async {
                let deadline = world.now() + SignedDuration::from_mins(1);
                world.sweeper.sweep(deadline).await.ok();
            })
            .await;

        world.settle().await;
        world.assert_in_sync(key).await;
        ended
    })
    .await;
}

#[tokio::test]
async fn a_rebuild_that_dies_after_any_effect_loses_nothing() {
    at_every_crash_point(async |after| {
        let (world, key) = clean().await;
        world.cloud.crash_points(CrashPoints::Writes);
        change_everything(&world).await;
        world.settle().await;
        // Deleted behind the back of every cursor: only the rebuild can find out.
        world.google.expire_sync_tokens(ACCOUNT);
        let gone = world.google.put_event(ACCOUNT, meeting("Short-lived"));
        world.google.delete_event(ACCOUNT, &gone);
        world.google.put_event(ACCOUNT, meeting("After the loss"));
        world.deliver().await;

        let ended = sync_and_crash(&world, after).await;
        let world = world.with_fresh_sandboxes();

        world.settle().await;
        world.assert_in_sync(key).await;
        world.assert_feed_rebuilds(key).await;
        ended
    })
    .await;
}
