//! Places a search has to pass: if one is never reached, the proof says nothing about it.

use stateright::Property;

use crate::calendar::Calendar;
use crate::state::{Late, Lease, Publisher, Receiver, Record, Send, State, Step, Sweeper};

type Condition = fn(&Calendar, &State) -> bool;

/// Every landmark: the shallow set of bounds that passes it, its name, and how to tell.
const LANDMARKS: [(&str, &str, Condition); 18] = [
    ("crash", "a hint coalesces", |_, s| {
        s.receivers.iter().any(|r| sends(r) == Some(Send::Nothing))
    }),
    ("crash", "a hint finds an overdue calendar", |_, s| {
        s.receivers
            .iter()
            .any(|r| sends(r) == Some(Send::Claim { fresh: true }))
    }),
    ("crash", "a claim is lost", |_, s| {
        s.receivers
            .iter()
            .any(|r| sends(r) == Some(Send::Claim { fresh: false }))
    }),
    ("crash", "two notifications are in flight", |_, s| {
        !s.receivers.contains(&Receiver::Idle)
    }),
    ("lapsed records", "a record lapses and lingers", |_, s| {
        s.records
            .iter()
            .flatten()
            .any(|r| matches!(r, Record::Known { lapsed: true, .. }))
    }),
    ("activation", "a notification is recorded late", |_, s| {
        s.records.iter().flatten().any(|r| *r == Record::Late)
    }),
    ("pause", "a hint waits while paused", |_, s| {
        s.inbox.paused && s.dirty() && !s.inbox.due
    }),
    ("pause", "a sweeper finds nothing to do", |_, s| {
        s.sweepers
            .iter()
            .any(|w| matches!(w, Sweeper::NothingToDo { .. }))
    }),
    ("storm and loss", "a trailing run is sent", |_, s| {
        at(s, Step::Send) && s.dirty() && s.inbox.echo == 0
    }),
    ("lag", "an echo is waiting", |_, s| {
        s.inbox.echo == s.inbox.req && s.dirty()
    }),
    ("lag", "an echo runs", |_, s| {
        s.inbox.echo != 0
            && s.workers
                .iter()
                .any(|w| w.round_g == s.inbox.echo && w.step == Step::Write)
    }),
    (
        "lease expires",
        "a lease expires under a live holder",
        |_, s| {
            s.inbox.lease == Lease::Expired
                && s.workers
                    .iter()
                    .any(|w| w.fence != 0 && w.fence == s.inbox.fence)
        },
    ),
    (
        "lease expires",
        "a worker has lost its fence on the inbox only",
        |_, s| {
            s.workers
                .iter()
                .any(|w| w.fence != 0 && w.fence < s.inbox.fence && w.fence == s.feed.fence)
        },
    ),
    (
        "lease expires",
        "a worker has lost its fence on the feed",
        |_, s| {
            s.workers
                .iter()
                .any(|w| w.fence != 0 && w.fence < s.feed.fence)
        },
    ),
    (
        "slices",
        "a slice resumes a round that a hint has overtaken",
        |_, s| {
            s.workers
                .iter()
                .any(|w| w.step == Step::Raise && s.feed.page.is_some() && w.g > s.feed.round_g)
        },
    ),
    ("slices", "the mirror is ahead of the cursor", |_, s| {
        s.rows.iter().any(|row| *row > s.feed.cursor)
    }),
    (
        "lost answers",
        "a transaction lands after its sender moved on",
        |_, s| match s.late {
            Some(Late::Transaction(late)) => {
                late.fence == s.feed.fence && late.seq < s.feed.last_seq
            }
            _ => false,
        },
    ),
    ("publishing", "a publisher is behind another", |_, s| {
        s.publishers
            .iter()
            .any(|p| matches!(p, Publisher::Mark { n } if *n < s.feed.published_seq))
    }),
];

/// The landmarks that one set of bounds has to pass.
#[must_use]
pub fn within(bounds: &str) -> Vec<&'static str> {
    LANDMARKS
        .iter()
        .filter(|(place, ..)| *place == bounds)
        .map(|(_, name, _)| *name)
        .collect()
}

pub(crate) fn all() -> impl Iterator<Item = Property<Calendar>> {
    LANDMARKS
        .into_iter()
        .map(|(_, name, condition)| Property::sometimes(name, condition))
}

fn sends(receiver: &Receiver) -> Option<Send> {
    match receiver {
        Receiver::Bumped { send, .. } => Some(*send),
        _ => None,
    }
}

fn at(s: &State, step: Step) -> bool {
    s.workers.iter().any(|w| w.step == step)
}
