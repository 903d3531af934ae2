//! A subscription that lives and says nothing: noticed, polled, replaced, reported.

use domain::push::Push;
use domain::{CalendarKey, Provider};
use jiff::SignedDuration;
use simulator::Fault;
use testkit::World;

use super::{days, feed, hours, minutes, speaking};
use crate::both::for_both;
use crate::events_of::meeting;
use crate::scenarios::{arrives, clean, inbox, is_true, settled};

for_both! {
    a_channel_that_went_silent_is_noticed_polled_replaced_and_reported,
    push_that_works_is_not_doubted,
    a_calendar_that_is_told_late_is_not_doubted,
    latency_is_known_and_freshness_follows_the_hints;
    only google:
        a_channel_whose_first_word_does_not_come_is_polled_until_it_does,
}

/// Everything goes on as it would by itself, until something is so. Answers with how long it took.
async fn until(
    world: &World,
    step: SignedDuration,
    is_so: impl AsyncFn(&World) -> bool,
) -> SignedDuration {
    let began = world.now();
    for n in 0..2_000 {
        if is_so(world).await {
            return world.now().duration_since(began);
        }
        world.deliver().await;
        world.work().await;
        world.sweep().await;
        world.work().await;
        if n % 5 == 0 {
            world.renew().await;
            world.deliver().await;
        }
        world.advance(step);
    }
    panic!("it never comes to pass");
}

async fn push(world: &World, key: CalendarKey) -> Push {
    feed(world, key).await.push
}

async fn a_channel_that_went_silent_is_noticed_polled_replaced_and_reported(provider: Provider) {
    let (world, key) = clean(provider).await;
    assert_eq!(push(&world, key).await, Push::On);
    world.advance(hours(3));
    let channel = speaking(&world)[0].id.clone();
    world.google.fault(Fault::SilenceChannel {
        channel: channel.clone(),
    });
    world.put(meeting("Unheard"));
    let minute = minutes(1);

    let noticed = until(&world, minute, async |world| {
        matches!(push(world, key).await, Push::Doubted(_))
    })
    .await;
    let replaced = until(&world, minute, async |world| {
        speaking(world).iter().any(|it| it.id != channel)
    })
    .await;
    let reported = until(&world, minute, async |world| {
        let events = world.cloud.events();
        events
            .iter()
            .any(|it| it.detail_type == "calendar.push_lost")
    })
    .await;
    world.advance(minutes(1));
    world.sweep().await;
    world.work().await;
    is_true(&world, key, world.main()).await;
    world.put(meeting("Heard again"));
    let restored = until(&world, minute, async |world| {
        let events = world.cloud.events();
        events
            .iter()
            .any(|it| it.detail_type == "calendar.push_restored")
    })
    .await;

    eprintln!(
        "{provider}: noticed after {noticed:#}, replaced {replaced:#} later, reported {reported:#} \
         later, restored {restored:#} after the next change"
    );
    // A poll comes every twelve hours, give or take a quarter; renewal every five minutes; the
    // sweeper every minute.
    assert!(noticed <= hours(15) + minutes(2), "{noticed}");
    assert!(replaced <= minutes(6), "{replaced}");
    assert!(reported <= minutes(2), "{reported}");
    assert!(restored <= minutes(3), "{restored}");
    assert_eq!(push(&world, key).await, Push::On);
    assert_eq!(feed(&world, key).await.missed_push, 1);
}

async fn push_that_works_is_not_doubted(provider: Provider) {
    let (world, key) = clean(provider).await;

    for n in 0..6 {
        world.put(meeting(&format!("Change {n}")));
        arrives(&world).await;
        world.advance(hours(5));
        world.work().await;
        world.sweep().await;
        world.work().await;
    }

    assert_eq!(push(&world, key).await, Push::On);
    assert_eq!(feed(&world, key).await.missed_push, 0);
}

async fn a_calendar_that_is_told_late_is_not_doubted(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.put(meeting("On its way"));
    let late = world.google.take_deliveries();
    world.advance(minutes(4));
    // The poll happens to come first.
    world
        .watcher
        .feeds
        .poll_at(key, world.now() - minutes(1))
        .await
        .expect("a table");
    world.sweep().await;
    world.work().await;
    assert_eq!(push(&world, key).await, Push::On);

    for delivery in &late {
        world.hand_over(delivery).await;
        world.google.delivered(delivery.id, world.accepted());
    }

    settled(&world, key).await;
    assert_eq!(feed(&world, key).await.missed_push, 0);
}

async fn latency_is_known_and_freshness_follows_the_hints(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.advance(hours(1));
    world.put(meeting("Budget"));
    let deliveries = world.google.take_deliveries();
    world.advance(SignedDuration::from_secs(7));
    for delivery in &deliveries {
        world.hand_over(delivery).await;
        world.google.delivered(delivery.id, world.accepted());
    }
    world.advance(SignedDuration::from_secs(20));

    let owing = inbox(&world, key).await;
    let freshness = domain::push::freshness(push(&world, key).await, &owing, world.now());
    assert_eq!(freshness, Some(SignedDuration::from_secs(20)));
    world.work().await;

    let read = inbox(&world, key).await;
    assert_eq!(read.read_at, Some(world.now()));
    let latency = read.latency.expect("it was told");
    assert_eq!(latency.as_secs(), 7);
    let freshness = domain::push::freshness(push(&world, key).await, &read, world.now());
    assert_eq!(freshness, Some(SignedDuration::ZERO));
}

async fn a_channel_whose_first_word_does_not_come_is_polled_until_it_does(_: Provider) {
    let world = World::start().await;
    world.google.fault(Fault::DropDelivery);
    let (key, _) = world.watch(world.main()).await;
    world.deliver().await;
    world.work().await;
    assert!(matches!(push(&world, key).await, Push::Unproven(_)));
    world.put(meeting("Unheard"));
    world.google.take_deliveries();

    let found = until(&world, minutes(1), async |world| {
        world.audit(key).await.is_clean() && world.now() > world.google.now() - days(1)
    })
    .await;

    assert!(found <= minutes(20), "{found}");
    world.put(meeting("Heard"));
    arrives(&world).await;
    world.work().await;
    assert_eq!(push(&world, key).await, Push::On);
}
