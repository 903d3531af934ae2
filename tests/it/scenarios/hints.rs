//! Notifications: storms, repetitions, early ones, late ones, and those that never arrive.

use app::watch::Watched;
use domain::SubscriptionId;
use domain::inbox::Status;
use domain::subscription::NoPush;
use serde_json::Value;
use simulator::{Fault, ResourceState, Settings};
use testkit::World;
use testkit::world::ACCOUNT;

use crate::events_of::meeting;
use crate::scenarios::scene::{
    channel, clean, clean_with, hours, inbox, is_true, items, minutes, outcomes, pass, runs,
    said_since, seconds, settled, settled_from_nothing, titled,
};

#[tokio::test]
async fn a_storm_of_hints_in_a_moment_costs_one_run() {
    let (world, key) = clean().await;
    let before = runs(&world, key).await.len();
    world.google.storm(ACCOUNT, None, 200);

    let answers = world.deliver().await;
    assert_eq!(answers.len(), 200);
    assert!(answers.iter().all(|answer| *answer == 200));
    assert_eq!(world.cloud.messages("test-interactive").len(), 1);

    settled_from_nothing(&world, key).await;
    assert_eq!(runs(&world, key).await.len(), before + 1);
}

#[tokio::test]
async fn a_storm_of_hints_over_two_minutes_costs_few_runs() {
    let (world, key) = clean().await;
    let before = runs(&world, key).await.len();
    let id = world.google.put_event(ACCOUNT, meeting("Storm"));
    for second in 0..120 {
        world.google.storm(ACCOUNT, Some(&id), 2);
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

#[tokio::test]
async fn a_storm_during_a_long_read_costs_one_trailing_run() {
    let (world, key) = clean_with(crate::scenarios::scene::small_pages(5)).await;
    for n in 0..20 {
        world
            .google
            .put_event(ACCOUNT, meeting(&format!("Event {n}")));
    }
    world.deliver().await;
    assert!(crate::scenarios::paging::slice(&world).await);
    world.google.storm(ACCOUNT, None, 100);
    world.deliver().await;

    settled_from_nothing(&world, key).await;

    let runs = runs(&world, key).await;
    let trailing = runs.iter().filter(|run| run.reason == "trailing").count();
    assert!(trailing <= 1, "{runs:?}");
}

#[tokio::test]
async fn an_exact_redelivery_is_answered_and_costs_no_run_and_one_call() {
    let (world, key) = clean().await;
    world.google.put_event(ACCOUNT, meeting("Budget"));
    world.deliver().await;
    world.work().await;
    let before = runs(&world, key).await.len();
    let owed = inbox(&world, key).await.req;

    for _ in 0..3 {
        world.google.redeliver(None);
        world.cloud.take_calls();
        assert_eq!(world.deliver().await, [200]);
        let calls = world.cloud.take_calls();
        assert_eq!(calls.len(), 1, "{calls:?}");
        assert_eq!(calls[0].operation, "GetItem");
    }

    assert_eq!(world.work().await, 0);
    assert_eq!(inbox(&world, key).await.req, owed);
    settled_from_nothing(&world, key).await;
    assert_eq!(runs(&world, key).await.len(), before);
}

#[tokio::test]
async fn repeated_delayed_and_reordered_deliveries_change_nothing() {
    let (world, key) = clean().await;
    for fault in [
        Fault::RepeatDelivery,
        Fault::ReorderDelivery,
        Fault::DelayDelivery { seconds: 70 },
        Fault::RepeatDelivery,
        Fault::ReorderDelivery,
    ] {
        world.google.fault(fault);
        let id = world.google.put_event(ACCOUNT, meeting("Budget"));
        world.google.put_event(ACCOUNT, titled(&id, "Budget 2027"));
        world.deliver().await;
        world.work().await;
        world.advance(seconds(2));
    }

    settled_from_nothing(&world, key).await;
}

#[tokio::test]
async fn a_different_notification_is_never_suppressed() {
    let (world, key) = clean().await;
    // The same event, the same change, the same moment: only the number is another.
    let id = world.google.put_event(ACCOUNT, meeting("Budget"));
    world.deliver().await;
    world.work().await;
    for _ in 0..5 {
        let owed = inbox(&world, key).await.req;
        world.google.put_event(ACCOUNT, titled(&id, "Budget"));
        assert_eq!(world.deliver().await, [200]);
        assert_eq!(inbox(&world, key).await.req, owed + 1);
    }
    settled_from_nothing(&world, key).await;
}

#[tokio::test]
async fn the_same_number_on_another_channel_is_another_notification() {
    let (world, key) = clean().await;
    world
        .watcher
        .subscribe(key, &world.source(ACCOUNT))
        .await
        .expect("a second channel");
    let owed = inbox(&world, key).await.req;

    // Its `sync` has the number 1, as the first channel's had.
    assert_eq!(world.deliver().await, [200]);
    assert_eq!(inbox(&world, key).await.req, owed + 1);

    world.google.put_event(ACCOUNT, meeting("Budget"));
    assert_eq!(world.deliver().await, [200, 200]);
    assert_eq!(inbox(&world, key).await.req, owed + 3);
    settled_from_nothing(&world, key).await;
    assert_eq!(said_since(&world, key).await, ["event.created"]);
}

#[tokio::test]
async fn a_record_that_lingers_after_its_time_suppresses_nothing() {
    let (world, key) = clean().await;
    world.google.put_event(ACCOUNT, meeting("Budget"));
    world.deliver().await;
    settled(&world, key).await;
    let records = items(&world, "test-notifications").await.len();
    let owed = inbox(&world, key).await.req;

    // A day and more; the database has not deleted anything yet.
    world.advance(hours(25));
    world.google.redeliver(None);
    assert_eq!(world.deliver().await, [200]);

    assert_eq!(items(&world, "test-notifications").await.len(), records);
    assert_eq!(inbox(&world, key).await.req, owed + 1, "counted again");
    settled(&world, key).await;
}

#[tokio::test]
async fn a_notification_may_arrive_before_the_watch_is_answered() {
    let world = World::start_with(Settings {
        sync_before_answer: true,
        ..Settings::default()
    })
    .await;
    let mut early = Vec::new();

    let watching = world.watch(ACCOUNT);
    let arriving = async {
        while early.is_empty() {
            early = world.deliver().await;
            tokio::task::yield_now().await;
        }
    };
    let ((key, _), ()) = tokio::join!(watching, arriving);

    assert_eq!(early, [200]);
    assert_eq!(outcomes(&world).await, ["coalesced"], "counted, not late");
    world.google.put_event(ACCOUNT, meeting("Budget"));
    settled(&world, key).await;
}

#[tokio::test]
async fn a_resource_that_is_said_to_be_gone_is_read_like_any_other() {
    let (world, key) = clean().await;
    world.google.fault(Fault::DropDelivery);
    world.google.put_event(ACCOUNT, meeting("Budget"));
    let channel = channel(&world, ACCOUNT);
    world
        .google
        .notify(&channel, ResourceState::NotExists)
        .expect("a live channel");

    assert_eq!(world.deliver().await, [200]);

    settled_from_nothing(&world, key).await;
    assert_eq!(said_since(&world, key).await, ["event.created"]);
}

#[tokio::test]
async fn a_hint_that_never_arrives_is_made_up_for_by_the_next_poll() {
    let (world, key) = clean().await;
    world.google.fault(Fault::DropDelivery);
    world.google.put_event(ACCOUNT, meeting("Budget"));
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

#[tokio::test]
async fn a_channel_that_died_quietly_is_made_up_for_by_polls() {
    let (world, key) = clean().await;
    let channel = channel(&world, ACCOUNT);
    world.google.fault(Fault::SilenceChannel { channel });
    for n in 0..3 {
        world
            .google
            .put_event(ACCOUNT, meeting(&format!("Event {n}")));
        assert_eq!(world.deliver().await, [0; 0]);
        world.advance(hours(16));
        world.sweep().await;
        settled_from_nothing(&world, key).await;
    }
}

#[tokio::test]
async fn an_unwatched_channel_is_answered_recorded_late_and_stopped_once_an_hour_at_most() {
    let (world, key) = clean().await;
    let id = world.google.put_event(ACCOUNT, meeting("Budget"));
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
        world
            .google
            .put_event(ACCOUNT, titled(&id, &format!("Change {minute}")));
        assert_eq!(world.deliver().await, [200]);
        world.advance(minutes(1));
    }
    assert_eq!(count(&world), 1);
    world.advance(minutes(11));
    world.google.put_event(ACCOUNT, titled(&id, "Later"));
    assert_eq!(world.deliver().await, [200]);
    assert_eq!(count(&world), 2);

    let records = items(&world, "test-notifications").await;
    let late = records.iter().filter(|it| it["outcome"] == "late");
    assert_eq!(late.clone().count(), 51);
    assert!(late.clone().all(|record| record["g"] == Value::Null));
    assert!(!inbox(&world, key).await.is_dirty(), "nothing is owed");

    world.work().await;
    assert!(world.google.channels()[0].stopped);
    world.google.put_event(ACCOUNT, titled(&id, "Unheard"));
    assert_eq!(world.deliver().await, [0; 0]);
    assert_eq!(world.google.violations(), []);
}

#[tokio::test]
async fn a_late_notification_that_is_repeated_is_late_again() {
    let (world, key) = clean().await;
    world
        .watcher
        .unwatch(key)
        .await
        .expect("a watched calendar");
    world.google.put_event(ACCOUNT, meeting("Budget"));
    assert_eq!(world.deliver().await, [200]);

    world.google.redeliver(None);

    assert_eq!(world.deliver().await, [200]);
    assert_eq!(world.google.violations(), []);
}

#[tokio::test]
async fn a_retired_channel_is_stopped_while_its_successor_goes_on() {
    let (world, key) = clean().await;
    let old: SubscriptionId = channel(&world, ACCOUNT).parse().expect("our own name");
    world
        .watcher
        .subscribe(key, &world.source(ACCOUNT))
        .await
        .expect("a second channel");
    world.settle().await;
    let inboxes = &world.sync.syncer.inboxes;
    inboxes.retire(key, old).await.expect("a healthy AWS");

    world.google.put_event(ACCOUNT, meeting("Budget"));
    assert_eq!(world.deliver().await, [200, 200]);
    settled_from_nothing(&world, key).await;

    let channels = world.google.channels();
    let live: Vec<_> = channels.iter().filter(|channel| channel.live).collect();
    assert_eq!(live.len(), 1);
    assert_ne!(live[0].id, old.to_string());
}

#[tokio::test]
async fn a_channel_that_speaks_after_it_was_stopped_is_answered() {
    let (world, key) = clean().await;
    world
        .watcher
        .unwatch(key)
        .await
        .expect("a watched calendar");
    world.work().await;
    assert!(world.google.channels()[0].stopped);

    world.google.fault(Fault::DeliverAfterStop);
    world.google.put_event(ACCOUNT, meeting("Budget"));
    assert_eq!(world.deliver().await, [200]);

    // Stopping it again finds nothing to stop, which is as good.
    world.work().await;
    assert_eq!(world.cloud.messages("test-bulk"), []);
    assert_eq!(inbox(&world, key).await.status, Status::Unwatched);
}

#[tokio::test]
async fn nothing_is_recorded_of_a_calendar_that_was_erased() {
    let (world, key) = clean().await;
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

    world.google.put_event(ACCOUNT, meeting("Budget"));
    assert_eq!(world.deliver().await, [200]);
    world.work().await;
    world.sweep().await;

    assert_eq!(items(&world, "test-notifications").await.len(), before);
    assert_eq!(items(&world, "test-calendars").await, Vec::<Value>::new());
}

#[tokio::test]
async fn an_orphan_whose_birth_was_never_answered_is_stopped_when_it_speaks() {
    let world = World::start().await;
    world.google.fault(Fault::LoseWatchAnswer);
    let (key, watched) = world.watch(ACCOUNT).await;
    assert_eq!(watched, Watched::Polled(NoPush::Unanswered));

    // Only now does the orphan tell by which name the provider knows it.
    assert_eq!(world.deliver().await, [200]);
    pass(&world, 1).await;
    let channels = world.google.channels();
    assert!(channels.iter().all(|it| it.stopped), "{channels:#?}");

    world.google.put_event(ACCOUNT, meeting("Budget"));
    pass(&world, 7).await;
    is_true(&world, key, ACCOUNT).await;
}
