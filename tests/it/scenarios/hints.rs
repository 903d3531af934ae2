//! Notifications: storms, repetitions, early ones, late ones, and those that never arrive.

use domain::Provider;
use simulator::{Fault, ResourceState, Settings};
use testkit::World;

use crate::both::for_both;
use crate::events_of::meeting;
use crate::scenarios::paging::slice;
use crate::scenarios::scene::{
    arrives, channel, clean, clean_with, hours, inbox, items, outcomes, runs, said_since, seconds,
    settled, settled_from_nothing, small_pages, titled,
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
    a_channel_that_died_quietly_is_made_up_for_by_polls;
    only google:
        the_same_number_on_another_channel_is_another_notification,
        a_notification_may_arrive_before_the_watch_is_answered,
        a_resource_that_is_said_to_be_gone_is_read_like_any_other,
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
    // A run for each hint would be 240. The pause between two doubles, from a second to a minute,
    // and is halved by a run that happens to meet none.
    let cost = runs(&world, key).await.len() - before;
    assert!(cost <= 16, "{cost} runs");
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
