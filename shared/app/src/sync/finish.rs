//! How a run ends, well or badly.

use aws::inbox::{Answer, Read};
use aws::queue::{Lane, Message};
use domain::inbox::Inbox;
use domain::push;
use domain::run::{self, Ending, Owed, Reason};
use domain::{CalendarKey, CorrelationId, RunId};
use jiff::SignedDuration;

use super::{Outcome, Round, Setback, Syncer};
use crate::{Error, error_chain};

impl Round<'_> {
    /// Ends the round: clean if nothing was asked for meanwhile, else with a trailing run.
    ///
    /// The cursor is committed already. A crash before the update below repeats a read that finds
    /// nothing; a crash before its message leaves `due`.
    pub(super) async fn finish(&mut self) -> Result<Outcome, Error> {
        let syncer = self.syncer;
        let owed = Owed {
            g: self.g,
            syn: self.inbox.syn,
            echo: self.inbox.echo,
        };
        let found_nothing = self.feed.last_seq == self.since_cursor;
        let jitter = syncer.ambient.jitter();
        let now = syncer.ambient.now();
        let outcome = Outcome::Finished {
            changes: self.changes(),
        };
        let learnt = self.learnt();
        let read = Read {
            began: self.started_at,
            latency: push::latency(&self.inbox, learnt),
        };
        self.doubt(learnt).await?;
        let calmer = self.inbox.backoff.saturating_sub(1);
        let hold = now + run::delay(calmer, syncer.longest_delay);
        let (key, fence) = (self.key, self.fence());
        let (answer, echo) = match run::ending(found_nothing, self.reason, owed, jitter) {
            Ending::Clean => {
                let answer = syncer
                    .inboxes
                    .finish_clean(key, fence, self.g, (hold, calmer), read)
                    .await?;
                (answer, None)
            }
            Ending::Echo(delay) => {
                let due = now + delay + run::MARGIN;
                let answer = syncer
                    .inboxes
                    .finish_with_echo(key, fence, self.g, (hold, calmer), due, read)
                    .await?;
                (answer, Some(delay))
            }
        };
        match answer {
            Answer::Done(..) => {
                if let Some(delay) = echo {
                    self.send(Lane::Interactive, Reason::Echo, delay).await?;
                }
                return Ok(outcome);
            }
            Answer::Refused(Some(inbox)) if inbox.fence == fence => {}
            Answer::Refused(_) => return Ok(Outcome::Lost),
        }
        // Hints arrived while we read. The read that they are owed starts after a delay that grows
        // while this goes on, so that a storm costs few runs.
        let backoff = self.inbox.backoff.saturating_add(1);
        let delay = run::delay(self.inbox.backoff, syncer.longest_delay);
        let finished = syncer
            .inboxes
            .finish_dirty(key, fence, self.g, (delay, backoff), now, read)
            .await?;
        if !finished {
            return Ok(Outcome::Lost);
        }
        self.send(Lane::Interactive, Reason::Trailing, delay)
            .await?;
        Ok(outcome)
    }

    /// Leaves the rest of the round to a message on the bulk queue. What was read is stored.
    pub(super) async fn hand_over(&mut self) -> Result<Outcome, Error> {
        let now = self.syncer.ambient.now();
        let inboxes = &self.syncer.inboxes;
        if !inboxes.hand_over(self.key, self.fence(), now).await? {
            return Ok(Outcome::Lost);
        }
        self.send(Lane::Bulk, Reason::Slice, SignedDuration::ZERO)
            .await?;
        Ok(Outcome::HandedOver)
    }

    async fn send(&self, lane: Lane, reason: Reason, delay: SignedDuration) -> Result<(), Error> {
        let message = Message::Sync {
            key: self.key,
            reason,
            correlation: self.correlation,
        };
        self.syncer.queue.send(lane, &message, delay).await?;
        Ok(())
    }
}

impl Syncer {
    /// Notes why a read can not go on, leaves the lease, and comes back after the hold. The
    /// message is acknowledged: what the calendar owes lies in its inbox, not in the queue.
    pub(super) async fn set_back(
        &self,
        key: CalendarKey,
        inbox: &Inbox,
        run: RunId,
        correlation: CorrelationId,
        setback: Setback,
    ) -> Result<Outcome, Error> {
        let now = self.ambient.now();
        let jitter = self.ambient.jitter();
        let (plan, why) = match setback {
            Setback::Throttled(wait) => (
                run::throttled(inbox, wait, jitter, now),
                "the provider asked for patience".to_owned(),
            ),
            Setback::Doubted => (
                run::throttled(inbox, Some(run::DOUBT), 0.0, now),
                "a whole read left too much unseen to be believed at once".to_owned(),
            ),
            Setback::Crowded => (
                run::crowded(inbox, jitter, now),
                "others were asking the mailbox".to_owned(),
            ),
            Setback::Failed(why) => (run::failed(inbox, jitter, now), why),
        };
        tracing::warn!(
            organization = %key.organization,
            calendar = %key.calendar,
            run = %run,
            fails = plan.fails,
            reason = why,
            "a read was set back",
        );
        // Before the update, so that a crash in between records it twice rather than never.
        if plan.newly_failing {
            self.dead_letters
                .record(key, run, correlation, (&why, plan.fails), now)
                .await?;
        }
        if !self.inboxes.set_back(key, inbox.fence, &plan).await? {
            return Ok(Outcome::Lost);
        }
        if let Some(delay) = domain::receive::send_after(Some(plan.hold), now) {
            let message = Message::Sync {
                key,
                reason: Reason::Overdue,
                correlation,
            };
            // Only the fast path; `due` stands for it if this fails.
            if let Err(error) = self.queue.send(Lane::Interactive, &message, delay).await {
                tracing::warn!(error = error_chain(&error), "no early retry");
            }
        }
        Ok(Outcome::SetBack(why))
    }
}
