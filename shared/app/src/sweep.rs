//! Whatever is overdue: reads, publications, polls, announcements.

use aws::feed::Feeds;
use aws::inbox::{Answer, Inboxes};
use aws::queue::{Lane, Message, Queue};
use domain::receive::{self, Forward};
use domain::run::Reason;
use domain::sweep::{self, Refused};
use domain::switches::{Power, Switches};
use domain::{CalendarKey, CorrelationId};
use futures::{StreamExt, future, stream};
use jiff::{SignedDuration, Timestamp};

use crate::announce::Announcer;
use crate::switches::Switchboard;
use crate::{Ambient, Error, error_chain};

/// Looks after overdue calendars.
#[derive(Clone, Debug)]
pub struct Sweeper {
    /// Time and chance.
    pub ambient: Ambient,
    /// What calendars owe.
    pub inboxes: Inboxes,
    /// What is owed to the bus, and when to poll.
    pub feeds: Feeds,
    /// What is owed to the bus of states.
    pub announcer: Announcer,
    /// What operators switched off.
    pub switchboard: Switchboard,
    /// The sync function.
    pub queue: Queue,
}

/// What one sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Overdue reads that were asked for.
    pub reads: u32,
    /// Overdue publications that were asked for.
    pub publications: u32,
    /// Calendars that were polled.
    pub polls: u32,
    /// States that were announced.
    pub announcements: u32,
    /// Calendars that could not be looked after; the next sweep tries again.
    pub failures: u32,
}

impl Sweeper {
    /// Looks after everything that is overdue, oldest first, a bounded number per shard, until
    /// `deadline`. One failure stops nothing.
    ///
    /// # Errors
    /// If the indexes could not be asked.
    pub async fn sweep(&self, deadline: Timestamp) -> Result<Swept, Error> {
        let mut swept = Swept::default();
        // After an outage one sweep does not get through everything, and the next one begins
        // elsewhere, so that no shard waits behind the others for ever.
        let minute = self.ambient.now().as_second() / 60;
        let first = u8::try_from(minute.rem_euclid(sweep::SHARDS.into())).unwrap_or_default();
        for offset in 0..sweep::SHARDS {
            let now = self.ambient.now();
            if now >= deadline {
                tracing::warn!(shards = offset, "time ran out; the next sweep goes on");
                break;
            }
            let shard = (first + offset) % sweep::SHARDS;
            let overdue = self.inboxes.overdue(shard, now).await?;
            let done = self.each(Need::Read, overdue, deadline).await;
            done.add_to(&mut swept.reads, &mut swept.failures);
            let unpublished = self.feeds.unpublished(shard, now).await?;
            let done = self.each(Need::Publication, unpublished, deadline).await;
            done.add_to(&mut swept.publications, &mut swept.failures);
            let unpolled = self.feeds.unpolled(shard, now).await?;
            let done = self.each(Need::Poll, unpolled, deadline).await;
            done.add_to(&mut swept.polls, &mut swept.failures);
            let (announced, failures) = self.announcer.announce(shard, deadline).await?;
            swept.announcements += announced;
            swept.failures += failures;
        }
        tracing::info!(
            reads = swept.reads,
            publications = swept.publications,
            polls = swept.polls,
            announcements = swept.announcements,
            failures = swept.failures,
            "swept",
        );
        Ok(swept)
    }

    /// Looks after several calendars at once.
    async fn each(
        &self,
        need: Need,
        calendars: Vec<(CalendarKey, Timestamp)>,
        deadline: Timestamp,
    ) -> Done {
        stream::iter(calendars)
            .take_while(|_| future::ready(self.ambient.now() < deadline))
            .map(|(key, seen)| async move { (key, self.look_after(need, key, seen).await) })
            .buffer_unordered(AT_ONCE)
            .fold(Done::default(), |done, (key, result)| {
                future::ready(done.and(key, result))
            })
            .await
    }

    async fn look_after(
        &self,
        need: Need,
        key: CalendarKey,
        seen: Timestamp,
    ) -> Result<bool, Error> {
        let now = self.ambient.now();
        let switches = self.switchboard.of(key.organization).await;
        if need.is_off(switches) {
            return self.put_off(need, key, seen, now).await;
        }
        match need {
            Need::Read => self.read(key, seen, now).await,
            Need::Publication => self.publication(key, seen, now).await,
            Need::Poll => self.poll(key, seen, now).await,
        }
    }

    /// Looks again in a while, so that what is switched off does not stand before what is not.
    async fn put_off(
        &self,
        need: Need,
        key: CalendarKey,
        seen: Timestamp,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let later = now + sweep::SWITCHED_OFF;
        match need {
            Need::Read => {
                self.inboxes.claim(key, seen, later).await?;
            }
            Need::Publication => {
                self.feeds.claim_publication(key, seen, later).await?;
            }
            Need::Poll => {
                self.feeds.move_poll(key, seen, later).await?;
            }
        }
        Ok(false)
    }

    /// Claims first, sends second: two sweepers, or a sweeper and a notification, send one message.
    async fn read(&self, key: CalendarKey, seen: Timestamp, now: Timestamp) -> Result<bool, Error> {
        let until = sweep::claimed_until(None, now);
        match self.inboxes.claim(key, seen, until).await? {
            Answer::Done(inbox, _) => {
                let Some(delay) = receive::send_after(inbox.hold, now) else {
                    // Too far ahead for a message; look again when the hold is over.
                    let until = sweep::claimed_until(inbox.hold, now);
                    let claimed = inbox.due.unwrap_or(until);
                    self.inboxes.claim(key, claimed, until).await?;
                    return Ok(false);
                };
                self.send(key, Reason::Overdue, delay).await?;
                Ok(true)
            }
            Answer::Refused(inbox) => {
                match sweep::refused(inbox.as_ref()) {
                    Refused::Lost => {}
                    Refused::Idle => {
                        self.inboxes.forget_due(key, seen).await?;
                    }
                }
                Ok(false)
            }
        }
    }

    async fn publication(
        &self,
        key: CalendarKey,
        seen: Timestamp,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let claimed = self
            .feeds
            .claim_publication(key, seen, now + receive::CLAIM)
            .await?;
        if claimed {
            let message = Message::Publish { key };
            self.queue
                .send(Lane::Bulk, &message, SignedDuration::ZERO)
                .await?;
        }
        Ok(claimed)
    }

    /// Counts the request before the plan moves, so that a crash polls twice rather than never.
    async fn poll(&self, key: CalendarKey, seen: Timestamp, now: Timestamp) -> Result<bool, Error> {
        let before = match self.inboxes.ask(key, now).await? {
            Answer::Done(before, _) => before,
            Answer::Refused(_) => {
                self.feeds.stop_polling(key).await?;
                return Ok(false);
            }
        };
        let period = self
            .feeds
            .poll_period(key)
            .await?
            .unwrap_or(sweep::RECONCILE);
        let next = sweep::next_poll(period, self.ambient.jitter(), now);
        let moved = self.feeds.move_poll(key, seen, next).await?;
        if moved && let Forward::Send(delay) = receive::forward(&before, now) {
            self.send(key, Reason::Poll, delay).await?;
        }
        Ok(moved)
    }

    async fn send(
        &self,
        key: CalendarKey,
        reason: Reason,
        delay: SignedDuration,
    ) -> Result<(), Error> {
        let message = Message::Sync {
            key,
            reason,
            correlation: CorrelationId::new(self.ambient.ulid()),
        };
        self.queue.send(Lane::Interactive, &message, delay).await?;
        Ok(())
    }
}

/// What an overdue calendar needs.
#[derive(Clone, Copy, Debug)]
enum Need {
    Read,
    Publication,
    Poll,
}

impl Need {
    fn is_off(self, switches: Switches) -> bool {
        match self {
            Need::Read => !switches.reads_hints(),
            Need::Publication => switches.publish == Power::Off,
            Need::Poll => switches.sync == Power::Off,
        }
    }
}

/// How many calendars one sweep looks after at once.
const AT_ONCE: usize = 16;

#[derive(Clone, Copy, Debug, Default)]
struct Done {
    done: u32,
    failures: u32,
}

impl Done {
    fn and(mut self, key: CalendarKey, result: Result<bool, Error>) -> Self {
        match result {
            Ok(done) => self.done += u32::from(done),
            Err(error) => {
                self.failures += 1;
                tracing::warn!(
                    calendar = %key.calendar,
                    error = error_chain(&error),
                    "could not look after an overdue calendar",
                );
            }
        }
        self
    }

    const fn add_to(self, done: &mut u32, failures: &mut u32) {
        *done += self.done;
        *failures += self.failures;
    }
}
