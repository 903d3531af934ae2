//! Tests of this cloud, through the SDKs that everyone else will use.

mod batches;
mod bus;
mod crashes;
mod faults;
mod keys;
mod log;
mod queues;
mod secrets;
mod tables;
mod templates;

use aws_sdk_dynamodb as dynamodb;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs as sqs;

use super::Cloud;

const CALENDARS: &str = "test-calendars";
const SYNC: &str = "test-sync";

const TEMPLATE: &str = include_str!("template.yaml");

/// A cloud with the tables and queues of the fixture.
async fn cloud() -> Cloud {
    let cloud = Cloud::start().await;
    cloud.create_tables_from(TEMPLATE);
    cloud.create_queues_from(TEMPLATE);
    cloud
}

fn tables(cloud: &Cloud) -> dynamodb::Client {
    dynamodb::Client::new(&cloud.sdk_config())
}

fn queues(cloud: &Cloud) -> sqs::Client {
    sqs::Client::new(&cloud.sdk_config())
}

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn n(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// Adds 1 to `req` of a calendar.
async fn bump(tables: &dynamodb::Client, calendar: &str) -> Result<(), dynamodb::Error> {
    tables
        .update_item()
        .table_name(CALENDARS)
        .key("pk", s(calendar))
        .key("sk", s("inbox"))
        .update_expression("ADD req :one")
        .expression_attribute_values(":one", n(1))
        .send()
        .await?;
    Ok(())
}

/// `req` of a calendar.
async fn req(cloud: &Cloud, calendar: &str) -> i64 {
    let item = tables(cloud)
        .get_item()
        .table_name(CALENDARS)
        .key("pk", s(calendar))
        .key("sk", s("inbox"))
        .consistent_read(true)
        .send()
        .await
        .unwrap();
    let item = item.item.unwrap_or_default();
    item.get("req")
        .map_or(0, |it| it.as_n().unwrap().parse().unwrap())
}

async fn send(queues: &sqs::Client, cloud: &Cloud, body: &str) -> Result<(), sqs::Error> {
    queues
        .send_message()
        .queue_url(cloud.queue_url(SYNC))
        .message_body(body)
        .message_group_id("org_1")
        .send()
        .await?;
    Ok(())
}

fn bodies(cloud: &Cloud, queue: &str) -> Vec<String> {
    let messages = cloud.messages(queue);
    messages.into_iter().map(|it| it.body).collect()
}
