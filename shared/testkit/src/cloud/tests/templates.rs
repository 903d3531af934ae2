//! Tables and queues from a template, with the functions CloudFormation has.

use aws_sdk_dynamodb::types::TableStatus;
use jiff::SignedDuration;

use super::{CALENDARS, SYNC, TEMPLATE, queues, send, tables};
use crate::Cloud;

#[tokio::test]
async fn tables_have_the_keys_indexes_and_expiry_of_the_template() {
    let cloud = Cloud::start().await;

    let names = cloud.create_tables_from(TEMPLATE);

    let described = tables(&cloud).describe_table().table_name(CALENDARS);
    let table = described.send().await.unwrap().table.unwrap();
    let index = &table.global_secondary_indexes()[0];
    let expiry = tables(&cloud).describe_time_to_live().table_name(CALENDARS);
    let expiry = expiry.send().await.unwrap().time_to_live_description;
    assert_eq!(names, [CALENDARS, "test-UnnamedTable"]);
    assert_eq!(table.table_status, Some(TableStatus::Active));
    assert_eq!(table.key_schema().len(), 2);
    assert_eq!(index.index_name(), Some("by_due"));
    assert_eq!(expiry.unwrap().attribute_name(), Some("expires_at"));
}

#[tokio::test]
async fn queues_have_the_timeouts_and_dead_letters_of_the_template() {
    let cloud = Cloud::start().await;

    let names = cloud.create_queues_from(TEMPLATE);
    send(&queues(&cloud), &cloud, "hint").await.unwrap();
    let received = cloud.receive(SYNC).unwrap();

    assert_eq!(names, ["test-dead", SYNC]);
    assert_eq!(
        received.visible_at,
        cloud.now() + SignedDuration::from_secs(90)
    );
}

#[tokio::test]
#[should_panic(expected = "could not create the table `test-broken`")]
async fn a_table_that_cannot_be_created_is_named() {
    let template = r#"
Resources:
  Broken:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub "${AWS::StackName}-broken"
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
"#;
    Cloud::start().await.create_tables_from(template);
}
