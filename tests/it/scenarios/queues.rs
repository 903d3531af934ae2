//! The queue between the functions: it loses, doubles and reorders, and nothing depends on it.

use aws_lambda_events::sqs::SqsEvent;
use domain::Provider;
use serde_json::json;
use testkit::world::INVOCATION;
use testkit::{Service, World};

use crate::both::for_both;
use crate::events_of::meeting;
use crate::scenarios::scene::{
    arrives, clean, inbox, minutes, runs, said_since, seconds, settled_from_nothing, titled,
};

for_both! {
    a_lost_message_is_swept,
    a_lost_message_is_also_made_up_for_by_the_next_hint,
    every_message_lost_is_no_event_lost,
    a_message_delivered_twice_starts_one_run,
    the_same_message_worked_on_by_two_at_once_writes_everything_once,
    two_messages_of_a_calendar_at_once_make_one_run_of_them,
    messages_in_any_order_end_in_the_same_mirror,
    a_message_that_arrives_hours_late_does_no_harm,
    a_hint_whose_message_could_not_be_sent_is_swept_when_its_repetition_is_recognised,
    a_sweeper_that_sees_an_old_index_sends_nothing_twice,
    two_sweepers_at_once_send_one_message,
    an_unreadable_message_is_buried_once_and_does_not_come_back,
}

async fn a_lost_message_is_swept(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.cloud.lose_next_message("test-interactive");
    world.put(meeting("Budget"));
    arrives(&world).await;
    assert_eq!(world.work().await, 0);
    assert_eq!(world.sweep().await.reads, 0, "not overdue yet");

    world.advance(seconds(31));
    assert_eq!(world.sweep().await.reads, 1);
    assert_eq!(world.sweep().await.reads, 0, "claimed");

    settled_from_nothing(&world, key).await;
}

async fn a_lost_message_is_also_made_up_for_by_the_next_hint(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.cloud.lose_next_message("test-interactive");
    world.put(meeting("Budget"));
    world.deliver().await;
    world.advance(seconds(31));

    world.put(meeting("Another"));
    arrives(&world).await;

    assert_eq!(world.work().await, 1);
    settled_from_nothing(&world, key).await;
}

async fn every_message_lost_is_no_event_lost(provider: Provider) {
    let (world, key) = clean(provider).await;
    for n in 0..6 {
        for queue in testkit::world::QUEUES {
            world.cloud.lose_next_message(queue);
        }
        world.put(meeting(&format!("Event {n}")));
        world.deliver().await;
        world.work().await;
        world.advance(seconds(20));
        world.sweep().await;
    }

    settled_from_nothing(&world, key).await;
}

async fn a_message_delivered_twice_starts_one_run(provider: Provider) {
    let (world, key) = clean(provider).await;
    let before = runs(&world, key).await.len();
    world.cloud.duplicate_next_message("test-interactive");
    world.put(meeting("Budget"));
    world.deliver().await;

    assert_eq!(world.work().await, 2);

    settled_from_nothing(&world, key).await;
    assert_eq!(runs(&world, key).await.len(), before + 1);
}

async fn the_same_message_worked_on_by_two_at_once_writes_everything_once(provider: Provider) {
    for seed in 0..4 {
        let (world, key) = clean(provider).await;
        for n in 0..5 {
            world.put(meeting(&format!("Event {n}")));
        }
        world.deliver().await;
        let message = world
            .cloud
            .receive("test-interactive")
            .expect("a message for the run");
        world.cloud.shuffle_calls(seed);
        let other = world.with_fresh_sandboxes();

        let (one, two) = tokio::join!(world.work_on(&message), other.work_on(&message));

        if one && two {
            world.cloud.delete("test-interactive", &message);
        }
        settled_from_nothing(&world, key).await;
        assert_eq!(said_since(&world, key).await, ["event.created"; 5]);
    }
}

async fn two_messages_of_a_calendar_at_once_make_one_run_of_them(provider: Provider) {
    for seed in 0..4 {
        let (world, key) = clean(provider).await;
        let before = runs(&world, key).await.len();
        world.put(meeting("Budget"));
        world.cloud.duplicate_next_message("test-interactive");
        world.deliver().await;
        let next = || world.cloud.receive("test-interactive").expect("a message");
        let (first, mut second) = (next(), next());
        // SQS gives a copy the same identifier; another message has its own.
        second.id = "another".to_owned();
        world.cloud.shuffle_calls(seed);
        let other = world.with_fresh_sandboxes();

        let (one, two) = tokio::join!(world.work_on(&first), other.work_on(&second));

        assert!(
            one && two,
            "a message that meets a held lease is acknowledged"
        );
        world.cloud.delete("test-interactive", &first);
        world.cloud.delete("test-interactive", &second);
        settled_from_nothing(&world, key).await;
        assert_eq!(runs(&world, key).await.len(), before + 1);
    }
}

async fn messages_in_any_order_end_in_the_same_mirror(provider: Provider) {
    for seed in 0..4 {
        let (world, key) = clean(provider).await;
        for queue in testkit::world::QUEUES {
            world.cloud.reorder_messages(queue, seed);
        }
        let id = world.put(meeting("Budget"));
        for n in 0..20 {
            world.put(titled(&id, &format!("Budget {n}")));
            if n % 2 == 0 {
                world.cloud.duplicate_next_message("test-interactive");
            }
            tokio::join!(world.deliver(), world.work());
            world.advance(seconds(1));
        }

        settled_from_nothing(&world, key).await;
    }
}

async fn a_message_that_arrives_hours_late_does_no_harm(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.put(meeting("Budget"));
    world.cloud.duplicate_next_message("test-interactive");
    world.deliver().await;
    let next = || world.cloud.receive("test-interactive").expect("a message");
    let (late, first) = (next(), next());
    assert!(world.work_on(&first).await);
    world.cloud.delete("test-interactive", &first);
    settled_with_late_message(&world).await;
    let before = runs(&world, key).await.len();

    assert!(world.work_on(&late).await);
    world.cloud.delete("test-interactive", &late);

    assert_eq!(runs(&world, key).await.len(), before);
    settled_from_nothing(&world, key).await;
}

async fn settled_with_late_message(world: &World) {
    world.advance(minutes(5));
    world.sweep().await;
}

async fn a_hint_whose_message_could_not_be_sent_is_swept_when_its_repetition_is_recognised(
    provider: Provider,
) {
    let (world, key) = clean(provider).await;
    world.put(meeting("Budget"));
    world.cloud.break_service(Service::Sqs);
    assert_eq!(world.deliver().await, [503]);
    world.cloud.mend_service(Service::Sqs);

    // It was counted and recorded, so the repetition is one.
    world.advance(seconds(20));
    arrives(&world).await;
    assert_eq!(world.work().await, 0);
    assert!(inbox(&world, key).await.is_dirty());

    world.advance(seconds(31));
    assert_eq!(world.sweep().await.reads, 1);
    settled_from_nothing(&world, key).await;
}

async fn a_sweeper_that_sees_an_old_index_sends_nothing_twice(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.cloud.lose_next_message("test-interactive");
    world.put(meeting("Budget"));
    world.deliver().await;
    world.advance(seconds(31));
    world.cloud.freeze_indexes().await;

    let swept: u32 = [world.sweep().await, world.sweep().await]
        .iter()
        .map(|swept| swept.reads)
        .sum();
    assert_eq!(swept, 1);
    assert_eq!(world.work().await, 1);
    assert_eq!(world.sweep().await.reads, 0, "it was read meanwhile");

    world.cloud.thaw_indexes();
    settled_from_nothing(&world, key).await;
}

async fn two_sweepers_at_once_send_one_message(provider: Provider) {
    for seed in 0..4 {
        let (world, key) = clean(provider).await;
        world.cloud.lose_next_message("test-interactive");
        world.put(meeting("Budget"));
        world.deliver().await;
        world.advance(seconds(31));
        world.cloud.shuffle_calls(seed);
        let other = world.with_fresh_sandboxes();

        let (one, two) = tokio::join!(world.sweep(), other.sweep());

        assert_eq!(one.reads + two.reads, 1);
        assert_eq!(world.cloud.messages("test-interactive").len(), 1);
        settled_from_nothing(&world, key).await;
    }
}

async fn an_unreadable_message_is_buried_once_and_does_not_come_back(provider: Provider) {
    let (world, key) = clean(provider).await;
    let bodies = [
        "not JSON",
        "{}",
        r#"{"v":"2","kind":"sync"}"#,
        r#"{"v":"1","kind":"dance"}"#,
        r#"{"v":"1","kind":"stop","subscription":"sub_1"}"#,
    ];
    for (buried, body) in bodies.into_iter().enumerate() {
        let event: SqsEvent = serde_json::from_value(json!({
            "Records": [{ "messageId": "m-1", "body": body, "eventSource": "aws:sqs" }],
        }))
        .expect("an SQS event");
        let deadline = world.now() + INVOCATION;
        let answer = Box::pin(lambda::sqs::work(
            &world.sync,
            event,
            "an invocation",
            deadline,
        ))
        .await;

        assert_eq!(answer.batch_item_failures.len(), 0, "{body}");
        let graves = world.cloud.messages("test-dead-letters");
        assert_eq!(graves.len(), buried + 1, "{body}");
        assert_eq!(graves[buried].body, body);
    }
    settled_from_nothing(&world, key).await;
}
