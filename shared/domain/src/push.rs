//! Does the provider really tell us of a calendar's changes?
//!
//! That a subscription lives proves little: its notifications may be lost on their way. What
//! proves it is hearing them, and what disproves it is a poll that finds a change first.

use jiff::{SignedDuration, Timestamp};

use crate::Provider;
use crate::inbox::Inbox;
use crate::run::Reason;
use crate::subscription::NoPush;
use crate::sweep::{POLLED, RECONCILE};

/// How often a calendar is read whose push is in doubt.
pub const DOUBTED: SignedDuration = SignedDuration::from_mins(15);

/// How late a notification may be. Graph promises three minutes, and Google nothing.
pub const LATE: SignedDuration = SignedDuration::from_mins(5);

/// What we believe of a calendar's push.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Push {
    /// Nothing was asked for yet.
    #[default]
    None,
    /// The provider tells us.
    On,
    /// The provider accepted a subscription then, and was not heard since.
    Unproven(Timestamp),
    /// A change was found then that it should have told us of.
    Doubted(Timestamp),
    /// It does not tell us.
    Off(NoPush),
}

/// What changed in [`Push`], for whoever listens to the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It was lost.
    Lost,
    /// It is back.
    Restored,
    /// Neither.
    Same,
}

impl Push {
    /// The name in items and at the surface.
    pub const fn name(self) -> &'static str {
        match self {
            Push::None => "none",
            Push::On => "proven",
            Push::Unproven(_) => "unproven",
            Push::Doubted(_) => "lost",
            Push::Off(_) => "polled",
        }
    }

    /// How often the calendar is read without being told.
    pub const fn period(self) -> SignedDuration {
        match self {
            Push::None | Push::On => RECONCILE,
            Push::Unproven(_) | Push::Doubted(_) => DOUBTED,
            Push::Off(_) => POLLED,
        }
    }

    /// What it means for a listener that this follows.
    pub const fn turn(self, next: Push) -> Turn {
        match (self, next) {
            (Push::On | Push::Unproven(_), Push::Doubted(_) | Push::Off(_)) => Turn::Lost,
            (Push::Doubted(_), Push::On) | (Push::Off(_), Push::On | Push::Unproven(_)) => {
                Turn::Restored
            }
            (Push::None | Push::On | Push::Unproven(_) | Push::Doubted(_) | Push::Off(_), _) => {
                Turn::Same
            }
        }
    }

    /// After the provider accepted a subscription.
    #[must_use]
    pub const fn accepted(self, provider: Provider, now: Timestamp) -> Push {
        match (self, provider) {
            // It takes the place of one that works, or of one that did not and has to prove itself.
            (Push::On | Push::Doubted(_) | Push::Unproven(_), _) => self,
            // Google says a first word through every channel.
            (Push::None | Push::Off(_), Provider::Google) => Push::Unproven(now),
            // Microsoft called the address before it accepted.
            (Push::None | Push::Off(_), Provider::Microsoft) => Push::On,
        }
    }
}

/// What a run that ended learnt.
#[derive(Clone, Copy, Debug)]
pub struct Learnt {
    /// Why it ran.
    pub reason: Reason,
    /// When it started.
    pub started_at: Timestamp,
    /// The oldest of the changes that it found and that say when they were made.
    pub oldest: Option<Timestamp>,
}

/// What we believe after a run, from what was believed before it.
pub fn after_run(push: Push, inbox: &Inbox, learnt: Learnt) -> Push {
    let heard_since = |then| inbox.heard_at.is_some_and(|heard| heard >= then);
    match push {
        Push::None | Push::Off(_) => push,
        Push::Unproven(since) => {
            let begun = inbox.begun_at.is_some_and(|begun| begun >= since);
            if begun || heard_since(since) {
                Push::On
            } else if was_missed(inbox, learnt) {
                Push::Doubted(learnt.started_at)
            } else {
                push
            }
        }
        Push::Doubted(since) => {
            if was_missed(inbox, learnt) {
                Push::Doubted(learnt.started_at)
            } else if heard_since(since) {
                Push::On
            } else {
                push
            }
        }
        Push::On if was_missed(inbox, learnt) => Push::Doubted(learnt.started_at),
        Push::On => push,
    }
}

/// Whether the run found a change that the provider should have told us of, and did not.
fn was_missed(inbox: &Inbox, learnt: Learnt) -> bool {
    // Only a poll reads of its own accord. What a hint finds was told of; what an activation finds
    // was made before anybody could tell.
    if learnt.reason != Reason::Poll {
        return false;
    }
    learnt.oldest.is_some_and(|made| {
        made + LATE < learnt.started_at && inbox.heard_at.is_none_or(|heard| heard < made)
    })
}

/// How long the provider took to tell us, as the run that followed found out.
pub fn latency(inbox: &Inbox, learnt: Learnt) -> Option<SignedDuration> {
    let told = inbox.dirty_since?;
    let made = learnt.oldest?;
    let is_told = learnt.reason == Reason::Hint && made <= told;
    // A change from before the last read was not what we were told of.
    let is_new = inbox.read_at.is_none_or(|read| made + LATE >= read);
    (is_told && is_new).then(|| told.duration_since(made))
}

/// How old the oldest change may be that we do not have, as far as anybody can know.
pub fn freshness(push: Push, inbox: &Inbox, now: Timestamp) -> Option<SignedDuration> {
    let read = inbox.read_at?;
    let since = match push {
        Push::On => match inbox.dirty_since {
            Some(since) if inbox.is_dirty() && !inbox.only_echo_is_owed() => since,
            Some(_) | None => return Some(SignedDuration::ZERO),
        },
        Push::None | Push::Unproven(_) | Push::Doubted(_) | Push::Off(_) => read,
    };
    Some(now.duration_since(since).max(SignedDuration::ZERO))
}

#[cfg(test)]
mod tests;
