//! The simulator's own time, so that a test can let a week pass in a microsecond.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Where the simulator takes its time from.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub enum Clock {
    /// The machine's clock, plus whatever it was advanced by.
    Wall,
    /// Stands still until it is advanced.
    Manual,
}

/// The current time, in either mode.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Time {
    clock: Clock,
    manual: Timestamp,
    skew: SignedDuration,
}

impl Time {
    pub(crate) fn starting_at(start: Timestamp) -> Self {
        Self {
            clock: Clock::Manual,
            manual: start,
            skew: SignedDuration::ZERO,
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the edge that everything else asks"
    )]
    pub(crate) fn now(&self) -> Timestamp {
        match self.clock {
            Clock::Wall => Timestamp::now() + self.skew,
            Clock::Manual => self.manual,
        }
    }

    pub(crate) fn follow(&mut self, clock: Clock) {
        self.clock = clock;
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }

    pub(crate) fn advance(&mut self, by: SignedDuration) {
        match self.clock {
            Clock::Wall => self.skew += by,
            Clock::Manual => self.manual += by,
        }
    }
}
