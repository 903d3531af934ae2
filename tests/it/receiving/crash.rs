//! A crash after every effect of a batch: nothing that Graph told is lost.

use serde_json::Value;
use simulator::CalendarOptions;
use testkit::world::ACCOUNT;
use testkit::{Ended, World, at_every_crash_point};

use super::scene::{Outlook, asked, change_unheard, clean, post, records, row, subscribe};
use crate::events_of::meeting;
use crate::scenarios::is_true;

const TEAM: &str = "team@group.calendar.example.com";

/// Changes of two calendars, and everything that can happen to a subscription.
fn batch(one: &Outlook, other: &Outlook) -> Vec<Value> {
    let mut elements: Vec<_> = (1..=30).map(|n| one.changed(n)).collect();
    elements.extend((1..=3).map(|n| other.changed(n)));
    elements.push(one.lifecycle("subscriptionRemoved"));
    elements.push(one.lifecycle("reauthorizationRequired"));
    elements
}

/// A world with two calendars, each with a subscription at Graph.
async fn two() -> (World, Outlook, Outlook) {
    let (world, one) = clean().await;
    world
        .google
        .add_calendar(ACCOUNT, TEAM, CalendarOptions::default());
    let (key, _) = world.watch(TEAM).await;
    let other = subscribe(&world, key, 2).await;
    world.settle().await;
    (world, one, other)
}

async fn crash(world: &World, after: usize, elements: &[Value]) -> Ended<u16> {
    let work = post(world, elements);
    world.cloud.crash_during(after, work).await
}

#[tokio::test]
async fn a_receiver_that_dies_in_a_batch_loses_nothing() {
    for seed in 0..2 {
        let crashes = at_every_crash_point(async |after| {
            let (world, one, other) = two().await;
            world.google.put_event(TEAM, meeting("Plan"));
            change_unheard(&world, "Budget");
            let before = asked(&world, &other).await;
            let elements = batch(&one, &other);
            // What runs side by side arrives in another order by each seed.
            world.cloud.shuffle_calls(seed);

            let ended = crash(&world, after, &elements).await;
            let world = world.with_fresh_sandboxes();
            if ended.crashed() {
                // Graph got no answer and repeats itself.
                assert_eq!(post(&world, &elements).await, 202);
            }

            let now = asked(&world, &other).await;
            assert!(now > before);
            let proofs = records(&world, &other).await;
            assert_eq!(proofs.len(), 3);
            let in_time = |it: &Value| it["g"].as_u64().is_some_and(|g| before < g && g <= now);
            assert!(proofs.iter().all(in_time), "{proofs:#?}");
            assert_eq!(row(&world, &one).await["attention"], "removed");
            world.settle().await;
            world.assert_in_sync(one.key).await;
            is_true(&world, other.key, TEAM).await;
            ended
        })
        .await;
        // Two looks, two bumps, a need, three writes, two records, and the messages.
        assert!(crashes >= 9, "{crashes}");
    }
}

#[tokio::test]
async fn what_was_counted_is_read_even_if_graph_never_repeats_itself() {
    at_every_crash_point(async |after| {
        let (world, one) = clean().await;
        change_unheard(&world, "Budget");
        let elements = [one.changed(1), one.changed(2), one.lifecycle("missed")];
        let before = asked(&world, &one).await;

        let ended = crash(&world, after, &elements).await;
        let world = world.with_fresh_sandboxes();

        // A record proves that a read follows, and there may be a read without a record.
        let is_counted = asked(&world, &one).await > before;
        let new = records(&world, &one).await;
        assert!(is_counted || new.iter().all(|it| it["g"].as_u64() <= Some(before)));
        assert_eq!(is_counted, after >= 2 || !ended.crashed());
        if is_counted {
            world.settle().await;
            world.assert_in_sync(one.key).await;
        }
        ended
    })
    .await;
}
