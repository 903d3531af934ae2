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
        mut items: Vec<Item>,
        asks: Vec<Ask>,
    ) -> Result<Result<Resolved, ReadError>, Error> {
        let asks = self.worth_asking(asks).await?;
        let answers = match self.look_up(&asks).await? {
            Ok(answers) => answers,
            Err(error) => return Ok(Err(error)),
        };
        let mut series = HashMap::new();
        for (ask, answer) in asks.into_iter().zip(answers) {
            let Found::Items(answer) = answer else {
                self.unreadable += 1;
                continue;
            };
            let ids: HashSet<EventId> = answer.iter().map(|item| item.id().clone()).collect();
            if !ids.contains(ask.id()) {
                items.push(Item::Gone {
                    id: ask.id().clone(),
                    provider_id: ask.provider_id().to_owned(),
                });
            }
            series.insert(ask.id().clone(), ids);
            items.extend(answer);
        }
        let mut items = last_wins(items);
        if let Some(window) = self.feed.window {
            for item in &mut items {
                if let Item::Live(event) = item {
                    window.mark(event);
                    // It happens once, so nothing else belongs to it, whatever it was before. Who
                    // shows a window keeps a series as one thing, and says no more about its parts.
                    if event.kind == Kind::Single {
                        series.entry(event.id.clone()).or_default();
                    }
                }
            }
        }
        Ok(Ok(Resolved { items, series }))
    }

    /// Leaves out what is gone from a place where it never was for us.
    async fn worth_asking(&self, asks: Vec<Ask>) -> Result<Vec<Ask>, Error> {
        let leaving: Vec<EventId> = asks
            .iter()
            .filter(|ask| matches!(ask, Ask::Leaving { .. }))
            .map(|ask| ask.id().clone())
            .collect();
        if leaving.is_empty() {
            return Ok(asks);
        }
        let rows = self.syncer.mirror.rows(self.key, &leaving).await?.live;
        let provider = self.source.provider;
        let mut known = HashSet::new();
        Ok(asks
            .into_iter()
            .filter_map(|ask| match ask {
                Ask::Leaving { ref id, .. } => rows.get(id).map(|row| Ask::about(provider, row)),
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
                if self.syncer.permits.widen(permit).await? {
                    LOOK_UPS
                } else {
                    1
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
        self.syncer.grants.forget(organization, connection).await;
        match self.syncer.grants.access(organization, connection).await? {
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
