//! What product code reads: a snapshot, the changes that follow, and what runs did.

use aws::Page;
use aws::runs::Recorded;
use domain::change::Change;
use domain::event::Event;
use domain::follow::{Told, follow};
use domain::{CalendarId, EventId, RunId};

use super::calendars::key;
use super::{Caller, Management, Refusal};

/// A page of a calendar's rows.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The rows.
    pub events: Vec<Event>,
    /// After which one to go on; none if this is the last page.
    pub next: Option<EventId>,
    /// The entry to follow from, once all pages are read.
    pub seq: u64,
}

/// A page of a calendar's feed.
#[derive(Clone, Debug)]
pub struct Changes {
    /// The entries.
    pub entries: Vec<Change>,
    /// Where to go on.
    pub cursor: u64,
    /// Whether there is more already.
    pub has_more: bool,
}

impl Management {
    /// The rows of a calendar after one of them, if it is given together with the number that the
    /// first page was read at.
    ///
    /// The number is read before the rows: what happens in between is in the rows, or follows the
    /// number, or both, and applying it twice does no harm.
    ///
    /// # Errors
    /// If a dependency failed, or there is no such calendar.
    pub async fn snapshot(
        &self,
        caller: &Caller,
        calendar: CalendarId,
        from: Option<(u64, EventId)>,
        limit: u16,
    ) -> Result<Snapshot, Refusal> {
        let key = key(caller, calendar);
        let feed = self.mirror.feeds().get(key).await?;
        let feed = feed.ok_or(Refusal::NotFound)?;
        let (seq, after) = match from {
            Some((seq, after)) => (seq, Some(after)),
            None => (feed.last_seq, None),
        };
        let after = after.as_ref().map(EventId::as_str);
        let limit = Some(i32::from(limit));
        let (events, next) = self.mirror.snapshot(key, after, limit).await?;
        Ok(Snapshot {
            events,
            next: next.and_then(|event| event.parse().ok()),
            seq,
        })
    }

    /// The entries of a calendar's feed after `cursor`, if all of them are there.
    ///
    /// # Errors
    /// If a dependency failed, there is no such calendar, or a new snapshot is needed.
    pub async fn changes(
        &self,
        caller: &Caller,
        calendar: CalendarId,
        cursor: u64,
        limit: u16,
    ) -> Result<Changes, Refusal> {
        let key = key(caller, calendar);
        // Before the entries: the other way round, one that is written in between would look lost.
        let feed = self.mirror.feeds().get(key).await?;
        let last_seq = feed.ok_or(Refusal::NotFound)?.last_seq;
        let found = self.mirror.kept(key, cursor, i32::from(limit)).await?;
        let (entries, kept): (Vec<Change>, Vec<_>) = found.into_iter().unzip();
        match follow(cursor, &kept, last_seq, self.ambient.now()) {
            Told::Entries { cursor, has_more } => Ok(Changes {
                entries,
                cursor,
                has_more,
            }),
            Told::Resync => Err(Refusal::Resync { last_seq }),
        }
    }

    /// What a calendar's runs did, the newest first.
    ///
    /// # Errors
    /// If a dependency failed, or there is no such calendar.
    pub async fn list_runs(
        &self,
        caller: &Caller,
        calendar: CalendarId,
        before: Option<RunId>,
        limit: u16,
    ) -> Result<Page<Recorded, RunId>, Refusal> {
        let key = key(caller, calendar);
        let feed = self.mirror.feeds().get(key).await?;
        feed.ok_or(Refusal::NotFound)?;
        Ok(self.runs.newest(key, before, i32::from(limit)).await?)
    }
}
