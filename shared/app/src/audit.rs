//! Does the mirror say what the provider says, and does the feed rebuild the mirror?
//!
//! An audit reads the calendar as a whole, past cursor and run, and compares. It is only exact
//! while nothing is owed: what changes during it shows as a difference.

use std::collections::BTreeMap;

use aws::inbox::Inboxes;
use aws::mirror::Mirror;
use domain::change::What;
use domain::diff::{self, Effect, Item};
use domain::event::{Event, Status};
use domain::window::Window;
use domain::{CalendarKey, EventId};
use providers::calendar::{After, Ask, LOOK_UPS};
use providers::{Client, Found, Place, Start};

use crate::Error;
use crate::grants::{Access, Grants};

/// Audits calendars.
#[derive(Clone, Debug)]
pub struct Auditor {
    /// The providers.
    pub client: Client,
    /// Access to them.
    pub grants: Grants,
    /// Which calendars there are.
    pub inboxes: Inboxes,
    /// Rows and entries.
    pub mirror: Mirror,
}

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Whether a read was still owed when the audit began.
    pub owed: bool,
    /// Events that the mirror should hold.
    pub events: u64,
    /// Events that the mirror lacks.
    pub missing: Vec<EventId>,
    /// Rows for which the provider has no event.
    pub surplus: Vec<EventId>,
    /// Rows that say something else than the provider.
    pub different: Vec<EventId>,
    /// Entries of the feed.
    pub entries: u64,
    /// Entries that are not on the bus yet.
    pub unpublished: u64,
    /// Whether the entries are numbered without a gap.
    pub consecutive: bool,
    /// Rows that replaying the feed from an empty mirror gets wrong. Events that were there
    /// before the first read are not in the feed; a reader's snapshot holds them.
    pub not_in_feed: Vec<EventId>,
}

impl Audit {
    /// Whether the mirror is exactly what the provider has, and all of the feed is on the bus.
    pub fn is_clean(&self) -> bool {
        !self.owed
            && self.missing.is_empty()
            && self.surplus.is_empty()
            && self.different.is_empty()
            && self.unpublished == 0
            && self.consecutive
    }
}

impl Auditor {
    /// Audits one calendar.
    ///
    /// # Errors
    /// If a dependency or the provider failed, or there is no such calendar.
    pub async fn audit(&self, key: CalendarKey) -> Result<Audit, Error> {
        let (inbox, source) = self
            .inboxes
            .get(key)
            .await?
            .ok_or(Error::Unknown("calendar"))?;
        let feed = self
            .mirror
            .feeds()
            .get(key)
            .await?
            .ok_or(Error::Unknown("calendar"))?;
        let expected = self.expected(key, &source, feed.window).await?;
        let rows = self.rows(key).await?;

        let mut audit = Audit {
            owed: inbox.is_dirty() && !inbox.only_echo_is_owed(),
            events: expected.len() as u64,
            unpublished: feed.last_seq - feed.published_seq,
            ..Audit::default()
        };
        for (id, event) in &expected {
            match rows.get(id) {
                None => audit.missing.push(id.clone()),
                Some(row) if !same(row, event) => audit.different.push(id.clone()),
                Some(_) => {}
            }
        }
        audit.surplus = rows
            .iter()
            // Outside the part that is read, the mirror holds what it last saw.
            .filter(|(id, row)| !row.outside_window && !expected.contains_key(*id))
            .map(|(id, _)| id.clone())
            .collect();
        self.replay(key, &rows, &mut audit).await?;
        Ok(audit)
    }

    /// What the provider says, as rows.
    async fn expected(
        &self,
        key: CalendarKey,
        source: &domain::inbox::Source,
        window: Option<Window>,
    ) -> Result<BTreeMap<EventId, Event>, Error> {
        let token = match self
            .grants
            .access(key.organization, source.connection, source.provider)
            .await?
        {
            Access::Token(token) => token,
            Access::Revoked(reason) => {
                return Err(providers::grant::GrantError::Revoked { reason }.into());
            }
            Access::Failed(error) => return Err(error.into()),
        };
        let place = Place {
            provider: source.provider,
            access: &token,
            calendar: key.calendar,
            external_id: &source.external_id,
        };
        let mut expected = BTreeMap::new();
        let mut page: Option<String> = None;
        loop {
            let start = match &page {
                None => Start::Everything(window),
                Some(page) => Start::Page { cursor: None, page },
            };
            let read = self.client.page(&place, start).await?;
            // What leaves a place where it never was is of no interest.
            let asks: Vec<Ask> = read
                .asks
                .into_iter()
                .filter(|ask| !matches!(ask, Ask::Leaving { .. }))
                .collect();
            let mut items = read.items;
            for asks in asks.chunks(LOOK_UPS) {
                let answers = self.client.look_up(&place, asks).await?;
                for found in answers {
                    if let Found::Items(found) = found {
                        items.extend(found);
                    }
                }
            }
            for item in items {
                if let Some(row) = row_of(&item) {
                    expected.insert(row.id.clone(), row);
                }
            }
            match read.after {
                After::Page(next) => page = Some(next),
                After::End { .. } => return Ok(expected),
            }
        }
    }

    async fn rows(&self, key: CalendarKey) -> Result<BTreeMap<EventId, Event>, Error> {
        let mut rows = BTreeMap::new();
        let mut after = None;
        loop {
            let (events, next) = self.mirror.snapshot(key, after.as_deref(), None).await?;
            rows.extend(events.into_iter().map(|event| (event.id.clone(), event)));
            match next {
                Some(next) => after = Some(next),
                None => return Ok(rows),
            }
        }
    }

    async fn replay(
        &self,
        key: CalendarKey,
        rows: &BTreeMap<EventId, Event>,
        audit: &mut Audit,
    ) -> Result<(), Error> {
        let mut replayed: BTreeMap<EventId, Event> = BTreeMap::new();
        let mut seq = 0;
        audit.consecutive = true;
        loop {
            let entries = self.mirror.entries(key, seq, 100).await?;
            if entries.is_empty() {
                break;
            }
            for entry in entries {
                audit.consecutive &= entry.seq == seq + 1;
                audit.entries += 1;
                seq = entry.seq;
                match (&entry.what, entry.what.after()) {
                    (_, Some(after)) => {
                        replayed.insert(after.id.clone(), after.clone());
                    }
                    (What::Deleted { event, .. }, None) => {
                        replayed.remove(event);
                    }
                    (What::Created(_) | What::Updated { .. } | What::Resynced, None) => {}
                }
            }
        }
        audit.not_in_feed = rows
            .iter()
            .filter(|(id, row)| !replayed.get(*id).is_some_and(|event| is_same(event, row)))
            .map(|(id, _)| id.clone())
            .chain(
                replayed
                    .keys()
                    .filter(|id| !rows.contains_key(*id))
                    .cloned(),
            )
            .collect();
        Ok(())
    }
}

fn row_of(item: &Item) -> Option<Event> {
    match diff::judge(item, None, true) {
        Effect::Changed(what) => what.after().cloned(),
        Effect::Unchanged | Effect::Stale | Effect::Marked(_) => None,
    }
}

/// Whether a row says what the provider says. The version of a marker is whatever it was when the
/// occurrence was cancelled.
fn same(row: &Event, event: &Event) -> bool {
    if row.status == Status::Cancelled && event.status == Status::Cancelled {
        return row.series == event.series;
    }
    is_same(row, event)
}

/// Whether two say the same of an event; that we lost sight of it is nothing that it says.
fn is_same(one: &Event, other: &Event) -> bool {
    let other = Event {
        outside_window: one.outside_window,
        ..other.clone()
    };
    *one == other
}
