//! What product code reads: snapshots and changes; and what runs did.

use app::manage;
use domain::change;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Event, EventKind, Moment};

/// A page of a calendar's events. Read all pages, then follow the changes from `seq`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Snapshot {
    /// The events. Perhaps fewer than asked for, although there are more.
    pub items: Vec<Event>,
    /// The cursor of the next page; null at the end.
    pub next: Option<String>,
    /// Where to follow changes from: the same on every page.
    pub seq: u64,
}

/// A page of a calendar's changes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Changes {
    /// The changes, by consecutive numbers.
    pub items: Vec<Change>,
    /// Where to go on.
    pub cursor: u64,
    /// Whether there is more already.
    pub has_more: bool,
}

impl From<manage::Changes> for Changes {
    fn from(changes: manage::Changes) -> Self {
        Self {
            items: changes.entries.into_iter().map(Into::into).collect(),
            cursor: changes.cursor,
            has_more: changes.has_more,
        }
    }
}

/// One entry of a calendar's feed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// Its number: consecutive within the calendar.
    pub seq: u64,
    /// When calwatch wrote it.
    pub at: Moment,
    /// `cor_…`: ties it to the notification and the run behind it.
    pub correlation: String,
    /// What happened.
    #[serde(rename = "type")]
    pub what: ChangeType,
    /// `evt_…`: which event; null if all of them.
    pub event: Option<String>,
    /// The event's part in a series.
    pub kind: Option<EventKind>,
    /// Of an update, the fields that differ; none of them if only something that calwatch does not
    /// keep has changed.
    pub changed: Vec<String>,
    /// The event as it is afterwards; null if it is gone.
    pub after: Option<Event>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeType {
    /// An event appeared.
    Created,
    /// An event changed.
    Updated,
    /// An event does not take place any more.
    Deleted,
    /// The calendar was read as a whole: take a new snapshot.
    Resynced,
}

impl From<change::Change> for Change {
    fn from(change: change::Change) -> Self {
        let event = change.what.event().map(ToString::to_string);
        let kind = change.what.kind().map(Into::into);
        let (what, changed, after) = match change.what {
            change::What::Created(after) => (ChangeType::Created, vec![], Some(after)),
            change::What::Updated { after, changed } => (ChangeType::Updated, changed, Some(after)),
            change::What::Deleted { marker, .. } => (ChangeType::Deleted, vec![], marker),
            change::What::Resynced => (ChangeType::Resynced, vec![], None),
        };
        Self {
            seq: change.seq,
            at: Moment(change.at),
            correlation: change.correlation.to_string(),
            what,
            event,
            kind,
            changed: changed.iter().map(ToString::to_string).collect(),
            after: after.map(|event| (*event).into()),
        }
    }
}

/// One slice of one read of a calendar.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Run {
    /// `run_…`
    pub id: String,
    /// `cor_…`: ties it to what asked for it.
    pub correlation: String,
    /// Why it was asked for.
    pub reason: String,
    /// How it ended.
    pub outcome: String,
    /// When it began.
    pub started_at: Moment,
    /// When it ended.
    pub ended_at: Moment,
    /// Pages read from the provider.
    pub pages: u64,
    /// Items on them.
    pub items: u64,
    /// Items that could not be understood.
    pub unreadable: u64,
    /// Entries added to the feed.
    pub changes: u64,
}

impl From<manage::Recorded> for Run {
    fn from(run: manage::Recorded) -> Self {
        Self {
            id: run.id.to_string(),
            correlation: run.correlation.to_string(),
            reason: run.reason,
            outcome: run.outcome,
            started_at: Moment(run.started_at),
            ended_at: Moment(run.ended_at),
            pages: run.pages,
            items: run.items,
            unreadable: run.unreadable,
            changes: run.changes,
        }
    }
}
