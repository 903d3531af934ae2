//! A batch of which one entry is left undone, as AWS may do with any batch.

use serde_json::{Value, json};

use super::answer::Answer;
use super::http::Request;

/// The entry that was taken out of a request, and where the answer must mention it.
#[derive(Debug)]
pub(super) enum Partial {
    /// An event that the bus did not take.
    Event(usize),
    /// A message of a batch, by its id.
    Message(String),
    /// A key or a write of a DynamoDB batch, as the caller has to repeat it.
    Item(&'static str, Value),
}

impl Partial {
    /// Takes one entry out; the rest of the request, if there is any.
    pub(super) fn without(request: &Request, place: usize) -> (Self, Option<Value>) {
        let mut body = request.body.clone();
        match request.call.operation.as_str() {
            "PutEvents" => {
                let (_, left) = take_entry(&mut body, place);
                (Self::Event(place), left.then_some(body))
            }
            "SendMessageBatch" | "DeleteMessageBatch" | "ChangeMessageVisibilityBatch" => {
                let (entry, left) = take_entry(&mut body, place);
                let id = entry["Id"].as_str().unwrap_or_default().to_owned();
                (Self::Message(id), left.then_some(body))
            }
            "BatchGetItem" => {
                let (undone, left) = take_item(&mut body, place);
                (Self::Item("UnprocessedKeys", undone), left.then_some(body))
            }
            "BatchWriteItem" => {
                let (undone, left) = take_item(&mut body, place);
                (Self::Item("UnprocessedItems", undone), left.then_some(body))
            }
            other => panic!("{other} has no entries that could be left undone"),
        }
    }

    /// Adds what was left undone to the answer about the rest.
    pub(super) fn complete(self, answer: Answer) -> Answer {
        if answer.status != 200 {
            return answer;
        }
        let mut body: Value = serde_json::from_slice(&answer.body).expect("a JSON answer");
        match self {
            Self::Event(place) => {
                let failed = json!({
                    "ErrorCode": "ThrottlingException",
                    "ErrorMessage": "rate exceeded",
                });
                let mut entries = body["Entries"].as_array().cloned().unwrap_or_default();
                entries.insert(place, failed);
                body["Entries"] = Value::Array(entries);
                let others = body["FailedEntryCount"].as_u64().unwrap_or_default();
                body["FailedEntryCount"] = json!(others + 1);
            }
            Self::Message(id) => {
                let failed = json!({ "Id": id, "SenderFault": false, "Code": "InternalError" });
                let mut all = body["Failed"].as_array().cloned().unwrap_or_default();
                all.push(failed);
                body["Failed"] = Value::Array(all);
                if body["Successful"].is_null() {
                    body["Successful"] = json!([]);
                }
            }
            Self::Item(field, undone) => {
                body[field] = undone;
                if field == "UnprocessedKeys" && body["Responses"].is_null() {
                    body["Responses"] = json!({});
                }
            }
        }
        Answer::new(200, body.to_string().into_bytes())
    }
}

fn take_entry(body: &mut Value, place: usize) -> (Value, bool) {
    let entries = body["Entries"].as_array_mut().expect("a batch of entries");
    assert!(place < entries.len(), "the batch has no entry {place}");
    let entry = entries.remove(place);
    (entry, !entries.is_empty())
}

/// Counts through the tables of the request in the order of their names.
fn take_item(body: &mut Value, mut place: usize) -> (Value, bool) {
    let tables = body["RequestItems"]
        .as_object_mut()
        .expect("a batch of items");
    let mut undone = None;
    for (table, request) in tables.iter_mut() {
        let whole = request.clone();
        // Keys stand in an object with their options, writes in a plain list.
        let items = match request {
            Value::Array(items) => items,
            request => request["Keys"].as_array_mut().expect("keys to get"),
        };
        if place >= items.len() {
            place -= items.len();
            continue;
        }
        let item = items.remove(place);
        let repeat = match whole {
            Value::Array(_) => json!([item]),
            mut whole => {
                whole["Keys"] = json!([item]);
                whole
            }
        };
        undone = Some((table.clone(), repeat, items.is_empty()));
        break;
    }
    let (table, repeat, table_is_empty) = undone.expect("an item at that place of the batch");
    if table_is_empty {
        tables.remove(&table);
    }
    (json!({ table: repeat }), !tables.is_empty())
}
