//! What is a reader told who follows a calendar's feed?
//!
//! A reader with a cursor misses nothing, or learns that it has to take a new snapshot. Entries are
//! kept for a while and then deleted, by a database that takes its time: whether one still counts
//! is decided by the clock, not by whether it is there.

use jiff::Timestamp;

/// A stored entry, as far as the answer depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its number.
    pub seq: u64,
    /// From when on it does not count any more.
    pub expires_at: Timestamp,
}

/// What a reader is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The entries as they are.
    Entries {
        /// Where to go on.
        cursor: u64,
        /// Whether there is more already.
        has_more: bool,
    },
    /// To take a new snapshot: what followed the cursor is not all there any more, or never was.
    Resync,
}

/// Decides what a reader at `cursor` is told, who was found these entries after it. `last_seq` has
/// to be read before them: read after them, a new entry would look like a missing one.
pub fn follow(cursor: u64, entries: &[Kept], last_seq: u64, now: Timestamp) -> Told {
    // Nobody was ever given such a cursor, unless the feed was lost and began anew.
    if cursor > last_seq {
        return Told::Resync;
    }
    let mut reached = cursor;
    for entry in entries {
        if entry.seq != reached + 1 || entry.expires_at <= now {
            return Told::Resync;
        }
        reached = entry.seq;
    }
    if entries.is_empty() && reached < last_seq {
        return Told::Resync;
    }
    Told::Entries {
        cursor: reached,
        has_more: reached < last_seq,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::inbox::tests::{at, now};

    fn kept(seq: u64) -> Kept {
        Kept {
            seq,
            expires_at: at(60),
        }
    }

    fn entries(cursor: u64, has_more: bool) -> Told {
        Told::Entries { cursor, has_more }
    }

    #[test]
    fn a_reader_is_told_what_follows_its_cursor() {
        #[track_caller]
        fn check(cursor: u64, seqs: &[u64], last_seq: u64, expected: Told) {
            let rows: Vec<Kept> = seqs.iter().copied().map(kept).collect();
            assert_eq!(follow(cursor, &rows, last_seq, now()), expected);
        }

        check(0, &[], 0, entries(0, false));
        check(0, &[1, 2], 2, entries(2, false));
        check(0, &[1, 2], 5, entries(2, true));
        check(5, &[], 5, entries(5, false));
        // Written after `last_seq` was read.
        check(5, &[6, 7], 5, entries(7, false));
        check(4, &[5, 6, 7], 6, entries(7, false));
    }

    #[test]
    fn a_reader_who_would_miss_something_takes_a_new_snapshot() {
        #[track_caller]
        fn check(cursor: u64, seqs: &[u64], last_seq: u64) {
            let rows: Vec<Kept> = seqs.iter().copied().map(kept).collect();
            assert_eq!(follow(cursor, &rows, last_seq, now()), Told::Resync);
        }

        // The first ones are gone.
        check(0, &[3, 4], 4);
        // One in between is gone.
        check(0, &[1, 3], 3);
        // All of them are gone.
        check(2, &[], 4);
        // There never was such a cursor.
        check(7, &[], 4);
    }

    #[test]
    fn an_entry_that_has_expired_does_not_count_although_it_is_there() {
        let old = |seq, seconds| Kept {
            seq,
            expires_at: at(seconds),
        };

        for rows in [
            [old(1, -1), kept(2)],
            [old(1, 0), kept(2)],
            [kept(1), old(2, 0)],
        ] {
            assert_eq!(follow(0, &rows, 2, now()), Told::Resync, "{rows:?}");
        }
        assert_eq!(
            follow(0, &[old(1, 1), kept(2)], 2, now()),
            entries(2, false)
        );
    }

    proptest! {
        /// What P6 promises: whoever follows from answer to answer sees every number once.
        #[test]
        fn a_follower_misses_nothing(last_seq in 0..60_u64, limit in 1..9_usize, gone in 0..60_u64) {
            let mut cursor = 0;
            let mut seen = Vec::new();
            loop {
                let rows: Vec<Kept> = (cursor + 1..=last_seq)
                    .filter(|seq| *seq > gone)
                    .take(limit)
                    .map(kept)
                    .collect();
                match follow(cursor, &rows, last_seq, now()) {
                    Told::Resync => {
                        prop_assert!(gone > 0 && last_seq > 0 && seen.is_empty());
                        return Ok(());
                    }
                    Told::Entries { cursor: next, has_more } => {
                        seen.extend(rows.iter().map(|row| row.seq));
                        prop_assert_eq!(next, seen.last().copied().unwrap_or(cursor));
                        cursor = next;
                        if !has_more {
                            break;
                        }
                    }
                }
            }
            prop_assert_eq!(seen, (1..=last_seq).collect::<Vec<_>>());
        }
    }
}
