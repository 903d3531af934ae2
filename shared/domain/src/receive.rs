//! Was a notification seen before, and must a message be sent for it?

use jiff::{SignedDuration, Timestamp};

use crate::inbox::{Inbox, Status};

/// How long after a hint the sweeper looks after a calendar that nobody has read yet.
pub const GRACE: SignedDuration = SignedDuration::from_secs(30);

/// How long a claim keeps others from sending a message for the same calendar.
pub const CLAIM: SignedDuration = SignedDuration::from_secs(60);

/// SQS can not delay a message for longer; `due` owns what lies further ahead.
pub const LONGEST_DELAY: SignedDuration = SignedDuration::from_secs(900);

/// What the notifications table says about an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The request it was counted as. A record without one does not prove that it was counted.
    pub g: Option<u64>,
    /// Until when an identical delivery is taken for a repetition.
    pub dedup_until: Timestamp,
}

/// Whether a notification is an exact redelivery of one that was counted.
///
/// The record is written only after its request was counted, so a record with a request proves it.
/// DynamoDB deletes expired items days late, so the clock decides, not the item's presence.
pub fn is_repeated(record: Option<&Record>, now: Timestamp) -> bool {
    record.is_some_and(|record| record.g.is_some() && now < record.dedup_until)
}

/// What a counted request still needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forward {
    /// Nothing: a later read is owed already, or the calendar is not read at present.
    Nothing,
    /// A message, after this delay.
    Send(SignedDuration),
    /// The read that is owed is overdue: claim it, and send only if the claim succeeds.
    Claim {
        /// The `due` that was seen, on which the claim depends.
        seen: Timestamp,
    },
}

/// Decides from the inbox as it was *before* the request was counted.
pub fn forward(before: &Inbox, now: Timestamp) -> Forward {
    if before.status != Status::Active {
        return Forward::Nothing;
    }
    // An echo waits for up to a minute; a real hint must not wait with it.
    let leads = !before.is_dirty() || (before.only_echo_is_owed() && !before.is_leased(now));
    if leads {
        return send_after(before.hold, now).map_or(Forward::Nothing, Forward::Send);
    }
    match before.due {
        Some(seen) if seen < now => Forward::Claim { seen },
        Some(_) | None => Forward::Nothing,
    }
}

/// The delay that respects `hold`, unless it is longer than a message can be delayed.
pub fn send_after(hold: Option<Timestamp>, now: Timestamp) -> Option<SignedDuration> {
    let delay = hold.map_or(SignedDuration::ZERO, |hold| {
        hold.duration_since(now).max(SignedDuration::ZERO)
    });
    (delay <= LONGEST_DELAY).then_some(delay)
}
