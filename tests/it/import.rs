//! A large calendar, imported by many short invocations that keep dying.

use domain::Provider;
use jiff::SignedDuration;
use simulator::Settings;
use testkit::world::{INVOCATION, QUEUES};
use testkit::{CrashPoints, Message, World};

use crate::both::for_both;

for_both! {
    an_import_of_a_large_calendar_survives_invocations_that_end_and_die,
}

/// As many events as the largest calendars have; at Microsoft, whose pages are smaller, as many as
/// are imported in less than a minute.
const fn events(provider: Provider) -> u32 {
    match provider {
        Provider::Google => 100_000,
        Provider::Microsoft => 32_000,
    }
}

/// How many pages one invocation gets through before its time runs out.
const PAGES: u64 = 60;

fn next(world: &World) -> Option<(&'static str, Message)> {
    QUEUES
        .into_iter()
        .find_map(|queue| Some((queue, world.cloud.receive(queue)?)))
}

/// Works on a message while time passes with the provider's pages. Whether it is acknowledged.
async fn work_while_time_passes(world: &World, message: &Message) -> bool {
    let deadline = world.now() + INVOCATION;
    let limit = world.pages_asked() + PAGES;
    let mut work = std::pin::pin!(world.work_until(message, deadline));
    loop {
        tokio::select! {
            biased;
            acknowledged = &mut work => return acknowledged,
            () = tokio::task::yield_now() => {
                let in_time = world.now() < deadline;
                if in_time && world.pages_asked() >= limit {
                    world.advance(INVOCATION);
                }
            }
        }
    }
}

async fn an_import_of_a_large_calendar_survives_invocations_that_end_and_die(provider: Provider) {
    let world = World::start_at(provider, Settings::default()).await;
    world.cloud.crash_points(CrashPoints::Writes);
    world.bulk(events(provider));
    let (key, _) = world.watch(world.main()).await;
    let mut handed_over = 0;
    let mut died = 0;

    for invocation in 0.. {
        assert!(invocation < 200, "the import does not end");
        let Some((queue, message)) = next(&world) else {
            if world.owes_nothing(key).await {
                break;
            }
            // A message that died comes back, or the sweeper sends another.
            world.advance(SignedDuration::from_mins(2));
            world.sweep().await;
            continue;
        };
        if invocation % 3 == 1 {
            // In the middle of a page, after some of its transactions.
            let after = 150 + invocation * 7;
            let work = work_while_time_passes(&world, &message);
            if world.cloud.crash_during(after, work).await.crashed() {
                died += 1;
                continue;
            }
        } else if work_while_time_passes(&world, &message).await {
            handed_over += 1;
        }
        world.cloud.delete(queue, &message);
    }

    assert!(handed_over >= 3 && died >= 2, "{handed_over} {died}");
    world.settle().await;
    world.assert_in_sync(key).await;
    let audit = world.audit(key).await;
    assert_eq!(audit.events, u64::from(events(provider)));
    assert_eq!(
        audit.entries, 1,
        "one `calendar.resynced`, and no entry per event"
    );
}
