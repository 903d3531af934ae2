//! What does an overdue calendar need?

use jiff::{SignedDuration, Timestamp};

use crate::inbox::{Inbox, Status};
use crate::receive;

/// Over how many partitions the sweeper's indexes are spread.
pub const SHARDS: u8 = 4;

/// How many calendars one sweep takes from one shard of one index.
pub const LIMIT: i32 = 250;

/// How often a calendar with working push is read all the same.
pub const RECONCILE: SignedDuration = SignedDuration::from_hours(12);

/// How often a calendar that can not be watched is read.
pub const POLLED: SignedDuration = SignedDuration::from_mins(5);

/// The shard of a calendar, from its identifier's last bytes, which are random.
pub fn shard(calendar: crate::CalendarId) -> u8 {
    let bytes = calendar.to_bytes();
    bytes[15] % SHARDS
}

/// Why a claim was refused, and what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Somebody else took care of it.
    Lost,
    /// The calendar is not read at present: remove `due` if both facts still hold.
    Inactive,
}

/// Explains a refused claim from the inbox as it is.
pub fn refused(inbox: Option<&Inbox>) -> Refused {
    match inbox.map(|inbox| inbox.status) {
        Some(Status::Active) | None => Refused::Lost,
        Some(Status::Paused | Status::Ungranted | Status::Unwatched | Status::Erasing) => {
            Refused::Inactive
        }
    }
}

/// Until when a claim keeps others away: past the hold, if there is one.
pub fn claimed_until(hold: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let claim = now + receive::CLAIM;
    hold.map_or(claim, |hold| claim.max(hold + receive::CLAIM))
}

/// When a calendar is polled next: its period, give or take a quarter. `jitter` is between 0 and 1.
pub fn next_poll(period: SignedDuration, jitter: f64, now: Timestamp) -> Timestamp {
    now + period.mul_f64(0.75 + jitter / 2.0)
}
