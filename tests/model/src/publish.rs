//! The publisher: walk from `published_seq`, put, mark what was put, and only then clear `pub_due`.

use crate::calendar::{Action, Calendar};
use crate::state::{Publisher, State};
use crate::variant::Variant;

/// The effects of a publisher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publish {
    /// The feed and its entries are read, by a worker after its run or by the sweeper.
    Read,
    /// The entries are put on the bus; `partly`: the first of them fails.
    Put {
        /// Which publisher.
        who: usize,
        /// Whether the first entry fails.
        partly: bool,
    },
    /// `published_seq` moves, if that is forward.
    Mark(usize),
    /// `pub_due` goes, if nothing follows.
    Clear(usize),
    /// The invocation ends, or an update kept meeting transactions and gave up.
    Crash(usize),
}

pub(crate) fn actions(calendar: &Calendar, s: &State, out: &mut Vec<Action>) {
    let mut add = |a| out.push(Action::Publish(a));
    let busy = s
        .publishers
        .iter()
        .filter(|p| **p != Publisher::Idle)
        .count() as u8;
    if s.feed.pub_due && busy < calendar.bounds.publishers {
        add(Publish::Read);
    }
    for (who, publisher) in s.publishers.iter().enumerate() {
        match *publisher {
            Publisher::Idle => continue,
            Publisher::Put { from, to } => {
                add(Publish::Put { who, partly: false });
                if s.left.bus_failures > 0 && from < to {
                    add(Publish::Put { who, partly: true });
                }
            }
            Publisher::Mark { .. } => add(Publish::Mark(who)),
            Publisher::Clear { .. } => add(Publish::Clear(who)),
        }
        // A crash before the first effect is a publisher that never came.
        if s.left.crashes > 0 && !matches!(publisher, Publisher::Put { .. }) {
            add(Publish::Crash(who));
        }
    }
}

pub(crate) fn apply(calendar: &Calendar, s: &mut State, action: Publish) {
    match action {
        Publish::Read => {
            let idle = s.publishers.iter_mut().find(|p| **p == Publisher::Idle);
            *idle.expect("an action is offered only while a publisher is idle") = Publisher::Put {
                from: s.feed.published_seq,
                to: s.feed.last_seq,
            };
        }
        Publish::Put { who, partly } => {
            let Publisher::Put { from, to } = s.publishers[who] else {
                return;
            };
            let mut n = to;
            let mut first = from + 1;
            if partly {
                s.left.bus_failures -= 1;
                first += 1;
                if calendar.variant != Variant::FailedEntrySkipped {
                    n = from;
                }
            }
            for seq in first..=to {
                s.bus |= 1 << (seq - 1);
            }
            s.publishers[who] = Publisher::Mark { n };
        }
        Publish::Mark(who) => {
            let Publisher::Mark { n } = s.publishers[who] else {
                return;
            };
            let n = if calendar.variant == Variant::MarkRereadsLastSeq {
                s.feed.last_seq
            } else {
                n
            };
            s.feed.published_seq = s.feed.published_seq.max(n);
            s.publishers[who] = Publisher::Clear { n };
        }
        Publish::Clear(who) => {
            let Publisher::Clear { n } = s.publishers[who] else {
                return;
            };
            if s.feed.last_seq == n || calendar.variant == Variant::MarkAlwaysClears {
                s.feed.pub_due = false;
            }
            s.publishers[who] = Publisher::Idle;
        }
        Publish::Crash(who) => {
            s.left.crashes -= 1;
            s.publishers[who] = Publisher::Idle;
        }
    }
}
