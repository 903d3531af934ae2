//! The operations of SQS, as its JSON protocol has them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::super::answer::{Refusal, required, unknown_operation};
use super::super::locked;
use super::message::{MessageState, md5_of};
use super::queue::{self, Queue, Sent};
use super::{Queues, arn, url};

/// The limits of SQS: the longest delay and visibility timeout, and the largest request.
const LONGEST_DELAY: i64 = 900;
const LONGEST_VISIBILITY: i64 = 12 * 60 * 60;
const MOST_BYTES: usize = 1024 * 1024;
const MOST_ENTRIES: usize = 10;

impl Queues {
    pub(in super::super) fn serve(&self, operation: &str, body: &Value) -> Result<Value, Refusal> {
        let now = self.clock.now();
        let mut queues = locked(&self.by_name);
        let name = match operation {
            "GetQueueUrl" => required(body, "QueueName")?,
            _ => queue_of(body)?,
        };
        let Some(queue) = queues.get_mut(name) else {
            let message = "The specified queue does not exist.";
            let code = "AWS.SimpleQueueService.NonExistentQueue";
            return Err(Refusal::client(code, message));
        };
        match operation {
            "SendMessage" => {
                let sent = sent(body)?;
                let md5 = md5_of(&sent.body);
                Ok(json!({ "MessageId": queue.send(sent, now), "MD5OfMessageBody": md5 }))
            }
            "SendMessageBatch" => {
                let entries = entries(body)?;
                let bodies = entries.iter().filter_map(|it| it["MessageBody"].as_str());
                if bodies.map(str::len).sum::<usize>() > MOST_BYTES {
                    let code = "AWS.SimpleQueueService.BatchRequestTooLong";
                    return Err(Refusal::client(code, "The batch is too long."));
                }
                Ok(batch(entries, |entry| {
                    let sent = sent(entry)?;
                    let md5 = md5_of(&sent.body);
                    Ok(json!({ "MessageId": queue.send(sent, now), "MD5OfMessageBody": md5 }))
                }))
            }
            "ReceiveMessage" => {
                let visibility = seconds(body, "VisibilityTimeout", LONGEST_VISIBILITY)?;
                let most = body["MaxNumberOfMessages"].as_u64().unwrap_or(1);
                if !(1..=10).contains(&most) {
                    let message = "MaxNumberOfMessages must be between 1 and 10";
                    return Err(Refusal::client("InvalidParameterValue", message));
                }
                // A long poll is over at once: only the test can send meanwhile.
                let received = (0..most)
                    .map_while(|_| queue::receive(&mut queues, name, now, visibility))
                    .map(|message| message.received());
                Ok(json!({ "Messages": received.collect::<Vec<_>>() }))
            }
            "DeleteMessage" => {
                queue.delete(receipt(body, name)?);
                Ok(json!({}))
            }
            "DeleteMessageBatch" => Ok(batch(entries(body)?, |entry| {
                queue.delete(receipt(entry, name)?);
                Ok(json!({}))
            })),
            "ChangeMessageVisibility" => change_visibility(queue, body, now),
            "ChangeMessageVisibilityBatch" => Ok(batch(entries(body)?, |entry| {
                change_visibility(queue, entry, now)
            })),
            "GetQueueUrl" => Ok(json!({ "QueueUrl": url(name) })),
            "GetQueueAttributes" => Ok(json!({ "Attributes": attributes(queue, now) })),
            "PurgeQueue" => {
                queue.purge();
                Ok(json!({}))
            }
            other => Err(unknown_operation(other)),
        }
    }
}

fn queue_of(body: &Value) -> Result<&str, Refusal> {
    let url = required(body, "QueueUrl")?;
    Ok(url.rsplit('/').next().unwrap_or(url))
}

fn sent(entry: &Value) -> Result<Sent, Refusal> {
    let body = required(entry, "MessageBody")?;
    if body.is_empty() || body.len() > MOST_BYTES {
        let message = "the message must have between 1 byte and 1 MiB";
        return Err(Refusal::client("InvalidParameterValue", message));
    }
    let attributes = entry["MessageAttributes"].as_object().cloned();
    Ok(Sent {
        body: body.to_owned(),
        group: entry["MessageGroupId"].as_str().map(str::to_owned),
        attributes: Value::Object(attributes.unwrap_or_default()),
        delay: seconds(entry, "DelaySeconds", LONGEST_DELAY)?,
    })
}

fn seconds(body: &Value, field: &str, most: i64) -> Result<Option<SignedDuration>, Refusal> {
    match body[field].as_i64() {
        None => Ok(None),
        Some(seconds) if (0..=most).contains(&seconds) => {
            Ok(Some(SignedDuration::from_secs(seconds)))
        }
        Some(seconds) => {
            let message = format!("{field} is {seconds}, but must be between 0 and {most}");
            Err(Refusal::client("InvalidParameterValue", message))
        }
    }
}

/// A receipt of any receive of this queue will do; anything else was made up.
fn receipt<'a>(body: &'a Value, queue: &str) -> Result<&'a str, Refusal> {
    let receipt = required(body, "ReceiptHandle")?;
    let number = receipt
        .strip_prefix(queue)
        .and_then(|it| it.strip_prefix('#'));
    match number.map(str::parse::<u64>) {
        Some(Ok(_)) => Ok(receipt),
        Some(Err(_)) | None => {
            let message = "The input receipt handle is invalid.";
            Err(Refusal::client("ReceiptHandleIsInvalid", message))
        }
    }
}

fn change_visibility(
    queue: &mut Queue,
    body: &Value,
    now: jiff::Timestamp,
) -> Result<Value, Refusal> {
    let receipt = receipt(body, &queue.name)?;
    let visibility = seconds(body, "VisibilityTimeout", LONGEST_VISIBILITY)?;
    match queue.show_at(receipt, now + visibility.unwrap_or_default(), now) {
        true => Ok(json!({})),
        false => {
            let code = "AWS.SimpleQueueService.MessageNotInflight";
            Err(Refusal::client(code, "The message is not in flight."))
        }
    }
}

fn entries(body: &Value) -> Result<&[Value], Refusal> {
    let entries = body["Entries"].as_array().map_or(&[][..], Vec::as_slice);
    let ids: BTreeSet<_> = entries.iter().map(|entry| entry["Id"].as_str()).collect();
    let code = if entries.is_empty() {
        "AWS.SimpleQueueService.EmptyBatchRequest"
    } else if entries.len() > MOST_ENTRIES {
        "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"
    } else if ids.len() < entries.len() {
        "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"
    } else {
        return Ok(entries);
    };
    Err(Refusal::client(code, "The batch is not a valid one."))
}

/// Entries succeed and fail one by one, inside an answer that says 200.
fn batch(entries: &[Value], mut one: impl FnMut(&Value) -> Result<Value, Refusal>) -> Value {
    let mut successful = Vec::new();
    let mut failed = Vec::new();
    for entry in entries {
        match one(entry) {
            Ok(mut result) => {
                result["Id"] = entry["Id"].clone();
                successful.push(result);
            }
            Err(refusal) => failed.push(json!({
                "Id": entry["Id"],
                "SenderFault": true,
                "Code": refusal.code(),
            })),
        }
    }
    json!({ "Successful": successful, "Failed": failed })
}

fn attributes(queue: &Queue, now: jiff::Timestamp) -> BTreeMap<&'static str, String> {
    let all = queue.all(now);
    let count = |state| {
        all.iter()
            .filter(|it| it.state == state)
            .count()
            .to_string()
    };
    let visibility = queue.settings.visibility_timeout.as_secs();
    BTreeMap::from([
        ("QueueArn", arn(&queue.name)),
        ("VisibilityTimeout", visibility.to_string()),
        ("ApproximateNumberOfMessages", count(MessageState::Visible)),
        (
            "ApproximateNumberOfMessagesDelayed",
            count(MessageState::Delayed),
        ),
        (
            "ApproximateNumberOfMessagesNotVisible",
            count(MessageState::InFlight),
        ),
    ])
}
