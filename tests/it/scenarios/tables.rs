//! A database that is slow, busy or says no: the provider is told to come again, or a run is.

use domain::Provider;
use lambda_http::http::header::RETRY_AFTER;
use testkit::world::{ACCOUNT, request};
use testkit::{Failure, On, Service};

use crate::events_of::{meeting, stand_up};
use crate::scenarios::scene::{
    clean, clean_with, inbox, minutes, runs, said_since, seconds, settled_from_nothing, small_pages,
};

#[tokio::test]
async fn a_database_that_is_down_tells_the_provider_to_come_again() {
    let (world, key) = clean().await;
    world.google.put_event(ACCOUNT, meeting("Budget"));
    world.cloud.break_service(Service::DynamoDb);
    let delivery = world.google.take_deliveries().remove(0);
    let answer =
        lambda::webhook::answer(&world.receiver, Provider::Google, &request(&delivery)).await;
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()[RETRY_AFTER], "5");
    world.google.delivered(delivery.id, 503);

    world.cloud.mend_service(Service::DynamoDb);
    world.advance(seconds(15));
    assert_eq!(world.deliver().await, [200]);

    settled_from_nothing(&world, key).await;
    assert_eq!(said_since(&world, key).await, ["event.created"]);
}

#[tokio::test]
async fn throttled_at_any_step_a_notification_is_repeated_and_nothing_is_lost() {
    // More refusals than the SDK has patience for, at each of the three steps.
    for (operation, table) in [
        ("GetItem", "test-notifications"),
        ("UpdateItem", "test-calendars"),
        ("PutItem", "test-notifications"),
    ] {
        let (world, key) = clean().await;
        world.google.put_event(ACCOUNT, meeting("Budget"));
        let on = On::operation(operation).resource(table);
        world.cloud.fail_next(on, Failure::Throttled, 3);
        assert_eq!(world.deliver().await, [503], "{operation} of {table}");
        assert_eq!(world.cloud.failures_left(), 0);

        world.advance(seconds(15));
        assert_eq!(world.deliver().await, [200]);
        settled_from_nothing(&world, key).await;
    }
}

#[tokio::test]
async fn keys_that_can_not_be_fetched_cost_a_repetition_and_known_ones_go_on() {
    let (world, key) = clean().await;
    let world = world.with_fresh_sandboxes();
    world.cloud.break_service(Service::SecretsManager);
    world.google.put_event(ACCOUNT, meeting("Budget"));
    assert_eq!(world.deliver().await, [503]);
    world.cloud.mend_service(Service::SecretsManager);
    world.advance(seconds(15));
    assert_eq!(world.deliver().await, [200]);

    // Once fetched, they outlive an outage.
    world.cloud.break_service(Service::SecretsManager);
    world.advance(minutes(30));
    world.google.put_event(ACCOUNT, meeting("Another"));
    assert_eq!(world.deliver().await, [200]);
    world.cloud.mend_service(Service::SecretsManager);
    settled_from_nothing(&world, key).await;
}

#[tokio::test]
async fn a_plain_update_that_meets_a_transaction_is_tried_again() {
    // By a word of their expressions: raising the fence, committing, marking.
    for update in ["round_g", "#cursor = :cursor", "published_seq = :n"] {
        let (world, key) = clean().await;
        let on = On::operation("UpdateItem")
            .resource("test-calendars")
            .containing(update);
        world.cloud.fail_next(on, Failure::TransactionConflict, 2);
        world.google.put_event(ACCOUNT, meeting("Budget"));
        world.deliver().await;
        world.work().await;
        // A second read that changes nothing commits by a plain update.
        settled_from_nothing(&world, key).await;
        world.google.redeliver(None);
        let channel = world.google.channels()[0].id.clone();
        world
            .google
            .notify(&channel, simulator::ResourceState::Exists)
            .expect("a live channel");

        settled_from_nothing(&world, key).await;
        assert_eq!(world.cloud.failures_left(), 0, "{update}");
        assert_eq!(said_since(&world, key).await, ["event.created"]);
    }
}

#[tokio::test]
async fn a_transaction_that_meets_another_is_tried_again() {
    let (world, key) = clean_with(small_pages(4)).await;
    for n in 0..12 {
        world
            .google
            .put_event(ACCOUNT, meeting(&format!("Event {n}")));
    }
    let on = On::operation("TransactWriteItems");
    world.cloud.fail_next(on, Failure::TransactionConflict, 5);
    world.deliver().await;
    assert_eq!(world.work().await, 1);

    settled_from_nothing(&world, key).await;
    assert_eq!(world.cloud.failures_left(), 0);
    assert_eq!(said_since(&world, key).await, ["event.created"; 12]);
}

#[tokio::test]
async fn a_transaction_that_never_gets_through_is_left_to_the_messages_return() {
    let (world, key) = clean().await;
    world.google.put_event(ACCOUNT, meeting("Budget"));
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

#[tokio::test]
async fn an_outcome_that_nobody_heard_of_is_not_written_twice() {
    for skip in 0..3 {
        let (world, key) = clean_with(small_pages(4)).await;
        for n in 0..12 {
            world
                .google
                .put_event(ACCOUNT, meeting(&format!("Event {n}")));
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

#[tokio::test]
async fn an_import_whose_outcome_nobody_heard_of_is_announced_once() {
    for skip in 0..4 {
        let world = testkit::World::start_with(small_pages(10)).await;
        world.google.bulk_events(ACCOUNT, 30);
        let (key, _) = world.watch(ACCOUNT).await;
        let on = On::operation("TransactWriteItems").after(skip);
        world.cloud.fail_next(on, Failure::TimeoutAfterWrite, 1);

        crate::scenarios::scene::settled(&world, key).await;

        assert_eq!(world.cloud.failures_left(), 0, "transaction {skip}");
        assert_eq!(said_since(&world, key).await, Vec::<&str>::new());
    }
}

#[tokio::test]
async fn an_update_of_the_inbox_whose_answer_is_lost_loses_nothing() {
    // Counted, acquired, raised, finished; recorded twice.
    for (operation, skip) in [
        ("UpdateItem", 0),
        ("UpdateItem", 1),
        ("UpdateItem", 2),
        ("UpdateItem", 3),
        ("PutItem", 0),
        ("PutItem", 1),
    ] {
        let (world, key) = clean().await;
        let on = On::operation(operation).after(skip);
        world.cloud.fail_next(on, Failure::TimeoutAfterWrite, 1);
        let id = world.google.put_event(ACCOUNT, stand_up());
        world.deliver().await;
        world.work().await;
        world.google.delete_event(ACCOUNT, &id);

        settled_from_nothing(&world, key).await;
    }
}

#[tokio::test]
async fn a_database_that_fails_during_a_run_leaves_it_to_the_messages_return() {
    let (world, key) = clean().await;
    world.google.put_event(ACCOUNT, meeting("Budget"));
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

#[tokio::test]
async fn a_batch_of_rows_that_comes_in_parts_is_read_whole() {
    let (world, key) = clean().await;
    let ids: Vec<String> = (0..30)
        .map(|n| {
            world
                .google
                .put_event(ACCOUNT, meeting(&format!("Event {n}")))
        })
        .collect();
    settled_from_nothing(&world, key).await;
    for id in &ids {
        world.google.delete_event(ACCOUNT, id);
    }
    world.cloud.fail_next("BatchGetItem", Failure::Entry(7), 1);
    world.cloud.fail_next("BatchGetItem", Failure::Entry(0), 2);

    settled_from_nothing(&world, key).await;
    assert_eq!(world.cloud.failures_left(), 0);
}
