//! Feed transactions: rows, entries and the next page under fence, `last_seq` and open round.

use crate::calendar::Calendar;
use crate::state::{EVENTS, Late, MAX_FEED, State, Step, Transaction, Worker, event_of};
use crate::sync::fail;
use crate::variant::Variant;

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All of it was written.
    Applied,
    /// Somebody has raised the fence.
    FenceLost,
    /// `last_seq` is not what the sender knew.
    SeqMoved,
    /// The round it belongs to is over.
    RoundOver,
}

pub(crate) fn write(calendar: &Calendar, s: &mut State, who: usize, unknown: bool) {
    let (transaction, rest) = next(calendar, s, who);
    if unknown {
        s.left.unknowns -= 1;
        s.late = Some(Late::Transaction(transaction));
        s.workers[who].step = Step::Reread;
        return;
    }
    match commit(calendar, s, &transaction) {
        Outcome::Applied => advance(calendar, s, who, &transaction, rest),
        Outcome::SeqMoved => s.workers[who].step = Step::Reread,
        Outcome::FenceLost | Outcome::RoundOver => fail(calendar, s, who),
    }
}

pub(crate) fn reread(calendar: &Calendar, s: &mut State, who: usize) {
    let worker = s.workers[who];
    let (transaction, rest) = next(calendar, s, who);
    let written = count(transaction.writes);
    if s.feed.fence != worker.fence && calendar.variant != Variant::NoFeedFence {
        fail(calendar, s, who);
    } else if s.feed.last_seq == worker.seq {
        s.workers[who].step = Step::Write;
    } else if s.feed.last_seq == worker.seq + written {
        advance(calendar, s, who, &transaction, rest);
    } else {
        fail(calendar, s, who);
    }
}

/// Writes all of it or nothing.
pub(crate) fn commit(calendar: &Calendar, s: &mut State, transaction: &Transaction) -> Outcome {
    match calendar.variant {
        Variant::NoFeedFence => {}
        Variant::FenceRaisedByWrites if s.feed.fence <= transaction.fence => {
            s.feed.fence = transaction.fence
        }
        _ if s.feed.fence == transaction.fence => {}
        _ => return Outcome::FenceLost,
    }
    if s.feed.last_seq != transaction.seq && calendar.variant != Variant::NoSeqGuard {
        return Outcome::SeqMoved;
    }
    if s.feed.round_g != transaction.round_g && calendar.variant != Variant::NoRoundGuard {
        return Outcome::RoundOver;
    }
    let mut seq = usize::from(transaction.seq);
    for version in transaction.writes.into_iter().filter(|v| *v != 0) {
        let row = &mut s.rows[event_of(version)];
        s.rows_went_back |= *row > version;
        *row = version;
        if seq < MAX_FEED {
            s.changes[seq] = version;
            seq += 1;
        }
    }
    s.feed.last_seq = seq as u8;
    s.feed.pub_due |= transaction.writes[0] != 0 && calendar.variant != Variant::PubDueAfterRound;
    if transaction.page.is_some() {
        s.feed.page = transaction.page;
    }
    Outcome::Applied
}

/// The next transaction of a worker, and what it leaves to write.
fn next(calendar: &Calendar, s: &State, who: usize) -> (Transaction, [u8; EVENTS]) {
    let worker = s.workers[who];
    let (mut writes, mut rest) = (worker.writes, [0; EVENTS]);
    if calendar.bounds.transaction_items == 1 {
        (writes[1], rest[0]) = (0, worker.writes[1]);
    }
    // The page's last transaction stores the next page.
    let page = if rest[0] == 0 { worker.page } else { None };
    let Worker {
        fence,
        round_g,
        seq,
        ..
    } = worker;
    (
        Transaction {
            fence,
            round_g,
            seq,
            writes,
            page,
        },
        rest,
    )
}

fn advance(calendar: &Calendar, s: &mut State, who: usize, done: &Transaction, rest: [u8; EVENTS]) {
    let worker = &mut s.workers[who];
    worker.seq += count(done.writes);
    worker.found |= done.writes[0] != 0;
    worker.writes = rest;
    worker.step = if rest[0] != 0 {
        Step::Write
    } else if worker.page.is_some() {
        Step::BetweenPages
    } else if calendar.variant == Variant::CursorBeforeRows {
        Step::FinishInbox
    } else {
        Step::FinishFeed
    };
}

fn count(writes: [u8; EVENTS]) -> u8 {
    writes.iter().filter(|v| **v != 0).count() as u8
}
