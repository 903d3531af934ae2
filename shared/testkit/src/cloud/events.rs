//! EventBridge: a bus that keeps what was put on it.

use std::sync::Mutex;

use serde_json::{Value, json};

use super::answer::Refusal;
use super::{Cloud, locked};

/// What one call may carry.
const MOST_ENTRIES: usize = 10;
const MOST_BYTES: usize = 256 * 1024;

/// An event that the bus has taken.
#[derive(Clone, Debug, PartialEq)]
pub struct BusEvent {
    /// The bus it was put on.
    pub bus: String,
    /// Who says so.
    pub source: String,
    /// What happened, as rules match it.
    pub detail_type: String,
    /// The rest.
    pub detail: Value,
}

#[derive(Debug, Default)]
pub(super) struct Bus {
    events: Mutex<Vec<BusEvent>>,
}

impl Bus {
    pub(super) fn put(&self, body: &Value) -> Result<Value, Refusal> {
        let entries = body["Entries"].as_array().map_or(&[][..], Vec::as_slice);
        if entries.is_empty() || entries.len() > MOST_ENTRIES {
            let message = format!("{} entries, between 1 and {MOST_ENTRIES} go", entries.len());
            return Err(Refusal::client("ValidationException", message));
        }
        if entries.iter().map(size).sum::<usize>() > MOST_BYTES {
            let message = "Total size of the entries in the request is over the limit.";
            return Err(Refusal::client("ValidationException", message));
        }

        let mut events = locked(&self.events);
        let mut failed = 0;
        let mut results = Vec::new();
        for entry in entries {
            match event(entry) {
                Ok(event) => {
                    events.push(event);
                    results.push(json!({ "EventId": format!("event-{:08}", events.len()) }));
                }
                Err((code, message)) => {
                    failed += 1;
                    results.push(json!({ "ErrorCode": code, "ErrorMessage": message }));
                }
            }
        }
        Ok(json!({ "FailedEntryCount": failed, "Entries": results }))
    }
}

/// An entry is refused alone, inside an answer that says 200.
fn event(entry: &Value) -> Result<BusEvent, (&'static str, &'static str)> {
    let text = |field: &str| entry[field].as_str().filter(|text| !text.is_empty());
    let missing = ("InvalidArgument", "Parameter is not valid.");
    let detail = text("Detail").ok_or(missing)?;
    let detail: Value = serde_json::from_str(detail)
        .ok()
        .filter(Value::is_object)
        .ok_or(("MalformedDetail", "Detail is malformed."))?;
    let bus = text("EventBusName").unwrap_or("default");
    Ok(BusEvent {
        bus: bus.rsplit('/').next().unwrap_or(bus).to_owned(),
        source: text("Source").ok_or(missing)?.to_owned(),
        detail_type: text("DetailType").ok_or(missing)?.to_owned(),
        detail,
    })
}

/// As AWS counts: the texts, and 14 bytes for a time.
fn size(entry: &Value) -> usize {
    let texts = ["Source", "DetailType", "Detail"];
    let texts = texts.iter().filter_map(|field| entry[field].as_str());
    let resources = entry["Resources"].as_array().into_iter().flatten();
    let resources = resources.filter_map(Value::as_str);
    let time = if entry["Time"].is_null() { 0 } else { 14 };
    time + texts.chain(resources).map(str::len).sum::<usize>()
}

impl Cloud {
    /// Everything that was put on any bus, in order.
    pub fn events(&self) -> Vec<BusEvent> {
        locked(&self.inside.bus.events).clone()
    }

    /// The same, and forgets it.
    pub fn take_events(&self) -> Vec<BusEvent> {
        std::mem::take(&mut *locked(&self.inside.bus.events))
    }
}
