//! Runs one exhaustive search and says what came out.

use std::collections::BTreeSet;
use std::fmt;
use std::time::{Duration, Instant};

use stateright::{Checker, HasDiscoveries, Model};

use crate::bounds::Bounds;
use crate::calendar::{Action, Calendar};
use crate::variant::Variant;

/// The outcome of one search.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was run.
    pub variant: Variant,
    /// How far.
    pub bounds: Bounds,
    /// Distinct states visited.
    pub states: usize,
    /// How long it took.
    pub elapsed: Duration,
    /// The violated properties, each with the shortest way there that was found.
    pub violated: Vec<(&'static str, Vec<Action>)>,
}

/// Searches everything, or until the `expected` property (any, if there is none) is violated.
#[must_use]
pub fn check(
    variant: Variant,
    bounds: Bounds,
    expected: Option<&'static str>,
    threads: usize,
) -> Report {
    let started = Instant::now();
    let calendar = Calendar {
        variant,
        bounds,
        landmarks: false,
    };
    let enough = expected.map_or(HasDiscoveries::AnyFailures, |name| {
        HasDiscoveries::AnyOf(BTreeSet::from([name]))
    });
    let checker = calendar
        .checker()
        .threads(threads)
        .finish_when(enough)
        .spawn_bfs()
        .join();
    let violated = checker
        .discoveries()
        .into_iter()
        .map(|(name, path)| (name, path.into_actions()))
        .collect();
    Report {
        variant,
        bounds,
        states: checker.unique_state_count(),
        elapsed: started.elapsed(),
        violated,
    }
}

/// Searches until every one of these landmarks was passed; returns the ones never reached.
#[must_use]
pub fn missed_landmarks(bounds: Bounds, names: &[&'static str]) -> Vec<&'static str> {
    let calendar = Calendar {
        variant: Variant::Design,
        bounds,
        landmarks: true,
    };
    let enough = HasDiscoveries::AllOf(names.iter().copied().collect());
    let checker = calendar.checker().finish_when(enough).spawn_bfs().join();
    let found = checker.discoveries();
    names
        .iter()
        .copied()
        .filter(|name| !found.contains_key(name))
        .collect()
}

impl Report {
    /// Whether every property held.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.violated.is_empty()
    }

    /// Whether this property is among the violated ones.
    #[must_use]
    pub fn violates(&self, property: &str) -> bool {
        self.violated.iter().any(|(name, _)| *name == property)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let variant = format!("{:?}", self.variant);
        let seconds = self.elapsed.as_secs_f64();
        write!(
            f,
            "{variant:<24} {:<28} {:>11} {seconds:>7.1} s  ",
            self.bounds.name, self.states
        )?;
        if self.holds() {
            return f.write_str("holds");
        }
        for (name, trace) in &self.violated {
            write!(f, "violates \"{name}\" in {} steps  ", trace.len())?;
        }
        Ok(())
    }
}
