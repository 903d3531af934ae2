//! Writing events: what a person at the calendar does.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::google::calendars::Calendar;
use crate::google::items::{Content, Version};
use crate::google::render;
use crate::state::State;
use crate::world::WorldError;

/// Creates an event, or merges into the one with the given `id`.
pub(crate) fn put(state: &mut State, calendar: &str, event: Value) -> Result<String, WorldError> {
    let Value::Object(given) = event else {
        return Err(WorldError::Impossible(
            "an event is a JSON object".to_owned(),
        ));
    };
    let id = match given.get("id") {
        None => state.random.id(26),
        Some(Value::String(id)) if (5..=1_024).contains(&id.len()) => id.clone(),
        Some(_) => {
            return Err(WorldError::Impossible(
                "an event id has 5 to 1,024 characters".to_owned(),
            ));
        }
    };
    let cancels = given
        .get("status")
        .is_some_and(|status| status == "cancelled");
    if cancels
        && state
            .google
            .calendar(calendar)?
            .items
            .current(&id)
            .is_some()
    {
        delete(state, calendar, &id)?;
        return Ok(id);
    }

    let now = state.time.now();
    let place = state.google.calendar(calendar)?;
    let known = place.items.current(&id);
    let mut fields = known.map_or_else(
        || render::defaults(place, &id, now),
        |version| render::content(place, &id, version),
    );
    render::merge(&mut fields, given, known.is_none());
    write(state, calendar, &id, cancels, Content::Written(fields))?;
    state.announce(calendar);
    Ok(id)
}

/// Deletes an event; the exceptions of a series die with it.
pub(crate) fn delete(state: &mut State, calendar: &str, id: &str) -> Result<(), WorldError> {
    let place = state.google.calendar(calendar)?;
    let known = place
        .items
        .current(id)
        .ok_or_else(|| WorldError::unknown("event", id))?;
    if known.deleted {
        return Ok(());
    }

    let mut doomed = vec![id.to_owned()];
    doomed.extend(place.items.ids_with_prefix(&format!("{id}_")));
    for id in doomed {
        let known = state.google.calendar(calendar)?.items.current(&id);
        if let Some(version) = known.filter(|version| !version.deleted) {
            let content = version.content.clone();
            write(state, calendar, &id, true, content)?;
        }
    }
    state.announce(calendar);
    Ok(())
}

/// Adds many events without a word to anyone.
pub(crate) fn bulk(state: &mut State, calendar: &str, count: u32) -> Result<(), WorldError> {
    let now = state.time.now();
    let place = state.google.calendar_mut(calendar)?;
    let first = place.items.ids_with_prefix("bulk").len() as u32;
    for n in first..first.saturating_add(count) {
        place
            .items
            .write(&format!("bulk{n:08}"), now, false, Content::Bulk(n));
    }
    place.updated = now;
    Ok(())
}

/// Many quick changes of one event, each with its own message; creating it is the first of them.
pub(crate) fn storm(
    state: &mut State,
    calendar: &str,
    id: Option<&str>,
    updates: u32,
) -> Result<String, WorldError> {
    let mut id = id.map(str::to_owned);
    for n in 1..=updates.max(1) {
        let mut event = json!({ "summary": format!("Storm, change {n}") });
        if let Some(id) = &id {
            event["id"] = json!(id);
        }
        id = Some(put(state, calendar, event)?);
    }
    Ok(id.unwrap_or_default())
}

/// What a full list without parameters returns, in one piece.
pub(crate) fn truth(state: &State, calendar: &str) -> Result<Vec<Value>, WorldError> {
    let place = state.google.calendar(calendar)?;
    let head = place.items.head();
    let keep_details = state.settings.organizer_copies_keep_details;
    let live = place
        .items
        .changes(0, head)
        .filter(|(_, version)| is_listed(place, version, head));
    Ok(live
        .map(|(id, version)| render::event(place, id, version, keep_details))
        .collect())
}

/// Whether a full list shows an item: deleted ones only if they are occurrences of a living series.
/// Google words it: cancelled instances of recurring events are still included if `showDeleted` and
/// `singleEvents` are both false.
pub(crate) fn is_listed(calendar: &Calendar, version: &Version, visible: u64) -> bool {
    if !version.deleted {
        return true;
    }
    let Some(series) = series_of(version) else {
        return false;
    };
    calendar
        .items
        .at(series, visible)
        .is_some_and(|series| !series.deleted)
}

fn series_of(version: &Version) -> Option<&str> {
    match &version.content {
        Content::Written(fields) => fields.get("recurringEventId")?.as_str(),
        Content::Bulk(_) => None,
    }
}

/// Writes a version whose `updated` is later than the one before, so that two changes of one event
/// can be told apart even while the clock stands still.
pub(crate) fn write(
    state: &mut State,
    calendar: &str,
    id: &str,
    deleted: bool,
    content: Content,
) -> Result<(), WorldError> {
    let now = state.time.now();
    let place = state.google.calendar_mut(calendar)?;
    let before = place.items.current(id).map(|version| version.updated);
    let next = before.map_or(now, |before| before + SignedDuration::from_millis(1));
    let updated = now.max(next);
    place.items.write(id, updated, deleted, content);
    place.updated = place.updated.max(updated);
    Ok(())
}

/// The fields of a live event.
pub(crate) fn live(calendar: &Calendar, id: &str) -> Result<Map<String, Value>, WorldError> {
    let version = calendar
        .items
        .current(id)
        .filter(|version| !version.deleted);
    let version = version.ok_or_else(|| WorldError::unknown("event", id))?;
    Ok(render::content(calendar, id, version))
}

/// A time as callers write it.
pub(crate) fn instant(text: &str) -> Result<Timestamp, WorldError> {
    text.parse()
        .map_err(|_| WorldError::Impossible(format!("`{text}` is not an RFC 3339 time")))
}
