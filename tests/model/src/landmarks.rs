//! Places a search has to pass: if one is never reached, the proof says nothing about it.

use stateright::Property;

use crate::calendar::Calendar;
use crate::state::{Late, Lease, Receiver, Record, Send, State, Step, Sweeper};

/// Every landmark by name.
pub const NAMES: [&str; 18] = [
    "a hint coalesces",
    "a hint finds an overdue calendar",
    "a claim is lost",
    "a record lapses and lingers",
    "a notification is recorded late",
    "two notifications are in flight",
    "a hint waits while paused",
    "a trailing run is sent",
    "an echo is waiting",
    "an echo runs",
    "a worker has lost its fence",
    "a lease expires under a live holder",
    "a slice resumes an earlier one's round",
    "a hint arrives in the middle of a round",
    "a transaction may still land",
    "the mirror is ahead of the cursor",
    "two publishers disagree",
    "a sweeper finds nothing to do",
];

pub(crate) fn all() -> Vec<Property<Calendar>> {
    let conditions: [fn(&Calendar, &State) -> bool; NAMES.len()] = [
        |_, s| s.receivers.iter().any(|r| matches!(r, Receiver::Bumped { send: Send::Nothing, .. })),
        |_, s| s.receivers.iter().any(|r| matches!(r, Receiver::Bumped { send: Send::Claim { .. }, .. })),
        |_, s| {
            let lost = |r: &Receiver| matches!(r, Receiver::Bumped { send: Send::Claim { fresh: false }, .. });
            s.receivers.iter().any(lost)
        },
        |_, s| s.records.iter().flatten().any(|r| matches!(r, Record::Known { lapsed: true, .. })),
        |_, s| s.records.iter().flatten().any(|r| *r == Record::Late),
        |_, s| !s.receivers.contains(&Receiver::Idle),
        |_, s| s.inbox.paused && s.dirty() && !s.inbox.due,
        |_, s| s.workers.iter().any(|w| w.step == Step::Send) && s.dirty() && s.inbox.echo != s.inbox.req,
        |_, s| s.inbox.echo == s.inbox.req && s.dirty(),
        |_, s| s.inbox.echo != 0 && s.workers.iter().any(|w| w.round_g == s.inbox.echo),
        |_, s| s.workers.iter().any(|w| w.step != Step::Idle && w.fence != 0 && w.fence < s.inbox.fence),
        |_, s| {
            let live = s.workers.iter().any(|w| w.fence != 0 && w.fence == s.inbox.fence);
            s.inbox.lease == Lease::Expired && live
        },
        |_, s| s.workers.iter().any(|w| w.step == Step::Raise && s.feed.page.is_some()),
        |_, s| s.workers.iter().any(|w| w.round_g != 0 && w.round_g < s.inbox.req && w.step == Step::Write),
        |_, s| matches!(s.late, Some(Late::Transaction(_))),
        |_, s| s.rows.iter().any(|row| *row > s.feed.cursor),
        |_, s| s.publishers[0] != s.publishers[1] && !s.publishers.contains(&crate::state::Publisher::Idle),
        |_, s| s.sweepers.iter().any(|w| matches!(w, Sweeper::NothingToDo { .. })),
    ];
    NAMES.into_iter().zip(conditions).map(|(name, condition)| Property::sometimes(name, condition)).collect()
}
