//! After a whole read: the rows that it did not see are counted, confirmed and deleted.

use std::collections::{HashMap, HashSet};

use aws::mirror::{Progress, Seen};
use domain::EventId;
use domain::diff::{self, Effect, Item};
use domain::event::Event;
use domain::reading::{self, Checkpoint};
use providers::{Ask, Found, ReadError};

use super::{Round, Setback, Step};
use crate::Error;

/// Rows looked at in one step of counting.
const COUNTED: i32 = 5_000;

/// Rows looked at in one step of deleting.
const LOOKED_AT: i32 = 2_000;

/// Rows confirmed in one step: each is a request to the provider.
const CONFIRMED: usize = 50;

/// A row that a whole read did not show, and what is to become of it.
type Unseen = (EventId, Effect, Option<Event>);

impl Round<'_> {
    /// Counts on; at the end decides whether the read is to be believed.
    pub(super) async fn count(
        &mut self,
        cursor: String,
        after: Option<String>,
        (mut rows, mut unseen): (u64, u64),
    ) -> Result<Step, Error> {
        let (seen, next) = self
            .syncer
            .mirror
            .stamps(self.key, after.as_deref(), COUNTED)
            .await?;
        // What lies outside the part that is read is not expected to be seen.
        let expected = || seen.iter().filter(|row| self.expects(row));
        rows += expected().count() as u64;
        unseen += expected()
            .filter(|row| row.stamp < self.feed.rebuild)
            .count() as u64;
        let feeds = self.syncer.mirror.feeds();
        let Some(next) = next else {
            // Rows of an import that was restarted are ours, not the customer's.
            let doubtful =
                self.feed.imported && reading::is_doubtful(rows, unseen, self.feed.doubted);
            if doubtful {
                let kept = feeds.rebuild(self.key, self.guard(), true).await?;
                return Ok(if kept {
                    Step::Stopped(Setback::Doubted)
                } else {
                    Step::Lost
                });
            }
            return self
                .go_on(Checkpoint::Delete {
                    cursor,
                    after: None,
                })
                .await;
        };
        self.go_on(Checkpoint::Count {
            cursor,
            after: Some(next),
            rows,
            unseen,
        })
        .await
    }

    /// Deletes on; every row is confirmed, since a list may leave out what is there.
    pub(super) async fn delete(
        &mut self,
        cursor: String,
        after: Option<String>,
    ) -> Result<Step, Error> {
        let (seen, mut next) = self
            .syncer
            .mirror
            .stamps(self.key, after.as_deref(), LOOKED_AT)
            .await?;
        let mut unseen: Vec<_> = seen
            .into_iter()
            .filter(|row| row.stamp < self.feed.rebuild)
            .filter(|row| !row.outside_window || self.expects(row))
            .map(|row| row.event)
            .collect();
        if unseen.len() > CONFIRMED {
            unseen.truncate(CONFIRMED);
            next = unseen.last().map(ToString::to_string);
        }
        let rows = self.syncer.mirror.rows(self.key, &unseen).await?.live;
        let effects = match self.confirm_all(rows).await? {
            Ok(effects) => effects,
            Err(error) => return Ok(Step::Stopped(error.into())),
        };
        let steps = self.steps(effects);
        let Some(next) = next else {
            let written = self.write(&steps, &Progress::Commit(cursor)).await?;
            return Ok(if written { Step::Done } else { Step::Lost });
        };
        let checkpoint = Checkpoint::Delete {
            cursor,
            after: Some(next),
        };
        let progress = Progress::Checkpoint(checkpoint.clone());
        if !self.write(&steps, &progress).await? {
            return Ok(Step::Lost);
        }
        self.feed.checkpoint = Some(checkpoint);
        Ok(Step::On)
    }

    fn expects(&self, row: &Seen) -> bool {
        self.feed
            .window
            .is_none_or(|window| window.expects(row.outside_window, row.lasts))
    }

    /// What is to become of rows that a whole read did not show.
    async fn confirm_all(
        &mut self,
        rows: HashMap<EventId, Event>,
    ) -> Result<Result<Vec<Unseen>, ReadError>, Error> {
        let mut known = HashSet::new();
        let asks: Vec<Ask> = rows
            .values()
            .map(|row| Ask::about(self.source.provider, row))
            .filter(|ask| known.insert(ask.id().clone()))
            .collect();
        let answers = match self.look_up(&asks).await? {
            Ok(answers) => answers,
            Err(error) => return Ok(Err(error)),
        };
        let mut found: HashMap<EventId, Item> = HashMap::new();
        let mut unreadable: HashSet<EventId> = HashSet::new();
        for (ask, answer) in asks.into_iter().zip(answers) {
            match answer {
                Found::Items(items) => found.extend(
                    items
                        .into_iter()
                        .filter(|item| !matches!(item, Item::Gone { .. }))
                        .map(|item| (item.id().clone(), item)),
                ),
                Found::Unreadable => {
                    unreadable.insert(ask.id().clone());
                }
            }
        }
        let there: HashSet<EventId> = found.keys().cloned().collect();
        let mut effects = Vec::with_capacity(rows.len());
        for (id, row) in rows {
            let effect = match found.remove(&id) {
                Some(item) => {
                    let lives = match &item {
                        Item::GoneOccurrence { series, .. } if !there.contains(&series.master) => {
                            match self.has_master(series).await? {
                                Ok(lives) => lives,
                                Err(error) => return Ok(Err(error)),
                            }
                        }
                        Item::Live(_) | Item::Gone { .. } | Item::GoneOccurrence { .. } => true,
                    };
                    self.judge_unseen(item, &row, lives)
                }
                None if unreadable.contains(Ask::about(self.source.provider, &row).id()) => {
                    Effect::Unchanged
                }
                None => Effect::Changed(diff::deleted(&row, None)),
            };
            effects.push((id, effect, Some(row)));
        }
        Ok(Ok(effects))
    }

    /// It exists, so it was left out by mistake, or lies outside the part of the calendar that is
    /// read.
    fn judge_unseen(&self, mut item: Item, row: &Event, master_lives: bool) -> Effect {
        let Some(window) = self.feed.window else {
            return diff::judge(&item, Some(row), master_lives);
        };
        if let Item::Live(event) = &mut item {
            window.mark_unseen(event);
        }
        let mut marked = row.clone();
        window.mark_unseen(&mut marked);
        match diff::judge(&item, Some(row), master_lives) {
            Effect::Unchanged if marked.outside_window => Effect::Marked(Box::new(marked)),
            effect => effect,
        }
    }

    async fn go_on(&mut self, checkpoint: Checkpoint) -> Result<Step, Error> {
        let feeds = self.syncer.mirror.feeds();
        if !feeds.note(self.key, self.guard(), &checkpoint).await? {
            return Ok(Step::Lost);
        }
        self.feed.checkpoint = Some(checkpoint);
        Ok(Step::On)
    }
}
