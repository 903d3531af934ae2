//! What a run learns of its calendar's push, and what follows.

use domain::change::What;
use domain::push::{self, Learnt, Push};
use domain::subscription::Attention;
use domain::sweep;

use super::Round;
use crate::Error;

impl Round<'_> {
    /// What this run found out.
    pub(super) const fn learnt(&self) -> Learnt {
        Learnt {
            reason: self.reason,
            started_at: self.started_at,
            oldest: self.oldest,
        }
    }

    /// Remembers when the oldest of the changes was made. What we wrote ourselves, or of which the
    /// provider does not say when, tells nothing.
    pub(super) fn date(&mut self, what: &What) {
        let made = match what {
            What::Created(event) | What::Updated { after: event, .. } => event.updated,
            What::Deleted { .. } | What::Resynced => None,
        };
        let first_read = self.feed.cursor.is_none();
        if let Some(made) = made.filter(|_| !first_read) {
            self.oldest = Some(self.oldest.map_or(made, |oldest| oldest.min(made)));
        }
    }

    /// Believes what the run shows. Where push is in doubt, its subscriptions are marked, and
    /// renewal replaces them; until it is proven again, the calendar is polled more often.
    ///
    /// A crash after the mark repeats a read that finds nothing; a crash before it loses the
    /// suspicion until the next change that is missed.
    pub(super) async fn doubt(&self, learnt: Learnt) -> Result<(), Error> {
        let (before, next) = (
            self.feed.push,
            push::after_run(self.feed.push, &self.inbox, learnt),
        );
        if before == next {
            return Ok(());
        }
        let syncer = self.syncer;
        let now = syncer.ambient.now();
        if let Push::Doubted(_) = next {
            for id in self.inbox.live.keys() {
                syncer
                    .subscriptions
                    .needs(*id, Attention::Silent, now)
                    .await?;
            }
            tracing::warn!(
                calendar = %self.key.calendar,
                missed = self.feed.missed_push + 1,
                "a poll found what the provider should have told us of",
            );
        }
        let poll_at = sweep::next_poll(next.period(), syncer.ambient.jitter(), now);
        syncer
            .mirror
            .feeds()
            .set_push(self.key, (before, next), poll_at, now)
            .await?;
        Ok(())
    }
}
