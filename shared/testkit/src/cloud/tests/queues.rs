//! SQS: visibility, delay, loss, duplicates, order and dead letters.

use std::collections::BTreeSet;

use aws_sdk_sqs as sqs;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, QueueAttributeName};
use jiff::SignedDuration;

use super::{SYNC, bodies, cloud, queues, send};
use crate::{Cloud, MessageState};

async fn receive(queues: &sqs::Client, cloud: &Cloud) -> Vec<sqs::types::Message> {
    let receive = queues.receive_message().queue_url(cloud.queue_url(SYNC));
    let receive = receive.max_number_of_messages(10).wait_time_seconds(20);
    receive.send().await.unwrap().messages.unwrap_or_default()
}

#[tokio::test]
async fn a_received_message_is_hidden_until_its_timeout_or_its_end() {
    let cloud = cloud().await;
    let queues = queues(&cloud);
    send(&queues, &cloud, "hint").await.unwrap();

    let first = receive(&queues, &cloud).await;
    let hidden = receive(&queues, &cloud).await;
    cloud.advance(SignedDuration::from_secs(90));
    let second = receive(&queues, &cloud).await;

    assert_eq!((first.len(), hidden.len(), second.len()), (1, 0, 1));
    assert_eq!(first[0].message_id, second[0].message_id);
    assert_eq!(cloud.messages(SYNC)[0].receives, 2);

    // The first receipt is stale by now, and only the second deletes.
    for receipt in [&first[0], &second[0]].map(|it| it.receipt_handle.clone().unwrap()) {
        assert_eq!(cloud.messages(SYNC).len(), 1);
        let delete = queues.delete_message().queue_url(cloud.queue_url(SYNC));
        delete.receipt_handle(receipt).send().await.unwrap();
    }
    assert!(cloud.messages(SYNC).is_empty());
}

#[tokio::test]
async fn a_consumer_moves_the_end_of_the_timeout() {
    let cloud = cloud().await;
    let queues = queues(&cloud);
    send(&queues, &cloud, "hint").await.unwrap();
    let received = receive(&queues, &cloud).await;
    let change = |seconds| {
        let change = queues.change_message_visibility();
        let change = change.queue_url(cloud.queue_url(SYNC));
        let receipt = received[0].receipt_handle.clone().unwrap();
        change.receipt_handle(receipt).visibility_timeout(seconds)
    };

    change(300).send().await.unwrap();
    cloud.advance(SignedDuration::from_secs(200));
    assert!(cloud.receive(SYNC).is_none());

    change(0).send().await.unwrap();
    assert_eq!(cloud.messages(SYNC)[0].state, MessageState::Visible);

    let late = change(60).send().await.unwrap_err().into_service_error();
    assert!(late.is_message_not_inflight());
}

#[tokio::test]
async fn a_delayed_message_comes_when_its_time_has_come() {
    let cloud = cloud().await;
    let send = queues(&cloud)
        .send_message()
        .queue_url(cloud.queue_url(SYNC));
    let sent = send.message_body("later").delay_seconds(45).send().await;
    sent.unwrap();

    assert_eq!(cloud.messages(SYNC)[0].state, MessageState::Delayed);
    assert!(cloud.receive(SYNC).is_none());
    cloud.advance(SignedDuration::from_secs(45));
    assert_eq!(cloud.receive(SYNC).unwrap().body, "later");
}

#[tokio::test]
async fn a_lost_message_was_accepted_and_never_comes() {
    let cloud = cloud().await;
    cloud.lose_next_message(SYNC);

    for body in ["one", "two"] {
        send(&queues(&cloud), &cloud, body).await.unwrap();
    }

    assert_eq!(bodies(&cloud, SYNC), ["two"]);
}

#[tokio::test]
async fn a_duplicate_has_the_same_id_and_its_own_receipt() {
    let cloud = cloud().await;
    cloud.duplicate_next_message(SYNC);

    for body in ["one", "two"] {
        send(&queues(&cloud), &cloud, body).await.unwrap();
    }

    assert_eq!(bodies(&cloud, SYNC), ["one", "one", "two"]);
    let first = cloud.receive(SYNC).unwrap();
    let second = cloud.receive(SYNC).unwrap();
    assert_eq!(first.id, second.id);
    assert_ne!(first.receipt, second.receipt);
    cloud.delete(SYNC, &first);
    assert_eq!(bodies(&cloud, SYNC), ["one", "two"]);
}

#[tokio::test]
async fn order_depends_on_the_seed_and_on_nothing_else() {
    let mut orders = BTreeSet::new();
    for seed in (0..8).chain(0..8) {
        let cloud = cloud().await;
        cloud.reorder_messages(SYNC, seed);
        for body in ["one", "two", "three"] {
            send(&queues(&cloud), &cloud, body).await.unwrap();
        }
        let received = std::iter::from_fn(|| cloud.receive(SYNC)).map(|it| it.body);
        orders.insert((seed, received.collect::<Vec<_>>()));
    }

    assert_eq!(orders.len(), 8, "one order per seed");
    let distinct: BTreeSet<_> = orders.into_iter().map(|(_, order)| order).collect();
    assert!(distinct.len() > 2);
}

#[tokio::test]
async fn a_message_received_too_often_becomes_a_dead_letter() {
    let cloud = cloud().await;
    send(&queues(&cloud), &cloud, "nonsense").await.unwrap();

    for _ in 0..2 {
        let message = cloud.receive(SYNC).unwrap();
        cloud.release(SYNC, &message);
    }

    assert!(cloud.receive(SYNC).is_none());
    assert_eq!(bodies(&cloud, "test-dead"), ["nonsense"]);
    assert!(cloud.messages(SYNC).is_empty());
}

#[tokio::test]
async fn a_batch_of_receipts_is_deleted_one_by_one() {
    let cloud = cloud().await;
    let queues = queues(&cloud);
    for body in ["one", "two"] {
        send(&queues, &cloud, body).await.unwrap();
    }
    let entry = |id: &str, receipt: Option<String>| {
        let entry = DeleteMessageBatchRequestEntry::builder().id(id);
        let receipt = receipt.unwrap_or_else(|| "made up".to_owned());
        entry.receipt_handle(receipt).build().unwrap()
    };
    let first = receive(&queues, &cloud).await.remove(0).receipt_handle;

    let delete = queues
        .delete_message_batch()
        .queue_url(cloud.queue_url(SYNC));
    let delete = delete.entries(entry("a", first)).entries(entry("b", None));
    let deleted = delete.send().await.unwrap();

    assert_eq!(deleted.successful()[0].id(), "a");
    assert_eq!(deleted.failed()[0].code(), "ReceiptHandleIsInvalid");
    assert_eq!(bodies(&cloud, SYNC), ["two"]);
}

#[tokio::test]
async fn a_queue_knows_its_url_and_counts_its_messages() {
    let cloud = cloud().await;
    let queues = queues(&cloud);
    send(&queues, &cloud, "one").await.unwrap();

    let url = queues
        .get_queue_url()
        .queue_name(SYNC)
        .send()
        .await
        .unwrap();
    let url = url.queue_url.unwrap();
    let attributes = queues.get_queue_attributes().queue_url(&url);
    let attributes = attributes
        .attribute_names(QueueAttributeName::All)
        .send()
        .await
        .unwrap();

    assert_eq!(url, cloud.queue_url(SYNC));
    let attributes = attributes.attributes.unwrap();
    let count = &attributes[&QueueAttributeName::ApproximateNumberOfMessages];
    assert_eq!(count, "1");
}

#[tokio::test]
async fn an_unknown_queue_and_a_delay_too_long_are_refused() {
    let cloud = cloud().await;
    let queues = queues(&cloud);

    let unknown = queues.send_message().queue_url(cloud.queue_url("other"));
    let unknown = unknown.message_body("a").send().await.unwrap_err();
    let late = queues.send_message().queue_url(cloud.queue_url(SYNC));
    let late = late.message_body("a").delay_seconds(901).send().await;

    assert!(unknown.into_service_error().is_queue_does_not_exist());
    let late = sqs::Error::from(late.unwrap_err());
    use sqs::error::ProvideErrorMetadata as _;
    assert_eq!(late.code(), Some("InvalidParameterValue"));
}

#[tokio::test]
async fn a_message_looks_as_lambda_would_hand_it_over() {
    let cloud = cloud().await;
    send(&queues(&cloud), &cloud, "hint").await.unwrap();

    let record = cloud.receive(SYNC).unwrap().event_record();

    assert_eq!(record["body"], "hint");
    assert_eq!(
        record["eventSourceARN"],
        "arn:aws:sqs:us-east-1:000000000000:test-sync"
    );
    assert_eq!(record["attributes"]["ApproximateReceiveCount"], "1");
    assert_eq!(record["attributes"]["MessageGroupId"], "org_1");
    assert_eq!(record["md5OfBody"], "ee2faeed038501c1deab01c7b54f2fa9");
}
