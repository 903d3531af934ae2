//! What clients asked for, counted, and where they broke the provider's rules.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How often an endpoint gave an answer.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct RequestCount {
    /// The method's name in Google's API description, such as `events.list`, or one of Microsoft's, such as
    /// `graph.calendarView.delta`.
    pub endpoint: String,
    /// The HTTP status.
    pub status: u16,
    /// How many times.
    pub count: u64,
}

/// Something a correct client never does.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct Violation {
    /// The method's name, as in [`RequestCount`].
    pub endpoint: String,
    /// What was wrong.
    pub what: String,
    /// When.
    pub at: Timestamp,
}

/// Both, since the world began.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct RequestLog {
    /// Of this process only: nobody counts for ever.
    #[serde(skip)]
    counts: BTreeMap<(&'static str, u16), u64>,
    violations: Vec<Violation>,
}

impl RequestLog {
    pub(crate) fn count(&mut self, endpoint: &'static str, status: u16) {
        *self.counts.entry((endpoint, status)).or_default() += 1;
    }

    pub(crate) fn object(&mut self, endpoint: &str, what: String, at: Timestamp) {
        let endpoint = endpoint.to_owned();
        self.violations.push(Violation { endpoint, what, at });
    }

    pub(crate) fn counts(&self) -> Vec<RequestCount> {
        let entries = self.counts.iter();
        entries
            .map(|(&(endpoint, status), &count)| RequestCount {
                endpoint: endpoint.to_owned(),
                status,
                count,
            })
            .collect()
    }

    pub(crate) fn violations(&self) -> Vec<Violation> {
        self.violations.clone()
    }
}
