//! Renewal that dies after any of its effects: the next run makes up for it, and there is no gap.

use domain::Provider;
use testkit::{World, at_every_crash_point};

use super::{days, hours, minutes, speaking, tick};
use crate::both::for_both;
use crate::events_of::meeting;
use crate::scenarios::{arrives, clean, settled};

for_both! {
    renewal_that_dies_after_any_effect_leaves_no_gap,
    a_restoration_that_dies_after_any_effect_is_made_up_for,
}

async fn renewal_that_dies_after_any_effect_leaves_no_gap(provider: Provider) {
    at_every_crash_point(async |after| {
        let (world, key) = clean(provider).await;
        world.advance(days(5) + hours(12));

        let ended = world.cloud.crash_during(after, world.renew()).await;
        assert!(!speaking(&world).is_empty(), "crash after {after}");
        let world = world.with_fresh_sandboxes();
        for _ in 0..20 {
            world.advance(minutes(10));
            tick(&world).await;
            assert!(!speaking(&world).is_empty(), "crash after {after}");
        }

        is_settled(&world, key).await;
        ended
    })
    .await;
}

async fn a_restoration_that_dies_after_any_effect_is_made_up_for(provider: Provider) {
    at_every_crash_point(async |after| {
        let (world, key) = clean(provider).await;
        world.advance(days(8));
        world.put(meeting("Unheard"));

        let ended = world.cloud.crash_during(after, world.renew()).await;
        let world = world.with_fresh_sandboxes();
        for _ in 0..20 {
            world.advance(minutes(10));
            tick(&world).await;
        }

        is_settled(&world, key).await;
        ended
    })
    .await;
}

/// One channel speaks, is heard, and lives for days.
async fn is_settled(world: &World, key: domain::CalendarKey) {
    let now = world.now();
    let lasting = speaking(world).into_iter();
    let lasting = lasting.filter(|it| it.expiration > now + days(5));
    assert_eq!(lasting.count(), 1, "{:#?}", speaking(world));
    world.put(meeting("Heard"));
    arrives(world).await;
    settled(world, key).await;
}
