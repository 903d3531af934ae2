//! The notifications of one request: verify each, then look, bump, record and send by calendar.

mod group;

use std::collections::BTreeMap;
use std::time::Duration;

use aws::inbox::Inboxes;
use aws::notifications::Notifications;
use aws::queue::Queue;
use aws::subscriptions::Subscriptions;
use domain::notification::{Notification, Outcome};
use domain::token::{Claims, Rejection};
use domain::{CalendarKey, CorrelationId, OrganizationId, Provider, SubscriptionId};
use futures::{StreamExt, stream};
use jiff::Timestamp;
use providers::webhook::{self, Claimed, Verdict};

use crate::keys::Keys;
use crate::switches::Switchboard;
use crate::{Ambient, Error, error_chain};

/// How many groups are worked on at once: enough to hide the services' delays, and few enough for
/// the connections of one small sandbox.
const GROUPS_AT_ONCE: usize = 16;

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
    /// Which subscriptions are to be stopped or renewed.
    pub subscriptions: Subscriptions,
    /// What operators switched off.
    pub switchboard: Switchboard,
    /// The sync function.
    pub queue: Queue,
}

/// What the claims of one request turned out to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// What was done with those of our subscriptions.
    pub outcomes: Vec<Outcome>,
    /// How many are of nobody we know.
    pub forged: usize,
    /// Why the first of them is not believed, for our log only.
    pub forged_for: Option<&'static str>,
    /// How many are authentic though the URL names another organization.
    pub misdirected: usize,
    /// Whether some are neither forged nor done with: a dependency failed, or time ran out. The
    /// provider must be told to come again.
    pub is_unfinished: bool,
}

/// Notifications of one calendar that came through one subscription: they are counted together.
type Groups = BTreeMap<(Option<CalendarKey>, SubscriptionId), Vec<Notification>>;

impl Receiver {
    /// Judges claims and does what they ask for, for so long. Unless the answer is unfinished, a
    /// read that starts later is owed and recorded for each authentic one, whatever crashes.
    ///
    /// When time runs out, the work is dropped between two effects, as by a crash: groups that
    /// are done stay done and are repetitions next time, and the others begin again.
    pub async fn receive(
        &self,
        provider: Provider,
        organization: Option<OrganizationId>,
        claimed: Vec<Claimed>,
        within: Duration,
    ) -> Received {
        let mut received = Received::default();
        let work = self.receive_all(provider, organization, claimed, &mut received);
        if tokio::time::timeout(within, work).await.is_err() {
            tracing::error!(%provider, "ran out of time; the provider will repeat the rest");
            received.is_unfinished = true;
        }
        received
    }

    async fn receive_all(
        &self,
        provider: Provider,
        organization: Option<OrganizationId>,
        claimed: Vec<Claimed>,
        received: &mut Received,
    ) {
        let now = self.ambient.now();
        let mut groups = Groups::new();
        for claimed in claimed {
            let verified = match self.keys.verify(&claimed.token).await {
                Ok(verified) => verified,
                // Without the keys, nobody can tell the others either.
                Err(error) => return received.fail(provider, &error),
            };
            match judge(provider, organization, &claimed, verified) {
                Ok((claims, verdict)) => {
                    received.misdirected += usize::from(verdict == Verdict::Misdirected);
                    self.sort(&mut groups, provider, claimed, claims, now);
                }
                Err(reason) => {
                    received.forged += 1;
                    received.forged_for.get_or_insert(reason);
                }
            }
        }
        let groups = groups.into_values().map(|group| self.accept(group));
        let mut work = stream::iter(groups).buffer_unordered(GROUPS_AT_ONCE);
        while let Some(done) = work.next().await {
            match done {
                Ok(outcomes) => received.outcomes.extend(outcomes),
                // The others are done all the same, and are repetitions when all come again.
                Err(error) => received.fail(provider, &error),
            }
        }
    }

    /// Puts an authentic notification to its group.
    fn sort(
        &self,
        groups: &mut Groups,
        provider: Provider,
        claimed: Claimed,
        claims: Claims,
        now: Timestamp,
    ) {
        let group = groups.entry((claims.calendar(), claims.subscription));
        let group = group.or_default();
        let correlation = match group.first() {
            Some(first) => first.correlation,
            None => CorrelationId::new(self.ambient.ulid()),
        };
        group.push(Notification {
            provider,
            claims,
            signal: claimed.signal,
            provider_id: claimed.provider_id.clone(),
            identity: webhook::identity(provider, claimed, &claims),
            received_at: now,
            correlation,
            place: group.len(),
        });
    }
}

impl Received {
    fn fail(&mut self, provider: Provider, error: &Error) {
        tracing::error!(
            %provider,
            error = error_chain(error),
            "could not receive a notification; the provider will repeat it",
        );
        self.is_unfinished = true;
    }
}

/// What a claim is worth, or why it is worth nothing.
fn judge(
    provider: Provider,
    organization: Option<OrganizationId>,
    claimed: &Claimed,
    verified: Result<Claims, Rejection>,
) -> Result<(Claims, Verdict), &'static str> {
    let claims = verified.map_err(|rejection| match rejection {
        Rejection::Malformed => "not a token of ours",
        Rejection::UnknownKey(_) => "signed with an unknown key",
        Rejection::Forged => "the signature does not fit",
    })?;
    match webhook::judge(provider, claimed, &claims, organization) {
        verdict @ (Verdict::True | Verdict::Misdirected) => Ok((claims, verdict)),
        Verdict::Forged(reason) => Err(reason),
    }
}
