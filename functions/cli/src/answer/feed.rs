//! Events and the feed of their changes.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::value::RawValue;

/// A page of a feed.
#[derive(Debug, Deserialize)]
pub(crate) struct Changes {
    pub(crate) items: Vec<Box<RawValue>>,
    /// Where the next page begins.
    pub(crate) cursor: u64,
    pub(crate) has_more: bool,
}

/// An entry of a feed.
#[derive(Debug, Deserialize)]
pub(crate) struct Change {
    pub(crate) seq: u64,
    pub(crate) at: Timestamp,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) event: Option<String>,
    #[serde(default)]
    pub(crate) changed: Vec<String>,
    #[serde(default)]
    pub(crate) after: Option<Event>,
}

/// A page of what a calendar holds.
#[derive(Debug, Deserialize)]
pub(crate) struct Snapshot {
    pub(crate) items: Vec<Box<RawValue>>,
    pub(crate) next: Option<String>,
    /// From where its feed is to be followed.
    pub(crate) seq: u64,
}

/// An event, as far as one line has room for it.
#[derive(Debug, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) title: Option<String>,
    #[serde(default)]
    pub(crate) start: Option<When>,
}

/// When an event is.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum When {
    Day { date: Date },
    Time { at: Timestamp },
}
