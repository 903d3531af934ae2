//! What a calendar still owes its customers.
//!
//! The inbox is one of the two items of a calendar. Hints and runs touch it with single-item
//! updates only; it is never part of a transaction, because DynamoDB refuses a plain update that
//! meets one.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{ConnectionId, Provider, SubscriptionId};

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
    /// When the provider last told us of a change.
    pub heard_at: Option<Timestamp>,
    /// When the provider last said a first word through a subscription.
    pub begun_at: Option<Timestamp>,
    /// When the last read that is complete began.
    pub read_at: Option<Timestamp>,
    /// How long the provider took to tell us, when that was last known.
    pub latency: Option<jiff::SignedDuration>,
}

/// Where a calendar comes from. It never changes, and lies in the inbox so that a run needs no
/// further look-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Who keeps it.
    pub provider: Provider,
    /// The grant it is read with.
    pub connection: ConnectionId,
    /// The provider's name for it.
    pub external_id: String,
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
    /// The invocation that reads.
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

#[cfg(test)]
pub(crate) mod tests {
    use jiff::SignedDuration;
    use proptest::option;
    use proptest::prelude::*;

    use super::*;

    pub(crate) const STATUSES: [Status; 5] = [
        Status::Active,
        Status::Paused,
        Status::Ungranted,
        Status::Unwatched,
        Status::Erasing,
    ];

    pub(crate) fn now() -> Timestamp {
        "2026-11-10T14:30:00Z".parse().expect("a timestamp")
    }

    /// The moment so many seconds from now; negative ones have passed.
    pub(crate) fn at(seconds: i64) -> Timestamp {
        now() + SignedDuration::from_secs(seconds)
    }

    /// A calendar that is read and owes nothing.
    pub(crate) fn clean() -> Inbox {
        Inbox {
            status: Status::Active,
            live: BTreeMap::new(),
            req: 7,
            syn: 7,
            fence: 3,
            lease: None,
            hold: None,
            backoff: 0,
            due: None,
            dirty_since: None,
            fails: 0,
            echo: None,
            heard_at: None,
            begun_at: None,
            read_at: None,
            latency: None,
        }
    }

    /// A calendar with one hint that nobody has read after yet.
    pub(crate) fn dirty() -> Inbox {
        Inbox {
            req: 8,
            due: Some(at(30)),
            dirty_since: Some(now()),
            ..clean()
        }
    }

    /// A calendar whose last read found nothing and is repeated in a while.
    pub(crate) fn echoing() -> Inbox {
        Inbox {
            echo: Some(8),
            due: Some(at(120)),
            ..dirty()
        }
    }

    /// A lease that ends so many seconds from now.
    pub(crate) fn lease(seconds: i64) -> Option<Lease> {
        Some(Lease {
            owner: "message-1".to_owned(),
            until: at(seconds),
        })
    }

    /// Any inbox, likely or not, with times up to half an hour from now.
    pub(crate) fn any_inbox() -> impl Strategy<Value = Inbox> {
        let moment = || option::of((-1_800..1_800_i64).prop_map(at));
        (
            prop::sample::select(&STATUSES),
            (0..4_u64, 0..4_u64, option::of(0..8_u64)),
            (0..8_u32, 0..20_u32),
            (moment(), moment(), moment()),
        )
            .prop_map(
                |(status, (syn, owed, echo), (backoff, fails), (hold, due, leased))| Inbox {
                    status,
                    req: syn + owed,
                    syn,
                    lease: leased.map(|until| Lease {
                        owner: "message-1".to_owned(),
                        until,
                    }),
                    hold,
                    backoff,
                    due,
                    fails,
                    echo,
                    ..clean()
                },
            )
    }

    #[test]
    fn a_status_is_read_back_by_its_name() {
        for status in STATUSES {
            assert_eq!(Status::from_name(status.name()), Some(status));
        }
        assert_eq!(Status::from_name("Active"), None);
    }

    #[test]
    fn a_calendar_is_dirty_until_a_read_caught_up_with_the_last_request() {
        assert!(!clean().is_dirty());
        assert!(dirty().is_dirty());
    }

    #[test]
    fn a_hint_after_an_echo_was_planned_is_owed_for_itself() {
        let mut inbox = echoing();
        assert!(inbox.only_echo_is_owed());

        inbox.req += 1;
        assert!(!inbox.only_echo_is_owed());
    }

    #[test]
    fn an_echo_that_was_read_is_owed_no_more() {
        let inbox = Inbox {
            syn: 8,
            ..echoing()
        };

        assert!(!inbox.only_echo_is_owed());
    }

    #[test]
    fn a_lease_ends_by_itself() {
        assert!(!clean().is_leased(now()));
        for (seconds, expected) in [(1, true), (0, false), (-1, false)] {
            let inbox = Inbox {
                lease: lease(seconds),
                ..dirty()
            };
            assert_eq!(inbox.is_leased(now()), expected, "{seconds}");
        }
    }
}
