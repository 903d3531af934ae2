//! What a notification of Graph costs in AWS calls; one alone costs what one of Google does.

use jiff::SignedDuration;
use serde_json::json;

use super::scene::{clean, post, taken};

#[tokio::test]
async fn a_leading_notification_of_graph_costs_four_calls() {
    let (world, outlook) = clean().await;

    assert_eq!(post(&world, &[outlook.changed(1)]).await, 202);

    insta::assert_snapshot!(taken(&world), @r"
    dynamodb GetItem test-notifications
    dynamodb UpdateItem test-calendars
    dynamodb PutItem test-notifications
    sqs SendMessage test-interactive
    ");
}

#[tokio::test]
async fn a_coalesced_notification_of_graph_costs_three_calls() {
    let (world, outlook) = clean().await;
    post(&world, &[outlook.changed(1)]).await;
    world.cloud.take_calls();

    assert_eq!(post(&world, &[outlook.changed(2)]).await, 202);

    insta::assert_snapshot!(taken(&world), @r"
    dynamodb GetItem test-notifications
    dynamodb UpdateItem test-calendars
    dynamodb PutItem test-notifications
    ");
}

#[tokio::test]
async fn a_repeated_notification_of_graph_costs_one_call() {
    let (world, outlook) = clean().await;
    post(&world, &[outlook.changed(1)]).await;
    world.cloud.take_calls();

    assert_eq!(post(&world, &[outlook.changed(1)]).await, 202);

    insta::assert_snapshot!(taken(&world), @"dynamodb GetItem test-notifications");
}

#[tokio::test]
async fn a_forged_notification_of_graph_costs_no_call() {
    let (world, outlook) = clean().await;
    // Time that makes the keys old: strangers must not make us fetch them either.
    world.advance(SignedDuration::from_mins(10));

    for token in [
        json!(null),
        json!(""),
        json!("forged"),
        json!("B".repeat(111)),
    ] {
        let mut forged = outlook.changed(1);
        forged["clientState"] = token;
        assert_eq!(post(&world, &[forged.clone(), forged]).await, 202);
    }

    assert_eq!(taken(&world), "");
}

#[tokio::test]
async fn a_batch_shares_its_look_its_bump_and_its_message() {
    let (world, outlook) = clean().await;
    let batch: Vec<_> = (1..=30).map(|n| outlook.changed(n)).collect();

    assert_eq!(post(&world, &batch).await, 202);

    let mut calls: Vec<_> = taken(&world).lines().map(str::to_owned).collect();
    // The message is sent beside the records.
    calls[2..].sort();
    insta::assert_snapshot!(calls.join("\n"), @r"
    dynamodb BatchGetItem test-notifications
    dynamodb UpdateItem test-calendars
    dynamodb BatchWriteItem test-notifications
    dynamodb BatchWriteItem test-notifications
    sqs SendMessage test-interactive
    ");
}

#[tokio::test]
async fn a_repeated_batch_costs_its_look_and_no_bump() {
    let (world, outlook) = clean().await;
    let batch: Vec<_> = (1..=101).map(|n| outlook.changed(n)).collect();
    post(&world, &batch).await;
    world.cloud.take_calls();

    assert_eq!(post(&world, &batch).await, 202);

    insta::assert_snapshot!(taken(&world), @r"
    dynamodb BatchGetItem test-notifications
    dynamodb BatchGetItem test-notifications
    ");
}

#[tokio::test]
async fn a_lifecycle_event_is_never_looked_for() {
    let (world, outlook) = clean().await;

    post(&world, &[outlook.lifecycle("subscriptionRemoved")]).await;
    let removed = taken(&world);
    post(&world, &[outlook.lifecycle("reauthorizationRequired")]).await;

    insta::assert_snapshot!(removed, @r"
    dynamodb UpdateItem test-calendars
    dynamodb UpdateItem test-subscriptions
    dynamodb PutItem test-notifications
    sqs SendMessage test-interactive
    ");
    insta::assert_snapshot!(taken(&world), @r"
    dynamodb UpdateItem test-subscriptions
    dynamodb PutItem test-notifications
    ");
}
