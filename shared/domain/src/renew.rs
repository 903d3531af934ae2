//! What does a subscription need so that its calendar is never without one?
//!
//! Renewal looks after every subscription whose `renew_at` has passed. Some subscription of a
//! watched calendar always has one, so a calendar that has no push is looked after as well: by the
//! row of the attempt that failed.

use jiff::{SignedDuration, Timestamp};

use crate::inbox::{Inbox, Status};
use crate::subscription::{Attention, IN_FLIGHT, NoPush, State, Subscription};
use crate::{CalendarId, Provider};

/// How often renewal runs; the template's schedule.
pub const PERIOD: SignedDuration = SignedDuration::from_mins(5);

/// How long a claim keeps other invocations away. One that crashed is made up for after it.
pub const CLAIM: SignedDuration = SignedDuration::from_mins(10);

/// Over how many partitions the index is spread.
pub const SHARDS: u8 = 8;

/// How many subscriptions one query takes from one shard.
pub const LIMIT: i32 = 1_000;

/// How long a subscription is believed to live whose provider does not say.
pub const UNSAID: SignedDuration = SignedDuration::from_hours(24);

/// How long an old subscription stays beside a new one that was not heard yet.
pub const UNPROVEN: SignedDuration = SignedDuration::from_hours(1);

/// How long a stopped one's notifications are still believed after its end.
const AFTERWARDS: SignedDuration = SignedDuration::from_hours(24);

/// Renewing and reauthorizing closer together than this confuses Graph, and Graph may ask for it
/// every few minutes.
pub const APART: SignedDuration = SignedDuration::from_mins(10);

/// How long a subscription that replaced a silent one is given before it may be found silent too.
const TRIAL: SignedDuration = SignedDuration::from_hours(1);

/// How soon a subscription without a grant is looked after again.
const UNGRANTED: SignedDuration = SignedDuration::from_hours(1);

/// How long before its end a subscription that lives so long is renewed at the latest.
///
/// A third of its life, so that even after two days of trouble there is time left; at least four
/// periods, so that three runs fit in whatever the stagger takes away.
pub fn lead(life: SignedDuration) -> SignedDuration {
    (life / 3).max(PERIOD * 4).min(life / 2)
}

/// When a subscription is renewed that was accepted at `began`. Calendars that were connected
/// together are not renewed together.
pub fn due(calendar: CalendarId, began: Timestamp, expires_at: Timestamp) -> Timestamp {
    let life = expires_at.duration_since(began).max(SignedDuration::ZERO);
    let lead = lead(life);
    let bytes = calendar.to_bytes();
    let share = f64::from(u16::from_be_bytes([bytes[13], bytes[14]])) / 65_536.0;
    let due = expires_at - lead + (lead / 4).mul_f64(share);
    // Whole seconds: what is stored must not lie before what is decided.
    Timestamp::from_second(due.as_second()).expect("between two times")
}

/// The shard of a calendar's subscriptions.
pub fn shard(calendar: CalendarId) -> u8 {
    calendar.to_bytes()[15] % SHARDS
}

/// What is known of a subscription that is due, without having read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The subscription.
    pub id: crate::SubscriptionId,
    /// When it was to be looked after.
    pub renew_at: Timestamp,
    /// When it ends; none if it does not live.
    pub ends_at: Option<Timestamp>,
}

/// Most urgent first: what does not live, then what ends first. Of those, what has waited longest.
pub fn order(due: &mut [Due]) {
    due.sort_by_key(|it| (it.ends_at, it.renew_at, it.id));
}

/// What is known of a subscription that is looked after.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// It.
    pub row: &'a Subscription,
    /// What its calendar owes and listens to; none if the calendar is gone.
    pub inbox: Option<&'a Inbox>,
    /// The other subscriptions that the calendar listens to.
    pub others: &'a [Subscription],
    /// The calendar.
    pub calendar: CalendarId,
    /// The key that signs now.
    pub signing: u8,
}

/// What to do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing now; look again then, or never.
    Rest(Option<Timestamp>),
    /// Ask the provider to let it live longer.
    Extend,
    /// Ask for another one; both are live until that one is proven.
    Replace,
    /// End it, then ask for another one: the provider allows one only.
    Exchange,
    /// It does not live any more. Ask for another one.
    Restore,
    /// Another one took its place: keep it until that one is proven, and look again then.
    Retire(Timestamp),
    /// End it. Look again then.
    Stop(Timestamp),
    /// Listen to it no longer.
    Drop,
}

/// Decides.
pub fn step(facts: &Facts<'_>, now: Timestamp) -> Step {
    let Facts { row, others, .. } = facts;
    let Some(inbox) = facts.inbox else {
        return Step::Rest(None);
    };
    match inbox.status {
        // Paused calendars keep their hints, so they keep their subscriptions.
        Status::Active | Status::Paused => {}
        Status::Ungranted => return Step::Rest(Some(now + UNGRANTED)),
        Status::Unwatched | Status::Erasing => return Step::Rest(None),
    }
    let is_live = inbox.live.contains_key(&row.id);
    let waits_for = others.iter().find(|other| other.is_in_flight(now));
    let successor = others
        .iter()
        .filter(|other| other.state == State::Active && other.id > row.id)
        .max_by_key(|other| other.id);
    match row.state {
        State::Stopped if is_live => return Step::Drop,
        State::Stopped => return Step::Rest(None),
        State::Pending if row.is_in_flight(now) => {
            return Step::Rest(Some(row.created_at + IN_FLIGHT));
        }
        // Nobody knows whether the provider made it. If it did, it is stopped when it has spoken.
        State::Pending | State::Failed | State::Lapsed => {
            let has_another = others.iter().any(|other| other.state == State::Active);
            let has_spoken = row.state != State::Lapsed && row.provider_id.is_some();
            // One row stands for a calendar without push, or two would ask for it at once.
            let stands_back = others.iter().any(|other| {
                other.id > row.id
                    && matches!(other.state, State::Pending | State::Failed | State::Lapsed)
            });
            return match (waits_for, has_another) {
                (_, true) if is_live && has_spoken => Step::Stop(now + AFTERWARDS),
                (_, true) if is_live => Step::Drop,
                (_, true) => Step::Rest(None),
                (Some(other), false) => Step::Rest(Some(other.created_at + IN_FLIGHT)),
                (None, false) if stands_back => Step::Rest(Some(now + PERIOD)),
                (None, false) => Step::Restore,
            };
        }
        State::Active | State::Retiring => {}
    }
    if !is_live {
        return Step::Rest(None);
    }
    let has_ended =
        row.expires_at.is_some_and(|end| end <= now) || row.attention == Some(Attention::Removed);
    if let Some(successor) = successor {
        return retire(row, successor, has_ended, now);
    }
    if let Some(other) = waits_for {
        return Step::Rest(Some(other.created_at + IN_FLIGHT));
    }
    if has_ended {
        return Step::Restore;
    }
    renewed(facts, now)
}

/// One whose place another one took.
fn retire(row: &Subscription, successor: &Subscription, has_ended: bool, now: Timestamp) -> Step {
    let until = successor.created_at + UNPROVEN;
    let is_proven = successor.proven_at.is_some() || now >= until;
    if is_proven || has_ended {
        let end = row.expires_at.unwrap_or(now).max(now);
        return Step::Stop(end + AFTERWARDS);
    }
    Step::Retire(until.min(now + PERIOD))
}

/// One that lives and is alone.
fn renewed(facts: &Facts<'_>, now: Timestamp) -> Step {
    let row = facts.row;
    let began = row.renewed_at.unwrap_or(row.created_at);
    let extend = match row.provider {
        Provider::Google => Step::Replace,
        Provider::Microsoft => Step::Extend,
    };
    let replace = match row.provider {
        Provider::Google => Step::Replace,
        Provider::Microsoft => Step::Exchange,
    };
    let expires_at = row.expires_at.unwrap_or(began + UNSAID);
    let planned = due(facts.calendar, began, expires_at);
    match row.attention {
        // What replaced a silent one is given time to prove itself.
        Some(Attention::Silent) if now < row.created_at + TRIAL => {
            return Step::Rest(Some(row.created_at + TRIAL));
        }
        Some(Attention::Silent | Attention::Unsigned) => return replace,
        Some(Attention::Reauthorize) if now < began + APART => {
            return Step::Rest(Some(began + APART));
        }
        Some(Attention::Reauthorize) => return extend,
        Some(Attention::Removed) | None => {}
    }
    if now < planned {
        return Step::Rest(Some(planned));
    }
    // A token can not be exchanged, and its key can not go while one carries it.
    if row.token_key.is_some_and(|key| key != facts.signing) {
        replace
    } else {
        extend
    }
}

/// When to try again after the provider refused, and how often it did before. `jitter` is between
/// 0 and 1.
pub fn again(
    why: NoPush,
    wait: Option<SignedDuration>,
    attempts: u32,
    jitter: f64,
) -> SignedDuration {
    let doubled = |longest| {
        let wait = SignedDuration::from_mins(1_i64 << attempts.min(10));
        wait.min(longest)
    };
    let planned = match why {
        // A calendar hardly ever changes its nature; it is asked about once a week all the same.
        NoPush::Unwatchable => SignedDuration::from_hours(7 * 24),
        // Until the other one lets go.
        NoPush::Shared => SignedDuration::from_hours(6),
        NoPush::Unanswered => doubled(SignedDuration::from_hours(1)),
        NoPush::Denied => doubled(SignedDuration::from_hours(6)),
    };
    planned
        .max(wait.unwrap_or_default())
        .mul_f64(1.0 + jitter / 4.0)
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod year;
