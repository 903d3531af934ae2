//! What one item of the provider changes in the mirror.
//!
//! Where an item carries a version, versions decide; a cancelled item carries only an id, so there
//! the order of the cursor decides: what was read later is true.

use jiff::Timestamp;

use crate::EventId;
use crate::change::What;
use crate::event::{Event, Kind, Series, Status, When};

/// One item of a page, as the provider's module understood it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// The event as it is now.
    Live(Box<Event>),
    /// The event is gone. Only its id is promised.
    Gone {
        /// Ours.
        id: EventId,
        /// The provider's.
        provider_id: String,
    },
    /// One occurrence of a series no longer takes place.
    GoneOccurrence {
        /// Ours.
        id: EventId,
        /// The provider's.
        provider_id: String,
        /// The series, and when the occurrence would have started.
        series: Series,
        /// The provider's version, if it gave one.
        etag: Option<String>,
    },
}

impl Item {
    /// The event it is about.
    pub fn id(&self) -> &EventId {
        match self {
            Item::Live(event) => &event.id,
            Item::Gone { id, .. } | Item::GoneOccurrence { id, .. } => id,
        }
    }

    /// The master that must live for the item to be kept, if that is in question.
    pub fn master(&self) -> Option<&EventId> {
        match self {
            Item::GoneOccurrence { series, .. } => Some(&series.master),
            Item::Live(_) | Item::Gone { .. } => None,
        }
    }
}

/// What becomes of a row, and what the feed says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The mirror already says so.
    Unchanged,
    /// The item is older than the row: a late page, nothing to do.
    Stale,
    /// The event is the same, but whether it lies in the part of the calendar that is read is
    /// not: write the row, and say nothing.
    Marked(Box<Event>),
    /// Write or remove the row and add the entry.
    Changed(What),
}

/// Compares an item with the row that is stored for it.
///
/// `master_lives` answers, for a cancelled occurrence only, whether its series still exists.
pub fn judge(item: &Item, stored: Option<&Event>, master_lives: bool) -> Effect {
    match (item, stored) {
        (Item::Live(event), None) => Effect::Changed(What::Created(event.clone())),
        (Item::Live(event), Some(before)) => {
            if **event == *before {
                return Effect::Unchanged;
            }
            if event.outside_window && is_same_but_for_the_window(event, before) {
                return Effect::Marked(event.clone());
            }
            // Where one side has no version, a marker for instance, the order of the cursor decides.
            let older = event
                .updated
                .zip(before.updated)
                .is_some_and(|(now, before)| now < before);
            if older {
                return Effect::Stale;
            }
            // Readers were told that it no longer takes place.
            if before.status == Status::Cancelled && event.status != Status::Cancelled {
                return Effect::Changed(What::Created(event.clone()));
            }
            Effect::Changed(What::Updated {
                changed: event.changed_since(before),
                after: event.clone(),
            })
        }
        (Item::Gone { .. }, None) => Effect::Unchanged,
        (Item::Gone { .. }, Some(before)) => Effect::Changed(deleted(before, None)),
        (
            Item::GoneOccurrence {
                id,
                provider_id,
                series,
                etag,
            },
            stored,
        ) => {
            if !master_lives {
                return match stored {
                    Some(before) => Effect::Changed(deleted(before, None)),
                    None => Effect::Unchanged,
                };
            }
            let marker = marker(id, provider_id, series, etag.as_deref());
            // The provider may touch a cancelled occurrence again; nothing happens a second time.
            match stored {
                Some(before) if before.status == Status::Cancelled && before.outside_window => {
                    return Effect::Marked(Box::new(Event {
                        outside_window: false,
                        ..before.clone()
                    }));
                }
                Some(before) if before.status == Status::Cancelled => return Effect::Unchanged,
                Some(_) | None => {}
            }
            Effect::Changed(What::Deleted {
                event: id.clone(),
                provider_id: provider_id.clone(),
                kind: stored.map_or(Kind::Occurrence, |before| before.kind),
                marker: Some(Box::new(marker)),
            })
        }
    }
}

/// Coming back is told, since readers may have let go of the event; leaving is not.
fn is_same_but_for_the_window(event: &Event, before: &Event) -> bool {
    let before = Event {
        outside_window: event.outside_window,
        ..before.clone()
    };
    *event == before
}

/// Whether an item takes a series' master away.
pub fn ends_series(item: &Item, stored: Option<&Event>) -> bool {
    matches!(item, Item::Gone { .. }) && stored.is_some_and(|row| row.kind == Kind::Master)
}

/// Whether a series repeats otherwise or lasts longer than before, or is none any more, which ends
/// what was changed in it or taken out of it. Google says so of each of them; Microsoft keeps a
/// series as one thing.
pub fn repeats_otherwise(item: &Item, stored: Option<&Event>) -> bool {
    match (item, stored) {
        (Item::Live(event), Some(before)) if before.kind == Kind::Master => {
            event.kind != Kind::Master
                || event.recurrence != before.recurrence
                || event.start != before.start
                || event.end != before.end
        }
        _ => false,
    }
}

/// Whether an item shows an event as it was before it was deleted at this version.
///
/// A page can be read a second time, after a crash, from a replica of the provider that lags.
pub fn is_outdated(item: &Item, gone: Timestamp) -> bool {
    match item {
        Item::Live(event) => event.updated.is_some_and(|updated| updated <= gone),
        Item::Gone { .. } | Item::GoneOccurrence { .. } => false,
    }
}

/// The entry for a row that goes away.
pub fn deleted(before: &Event, marker: Option<Box<Event>>) -> What {
    What::Deleted {
        event: before.id.clone(),
        provider_id: before.provider_id.clone(),
        kind: before.kind,
        marker,
    }
}

/// What the mirror keeps of a cancelled occurrence: enough to leave it out of its series.
fn marker(id: &EventId, provider_id: &str, series: &Series, etag: Option<&str>) -> Event {
    Event {
        id: id.clone(),
        provider_id: provider_id.to_owned(),
        kind: Kind::Occurrence,
        status: Status::Cancelled,
        title: None,
        description: None,
        location: None,
        start: series.original_start.clone(),
        end: None::<When>,
        recurrence: Vec::new(),
        series: Some(series.clone()),
        organizer: None,
        attendees: Vec::new(),
        busy: false,
        visibility: crate::event::Visibility::Default,
        meeting_url: None,
        url: None,
        ical_uid: None,
        event_type: "default".to_owned(),
        created: None,
        updated: None,
        etag: etag.map(str::to_owned),
        truncated: Vec::new(),
        outside_window: false,
    }
}

#[cfg(test)]
mod tests;
