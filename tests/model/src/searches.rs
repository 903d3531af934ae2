//! Every search this crate runs, with the verdict it must have.

use crate::bounds::{Bounds, Budget};
use crate::check::{Report, check};
use crate::variant::Variant;

mod design;
mod variants;

pub use design::{deep, shallow};
pub use variants::{harmless, limits, mutants, restless};

/// What a search must find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every property holds in every state.
    Holds,
    /// This property is violated, possibly among others.
    Violates(&'static str),
}

/// A variant, how far to search, and what must come out.
#[derive(Clone, Copy, Debug)]
pub struct Search {
    /// The algorithm.
    pub variant: Variant,
    /// The size.
    pub bounds: Bounds,
    /// The outcome.
    pub verdict: Verdict,
}

impl Search {
    /// Runs the search.
    #[must_use]
    pub fn run(&self, threads: usize) -> Report {
        let expected = match self.verdict {
            Verdict::Holds => None,
            Verdict::Violates(property) => Some(property),
        };
        check(self.variant, self.bounds, expected, threads)
    }

    /// Whether a report is what this search must find.
    #[must_use]
    pub fn agrees(&self, report: &Report) -> bool {
        match self.verdict {
            Verdict::Holds => report.holds(),
            Verdict::Violates(property) => report.violates(property),
        }
    }
}
