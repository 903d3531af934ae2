//! What a page only mentions is looked up before it is judged.
//!
//! Google's pages say how each event is now. Microsoft's say it of events that happen once, and
//! mention the others: a series of which something changed, or an event that is gone from the part
//! of the calendar that is read.

use std::collections::{HashMap, HashSet};

use domain::EventId;
use domain::diff::Item;
use domain::event::Kind;
use providers::calendar::{Ask, LOOK_UPS};
use providers::{Found, Place, ReadError};

use super::Round;
use crate::Error;
use crate::grants::Access;

/// A page, and what was looked up for it.
pub(super) struct Resolved {
    /// One item per event: what was looked up is newer than what the page says.
    pub(super) items: Vec<Item>,
    /// For each series that was looked up, all that belongs to it; nothing for an event that is
    /// none, where the provider keeps a series as one thing.
    pub(super) series: HashMap<EventId, HashSet<EventId>>,
}

impl Round<'_> {
    pub(super) async fn resolve(
        &mut self,
        items: Vec<Item>,
        asks: Vec<Ask>,
    ) -> Result<Result<Resolved, ReadError>, Error> {
        let mut items: Vec<Item> = items
            .into_iter()
            .map(|item| self.marked(item, false))
            .collect();
        let leaving: HashSet<EventId> = asks
            .iter()
            .filter(|ask| matches!(ask, Ask::Leaving { .. }))
            .map(|ask| ask.id().clone())
            .collect();
        let asks = self.worth_asking(&items, asks, &leaving).await?;
        let answers = match self.look_up(&asks).await? {
            Ok(answers) => answers,
            Err(error) => return Ok(Err(error)),
        };
        let mut series: HashMap<EventId, HashSet<EventId>> = HashMap::new();
        for (ask, answer) in asks.into_iter().zip(answers) {
            let Found::Items(mut answer) = answer else {
                self.unreadable += 1;
                continue;
            };
            let leaves = leaving.contains(ask.id());
            answer.retain(|item| !(leaves && self.is_elsewhere(item)));
            let ids: HashSet<EventId> = answer.iter().map(|item| item.id().clone()).collect();
            if !ids.contains(ask.id()) {
                items.push(Item::Gone {
                    id: ask.id().clone(),
                    provider_id: ask.provider_id().to_owned(),
                });
            }
            // What was asked for as one event may have turned out to belong to a series.
            let master = answer.iter().find_map(|item| match item {
                Item::Live(event) if event.kind == Kind::Master => Some(event.id.clone()),
                Item::Live(_) | Item::Gone { .. } | Item::GoneOccurrence { .. } => None,
            });
            let whole = master.unwrap_or_else(|| ask.id().clone());
            items.extend(answer.into_iter().map(|item| self.marked(item, leaves)));
            series.insert(whole, ids);
        }
        let items = last_wins(items);
        if self.feed.window.is_some() {
            for item in &items {
                // It happens once, so nothing else belongs to it, whatever it was before. Who
                // shows a window keeps a series as one thing, and says no more about its parts.
                if let Item::Live(event) = item
                    && event.kind == Kind::Single
                {
                    series.entry(event.id.clone()).or_default();
                }
            }
        }
        Ok(Ok(Resolved { items, series }))
    }

    /// Whether an event lies in another calendar now: this one's page says that it left, and it is
    /// found, at a time at which it would be on the page.
    fn is_elsewhere(&self, item: &Item) -> bool {
        match (item, self.feed.window) {
            (Item::Live(event), Some(window)) => event.kind == Kind::Single && window.holds(event),
            _ => false,
        }
    }

    /// Notes whether an event is still followed. A series that left the page has no occurrence in
    /// the part that is read.
    fn marked(&self, mut item: Item, leaves: bool) -> Item {
        if let (Item::Live(event), Some(window)) = (&mut item, self.feed.window) {
            if leaves {
                window.mark_unseen(event);
            } else {
                window.mark(event);
            }
        }
        item
    }

    /// Leaves out what is gone from a place where it never was for us.
    async fn worth_asking(
        &self,
        items: &[Item],
        asks: Vec<Ask>,
        leaving: &HashSet<EventId>,
    ) -> Result<Vec<Ask>, Error> {
        if leaving.is_empty() {
            return Ok(asks);
        }
        let leaving: Vec<EventId> = leaving.iter().cloned().collect();
        let rows = self.syncer.mirror.rows(self.key, &leaving).await?.live;
        let provider = self.source.provider;
        // The page may show an event before it says that it left.
        let shown: HashSet<&EventId> = items.iter().map(Item::id).collect();
        let mut known = HashSet::new();
        Ok(asks
            .into_iter()
            .filter_map(|ask| match ask {
                Ask::Leaving { ref id, .. } => match rows.get(id) {
                    Some(row) => Some(Ask::about(provider, row)),
                    None => shown.contains(id).then_some(ask),
                },
                Ask::Event { .. } | Ask::Series { .. } => Some(ask),
            })
            .filter(|ask| known.insert(ask.id().clone()))
            .collect())
    }

    /// Looks things up, many at once if nobody else is asking the mailbox.
    pub(super) async fn look_up(
        &mut self,
        asks: &[Ask],
    ) -> Result<Result<Vec<Found>, ReadError>, Error> {
        let at_once = match &self.permit {
            Some(permit) if asks.len() > 1 => {
                match self.syncer.permits.widen(permit).await {
                    Ok(true) => LOOK_UPS,
                    Ok(false) => 1,
                    Err(error) => {
                        // It may have been carried out all the same.
                        self.syncer.permits.narrow(permit).await;
                        return Err(error);
                    }
                }
            }
            Some(_) | None => LOOK_UPS,
        };
        let found = self.look_up_by(asks, at_once).await;
        if let Some(permit) = &self.permit
            && asks.len() > 1
            && at_once > 1
        {
            self.syncer.permits.narrow(permit).await;
        }
        found
    }

    async fn look_up_by(
        &mut self,
        asks: &[Ask],
        at_once: usize,
    ) -> Result<Result<Vec<Found>, ReadError>, Error> {
        let mut answers = Vec::with_capacity(asks.len());
        for asks in asks.chunks(at_once) {
            // Before the invocation is ended from outside, which nobody would notice.
            if self.syncer.ambient.now() >= self.allowance.reserve_from {
                return Ok(Err(ReadError::Unreadable {
                    reason: "there is more to look up than an invocation has time for".to_owned(),
                }));
            }
            let mut found = self.syncer.client.look_up(&self.place(), asks).await;
            if matches!(found, Err(ReadError::Unauthorized)) && self.renew_token().await? {
                found = self.syncer.client.look_up(&self.place(), asks).await;
            }
            match found {
                Ok(found) => answers.extend(found),
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(answers))
    }

    /// Where this calendar is read.
    pub(super) fn place(&self) -> Place<'_> {
        Place {
            provider: self.source.provider,
            access: &self.token,
            calendar: self.key.calendar,
            external_id: &self.source.external_id,
        }
    }

    /// The provider may end a token early; a second one tells whether that was it.
    pub(super) async fn renew_token(&mut self) -> Result<bool, Error> {
        let (organization, connection) = (self.key.organization, self.source.connection);
        let provider = self.source.provider;
        let grants = &self.syncer.grants;
        grants.forget(organization, connection).await;
        match grants.access(organization, connection, provider).await? {
            Access::Token(token) => {
                self.token = token;
                Ok(true)
            }
            Access::Revoked(_) | Access::Failed(_) => Ok(false),
        }
    }
}

/// One item per event: what the provider says last is true.
fn last_wins(items: Vec<Item>) -> Vec<Item> {
    let mut seen = HashSet::new();
    let mut kept: Vec<Item> = items
        .into_iter()
        .rev()
        .filter(|item| seen.insert(item.id().clone()))
        .collect();
    kept.reverse();
    kept
}
