//! DynamoDB: what the engine does, and what only a test makes it do.

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{Put, ReturnValue, ReturnValuesOnConditionCheckFailure};
use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use jiff::SignedDuration;

use super::{CALENDARS, bump, cloud, n, req, s, tables};

#[tokio::test]
async fn a_conditional_update_returns_all_old_values() {
    let cloud = cloud().await;
    let tables = tables(&cloud);
    bump(&tables, "cal_1").await.unwrap();

    let update = || {
        tables
            .update_item()
            .table_name(CALENDARS)
            .key("pk", s("cal_1"))
            .key("sk", s("inbox"))
            .update_expression("SET req = :two")
            .condition_expression("req = :one")
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":two", n(2))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
    };
    let first = update().await.unwrap();
    let second = update().await.unwrap_err().into_service_error();

    assert_eq!(first.attributes.unwrap()["req"], n(1));
    assert!(second.is_conditional_check_failed_exception());
    let aws_sdk_dynamodb::operation::update_item::UpdateItemError::ConditionalCheckFailedException(
        refused,
    ) = second
    else {
        unreachable!()
    };
    assert_eq!(refused.item.unwrap()["req"], n(2));
}

#[tokio::test]
async fn a_cancelled_transaction_names_its_reasons() {
    let cloud = cloud().await;
    let tables = tables(&cloud);
    let put = Put::builder()
        .table_name(CALENDARS)
        .item("pk", s("cal_1"))
        .item("sk", s("row"));
    let guard = Update::builder()
        .table_name(CALENDARS)
        .key("pk", s("cal_1"))
        .key("sk", s("feed"))
        .update_expression("SET last_seq = :one")
        .condition_expression("fence = :one")
        .expression_attribute_values(":one", n(1));

    let cancelled = tables
        .transact_write_items()
        .transact_items(
            TransactWriteItem::builder()
                .put(put.build().unwrap())
                .build(),
        )
        .transact_items(
            TransactWriteItem::builder()
                .update(guard.build().unwrap())
                .build(),
        )
        .send()
        .await
        .unwrap_err()
        .into_service_error();

    assert_eq!(cancelled.code(), Some("TransactionCanceledException"));
    assert_eq!(reasons(cancelled), ["None", "ConditionalCheckFailed"]);
}

#[tokio::test]
async fn an_expired_item_stays_until_it_is_swept() {
    let cloud = cloud().await;
    let tables = tables(&cloud);
    let expires_at = cloud.now().as_second() + 60;
    let get = || {
        let get = tables.get_item().table_name(CALENDARS);
        get.key("pk", s("cal_1")).key("sk", s("seen")).send()
    };
    let put = tables.put_item().table_name(CALENDARS);
    put.item("pk", s("cal_1"))
        .item("sk", s("seen"))
        .item("expires_at", n(expires_at))
        .send()
        .await
        .unwrap();

    cloud.advance(SignedDuration::from_mins(2));
    assert!(get().await.unwrap().item.is_some());

    assert_eq!(cloud.sweep_expired_items(), 1);
    assert!(get().await.unwrap().item.is_none());
}

#[tokio::test]
async fn a_frozen_index_does_not_see_what_the_table_has() {
    let cloud = cloud().await;
    let tables = tables(&cloud);
    let due = || async {
        let query = tables.query().table_name(CALENDARS).index_name("by_due");
        let query = query.key_condition_expression("due_shard = :shard");
        let found = query.expression_attribute_values(":shard", s("0"));
        found.send().await.unwrap().count
    };
    let put = |sk: &str| {
        let put = tables.put_item().table_name(CALENDARS);
        let put = put.item("pk", s("cal_1")).item("sk", s(sk));
        put.item("due_shard", s("0")).item("due", s(sk)).send()
    };
    put("1").await.unwrap();

    cloud.freeze_indexes().await;
    put("2").await.unwrap();
    bump(&tables, "cal_1").await.unwrap();
    let stale = due().await;
    let seen = req(&cloud, "cal_1").await;
    cloud.thaw_indexes();

    assert_eq!((stale, seen, due().await), (1, 1, 2));
}

pub(super) fn reasons(
    error: aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError,
) -> Vec<String> {
    use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;

    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else {
        panic!("not a cancelled transaction: {error}");
    };
    let reasons = cancelled.cancellation_reasons.unwrap_or_default();
    reasons.into_iter().filter_map(|it| it.code).collect()
}
