//! Several calendars of one mailbox, which answers four requests at once and no more.

use domain::CalendarKey;
use serde_json::json;
use simulator::{CalendarOptions, Fault};
use testkit::{Message, World};

use super::clean;
use crate::events_of::{meeting, stand_up};
use crate::scenarios::is_true;
use crate::scenarios::scene::{inbox, last_outcome, rows, settled_from_nothing};

/// A series of three days.
fn training() -> serde_json::Value {
    let mut series = stand_up();
    series["recurrence"] = json!(["RRULE:FREQ=DAILY;COUNT=3"]);
    series
}

/// The four calendars of a mailbox, each with something to be looked up.
async fn four() -> (World, Vec<(CalendarKey, String)>) {
    let (world, key) = clean().await;
    let mut calendars = vec![(key, world.main().to_owned())];
    for name in ["one", "two", "three"] {
        let calendar = world.add_calendar(name, CalendarOptions::default());
        let (key, _) = world.watch(&calendar).await;
        calendars.push((key, calendar));
    }
    world.settle().await;
    for (_, calendar) in &calendars {
        for n in 0..5 {
            world.put_in(calendar, meeting(&format!("Event {n}")));
            world.put_in(calendar, training());
        }
    }
    world.deliver().await;
    (world, calendars)
}

fn messages(world: &World) -> Vec<Message> {
    std::iter::from_fn(|| world.cloud.receive("test-interactive")).collect()
}

#[tokio::test]
async fn calendars_of_a_mailbox_that_are_read_at_once_never_ask_too_much() {
    for seed in 0..4 {
        let (world, calendars) = four().await;
        let messages = messages(&world);
        let [one, two, three, four] = &messages[..] else {
            panic!("a message for each calendar: {messages:?}");
        };
        world.cloud.shuffle_calls(seed);
        let sandboxes = [(); 4].map(|()| world.with_fresh_sandboxes());

        let worked = tokio::join!(
            sandboxes[0].work_on(one),
            sandboxes[1].work_on(two),
            sandboxes[2].work_on(three),
            sandboxes[3].work_on(four),
        );

        // Whoever found no place is acknowledged, and comes back.
        assert_eq!(worked, (true, true, true, true));
        for message in &messages {
            world.cloud.delete("test-interactive", message);
        }
        assert_eq!(world.google.violations(), []);
        world.settle().await;
        for (key, calendar) in &calendars {
            is_true(&world, *key, calendar).await;
            assert_eq!(rows(&world, *key).await.len(), 10);
            assert_eq!(inbox(&world, *key).await.fails, 0, "nobody failed");
        }
    }
}

#[tokio::test]
async fn a_place_that_a_dead_run_held_is_free_again_when_its_time_is_over() {
    let (world, calendars) = four().await;
    let messages = messages(&world);
    for message in &messages[..3] {
        // After lease, place and fence, and before it may take the other places as well.
        let crashed = world.cloud.crash_during(3, world.work_on(message)).await;
        assert!(crashed.crashed());
    }
    let mut dead = 0;
    for (key, _) in &calendars {
        dead += u32::from(inbox(&world, *key).await.lease.is_some());
    }
    assert_eq!(dead, 3, "each died with a lease and a place");

    // All places for runs are taken, by nobody.
    let asked = world.pages_asked();
    let fourth = world.with_fresh_sandboxes();
    assert!(fourth.work_on(&messages[3]).await);
    world.cloud.delete("test-interactive", &messages[3]);
    assert_eq!(world.pages_asked(), asked);
    for (key, _) in &calendars {
        assert_eq!(inbox(&world, *key).await.fails, 0, "nobody failed");
    }

    let world = world.with_fresh_sandboxes();
    world.settle().await;
    for (key, calendar) in &calendars {
        is_true(&world, *key, calendar).await;
    }
}

#[tokio::test]
async fn a_batch_of_which_one_request_is_throttled_comes_back_and_loses_nothing() {
    let (world, key) = clean().await;
    for _ in 0..6 {
        world.put(training());
    }
    world.deliver().await;
    let message = messages(&world).remove(0);
    let asked = world.pages_asked();

    let mut work = std::pin::pin!(world.work_on(&message));
    let mut armed = false;
    let acknowledged = loop {
        tokio::select! {
            biased;
            acknowledged = &mut work => break acknowledged,
            () = tokio::task::yield_now() => {
                // After the page, so that it strikes one of the requests in the batch.
                if !armed && world.pages_asked() > asked {
                    world.fault(Fault::Quota { retry_after: Some(20) });
                    armed = true;
                }
            }
        }
    };

    assert!(acknowledged && armed);
    world.cloud.delete("test-interactive", &message);
    assert_eq!(last_outcome(&world, key).await, "set_back");
    assert_eq!(inbox(&world, key).await.fails, 0, "nobody failed");
    assert!(world.look_ups() > 1, "it was a batch");
    assert_eq!(rows(&world, key).await.len(), 0, "not in parts");
    settled_from_nothing(&world, key).await;
    assert_eq!(rows(&world, key).await.len(), 6);
}
