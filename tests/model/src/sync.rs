//! A run: acquire, raise, read page by page, write, stop between pages or go on.

use crate::calendar::{Action, Calendar};
use crate::finish;
use crate::state::{
    EVENTS, Late, Lease, Note, Page, Receiver, State, Step, Worker, event_of, latest,
};
use crate::transaction::{self, Outcome};
use crate::variant::Variant;

/// The effects of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// A message is received, and the lease acquired if there is something to do.
    Take {
        /// Whether SQS will hand the same message out once more.
        double: bool,
    },
    /// The fence is raised on the feed.
    Raise {
        /// Which worker.
        who: usize,
        /// Whether the answer is lost, so that the worker asks again.
        unknown: bool,
    },
    /// One page is read from the provider, as of `snapshot`.
    Read {
        /// Which worker.
        who: usize,
        /// The version the answering replica has.
        snapshot: u8,
    },
    /// The provider refuses the page token.
    Refuse(usize),
    /// The provider refuses to answer for now.
    Trouble(usize),
    /// One transaction is written.
    Write {
        /// Which worker.
        who: usize,
        /// Whether the answer is lost.
        unknown: bool,
    },
    /// `last_seq` is read again.
    Reread(usize),
    /// The lease is extended for the next page.
    Extend {
        /// Which worker.
        who: usize,
        /// Whether a first attempt is still on its way.
        unknown: bool,
    },
    /// The lease is released between two pages.
    Release(usize),
    /// The feed is finished.
    FinishFeed(usize),
    /// The inbox is finished.
    FinishInbox(usize),
    /// `due` is removed separately.
    RemoveDue(usize),
    /// A message is sent: trailing run, echo or next slice.
    Send(usize),
    /// The invocation ends here.
    Crash(usize),
}

pub(crate) fn actions(calendar: &Calendar, s: &State, out: &mut Vec<Action>) {
    let mut add = |a| out.push(Action::Sync(a));
    let busy = s.workers.iter().filter(|w| w.step != Step::Idle).count() as u8;
    if s.queue > 0 && busy < calendar.bounds.workers {
        add(Sync::Take { double: false });
        if s.left.doubles > 0 && acquirable(calendar, s) {
            add(Sync::Take { double: true });
        }
    }
    let unknown = s.left.unknowns > 0 && s.late.is_none();
    for (who, worker) in s.workers.iter().enumerate() {
        match worker.step {
            Step::Idle => continue,
            Step::Raise => {
                add(Sync::Raise {
                    who,
                    unknown: false,
                });
                if unknown {
                    add(Sync::Raise { who, unknown: true });
                }
            }
            Step::Read => {
                if let Some(page) = worker.page {
                    add(Sync::Read {
                        who,
                        snapshot: page.snapshot,
                    });
                    if s.left.refusals > 0 {
                        add(Sync::Refuse(who));
                    }
                } else {
                    add(Sync::Read {
                        who,
                        snapshot: s.version,
                    });
                    if s.left.lags > 0 && worker.cursor < s.version {
                        add(Sync::Read {
                            who,
                            snapshot: worker.cursor,
                        });
                        if calendar.bounds.partial_lag {
                            for snapshot in worker.cursor + 1..s.version {
                                add(Sync::Read { who, snapshot });
                            }
                        }
                    }
                }
                if s.left.troubles > 0 {
                    add(Sync::Trouble(who));
                }
            }
            Step::Write => {
                add(Sync::Write {
                    who,
                    unknown: false,
                });
                if unknown {
                    add(Sync::Write { who, unknown: true });
                }
            }
            Step::Reread => add(Sync::Reread(who)),
            Step::BetweenPages => {
                add(Sync::Extend {
                    who,
                    unknown: false,
                });
                if unknown {
                    add(Sync::Extend { who, unknown: true });
                }
                if calendar.bounds.slices {
                    add(Sync::Release(who));
                }
            }
            Step::FinishFeed | Step::FinishFeedFirst => add(Sync::FinishFeed(who)),
            Step::FinishInbox => add(Sync::FinishInbox(who)),
            Step::RemoveDue => add(Sync::RemoveDue(who)),
            Step::Send => add(Sync::Send(who)),
        }
        if s.left.crashes > 0 {
            add(Sync::Crash(who));
        }
    }
}

pub(crate) fn apply(calendar: &Calendar, s: &mut State, action: Sync) {
    match action {
        Sync::Take { double } => take(calendar, s, double),
        Sync::Raise { who, unknown } => {
            let Worker { fence, g, .. } = s.workers[who];
            if unknown {
                s.left.unknowns -= 1;
                s.late = Some(Late::Raise { fence, g });
                return;
            }
            if !raise(calendar, s, fence, g) {
                return fail(calendar, s, who);
            }
            let feed = s.feed;
            let worker = &mut s.workers[who];
            worker.step = Step::Read;
            worker.round_g = feed.round_g;
            worker.seq = feed.last_seq;
            worker.cursor = feed.cursor;
            worker.page = feed.page;
            if calendar.variant != Variant::FinishWithSliceG {
                worker.g = 0; // The design never looks at it again.
            }
        }
        Sync::Read { who, snapshot } => read(calendar, s, who, snapshot),
        Sync::Refuse(who) => {
            s.left.refusals -= 1;
            // From the cursor again: what was found before says nothing about this pass.
            s.workers[who].page = None;
            s.workers[who].found =
                calendar.variant == Variant::FoundOutlivesRestart && s.workers[who].found;
        }
        Sync::Trouble(who) => {
            s.left.troubles -= 1;
            if !holds(s, who) {
                return fail(calendar, s, who);
            }
            s.inbox.lease = Lease::Free;
            s.write_due(true);
            s.workers[who] = Worker::default();
        }
        Sync::Write { who, unknown } => transaction::write(calendar, s, who, unknown),
        Sync::Reread(who) => transaction::reread(calendar, s, who),
        Sync::Extend { who, unknown } => {
            let fence = s.workers[who].fence;
            if unknown {
                s.left.unknowns -= 1;
                s.late = Some(Late::Extend { fence });
            }
            if !extend(calendar, s, fence) {
                return fail(calendar, s, who);
            }
            s.workers[who].step = Step::Read;
        }
        Sync::Release(who) => {
            if !holds(s, who) {
                return fail(calendar, s, who);
            }
            s.inbox.lease = Lease::Free;
            s.write_due(true);
            finish::send_next(s, who);
        }
        Sync::FinishFeed(who) => finish::feed(calendar, s, who),
        Sync::FinishInbox(who) => finish::inbox(calendar, s, who),
        Sync::RemoveDue(who) => {
            if s.inbox.fence == s.workers[who].fence {
                s.write_due(false);
            }
            s.workers[who] = Worker::default();
        }
        Sync::Send(who) => {
            s.send();
            s.workers[who] = Worker::default();
        }
        Sync::Crash(who) => {
            s.left.crashes -= 1;
            lose(s, who);
        }
    }
}

fn take(calendar: &Calendar, s: &mut State, double: bool) {
    if double {
        s.left.doubles -= 1;
    } else {
        s.queue -= 1;
    }
    if !acquirable(calendar, s) {
        return; // Acknowledged: paused, clean, or somebody else's lease.
    }
    // A shared owner id finds "its own" lease and keeps the fence that goes with it.
    if s.inbox.lease != Lease::Held {
        s.inbox.fence += 1;
    }
    s.inbox.lease = Lease::Held;
    s.write_due(true);
    let idle = s.workers.iter_mut().find(|w| w.step == Step::Idle);
    *idle.expect("an action is offered only while a worker is idle") = Worker {
        step: Step::Raise,
        owns_message: !double,
        fence: s.inbox.fence,
        g: s.inbox.req,
        ..Worker::default()
    };
}

fn acquirable(calendar: &Calendar, s: &State) -> bool {
    let free = s.inbox.lease != Lease::Held || calendar.variant == Variant::LeaseOwnedByMessage;
    !s.inbox.paused && s.dirty() && free
}

/// Raises the fence on the feed and opens a round if none is open.
pub(crate) fn raise(calendar: &Calendar, s: &mut State, fence: u8, g: u8) -> bool {
    if calendar.variant != Variant::FenceRaisedByWrites {
        if s.feed.fence > fence {
            return false;
        }
        s.feed.fence = fence;
    }
    if s.feed.round_g == 0 {
        s.feed.round_g = g;
    }
    true
}

/// Extends the lease, if it is still the sender's.
pub(crate) fn extend(calendar: &Calendar, s: &mut State, fence: u8) -> bool {
    let there = s.inbox.lease != Lease::Free || calendar.variant == Variant::ExtendByFenceAlone;
    if s.inbox.fence != fence || !there {
        return false;
    }
    s.inbox.lease = Lease::Held;
    s.write_due(true);
    true
}

/// The provider's answer and the stored rows. They are read in one step: whoever changes rows in
/// between has raised the fence first.
fn read(calendar: &Calendar, s: &mut State, who: usize, snapshot: u8) {
    let mut worker = s.workers[who];
    if worker.page.is_none() && snapshot < s.version {
        s.left.lags -= 1;
        owe_poll(calendar, s);
    }
    let after = worker.page.map_or(worker.cursor, |page| page.after);
    let mut items: Vec<u8> = (0..EVENTS)
        .map(|event| latest(event, snapshot))
        .filter(|v| *v > after)
        .collect();
    items.sort_unstable();
    let more = items.len() > usize::from(calendar.bounds.page_items);
    items.truncate(usize::from(calendar.bounds.page_items));
    worker.page = match items.last() {
        Some(last) if more => Some(Page {
            snapshot,
            after: *last,
        }),
        _ => None,
    };
    if !more {
        worker.cursor = snapshot;
    }
    worker.writes = [0; EVENTS];
    let stale = |v: u8| {
        let row = s.rows[event_of(v)];
        if calendar.variant == Variant::NoVersionCompare {
            v == row
        } else {
            v <= row
        }
    };
    for (place, version) in worker
        .writes
        .iter_mut()
        .zip(items.into_iter().filter(|v| !stale(*v)))
    {
        *place = version;
    }
    let writes = worker.writes[0] != 0;
    worker.step = match (writes, worker.page.is_some()) {
        (true, false) if calendar.variant == Variant::CursorBeforeRows => Step::FinishFeedFirst,
        (false, false) => Step::FinishFeed,
        _ => Step::Write,
    };
    s.workers[who] = worker;
}

/// A lagging read is made good by the next poll that bumps after it; one that has bumped already
/// does not count.
fn owe_poll(calendar: &Calendar, s: &mut State) {
    s.owed_poll = calendar.bounds.partial_lag && calendar.bounds.poll_heals;
    for receiver in &mut s.receivers {
        if let Receiver::Bumped {
            note: Note::Poll,
            recorded,
            ..
        } = receiver
        {
            *recorded = true;
        }
    }
}

/// Whether the inbox still knows this worker: its fence, and its lease even if expired.
pub(crate) fn holds(s: &State, who: usize) -> bool {
    s.inbox.fence == s.workers[who].fence && s.inbox.lease != Lease::Free
}

/// Fence or lease lost: the failure is reported, so the message comes back.
pub(crate) fn fail(calendar: &Calendar, s: &mut State, who: usize) {
    if calendar.variant == Variant::AckAfterLostFence {
        s.workers[who] = Worker::default();
    } else {
        lose(s, who);
    }
}

fn lose(s: &mut State, who: usize) {
    if s.workers[who].owns_message {
        s.send();
    }
    s.workers[who] = Worker::default();
}

/// A request nobody waits for any more reaches the table.
pub(crate) fn land(calendar: &Calendar, s: &mut State) {
    match s.late.take() {
        Some(Late::Transaction(transaction)) => {
            let _: Outcome = transaction::commit(calendar, s, &transaction);
        }
        Some(Late::Extend { fence }) => {
            let _: bool = extend(calendar, s, fence);
        }
        Some(Late::Raise { fence, g }) => {
            let _: bool = raise(calendar, s, fence, g);
        }
        None => {}
    }
}
