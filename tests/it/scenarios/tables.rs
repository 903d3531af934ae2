//! A database that is slow, busy or says no: the provider is told to come again, or a run is.

use domain::Provider;
use lambda_http::http::header::RETRY_AFTER;
use testkit::world::request;
use testkit::{Failure, On, Service, World};

use crate::both::for_both;
use crate::events_of::{meeting, stand_up};
use crate::scenarios::scene::{
    arrives, clean, clean_with, inbox, minutes, runs, said_since, seconds, settled,
    settled_from_nothing, small_pages,
};

for_both! {
    a_database_that_is_down_tells_the_provider_to_come_again,
    throttled_at_any_step_a_notification_is_repeated_and_nothing_is_lost,
    keys_that_can_not_be_fetched_cost_a_repetition_and_known_ones_go_on,
    a_plain_update_that_meets_a_transaction_is_tried_again,
    a_transaction_that_meets_another_is_tried_again,
    a_transaction_that_never_gets_through_is_left_to_the_messages_return,
    an_outcome_that_nobody_heard_of_is_not_written_twice,
    an_import_whose_outcome_nobody_heard_of_is_announced_once,
    an_update_of_the_inbox_whose_answer_is_lost_loses_nothing,
    a_database_that_fails_during_a_run_leaves_it_to_the_messages_return,
    a_batch_of_rows_that_comes_in_parts_is_read_whole,
}

async fn a_database_that_is_down_tells_the_provider_to_come_again(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.put(meeting("Budget"));
    world.cloud.break_service(Service::DynamoDb);
    let delivery = world.google.take_deliveries().remove(0);
    let answer = lambda::webhook::answer(&world.receiver, provider, &request(&delivery)).await;
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()[RETRY_AFTER], "5");
    world.google.delivered(delivery.id, 503);

    world.cloud.mend_service(Service::DynamoDb);
    world.advance(seconds(15));
    arrives(&world).await;

    settled_from_nothing(&world, key).await;
    assert_eq!(said_since(&world, key).await, ["event.created"]);
}

async fn throttled_at_any_step_a_notification_is_repeated_and_nothing_is_lost(provider: Provider) {
    // More refusals than the SDK has patience for, at each of the three steps.
    for (operation, table) in [
        ("GetItem", "test-notifications"),
        ("UpdateItem", "test-calendars"),
        ("PutItem", "test-notifications"),
    ] {
        let (world, key) = clean(provider).await;
        world.put(meeting("Budget"));
        let on = On::operation(operation).resource(table);
        world.cloud.fail_next(on, Failure::Throttled, 3);
        assert_eq!(world.deliver().await, [503], "{operation} of {table}");
        assert_eq!(world.cloud.failures_left(), 0);

        world.advance(seconds(15));
        arrives(&world).await;
        settled_from_nothing(&world, key).await;
    }
}

async fn keys_that_can_not_be_fetched_cost_a_repetition_and_known_ones_go_on(provider: Provider) {
    let (world, key) = clean(provider).await;
    let world = world.with_fresh_sandboxes();
    world.cloud.break_service(Service::SecretsManager);
    world.put(meeting("Budget"));
    assert_eq!(world.deliver().await, [503]);
    world.cloud.mend_service(Service::SecretsManager);
    world.advance(seconds(15));
    arrives(&world).await;

    // Once fetched, they outlive an outage.
    world.cloud.break_service(Service::SecretsManager);
    world.advance(minutes(30));
    world.put(meeting("Another"));
    arrives(&world).await;
    world.cloud.mend_service(Service::SecretsManager);
    settled_from_nothing(&world, key).await;
}

async fn a_plain_update_that_meets_a_transaction_is_tried_again(provider: Provider) {
    // By a word of their expressions: raising the fence, committing, marking.
    for update in ["round_g", "#cursor = :cursor", "published_seq = :n"] {
        let (world, key) = clean(provider).await;
        let on = On::operation("UpdateItem")
            .resource("test-calendars")
            .containing(update);
        world.cloud.fail_next(on, Failure::TransactionConflict, 2);
        world.put(meeting("Budget"));
        world.deliver().await;
        world.work().await;
        // A second read that changes nothing commits by a plain update.
        settled_from_nothing(&world, key).await;
        world.google.redeliver(None);
        world.notify_of_nothing();

        settled_from_nothing(&world, key).await;
        assert_eq!(world.cloud.failures_left(), 0, "{update}");
        assert_eq!(said_since(&world, key).await, ["event.created"]);
    }
}

async fn a_transaction_that_meets_another_is_tried_again(provider: Provider) {
    let (world, key) = clean_with(provider, small_pages(4)).await;
    for n in 0..12 {
        world.put(meeting(&format!("Event {n}")));
    }
    let on = On::operation("TransactWriteItems");
    world.cloud.fail_next(on, Failure::TransactionConflict, 5);
    world.deliver().await;
    assert_eq!(world.work().await, 1);

    settled_from_nothing(&world, key).await;
    assert_eq!(world.cloud.failures_left(), 0);
    assert_eq!(said_since(&world, key).await, ["event.created"; 12]);
}

async fn a_transaction_that_never_gets_through_is_left_to_the_messages_return(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.put(meeting("Budget"));
    let on = On::operation("TransactWriteItems");
    world.cloud.fail_next(on, Failure::TransactionConflict, 12);
    world.deliver().await;
    let message = world
        .cloud
        .receive("test-interactive")
        .expect("a message for the run");

    assert!(!world.work_on(&message).await, "it comes back");

    settled_from_nothing(&world, key).await;
}

async fn an_outcome_that_nobody_heard_of_is_not_written_twice(provider: Provider) {
    for skip in 0..3 {
        let (world, key) = clean_with(provider, small_pages(4)).await;
        for n in 0..12 {
            world.put(meeting(&format!("Event {n}")));
        }
        let on = On::operation("TransactWriteItems").after(skip);
        world.cloud.fail_next(on, Failure::TimeoutAfterWrite, 1);
        world.deliver().await;
        world.work().await;

        settled_from_nothing(&world, key).await;
        assert_eq!(world.cloud.failures_left(), 0);
        assert_eq!(said_since(&world, key).await, ["event.created"; 12]);
    }
}

async fn an_import_whose_outcome_nobody_heard_of_is_announced_once(provider: Provider) {
    for skip in 0..4 {
        let world = World::start_at(provider, small_pages(10)).await;
        world.bulk(30);
        let (key, _) = world.watch(world.main()).await;
        let on = On::operation("TransactWriteItems").after(skip);
        world.cloud.fail_next(on, Failure::TimeoutAfterWrite, 1);

        settled(&world, key).await;

        assert_eq!(world.cloud.failures_left(), 0, "transaction {skip}");
        assert_eq!(said_since(&world, key).await, Vec::<&str>::new());
    }
}

async fn an_update_of_the_inbox_whose_answer_is_lost_loses_nothing(provider: Provider) {
    // Counted, acquired, raised, finished; recorded twice.
    for (operation, skip) in [
        ("UpdateItem", 0),
        ("UpdateItem", 1),
        ("UpdateItem", 2),
        ("UpdateItem", 3),
        ("PutItem", 0),
        ("PutItem", 1),
    ] {
        let (world, key) = clean(provider).await;
        let on = On::operation(operation).after(skip);
        world.cloud.fail_next(on, Failure::TimeoutAfterWrite, 1);
        let id = world.put(stand_up());
        world.deliver().await;
        world.work().await;
        world.delete(&id);

        settled_from_nothing(&world, key).await;
    }
}

async fn a_database_that_fails_during_a_run_leaves_it_to_the_messages_return(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.put(meeting("Budget"));
    world.deliver().await;
    let message = world
        .cloud
        .receive("test-interactive")
        .expect("a message for the run");
    world.cloud.break_service(Service::DynamoDb);
    assert!(!world.work_on(&message).await);
    world.cloud.mend_service(Service::DynamoDb);
    let before = runs(&world, key).await.len();
    assert!(inbox(&world, key).await.is_dirty());

    settled_from_nothing(&world, key).await;
    assert_eq!(runs(&world, key).await.len(), before + 1);
}

async fn a_batch_of_rows_that_comes_in_parts_is_read_whole(provider: Provider) {
    let (world, key) = clean(provider).await;
    let ids: Vec<String> = (0..30)
        .map(|n| world.put(meeting(&format!("Event {n}"))))
        .collect();
    settled_from_nothing(&world, key).await;
    for id in &ids {
        world.delete(id);
    }
    world.cloud.fail_next(
        On::operation("BatchGetItem").resource("test-events"),
        Failure::Entry(7),
        1,
    );
    world.cloud.fail_next(
        On::operation("BatchGetItem").resource("test-events"),
        Failure::Entry(0),
        2,
    );

    settled_from_nothing(&world, key).await;
    assert_eq!(world.cloud.failures_left(), 0);
}
