//! A message, as a test sees it and as a consumer receives it.

use jiff::Timestamp;
use md5::{Digest, Md5};
use serde_json::{Map, Value, json};

/// A message of a queue.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// SQS's id; duplicates share it.
    pub id: String,
    /// What was sent.
    pub body: String,
    /// The message group, which a fair queue shares its consumers by.
    pub group: Option<String>,
    /// Message attributes in SQS's JSON shape; an empty object if there are none.
    pub attributes: Value,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When it can be received, again or for the first time.
    pub visible_at: Timestamp,
    /// How often it was received.
    pub receives: u32,
    /// What to delete it with; only a received message has one.
    pub receipt: Option<String>,
    /// Where it stands.
    pub state: MessageState,
    /// The ARN of its queue.
    pub queue_arn: String,
}

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageState {
    /// The next consumer may get it.
    Visible,
    /// It was sent with a delay that is not over.
    Delayed,
    /// A consumer has it, and its visibility timeout is not over.
    InFlight,
}

impl Message {
    /// The message as one record of the event that Lambda hands to a consumer.
    pub fn event_record(&self) -> Value {
        let mut attributes = Map::new();
        for (name, value) in self.system_attributes() {
            attributes.insert(name.to_owned(), json!(value));
        }
        let mut message_attributes = Map::new();
        for (name, value) in self.attributes.as_object().into_iter().flatten() {
            let value = json!({
                "stringValue": value["StringValue"],
                "dataType": value["DataType"],
                "stringListValues": [],
                "binaryListValues": [],
            });
            message_attributes.insert(name.clone(), value);
        }
        json!({
            "messageId": self.id,
            "receiptHandle": self.receipt,
            "body": self.body,
            "attributes": attributes,
            "messageAttributes": message_attributes,
            "md5OfBody": md5_of(&self.body),
            "eventSource": "aws:sqs",
            "eventSourceARN": self.queue_arn,
            "awsRegion": super::REGION,
        })
    }

    /// The message as `ReceiveMessage` answers it.
    pub(super) fn received(&self) -> Value {
        let attributes: Map<String, Value> = self
            .system_attributes()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect();
        json!({
            "MessageId": self.id,
            "ReceiptHandle": self.receipt,
            "Body": self.body,
            "MD5OfBody": md5_of(&self.body),
            "Attributes": attributes,
            "MessageAttributes": self.attributes,
        })
    }

    fn system_attributes(&self) -> Vec<(&'static str, String)> {
        let sent = self.sent_at.as_millisecond().to_string();
        let mut attributes = vec![
            ("ApproximateReceiveCount", self.receives.to_string()),
            ("ApproximateFirstReceiveTimestamp", sent.clone()),
            ("SentTimestamp", sent),
            ("SenderId", super::ACCOUNT.to_owned()),
        ];
        if let Some(group) = &self.group {
            attributes.push(("MessageGroupId", group.clone()));
        }
        attributes
    }
}

/// The checksum that SQS sends along with every body.
pub(super) fn md5_of(body: &str) -> String {
    use std::fmt::Write as _;

    let mut text = String::new();
    for byte in Md5::digest(body) {
        write!(text, "{byte:02x}").expect("a string takes what is written");
    }
    text
}
