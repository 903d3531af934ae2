//! Resuming the calendars of a connection that was connected again, a page a message.

use aws::calendars::Calendars;
use aws::connections::Connections;
use aws::inbox::{Answer, Inboxes};
use aws::queue::{Lane, Message, Queue, Recovery};
use domain::inbox::Status;
use domain::run::Reason;
use domain::{CalendarKey, CorrelationId};
use jiff::SignedDuration;

use crate::{Ambient, Error};

/// How many calendars one message looks at: few enough for an invocation, whatever they need.
const AT_ONCE: i32 = 100;

/// Resumes calendars whose connection has a grant again.
#[derive(Clone, Debug)]
pub struct Recoverer {
    /// Time and chance.
    pub ambient: Ambient,
    /// Calendars, by their organization.
    pub calendars: Calendars,
    /// What they owe.
    pub inboxes: Inboxes,
    /// Where it is marked that calendars are still to be resumed.
    pub connections: Connections,
    /// The sync function.
    pub queue: Queue,
}

impl Recoverer {
    /// Looks at one page of calendars and resumes those that waited for this connection; then asks
    /// for the next page, or takes the mark off. Answers how many it resumed.
    ///
    /// A message that comes twice resumes nothing twice: a calendar that is active is left alone.
    ///
    /// # Errors
    /// If a dependency failed; the message comes back.
    pub async fn recover(&self, recovery: &Recovery) -> Result<u64, Error> {
        let organization = recovery.organization;
        let page = self
            .calendars
            .list(organization, recovery.after, AT_ONCE)
            .await?;
        let mut resumed = 0;
        for calendar in page.items {
            let waits = calendar.inbox.status == Status::Ungranted
                && calendar.source.connection == recovery.connection;
            if waits && self.resume(calendar.key).await? {
                resumed += 1;
            }
        }
        match page.next {
            Some(after) => {
                let next = Message::Recover(Recovery {
                    after: Some(after),
                    ..*recovery
                });
                self.queue
                    .send(Lane::Bulk, &next, SignedDuration::ZERO)
                    .await?;
            }
            None => {
                self.connections
                    .recovered(organization, recovery.connection, recovery.since)
                    .await?;
            }
        }
        tracing::info!(
            %organization,
            connection = %recovery.connection,
            resumed,
            "resumed calendars whose connection has a grant again",
        );
        Ok(resumed)
    }

    /// Resumes a calendar that waits for a grant, and sends the fast path of its read.
    ///
    /// # Errors
    /// If a dependency failed.
    pub async fn resume(&self, key: CalendarKey) -> Result<bool, Error> {
        let now = self.ambient.now();
        match self.inboxes.resume(key, Status::Ungranted, now).await? {
            Answer::Done(..) => {}
            Answer::Refused(_) => return Ok(false),
        }
        let message = Message::Sync {
            key,
            reason: Reason::Hint,
            correlation: CorrelationId::new(self.ambient.ulid()),
        };
        self.queue
            .send(Lane::Interactive, &message, SignedDuration::ZERO)
            .await?;
        Ok(true)
    }
}
