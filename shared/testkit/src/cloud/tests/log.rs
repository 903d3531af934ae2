//! The call log, and what a cloud costs.

use std::time::Instant;

use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem};

use super::{CALENDARS, TEMPLATE, bump, cloud, queues, s, send, tables};
use crate::{Cloud, Failure, Service};

#[tokio::test]
async fn the_log_says_who_was_asked_for_what() {
    let cloud = cloud().await;

    bump(&tables(&cloud), "cal_1").await.unwrap();
    send(&queues(&cloud), &cloud, "hint").await.unwrap();

    let calls = cloud.take_calls();
    assert_eq!(calls[0].service, Service::DynamoDb);
    let lines: Vec<String> = calls.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "dynamodb UpdateItem test-calendars",
            "sqs SendMessage test-sync"
        ]
    );
    assert!(cloud.calls().is_empty());
}

#[tokio::test]
async fn a_transaction_is_one_call_on_all_its_tables() {
    let cloud = cloud().await;
    let put = Put::builder().table_name(CALENDARS);
    let put = put.item("pk", s("a")).item("sk", s("b")).build().unwrap();
    let delete = Delete::builder().table_name("test-UnnamedTable");
    let delete = delete.key("id", s("a")).build().unwrap();

    let write = tables(&cloud).transact_write_items();
    let write = write
        .transact_items(TransactWriteItem::builder().put(put).build())
        .transact_items(TransactWriteItem::builder().delete(delete).build());
    write.send().await.unwrap();

    assert_eq!(
        cloud.calls()[0].resource,
        "test-UnnamedTable,test-calendars"
    );
}

#[tokio::test]
async fn calls_can_be_counted_for_a_piece_of_work() {
    let cloud = cloud().await;
    let tables = tables(&cloud);
    bump(&tables, "cal_1").await.unwrap();

    let (bumped, calls) = cloud.calls_during(bump(&tables, "cal_1")).await;

    bumped.unwrap();
    assert_eq!(calls.len(), 1);
    assert_eq!(cloud.calls().len(), 2);
}

#[tokio::test]
async fn two_clouds_know_nothing_of_each_other() {
    let (one, two) = (cloud().await, cloud().await);

    send(&queues(&one), &one, "hint").await.unwrap();

    assert_eq!(one.messages("test-sync").len(), 1);
    assert!(two.messages("test-sync").is_empty());
    assert!(two.calls().is_empty());
}

/// A measurement: `make deep`.
#[tokio::test]
#[ignore = "measures, asserts nothing"]
async fn what_a_cloud_costs() {
    let started = Instant::now();
    for _ in 0..20 {
        Cloud::start().await;
    }
    eprintln!("start: {:?}", started.elapsed() / 20);

    let started = Instant::now();
    for _ in 0..20 {
        let cloud = Cloud::start().await;
        cloud.create_tables_from(TEMPLATE);
        bump(&tables(&cloud), "cal_1").await.unwrap();
    }
    eprintln!(
        "start, two tables, client, first update: {:?}",
        started.elapsed() / 20
    );

    let cloud = cloud().await;
    let (tables, queues) = (tables(&cloud), queues(&cloud));
    let started = Instant::now();
    for _ in 0..500 {
        bump(&tables, "cal_1").await.unwrap();
    }
    eprintln!("update: {:?}", started.elapsed() / 500);
    let started = Instant::now();
    for _ in 0..500 {
        send(&queues, &cloud, "hint").await.unwrap();
    }
    eprintln!("send: {:?}", started.elapsed() / 500);
    let started = Instant::now();
    cloud.fail_next("UpdateItem", Failure::ServiceUnavailable, 100);
    bump(&tables, "cal_1").await.unwrap_err();
    eprintln!(
        "an update that fails, retries included: {:?}",
        started.elapsed()
    );
    let started = Instant::now();
    cloud.freeze_indexes().await;
    eprintln!("freeze indexes: {:?}", started.elapsed());
}
