//! From the feed onto the bus, whatever the bus says.

use domain::{CalendarKey, Provider};
use testkit::{Failure, On, Service, World};

use crate::both::for_both;
use crate::events_of::meeting;
use crate::scenarios::paging::slice;
use crate::scenarios::scene::{clean, feed, minutes, seconds, settled_from_nothing};

for_both! {
    a_bus_that_is_out_of_order_delays_entries_and_loses_none,
    an_outage_of_hours_is_made_up_for_without_a_flood_of_messages,
    an_entry_that_the_bus_refuses_holds_up_those_behind_it_only_briefly,
    an_entry_that_is_refused_again_and_again_does_not_keep_a_run_busy,
    a_message_to_publish_that_is_lost_is_sent_again,
    an_answer_of_the_bus_that_is_lost_says_things_twice_and_never_not,
    a_mark_that_never_gets_through_is_made_up_for_by_the_sweeper,
    a_slice_that_ran_out_of_time_leaves_its_entries_to_the_sweeper,
}

fn put(world: &World, count: usize) {
    for n in 0..count {
        world.put(meeting(&format!("Event {n}")));
    }
}

/// The numbers on the bus, in the order in which it took them.
fn heard(world: &World) -> Vec<u64> {
    let events = world.cloud.events();
    events
        .iter()
        // What became of a subscription is no entry of the feed.
        .filter_map(|event| event.detail["seq"].as_u64())
        .collect()
}

async fn unpublished(world: &World, key: CalendarKey) -> u64 {
    let feed = feed(world, key).await;
    feed.last_seq - feed.published_seq
}

async fn a_bus_that_is_out_of_order_delays_entries_and_loses_none(provider: Provider) {
    let (world, key) = clean(provider).await;
    put(&world, 25);
    world.cloud.break_service(Service::EventBridge);
    world.deliver().await;
    world.work().await;
    assert_eq!(unpublished(&world, key).await, 25);
    // Reading goes on meanwhile.
    put(&world, 3);
    world.deliver().await;
    world.advance(seconds(2));
    world.work().await;
    assert_eq!(unpublished(&world, key).await, 28);
    assert_eq!(heard(&world), [1]);

    world.cloud.mend_service(Service::EventBridge);
    world.advance(minutes(1));
    assert_eq!(world.sweep().await.publications, 1);
    world.work().await;
    assert_eq!(unpublished(&world, key).await, 0);
    assert_eq!(heard(&world), (1..=29).collect::<Vec<_>>());
    settled_from_nothing(&world, key).await;
}

async fn an_outage_of_hours_is_made_up_for_without_a_flood_of_messages(provider: Provider) {
    let (world, key) = clean(provider).await;
    put(&world, 5);
    world.cloud.break_service(Service::EventBridge);
    world.deliver().await;
    world.work().await;
    for _ in 0..60 {
        world.advance(seconds(30));
        world.sweep().await;
        world.work().await;
        let waiting = world.cloud.messages("test-bulk").len();
        assert!(waiting <= 30, "{waiting} messages");
    }

    world.cloud.mend_service(Service::EventBridge);
    settled_from_nothing(&world, key).await;
}

async fn an_entry_that_the_bus_refuses_holds_up_those_behind_it_only_briefly(provider: Provider) {
    for place in [0, 3, 9] {
        let (world, key) = clean(provider).await;
        put(&world, 25);
        world.cloud.fail_next("PutEvents", Failure::Entry(place), 1);
        world.deliver().await;
        world.work().await;

        settled_from_nothing(&world, key).await;
        assert_eq!(world.cloud.failures_left(), 0);
        let heard = heard(&world);
        let mut first_time: Vec<u64> = Vec::new();
        for seq in heard {
            if !first_time.contains(&seq) {
                first_time.push(seq);
            }
        }
        // Entries behind the refused one may come early; none is missing.
        first_time.sort_unstable();
        assert_eq!(first_time, (1..=26).collect::<Vec<_>>());
    }
}

async fn an_entry_that_is_refused_again_and_again_does_not_keep_a_run_busy(provider: Provider) {
    let (world, key) = clean(provider).await;
    put(&world, 5);
    world.cloud.fail_next("PutEvents", Failure::Entry(0), 4);
    world.deliver().await;
    world.cloud.take_calls();
    world.work().await;

    let calls = world.cloud.take_calls();
    let puts = calls.iter().filter(|call| call.operation == "PutEvents");
    assert_eq!(puts.count(), 1);
    assert_eq!(unpublished(&world, key).await, 5);
    for _ in 0..4 {
        world.advance(minutes(2));
        world.sweep().await;
        world.work().await;
    }
    settled_from_nothing(&world, key).await;
}

async fn a_message_to_publish_that_is_lost_is_sent_again(provider: Provider) {
    let (world, key) = clean(provider).await;
    put(&world, 5);
    world.cloud.break_service(Service::EventBridge);
    world.deliver().await;
    world.work().await;
    world.cloud.mend_service(Service::EventBridge);
    world.cloud.lose_next_message("test-bulk");

    world.advance(minutes(1));
    assert_eq!(world.sweep().await.publications, 1);
    assert_eq!(world.work().await, 0);

    settled_from_nothing(&world, key).await;
}

async fn an_answer_of_the_bus_that_is_lost_says_things_twice_and_never_not(provider: Provider) {
    let (world, key) = clean(provider).await;
    put(&world, 5);
    world
        .cloud
        .fail_next("PutEvents", Failure::TimeoutAfterWrite, 1);
    world.deliver().await;
    world.work().await;

    assert_eq!(heard(&world), [1, 2, 3, 4, 5, 6, 2, 3, 4, 5, 6]);
    settled_from_nothing(&world, key).await;
}

async fn a_mark_that_never_gets_through_is_made_up_for_by_the_sweeper(provider: Provider) {
    let (world, key) = clean(provider).await;
    put(&world, 5);
    let marks = On::operation("UpdateItem").containing("published_seq = :n");
    world
        .cloud
        .fail_next(marks, Failure::TransactionConflict, 20);
    world.deliver().await;
    world.work().await;
    assert_eq!(unpublished(&world, key).await, 5);

    settled_from_nothing(&world, key).await;
    assert_eq!(world.cloud.failures_left(), 0);
}

async fn a_slice_that_ran_out_of_time_leaves_its_entries_to_the_sweeper(provider: Provider) {
    let (world, key) = clean(provider).await;
    put(&world, 5);
    world.deliver().await;

    assert!(slice(&world).await);
    assert_eq!(unpublished(&world, key).await, 5);

    settled_from_nothing(&world, key).await;
}
