//! Notifications: storms, repetitions, early ones, late ones, and those that never arrive.

use app::watch::Watched;
use domain::inbox::Status;
use domain::subscription::NoPush;
use domain::{Provider, SubscriptionId};
use serde_json::Value;
use simulator::{Fault, ResourceState, Settings};
use testkit::World;

use crate::both::for_both;
use crate::events_of::meeting;
use crate::scenarios::is_true;
use crate::scenarios::paging::slice;
use crate::scenarios::scene::{
    arrives, channel, clean, clean_with, hours, inbox, items, minutes, outcomes, pass, runs,
    said_since, seconds, settled, settled_from_nothing, small_pages, titled,
};

for_both! {
    a_storm_of_hints_in_a_moment_costs_one_run,
    a_storm_of_hints_over_two_minutes_costs_few_runs,
    a_storm_during_a_long_read_costs_one_trailing_run,
    an_exact_redelivery_is_answered_and_costs_no_run_and_one_call,
    repeated_delayed_and_reordered_deliveries_change_nothing,
    a_different_notification_is_never_suppressed,
    a_record_that_lingers_after_its_time_suppresses_nothing,
    a_hint_that_never_arrives_is_made_up_for_by_the_next_poll,
    a_channel_that_died_quietly_is_made_up_for_by_polls,
    an_unwatched_channel_is_answered_recorded_late_and_stopped_once_an_hour_at_most,
    a_late_notification_that_is_repeated_is_late_again,
    a_channel_that_speaks_after_it_was_stopped_is_answered,
    nothing_is_recorded_of_a_calendar_that_was_erased,
    an_orphan_whose_birth_was_never_answered_is_stopped_when_it_speaks;
    only google:
    the_same_number_on_another_channel_is_another_notification,
    a_notification_may_arrive_before_the_watch_is_answered,
    a_resource_that_is_said_to_be_gone_is_read_like_any_other,
    a_retired_channel_is_stopped_while_its_successor_goes_on,
}

async fn a_storm_of_hints_in_a_moment_costs_one_run(provider: Provider) {
    let (world, key) = clean(provider).await;
    let before = runs(&world, key).await.len();
    world.storm(None, 200);

    arrives(&world).await;
    assert_eq!(world.cloud.messages("test-interactive").len(), 1);

    settled_from_nothing(&world, key).await;
    assert_eq!(runs(&world, key).await.len(), before + 1);
}

async fn a_storm_of_hints_over_two_minutes_costs_few_runs(provider: Provider) {
    let (world, key) = clean(provider).await;
    let before = runs(&world, key).await.len();
    let id = world.put(meeting("Storm"));
    for second in 0..120 {
        world.storm(Some(&id), 2);
        // Hints arrive while a run is reading, so that it never ends clean.
        tokio::join!(world.deliver(), world.work());
        world.advance(seconds(1));
        if second % 60 == 0 {
            world.sweep().await;
        }
    }

    settled_from_nothing(&world, key).await;
    // A run for each hint would be 240. The pause between two doubles, from a second to a minute.
    let cost = runs(&world, key).await.len() - before;
    assert!(cost <= 12, "{cost} runs");
}

async fn a_storm_during_a_long_read_costs_one_trailing_run(provider: Provider) {
    let (world, key) = clean_with(provider, small_pages(5)).await;
    for n in 0..20 {
        world.put(meeting(&format!("Event {n}")));
    }
    world.deliver().await;
    assert!(slice(&world).await);
    world.storm(None, 100);
    world.deliver().await;

    settled_from_nothing(&world, key).await;

    let runs = runs(&world, key).await;
    let trailing = runs.iter().filter(|run| run.reason == "trailing").count();
    assert!(trailing <= 1, "{runs:?}");
}

async fn an_exact_redelivery_is_answered_and_costs_no_run_and_one_call(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.put(meeting("Budget"));
    world.deliver().await;
    world.work().await;
    let before = runs(&world, key).await.len();
    let owed = inbox(&world, key).await.req;

    for _ in 0..3 {
        world.google.redeliver(None);
        world.cloud.take_calls();
        arrives(&world).await;
        let calls = world.cloud.take_calls();
        assert_eq!(calls.len(), 1, "{calls:?}");
        assert_eq!(calls[0].operation, "GetItem");
    }

    assert_eq!(world.work().await, 0);
    assert_eq!(inbox(&world, key).await.req, owed);
    settled_from_nothing(&world, key).await;
    assert_eq!(runs(&world, key).await.len(), before);
}

async fn repeated_delayed_and_reordered_deliveries_change_nothing(provider: Provider) {
    let (world, key) = clean(provider).await;
    for fault in [
        Fault::RepeatDelivery,
        Fault::ReorderDelivery,
        Fault::DelayDelivery { seconds: 70 },
        Fault::RepeatDelivery,
        Fault::ReorderDelivery,
    ] {
        world.google.fault(fault);
        let id = world.put(meeting("Budget"));
        world.put(titled(&id, "Budget 2027"));
        world.deliver().await;
        world.work().await;
        world.advance(seconds(2));
    }

    settled_from_nothing(&world, key).await;
}

async fn a_different_notification_is_never_suppressed(provider: Provider) {
    let (world, key) = clean(provider).await;
    // The same event, the same change, the same moment: only the number is another.
    let id = world.put(meeting("Budget"));
    world.deliver().await;
    world.work().await;
    for _ in 0..5 {
        let owed = inbox(&world, key).await.req;
        world.put(titled(&id, "Budget"));
        arrives(&world).await;
        assert_eq!(inbox(&world, key).await.req, owed + 1);
    }
    settled_from_nothing(&world, key).await;
}

async fn the_same_number_on_another_channel_is_another_notification(provider: Provider) {
    let (world, key) = clean(provider).await;
    world
        .watcher
        .subscribe(key, &world.source(world.main()))
        .await
        .expect("a second channel");
    let owed = inbox(&world, key).await.req;

    // Its `sync` has the number 1, as the first channel's had.
    arrives(&world).await;
    assert_eq!(inbox(&world, key).await.req, owed + 1);

    world.put(meeting("Budget"));
    arrives(&world).await;
    assert_eq!(inbox(&world, key).await.req, owed + 3);
    settled_from_nothing(&world, key).await;
    assert_eq!(said_since(&world, key).await, ["event.created"]);
}

async fn a_record_that_lingers_after_its_time_suppresses_nothing(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.put(meeting("Budget"));
    world.deliver().await;
    settled(&world, key).await;
    let records = items(&world, "test-notifications").await.len();
    let owed = inbox(&world, key).await.req;

    // A day and more; the database has not deleted anything yet.
    world.advance(hours(25));
    world.google.redeliver(None);
    arrives(&world).await;

    assert_eq!(items(&world, "test-notifications").await.len(), records);
    assert_eq!(inbox(&world, key).await.req, owed + 1, "counted again");
    settled(&world, key).await;
}

async fn a_notification_may_arrive_before_the_watch_is_answered(provider: Provider) {
    let world = World::start_at(
        provider,
        Settings {
            sync_before_answer: true,
            ..Settings::default()
        },
    )
    .await;
    let mut early = Vec::new();

    let watching = world.watch(world.main());
    let arriving = async {
        while early.is_empty() {
            early = world.deliver().await;
            tokio::task::yield_now().await;
        }
    };
    let ((key, _), ()) = tokio::join!(watching, arriving);

    assert_eq!(early, [200]);
    assert_eq!(outcomes(&world).await, ["coalesced"], "counted, not late");
    world.put(meeting("Budget"));
    settled(&world, key).await;
}

async fn a_resource_that_is_said_to_be_gone_is_read_like_any_other(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.google.fault(Fault::DropDelivery);
    world.put(meeting("Budget"));
    let channel = channel(&world);
    world
        .google
        .notify(&channel, ResourceState::NotExists)
        .expect("a live channel");

    arrives(&world).await;

    settled_from_nothing(&world, key).await;
    assert_eq!(said_since(&world, key).await, ["event.created"]);
}

async fn a_hint_that_never_arrives_is_made_up_for_by_the_next_poll(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.google.fault(Fault::DropDelivery);
    world.put(meeting("Budget"));
    assert_eq!(world.deliver().await, [0; 0]);
    settled_polling_aside(&world, key).await;
    assert_eq!(said_since(&world, key).await, Vec::<&str>::new());

    world.advance(hours(16));
    assert_eq!(world.sweep().await.polls, 1);

    settled_from_nothing(&world, key).await;
    assert_eq!(said_since(&world, key).await, ["event.created"]);
}

async fn settled_polling_aside(world: &World, key: domain::CalendarKey) {
    world.settle().await;
    assert!(!inbox(world, key).await.is_dirty());
}

async fn a_channel_that_died_quietly_is_made_up_for_by_polls(provider: Provider) {
    let (world, key) = clean(provider).await;
    let channel = channel(&world);
    world.google.fault(Fault::SilenceChannel { channel });
    for n in 0..3 {
        world.put(meeting(&format!("Event {n}")));
        assert_eq!(world.deliver().await, [0; 0]);
        world.advance(hours(16));
        world.sweep().await;
        settled_from_nothing(&world, key).await;
    }
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
