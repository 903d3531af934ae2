//! The queue between the functions: it loses, doubles and reorders, and nothing depends on it.

use aws_lambda_events::sqs::SqsEvent;
use serde_json::json;
use testkit::world::{ACCOUNT, INVOCATION};
use testkit::{Service, World};

use crate::events_of::meeting;
use crate::scenarios::scene::{
    clean, inbox, minutes, runs, said_since, seconds, settled_from_nothing, titled,
};

#[tokio::test]
async fn a_lost_message_is_swept() {
    let (world, key) = clean().await;
    world.cloud.lose_next_message("test-interactive");
    world.google.put_event(ACCOUNT, meeting("Budget"));
    assert_eq!(world.deliver().await, [200]);
    assert_eq!(world.work().await, 0);
    assert_eq!(world.sweep().await.reads, 0, "not overdue yet");

    world.advance(seconds(31));
    assert_eq!(world.sweep().await.reads, 1);
    assert_eq!(world.sweep().await.reads, 0, "claimed");

    settled_from_nothing(&world, key).await;
}

#[tokio::test]
async fn a_lost_message_is_also_made_up_for_by_the_next_hint() {
    let (world, key) = clean().await;
    world.cloud.lose_next_message("test-interactive");
    world.google.put_event(ACCOUNT, meeting("Budget"));
    world.deliver().await;
    world.advance(seconds(31));

    world.google.put_event(ACCOUNT, meeting("Another"));
    assert_eq!(world.deliver().await, [200]);

    assert_eq!(world.work().await, 1);
    settled_from_nothing(&world, key).await;
}

#[tokio::test]
async fn every_message_lost_is_no_event_lost() {
    let (world, key) = clean().await;
    for n in 0..6 {
        for queue in testkit::world::QUEUES {
            world.cloud.lose_next_message(queue);
        }
        world
            .google
            .put_event(ACCOUNT, meeting(&format!("Event {n}")));
        world.deliver().await;
        world.work().await;
        world.advance(seconds(20));
        world.sweep().await;
    }

    settled_from_nothing(&world, key).await;
}

#[tokio::test]
async fn a_message_delivered_twice_starts_one_run() {
    let (world, key) = clean().await;
    let before = runs(&world, key).await.len();
    world.cloud.duplicate_next_message("test-interactive");
    world.google.put_event(ACCOUNT, meeting("Budget"));
    world.deliver().await;

    assert_eq!(world.work().await, 2);

    settled_from_nothing(&world, key).await;
    assert_eq!(runs(&world, key).await.len(), before + 1);
}

#[tokio::test]
async fn the_same_message_worked_on_by_two_at_once_writes_everything_once() {
    for seed in 0..4 {
        let (world, key) = clean().await;
        for n in 0..5 {
            world
                .google
                .put_event(ACCOUNT, meeting(&format!("Event {n}")));
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

#[tokio::test]
async fn two_messages_of_a_calendar_at_once_make_one_run_of_them() {
    for seed in 0..4 {
        let (world, key) = clean().await;
        let before = runs(&world, key).await.len();
        world.google.put_event(ACCOUNT, meeting("Budget"));
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

#[tokio::test]
async fn messages_in_any_order_end_in_the_same_mirror() {
    for seed in 0..4 {
        let (world, key) = clean().await;
        for queue in testkit::world::QUEUES {
            world.cloud.reorder_messages(queue, seed);
        }
        let id = world.google.put_event(ACCOUNT, meeting("Budget"));
        for n in 0..20 {
            world
                .google
                .put_event(ACCOUNT, titled(&id, &format!("Budget {n}")));
            if n % 2 == 0 {
                world.cloud.duplicate_next_message("test-interactive");
            }
            tokio::join!(world.deliver(), world.work());
            world.advance(seconds(1));
        }

        settled_from_nothing(&world, key).await;
    }
}

#[tokio::test]
async fn a_message_that_arrives_hours_late_does_no_harm() {
    let (world, key) = clean().await;
    world.google.put_event(ACCOUNT, meeting("Budget"));
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

#[tokio::test]
async fn a_hint_whose_message_could_not_be_sent_is_swept_when_its_repetition_is_recognised() {
    let (world, key) = clean().await;
    world.google.put_event(ACCOUNT, meeting("Budget"));
    world.cloud.break_service(Service::Sqs);
    assert_eq!(world.deliver().await, [503]);
    world.cloud.mend_service(Service::Sqs);

    // It was counted and recorded, so the repetition is one.
    world.advance(seconds(20));
    assert_eq!(world.deliver().await, [200]);
    assert_eq!(world.work().await, 0);
    assert!(inbox(&world, key).await.is_dirty());

    world.advance(seconds(31));
    assert_eq!(world.sweep().await.reads, 1);
    settled_from_nothing(&world, key).await;
}

#[tokio::test]
async fn a_sweeper_that_sees_an_old_index_sends_nothing_twice() {
    let (world, key) = clean().await;
    world.cloud.lose_next_message("test-interactive");
    world.google.put_event(ACCOUNT, meeting("Budget"));
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

#[tokio::test]
async fn two_sweepers_at_once_send_one_message() {
    for seed in 0..4 {
        let (world, key) = clean().await;
        world.cloud.lose_next_message("test-interactive");
        world.google.put_event(ACCOUNT, meeting("Budget"));
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

#[tokio::test]
async fn an_unreadable_message_is_buried_once_and_does_not_come_back() {
    let (world, key) = clean().await;
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
