//! One occurrence of a series cancelled, moved or changed: a change of the series each time.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use crate::microsoft::calendars::Calendar;
use crate::microsoft::content::{Content, Event, Exception};
use crate::microsoft::events::{merge, object};
use crate::microsoft::ids;
use crate::microsoft::notify::Change;
use crate::microsoft::times::Times;
use crate::state::State;
use crate::world::WorldError;

/// Cancels the occurrence that the series has at `original_start`. Returns its id.
pub(crate) fn cancel(
    state: &mut State,
    address: &str,
    series: &str,
    original_start: &str,
) -> Result<String, WorldError> {
    let calendar = state.microsoft.calendars.get(address)?;
    let (mut event, date) = occurrence(calendar, series, original_start)?;
    event.exceptions.remove(&date);
    event.cancelled.insert(date);
    write(state, address, series, event)?;
    Ok(ids::occurrence(series, date))
}

/// Moves that occurrence to other times. Returns its id, which stays.
pub(crate) fn reschedule(
    state: &mut State,
    address: &str,
    series: &str,
    original_start: &str,
    (start, end): (&str, &str),
) -> Result<String, WorldError> {
    let calendar = state.microsoft.calendars.get(address)?;
    let (event, _) = occurrence(calendar, series, original_start)?;
    let times = event.times();
    let edge = |text: &str| -> Result<Value, WorldError> {
        let zone = &times.zone;
        let civil = match text.parse::<Date>() {
            Ok(date) if text.len() == 10 => date.to_datetime(jiff::civil::Time::midnight()),
            _ => zone.rules.to_datetime(instant(text)?),
        };
        let text = civil.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        Ok(json!({ "dateTime": text, "timeZone": zone.name }))
    };
    let moved = json!({ "start": edge(start)?, "end": edge(end)? });
    change(state, address, series, original_start, moved)
}

/// Changes fields of that occurrence. Returns its id.
pub(crate) fn change(
    state: &mut State,
    address: &str,
    series: &str,
    original_start: &str,
    fields: Value,
) -> Result<String, WorldError> {
    let now = state.time.now();
    let mut given = object(fields)?;
    given.remove("recurrence");
    let calendar = state.microsoft.calendars.get(address)?;
    let changed = calendar.items.head() + 1;
    let (mut event, date) = occurrence(calendar, series, original_start)?;
    let exception = event.exceptions.entry(date).or_insert_with(|| Exception {
        fields: Map::new(),
        changed,
        updated: now,
    });
    // A tick later, for the same reason as an event's.
    let tick = jiff::SignedDuration::from_nanos(100);
    exception.updated = now.max(exception.updated + tick);
    exception.changed = changed;
    merge(&mut exception.fields, given);
    Times::of(&event.occurrence(date))?;
    write(state, address, series, event)?;
    Ok(ids::occurrence(series, date))
}

fn write(state: &mut State, address: &str, series: &str, event: Event) -> Result<(), WorldError> {
    let now = state.time.now();
    let calendar = state.microsoft.calendars.get_mut(address)?;
    calendar.write(series, now, false, Content::Written(Arc::new(event)));
    state.announce_event(address, series, Change::Updated);
    Ok(())
}

/// A series and the date of its occurrence that starts, or would start, at that time.
fn occurrence(
    calendar: &Calendar,
    series: &str,
    original_start: &str,
) -> Result<(Event, Date), WorldError> {
    let (_, event) = calendar.live(series)?;
    let does_not = |why: &str| WorldError::Impossible(format!("`{series}` {why}"));
    let rule = event
        .recurrence()
        .ok_or_else(|| does_not("does not recur"))?;
    let date = match original_start.parse::<Date>() {
        Ok(date) if original_start.len() == 10 => date,
        _ => event.times().date_of(instant(original_start)?),
    };
    let occurs = rule.dates().take_while(|one| *one <= date).last() == Some(date);
    if !occurs || event.cancelled.contains(&date) {
        return Err(does_not(&format!("does not occur on {date}")));
    }
    Ok((event.as_ref().clone(), date))
}

/// A time as callers write it.
fn instant(text: &str) -> Result<Timestamp, WorldError> {
    let impossible = || WorldError::Impossible(format!("`{text}` is not an RFC 3339 time"));
    text.parse().map_err(|_| impossible())
}
