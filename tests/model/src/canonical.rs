//! One representative for states that no actor and no property can tell apart.
//!
//! Fences are only compared, so their order is kept and not their size; the same holds for `req`,
//! `syn` and the `g`s once a common offset is taken away. Actors of one kind are alike.

use crate::state::{Late, Lease, Note, Receiver, Record, State, Step};

/// Replaces a state by its representative.
pub(crate) fn canonical(s: &mut State) {
    renumber_fences(s);
    shift_counters(s);
    let holder = s
        .workers
        .iter()
        .any(|w| w.step != Step::Idle && w.fence == s.inbox.fence);
    if s.inbox.lease == Lease::Expired && !holder && s.late.is_none() {
        s.inbox.lease = Lease::Free; // Nobody is left who could tell.
    }
    s.receivers.sort_unstable();
    s.workers.sort_unstable();
    s.sweepers.sort_unstable();
    s.publishers.sort_unstable();
}

fn renumber_fences(s: &mut State) {
    let mut used: u32 = 1; // Bit 0: no fence is a fence of its own.
    each_fence(s, |fence| used |= 1 << *fence);
    let rank = |fence: u8| (used & ((1 << fence) - 1)).count_ones() as u8;
    each_fence(s, |fence| *fence = rank(*fence));
}

fn each_fence(s: &mut State, mut visit: impl FnMut(&mut u8)) {
    visit(&mut s.inbox.fence);
    visit(&mut s.feed.fence);
    for worker in &mut s.workers {
        visit(&mut worker.fence);
    }
    match &mut s.late {
        Some(Late::Transaction(transaction)) => visit(&mut transaction.fence),
        Some(Late::Extend { fence } | Late::Raise { fence, .. }) => visit(fence),
        None => {}
    }
}

fn shift_counters(s: &mut State) {
    let mut least = s.inbox.syn.min(s.inbox.req);
    each_g(s, |g| {
        if *g > 0 {
            least = least.min(*g - 1);
        }
    });
    // A `g` the shift would forget is one whose change was read. Others must stay visible.
    for (change, g) in told(s) {
        if g > 0 && !s.mirrors(change) {
            least = least.min(g - 1);
        }
    }
    if least == 0 {
        return;
    }
    s.inbox.syn -= least;
    s.inbox.req -= least;
    s.inbox.echo = s.inbox.echo.saturating_sub(least);
    each_g(s, |g| *g = g.saturating_sub(least));
    for receiver in &mut s.receivers {
        if let Receiver::Bumped { g, .. } = receiver {
            *g = g.saturating_sub(least);
        }
    }
    for record in s.records.iter_mut().flatten() {
        if let Record::Known { g, .. } = record {
            *g = g.saturating_sub(least); // 0: was processed, and rows do not go back.
        }
    }
}

/// The changes whose notification has, or is about to get, a record, with its `g`.
fn told(s: &State) -> impl Iterator<Item = (u8, u8)> {
    let written = s
        .records
        .iter()
        .flatten()
        .filter_map(|record| match *record {
            Record::Known { change, g, .. } => Some((change, g)),
            Record::Absent | Record::Late => None,
        });
    let coming = s.receivers.iter().filter_map(|receiver| match *receiver {
        Receiver::Bumped {
            note: Note::Hint { change, .. },
            g,
            ..
        } => Some((change, g)),
        _ => None,
    });
    written.chain(coming)
}

fn each_g(s: &mut State, mut visit: impl FnMut(&mut u8)) {
    visit(&mut s.feed.round_g);
    for worker in &mut s.workers {
        visit(&mut worker.g);
        visit(&mut worker.round_g);
    }
    match &mut s.late {
        Some(Late::Transaction(transaction)) => visit(&mut transaction.round_g),
        Some(Late::Raise { g, .. }) => visit(g),
        Some(Late::Extend { .. }) | None => {}
    }
}
