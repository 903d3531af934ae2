//! What must hold in every state, and the landmarks a search has to pass to mean anything.

use stateright::Property;

use crate::calendar::Calendar;
use crate::drain;
use crate::landmarks;
use crate::state::{EVENTS, Publisher, Receiver, Record, State, Step, Sweeper, event_of};
use crate::variant::Variant;

/// `syn` never passes `req`.
pub const I1: &str = "I1 syn ≤ req";
/// No row is ever replaced by an older version.
pub const I2: &str = "I2 the mirror never goes backwards";
/// What counts as processed stays processed.
pub const SYN: &str = "syn never goes backwards";
/// Every promised change is mirrored, or the calendar is dirty.
pub const I3: &str = "I3 a promised change is mirrored or the calendar is dirty";
/// Somebody will take care of an active dirty calendar.
pub const I4: &str = "I4 somebody is responsible for a dirty calendar";
/// While there is something to do, `due` is set, whatever else is lost.
pub const DUE: &str = "due guards every active dirty calendar";
/// `due` is not left behind where no finish will ever remove it.
pub const NO_STRAY_DUE: &str = "due is never set on a clean calendar";
/// When nothing moves any more, every promise is kept.
pub const I5: &str = "I5 when all is quiet every promise is kept";
/// Entries are consecutive, none repeats, and together they make the mirror.
pub const FEED: &str = "the feed has no gap, no repeat and replays to the mirror";
/// `published_seq` vouches for everything before it.
pub const ON_BUS: &str = "everything up to published_seq is on the bus";
/// Whoever comes later can see that something is unpublished.
pub const PUB_DUE: &str = "pub_due is set while something is unpublished";
/// In the end everything is published.
pub const PUBLISHED: &str = "when all is quiet everything is published";
/// A record's `g` says truthfully whether its notification was processed.
pub const RECORDS: &str = "a record counts as processed exactly when its change was read";
/// From every state there is a way to the end without further faults.
pub const DRAINS: &str = "without further faults everything comes to rest, synced and published";

pub(crate) fn all(calendar: &Calendar) -> Vec<Property<Calendar>> {
    let mut all = vec![
        always(I1, |_, s| s.inbox.syn <= s.inbox.req),
        always(I2, |_, s| !s.rows_went_back),
        always(SYN, |_, s| !s.syn_went_back),
        always(I3, |_, s| s.owed_poll || s.mirrors(s.promised) || s.dirty()),
        always(I4, somebody_is_responsible),
        always(DUE, |_, s| s.inbox.paused || !s.dirty() || s.inbox.due),
        always(NO_STRAY_DUE, |_, s| {
            s.dirty() || !s.inbox.due || about_to_remove_due(s)
        }),
        always(I5, |c, s| {
            !quiet(c, s) || s.inbox.paused || s.mirrors(s.promised)
        }),
        always(FEED, |_, s| feed_is_whole(s)),
        always(ON_BUS, |_, s| on_bus(s, s.feed.published_seq)),
        always(PUB_DUE, |_, s| {
            s.feed.pub_due || s.feed.published_seq == s.feed.last_seq
        }),
        always(PUBLISHED, |c, s| {
            c.bounds.publishers == 0
                || !quiet(c, s)
                || (s.feed.published_seq == s.feed.last_seq && on_bus(s, s.feed.last_seq))
        }),
        always(RECORDS, records_are_true),
    ];
    if calendar.bounds.drain {
        all.push(always(DRAINS, drain::drains));
    }
    if calendar.landmarks {
        all.extend(landmarks::all());
    }
    all
}

/// Nothing is in flight and nothing will start by itself. A provider may still deliver.
pub(crate) fn quiet(calendar: &Calendar, s: &State) -> bool {
    s.receivers.iter().all(|r| *r == Receiver::Idle)
        && s.workers.iter().all(|w| w.step == Step::Idle)
        && s.sweepers.iter().all(|w| *w == Sweeper::Idle)
        && s.publishers.iter().all(|p| *p == Publisher::Idle)
        && s.queue == 0
        && !s.owed_poll
        && (!s.inbox.due || calendar.variant == Variant::NoSweeper)
        && (!s.feed.pub_due || calendar.bounds.publishers == 0)
}

fn somebody_is_responsible(calendar: &Calendar, s: &State) -> bool {
    s.inbox.paused
        || !s.dirty()
        || (s.inbox.due && calendar.variant != Variant::NoSweeper)
        || s.queue > 0
        || s.workers.iter().any(|w| w.step != Step::Idle)
        || s.sweepers.contains(&Sweeper::Claimed)
        || s.receivers.iter().any(|r| *r != Receiver::Idle)
}

fn about_to_remove_due(s: &State) -> bool {
    s.workers.iter().any(|w| w.step == Step::RemoveDue)
}

fn feed_is_whole(s: &State) -> bool {
    let (told, untold) = s.changes.split_at(usize::from(s.feed.last_seq));
    let mut mirror = [0; EVENTS];
    for version in told {
        // Zero is a gap, an equal version a repeat, a smaller one a reversal.
        if *version <= mirror[event_of(*version)] {
            return false;
        }
        mirror[event_of(*version)] = *version;
    }
    untold.iter().all(|v| *v == 0) && mirror == s.rows
}

fn on_bus(s: &State, seq: u8) -> bool {
    (0..seq).all(|bit| s.bus & (1 << bit) != 0)
}

fn records_are_true(calendar: &Calendar, s: &State) -> bool {
    s.records.iter().flatten().all(|record| match *record {
        Record::Known { change, g, .. } if g > 0 => {
            // A lagging read is what the echo is for: `syn` may be ahead of the mirror until then.
            let honest = calendar.bounds.budget.lags > 0 || g > s.inbox.syn || s.mirrors(change);
            g <= s.inbox.req && honest
        }
        _ => true,
    })
}

/// [`Property::always`] with the types that let a closure be written bare.
fn always(name: &'static str, condition: fn(&Calendar, &State) -> bool) -> Property<Calendar> {
    Property::always(name, condition)
}
