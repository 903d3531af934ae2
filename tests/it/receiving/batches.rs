//! Many notifications in one request: each stands alone, and all together cost little.

use domain::CalendarKey;
use serde_json::{Value, json};
use testkit::{Failure, On};

use super::scene::{
    Outlook, address, asked, batch, calendar, change_unheard, clean, post, records, send, taken,
};
use crate::scenarios::is_true;

fn changes(outlook: &Outlook, count: usize) -> Vec<Value> {
    (1..=count).map(|n| outlook.changed(n)).collect()
}

#[tokio::test]
async fn a_change_that_only_graph_tells_of_is_read() {
    let (world, outlook) = clean().await;
    change_unheard(&world, "Budget");

    assert_eq!(post(&world, &changes(&outlook, 3)).await, 202);

    world.work().await;
    is_true(&world, outlook.key, testkit::world::ACCOUNT).await;
}

#[tokio::test]
async fn one_request_counts_for_subscriptions_of_several_organizations() {
    let (world, ours) = clean().await;
    let stranger = world.connector.create_organization("Other").await;
    let stranger = stranger.expect("a healthy AWS");
    let second = calendar(&world, world.organization, 2).await;
    let theirs = calendar(&world, stranger, 3).await;
    let all = [&ours, &second, &theirs];
    let mut before = Vec::new();
    for outlook in all {
        before.push(asked(&world, outlook).await);
    }
    let mut mixed = Vec::new();
    for n in 1..=4 {
        mixed.extend(all.iter().map(|outlook| outlook.changed(n)));
    }

    assert_eq!(post(&world, &mixed).await, 202);

    for (outlook, before) in all.into_iter().zip(before) {
        assert_eq!(asked(&world, outlook).await, before + 1);
        let records = records(&world, outlook).await;
        let of_this = records.iter().filter(|it| it["g"] == before + 1);
        assert_eq!(of_this.clone().count(), 4, "each proves the one bump");
        let owner = outlook.key.organization.to_string();
        assert!(of_this.clone().all(|it| it["organization"] == owner));
    }
}

#[tokio::test]
async fn two_subscriptions_of_one_calendar_are_counted_each() {
    let (world, one) = clean().await;
    let other = super::scene::subscribe(&world, one.key, 9).await;
    world.settle().await;
    let before = asked(&world, &one).await;

    // The same event through both, as while one replaces the other.
    assert_eq!(post(&world, &[one.changed(1), other.changed(1)]).await, 202);

    assert_eq!(asked(&world, &one).await, before + 2);
    assert_eq!(world.cloud.messages("test-interactive").len(), 1);
}

#[tokio::test]
async fn one_bad_element_among_a_thousand_costs_nothing_but_itself() {
    let (world, outlook) = clean().await;
    for bad in [
        json!(null),
        json!("text"),
        json!({ "clientState": 7 }),
        json!([[[]]]),
    ] {
        let before = (
            asked(&world, &outlook).await,
            records(&world, &outlook).await.len(),
        );
        let mut elements: Vec<_> = (0..999)
            .map(|n| outlook.changed(1_000 * usize::try_from(before.0).expect("a few") + n))
            .collect();
        elements.insert(500, bad.clone());

        assert_eq!(post(&world, &elements).await, 202, "{bad}");

        assert_eq!(asked(&world, &outlook).await, before.0 + 1, "{bad}");
        assert_eq!(
            records(&world, &outlook).await.len(),
            before.1 + 999,
            "{bad}"
        );
    }
}

#[tokio::test]
async fn of_too_many_elements_the_first_thousand_are_worked_on() {
    let (world, outlook) = clean().await;
    let last = calendar(&world, world.organization, 2).await;
    let before = (asked(&world, &outlook).await, asked(&world, &last).await);
    let mut elements = changes(&outlook, 1_000);
    elements.push(last.changed(1));

    let (status, headers, _) = send(&world, &address(world.organization), batch(&elements)).await;

    assert_eq!(
        (status, &headers["retry-after"]),
        (503, &"5".parse().expect("a value"))
    );
    assert_eq!(asked(&world, &outlook).await, before.0 + 1);
    assert_eq!(asked(&world, &last).await, before.1);
    assert!(records(&world, &last).await.is_empty());
}

#[tokio::test]
async fn a_repetition_within_one_request_is_counted_once() {
    let (world, outlook) = clean().await;
    let known = records(&world, &outlook).await.len();
    let mut elements = changes(&outlook, 2);
    elements.extend(changes(&outlook, 2));

    assert_eq!(post(&world, &elements).await, 202);

    assert_eq!(records(&world, &outlook).await.len(), known + 2);
}

#[tokio::test]
async fn a_batch_of_old_and_new_is_counted_for_the_new() {
    let (world, outlook) = clean().await;
    post(&world, &changes(&outlook, 3)).await;
    let before = asked(&world, &outlook).await;

    post(&world, &changes(&outlook, 4)).await;

    assert_eq!(asked(&world, &outlook).await, before + 1);
    let records = records(&world, &outlook).await;
    let new = records.iter().filter(|it| it["g"] == before + 1);
    assert_eq!(new.count(), 1);
}

#[tokio::test]
async fn elements_without_identity_are_counted_again_and_recorded_each() {
    let (world, outlook) = clean().await;
    let known = records(&world, &outlook).await.len();
    let mut elements = changes(&outlook, 3);
    for element in &mut elements {
        element["resourceData"] = Value::Null;
    }
    let before = asked(&world, &outlook).await;

    post(&world, &elements).await;
    post(&world, &elements).await;

    assert_eq!(asked(&world, &outlook).await, before + 2);
    assert_eq!(records(&world, &outlook).await.len(), known + 6);
}

#[tokio::test]
async fn what_dynamodb_leaves_undone_is_asked_for_again() {
    let (world, outlook) = clean().await;
    let known = records(&world, &outlook).await.len();
    world.cloud.fail_next("BatchGetItem", Failure::Entry(1), 1);
    for place in [2, 0] {
        let left = Failure::Entry(place);
        world.cloud.fail_next("BatchWriteItem", left, 1);
    }

    assert_eq!(post(&world, &changes(&outlook, 5)).await, 202);
    let calls = taken(&world);
    assert_eq!(calls.matches("BatchGetItem").count(), 2);
    assert_eq!(calls.matches("BatchWriteItem").count(), 3);
    assert_eq!(records(&world, &outlook).await.len(), known + 5);

    // An old one that was left undone is no new one.
    let before = asked(&world, &outlook).await;
    world.cloud.fail_next("BatchGetItem", Failure::Entry(0), 2);
    assert_eq!(post(&world, &changes(&outlook, 5)).await, 202);
    assert_eq!(asked(&world, &outlook).await, before);
    assert_eq!(world.cloud.failures_left(), 0);
}

#[tokio::test]
async fn what_dynamodb_never_does_is_a_failure_and_not_a_new_notification() {
    let (world, outlook) = clean().await;
    let before = asked(&world, &outlook).await;
    // Every key, as often as it is asked for.
    for _ in 0..2 {
        world.cloud.fail_next("BatchGetItem", Failure::Entry(0), 5);
        assert_eq!(post(&world, &changes(&outlook, 2)).await, 503);
    }
    assert_eq!(asked(&world, &outlook).await, before);

    assert_eq!(post(&world, &changes(&outlook, 2)).await, 202);
    assert_eq!(asked(&world, &outlook).await, before + 1);
}

/// Lets what one calendar needs fail, for as many tries as the SDK makes.
fn break_calendar(world: &testkit::World, key: CalendarKey) {
    let on = On::operation("UpdateItem")
        .resource("test-calendars")
        .containing(&key.to_string());
    world.cloud.fail_next(on, Failure::ServiceUnavailable, 3);
}

#[tokio::test]
async fn a_group_that_fails_is_asked_for_again_and_the_others_are_done() {
    let (world, one) = clean().await;
    let other = calendar(&world, world.organization, 2).await;
    let before = [asked(&world, &one).await, asked(&world, &other).await];
    let elements = [
        one.changed(1),
        other.changed(1),
        one.changed(2),
        other.changed(2),
    ];
    break_calendar(&world, other.key);

    assert_eq!(post(&world, &elements).await, 503);
    assert_eq!(asked(&world, &one).await, before[0] + 1);
    assert_eq!(asked(&world, &other).await, before[1]);

    // Graph repeats all of it.
    assert_eq!(post(&world, &elements).await, 202);
    assert_eq!(asked(&world, &one).await, before[0] + 1, "a repetition");
    assert_eq!(asked(&world, &other).await, before[1] + 1);
}

#[tokio::test]
async fn an_empty_batch_is_accepted_and_what_is_no_batch_is_not() {
    let (world, outlook) = clean().await;
    let uri = address(world.organization);

    for (body, expected) in [
        (r#"{"value":[]}"#.to_owned(), 202),
        (r#"{"value":{}}"#.to_owned(), 400),
        ("[]".to_owned(), 400),
        (String::new(), 400),
        (outlook.changed(1).to_string(), 400),
        (format!("{{\"value\":[{}", "[".repeat(100_000)), 400),
    ] {
        let shown: String = body.chars().take(40).collect();
        assert_eq!(send(&world, &uri, body).await.0, expected, "{shown}");
    }
    assert_eq!(taken(&world), "");
}

#[tokio::test]
async fn a_body_of_two_megabytes_is_read_and_a_larger_one_is_not() {
    let (world, outlook) = clean().await;
    let uri = address(world.organization);
    let before = asked(&world, &outlook).await;
    let mut body = batch(&[outlook.changed(1)]);
    body.push_str(&" ".repeat(2 * 1024 * 1024 - body.len()));

    assert_eq!(send(&world, &uri, body.clone() + " ").await.0, 413);
    assert_eq!(asked(&world, &outlook).await, before);
    assert_eq!(send(&world, &uri, body).await.0, 202);
    assert_eq!(asked(&world, &outlook).await, before + 1);
}

#[tokio::test]
async fn a_request_with_forgeries_only_hears_the_same_bytes() {
    let (world, outlook) = clean().await;
    let uri = address(world.organization);
    let mut forged = outlook.changed(2);
    forged["clientState"] = json!(format!("{}A", &outlook.token[..110]));

    let real = send(&world, &uri, batch(&[outlook.changed(1)])).await;
    let fake = send(&world, &uri, batch(&[forged.clone(), forged])).await;

    assert_eq!(real, fake);
    assert_eq!((real.0, &*real.2), (202, b"".as_slice()));
}
