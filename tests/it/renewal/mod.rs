//! Subscriptions that never lapse.

mod calls;
mod crash;
mod keys;
mod leftovers;
mod life;
mod news;
mod silence;
mod trouble;
mod year;

use domain::CalendarKey;
use domain::SubscriptionId;
use domain::reading::Feed;
use domain::subscription::Subscription;
use jiff::SignedDuration;
use simulator::ChannelView;
use testkit::World;

pub(crate) fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

pub(crate) fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

pub(crate) fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

/// The channels of the main calendar that speak.
pub(crate) fn speaking(world: &World) -> Vec<ChannelView> {
    let all = world.watches();
    all.into_iter().filter(|it| it.live).collect()
}

/// Lets notifications arrive, messages be worked on and renewal run, once.
pub(crate) async fn tick(world: &World) {
    world.deliver().await;
    world.work().await;
    world.renew().await;
    world.deliver().await;
    world.work().await;
}

/// Lets so much time pass in steps, with renewal after each; fails if the main calendar is without
/// a channel at any time.
pub(crate) async fn pass_watched(world: &World, time: SignedDuration, step: SignedDuration) {
    let mut passed = SignedDuration::ZERO;
    while passed < time {
        world.advance(step);
        passed += step;
        assert!(!speaking(world).is_empty(), "a gap after {passed:#}");
        tick(world).await;
        assert!(!speaking(world).is_empty(), "a gap after {passed:#}");
    }
}

/// The subscriptions that the calendar listens to.
pub(crate) async fn listened_to(world: &World, key: CalendarKey) -> Vec<Subscription> {
    let inboxes = &world.watcher.inboxes;
    let (inbox, _) = inboxes
        .get(key)
        .await
        .expect("a table")
        .expect("a calendar");
    let mut rows = Vec::new();
    for id in inbox.live.into_keys() {
        rows.push(row(world, id).await);
    }
    rows
}

pub(crate) async fn row(world: &World, id: SubscriptionId) -> Subscription {
    let found = world.watcher.subscriptions.get(id).await;
    found.expect("a table").expect("a subscription")
}

pub(crate) async fn feed(world: &World, key: CalendarKey) -> Feed {
    let found = world.watcher.feeds.get(key).await;
    found.expect("a table").expect("a calendar")
}

/// What was said on the bus of connections, push and subscriptions, in order.
pub(crate) async fn heard(world: &World) -> Vec<String> {
    world.sweep().await;
    let events = world.cloud.events().into_iter();
    events
        .map(|event| event.detail_type)
        .filter(|name| !name.starts_with("calendar.event") && name != "calendar.resynced")
        .collect()
}
