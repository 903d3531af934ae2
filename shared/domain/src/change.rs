//! One entry of a calendar's ordered feed.

use jiff::Timestamp;

use crate::event::{Event, Kind};
use crate::{CorrelationId, EventId};

/// What happened, numbered without gaps within its calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Consecutive within the calendar, from 1.
    pub seq: u64,
    /// When calwatch wrote the entry.
    pub at: Timestamp,
    /// Ties the entry to the notification and the run behind it.
    pub correlation: CorrelationId,
    /// What happened.
    pub what: What,
}

/// What an entry says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// An event appeared.
    Created(Box<Event>),
    /// An event changed.
    Updated {
        /// How it is now.
        after: Box<Event>,
        /// The fields that differ. Empty if only something calwatch does not keep has changed.
        changed: Vec<&'static str>,
    },
    /// An event, or one occurrence of a series, no longer takes place.
    Deleted {
        /// The event.
        event: EventId,
        /// The provider's name for it.
        provider_id: String,
        /// What it was.
        kind: Kind,
        /// For an occurrence of a living series: the marker that stays in the mirror.
        marker: Option<Box<Event>>,
    },
    /// The mirror was read as a whole; readers take a new snapshot.
    Resynced,
}

impl What {
    /// The bus's name for it, without the `calendar.` before it.
    pub const fn name(&self) -> &'static str {
        match self {
            What::Created(_) => "event.created",
            What::Updated { .. } => "event.updated",
            What::Deleted { .. } => "event.deleted",
            What::Resynced => "resynced",
        }
    }

    /// The event it is about, if it is about one.
    pub fn event(&self) -> Option<&EventId> {
        match self {
            What::Created(event) | What::Updated { after: event, .. } => Some(&event.id),
            What::Deleted { event, .. } => Some(event),
            What::Resynced => None,
        }
    }

    /// The event's part in a series, if the entry is about an event.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            What::Created(event) | What::Updated { after: event, .. } => Some(event.kind),
            What::Deleted { kind, .. } => Some(*kind),
            What::Resynced => None,
        }
    }

    /// The row that the mirror holds afterwards; none if it holds none.
    pub fn after(&self) -> Option<&Event> {
        match self {
            What::Created(event) | What::Updated { after: event, .. } => Some(event),
            What::Deleted { marker, .. } => marker.as_deref(),
            What::Resynced => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::tests::event;

    fn deleted(marker: Option<Event>) -> What {
        let before = event("a", 1);
        What::Deleted {
            event: before.id,
            provider_id: before.provider_id,
            kind: Kind::Exception,
            marker: marker.map(Box::new),
        }
    }

    fn updated(after: Event) -> What {
        What::Updated {
            after: Box::new(after),
            changed: vec!["title"],
        }
    }

    #[test]
    fn an_entry_about_an_event_says_which_one_and_what_is_left_of_it() {
        #[track_caller]
        fn check(what: &What, name: &str, kind: Kind, after: Option<&Event>) {
            assert_eq!(what.name(), name);
            assert_eq!(what.event(), Some(&event("a", 1).id));
            assert_eq!(what.kind(), Some(kind));
            assert_eq!(what.after(), after);
        }
        let row = event("a", 1);
        let created = What::Created(Box::new(row.clone()));

        check(&created, "event.created", Kind::Single, Some(&row));
        check(
            &updated(row.clone()),
            "event.updated",
            Kind::Single,
            Some(&row),
        );
        check(&deleted(None), "event.deleted", Kind::Exception, None);
        check(
            &deleted(Some(row.clone())),
            "event.deleted",
            Kind::Exception,
            Some(&row),
        );
    }

    #[test]
    fn a_whole_new_mirror_is_about_no_single_event() {
        let what = What::Resynced;

        assert_eq!(what.name(), "resynced");
        assert_eq!(
            (what.event(), what.kind(), what.after()),
            (None, None, None)
        );
    }
}
