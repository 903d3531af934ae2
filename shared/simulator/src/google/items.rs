//! What is remembered of an event.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One state of an event.
pub(crate) type Version = crate::items::Version<Content>;

/// The events of one calendar.
pub(crate) type Items = crate::items::Items<Content>;

/// An event's fields, without those that follow from the version.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) enum Content {
    Written(Map<String, Value>),
    /// The n-th event of a bulk import, spelled out only when it is read: 100,000 of them as JSON
    /// would take hundreds of megabytes.
    Bulk(u32),
}
