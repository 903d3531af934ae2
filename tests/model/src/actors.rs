//! Who works on a calendar, and where each of them is: one invocation, one value.

use crate::state::{EVENTS, Page};

/// What makes a receiver bump.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Note {
    /// A notification of a change through a subscription.
    Hint {
        /// The change.
        change: u8,
        /// The subscription it came through.
        sub: u8,
    },
    /// The second subscription went live.
    Activation,
    /// `poll_at` has passed.
    Poll,
}

/// Where a receiver is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Receiver {
    /// No invocation.
    #[default]
    Idle,
    /// Has looked, will bump.
    Bump {
        /// What for.
        note: Note,
        /// Whether a mutant has already written the record (or moved `poll_at`).
        recorded: bool,
    },
    /// Has bumped; record and send go in parallel.
    Bumped {
        /// What for.
        note: Note,
        /// What the bump returned.
        g: u8,
        /// Whether the record is written (for a poll: whether `poll_at` is moved).
        recorded: bool,
        /// What is left to send.
        send: Send,
    },
    /// The bump was refused; the notification will be recorded `late`.
    Refused {
        /// What was refused.
        note: Note,
    },
}

/// What a receiver still has to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Send {
    /// Nothing.
    Nothing,
    /// One message.
    Message,
    /// One message, if the claim is won.
    Claim {
        /// Whether `due` is still what was seen.
        fresh: bool,
    },
}

/// One invocation of the sync function. Fields a step does not need are zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Worker {
    /// What it does next.
    pub step: Step,
    /// Whether failing makes its message visible again.
    pub owns_message: bool,
    /// Its fence.
    pub fence: u8,
    /// The `req` it acquired.
    pub g: u8,
    /// The round's `g`, as raised.
    pub round_g: u8,
    /// The `last_seq` it knows.
    pub seq: u8,
    /// The cursor it starts from, and later the one it will store.
    pub cursor: u8,
    /// Where it reads next.
    pub page: Option<Page>,
    /// The versions it has still to write, 0 for none.
    pub writes: [u8; EVENTS],
    /// Whether this invocation wrote an entry.
    pub found: bool,
}

/// What a worker does next: each is one effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// No invocation.
    #[default]
    Idle,
    /// Raise the fence on the feed.
    Raise,
    /// Read one page from the provider, and the stored rows.
    Read,
    /// Write one transaction.
    Write,
    /// Find out whether the last transaction landed.
    Reread,
    /// Extend the lease, or stop here and go on by a message.
    BetweenPages,
    /// Store the cursor ahead of the rows (a mutant only).
    FinishFeedFirst,
    /// Store the cursor and close the round.
    FinishFeed,
    /// Move `syn`.
    FinishInbox,
    /// Remove `due` (a mutant only).
    RemoveDue,
    /// Send the trailing message, the echo's or the next slice's.
    Send,
}

/// Where a sweeper is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sweeper {
    /// Not at this calendar.
    #[default]
    Idle,
    /// Read `due` from the index, and it is still the same.
    Seen,
    /// Its claim was refused because there is nothing to do; will remove `due`.
    NothingToDo {
        /// Whether `due` is still what was seen.
        fresh: bool,
    },
    /// Has claimed, will send.
    Claimed,
}

/// Where a publisher is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Publisher {
    /// Not at this calendar.
    #[default]
    Idle,
    /// Has read the feed: will put what follows `from` up to `to`.
    Put {
        /// `published_seq` as read.
        from: u8,
        /// `last_seq` as read.
        to: u8,
    },
    /// Will move `published_seq` to `n`.
    Mark {
        /// The last entry actually put.
        n: u8,
    },
    /// Will remove `pub_due` if nothing follows `n`.
    Clear {
        /// The last entry actually put.
        n: u8,
    },
}
