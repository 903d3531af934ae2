//! Watching a calendar: row first, provider second, activation last.

mod rival;

use aws::feed::Feeds;
use aws::inbox::{Answer, Inboxes};
use aws::queue::{Lane, Message, Queue};
use aws::subscriptions::Subscriptions;
use domain::callback::Callback;
use domain::inbox::{Source, Status};
use domain::run::Reason;
use domain::subscription::{InTheWay, NoPush, State, Subscription};
use domain::sweep;
use domain::token::{Claims, Target};
use domain::{CalendarId, CalendarKey, CorrelationId, SubscriptionId};
use jiff::SignedDuration;
use providers::{Client, Place, ReadError, WatchError, Wish};

use crate::grants::{Access, Grants};
use crate::keys::Keys;
use crate::{Ambient, Error, error_chain};

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
        // The feed first: an inbox is what makes a calendar visible to the sweeper.
        let poll_at = sweep::next_poll(sweep::RECONCILE, self.ambient.jitter(), now);
        self.feeds.create(key, sweep::RECONCILE, poll_at).await?;
        self.inboxes.create(key, source, now).await?;
        match self.subscribe(key, source).await {
            Ok(watched) => Ok((key, watched)),
            // Nothing would ever be read, or everything for nobody.
            Err(error) => {
                self.unwatch(key).await?;
                Err(error)
            }
        }
    }

    /// Creates one more subscription for a calendar. Every attempt has an identifier of its own,
    /// since a provider may have accepted what it never answered.
    ///
    /// # Errors
    /// If a dependency failed; the row then stays `pending` and says so.
    pub async fn subscribe(&self, key: CalendarKey, source: &Source) -> Result<Watched, Error> {
        let now = self.ambient.now();
        let id = SubscriptionId::new(self.ambient.ulid());
        let target = Target::Calendar(key.calendar);
        let claims = Claims {
            organization: key.organization,
            target,
            subscription: id,
        };
        let token = self.keys.mint(&claims).await?;
        let access = match self
            .grants
            .access(key.organization, source.connection)
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
        let mut row = Subscription {
            id,
            organization: key.organization,
            target,
            provider: source.provider,
            state: State::Pending,
            provider_id: None,
            expires_at: None,
            created_at: now,
        };
        self.subscriptions.put(&row).await?;
        // Live before the provider is asked: its first notification can overtake its answer.
        if let Answer::Refused(_) = self.inboxes.expect(key, id).await? {
            return Err(Error::Unknown("active calendar"));
        }
        let address = Callback::of(source.provider, key.organization, id).url(&self.webhook_domain);
        let place = Place {
            provider: source.provider,
            access: &access,
            calendar: key.calendar,
            external_id: &source.external_id,
        };
        let wish = Wish {
            subscription: id,
            token: &token,
            address: &address,
        };
        let mut asked = self.client.watch(&place, &wish, now).await;
        if let Err(WatchError::Duplicate {
            provider_id: Some(other),
        }) = &asked
        {
            match self.make_way(key, &place, other).await? {
                Ok(InTheWay::Leftover) => {
                    asked = self.client.watch(&place, &wish, now).await;
                }
                Ok(InTheWay::Ours(ours)) => {
                    self.give_up(key, id).await?;
                    return Ok(Watched::Pushed(ours));
                }
                Ok(InTheWay::SomebodyElses) => {}
                Err(error) => asked = Err(error.into()),
            }
        }
        let refused = match asked {
            Ok(watching) => {
                row.state = State::Active;
                row.provider_id = Some(watching.provider_id.clone());
                row.expires_at = watching.expires_at;
                self.subscriptions.put(&row).await?;
                self.begin(key, id, &watching.provider_id).await?;
                return Ok(Watched::Pushed(id));
            }
            Err(refused) => refused,
        };
        self.give_up(key, id).await?;
        let why = match refused {
            WatchError::Unwatchable => NoPush::Unwatchable,
            // Somebody else subscribed through the same application. Their push would end with ours.
            WatchError::Duplicate { .. } => NoPush::Shared,
            // Nobody knows whether the provider made the channel. If it did, the channel is stopped
            // when it speaks; until the next attempt the calendar is polled.
            WatchError::Read(
                error @ (ReadError::Throttled { .. }
                | ReadError::Unavailable { .. }
                | ReadError::Unreadable { .. }),
            ) => {
                tracing::warn!(
                    calendar = %key.calendar,
                    subscription = %id,
                    error = error_chain(&error),
                    "could not subscribe; the calendar is polled",
                );
                NoPush::Unanswered
            }
            // Ours are never used twice, so the request was repeated on its way and the first one
            // was accepted; its answer is lost like any other.
            WatchError::IdTaken => NoPush::Unanswered,
            WatchError::Read(error) => return Err(Error::Provider(error)),
            WatchError::Callback { reason } => return Err(Error::Callback(reason)),
        };
        tracing::info!(
            calendar = %key.calendar,
            subscription = %id,
            why = why.name(),
            "a calendar is polled",
        );
        self.poll(key, why).await?;
        Ok(Watched::Polled(why))
    }

    /// Activation: changes before it were never announced, so a read is owed.
    async fn begin(
        &self,
        key: CalendarKey,
        id: SubscriptionId,
        provider_id: &str,
    ) -> Result<(), Error> {
        let now = self.ambient.now();
        self.inboxes.activate(key, id, provider_id, now).await?;
        self.ask(key).await
    }

    async fn give_up(&self, key: CalendarKey, id: SubscriptionId) -> Result<(), Error> {
        self.inboxes.retire(key, id).await?;
        // Only the state: a notification may have told us the provider's name meanwhile.
        self.subscriptions.set_state(id, State::Failed).await?;
        Ok(())
    }

    async fn poll(&self, key: CalendarKey, why: NoPush) -> Result<(), Error> {
        let now = self.ambient.now();
        let next = sweep::next_poll(sweep::POLLED, self.ambient.jitter(), now);
        self.feeds.set_poll(key, sweep::POLLED, next, why).await?;
        self.ask(key).await
    }

    /// Sends the fast path of a read that the inbox owes already.
    async fn ask(&self, key: CalendarKey) -> Result<(), Error> {
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
