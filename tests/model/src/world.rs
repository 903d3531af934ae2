//! What nobody decides: the customer, SQS, clocks and lost answers.

use crate::calendar::{Action, Calendar};
use crate::receive::bit;
use crate::state::{Lease, Record, State, Step};
use crate::sync;

/// What happens by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// The customer changes an event; every existing subscription will be notified.
    Change,
    /// SQS loses a message.
    Lose,
    /// The lease expires: freely without a holder, by budget under a live one.
    Expire,
    /// A request nobody waits for lands.
    Land,
    /// A request nobody waits for is lost.
    Vanish,
    /// A record's `dedup_until` passes.
    Lapse {
        /// The subscription of the record.
        sub: usize,
        /// Its place.
        slot: usize,
    },
    /// The first subscription is retired; the provider may still speak through it.
    Retire,
}

pub(crate) fn actions(_: &Calendar, s: &State, out: &mut Vec<Action>) {
    let mut add = |a| out.push(Action::World(a));
    if s.left.changes > 0 {
        add(World::Change);
    }
    if s.left.losses > 0 && s.queue > 0 {
        add(World::Lose);
    }
    if s.inbox.lease == Lease::Held && (s.left.expiries > 0 || !held_by_somebody_alive(s)) {
        add(World::Expire);
    }
    if s.late.is_some() {
        add(World::Land);
        add(World::Vanish);
    }
    if s.left.lapses > 0 {
        for (sub, records) in s.records.iter().enumerate() {
            for (slot, record) in records.iter().enumerate() {
                if matches!(record, Record::Known { lapsed: false, .. }) {
                    add(World::Lapse { sub, slot });
                }
            }
        }
    }
    if s.left.retirements > 0 && s.live == [true, true] {
        add(World::Retire);
    }
}

pub(crate) fn apply(calendar: &Calendar, s: &mut State, action: World) {
    match action {
        World::Change => {
            s.left.changes -= 1;
            s.version += 1;
            for pending in &mut s.pending[..usize::from(calendar.bounds.subscriptions)] {
                *pending |= bit(s.version);
            }
        }
        World::Lose => {
            s.left.losses -= 1;
            s.queue -= 1;
        }
        World::Expire => {
            if held_by_somebody_alive(s) {
                s.left.expiries -= 1;
            }
            s.inbox.lease = Lease::Expired;
        }
        World::Land => sync::land(calendar, s),
        World::Vanish => s.late = None,
        World::Lapse { sub, slot } => {
            s.left.lapses -= 1;
            if let Record::Known { lapsed, .. } = &mut s.records[sub][slot] {
                *lapsed = true;
            }
        }
        World::Retire => {
            s.left.retirements -= 1;
            s.live[0] = false;
        }
    }
}

fn held_by_somebody_alive(s: &State) -> bool {
    s.workers
        .iter()
        .any(|w| w.step != Step::Idle && w.fence == s.inbox.fence)
}
