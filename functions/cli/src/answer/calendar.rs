//! Calendars, what tells us of their changes, and how they were read.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

/// A calendar that is watched, or was.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Calendar {
    pub(crate) id: String,
    pub(crate) provider: String,
    pub(crate) connection: String,
    pub(crate) external_id: String,
    pub(crate) status: String,
    pub(crate) push: String,
    #[serde(default)]
    pub(crate) polled_because: Option<String>,
    #[serde(default)]
    pub(crate) freshness_seconds: Option<f64>,
    #[serde(default)]
    pub(crate) push_latency_seconds: Option<f64>,
    #[serde(default)]
    pub(crate) missed_push: Option<u64>,
    #[serde(default)]
    pub(crate) last_read_at: Option<Timestamp>,
    #[serde(default)]
    pub(crate) poll_at: Option<Timestamp>,
    #[serde(default)]
    pub(crate) last_seq: u64,
    #[serde(default)]
    pub(crate) published_seq: u64,
    #[serde(default)]
    pub(crate) failing: bool,
    #[serde(default)]
    pub(crate) fails: u64,
    #[serde(default)]
    pub(crate) subscriptions: Vec<String>,
}

impl Calendar {
    /// Whether somebody still wants to know of its changes.
    pub(crate) fn is_watched(&self) -> bool {
        self.status != "unwatched" && self.status != "erasing"
    }
}

/// How long a provider's answer may be on its way.
const IN_FLIGHT: SignedDuration = SignedDuration::from_mins(15);

/// One channel or subscription at a provider.
#[derive(Debug, Deserialize)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) provider: String,
    pub(crate) calendar: String,
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) expires_at: Option<Timestamp>,
    #[serde(default)]
    pub(crate) renew_at: Option<Timestamp>,
    #[serde(default)]
    pub(crate) attention: Option<String>,
    pub(crate) created_at: Timestamp,
    #[serde(default)]
    pub(crate) live: bool,
}

impl Subscription {
    /// Whether the provider may still have it.
    pub(crate) fn is_standing(&self) -> bool {
        matches!(&*self.state, "pending" | "active" | "retiring")
    }

    /// Whether we wait for an answer that will not come any more: nobody knows whether the provider
    /// has it. If it does, it is stopped when it speaks, or ends by itself.
    pub(crate) fn is_forlorn(&self, now: Timestamp) -> bool {
        self.state == "pending" && now.duration_since(self.created_at) > IN_FLIGHT
    }
}

/// One slice of a read.
#[derive(Debug, Deserialize)]
pub(crate) struct Run {
    pub(crate) id: String,
    pub(crate) reason: String,
    pub(crate) outcome: String,
    pub(crate) started_at: Timestamp,
    pub(crate) pages: u64,
    pub(crate) items: u64,
    pub(crate) changes: u64,
}
