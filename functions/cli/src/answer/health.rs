//! How an organization is.

use jiff::Timestamp;
use serde::Deserialize;

/// Everything at a glance.
#[derive(Debug, Deserialize)]
pub(crate) struct Health {
    pub(crate) status: String,
    pub(crate) checked_at: Timestamp,
    /// Whether everything was looked at.
    #[serde(default = "everything")]
    pub(crate) complete: bool,
    pub(crate) calendars: Calendars,
    pub(crate) connections: Connections,
    pub(crate) subscriptions: Subscriptions,
    pub(crate) freshness_seconds: Freshness,
    #[serde(default)]
    pub(crate) missed_push: Option<u64>,
    #[serde(default)]
    pub(crate) problems: Vec<Trouble>,
}

const fn everything() -> bool {
    true
}

/// How many calendars there are of each sort.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Calendars {
    pub(crate) total: u64,
    pub(crate) active: u64,
    pub(crate) paused: u64,
    pub(crate) ungranted: u64,
    pub(crate) unwatched: u64,
    pub(crate) polled: u64,
    pub(crate) unproven: u64,
    pub(crate) lost: u64,
    pub(crate) failing: u64,
}

/// How many connections there are.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Connections {
    pub(crate) total: u64,
    pub(crate) reauth_required: u64,
}

/// How many subscriptions there are.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Subscriptions {
    pub(crate) active: u64,
    pub(crate) lapsed: u64,
    pub(crate) expiring_within_day: u64,
}

/// How old what we know is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Freshness {
    pub(crate) max: Option<f64>,
    pub(crate) p50: Option<f64>,
}

/// Something that somebody has to look at.
#[derive(Debug, Deserialize)]
pub(crate) struct Trouble {
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) detail: String,
}
