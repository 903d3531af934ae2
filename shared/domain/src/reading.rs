//! Which part of the provider's data comes next?
//!
//! The feed is the other of a calendar's two items. A run reads it when it raises the fence, and
//! writes its progress there under that fence.

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
    /// The newest entry of the feed.
    pub last_seq: u64,
    /// The newest entry on the bus.
    pub published_seq: u64,
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
    pub fn next(&self) -> Next {
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

/// Whether a whole read that leaves this many of the rows unseen is repeated before it deletes.
///
/// A provider that answers with too little looks exactly like a customer who deleted it all.
pub const fn is_doubtful(rows: u64, unseen: u64, doubted_before: bool) -> bool {
    !doubted_before && rows > 0 && (unseen == rows || unseen * 5 > rows)
}
