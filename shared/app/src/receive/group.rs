//! Notifications of one calendar through one subscription: look, bump, record and send, once.

use std::collections::HashSet;

use aws::inbox::Answer;
use aws::queue::{Lane, Message};
use domain::inbox::Inbox;
use domain::notification::{Hearing, Notification, Outcome};
use domain::receive::{self, Forward};
use domain::run::Reason;
use domain::{CalendarKey, CorrelationId};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};

use super::Receiver;
use crate::Error;

/// How often a subscription that nobody wants is stopped again while it goes on speaking.
const STOP_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// How many records are written at once that have to be written one by one.
const RECORDS_AT_ONCE: usize = 16;

impl Receiver {
    /// Does what a group asks for. It has at least one notification, and they were received
    /// together.
    ///
    /// One of them costs what it always did; several share the look, the bump, the message and,
    /// 25 at a time, the records.
    pub(super) async fn accept(&self, group: Vec<Notification>) -> Result<Vec<Outcome>, Error> {
        let fresh = self.unseen(&group).await?;
        let mut outcomes = vec![Outcome::Repeated; group.len() - fresh.len()];
        if !fresh.is_empty() {
            outcomes.extend(self.accept_unseen(&fresh).await?);
        }
        let shown = outcomes.last().map_or("", |outcome| outcome.name());
        let first = &group[0];
        tracing::info!(
            provider = %first.provider,
            organization = %first.claims.organization,
            subscription = %first.claims.subscription,
            correlation = %first.correlation,
            signal = first.signal.name(),
            outcome = shown,
            notifications = group.len(),
            repeated = group.len() - fresh.len(),
            "received a notification",
        );
        Ok(outcomes)
    }

    /// Those that were not counted before.
    async fn unseen<'a>(&self, group: &'a [Notification]) -> Result<Vec<&'a Notification>, Error> {
        let now = group[0].received_at;
        if let [only] = group {
            let record = match &only.identity {
                Some(identity) => self.notifications.look(identity).await?,
                None => None,
            };
            let is_repeated = receive::is_repeated(record.as_ref(), now);
            return Ok(if is_repeated { vec![] } else { vec![only] });
        }
        // A provider may repeat itself within one request, too.
        let mut seen = HashSet::new();
        let mut fresh: Vec<&Notification> = group
            .iter()
            .filter(|it| it.identity.as_deref().is_none_or(|id| seen.insert(id)))
            .collect();
        let identities: Vec<&str> = seen.into_iter().collect();
        let known = self.notifications.look_all(&identities).await?;
        fresh.retain(|it| {
            let record = it.identity.as_ref().and_then(|id| known.get(id));
            !receive::is_repeated(record, now)
        });
        Ok(fresh)
    }

    async fn accept_unseen(&self, fresh: &[&Notification]) -> Result<Vec<Outcome>, Error> {
        let first = fresh[0];
        let (subscription, now) = (first.claims.subscription, first.received_at);
        // No calendar list is watched, so a channel on one is somebody's leftover.
        let Some(key) = first.claims.calendar() else {
            return self.dismiss(fresh, Outcome::Late).await;
        };
        let attention = fresh.iter().filter_map(|it| it.signal.attention()).max();
        if !fresh.iter().any(|it| it.signal.asks_for_a_read()) {
            let is_known = match attention {
                Some(attention) => {
                    self.subscriptions
                        .needs(subscription, attention, now)
                        .await?
                }
                None => true,
            };
            return self.note(fresh, is_known).await;
        }
        // A crash from here on costs at most one more read: the provider repeats itself, nothing
        // was recorded, and the request is counted a second time.
        let hearing = fresh.iter().map(|it| it.signal.hearing()).max();
        let hearing = hearing.unwrap_or(Hearing::Nothing);
        match self.inboxes.bump(key, subscription, hearing, now).await? {
            Answer::Done(before, _) => {
                if hearing == Hearing::FirstWord {
                    // Once in a subscription's life: the one that it replaces can go.
                    let name = &first.provider_id;
                    self.subscriptions.prove(subscription, name, now).await?;
                }
                // The read is what must not be lost, so it is owed first. The mark comes before
                // any record: what has one is believed to be done with when it is repeated.
                // Marking a subscription twice changes nothing.
                if let Some(attention) = attention {
                    self.subscriptions
                        .needs(subscription, attention, now)
                        .await?;
                }
                self.forward(key, fresh, &before).await
            }
            Answer::Refused(Some(_)) => self.dismiss(fresh, Outcome::Late).await,
            Answer::Refused(None) => self.dismiss(fresh, Outcome::Erased).await,
        }
    }

    /// Records counted notifications and sends the message they need, in parallel: each is only
    /// written after the bump, and neither depends on the other.
    async fn forward(
        &self,
        key: CalendarKey,
        fresh: &[&Notification],
        before: &Inbox,
    ) -> Result<Vec<Outcome>, Error> {
        let now = fresh[0].received_at;
        let forward = receive::forward(before, now);
        let mut outcome = match forward {
            Forward::Nothing => Outcome::Coalesced,
            Forward::Send(_) | Forward::Claim { .. } => Outcome::Forwarded,
        };
        let (mut counted, mut noted) = (Vec::new(), Vec::new());
        for notification in fresh {
            if notification.signal.asks_for_a_read() {
                counted.push((*notification, outcome, is_mismatch(before, notification)));
                // One message is enough for all of them.
                outcome = Outcome::Coalesced;
            } else {
                noted.push(*notification);
            }
        }
        if counted.iter().any(|(.., is_mismatch)| *is_mismatch) {
            tracing::warn!(
                subscription = %fresh[0].claims.subscription,
                "the provider's name for the subscription is not the one it told us",
            );
        }
        let (recorded, also_noted, sent) = futures::join!(
            self.record_counted(&counted, before.req + 1),
            self.note(&noted, true),
            self.send(key, fresh[0].correlation, forward, now),
        );
        recorded?;
        sent?;
        let mut outcomes = also_noted?;
        // The first one's comes last: it says what the group came to, and is the one that is logged.
        outcomes.extend(counted.iter().rev().map(|(_, outcome, _)| *outcome));
        Ok(outcomes)
    }

    /// All of them were counted by one bump, which their records prove together.
    async fn record_counted(
        &self,
        counted: &[(&Notification, Outcome, bool)],
        g: u64,
    ) -> Result<(), Error> {
        match counted {
            [(only, outcome, mismatch)] => {
                self.notifications
                    .record(only, Some(g), *outcome, *mismatch)
                    .await?;
            }
            several => self.notifications.record_all(several, g).await?,
        }
        Ok(())
    }

    async fn send(
        &self,
        key: CalendarKey,
        correlation: CorrelationId,
        forward: Forward,
        now: Timestamp,
    ) -> Result<(), Error> {
        // What is recorded only stays owed: `due` is set, and the sweeper comes back to it.
        if forward != Forward::Nothing && !self.switchboard.of(key.organization).await.reads_hints()
        {
            return Ok(());
        }
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

    /// Records what asks for no read. A subscription without a row was erased with its calendar.
    async fn note(&self, silent: &[&Notification], is_known: bool) -> Result<Vec<Outcome>, Error> {
        if !is_known {
            return Ok(vec![Outcome::Erased; silent.len()]);
        }
        self.record_uncounted(silent, Outcome::Noted).await
    }

    /// Records what nobody waits for, and has its subscription stopped.
    async fn dismiss(
        &self,
        fresh: &[&Notification],
        outcome: Outcome,
    ) -> Result<Vec<Outcome>, Error> {
        let outcomes = match outcome {
            Outcome::Erased => vec![outcome; fresh.len()],
            Outcome::Forwarded
            | Outcome::Coalesced
            | Outcome::Repeated
            | Outcome::Late
            | Outcome::Noted => self.record_uncounted(fresh, outcome).await?,
        };
        self.ask_to_stop(fresh).await?;
        Ok(outcomes)
    }

    /// One by one: a record that proves no count must not replace one that does, and DynamoDB
    /// takes no conditions in batches.
    async fn record_uncounted(
        &self,
        notifications: &[&Notification],
        outcome: Outcome,
    ) -> Result<Vec<Outcome>, Error> {
        let record = |place: usize| {
            let notification = notifications[place];
            self.notifications
                .record(notification, None, outcome, false)
        };
        let records = stream::iter((0..notifications.len()).map(record));
        let records = records.buffer_unordered(RECORDS_AT_ONCE);
        records.try_collect::<()>().await?;
        Ok(vec![outcome; notifications.len()])
    }

    async fn ask_to_stop(&self, fresh: &[&Notification]) -> Result<(), Error> {
        let subscription = fresh[0].claims.subscription;
        let mut names = fresh.iter().map(|it| it.provider_id.as_str());
        let provider_id = names.find(|name| !name.is_empty()).unwrap_or_default();
        let now = fresh[0].received_at;
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
