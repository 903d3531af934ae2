//! What is remembered of an event: its fields, and for a series what became of its occurrences.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::microsoft::recurrence::Recurrence;
use crate::microsoft::times::Times;

/// One state of an event, or of a series with all its exceptions: they change together.
pub(crate) type Version = crate::items::Version<Content>;

/// The events of one calendar.
pub(crate) type Items = crate::items::Items<Content>;

/// An event's state.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) enum Content {
    /// Shared, since a storm on a large series would otherwise copy it whole each time.
    #[serde(with = "shared")]
    Written(Arc<Event>),
    /// The n-th event of a bulk import, spelled out only when it is read.
    Bulk(u32),
}

/// What was said of an event; what was not said has Graph's defaults when it is shown.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Event {
    pub(crate) fields: Map<String, Value>,
    /// Days on which a series does not occur, in the series' zone.
    pub(crate) cancelled: BTreeSet<Date>,
    pub(crate) exceptions: BTreeMap<Date, Exception>,
}

/// What is different about one occurrence.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Exception {
    pub(crate) fields: Map<String, Value>,
    pub(crate) changed: u64,
    pub(crate) updated: Timestamp,
}

impl Event {
    /// When it is; nonsense was refused when it was written.
    pub(crate) fn times(&self) -> Times {
        Times::of(&self.fields).unwrap_or_default()
    }

    /// The rule of a series; none for a single event.
    pub(crate) fn recurrence(&self) -> Option<Recurrence> {
        let rule = self
            .fields
            .get("recurrence")
            .filter(|rule| !rule.is_null())?;
        Recurrence::parse(rule, self.times().first_date()).ok()
    }

    pub(crate) fn is_series(&self) -> bool {
        self.fields
            .get("recurrence")
            .is_some_and(|rule| !rule.is_null())
    }

    /// The fields of one occurrence: the series', but for its own times and what is different about it.
    pub(crate) fn occurrence(&self, date: Date) -> Map<String, Value> {
        let mut fields = self.fields.clone();
        fields.remove("recurrence");
        let (start, end) = self.times().on(date).written();
        fields.insert("start".to_owned(), start);
        fields.insert("end".to_owned(), end);
        if let Some(exception) = self.exceptions.get(&date) {
            fields.extend(exception.fields.clone());
        }
        fields
    }
}

impl Content {
    /// The event in full; a bulk one is made up now.
    pub(crate) fn event(&self, created: Timestamp) -> Arc<Event> {
        match self {
            Self::Written(event) => event.clone(),
            Self::Bulk(n) => Arc::new(bulk(*n, created)),
        }
    }
}

fn bulk(n: u32, created: Timestamp) -> Event {
    let start = created + SignedDuration::from_hours(i64::from(n % 8_760));
    let end = start + SignedDuration::from_mins(30);
    let moment = |at: Timestamp| {
        let text = at.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        json!({ "dateTime": text, "timeZone": "UTC" })
    };
    let mut event = Event::default();
    let fields = [
        ("subject", json!(format!("Event {n}"))),
        ("start", moment(start)),
        ("end", moment(end)),
        ("createdDateTime", json!(instant(created))),
    ];
    for (name, value) in fields {
        event.fields.insert(name.to_owned(), value);
    }
    event
}

/// A time as Exchange writes it, with ten millionths of a second.
pub(crate) fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%7fZ").to_string()
}

/// An event is written in full wherever it is shared.
mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Event;

    pub(super) fn serialize<S: Serializer>(event: &Event, to: S) -> Result<S::Ok, S::Error> {
        event.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<Event>, D::Error> {
        Event::deserialize(from).map(Arc::new)
    }
}
