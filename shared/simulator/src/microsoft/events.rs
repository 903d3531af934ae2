//! Writing events: what a person at the calendar does.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::microsoft::content::{Content, Event, instant};
use crate::microsoft::ids;
use crate::microsoft::notify::Change;
use crate::microsoft::recurrence::Recurrence;
use crate::microsoft::times::Times;
use crate::state::State;
use crate::world::WorldError;

/// What the service says of an event, whatever a writer would like.
const OF_THE_SERVICE: [&str; 13] = [
    "id",
    "@odata.etag",
    "@odata.type",
    "@odata.context",
    "changeKey",
    "createdDateTime",
    "lastModifiedDateTime",
    "seriesMasterId",
    "type",
    "cancelledOccurrences",
    "exceptionOccurrences",
    "occurrenceId",
    "originalStart",
];

/// Creates an event, or merges into the one with the given `id`.
pub(crate) fn put(state: &mut State, address: &str, event: Value) -> Result<String, WorldError> {
    let given = object(event)?;
    let id = match given.get("id") {
        None => ids::event(&mut state.random),
        Some(Value::String(id)) if !id.is_empty() => id.clone(),
        Some(_) => return Err(WorldError::Impossible("an id is a text".to_owned())),
    };
    let now = state.time.now();
    let calendar = state.microsoft.calendars.get_mut(address)?;
    let known = calendar.live(&id).ok().map(|(_, event)| event);
    let is_new = known.is_none();
    let mut event = known.as_deref().cloned().unwrap_or_else(|| {
        let mut event = Event::default();
        let fields = &mut event.fields;
        fields.insert("createdDateTime".to_owned(), json!(instant(now)));
        let times = default_times(now);
        fields.extend(times);
        event
    });

    let before = shape(&event.fields);
    merge(&mut event.fields, given);
    let times = Times::of(&event.fields)?;
    if let Some(rule) = event.fields.get("recurrence") {
        Recurrence::parse(rule, times.first_date()).map_err(WorldError::Impossible)?;
    }
    if shape(&event.fields) != before {
        // As Exchange does: the exceptions belonged to a rule that is gone.
        event.cancelled.clear();
        event.exceptions.clear();
    }
    calendar.write(&id, now, false, Content::Written(Arc::new(event)));
    let change = if is_new {
        Change::Created
    } else {
        Change::Updated
    };
    state.announce_event(address, &id, change);
    Ok(id)
}

/// Deletes an event, or a series with everything that belongs to it.
pub(crate) fn delete(state: &mut State, address: &str, id: &str) -> Result<(), WorldError> {
    let now = state.time.now();
    let calendar = state.microsoft.calendars.get_mut(address)?;
    let known = calendar.items.current(id);
    let version = known.ok_or_else(|| WorldError::unknown("event", id))?;
    if version.deleted {
        return Ok(());
    }
    let content = version.content.clone();
    calendar.write(id, now, true, content);
    state.announce_event(address, id, Change::Deleted);
    Ok(())
}

/// Adds many events without a word to anyone.
pub(crate) fn bulk(state: &mut State, address: &str, count: u32) -> Result<(), WorldError> {
    let now = state.time.now();
    let calendar = state.microsoft.calendars.get_mut(address)?;
    let mut n = calendar.bulk;
    calendar.bulk += count;
    while n < calendar.bulk {
        let id = ids::bulk(address, n);
        calendar.items.write(&id, now, false, Content::Bulk(n));
        n += 1;
    }
    Ok(())
}

/// Many quick changes of one event, each with its own notification; creating it is the first of them.
pub(crate) fn storm(
    state: &mut State,
    address: &str,
    id: Option<&str>,
    updates: u32,
) -> Result<String, WorldError> {
    let mut id = id.map(str::to_owned);
    for n in 1..=updates.max(1) {
        let mut event = json!({ "subject": format!("Storm, change {n}") });
        if let Some(id) = &id {
            event["id"] = json!(id);
        }
        id = Some(put(state, address, event)?);
    }
    Ok(id.unwrap_or_default())
}

/// What a writer gave goes into an event; null takes a field out of it.
pub(crate) fn merge(fields: &mut Map<String, Value>, given: Map<String, Value>) {
    for (name, value) in given {
        if OF_THE_SERVICE.contains(&name.as_str()) {
            continue;
        }
        if value.is_null() {
            fields.remove(&name);
        } else {
            fields.insert(name, value);
        }
    }
}

pub(crate) fn object(event: Value) -> Result<Map<String, Value>, WorldError> {
    match event {
        Value::Object(fields) => Ok(fields),
        _ => {
            let why = "an event is a JSON object".to_owned();
            Err(WorldError::Impossible(why))
        }
    }
}

/// Half an hour, an hour from now.
fn default_times(now: jiff::Timestamp) -> Map<String, Value> {
    let at = |minutes: i64| {
        let at = now + jiff::SignedDuration::from_mins(minutes);
        let text = at.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        json!({ "dateTime": text, "timeZone": "UTC" })
    };
    let times = [("start", at(60)), ("end", at(90))];
    Map::from_iter(times.map(|(name, value)| (name.to_owned(), value)))
}

/// What a change of wipes the exceptions of a series.
fn shape(fields: &Map<String, Value>) -> [Option<Value>; 3] {
    ["recurrence", "start", "isAllDay"].map(|name| fields.get(name).cloned())
}
