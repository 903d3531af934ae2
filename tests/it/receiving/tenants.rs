//! Whom a notification is for: the token says so, whatever the URL and the body say.

use domain::token::{Claims, Target};
use domain::{CalendarId, CalendarKey, ConnectionId, SubscriptionId};
use serde_json::json;

use super::scene::{Outlook, address, asked, batch, calendar, clean, post, records, send, taken};
use crate::scenarios::items;

#[tokio::test]
async fn a_notification_at_another_organizations_address_counts_for_its_own() {
    let (world, ours) = clean().await;
    let other = world.connector.create_organization("Other").await;
    let other = other.expect("a healthy AWS");
    let theirs = calendar(&world, other, 2).await;
    let before = [asked(&world, &ours).await, asked(&world, &theirs).await];

    for (n, uri) in [
        address(other),
        address(world.organization),
        "/x/nobody".to_owned(),
    ]
    .iter()
    .enumerate()
    {
        let elements = [ours.changed(n + 1), theirs.changed(n + 1)];
        assert_eq!(send(&world, uri, batch(&elements)).await.0, 202, "{uri}");
    }

    assert_eq!(asked(&world, &ours).await, before[0] + 3);
    assert_eq!(asked(&world, &theirs).await, before[1] + 3);
    let owner = other.to_string();
    let records = records(&world, &theirs).await;
    assert!(records.iter().all(|it| it["organization"] == owner));
}

#[tokio::test]
async fn a_calendar_that_nobody_watches_is_late_and_its_subscription_stopped_once() {
    let (world, outlook) = clean().await;
    let unwatched = world.watcher.unwatch(outlook.key).await;
    unwatched.expect("a watched calendar");
    world.work().await;
    let known = records(&world, &outlook).await.len();
    let stops = world.cloud.messages("test-bulk").len();
    let elements = [
        outlook.changed(1),
        outlook.changed(2),
        outlook.lifecycle("missed"),
    ];
    world.cloud.take_calls();

    assert_eq!(post(&world, &elements).await, 202);
    let calls = taken(&world);
    assert_eq!(post(&world, &elements).await, 202);

    insta::assert_snapshot!(calls, @r"
    dynamodb BatchGetItem test-notifications
    dynamodb UpdateItem test-calendars
    dynamodb PutItem test-notifications
    dynamodb PutItem test-notifications
    dynamodb PutItem test-notifications
    dynamodb UpdateItem test-subscriptions
    sqs SendMessage test-bulk
    ");
    let records = records(&world, &outlook).await;
    let late = records.iter().filter(|it| it["outcome"] == "late");
    assert_eq!(late.clone().count(), 4, "the lifecycle event twice");
    assert!(late.clone().all(|it| it["g"].is_null()));
    assert_eq!(records.len(), known + 4);
    assert_eq!(world.cloud.messages("test-bulk").len(), stops + 1);
}

/// Tokens that our keys signed, for something that is not there.
async fn signed(world: &testkit::World, target: Target) -> Outlook {
    let claims = Claims {
        organization: world.organization,
        target,
        subscription: SubscriptionId::from_bytes([88; 16]),
    };
    Outlook {
        key: CalendarKey {
            organization: world.organization,
            calendar: CalendarId::from_bytes([88; 16]),
        },
        id: claims.subscription,
        token: world.receiver.keys.mint(&claims).await.expect("keys").0,
        name: "gone".to_owned(),
    }
}

#[tokio::test]
async fn nothing_is_kept_of_an_erased_calendar() {
    let (world, _) = clean().await;
    let gone = signed(&world, Target::Calendar(CalendarId::from_bytes([88; 16]))).await;
    let all = [
        gone.changed(1),
        gone.changed(2),
        gone.lifecycle("subscriptionRemoved"),
        gone.lifecycle("reauthorizationRequired"),
    ];

    for element in &all {
        assert_eq!(post(&world, std::slice::from_ref(element)).await, 202);
    }
    assert_eq!(post(&world, &all).await, 202);

    assert!(records(&world, &gone).await.is_empty());
    let rows = items(&world, "test-subscriptions").await;
    assert!(!json!(rows).to_string().contains(&gone.id.to_string()));
}

#[tokio::test]
async fn a_subscription_to_a_list_of_calendars_is_late() {
    let (world, _) = clean().await;
    let list = Target::CalendarList(ConnectionId::from_bytes([88; 16]));
    let list = signed(&world, list).await;

    assert_eq!(post(&world, &[list.changed(1), list.changed(2)]).await, 202);

    let records = records(&world, &list).await;
    assert_eq!(records.len(), 2);
    assert!(records.iter().all(|it| it["outcome"] == "late"));
}

#[tokio::test]
async fn a_paused_calendar_keeps_what_graph_says() {
    let (world, outlook) = clean().await;
    let paused = world.receiver.inboxes.pause(outlook.key).await;
    paused.expect("a healthy AWS");
    let before = asked(&world, &outlook).await;

    assert_eq!(
        post(&world, &[outlook.changed(1), outlook.changed(2)]).await,
        202
    );

    assert_eq!(asked(&world, &outlook).await, before + 1);
    assert!(world.cloud.messages("test-interactive").is_empty());
}
