//! What a function asked AWS for, in the units that are paid.

use std::ops::{AddAssign, Sub};

/// What was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bill {
    /// Requests to any service.
    pub(crate) calls: u64,
    /// Of these, to Secrets Manager, which are rare enough not to be priced.
    pub(crate) secrets: u64,
    /// DynamoDB's units of reading.
    pub(crate) reads: u64,
    /// DynamoDB's units of writing, those of indexes included.
    pub(crate) writes: u64,
    /// Of these, the ones that only indexes caused.
    pub(crate) index_writes: u64,
    /// Messages to a standard queue.
    pub(crate) messages: u64,
    /// Of these, the ones with a group, which makes the queue a fair one.
    pub(crate) fair_messages: u64,
}

impl AddAssign for Bill {
    fn add_assign(&mut self, other: Self) {
        self.calls += other.calls;
        self.secrets += other.secrets;
        self.reads += other.reads;
        self.writes += other.writes;
        self.index_writes += other.index_writes;
        self.messages += other.messages;
        self.fair_messages += other.fair_messages;
    }
}

impl Sub for Bill {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            calls: self.calls - other.calls,
            secrets: self.secrets - other.secrets,
            reads: self.reads - other.reads,
            writes: self.writes - other.writes,
            index_writes: self.index_writes - other.index_writes,
            messages: self.messages - other.messages,
            fair_messages: self.fair_messages - other.fair_messages,
        }
    }
}
