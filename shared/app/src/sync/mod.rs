//! One run of a calendar: acquire, raise, read and write, finish, publish.
//!
//! | file | part |
//! |---|---|
//! | `mod.rs` | the order |
//! | `read.rs` | asking the provider for a page, and what follows if it refuses |
//! | `resolve.rs` | what a page only mentions is looked up |
//! | `page.rs` | one page of the provider into rows and entries |
//! | `unseen.rs` | after a whole read: rows that it did not see |
//! | `proof.rs` | whether the provider told us of what it found |
//! | `finish.rs` | how a run ends, well or badly |
//! | `record.rs` | entries onto the bus, and what the run did |

mod finish;
mod page;
mod proof;
mod read;
mod record;
mod resolve;
mod unseen;

use aws::dead_letters::DeadLetters;
use aws::inbox::{Answer, Inboxes};
use aws::mirror::Mirror;
use aws::queue::{Lane, Message, Queue};
use aws::runs::Runs;
use aws::subscriptions::Subscriptions;
use domain::change::Change;
use domain::inbox::{Inbox, Source};
use domain::reading::{Feed, Next};
use domain::run::{self, Reason, Refusal};
use domain::switches::Power;
use domain::window::Span;
use domain::{CalendarKey, ConnectionId, CorrelationId, RunId};
use jiff::{SignedDuration, Timestamp};
use providers::Client;
use providers::grant::AccessToken;

use crate::grants::{Access, Grants};
use crate::manage::Recoverer;
use crate::permits::{Entry, Permit, Permits};
use crate::publish::Publisher;
use crate::switches::Switchboard;
use crate::{Ambient, Error, error_chain};

/// Brings calendars up to date.
#[derive(Clone, Debug)]
pub struct Syncer {
    /// Time and chance.
    pub ambient: Ambient,
    /// The longest delay between two runs of a calendar under a storm.
    pub longest_delay: SignedDuration,
    /// The providers.
    pub client: Client,
    /// Access to them.
    pub grants: Grants,
    /// Permission to ask them, where it is limited.
    pub permits: Permits,
    /// How much of a calendar is read, where the provider wants to be told.
    pub span: Span,
    /// What calendars owe.
    pub inboxes: Inboxes,
    /// Rows and entries.
    pub mirror: Mirror,
    /// The bus.
    pub publisher: Publisher,
    /// What runs did.
    pub runs: Runs,
    /// What keeps failing.
    pub dead_letters: DeadLetters,
    /// Those that should have told us of what a poll found.
    pub subscriptions: Subscriptions,
    /// What operators switched off.
    pub switchboard: Switchboard,
    /// What resumes calendars whose connection has a grant again.
    pub recoverer: Recoverer,
    /// Ourselves.
    pub queue: Queue,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The calendar was read up to now.
    Finished {
        /// Entries added to the feed by this slice.
        changes: u64,
    },
    /// Time ran out; a message for the next slice is on its way.
    HandedOver,
    /// There was nothing to do.
    Acknowledged(&'static str),
    /// Too early; the message was sent again.
    Later,
    /// The read failed or was throttled; the calendar comes back after its hold.
    SetBack(String),
    /// The grant is gone; the calendar comes back with it.
    Suspended,
    /// Another run has the calendar. The message must not be acknowledged: it is ours to redo.
    Lost,
}

/// How long a message may be worked on.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// From then on, store and hand over.
    pub reserve_from: Timestamp,
    /// The invocation ends.
    pub deadline: Timestamp,
}

impl Allowance {
    /// All the time from `now` to `deadline`, less the reserve.
    pub fn until(deadline: Timestamp, now: Timestamp) -> Self {
        let all = deadline.duration_since(now).max(SignedDuration::ZERO);
        Self {
            reserve_from: now + all.mul_f64(1.0 - run::RESERVE),
            deadline,
        }
    }
}

/// One run, as it goes.
struct Round<'a> {
    syncer: &'a Syncer,
    key: CalendarKey,
    source: Source,
    /// As it was when the lease was taken.
    inbox: Inbox,
    feed: Feed,
    /// The request that may become `syn`.
    g: u64,
    reason: Reason,
    correlation: CorrelationId,
    run: RunId,
    started_at: Timestamp,
    allowance: Allowance,
    token: AccessToken,
    permit: Option<Permit>,
    /// Entries of this slice that are not on the bus, while they are few.
    entries: Vec<Change>,
    published_seq: u64,
    first_seq: u64,
    /// The newest entry when this invocation last started from the cursor.
    since_cursor: u64,
    pages: u64,
    items: u64,
    unreadable: u64,
    /// How often the provider made this slice start over.
    restarts: u32,
    /// When the oldest of the changes was made that this slice found.
    oldest: Option<Timestamp>,
}

/// How one step of a round ended.
enum Step {
    /// There is more to do.
    On,
    /// The cursor is committed.
    Done,
    /// The fence is gone.
    Lost,
    /// The read can not go on now.
    Stopped(Setback),
}

/// Why a read can not go on now.
enum Setback {
    Throttled(Option<SignedDuration>),
    Failed(String),
    Doubted,
    Crowded,
}

/// More entries than this are read back from the table when they are published.
const ENTRIES_IN_MEMORY: usize = 200;

/// A provider that makes one slice start over more often than this is failing.
const RESTARTS: u32 = 2;

impl Syncer {
    /// Reads a calendar, if a read is owed and may start. `owner` names the invocation: a
    /// lease that this very invocation holds already is taken again.
    ///
    /// # Errors
    /// If a dependency of ours failed. The message comes back, and everything done so far is
    /// either repeated without effect or continued.
    pub async fn sync(
        &self,
        key: CalendarKey,
        reason: Reason,
        correlation: CorrelationId,
        owner: &str,
        deadline: Timestamp,
    ) -> Result<Outcome, Error> {
        // What is owed stays owed, and `due` brings it back.
        if self.switchboard.of(key.organization).await.sync == Power::Off {
            return Ok(Outcome::Acknowledged("reads are switched off"));
        }
        let now = self.ambient.now();
        let (inbox, source) = match self.inboxes.acquire(key, owner, now).await? {
            Answer::Done(inbox, source) => (inbox, source),
            Answer::Refused(inbox) => {
                return self
                    .turn_away(key, reason, correlation, inbox.as_ref(), now)
                    .await;
            }
        };
        // From here until the finish the calendar is in nobody's hands but ours and `due`'s: a
        // crash leaves the lease to expire, the message to return, and the sweeper to claim.
        let fence = inbox.fence;
        let token = match self
            .grants
            .access(key.organization, source.connection, source.provider)
            .await?
        {
            Access::Token(token) => token,
            Access::Revoked(reason) => {
                tracing::warn!(
                    organization = %key.organization,
                    connection = %source.connection,
                    reason,
                    "a connection needs its owner to connect again",
                );
                return self.suspend(key, fence, source.connection).await;
            }
            Access::Failed(error) => {
                let run = RunId::new(self.ambient.ulid());
                return self
                    .set_back(
                        key,
                        &inbox,
                        run,
                        correlation,
                        Setback::Failed(error_chain(&error)),
                    )
                    .await;
            }
        };
        let permit = match self.permits.enter(&source, owner, deadline).await? {
            Entry::Unlimited => None,
            Entry::Permitted(permit) => Some(permit),
            Entry::Crowded => {
                let run = RunId::new(self.ambient.ulid());
                return self
                    .set_back(key, &inbox, run, correlation, Setback::Crowded)
                    .await;
            }
        };
        // Not before there is something to read with: a round that never began must not answer for
        // an older request later on. And not after the first read, or two rounds could interleave.
        let feed = match self.mirror.feeds().raise(key, fence, inbox.req).await {
            Ok(Some(feed)) => feed,
            raised => {
                self.leave(permit.as_ref()).await;
                return raised.map(|_| Outcome::Lost).map_err(Error::from);
            }
        };
        let mut round = Round {
            syncer: self,
            key,
            source,
            g: feed.round_g.unwrap_or(inbox.req),
            reason,
            correlation,
            run: RunId::new(self.ambient.ulid()),
            started_at: now,
            allowance: Allowance::until(deadline, now),
            token,
            permit,
            entries: Vec::new(),
            published_seq: feed.published_seq,
            first_seq: feed.last_seq,
            since_cursor: feed.last_seq,
            pages: 0,
            items: 0,
            unreadable: 0,
            restarts: 0,
            oldest: None,
            inbox,
            feed,
        };
        let outcome = round.run().await;
        self.leave(round.permit.as_ref()).await;
        let outcome = outcome?;
        round.publish().await;
        round.record(&outcome).await?;
        Ok(outcome)
    }

    /// Lets a calendar wait for a grant. Whoever gives one writes it first and then looks for
    /// calendars that wait, so one that begins to wait looks for a grant afterwards: one of the two
    /// sees the other.
    async fn suspend(
        &self,
        key: CalendarKey,
        fence: u64,
        connection: ConnectionId,
    ) -> Result<Outcome, Error> {
        if !self.inboxes.suspend(key, fence).await? {
            return Ok(Outcome::Lost);
        }
        let organization = key.organization;
        if self.grants.are_good(organization, connection).await? {
            self.recoverer.resume(key).await?;
        }
        Ok(Outcome::Suspended)
    }

    async fn leave(&self, permit: Option<&Permit>) {
        if let Some(permit) = permit {
            self.permits.leave(permit).await;
        }
    }

    async fn turn_away(
        &self,
        key: CalendarKey,
        reason: Reason,
        correlation: CorrelationId,
        inbox: Option<&Inbox>,
        now: Timestamp,
    ) -> Result<Outcome, Error> {
        match run::refusal(inbox, now) {
            Refusal::Acknowledge(why) => Ok(Outcome::Acknowledged(why)),
            Refusal::Later(delay) => {
                let message = Message::Sync {
                    key,
                    reason,
                    correlation,
                };
                self.queue.send(Lane::Interactive, &message, delay).await?;
                Ok(Outcome::Later)
            }
        }
    }
}

impl Round<'_> {
    async fn run(&mut self) -> Result<Outcome, Error> {
        loop {
            match self.step().await? {
                Step::Done => return self.finish().await,
                Step::Lost => return Ok(Outcome::Lost),
                Step::Stopped(setback) => {
                    return self
                        .syncer
                        .set_back(self.key, &self.inbox, self.run, self.correlation, setback)
                        .await;
                }
                Step::On => {}
            }
            if self.syncer.ambient.now() >= self.allowance.reserve_from {
                return self.hand_over().await;
            }
            // A round of many pages outlives the lease it started with.
            let now = self.syncer.ambient.now();
            if !self
                .syncer
                .inboxes
                .extend(self.key, self.fence(), now)
                .await?
            {
                return Ok(Outcome::Lost);
            }
        }
    }

    async fn step(&mut self) -> Result<Step, Error> {
        match self.feed.next() {
            Next::StartOver => self.start_over().await,
            Next::Read { cursor, page } => self.read(cursor.as_deref(), page.as_deref()).await,
            Next::Count {
                cursor,
                after,
                rows,
                unseen,
            } => self.count(cursor, after, (rows, unseen)).await,
            Next::Delete { cursor, after } => self.delete(cursor, after).await,
        }
    }

    const fn fence(&self) -> u64 {
        self.inbox.fence
    }

    const fn guard(&self) -> (u64, u64) {
        (self.inbox.fence, self.g)
    }

    const fn changes(&self) -> u64 {
        self.feed.last_seq - self.first_seq
    }
}
