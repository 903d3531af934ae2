//! Watching a calendar: what operators do.
//!
//! | file | part |
//! |---|---|
//! | `mod.rs` | watch, pause, resume, unwatch |
//! | `attempt.rs` | one attempt to subscribe |
//! | `rival.rs` | whose subscription is in the way |

mod attempt;
mod rival;

use aws::feed::Feeds;
use aws::inbox::{Answer, Inboxes};
use aws::queue::{Lane, Message, Queue};
use aws::subscriptions::Subscriptions;
use domain::inbox::{Source, Status};
use domain::push::Push;
use domain::run::Reason;
use domain::subscription::{Attention, NoPush, State};
use domain::{CalendarId, CalendarKey, CorrelationId, SubscriptionId, renew, sweep};
use jiff::SignedDuration;
use providers::Client;

pub(crate) use attempt::{Attempt, accepted};

use attempt::Begun;

use crate::grants::{Access, Grants};
use crate::keys::Keys;
use crate::{Ambient, Error};

/// Creates and ends watches.
#[derive(Clone, Debug)]
pub struct Watcher {
    /// Time and chance.
    pub ambient: Ambient,
    /// The keys of channel tokens.
    pub keys: Keys,
    /// Access to the providers.
    pub grants: Grants,
    /// The providers.
    pub client: Client,
    /// What calendars owe.
    pub inboxes: Inboxes,
    /// When to poll.
    pub feeds: Feeds,
    /// Channels and subscriptions.
    pub subscriptions: Subscriptions,
    /// The sync function.
    pub queue: Queue,
    /// The https origin that providers call.
    pub webhook_domain: String,
}

/// How a calendar is watched from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watched {
    /// The provider tells us.
    Pushed(SubscriptionId),
    /// The provider does not; we ask every few minutes.
    Polled(NoPush),
}

impl Watcher {
    /// Takes a calendar under watch: its two items, then a subscription, then its first read.
    ///
    /// # Errors
    /// If a dependency failed, or the provider refuses our grant or our address; the calendar is
    /// then unwatched again. Calling it again creates another calendar.
    pub async fn watch(
        &self,
        organization: domain::OrganizationId,
        source: &Source,
    ) -> Result<(CalendarKey, Watched), Error> {
        let now = self.ambient.now();
        let key = CalendarKey {
            organization,
            calendar: CalendarId::new(self.ambient.ulid()),
        };
        let begun = self.begin(key, source).await?;
        // The feed before the inbox: an inbox is what makes a calendar visible to the sweeper.
        let poll_at = sweep::next_poll(sweep::RECONCILE, self.ambient.jitter(), now);
        self.feeds.create(key, sweep::RECONCILE, poll_at).await?;
        self.inboxes.create(key, source, now).await?;
        match self.subscribe_by(key, source, begun).await {
            Ok(watched) => Ok((key, watched)),
            // Nothing would ever be read, or everything for nobody.
            Err(error) => {
                self.unwatch(key).await?;
                Err(error)
            }
        }
    }

    /// Subscribes to a calendar again, whatever it has: the others make room for the new one, and
    /// where the provider allows only one, that one is renewed. Renewal does both within minutes.
    ///
    /// # Errors
    /// If a dependency failed, or the provider refuses our grant or our address.
    pub async fn subscribe(&self, key: CalendarKey, source: &Source) -> Result<Watched, Error> {
        let begun = self.begin(key, source).await?;
        let new = begun.id;
        let watched = self.subscribe_by(key, source, begun).await?;
        if let Watched::Pushed(_) = watched
            && let Some((inbox, _)) = self.inboxes.get(key).await?
        {
            let now = self.ambient.now();
            for id in inbox.live.into_keys().filter(|id| *id != new) {
                self.subscriptions
                    .needs(id, Attention::Reauthorize, now)
                    .await?;
            }
        }
        Ok(watched)
    }

    async fn subscribe_by(
        &self,
        key: CalendarKey,
        source: &Source,
        begun: Begun,
    ) -> Result<Watched, Error> {
        let id = begun.id;
        let access = match self
            .grants
            .access(key.organization, source.connection, source.provider)
            .await?
        {
            Access::Token(token) => token,
            Access::Revoked(reason) => {
                return Err(Error::Grant(providers::grant::GrantError::Revoked {
                    reason,
                }));
            }
            Access::Failed(error) => return Err(Error::Grant(error)),
        };
        match self.attempt(key, source, &access, begun).await? {
            Attempt::Accepted(id) => Ok(Watched::Pushed(id)),
            Attempt::Refused {
                error: Some(error), ..
            } => Err(error),
            Attempt::Refused { why, wait, .. } => {
                // This row stands for the next attempt.
                let again = renew::again(why, wait, 0, self.ambient.jitter());
                let renew_at = self.ambient.now() + again;
                self.subscriptions
                    .become_state(id, State::Failed, Some(renew_at), None)
                    .await?;
                self.poll(key, why).await?;
                Ok(Watched::Polled(why))
            }
        }
    }

    /// Reads the calendar every few minutes, since its provider does not tell us.
    pub(crate) async fn poll(&self, key: CalendarKey, why: NoPush) -> Result<(), Error> {
        let before = self.push_of(key).await?;
        self.believe(key, before, Push::Off(why)).await?;
        self.ask(key).await
    }

    /// What is believed of a calendar's push.
    pub(crate) async fn push_of(&self, key: CalendarKey) -> Result<Push, Error> {
        let feed = self.feeds.get(key).await?;
        Ok(feed.map(|feed| feed.push).unwrap_or_default())
    }

    /// Believes something else of it from now on.
    pub(crate) async fn believe(
        &self,
        key: CalendarKey,
        before: Push,
        next: Push,
    ) -> Result<(), Error> {
        if before == next {
            return Ok(());
        }
        let now = self.ambient.now();
        let poll_at = sweep::next_poll(next.period(), self.ambient.jitter(), now);
        self.feeds
            .set_push(key, (before, next), poll_at, now)
            .await?;
        tracing::info!(
            calendar = %key.calendar,
            before = before.name(),
            push = next.name(),
            "a calendar's push is another",
        );
        Ok(())
    }

    /// Sends the fast path of a read that the inbox owes already.
    pub(crate) async fn ask(&self, key: CalendarKey) -> Result<(), Error> {
        let message = Message::Sync {
            key,
            reason: Reason::Hint,
            correlation: CorrelationId::new(self.ambient.ulid()),
        };
        self.queue
            .send(Lane::Interactive, &message, SignedDuration::ZERO)
            .await?;
        Ok(())
    }

    /// Owes a read for reasons of our own, and sends its fast path.
    ///
    /// # Errors
    /// If a dependency failed.
    pub async fn owe(&self, key: CalendarKey) -> Result<(), Error> {
        let now = self.ambient.now();
        match self.inboxes.ask(key, now).await? {
            Answer::Done(..) => self.ask(key).await,
            Answer::Refused(_) => Err(Error::Unknown("watched calendar")),
        }
    }

    /// Stops reading a calendar; hints are kept.
    ///
    /// # Errors
    /// If a dependency failed, or the calendar is not active.
    pub async fn pause(&self, key: CalendarKey) -> Result<(), Error> {
        match self.inboxes.pause(key).await? {
            Answer::Done(..) => Ok(()),
            Answer::Refused(_) => Err(Error::Unknown("active calendar")),
        }
    }

    /// Reads a calendar again; one read covers everything that was missed.
    ///
    /// # Errors
    /// If a dependency failed, or the calendar is not paused.
    pub async fn resume(&self, key: CalendarKey) -> Result<(), Error> {
        let now = self.ambient.now();
        match self.inboxes.resume(key, Status::Paused, now).await? {
            Answer::Done(..) => self.ask(key).await,
            Answer::Refused(_) => Err(Error::Unknown("paused calendar")),
        }
    }

    /// Ends the watch, then stops its subscriptions at the provider. What can not be stopped now
    /// is stopped when it speaks, or ends by itself.
    ///
    /// # Errors
    /// If a dependency failed, or there is no such calendar.
    pub async fn unwatch(&self, key: CalendarKey) -> Result<(), Error> {
        let Answer::Done(before, _) = self.inboxes.unwatch(key).await? else {
            return Err(Error::Unknown("calendar"));
        };
        self.feeds.stop_polling(key).await?;
        for subscription in before.live.into_keys() {
            let message = Message::Stop { subscription };
            self.queue
                .send(Lane::Bulk, &message, SignedDuration::ZERO)
                .await?;
        }
        Ok(())
    }
}
