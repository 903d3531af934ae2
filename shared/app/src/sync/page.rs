//! One page of the provider into rows and entries.

use std::collections::{HashMap, HashSet};

use aws::mirror::{Guard, Progress, Rows, Step as Written};
use domain::EventId;
use domain::change::{Change, What};
use domain::diff::{self, Effect, Item};
use domain::event::{Event, Series, Status};
use domain::reading::{self, Checkpoint, Mode};
use providers::ReadError;
use providers::calendar::{After, Ask, Found, Page};

use super::resolve::Resolved;
use super::{ENTRIES_IN_MEMORY, Round, Setback, Step};
use crate::{Error, error_chain};

impl Round<'_> {
    /// Compares a page with the mirror and writes what differs; its last transaction notes where
    /// the round goes on.
    pub(super) async fn apply(&mut self, page: Page) -> Result<Step, Error> {
        let resolved = match self.resolve(page.items, page.asks).await? {
            Ok(resolved) => resolved,
            Err(error) => return self.cope(error).await,
        };
        let steps = match self.judge(resolved).await? {
            Ok(steps) => steps,
            Err(error) => return self.cope(error).await,
        };
        let (progress, checkpoint) = match page.after {
            After::Page(next) => {
                let checkpoint = Checkpoint::Page(next);
                (Progress::Checkpoint(checkpoint.clone()), Some(checkpoint))
            }
            After::End { cursor } => match self.feed.after_last_page(cursor.clone()) {
                Some(checkpoint) => (Progress::Checkpoint(checkpoint.clone()), Some(checkpoint)),
                None => (Progress::Commit(cursor), None),
            },
        };
        if !self.write(&steps, &progress).await? {
            return Ok(Step::Lost);
        }
        match checkpoint {
            Some(checkpoint) => {
                self.feed.checkpoint = Some(checkpoint);
                Ok(Step::On)
            }
            None => Ok(Step::Done),
        }
    }

    /// Writes steps in as many transactions as they need. `false` if the fence was lost.
    pub(super) async fn write(
        &mut self,
        steps: &[Written],
        progress: &Progress,
    ) -> Result<bool, Error> {
        let mut rest = steps;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(reading::transaction(rest.iter().map(|s| s.bytes)));
            rest = later;
            // The end of an import has an entry of its own and is written below.
            let ends = rest.is_empty() && !self.ends_import(progress);
            let progress = if ends { progress } else { &Progress::Same };
            let written = self
                .syncer
                .mirror
                .write(
                    self.key,
                    self.under(),
                    self.feed.rebuild,
                    (self.feed.last_seq, now),
                    progress,
                    self.syncer.ambient.now(),
                )
                .await?;
            if !written {
                return Ok(false);
            }
            for step in now {
                if let Some(entry) = &step.entry {
                    self.note(entry);
                }
            }
        }
        if self.ends_import(progress) {
            return self.announce(progress).await;
        }
        if !steps.is_empty() {
            return Ok(true);
        }
        let feeds = self.syncer.mirror.feeds();
        Ok(match progress {
            Progress::Same => true,
            Progress::Checkpoint(checkpoint) => {
                feeds.note(self.key, self.guard(), checkpoint).await?
            }
            Progress::Commit(cursor) => feeds.commit(self.key, self.fence(), cursor).await?,
        })
    }

    const fn under(&self) -> Guard {
        Guard {
            fence: self.fence(),
            g: self.g,
        }
    }

    fn ends_import(&self, progress: &Progress) -> bool {
        self.feed.mode() == Mode::Import && matches!(progress, Progress::Commit(_))
    }

    /// The one entry of an import: readers may now take their snapshot.
    async fn announce(&mut self, progress: &Progress) -> Result<bool, Error> {
        let entry = self.entry(self.feed.last_seq + 1, What::Resynced);
        let now = self.syncer.ambient.now();
        let mirror = &self.syncer.mirror;
        let written = mirror
            .announce(self.key, self.under(), &entry, progress, now)
            .await?;
        if written {
            self.note(&entry);
        }
        Ok(written)
    }

    fn note(&mut self, entry: &Change) {
        self.date(&entry.what);
        self.feed.last_seq = entry.seq;
        if self.entries.len() < ENTRIES_IN_MEMORY {
            self.entries.push(entry.clone());
        } else {
            // Too many to keep; the publisher reads them back.
            self.entries.clear();
        }
    }

    fn entry(&self, seq: u64, what: What) -> Change {
        Change {
            seq,
            at: self.syncer.ambient.now(),
            correlation: self.correlation,
            what,
        }
    }

    /// What each item changes. The provider is asked about masters that are not known.
    pub(super) async fn judge(
        &mut self,
        page: Resolved,
    ) -> Result<Result<Vec<Written>, ReadError>, Error> {
        let Resolved { items, series } = page;
        let mut wanted: HashSet<EventId> = items.iter().map(|item| item.id().clone()).collect();
        wanted.extend(items.iter().filter_map(Item::master).cloned());
        let wanted: Vec<EventId> = wanted.into_iter().collect();
        let rows = self.syncer.mirror.rows(self.key, &wanted).await?;

        let mut ends = Vec::new();
        let mut effects = Vec::new();
        let masters = match self.masters(&items, &rows).await? {
            Ok(masters) => masters,
            Err(error) => return Ok(Err(error)),
        };
        let mentioned: HashSet<EventId> = items.iter().map(|item| item.id().clone()).collect();
        for item in items {
            let stored = rows.live.get(item.id());
            let whole = series.get(item.id());
            let repeats_otherwise = whole.is_some() && diff::repeats_otherwise(&item, stored);
            if diff::ends_series(&item, stored) || repeats_otherwise {
                match self.members_of(item.id(), &mentioned, whole).await? {
                    Ok(members) => ends.extend(members),
                    Err(error) => return Ok(Err(error)),
                }
            }
            let lives = item
                .master()
                .is_none_or(|master| masters.get(master).copied().unwrap_or(true));
            let gone = rows.gone.get(item.id());
            let effect = if gone.is_some_and(|version| diff::is_outdated(&item, *version)) {
                Effect::Stale
            } else {
                diff::judge(&item, stored, lives)
            };
            effects.push((item.id().clone(), effect, stored.cloned()));
        }
        // A series ends after its occurrences: interrupted in between, the page is read again and
        // the master is still there to say which rows are left.
        let before: Vec<_> = ends
            .into_iter()
            .map(|row| {
                (
                    row.id.clone(),
                    Effect::Changed(diff::deleted(&row, None)),
                    Some(row),
                )
            })
            .collect();
        Ok(Ok(self.steps(before.into_iter().chain(effects))))
    }

    /// Numbers the effects and turns them into writes.
    pub(super) fn steps(
        &self,
        effects: impl IntoIterator<Item = (EventId, Effect, Option<Event>)>,
    ) -> Vec<Written> {
        let mode = self.feed.mode();
        let mut seq = self.feed.last_seq;
        let mut steps = Vec::new();
        for (id, effect, stored) in effects {
            match effect {
                Effect::Changed(what) => {
                    let row = what.after().cloned();
                    let entry = (mode != Mode::Import).then(|| {
                        seq += 1;
                        self.entry(seq, what)
                    });
                    let gone = stored.and_then(|row| row.updated);
                    steps.push(Written::new(id, row, gone, entry));
                }
                Effect::Marked(row) => steps.push(Written::new(id, Some(*row), None, None)),
                // A whole read marks what it saw, so that the rest can be told apart.
                Effect::Unchanged | Effect::Stale if mode != Mode::Incremental => {
                    if let Some(row) = stored {
                        steps.push(Written::new(id, Some(row), None, None));
                    }
                }
                Effect::Unchanged | Effect::Stale => {}
            }
        }
        steps
    }

    /// Which masters of cancelled occurrences live: as this page says, else as the mirror says,
    /// else as the provider says. A whole read shows living series only.
    async fn masters(
        &mut self,
        items: &[Item],
        rows: &Rows,
    ) -> Result<Result<HashMap<EventId, bool>, ReadError>, Error> {
        let mut lives: HashMap<EventId, bool> = HashMap::new();
        if self.feed.mode() != Mode::Incremental {
            return Ok(Ok(lives));
        }
        for item in items {
            match item {
                Item::Live(event) => lives.insert(event.id.clone(), true),
                Item::Gone { id, .. } => lives.insert(id.clone(), false),
                Item::GoneOccurrence { .. } => None,
            };
        }
        for item in items {
            let Item::GoneOccurrence { series, .. } = item else {
                continue;
            };
            if lives.contains_key(&series.master) {
                continue;
            }
            let alive = rows.live.contains_key(&series.master)
                || match self.has_master(series).await? {
                    Ok(alive) => alive,
                    Err(error) => return Ok(Err(error)),
                };
            lives.insert(series.master.clone(), alive);
        }
        Ok(Ok(lives))
    }

    /// The rows that go with a series: markers of its cancelled occurrences, and exceptions that
    /// the provider does not keep without it. `whole` is all that belongs to it, where it was
    /// looked up as a whole.
    async fn members_of(
        &mut self,
        master: &EventId,
        mentioned: &HashSet<EventId>,
        whole: Option<&HashSet<EventId>>,
    ) -> Result<Result<Vec<Event>, ReadError>, Error> {
        let mut going = Vec::new();
        for row in self.syncer.mirror.members(self.key, master).await? {
            if mentioned.contains(&row.id) {
                continue;
            }
            let stays = match whole {
                Some(whole) => whole.contains(&row.id),
                // Somebody may be invited to one occurrence only, so an exception can outlive its
                // series.
                None if row.status == Status::Cancelled => false,
                None => {
                    let ask = Ask::about(self.source.provider, &row);
                    match self.is_there(&ask).await? {
                        Ok(stays) => stays,
                        Err(error) => return Ok(Err(error)),
                    }
                }
            };
            if !stays {
                going.push(row);
            }
        }
        Ok(Ok(going))
    }

    /// Whether the series of a cancelled occurrence takes place. The provider may remember the
    /// occurrence even when its series is gone.
    pub(super) async fn has_master(
        &mut self,
        series: &Series,
    ) -> Result<Result<bool, ReadError>, Error> {
        let ask = Ask::Event {
            id: series.master.clone(),
            provider_id: series.master_provider_id.clone(),
        };
        self.is_there(&ask).await
    }

    /// Whether the provider has an event. One that we do not understand is there.
    async fn is_there(&mut self, ask: &Ask) -> Result<Result<bool, ReadError>, Error> {
        let answers = self.look_up(std::slice::from_ref(ask)).await?;
        Ok(answers.map(|answers| {
            answers.iter().any(|found| match found {
                Found::Items(items) => items
                    .iter()
                    .any(|item| item.id() == ask.id() && matches!(item, Item::Live(_))),
                Found::Unreadable => true,
            })
        }))
    }
}

/// Kept here so that every reason for a stop is named in one place.
impl From<ReadError> for Setback {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Throttled { wait } => Setback::Throttled(wait),
            error => Setback::Failed(error_chain(&error)),
        }
    }
}
