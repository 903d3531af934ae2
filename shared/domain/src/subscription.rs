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
}

/// How far a subscription got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// The row is there; the provider's answer is not. After a crash it may live there all the same.
    Pending,
    /// The provider accepted it.
    Active,
    /// The provider refused it.
    Failed,
    /// We stopped it, or want to.
    Stopped,
}

impl State {
    /// The name in items and logs.
    pub const fn name(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Active => "active",
            State::Failed => "failed",
            State::Stopped => "stopped",
        }
    }

    /// Reads a [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        [State::Pending, State::Active, State::Failed, State::Stopped]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// What a provider said a subscription needs. Renewal, a later release, reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Attention {
    /// It ends soon unless it is authorized again.
    Reauthorize,
    /// It is gone; another one has to take its place. That outlives every other need.
    Removed,
}

impl Attention {
    /// The name in items: the signal's.
    pub const fn name(self) -> &'static str {
        match self {
            Attention::Reauthorize => "reauthorize",
            Attention::Removed => "removed",
        }
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
}

impl NoPush {
    /// The name in items and logs.
    pub const fn name(self) -> &'static str {
        match self {
            NoPush::Unwatchable => "push_refused",
            NoPush::Unanswered => "push_unanswered",
            NoPush::Shared => "push_shared",
        }
    }
}

/// How long a subscription that was begun may be waiting for the provider's answer.
const IN_FLIGHT: SignedDuration = SignedDuration::from_mins(15);

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

/// Decides from the row of an organization's own subscription; `is_live` is whether its calendar
/// listens to it, and `wanted` is the calendar that is to be subscribed to.
pub fn in_the_way(
    row: &Subscription,
    is_live: bool,
    wanted: CalendarId,
    now: Timestamp,
) -> InTheWay {
    let is_wanted = row.target == Target::Calendar(wanted);
    let is_young = now < row.created_at + IN_FLIGHT;
    match (row.state, is_live) {
        (State::Active, true) if is_wanted => InTheWay::Ours(row.id),
        // Somebody may be about to hear of it.
        (State::Pending, _) if is_young => InTheWay::SomebodyElses,
        // One whose answer was lost counts as well, if its calendar listens to it.
        (State::Active | State::Pending, true) if !is_wanted => InTheWay::SomebodyElses,
        (State::Pending | State::Active | State::Failed | State::Stopped, _) => InTheWay::Leftover,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: CalendarId = CalendarId::from_bytes([1; 16]);
    const OTHER: CalendarId = CalendarId::from_bytes([2; 16]);

    fn row(state: State, calendar: CalendarId) -> Subscription {
        Subscription {
            id: SubscriptionId::from_bytes([3; 16]),
            organization: OrganizationId::from_bytes([4; 16]),
            target: Target::Calendar(calendar),
            provider: Provider::Microsoft,
            state,
            provider_id: None,
            expires_at: None,
            created_at: Timestamp::UNIX_EPOCH,
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
        for state in [State::Active, State::Failed, State::Stopped] {
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
    fn one_whose_answer_was_lost_stays_if_another_calendar_listens_to_it() {
        let old = in_the_way(&row(State::Pending, OTHER), true, WANTED, after(60));

        assert_eq!(old, InTheWay::SomebodyElses);
    }
}
