//! After a whole read: the rows that it did not see are counted, confirmed and deleted.

use aws::mirror::Progress;
use domain::diff::{self, Effect, Item};
use domain::reading::{self, Checkpoint};
use providers::ReadError;

use super::{Round, Setback, Step};
use crate::Error;

/// Rows looked at in one step of counting.
const COUNTED: i32 = 5_000;

/// Rows looked at in one step of deleting.
const LOOKED_AT: i32 = 2_000;

/// Rows confirmed in one step: each is a request to the provider.
const CONFIRMED: usize = 50;

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
        rows += seen.len() as u64;
        unseen += seen
            .iter()
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
            .map(|row| row.event)
            .collect();
        if unseen.len() > CONFIRMED {
            unseen.truncate(CONFIRMED);
            next = unseen.last().map(ToString::to_string);
        }
        let rows = self.syncer.mirror.rows(self.key, &unseen).await?;
        let mut effects = Vec::with_capacity(rows.live.len());
        for (id, row) in rows.live {
            let effect = match self.confirm(&row.provider_id).await {
                Ok(Some(item)) => match self.lives(&item).await {
                    Ok(lives) => diff::judge(&item, Some(&row), lives),
                    Err(error) => return Ok(Step::Stopped(error.into())),
                },
                Ok(None) => Effect::Changed(diff::deleted(&row, None)),
                Err(error) => return Ok(Step::Stopped(error.into())),
            };
            effects.push((id, effect, Some(row)));
        }
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

    /// Whether the series of a cancelled occurrence takes place. The provider remembers the
    /// occurrence even when its series is gone.
    async fn lives(&self, item: &Item) -> Result<bool, ReadError> {
        match item {
            Item::GoneOccurrence { series, .. } => {
                Ok(self.confirm(&series.master_provider_id).await?.is_some())
            }
            Item::Live(_) | Item::Gone { .. } => Ok(true),
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
