//! Each kind of failure, as the code under test meets it.

use aws_sdk_dynamodb as dynamodb;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{ConditionCheck, TransactWriteItem};

use super::tables::reasons;
use super::{CALENDARS, SYNC, bodies, bump, cloud, n, queues, req, s, send, tables};
use crate::{Cloud, Failure, On, Service};

fn tables_without_retries(cloud: &Cloud) -> dynamodb::Client {
    dynamodb::Client::new(&cloud.sdk_config_without_retries())
}

#[tokio::test]
async fn a_throttled_call_is_tried_again_and_done_once() {
    let cloud = cloud().await;
    cloud.fail_next("UpdateItem", Failure::Throttled, 1);
    cloud.fail_next("SendMessage", Failure::Throttled, 1);

    bump(&tables(&cloud), "cal_1").await.unwrap();
    send(&queues(&cloud), &cloud, "hint").await.unwrap();

    assert_eq!(cloud.calls().len(), 4);
    assert_eq!(cloud.failures_left(), 0);
    assert_eq!(req(&cloud, "cal_1").await, 1);
    assert_eq!(bodies(&cloud, SYNC), ["hint"]);
}

#[tokio::test]
async fn an_unavailable_service_has_done_nothing() {
    let cloud = cloud().await;
    cloud.fail_next(Service::DynamoDb, Failure::ServiceUnavailable, 1);

    let failed = bump(&tables_without_retries(&cloud), "cal_1").await;

    assert_eq!(failed.unwrap_err().code(), Some("ServiceUnavailable"));
    assert_eq!(req(&cloud, "cal_1").await, 0);
}

#[tokio::test]
async fn retries_end() {
    let cloud = cloud().await;
    cloud.fail_next("UpdateItem", Failure::ServiceUnavailable, 100);

    bump(&tables(&cloud), "cal_1").await.unwrap_err();

    assert!(
        (2..=4).contains(&cloud.calls().len()),
        "{:?}",
        cloud.calls()
    );
}

#[tokio::test]
async fn an_unreachable_service_is_a_dispatch_failure() {
    let cloud = cloud().await;
    cloud.fail_next("GetItem", Failure::Unreachable, 1);

    let get = tables_without_retries(&cloud).get_item();
    let get = get
        .table_name(CALENDARS)
        .key("pk", s("a"))
        .key("sk", s("b"));
    let failed = get.send().await.unwrap_err();

    assert!(matches!(failed, SdkError::DispatchFailure(it) if it.is_io()));
}

#[tokio::test]
async fn a_call_whose_answer_was_lost_has_happened() {
    let cloud = cloud().await;
    cloud.fail_next("UpdateItem", Failure::TimeoutAfterWrite, 1);

    bump(&tables_without_retries(&cloud), "cal_1")
        .await
        .unwrap_err();

    assert_eq!(req(&cloud, "cal_1").await, 1);
}

#[tokio::test]
async fn the_sdk_repeats_a_bump_whose_answer_was_lost() {
    let cloud = cloud().await;
    cloud.fail_next("UpdateItem", Failure::TimeoutAfterWrite, 1);

    bump(&tables(&cloud), "cal_1").await.unwrap();

    assert_eq!(req(&cloud, "cal_1").await, 2);
}

#[tokio::test]
async fn a_plain_update_that_meets_a_transaction_is_not_tried_again() {
    let cloud = cloud().await;
    cloud.fail_next("UpdateItem", Failure::TransactionConflict, 1);

    let failed = bump(&tables(&cloud), "cal_1").await.unwrap_err();

    assert!(matches!(
        failed,
        dynamodb::Error::TransactionConflictException(_)
    ));
    assert_eq!(cloud.calls().len(), 1);
}

#[tokio::test]
async fn a_transaction_that_meets_another_is_cancelled_for_that_reason() {
    let cloud = cloud().await;
    cloud.fail_next("TransactWriteItems", Failure::TransactionConflict, 1);
    cloud.fail_next("TransactWriteItems", Failure::ConditionalCheckFailed, 1);
    let check = |sk: &str| {
        let check = ConditionCheck::builder().table_name(CALENDARS);
        let check = check.key("pk", s("cal_1")).key("sk", s(sk));
        let check = check.condition_expression("attribute_not_exists(pk)");
        let check = check.build().unwrap();
        TransactWriteItem::builder().condition_check(check).build()
    };
    let tables = tables(&cloud);
    let write = || {
        let write = tables.transact_write_items();
        write
            .transact_items(check("a"))
            .transact_items(check("b"))
            .send()
    };

    let conflict = write().await.unwrap_err().into_service_error();
    let condition = write().await.unwrap_err().into_service_error();
    write().await.unwrap();

    assert_eq!(reasons(conflict), ["TransactionConflict", "None"]);
    assert_eq!(reasons(condition), ["ConditionalCheckFailed", "None"]);
}

#[tokio::test]
async fn a_failed_condition_can_be_planned() {
    let cloud = cloud().await;
    cloud.fail_next("UpdateItem", Failure::ConditionalCheckFailed, 1);

    let failed = bump(&tables(&cloud), "cal_1").await.unwrap_err();

    assert!(matches!(
        failed,
        dynamodb::Error::ConditionalCheckFailedException(_)
    ));
}

#[tokio::test]
async fn a_plan_hits_only_the_calls_it_is_meant_for() {
    let cloud = cloud().await;
    let tables = tables(&cloud);
    let on = |table: &str| On::operation("UpdateItem").resource(table);
    cloud.fail_next(on("test-events"), Failure::TransactionConflict, 1);
    let on = on(CALENDARS).containing("cal_2").after(1);
    cloud.fail_next(on, Failure::TransactionConflict, 1);

    bump(&tables, "cal_1").await.unwrap();
    bump(&tables, "cal_2").await.unwrap();
    bump(&tables, "cal_1").await.unwrap();
    bump(&tables, "cal_2").await.unwrap_err();
    bump(&tables, "cal_2").await.unwrap();

    assert_eq!(cloud.failures_left(), 1);
    assert_eq!(req(&cloud, "cal_2").await, 2);
}

#[tokio::test]
async fn a_broken_service_stays_broken_until_it_is_mended() {
    let cloud = cloud().await;
    let queues = queues(&cloud);

    cloud.break_service(Service::Sqs);
    send(&queues, &cloud, "one").await.unwrap_err();
    bump(&tables(&cloud), "cal_1").await.unwrap();
    send(&queues, &cloud, "two").await.unwrap_err();
    cloud.mend_service(Service::Sqs);
    send(&queues, &cloud, "three").await.unwrap();

    assert_eq!(bodies(&cloud, SYNC), ["three"]);
    assert_eq!(cloud.calls().len(), 4);
}

#[tokio::test]
async fn a_failure_does_not_reach_the_engine() {
    let cloud = cloud().await;
    let tables = tables(&cloud);
    bump(&tables, "cal_1").await.unwrap();
    cloud.fail_next("PutItem", Failure::ConditionalCheckFailed, 1);

    let put = tables.put_item().table_name(CALENDARS);
    let put = put
        .item("pk", s("cal_1"))
        .item("sk", s("inbox"))
        .item("req", n(9));
    put.send().await.unwrap_err();

    assert_eq!(req(&cloud, "cal_1").await, 1);
}
