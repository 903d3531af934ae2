//! Notifications that nobody waits for any more: they are answered, and their channel is stopped.

use app::watch::Watched;
use domain::inbox::Status;
use domain::subscription::NoPush;
use domain::{Provider, SubscriptionId};
use serde_json::Value;
use simulator::{Fault, Settings};
use testkit::World;

use crate::both::for_both;
use crate::events_of::meeting;
use crate::scenarios::is_true;
use crate::scenarios::scene::{
    arrives, channel, clean, inbox, items, minutes, pass, settled_from_nothing, titled,
};

for_both! {
    an_unwatched_channel_is_answered_recorded_late_and_stopped_once_an_hour_at_most,
    a_late_notification_that_is_repeated_is_late_again,
    a_channel_that_speaks_after_it_was_stopped_is_answered,
    nothing_is_recorded_of_a_calendar_that_was_erased,
    an_orphan_whose_birth_was_never_answered_is_stopped_when_it_speaks;
    only google:
        a_retired_channel_is_stopped_while_its_successor_goes_on,
}

async fn an_unwatched_channel_is_answered_recorded_late_and_stopped_once_an_hour_at_most(
    provider: Provider,
) {
    let (world, key) = clean(provider).await;
    let id = world.put(meeting("Budget"));
    world.settle().await;
    world
        .watcher
        .unwatch(key)
        .await
        .expect("a watched calendar");
    let asked_by_us = world.cloud.messages("test-bulk").len();
    assert_eq!(asked_by_us, 1);

    let count = |world: &World| world.cloud.messages("test-bulk").len() - asked_by_us;
    for minute in 0..50 {
        world.put(titled(&id, &format!("Change {minute}")));
        arrives(&world).await;
        world.advance(minutes(1));
    }
    assert_eq!(count(&world), 1);
    world.advance(minutes(11));
    world.put(titled(&id, "Later"));
    arrives(&world).await;
    assert_eq!(count(&world), 2);

    let records = items(&world, "test-notifications").await;
    let late = records.iter().filter(|it| it["outcome"] == "late");
    assert_eq!(late.clone().count(), 51);
    assert!(late.clone().all(|record| record["g"] == Value::Null));
    assert!(!inbox(&world, key).await.is_dirty(), "nothing is owed");

    world.work().await;
    assert!(world.watches()[0].stopped);
    world.put(titled(&id, "Unheard"));
    assert_eq!(world.deliver().await, [0; 0]);
    assert_eq!(world.google.violations(), []);
}

async fn a_late_notification_that_is_repeated_is_late_again(provider: Provider) {
    let (world, key) = clean(provider).await;
    world
        .watcher
        .unwatch(key)
        .await
        .expect("a watched calendar");
    world.put(meeting("Budget"));
    arrives(&world).await;

    world.google.redeliver(None);

    arrives(&world).await;
    assert_eq!(world.google.violations(), []);
}

async fn a_retired_channel_is_stopped_while_its_successor_goes_on(provider: Provider) {
    let (world, key) = clean(provider).await;
    let old: SubscriptionId = channel(&world).parse().expect("our own name");
    world
        .watcher
        .subscribe(key, &world.source(world.main()))
        .await
        .expect("a second channel");
    world.settle().await;
    let inboxes = &world.sync.syncer.inboxes;
    inboxes.retire(key, old).await.expect("a healthy AWS");

    world.put(meeting("Budget"));
    arrives(&world).await;
    settled_from_nothing(&world, key).await;

    let channels = world.watches();
    let live: Vec<_> = channels.iter().filter(|channel| channel.live).collect();
    assert_eq!(live.len(), 1);
    assert_ne!(live[0].id, old.to_string());
}

async fn a_channel_that_speaks_after_it_was_stopped_is_answered(provider: Provider) {
    let (world, key) = clean(provider).await;
    world
        .watcher
        .unwatch(key)
        .await
        .expect("a watched calendar");
    world.work().await;
    assert!(world.watches()[0].stopped);

    world.google.fault(Fault::DeliverAfterStop);
    world.put(meeting("Budget"));
    arrives(&world).await;

    // Stopping it again finds nothing to stop, which is as good.
    world.work().await;
    assert_eq!(world.cloud.messages("test-bulk"), []);
    assert_eq!(inbox(&world, key).await.status, Status::Unwatched);
}

async fn nothing_is_recorded_of_a_calendar_that_was_erased(provider: Provider) {
    let (world, key) = clean(provider).await;
    let before = items(&world, "test-notifications").await.len();
    let client = aws_sdk_dynamodb::Client::new(&world.cloud.sdk_config());
    for part in ["inbox", "feed"] {
        let value = aws_sdk_dynamodb::types::AttributeValue::S;
        client
            .delete_item()
            .table_name("test-calendars")
            .key("calendar", value(key.to_string()))
            .key("part", value(part.to_owned()))
            .send()
            .await
            .expect("a table of this world");
    }

    world.put(meeting("Budget"));
    arrives(&world).await;
    world.work().await;
    world.sweep().await;

    assert_eq!(items(&world, "test-notifications").await.len(), before);
    assert_eq!(items(&world, "test-calendars").await, Vec::<Value>::new());
}

async fn an_orphan_whose_birth_was_never_answered_is_stopped_when_it_speaks(provider: Provider) {
    let world = World::start_at(provider, Settings::default()).await;
    world.google.fault(Fault::LoseWatchAnswer);
    let (key, watched) = world.watch(world.main()).await;
    assert_eq!(watched, Watched::Polled(NoPush::Unanswered));

    // Only now does the orphan tell by which name the provider knows it; Microsoft's is silent
    // until something changes.
    world.put(meeting("Before"));
    arrives(&world).await;
    pass(&world, 1).await;
    let channels = world.watches();
    assert!(channels.iter().all(|it| it.stopped), "{channels:#?}");

    world.put(meeting("Budget"));
    pass(&world, 7).await;
    is_true(&world, key, world.main()).await;
}
