//! One attempt to subscribe: row first, provider second, activation last.

use aws::inbox::Answer;
use aws::subscriptions::Accepted;
use domain::callback::Callback;
use domain::inbox::Source;
use domain::news::News;
use domain::renew;
use domain::subscription::{InTheWay, NoPush, State, Subscription};
use domain::token::{Claims, Target};
use domain::{CalendarKey, SubscriptionId};
use jiff::SignedDuration;
use providers::grant::AccessToken;
use providers::{Place, ReadError, WatchError, Watching, Wish};

use super::Watcher;
use crate::{Error, error_chain};

/// What became of an attempt.
#[derive(Debug)]
pub(crate) enum Attempt {
    /// The provider tells us, through this subscription.
    Accepted(SubscriptionId),
    /// It does not.
    Refused {
        /// Why.
        why: NoPush,
        /// How long to wait at least, if the provider says so.
        wait: Option<SignedDuration>,
        /// Where an operator has to act: what the provider makes of our address or permission.
        error: Option<Error>,
    },
}

/// An attempt whose row is written, and which nobody has heard of yet.
pub(crate) struct Begun {
    /// The subscription.
    pub(crate) id: SubscriptionId,
    token: String,
}

impl Watcher {
    /// Writes the row of an attempt that is about to be made: whatever crashes from here on,
    /// renewal finds the calendar by it.
    pub(crate) async fn begin(&self, key: CalendarKey, source: &Source) -> Result<Begun, Error> {
        let mut row = Subscription::begun(
            SubscriptionId::new(self.ambient.ulid()),
            key.organization,
            Target::Calendar(key.calendar),
            source.provider,
            self.ambient.now(),
        );
        let claims = Claims {
            organization: key.organization,
            target: row.target,
            subscription: row.id,
        };
        let (token, token_key) = self.keys.mint(&claims).await?;
        row.token_key = Some(token_key);
        self.subscriptions.create(&row).await?;
        Ok(Begun { id: row.id, token })
    }

    /// Asks the provider for one more subscription of a calendar. Every attempt has an identifier
    /// of its own, since a provider may have accepted what it never answered. Whatever becomes of
    /// it, its row says so; one that is refused is looked after no more.
    ///
    /// # Errors
    /// If a dependency of ours failed; the row then stays `pending`, and renewal takes over.
    pub(crate) async fn attempt(
        &self,
        key: CalendarKey,
        source: &Source,
        access: &AccessToken,
        Begun { id, token }: Begun,
    ) -> Result<Attempt, Error> {
        // Live before the provider is asked: its first notification can overtake its answer.
        if let Answer::Refused(_) = self.inboxes.expect(key, id).await? {
            return Err(Error::Unknown("active calendar"));
        }
        let address = Callback::of(source.provider, key.organization, id).url(&self.webhook_domain);
        let place = Place {
            provider: source.provider,
            access,
            calendar: key.calendar,
            external_id: &source.external_id,
        };
        let wish = Wish {
            subscription: id,
            token: &token,
            address: &address,
        };
        let now = self.ambient.now();
        let mut asked = self.client.watch(&place, &wish, now).await;
        if let Err(WatchError::Duplicate {
            provider_id: Some(other),
        }) = &asked
        {
            match self.make_way(key, &place, other).await? {
                Ok(InTheWay::Leftover) => asked = self.client.watch(&place, &wish, now).await,
                Ok(InTheWay::Ours(ours)) => {
                    self.give_up(key, id).await?;
                    return Ok(Attempt::Accepted(ours));
                }
                Ok(InTheWay::SomebodyElses) => {}
                Err(error) => asked = Err(error.into()),
            }
        }
        match asked {
            Ok(watching) => {
                self.activate(key, source, id, watching).await?;
                Ok(Attempt::Accepted(id))
            }
            Err(error) => {
                self.give_up(key, id).await?;
                Ok(refused(key, id, error))
            }
        }
    }

    /// Activation: changes before it were never announced, so a read is owed.
    async fn activate(
        &self,
        key: CalendarKey,
        source: &Source,
        id: SubscriptionId,
        watching: Watching,
    ) -> Result<(), Error> {
        let now = self.ambient.now();
        let accepted = accepted(key, watching, now);
        self.subscriptions.activate(id, &accepted, now).await?;
        self.inboxes
            .activate(key, id, &accepted.provider_id, now)
            .await?;
        let before = self.push_of(key).await?;
        self.believe(key, before, before.accepted(source.provider, now))
            .await?;
        self.ask(key).await
    }

    /// Nobody listens to it, and nobody has to look after it: whoever began it does.
    async fn give_up(&self, key: CalendarKey, id: SubscriptionId) -> Result<(), Error> {
        self.inboxes.retire(key, id).await?;
        let news = Some((News::SubscriptionFailed, self.ambient.now()));
        self.subscriptions
            .become_state(id, State::Failed, None, news)
            .await?;
        Ok(())
    }
}

/// What is noted of a subscription that the provider accepted.
pub(crate) fn accepted(key: CalendarKey, watching: Watching, now: jiff::Timestamp) -> Accepted {
    let expires_at = watching.expires_at.unwrap_or(now + renew::UNSAID);
    Accepted {
        provider_id: watching.provider_id,
        expires_at,
        renew_at: renew::due(key.calendar, now, expires_at),
    }
}

fn refused(key: CalendarKey, id: SubscriptionId, refusal: WatchError) -> Attempt {
    let shown = error_chain(&refusal);
    let (why, wait, error) = match refusal {
        WatchError::Unwatchable => (NoPush::Unwatchable, None, None),
        // Somebody else subscribed through the same application. Their push would end with ours.
        WatchError::Duplicate { .. } => (NoPush::Shared, None, None),
        // Nobody knows whether the provider made the channel. If it did, the channel is stopped
        // when it speaks; until the next attempt the calendar is polled.
        WatchError::Read(ReadError::Throttled { wait }) => (NoPush::Unanswered, wait, None),
        // Ours are never used twice, so the request was repeated on its way and the first one
        // was accepted; its answer is lost like any other.
        WatchError::Read(ReadError::Unavailable { .. } | ReadError::Unreadable { .. })
        | WatchError::IdTaken => (NoPush::Unanswered, None, None),
        WatchError::Read(error) => (NoPush::Denied, None, Some(Error::Provider(error))),
        WatchError::Callback { reason } => (NoPush::Denied, None, Some(Error::Callback(reason))),
    };
    tracing::warn!(
        calendar = %key.calendar,
        subscription = %id,
        why = why.name(),
        error = shown,
        "a provider did not accept a subscription",
    );
    Attempt::Refused { why, wait, error }
}
