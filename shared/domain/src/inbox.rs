//! What a calendar still owes its customers.
//!
//! The inbox is one of the two items of a calendar. Hints and runs touch it with single-item
//! updates only; it is never part of a transaction, because DynamoDB refuses a plain update that
//! meets one.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::SubscriptionId;

/// The state of one calendar's inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inbox {
    /// Whether runs may start.
    pub status: Status,
    /// Live subscriptions, with the provider's name for each; empty until the provider has answered.
    pub live: BTreeMap<SubscriptionId, String>,
    /// How many reads were asked for.
    pub req: u64,
    /// The last request that a finished read started after.
    pub syn: u64,
    /// Raised by every run that starts; a run with an older one can write nothing.
    pub fence: u64,
    /// Who is reading now.
    pub lease: Option<Lease>,
    /// The earliest next read.
    pub hold: Option<Timestamp>,
    /// How often the delay between runs was doubled.
    pub backoff: u32,
    /// When the sweeper looks after the calendar, unless something else does before.
    pub due: Option<Timestamp>,
    /// Since when a read is owed.
    pub dirty_since: Option<Timestamp>,
    /// Failed runs in a row.
    pub fails: u32,
    /// The request that only repeats a read which found nothing.
    pub echo: Option<u64>,
}

/// Whether a calendar is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// It is.
    Active,
    /// An operator paused it; hints are kept.
    Paused,
    /// Its connection lost its grant; hints are kept.
    Ungranted,
    /// Nobody watches it any more.
    Unwatched,
    /// It is being erased.
    Erasing,
}

impl Status {
    /// The name in items and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Status::Active => "active",
            Status::Paused => "paused",
            Status::Ungranted => "ungranted",
            Status::Unwatched => "unwatched",
            Status::Erasing => "erasing",
        }
    }

    /// Reads a [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Status::Active,
            Status::Paused,
            Status::Ungranted,
            Status::Unwatched,
            Status::Erasing,
        ]
        .into_iter()
        .find(|status| status.name() == name)
    }
}

/// Who is reading a calendar, and until when nobody else may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The id of the queue message that the run works on.
    pub owner: String,
    /// When the lease ends by itself.
    pub until: Timestamp,
}

impl Inbox {
    /// Whether a read is owed.
    pub const fn is_dirty(&self) -> bool {
        self.req > self.syn
    }

    /// Whether all that is owed is the repetition of a read which found nothing.
    pub fn only_echo_is_owed(&self) -> bool {
        self.is_dirty() && self.echo == Some(self.req)
    }

    /// Whether somebody holds the lease at `now`.
    pub fn is_leased(&self, now: Timestamp) -> bool {
        self.lease.as_ref().is_some_and(|lease| now < lease.until)
    }
}
