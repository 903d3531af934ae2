//! A crash after every single effect, one after the other: nothing is lost by any of them.

use domain::Provider;
use jiff::SignedDuration;
use testkit::world::INVOCATION;
use testkit::{CrashPoints, Ended, Message, World, at_every_crash_point};

use crate::both::for_both;
use crate::events_of::{meeting, stand_up};
use crate::scenarios::clean;

for_both! {
    a_receiver_that_dies_after_any_effect_loses_nothing,
    a_receiver_that_dies_loses_nothing_even_if_the_provider_never_repeats_itself,
    a_run_that_dies_after_any_effect_loses_nothing,
    a_run_that_dies_loses_nothing_even_if_its_message_is_lost_too,
    a_run_that_another_overtakes_after_any_effect_writes_nothing_more,
    a_sweeper_that_dies_after_any_effect_loses_nothing,
    a_rebuild_that_dies_after_any_effect_loses_nothing,
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
            simulator::Answer::Status(world.accepted())
        };
        world.google.delivered(delivery.id, answer);
    }
    ended
}

async fn a_receiver_that_dies_after_any_effect_loses_nothing(provider: Provider) {
    for seed in 0..3 {
        let crashes = at_every_crash_point(async |after| {
            let (world, key) = clean(provider).await;
            // Record and send run side by side; a seed tries one order of them.
            world.cloud.shuffle_calls(seed);
            world.put(meeting("Budget"));

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

async fn a_receiver_that_dies_loses_nothing_even_if_the_provider_never_repeats_itself(
    provider: Provider,
) {
    // It may give up, or believe that it was heard. What was counted is then swept, and what was not is found by the next
    // poll, as for a notification that never arrived.
    at_every_crash_point(async |after| {
        let (world, key) = clean(provider).await;
        world.put(meeting("Budget"));

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
            world.google.delivered(delivery.id, world.accepted());
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
    let first = world.put(meeting("To be deleted"));
    let second = world.put(meeting("To be changed"));
    let series = world.put(stand_up());
    world.settle().await;
    world.delete(&first);
    let mut changed = meeting("Changed");
    changed["id"] = second.into();
    world.put(changed);
    world.cancel_occurrence(&series, "2026-11-19T09:30:00Z");
    world.move_occurrence(
        &series,
        "2026-11-20T09:30:00Z",
        "2026-11-20T14:00:00Z",
        "2026-11-20T14:15:00Z",
    );
    for n in 0..60 {
        world.put(meeting(&format!("New {n}")));
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

async fn a_run_that_dies_after_any_effect_loses_nothing(provider: Provider) {
    let crashes = at_every_crash_point(async |after| {
        let (world, key) = clean(provider).await;
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

async fn a_run_that_dies_loses_nothing_even_if_its_message_is_lost_too(provider: Provider) {
    at_every_crash_point(async |after| {
        let (world, key) = clean(provider).await;
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

async fn a_run_that_another_overtakes_after_any_effect_writes_nothing_more(provider: Provider) {
    // The holder stalls, its lease runs out, and a second run starts and finishes meanwhile. Then
    // the first one goes on: every write of it must be refused.
    at_every_crash_point(async |after| {
        let (world, key) = clean(provider).await;
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

async fn a_sweeper_that_dies_after_any_effect_loses_nothing(provider: Provider) {
    at_every_crash_point(async |after| {
        let (world, key) = clean(provider).await;
        world.cloud.crash_points(CrashPoints::Writes);
        world.cloud.lose_next_message("test-interactive");
        world.put(meeting("Budget"));
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

async fn a_rebuild_that_dies_after_any_effect_loses_nothing(provider: Provider) {
    at_every_crash_point(async |after| {
        let (world, key) = clean(provider).await;
        world.cloud.crash_points(CrashPoints::Writes);
        change_everything(&world).await;
        world.settle().await;
        // Deleted behind the back of every cursor: only the rebuild can find out.
        world.lose_cursors();
        let gone = world.put(meeting("Short-lived"));
        world.delete(&gone);
        world.put(meeting("After the loss"));
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
