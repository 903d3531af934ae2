//! Identities: a redelivery is recognised, and nobody can be made to miss a change by one.

use serde_json::{Value, json};

use super::scene::{asked, calendar, clean, post, records};
use crate::scenarios::{items, minutes};

#[tokio::test]
async fn two_changes_of_one_event_are_two() {
    let (world, outlook) = clean().await;
    let before = asked(&world, &outlook).await;
    let mut second = outlook.changed(1);
    second["resourceData"]["@odata.etag"] = json!("W/\"other\"");
    let mut third = outlook.changed(1);
    third["changeType"] = json!("deleted");

    for element in [outlook.changed(1), second, third] {
        assert_eq!(post(&world, &[element]).await, 202);
    }

    assert_eq!(asked(&world, &outlook).await, before + 3);
}

#[tokio::test]
async fn a_tenant_that_copies_anothers_identity_suppresses_nothing() {
    let (world, ours) = clean().await;
    let rival = world.connector.create_organization("Rival").await;
    let theirs = calendar(&world, rival.expect("a healthy AWS"), 2).await;
    let before = asked(&world, &ours).await;
    let mut with_id = ours.changed(2);
    with_id["id"] = json!("lsgTZMr9KwAAA");
    // Everything of the elements to come, with the rival's own token.
    let mut copies = [ours.changed(1), with_id.clone()];
    for copy in &mut copies {
        copy["clientState"] = json!(theirs.token);
    }

    for copy in copies {
        assert_eq!(post(&world, &[copy.clone(), copy]).await, 202);
    }
    assert_eq!(post(&world, &[ours.changed(1)]).await, 202);
    assert_eq!(post(&world, &[with_id]).await, 202);

    assert_eq!(asked(&world, &ours).await, before + 2);
    let records = records(&world, &theirs).await;
    assert!(
        records.iter().all(|it| it["mismatch"] == true),
        "{records:#?}"
    );
}

#[tokio::test]
async fn names_of_any_length_are_stored_short() {
    let (world, outlook) = clean().await;
    let long = "x".repeat(100_000);
    let mut elements = [outlook.changed(1), outlook.changed(2), outlook.changed(3)];
    elements[0]["id"] = json!(long);
    elements[1]["resource"] = json!(long);
    elements[2]["subscriptionId"] = json!(long);

    assert_eq!(post(&world, &elements).await, 202);
    let known = records(&world, &outlook).await.len();
    assert_eq!(post(&world, &elements).await, 202);

    let records = records(&world, &outlook).await;
    assert_eq!(records.len(), known);
    for record in &records {
        assert!(record["notification"].as_str().expect("a name").len() < 80);
    }
    let all = Value::Array(items(&world, "test-notifications").await);
    assert!(!all.to_string().contains("xxxx"));
}

#[tokio::test]
async fn a_late_batch_does_not_replace_the_records_of_counted_ones() {
    let (world, outlook) = clean().await;
    let elements = [outlook.changed(1), outlook.changed(2)];
    post(&world, &elements).await;
    let counted = records(&world, &outlook).await;
    let unwatched = world.watcher.unwatch(outlook.key).await;
    unwatched.expect("a watched calendar");
    // So long that they are not taken for repetitions.
    world.advance(minutes(1_441));

    assert_eq!(post(&world, &elements).await, 202);

    assert_eq!(records(&world, &outlook).await, counted);
}
