//! What happens to a subscription itself: read now, and note what it needs.

use domain::Provider;
use domain::subscription::Attention;
use serde_json::{Value, json};

use super::scene::{asked, change_unheard, clean, post, records, row};
use crate::scenarios::is_true;

async fn attention(world: &testkit::World, outlook: &super::scene::Outlook) -> (Value, Value) {
    let row = row(world, outlook).await;
    (row["attention"].clone(), row["renew_at"].clone())
}

#[tokio::test]
async fn missed_notifications_are_made_up_for_by_a_read() {
    let (world, outlook) = clean().await;
    change_unheard(&world, "Budget");

    assert_eq!(post(&world, &[outlook.lifecycle("missed")]).await, 202);

    world.work().await;
    is_true(&world, outlook.key, testkit::world::ACCOUNT).await;
    assert_eq!(
        attention(&world, &outlook).await,
        (Value::Null, Value::Null)
    );
}

#[tokio::test]
async fn a_removed_subscription_is_read_and_due_for_renewal() {
    let (world, outlook) = clean().await;
    change_unheard(&world, "Budget");

    assert_eq!(
        post(&world, &[outlook.lifecycle("subscriptionRemoved")]).await,
        202
    );

    let now = json!(world.now().as_millisecond());
    assert_eq!(attention(&world, &outlook).await, (json!("removed"), now));
    world.work().await;
    is_true(&world, outlook.key, testkit::world::ACCOUNT).await;
}

#[tokio::test]
async fn a_request_to_authorize_again_is_noted_and_recorded_and_asks_for_no_read() {
    let (world, outlook) = clean().await;
    let before = (
        asked(&world, &outlook).await,
        records(&world, &outlook).await.len(),
    );

    assert_eq!(
        post(&world, &[outlook.lifecycle("reauthorizationRequired")]).await,
        202
    );

    let now = json!(world.now().as_millisecond());
    assert_eq!(
        attention(&world, &outlook).await,
        (json!("reauthorize"), now)
    );
    assert_eq!(asked(&world, &outlook).await, before.0);
    let records = records(&world, &outlook).await;
    assert_eq!(records.len(), before.1 + 1);
    let noted = records.iter().find(|it| it["outcome"] == "noted");
    let noted = noted.expect("a record");
    assert_eq!(
        (&noted["signal"], &noted["g"]),
        (&json!("reauthorize"), &Value::Null)
    );
    assert!(world.cloud.messages("test-interactive").is_empty());
}

#[tokio::test]
async fn a_lifecycle_event_that_we_do_not_know_is_a_reason_to_look() {
    let (world, outlook) = clean().await;
    let before = asked(&world, &outlook).await;

    assert_eq!(
        post(&world, &[outlook.lifecycle("somethingNew")]).await,
        202
    );

    assert_eq!(asked(&world, &outlook).await, before + 1);
    assert_eq!(
        attention(&world, &outlook).await,
        (Value::Null, Value::Null)
    );
}

#[tokio::test]
async fn a_lifecycle_event_is_never_taken_for_a_repetition() {
    let (world, outlook) = clean().await;
    let before = (
        asked(&world, &outlook).await,
        records(&world, &outlook).await.len(),
    );
    let mut missed = outlook.lifecycle("missed");
    missed["id"] = json!("the same");

    for _ in 0..3 {
        post(&world, std::slice::from_ref(&missed)).await;
    }

    assert_eq!(asked(&world, &outlook).await, before.0 + 3);
    assert_eq!(records(&world, &outlook).await.len(), before.1 + 3);
}

#[tokio::test]
async fn all_kinds_at_once_bump_once_and_leave_the_gravest_need() {
    let (world, outlook) = clean().await;
    let before = (
        asked(&world, &outlook).await,
        records(&world, &outlook).await.len(),
    );
    let all = [
        outlook.changed(1),
        outlook.lifecycle("subscriptionRemoved"),
        outlook.lifecycle("missed"),
        outlook.lifecycle("reauthorizationRequired"),
        outlook.changed(2),
    ];

    assert_eq!(post(&world, &all).await, 202);

    assert_eq!(asked(&world, &outlook).await, before.0 + 1);
    assert_eq!(attention(&world, &outlook).await.0, "removed");
    let records = records(&world, &outlook).await;
    assert_eq!(records.len(), before.1 + 5);
    let counted = records.iter().filter(|it| it["g"] == before.0 + 1);
    assert_eq!(counted.count(), 4);
    assert_eq!(world.cloud.messages("test-interactive").len(), 1);
}

#[tokio::test]
async fn a_lesser_need_that_comes_later_does_not_hide_the_removal() {
    let (world, outlook) = clean().await;
    post(&world, &[outlook.lifecycle("subscriptionRemoved")]).await;

    assert_eq!(
        post(&world, &[outlook.lifecycle("reauthorizationRequired")]).await,
        202
    );

    assert_eq!(attention(&world, &outlook).await.0, "removed");
}

#[tokio::test]
async fn a_need_of_a_subscription_without_a_row_is_nobodys() {
    let (world, outlook) = clean().await;
    let gone = domain::SubscriptionId::from_bytes([77; 16]);
    let subscriptions = &world.receiver.subscriptions;
    let now = world.now();

    let noted = subscriptions.needs(gone, Attention::Removed, now).await;

    assert!(!noted.expect("a healthy AWS"));
    let found = subscriptions.get(gone).await.expect("a healthy AWS");
    assert!(found.is_none(), "no row was made");
    // A row with a need is read like any other.
    post(&world, &[outlook.lifecycle("subscriptionRemoved")]).await;
    let found = subscriptions.get(outlook.id).await.expect("a healthy AWS");
    assert_eq!(found.expect("a row").provider, Provider::Microsoft);
}
