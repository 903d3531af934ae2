//! Exceptions of a recurring event: one occurrence cancelled, or moved.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::google::events::{instant, live, write};
use crate::google::items::Content;
use crate::google::{calendars::Calendar, render};
use crate::state::State;
use crate::world::WorldError;

/// Cancels the occurrence that starts at `original_start`.
pub(crate) fn cancel(
    state: &mut State,
    calendar: &str,
    series: &str,
    original_start: &str,
) -> Result<String, WorldError> {
    let (id, fields) = exception(state.google.calendar(calendar)?, series, original_start)?;
    write(state, calendar, &id, true, Content::Written(fields))?;
    state.announce(calendar);
    Ok(id)
}

/// Moves the occurrence that starts at `original_start`.
pub(crate) fn reschedule(
    state: &mut State,
    calendar: &str,
    series: &str,
    original_start: &str,
    (start, end): (&str, &str),
) -> Result<String, WorldError> {
    let place = state.google.calendar(calendar)?;
    let (id, mut fields) = exception(place, series, original_start)?;
    let zone = zone_of(&fields, place);
    let (start, end) = (edge(&zone, start)?, edge(&zone, end)?);
    let moved = Map::from_iter([("start".to_owned(), start), ("end".to_owned(), end)]);
    render::merge(&mut fields, moved, false);
    write(state, calendar, &id, false, Content::Written(fields))?;
    state.announce(calendar);
    Ok(id)
}

/// An exception as it is, or as it begins: the series' fields without its recurrence.
fn exception(
    calendar: &Calendar,
    series: &str,
    original_start: &str,
) -> Result<(String, Map<String, Value>), WorldError> {
    let master = live(calendar, series)?;
    if !master.contains_key("recurrence") {
        return Err(WorldError::Impossible(format!("`{series}` does not recur")));
    }
    let compact = if is_date(original_start) {
        original_start.replace('-', "")
    } else {
        instant(original_start)?
            .strftime("%Y%m%dT%H%M%SZ")
            .to_string()
    };
    let id = format!("{series}_{compact}");
    if let Some(known) = calendar.items.current(&id) {
        return Ok((id.clone(), render::content(calendar, &id, known)));
    }

    let mut fields = master;
    fields.remove("recurrence");
    let original = edge(&zone_of(&fields, calendar), original_start)?;
    fields.insert("recurringEventId".to_owned(), json!(series));
    fields.insert("originalStartTime".to_owned(), original);
    // An exception has its own link, although not its own iCalUID.
    let mut own = render::defaults(calendar, &id, Timestamp::UNIX_EPOCH);
    fields.extend(own.remove_entry("htmlLink"));
    Ok((id, fields))
}

/// The zone of an event, which its occurrences keep wherever they are moved.
fn zone_of(fields: &Map<String, Value>, calendar: &Calendar) -> String {
    let zone = fields.get("start").and_then(|start| start.get("timeZone"));
    let zone = zone.and_then(Value::as_str).unwrap_or(&calendar.time_zone);
    zone.to_owned()
}

fn edge(zone: &str, text: &str) -> Result<Value, WorldError> {
    if is_date(text) {
        return Ok(json!({ "date": text }));
    }
    Ok(render::moment(instant(text)?, zone))
}

fn is_date(text: &str) -> bool {
    text.parse::<jiff::civil::Date>().is_ok() && text.len() == 10
}
