//! One channel or subscription at a provider, and its life.

use jiff::{SignedDuration, Timestamp};

use crate::token::Target;
use crate::{CalendarId, OrganizationId, Provider, SubscriptionId};

/// A row of the subscriptions table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Ours; Google's channel id as well.
    pub id: SubscriptionId,
    /// The tenant.
    pub organization: OrganizationId,
    /// What is watched.
    pub target: Target,
    /// Where.
    pub provider: Provider,
    /// How far it got.
    pub state: State,
    /// The provider's own name, needed to stop it. Google: `resourceId`.
    pub provider_id: Option<String>,
    /// When the provider forgets it, as the provider said.
    pub expires_at: Option<Timestamp>,
    /// When the row was written, which is before the provider was asked.
    pub created_at: Timestamp,
    /// When the provider last said until when it lives.
    pub renewed_at: Option<Timestamp>,
    /// When its own notifications were first heard, which proves that they arrive.
    pub proven_at: Option<Timestamp>,
    /// The key that signed its token.
    pub token_key: Option<u8>,
    /// What it needs.
    pub attention: Option<Attention>,
    /// When somebody has to look after it; none if nobody ever has to again.
    pub renew_at: Option<Timestamp>,
    /// Attempts in a row that did not succeed.
    pub attempts: u32,
}

impl Subscription {
    /// One that is about to be asked for. Whoever began it has [`IN_FLIGHT`] to finish; after that
    /// renewal takes over, so that a crash loses nothing.
    pub fn begun(
        id: SubscriptionId,
        organization: OrganizationId,
        target: Target,
        provider: Provider,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            organization,
            target,
            provider,
            state: State::Pending,
            provider_id: None,
            expires_at: None,
            created_at: now,
            renewed_at: None,
            proven_at: None,
            token_key: None,
            attention: None,
            renew_at: Some(now + IN_FLIGHT),
            attempts: 0,
        }
    }

    /// Whether its notifications can be expected at `now`.
    pub fn lives(&self, now: Timestamp) -> bool {
        let was_accepted = match self.state {
            State::Active | State::Retiring => true,
            State::Pending | State::Failed | State::Lapsed | State::Stopped => false,
        };
        was_accepted
            && self.attention != Some(Attention::Removed)
            && self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether the provider may still be about to answer for it.
    pub fn is_in_flight(&self, now: Timestamp) -> bool {
        self.state == State::Pending && now < self.created_at + IN_FLIGHT
    }
}

/// How far a subscription got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// The row is there; the provider's answer is not. After a crash it may live there all the same.
    Pending,
    /// The provider accepted it.
    Active,
    /// A newer one takes its place; both are live until that one is proven.
    Retiring,
    /// The provider refused it.
    Failed,
    /// It ended at the provider before we ended it.
    Lapsed,
    /// We stopped it, or want to.
    Stopped,
}

impl State {
    /// The name in items and logs.
    pub const fn name(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Active => "active",
            State::Retiring => "retiring",
            State::Failed => "failed",
            State::Lapsed => "lapsed",
            State::Stopped => "stopped",
        }
    }

    /// Reads a [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        [
            State::Pending,
            State::Active,
            State::Retiring,
            State::Failed,
            State::Lapsed,
            State::Stopped,
        ]
        .into_iter()
        .find(|state| state.name() == name)
    }
}

/// What a subscription needs besides its renewal, the lesser needs first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Attention {
    /// The provider said that it ends soon unless it is authorized again.
    Reauthorize,
    /// A change was found that it should have announced: another one has to take its place.
    Silent,
    /// The key of its token was revoked, so nothing that it says is believed.
    Unsigned,
    /// The provider said that it is gone; another one has to take its place.
    Removed,
}

impl Attention {
    /// All of them, the lesser needs first.
    pub const ALL: [Self; 4] = [
        Self::Reauthorize,
        Self::Silent,
        Self::Unsigned,
        Self::Removed,
    ];

    /// The name in items: the signal's, where a provider said so.
    pub const fn name(self) -> &'static str {
        match self {
            Attention::Reauthorize => "reauthorize",
            Attention::Silent => "silent",
            Attention::Unsigned => "unsigned",
            Attention::Removed => "removed",
        }
    }

    /// Reads a [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

/// Why a calendar is polled instead of its provider telling us of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoPush {
    /// The provider never announces changes of this calendar.
    Unwatchable,
    /// The provider did not answer, or not in a way that we understand.
    Unanswered,
    /// Somebody else subscribed through the same application, which may do so only once.
    Shared,
    /// The provider does not let us subscribe: a permission is missing, or our address is refused.
    Denied,
}

impl NoPush {
    /// Reads a [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        [
            NoPush::Unwatchable,
            NoPush::Unanswered,
            NoPush::Shared,
            NoPush::Denied,
        ]
        .into_iter()
        .find(|why| why.name() == name)
    }

    /// The name in items and logs.
    pub const fn name(self) -> &'static str {
        match self {
            NoPush::Unwatchable => "push_refused",
            NoPush::Unanswered => "push_unanswered",
            NoPush::Shared => "push_shared",
            NoPush::Denied => "push_denied",
        }
    }
}

/// How long a subscription that was begun may be waiting for the provider's answer.
pub const IN_FLIGHT: SignedDuration = SignedDuration::from_mins(15);

/// What a subscription is that is in the way of a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InTheWay {
    /// Nobody's any more: end it, and subscribe.
    Leftover,
    /// The very one that is wanted.
    Ours(SubscriptionId),
    /// Somebody else's, who would lose push: leave it, and poll.
    SomebodyElses,
}

/// Decides where there is no row: what was begun a while ago is nobody's.
pub fn without_row(id: SubscriptionId, now: Timestamp) -> InTheWay {
    if now < id.made_at() + IN_FLIGHT {
        InTheWay::SomebodyElses
    } else {
        InTheWay::Leftover
    }
}

/// Decides from the row of an organization's own subscription; `is_live` is whether its calendar
/// listens to it, and `wanted` is the calendar that is to be subscribed to.
pub fn in_the_way(
    row: &Subscription,
    is_live: bool,
    wanted: CalendarId,
    now: Timestamp,
) -> InTheWay {
    let is_wanted = row.target == Target::Calendar(wanted);
    match (row.state, is_live) {
        (State::Active, true) if is_wanted => InTheWay::Ours(row.id),
        // Somebody may be about to hear of it.
        (State::Pending, _) if row.is_in_flight(now) => InTheWay::SomebodyElses,
        // One whose answer was lost counts as well, if its calendar listens to it.
        (State::Active | State::Pending, true) if !is_wanted => InTheWay::SomebodyElses,
        (
            State::Pending
            | State::Active
            | State::Retiring
            | State::Failed
            | State::Lapsed
            | State::Stopped,
            _,
        ) => InTheWay::Leftover,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: CalendarId = CalendarId::from_bytes([1; 16]);
    const OTHER: CalendarId = CalendarId::from_bytes([2; 16]);

    fn row(state: State, calendar: CalendarId) -> Subscription {
        Subscription {
            state,
            ..Subscription::begun(
                SubscriptionId::from_bytes([3; 16]),
                OrganizationId::from_bytes([4; 16]),
                Target::Calendar(calendar),
                Provider::Microsoft,
                Timestamp::UNIX_EPOCH,
            )
        }
    }

    fn after(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    #[test]
    fn what_a_calendar_listens_to_stays() {
        let ours = in_the_way(&row(State::Active, WANTED), true, WANTED, after(60));
        let theirs = in_the_way(&row(State::Active, OTHER), true, WANTED, after(60));

        assert_eq!(ours, InTheWay::Ours(SubscriptionId::from_bytes([3; 16])));
        assert_eq!(theirs, InTheWay::SomebodyElses);
    }

    #[test]
    fn what_nobody_listens_to_goes() {
        for state in [
            State::Active,
            State::Retiring,
            State::Failed,
            State::Lapsed,
            State::Stopped,
        ] {
            for calendar in [WANTED, OTHER] {
                let found = in_the_way(&row(state, calendar), false, WANTED, after(0));
                assert_eq!(found, InTheWay::Leftover, "{state:?}");
            }
        }
    }

    #[test]
    fn one_that_may_still_be_answered_stays_for_a_while() {
        for (calendar, is_live) in [(WANTED, true), (WANTED, false), (OTHER, false)] {
            let young = in_the_way(&row(State::Pending, calendar), is_live, WANTED, after(14));
            let old = in_the_way(&row(State::Pending, calendar), is_live, WANTED, after(15));

            assert_eq!(young, InTheWay::SomebodyElses);
            assert_eq!(old, InTheWay::Leftover);
        }
    }

    #[test]
    fn one_without_a_row_goes_unless_it_may_have_been_begun_just_now() {
        let mut bytes = [9; 16];
        bytes[..6].fill(0);
        let id = SubscriptionId::from_bytes(bytes);

        assert_eq!(without_row(id, after(14)), InTheWay::SomebodyElses);
        assert_eq!(without_row(id, after(15)), InTheWay::Leftover);
    }

    #[test]
    fn one_whose_answer_was_lost_stays_if_another_calendar_listens_to_it() {
        let old = in_the_way(&row(State::Pending, OTHER), true, WANTED, after(60));

        assert_eq!(old, InTheWay::SomebodyElses);
    }
}
