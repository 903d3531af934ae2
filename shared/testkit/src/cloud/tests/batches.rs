//! Batches of which one entry is left undone.

use aws_sdk_dynamodb::types::{KeysAndAttributes, PutRequest, WriteRequest};
use aws_sdk_eventbridge as eventbridge;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;

use super::{CALENDARS, SYNC, bodies, cloud, queues, s, tables};
use crate::{Cloud, Failure};

#[tokio::test]
async fn one_event_is_not_taken_and_the_others_are() {
    let cloud = Cloud::start().await;
    let bus = eventbridge::Client::new(&cloud.sdk_config());
    cloud.fail_next("PutEvents", Failure::Entry(1), 1);
    let entry = |seq: u64| {
        let entry = PutEventsRequestEntry::builder().source("calwatch");
        let entry = entry.detail_type("calendar.event.created");
        entry.detail(format!(r#"{{"seq":{seq}}}"#)).build()
    };

    let put = bus
        .put_events()
        .entries(entry(1))
        .entries(entry(2))
        .entries(entry(3));
    let put = put.send().await.unwrap();

    let failed = |it: &eventbridge::types::PutEventsResultEntry| it.error_code.is_some();
    let failed: Vec<bool> = put.entries().iter().map(failed).collect();
    assert_eq!(put.failed_entry_count, 1);
    assert_eq!(failed, [false, true, false]);
    let taken = cloud
        .events()
        .into_iter()
        .map(|it| it.detail["seq"].as_u64());
    assert_eq!(taken.collect::<Vec<_>>(), [Some(1), Some(3)]);
}

#[tokio::test]
async fn one_message_of_a_batch_is_not_taken() {
    let cloud = cloud().await;
    cloud.fail_next("SendMessageBatch", Failure::Entry(0), 1);
    let entry = |id: &str| {
        let entry = SendMessageBatchRequestEntry::builder().id(id);
        entry.message_body(id).build().unwrap()
    };

    let send = queues(&cloud).send_message_batch();
    let send = send.queue_url(cloud.queue_url(SYNC));
    let sent = send
        .entries(entry("a"))
        .entries(entry("b"))
        .send()
        .await
        .unwrap();

    assert_eq!(sent.failed()[0].id(), "a");
    assert_eq!(sent.successful()[0].id(), "b");
    assert_eq!(bodies(&cloud, SYNC), ["b"]);
}

#[tokio::test]
async fn a_key_that_was_not_read_comes_back_to_be_read_again() {
    let cloud = cloud().await;
    let tables = tables(&cloud);
    for sk in ["a", "b"] {
        let put = tables.put_item().table_name(CALENDARS);
        put.item("pk", s("1"))
            .item("sk", s(sk))
            .send()
            .await
            .unwrap();
    }
    cloud.fail_next("BatchGetItem", Failure::Entry(0), 2);
    let keys = |sks: &[&str]| {
        let mut keys = KeysAndAttributes::builder().consistent_read(true);
        for sk in sks {
            keys = keys.keys(
                [("pk", "1"), ("sk", sk)]
                    .map(|(k, v)| (k.to_owned(), s(v)))
                    .into(),
            );
        }
        keys.build().unwrap()
    };

    let get = tables
        .batch_get_item()
        .request_items(CALENDARS, keys(&["a", "b"]));
    let both = get.send().await.unwrap();
    let get = tables
        .batch_get_item()
        .request_items(CALENDARS, keys(&["a"]));
    let alone = get.send().await.unwrap();

    assert_eq!(both.responses.unwrap()[CALENDARS][0]["sk"], s("b"));
    assert_eq!(both.unprocessed_keys.unwrap()[CALENDARS], keys(&["a"]));
    assert!(alone.responses.unwrap_or_default().is_empty());
    assert_eq!(alone.unprocessed_keys.unwrap()[CALENDARS], keys(&["a"]));
}

#[tokio::test]
async fn a_write_that_was_not_done_comes_back_to_be_done_again() {
    let cloud = cloud().await;
    cloud.fail_next("BatchWriteItem", Failure::Entry(1), 1);
    let put = |sk: &str| {
        let put = PutRequest::builder().item("pk", s("1")).item("sk", s(sk));
        WriteRequest::builder()
            .put_request(put.build().unwrap())
            .build()
    };

    let write = tables(&cloud).batch_write_item();
    let write = write.request_items(CALENDARS, vec![put("a"), put("b")]);
    let written = write.send().await.unwrap();

    assert_eq!(written.unprocessed_items.unwrap()[CALENDARS], [put("b")]);
    let all = tables(&cloud).scan().table_name(CALENDARS).send().await;
    assert_eq!(all.unwrap().count, 1);
}
