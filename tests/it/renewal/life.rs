//! A subscription's ordinary life: it is extended or replaced, and the old one goes.

use domain::Provider;
use domain::subscription::State;
use simulator::Settings;
use testkit::World;

use super::{days, hours, listened_to, minutes, pass_watched, speaking, tick};
use crate::both::for_both;
use crate::events_of::meeting;
use crate::scenarios::{arrives, clean, settled};

for_both! {
    three_weeks_pass_without_a_moment_unheard,
    what_is_not_due_is_left_alone,
    a_paused_calendar_keeps_its_subscription,
    an_unwatched_calendar_has_nothing_renewed,
    a_refresh_renews_at_once;
    only google:
        both_channels_speak_until_the_new_one_is_proven,
        a_new_channel_that_is_never_heard_takes_over_after_an_hour,
        a_stopped_channel_is_still_believed_until_a_day_after_its_end;
    only microsoft:
        a_request_to_authorize_again_is_answered_by_one_request,
        requests_to_authorize_again_every_minute_are_answered_every_ten,
}

async fn three_weeks_pass_without_a_moment_unheard(provider: Provider) {
    let (world, key) = clean(provider).await;

    for week in 0..3 {
        pass_watched(&world, days(7), hours(1)).await;
        world.put(meeting(&format!("Week {week}")));
        arrives(&world).await;
    }

    settled(&world, key).await;
    let used = world.watches().len();
    match provider {
        // A third of a week early, and up to a quarter of that later.
        Provider::Google => assert!((4..=6).contains(&used), "{used} channels"),
        Provider::Microsoft => assert_eq!(used, 1, "the same one"),
    }
    assert_eq!(speaking(&world).len(), 1);
    assert_eq!(world.google.violations(), []);
    assert!(listened_to(&world, key).await.len() <= 3);
}

async fn what_is_not_due_is_left_alone(provider: Provider) {
    let (world, _) = clean(provider).await;
    world.advance(days(1));

    let renewed = world.renew().await;

    assert_eq!(renewed.due, 0, "{renewed:?}");
}

async fn a_paused_calendar_keeps_its_subscription(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.watcher.pause(key).await.expect("an active calendar");

    pass_watched(&world, days(10), hours(2)).await;
    world.put(meeting("While paused"));
    arrives(&world).await;
    world.watcher.resume(key).await.expect("a paused calendar");

    settled(&world, key).await;
}

async fn an_unwatched_calendar_has_nothing_renewed(provider: Provider) {
    let (world, key) = clean(provider).await;
    let before = world.watches().len();
    world
        .watcher
        .unwatch(key)
        .await
        .expect("a watched calendar");
    world.work().await;

    for _ in 0..10 {
        world.advance(days(1));
        tick(&world).await;
    }

    assert_eq!(world.watches().len(), before);
    assert_eq!(speaking(&world).len(), 0);
    assert_eq!(world.renew().await.due, 0, "nobody looks after it for ever");
}

async fn a_refresh_renews_at_once(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.advance(minutes(11));
    let before = speaking(&world)[0].expiration;

    let source = world.source(world.main());
    let again = world.watcher.subscribe(key, &source).await;
    tick(&world).await;
    world.advance(minutes(5));
    tick(&world).await;

    again.expect("a watched calendar");
    assert_eq!(speaking(&world).len(), 1, "the other one made room");
    let after = speaking(&world).iter().map(|it| it.expiration).max();
    assert!(after.expect("a channel") > before);
}

/// A Google whose channel is due.
async fn due() -> (World, domain::CalendarKey) {
    let (world, key) = clean(Provider::Google).await;
    world.advance(days(6));
    (world, key)
}

async fn both_channels_speak_until_the_new_one_is_proven(_: Provider) {
    let (world, key) = due().await;
    let old = speaking(&world)[0].id.clone();

    let renewed = world.renew().await;
    assert_eq!((renewed.created, renewed.ended), (1, 0), "{renewed:?}");
    world.advance(minutes(5));
    assert_eq!(world.renew().await.ended, 0, "not heard yet");
    assert_eq!(speaking(&world).len(), 2);
    world.put(meeting("Told twice"));

    // The new one's first word, and the change through both.
    assert_eq!(world.deliver().await.len(), 3);
    world.advance(minutes(5));
    assert_eq!(world.renew().await.ended, 1);

    let left = speaking(&world);
    assert_eq!(left.len(), 1);
    assert_ne!(left[0].id, old);
    settled(&world, key).await;
}

async fn a_new_channel_that_is_never_heard_takes_over_after_an_hour(_: Provider) {
    let (world, _) = due().await;
    world.google.fault(simulator::Fault::DropDelivery);

    world.renew().await;
    for _ in 0..11 {
        world.advance(minutes(5));
        world.renew().await;
        assert_eq!(speaking(&world).len(), 2);
    }
    world.advance(minutes(6));
    world.renew().await;

    assert_eq!(speaking(&world).len(), 1);
}

async fn a_stopped_channel_is_still_believed_until_a_day_after_its_end(_: Provider) {
    let (world, key) = due().await;
    let old = listened_to(&world, key).await.remove(0);
    world
        .google
        .fault(simulator::Fault::DeliverAfterStop.always());
    tick(&world).await;
    world.advance(minutes(5));
    tick(&world).await;
    let rows = listened_to(&world, key).await;
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].state, State::Stopped);

    world.advance(days(1) + hours(23));
    tick(&world).await;
    assert_eq!(listened_to(&world, key).await.len(), 2);
    world.advance(hours(2));
    tick(&world).await;

    let left = listened_to(&world, key).await;
    assert!(left.iter().all(|row| row.id != old.id), "{left:?}");
}

async fn authorized_again(asked: usize, every: jiff::SignedDuration) -> u64 {
    let world = World::start_at(Provider::Microsoft, Settings::default()).await;
    world.watch_main().await;
    world.advance(minutes(30));
    let channel = speaking(&world)[0].id.clone();
    for _ in 0..asked {
        let kind = simulator::LifecycleEvent::ReauthorizationRequired;
        world.graph.lifecycle(&channel, kind);
        arrives(&world).await;
        world.renew().await;
        world.advance(every);
    }
    assert_eq!(world.google.violations(), []);
    assert_eq!(
        world.google.requests_to("graph.subscriptions.reauthorize"),
        0
    );
    world.google.requests_to("graph.subscriptions.update")
}

async fn a_request_to_authorize_again_is_answered_by_one_request(_: Provider) {
    assert_eq!(authorized_again(1, minutes(1)).await, 1);
}

async fn requests_to_authorize_again_every_minute_are_answered_every_ten(_: Provider) {
    assert_eq!(authorized_again(20, minutes(1)).await, 2);
}
