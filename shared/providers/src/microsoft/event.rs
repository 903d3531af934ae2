//! Microsoft's events in calwatch's shape: items of a page, and answers about one event.
//!
//! A page of `calendarView/delta` shows every occurrence of a series and never its master, and what
//! changed may come with some of its properties only. So of a page only events that happen once are
//! kept, and those only if they are whole; all else names what has to be asked for.

use std::collections::HashSet;

use domain::diff::Item;
use domain::event::{Event, Kind};
use domain::{CalendarId, EventId};
use serde_json::Value;

use super::occurrence::Occurrences;
use super::recurrence::Recurrence;
use crate::fields::Fields;
use crate::fit::fit;

pub(super) mod shape;

use shape::Part;

/// What an item of a page says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// An event that happens once, as it is now.
    Item(Item),
    /// Something about a series, whose master has this id.
    Series(String),
    /// The event with this id is gone, or no longer in the window.
    Removed(String),
    /// Something about the event with this id, but not all of it.
    Partial(String),
}

/// The properties to ask for about one event; `cancelledOccurrences` and `exceptionOccurrences` come
/// on top for a series.
pub(crate) const EVENT_FIELDS: &str = "id,type,seriesMasterId,occurrenceId,originalStart,\
originalStartTimeZone,recurrence,subject,body,location,start,end,isAllDay,isCancelled,showAs,\
sensitivity,organizer,attendees,onlineMeeting,onlineMeetingUrl,webLink,iCalUId,createdDateTime,lastModifiedDateTime,changeKey";

/// What an event that happens once is made of. One that is absent is not known; `null` is.
const WHOLE: [&str; 19] = [
    "originalStartTimeZone",
    "subject",
    "body",
    "location",
    "start",
    "end",
    "isAllDay",
    "isCancelled",
    "showAs",
    "sensitivity",
    "organizer",
    "attendees",
    "onlineMeeting",
    "onlineMeetingUrl",
    "webLink",
    "iCalUId",
    "createdDateTime",
    "lastModifiedDateTime",
    "changeKey",
];

/// Reads one item of a page; none if it has no id, or is whole and can not be placed in time.
pub(crate) fn read(calendar: CalendarId, json: &str) -> Option<Read> {
    let mut fields = Fields::read(json)?;
    let provider_id = shape::id(&mut fields, "id")?;
    if fields.object("@removed").is_some() {
        return Some(Read::Removed(provider_id));
    }
    match fields.text("type").as_deref() {
        Some("singleInstance") if is_whole(&fields) => {
            once(calendar, provider_id, fields).map(Read::Item)
        }
        Some("singleInstance") => Some(Read::Partial(provider_id)),
        Some("seriesMaster") => Some(Read::Series(provider_id)),
        // An occurrence or an exception, or an item so partial that it has no type.
        _ => Some(match shape::id(&mut fields, "seriesMasterId") {
            Some(master) => Read::Series(master),
            None => Read::Partial(provider_id),
        }),
    }
}

/// A page that ignored the wish for text would say something else about the body than the answer
/// about the event itself, so that it seemed to change back and forth.
fn is_whole(fields: &Fields) -> bool {
    let is_markup = fields.peek("body", "contentType") == Some("html")
        && fields.peek("body", "content") != Some("");
    !is_markup && WHOLE.iter().all(|name| fields.has(name))
}

/// Reads the answer about one event, with everything that belongs to it; none if it is an
/// occurrence, which says nothing about the rest of its series.
pub(crate) fn answer(calendar: CalendarId, event: Value) -> Option<Vec<Item>> {
    let mut fields = Fields::of(event)?;
    let kind = fields.text("type")?;
    let provider_id = shape::id(&mut fields, "id")?;
    match kind.as_str() {
        "singleInstance" => once(calendar, provider_id, fields).map(|item| vec![item]),
        "seriesMaster" => series(calendar, provider_id, fields),
        _ => None,
    }
}

/// Reads the answer about a master: the master, then its exceptions, then what was taken out of it.
///
/// An exception that can not be read is left out, as an item of a page would be. A master whose rule
/// can not be read is not read at all: without it the series would happen once.
fn series(calendar: CalendarId, provider_id: String, mut fields: Fields) -> Option<Vec<Item>> {
    let id = EventId::of(calendar, &provider_id);
    if fields.flag("isCancelled") {
        return Some(vec![Item::Gone { id, provider_id }]);
    }
    let exceptions = fields.objects("exceptionOccurrences");
    let cancelled = fields.texts("cancelledOccurrences");
    let recurrence = Recurrence::read(fields.object("recurrence")?)?;
    // The two differ if somebody wrote the event from elsewhere; repeats follow the first.
    let original = shape::zone(&mut fields);
    let zone = recurrence.zone().cloned().or(original);
    let part = Part {
        id,
        provider_id: provider_id.clone(),
        kind: Kind::Master,
        series: None,
        zone: zone.clone(),
    };
    let mut master = shape::event(fields, part)?;
    let start = master.start.clone()?;
    master.recurrence = vec![recurrence.line(&start, zone.as_ref())?];

    let occurrences = Occurrences {
        calendar,
        master: provider_id,
        start,
        zone,
    };
    let exceptions = exceptions
        .into_iter()
        .filter_map(|fields| occurrences.exception(fields));
    let cancelled = cancelled
        .iter()
        .filter_map(|name| occurrences.cancelled(name));
    // One that was changed and then taken out may be in both lists; what it was is in the first.
    let mut seen = HashSet::new();
    let members = exceptions
        .chain(cancelled)
        .filter(|item| seen.insert(item.id().clone()));
    Some(std::iter::once(live(master)).chain(members).collect())
}

/// An event that happens once. If its organizer cancelled it, it lies in a guest's calendar until it
/// is taken out by hand; for us it is gone, as it is with Google.
fn once(calendar: CalendarId, provider_id: String, mut fields: Fields) -> Option<Item> {
    let id = EventId::of(calendar, &provider_id);
    if fields.flag("isCancelled") {
        return Some(Item::Gone { id, provider_id });
    }
    let zone = shape::zone(&mut fields);
    let part = Part {
        id,
        provider_id,
        kind: Kind::Single,
        series: None,
        zone,
    };
    shape::event(fields, part).map(live)
}

fn live(event: Event) -> Item {
    Item::Live(Box::new(fit(event)))
}

#[cfg(test)]
mod tests;
