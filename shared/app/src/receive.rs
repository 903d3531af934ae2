//! A notification: look, bump, record and send, answer.

use aws::inbox::{Answer, Inboxes};
use aws::notifications::Notifications;
use aws::queue::{Lane, Message, Queue};
use aws::subscriptions::Subscriptions;
use domain::inbox::Inbox;
use domain::notification::{Notification, Outcome};
use domain::receive::{self, Forward};
use domain::run::Reason;
use domain::{CalendarKey, CorrelationId, OrganizationId, Provider};
use jiff::{SignedDuration, Timestamp};
use providers::webhook::{Claimed, is_believable};

use crate::keys::Keys;
use crate::{Ambient, Error};

/// How often a subscription that nobody wants is stopped again while it goes on speaking.
const STOP_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// Receives notifications.
#[derive(Clone, Debug)]
pub struct Receiver {
    /// Time and chance.
    pub ambient: Ambient,
    /// The keys of channel tokens.
    pub keys: Keys,
    /// What calendars owe.
    pub inboxes: Inboxes,
    /// What was seen before.
    pub notifications: Notifications,
    /// Which subscriptions are to be stopped.
    pub subscriptions: Subscriptions,
    /// The sync function.
    pub queue: Queue,
}

/// What a stranger's claim turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// One of our subscriptions spoke.
    Authentic(Outcome),
    /// Nobody we know. The reason is for our log only.
    Forged(&'static str),
}

impl Receiver {
    /// Judges a claim and does what it asks for. Once it answers [`Received::Authentic`], a read
    /// that starts later is owed and recorded, whatever crashes.
    ///
    /// # Errors
    /// If a dependency failed; the provider must be told to come again.
    pub async fn receive(
        &self,
        provider: Provider,
        organization: OrganizationId,
        claimed: Claimed,
    ) -> Result<Received, Error> {
        let claims = match self.keys.verify(&claimed.token).await? {
            Ok(claims) => claims,
            Err(rejection) => {
                return Ok(Received::Forged(match rejection {
                    domain::token::Rejection::Malformed => "not a token of ours",
                    domain::token::Rejection::UnknownKey(_) => "signed with an unknown key",
                    domain::token::Rejection::Forged => "the signature does not fit",
                }));
            }
        };
        if claims.organization != organization {
            return Ok(Received::Forged(
                "the token belongs to another organization",
            ));
        }
        if !is_believable(&claimed, &claims) {
            return Ok(Received::Forged(
                "the token belongs to another subscription",
            ));
        }
        let notification = Notification {
            provider,
            claims,
            identity: claimed.identity,
            provider_id: claimed.provider_id,
            signal: claimed.signal,
            received_at: self.ambient.now(),
            correlation: CorrelationId::new(self.ambient.ulid()),
        };
        let outcome = self.accept(&notification).await?;
        tracing::info!(
            provider = %provider,
            organization = %claims.organization,
            subscription = %claims.subscription,
            correlation = %notification.correlation,
            signal = notification.signal.name(),
            outcome = outcome.name(),
            "received a notification",
        );
        Ok(Received::Authentic(outcome))
    }

    async fn accept(&self, notification: &Notification) -> Result<Outcome, Error> {
        let now = notification.received_at;
        let subscription = notification.claims.subscription;

        if let Some(identity) = &notification.identity {
            let record = self.notifications.look(identity).await?;
            if receive::is_repeated(record.as_ref(), now) {
                return Ok(Outcome::Repeated);
            }
        }
        // No calendar list is watched, so a channel on one is somebody's leftover.
        let Some(key) = notification.claims.calendar() else {
            return self.dismiss(notification, Outcome::Late).await;
        };
        // A crash from here on costs at most one more read: the provider repeats itself, nothing
        // was recorded, and the request is counted a second time.
        match self.inboxes.bump(key, subscription, now).await? {
            Answer::Done(before, _) => self.forward(key, notification, &before, now).await,
            Answer::Refused(Some(_)) => self.dismiss(notification, Outcome::Late).await,
            Answer::Refused(None) => self.dismiss(notification, Outcome::Erased).await,
        }
    }

    /// Records a counted notification and sends the message it needs, in parallel: each is only
    /// written after its bump, and neither depends on the other.
    async fn forward(
        &self,
        key: CalendarKey,
        notification: &Notification,
        before: &Inbox,
        now: Timestamp,
    ) -> Result<Outcome, Error> {
        let forward = receive::forward(before, now);
        let outcome = match forward {
            Forward::Nothing => Outcome::Coalesced,
            Forward::Send(_) | Forward::Claim { .. } => Outcome::Forwarded,
        };
        let mismatch = is_mismatch(before, notification);
        if mismatch {
            tracing::warn!(
                subscription = %notification.claims.subscription,
                "the provider's name for the subscription is not the one it told us",
            );
        }
        let record =
            self.notifications
                .record(notification, Some(before.req + 1), outcome, mismatch);
        let send = self.send(key, notification.correlation, forward, now);
        let (recorded, sent) = futures::join!(record, send);
        recorded?;
        sent?;
        Ok(outcome)
    }

    async fn send(
        &self,
        key: CalendarKey,
        correlation: CorrelationId,
        forward: Forward,
        now: Timestamp,
    ) -> Result<(), Error> {
        let delay = match forward {
            Forward::Nothing => return Ok(()),
            Forward::Send(delay) => delay,
            Forward::Claim { seen } => {
                match self.inboxes.claim(key, seen, now + receive::CLAIM).await? {
                    Answer::Done(inbox, _) => match receive::send_after(inbox.hold, now) {
                        Some(delay) => delay,
                        None => return Ok(()),
                    },
                    // Somebody else sends it.
                    Answer::Refused(_) => return Ok(()),
                }
            }
        };
        let message = Message::Sync {
            key,
            reason: Reason::Hint,
            correlation,
        };
        self.queue.send(Lane::Interactive, &message, delay).await?;
        Ok(())
    }

    /// Records what nobody waits for, and has its subscription stopped.
    async fn dismiss(
        &self,
        notification: &Notification,
        outcome: Outcome,
    ) -> Result<Outcome, Error> {
        if outcome != Outcome::Erased {
            self.notifications
                .record(notification, None, outcome, false)
                .await?;
        }
        self.ask_to_stop(notification).await?;
        Ok(outcome)
    }

    async fn ask_to_stop(&self, notification: &Notification) -> Result<(), Error> {
        let subscription = notification.claims.subscription;
        let (provider_id, now) = (&notification.provider_id, notification.received_at);
        let wanted = self
            .subscriptions
            .wants_stopping(subscription, provider_id, STOP_EVERY, now)
            .await?;
        if wanted {
            let message = Message::Stop { subscription };
            self.queue
                .send(Lane::Bulk, &message, SignedDuration::ZERO)
                .await?;
        }
        Ok(())
    }
}

/// Whether the provider names the subscription otherwise than when it was created. It still
/// counts: the token is what proves it, and a read too many is cheap.
fn is_mismatch(before: &Inbox, notification: &Notification) -> bool {
    before
        .live
        .get(&notification.claims.subscription)
        .is_some_and(|known| {
            !known.is_empty()
                && !notification.provider_id.is_empty()
                && *known != notification.provider_id
        })
}
