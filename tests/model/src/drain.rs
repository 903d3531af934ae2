//! A way out of every state: one fixed schedule without faults that must come to rest.

use crate::calendar::{Action, Calendar};
use crate::properties::quiet;
use crate::publish::Publish;
use crate::receive::Receive;
use crate::state::State;
use crate::sweep::Sweep;
use crate::sync::Sync;
use crate::world::World;

/// More steps than any rest takes from any state of our bounds.
const PATIENCE: usize = 300;

/// Whether the calendar comes to rest, with everything promised mirrored and published.
pub(crate) fn drains(calendar: &Calendar, start: &State) -> bool {
    let mut s = *start;
    let mut offers = Vec::new();
    for _ in 0..PATIENCE {
        offers.clear();
        calendar.offers(&s, &mut offers);
        let best = offers
            .iter()
            .filter_map(|a| rank(&s, *a).map(|rank| (rank, *a)))
            .min_by_key(|(rank, _)| *rank);
        let Some((_, action)) = best else {
            let published =
                s.feed.published_seq == s.feed.last_seq || calendar.bounds.publishers == 0;
            return quiet(calendar, &s) && s.mirrors(s.promised) && published;
        };
        s = calendar.after(&s, action);
    }
    false
}

/// The order in which the schedule prefers actions; none for faults and for new work.
fn rank(s: &State, action: Action) -> Option<u8> {
    match action {
        Action::Receive(Receive::Bump {
            overdue: false,
            twice: false,
            ..
        }) => Some(0),
        Action::Receive(Receive::Record(_) | Receive::Claim(_) | Receive::Send(_)) => Some(0),
        Action::Receive(_) => None,
        Action::Sync(Sync::Take { double: false }) => Some(3),
        Action::Sync(Sync::Raise { unknown: false, .. } | Sync::Write { unknown: false, .. }) => {
            Some(1)
        }
        Action::Sync(Sync::Read { who, snapshot }) => {
            (s.workers[who].page.is_some() || snapshot == s.version).then_some(1)
        }
        Action::Sync(Sync::Extend { unknown: false, .. } | Sync::Reread(_)) => Some(1),
        Action::Sync(
            Sync::FinishFeed(_) | Sync::FinishInbox(_) | Sync::RemoveDue(_) | Sync::Send(_),
        ) => Some(1),
        Action::Sync(_) => None,
        Action::Publish(
            Publish::Put { partly: false, .. } | Publish::Mark(_) | Publish::Clear(_),
        ) => Some(1),
        Action::Publish(Publish::Read) => Some(4),
        Action::Publish(_) => None,
        // The schedule only expires a lease whose holder is gone: every live one finishes first.
        Action::World(World::Land) => Some(0),
        Action::World(World::Expire) => Some(2),
        Action::World(_) => None,
        Action::Sweep(Sweep::Claim(_) | Sweep::Remove(_) | Sweep::Send(_)) => Some(1),
        Action::Sweep(Sweep::Resume) => Some(4),
        Action::Sweep(Sweep::See) => Some(5),
        Action::Sweep(Sweep::Crash(_) | Sweep::Pause) => None,
    }
}
