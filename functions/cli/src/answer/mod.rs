//! What the API answers, as far as people are shown it. Programs get the API's own JSON.
//!
//! Words are kept as they come: a newer API may have one that this release does not know.

mod calendar;
mod feed;
mod health;

use jiff::Timestamp;
use serde::Deserialize;

pub(crate) use calendar::{Calendar, Run, Subscription};
pub(crate) use feed::{Change, Changes, Event, Snapshot, When};
pub(crate) use health::Health;

/// A tenant.
#[derive(Debug, Deserialize)]
pub(crate) struct Organization {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) created_at: Timestamp,
    /// What comes of its own switches and of everybody's.
    #[serde(default)]
    pub(crate) switches: Option<Words>,
}

/// How each of the switches is set.
#[derive(Debug, Deserialize)]
pub(crate) struct Words {
    pub(crate) ingest: String,
    pub(crate) sync: String,
    pub(crate) publish: String,
}

/// The switches of an organization, those of everybody, and what comes of both.
#[derive(Debug, Deserialize)]
pub(crate) struct Switches {
    pub(crate) organization: Words,
    pub(crate) everywhere: Words,
    pub(crate) effective: Words,
}

/// An API key, without its secret.
#[derive(Debug, Deserialize)]
pub(crate) struct ApiKey {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) scope: String,
    pub(crate) created_at: Timestamp,
}

/// A grant at a provider.
#[derive(Debug, Deserialize)]
pub(crate) struct Connection {
    pub(crate) id: String,
    pub(crate) provider: String,
    pub(crate) state: String,
    pub(crate) created_at: Timestamp,
    /// Whether its calendars are being resumed, since it was connected again.
    #[serde(default)]
    pub(crate) recovering: bool,
    /// Whether the grant was tried. Only said when it was just given.
    #[serde(default)]
    pub(crate) checked: Option<bool>,
}
