//! May a run ask a mailbox now?
//!
//! Microsoft answers four requests of an application at once for one mailbox, whoever makes them:
//! several calendars of one mailbox, or two organizations that connected it. Each run takes one of
//! four slots, for as long as its invocation may last.

use jiff::{SignedDuration, Timestamp};

/// How many requests a mailbox answers at once.
pub const SLOTS: usize = 4;

/// How many of them runs may take. One is left for what somebody waits for, such as subscribing.
pub const SLOTS_FOR_RUNS: usize = 3;

/// How long a run that found no free slot waits, at least; jitter adds as much again.
pub const CROWDED: SignedDuration = SignedDuration::from_secs(2);

/// How long it waits at most before jitter, however often it found none.
pub const LONGEST_CROWD: SignedDuration = SignedDuration::from_secs(30);

/// Until when each slot of a mailbox is taken.
pub type Slots = [Option<Timestamp>; SLOTS];

/// A slot that a run may take.
pub fn free(slots: &Slots, now: Timestamp) -> Option<usize> {
    slots
        .iter()
        .take(SLOTS_FOR_RUNS)
        .position(|taken| is_free(*taken, now))
}

/// Whether a slot may be taken. One whose run died is free when its invocation had to be over.
pub fn is_free(taken_until: Option<Timestamp>, now: Timestamp) -> bool {
    taken_until.is_none_or(|until| until <= now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a small number of seconds")
    }

    #[test]
    fn three_runs_may_ask_at_once_and_one_slot_is_left() {
        let mut slots = Slots::default();

        for expected in [Some(0), Some(1), Some(2), None] {
            let found = free(&slots, at(100));
            assert_eq!(found, expected);
            if let Some(slot) = found {
                slots[slot] = Some(at(200));
            }
        }
        assert!(is_free(slots[3], at(100)));
    }

    #[test]
    fn a_slot_whose_run_died_is_free_when_its_invocation_is_over() {
        let slots = [Some(at(200)), Some(at(150)), Some(at(200)), None];

        assert_eq!(free(&slots, at(149)), None);
        assert_eq!(free(&slots, at(150)), Some(1));
    }
}
