//! Which part of the provider's data comes next?
//!
//! The feed is the other of a calendar's two items. A run reads it when it raises the fence, and
//! writes its progress there under that fence.

use crate::push::Push;
use crate::window::Window;

/// The state of one calendar's feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Feed {
    /// The run that may write.
    pub fence: u64,
    /// Where the last whole read ended. None before the first, and while everything is read anew.
    pub cursor: Option<String>,
    /// How far the present read got, if it was interrupted.
    pub checkpoint: Option<Checkpoint>,
    /// The request that the present read started after.
    pub round_g: Option<u64>,
    /// How often the calendar was read as a whole; rows carry the number of the last such read
    /// that saw them.
    pub rebuild: u64,
    /// Whether the last whole read looked wrong and is being repeated before it may delete.
    pub doubted: bool,
    /// Whether the calendar was ever read as a whole.
    pub imported: bool,
    /// The part of the calendar that is read, where the provider wants to be told.
    pub window: Option<Window>,
    /// Whether an operator asked that everything is read anew.
    pub resync_asked: bool,
    /// The newest entry of the feed.
    pub last_seq: u64,
    /// The newest entry on the bus.
    pub published_seq: u64,
    /// Whether the provider tells us of changes, as far as we know.
    pub push: Push,
    /// How often a change was found that it should have told us of.
    pub missed_push: u64,
}

/// How far an interrupted read got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checkpoint {
    /// The provider's next page.
    Page(String),
    /// The provider has no more pages; rows that the read did not see are being counted.
    Count {
        /// The cursor the provider gave at the end.
        cursor: String,
        /// Where in the rows to go on.
        after: Option<String>,
        /// Rows counted.
        rows: u64,
        /// Of those, rows that the read did not see.
        unseen: u64,
    },
    /// Rows that the read did not see are being confirmed and deleted.
    Delete {
        /// The cursor the provider gave at the end.
        cursor: String,
        /// Where in the rows to go on.
        after: Option<String>,
    },
}

/// What kind of read is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The first: rows are written without entries, and one entry at the end says that all is there.
    Import,
    /// What changed since the cursor.
    Incremental,
    /// Everything, because the cursor was lost; differences are ordinary changes.
    Rebuild,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Forget the cursor and read everything, because an operator asked for that.
    StartOver,
    /// Ask the provider for a page.
    Read {
        /// Where the round started; none reads everything.
        cursor: Option<String>,
        /// The page within the round; none is the first.
        page: Option<String>,
    },
    /// Count the rows that the read did not see.
    Count {
        /// The cursor to commit in the end.
        cursor: String,
        /// Where in the rows to go on.
        after: Option<String>,
        /// Rows counted so far.
        rows: u64,
        /// Of those, rows that the read did not see.
        unseen: u64,
    },
    /// Confirm and delete the rows that the read did not see.
    Delete {
        /// The cursor to commit in the end.
        cursor: String,
        /// Where in the rows to go on.
        after: Option<String>,
    },
}

impl Feed {
    /// What kind of read is under way, or starts.
    pub const fn mode(&self) -> Mode {
        match (&self.cursor, self.imported) {
            (Some(_), _) => Mode::Incremental,
            (None, false) => Mode::Import,
            (None, true) => Mode::Rebuild,
        }
    }

    /// What to do next.
    ///
    /// What an operator asked for comes before a read that goes on: that one began before, and
    /// would leave unseen what made the operator ask.
    pub fn next(&self) -> Next {
        if self.resync_asked {
            return Next::StartOver;
        }
        match &self.checkpoint {
            None => Next::Read {
                cursor: self.cursor.clone(),
                page: None,
            },
            Some(Checkpoint::Page(page)) => Next::Read {
                cursor: self.cursor.clone(),
                page: Some(page.clone()),
            },
            Some(Checkpoint::Count {
                cursor,
                after,
                rows,
                unseen,
            }) => Next::Count {
                cursor: cursor.clone(),
                after: after.clone(),
                rows: *rows,
                unseen: *unseen,
            },
            Some(Checkpoint::Delete { cursor, after }) => Next::Delete {
                cursor: cursor.clone(),
                after: after.clone(),
            },
        }
    }

    /// What follows the provider's last page of a whole read.
    ///
    /// A first import that was never restarted has no row it did not see.
    pub fn after_last_page(&self, cursor: String) -> Option<Checkpoint> {
        let whole = self.cursor.is_none();
        let may_have_unseen = self.imported || self.rebuild > 1;
        (whole && may_have_unseen).then_some(Checkpoint::Count {
            cursor,
            after: None,
            rows: 0,
            unseen: 0,
        })
    }
}

/// DynamoDB takes 100 items a transaction: 49 rows, their 49 entries, and the feed.
pub const EVENTS_PER_TRANSACTION: usize = 49;

/// DynamoDB takes 4 MB a transaction; the rest is room for keys and attribute names.
pub const BYTES_PER_TRANSACTION: usize = 3 * 1024 * 1024;

/// How many of the next events, of these sizes, go into one transaction; at least one.
pub fn transaction(sizes: impl IntoIterator<Item = usize>) -> usize {
    let mut total = 0;
    let fitting = sizes
        .into_iter()
        .take(EVENTS_PER_TRANSACTION)
        .take_while(|size| {
            total += size;
            total <= BYTES_PER_TRANSACTION
        })
        .count();
    fitting.max(1)
}

/// Whether a whole read that leaves this many of the rows unseen is repeated before it deletes.
///
/// A provider that answers with too little looks exactly like a customer who deleted it all.
pub const fn is_doubtful(rows: u64, unseen: u64, doubted_before: bool) -> bool {
    !doubted_before && rows > 0 && (unseen == rows || unseen * 5 > rows)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    /// A calendar that was read as a whole once and has a cursor since.
    fn imported() -> Feed {
        Feed {
            cursor: text("cursor-1"),
            imported: true,
            rebuild: 1,
            ..Feed::default()
        }
    }

    /// The same after the provider refused its cursor.
    fn lost() -> Feed {
        Feed {
            cursor: None,
            rebuild: 2,
            ..imported()
        }
    }

    #[test]
    fn a_calendar_is_imported_once_and_rebuilt_whenever_its_cursor_is_lost() {
        assert_eq!(Feed::default().mode(), Mode::Import);
        assert_eq!(imported().mode(), Mode::Incremental);
        assert_eq!(lost().mode(), Mode::Rebuild);
    }

    #[test]
    fn a_new_round_starts_at_the_cursor_or_at_the_beginning() {
        let first_page = |cursor| Next::Read { cursor, page: None };

        assert_eq!(Feed::default().next(), first_page(None));
        assert_eq!(imported().next(), first_page(text("cursor-1")));
        assert_eq!(lost().next(), first_page(None));
    }

    #[test]
    fn a_read_that_an_operator_asked_for_starts_over_whatever_was_under_way() {
        for feed in [Feed::default(), imported(), lost()] {
            for checkpoint in [None, Some(Checkpoint::Page("page-2".to_owned()))] {
                let asked = Feed {
                    checkpoint,
                    resync_asked: true,
                    ..feed.clone()
                };
                assert_eq!(asked.next(), Next::StartOver);
            }
        }
    }

    #[test]
    fn an_interrupted_round_goes_on_where_it_stopped() {
        #[track_caller]
        fn check(feed: Feed, checkpoint: Checkpoint, expected: &Next) {
            let mode = feed.mode();
            let feed = Feed {
                checkpoint: Some(checkpoint),
                ..feed
            };
            assert_eq!(feed.next(), *expected);
            assert_eq!(
                feed.mode(),
                mode,
                "a checkpoint does not change what kind of read it is"
            );
        }
        let page = || Checkpoint::Page("page-2".to_owned());
        let read = |cursor| Next::Read {
            cursor,
            page: text("page-2"),
        };

        check(Feed::default(), page(), &read(None));
        check(imported(), page(), &read(text("cursor-1")));
        check(
            lost(),
            Checkpoint::Count {
                cursor: "cursor-2".to_owned(),
                after: text("row-9"),
                rows: 9,
                unseen: 1,
            },
            &Next::Count {
                cursor: "cursor-2".to_owned(),
                after: text("row-9"),
                rows: 9,
                unseen: 1,
            },
        );
        check(
            lost(),
            Checkpoint::Delete {
                cursor: "cursor-2".to_owned(),
                after: None,
            },
            &Next::Delete {
                cursor: "cursor-2".to_owned(),
                after: None,
            },
        );
    }

    #[test]
    fn only_a_whole_read_that_may_have_missed_rows_counts_them() {
        #[track_caller]
        fn check(feed: &Feed, counts: bool) {
            let expected = counts.then(|| Checkpoint::Count {
                cursor: "cursor-2".to_owned(),
                after: None,
                rows: 0,
                unseen: 0,
            });
            assert_eq!(
                feed.after_last_page("cursor-2".to_owned()),
                expected,
                "{feed:?}"
            );
        }
        let importing = |rebuild| Feed {
            rebuild,
            ..Feed::default()
        };

        check(&importing(0), false);
        check(&importing(1), false);
        // A first import that was restarted may have written what has gone since.
        check(&importing(2), true);
        check(&imported(), false);
        check(
            &Feed {
                rebuild: 9,
                ..imported()
            },
            false,
        );
        check(&lost(), true);
    }

    #[test]
    fn a_read_that_misses_more_than_a_fifth_of_the_rows_is_doubted() {
        for (rows, unseen, expected) in [
            (0, 0, false),
            (100, 0, false),
            (100, 20, false),
            (100, 21, true),
            (100, 100, true),
            (5, 1, false),
            (4, 1, true),
            (1, 1, true),
            (1_000_000, 200_001, true),
        ] {
            assert_eq!(
                is_doubtful(rows, unseen, false),
                expected,
                "{unseen} of {rows}"
            );
            assert!(
                !is_doubtful(rows, unseen, true),
                "{unseen} of {rows}, again"
            );
        }
    }

    #[test]
    fn a_transaction_ends_at_49_events_or_at_the_byte_limit() {
        const MEGABYTE: usize = 1024 * 1024;
        for (size, events, expected) in [
            (1, 1, 1),
            (1, 49, 49),
            (1, 50, 49),
            (64 * 1024, 100, 48),
            (MEGABYTE, 4, 3),
            (4 * MEGABYTE, 2, 1),
        ] {
            let sizes = std::iter::repeat_n(size, events);
            assert_eq!(transaction(sizes), expected, "{events} of {size} bytes");
        }
    }

    proptest! {
        #[test]
        fn a_read_that_misses_more_is_not_doubted_less(rows in 0..2_000_u64, unseen in 0..2_000_u64) {
            let unseen = unseen.min(rows);
            if is_doubtful(rows, unseen, false) {
                prop_assert!(is_doubtful(rows, (unseen + 1).min(rows), false));
            }
        }

        #[test]
        fn an_empty_answer_is_doubted_if_there_was_anything(rows in 0..2_000_u64) {
            prop_assert_eq!(is_doubtful(rows, rows, false), rows > 0);
        }
    }
}
