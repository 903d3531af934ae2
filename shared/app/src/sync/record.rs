//! After a run: its entries go on the bus, and what it did is written down.

use aws::runs::Run;

use super::{Outcome, Round};
use crate::{Error, error_chain};

impl Round<'_> {
    /// Puts this slice's entries on the bus. A failure costs nothing: `pub_due` is set.
    pub(super) async fn publish(&self) {
        if self.changes() == 0 {
            return;
        }
        let published = self
            .syncer
            .publisher
            .publish_new(
                self.key,
                self.published_seq,
                &self.entries,
                self.allowance.deadline,
            )
            .await;
        if let Err(error) = published {
            tracing::warn!(
                calendar = %self.key.calendar,
                error = error_chain(&error),
                "could not publish; the sweeper will",
            );
        }
    }

    pub(super) async fn record(&self, outcome: &Outcome) -> Result<(), Error> {
        let name = match outcome {
            Outcome::Finished { .. } => "finished",
            Outcome::HandedOver => "handed_over",
            Outcome::Acknowledged(_) => "acknowledged",
            Outcome::Later => "later",
            Outcome::SetBack(_) => "set_back",
            Outcome::Suspended => "suspended",
            Outcome::Lost => "lost",
        };
        let run = Run {
            key: self.key,
            id: self.run,
            correlation: self.correlation,
            reason: self.reason.name(),
            g: self.g,
            fence: self.fence(),
            started_at: self.started_at,
            ended_at: self.syncer.ambient.now(),
            pages: self.pages,
            items: self.items,
            unreadable: self.unreadable,
            changes: self.changes(),
            outcome: name,
        };
        tracing::info!(
            organization = %run.key.organization,
            calendar = %run.key.calendar,
            run = %run.id,
            correlation = %run.correlation,
            reason = run.reason,
            outcome = run.outcome,
            pages = run.pages,
            items = run.items,
            changes = run.changes,
            "a run ended",
        );
        self.syncer.runs.record(&run).await?;
        Ok(())
    }
}
