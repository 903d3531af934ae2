//! Channels: what is watched, for whom, until when.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::random::derived;
use crate::state::State;
use crate::world::WorldError;

/// What a channel is about.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) enum Resource {
    Events(String),
    CalendarList(String),
}

impl Resource {
    pub(crate) fn calendar(&self) -> Option<&str> {
        match self {
            Self::Events(calendar) => Some(calendar),
            Self::CalendarList(_) => None,
        }
    }

    /// Opaque, and the same for every channel of the resource.
    pub(crate) fn id(&self, seed: u64) -> String {
        match self {
            Self::Events(calendar) => derived(seed, &format!("events of {calendar}")).id(27),
            Self::CalendarList(email) => derived(seed, &format!("calendars of {email}")).token(24),
        }
    }
}

/// `X-Goog-Resource-State`.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum ResourceState {
    /// The channel was created.
    Sync,
    /// Something changed.
    Exists,
    /// Listed by Google as a value, without a word on when it comes.
    NotExists,
}

impl ResourceState {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Exists => "exists",
            Self::NotExists => "not_exists",
        }
    }
}

/// A channel, alive or not.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Channel {
    pub(crate) id: String,
    pub(crate) resource: Resource,
    pub(crate) resource_id: String,
    pub(crate) resource_uri: String,
    pub(crate) address: String,
    pub(crate) token: Option<String>,
    pub(crate) expiration: Timestamp,
    /// Who created it, with which client: only they can stop it.
    pub(crate) email: String,
    pub(crate) client: String,
    pub(crate) by_service_account: bool,
    pub(crate) last_number: u64,
    pub(crate) stopped: bool,
    pub(crate) silenced: bool,
}

impl Channel {
    pub(crate) fn has_expired(&self, now: Timestamp) -> bool {
        self.expiration <= now
    }
}

/// A channel or a subscription as `/control/channels` shows it.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct ChannelView {
    /// The client's id for it; Graph's for a subscription.
    pub id: String,
    /// The calendar; none for a calendar list.
    pub calendar: Option<String>,
    /// Google's id for what is watched; Graph's `resource`.
    pub resource_id: String,
    /// Where its messages go.
    pub address: String,
    /// Where Microsoft sends lifecycle notifications, if anywhere.
    pub lifecycle_address: Option<String>,
    /// What they carry as their token, or `clientState`.
    pub token: Option<String>,
    /// When it ends.
    pub expiration: Timestamp,
    /// Who created it.
    pub email: String,
    /// The number of its last message; how many notifications a subscription had.
    pub last_number: u64,
    /// Whether it was stopped.
    pub stopped: bool,
    /// Whether it died quietly.
    pub silenced: bool,
    /// Whether it still says something: not stopped, expired or silenced.
    pub live: bool,
}

/// A channel that is known, alive or not.
pub(crate) fn find<'a>(state: &'a mut State, id: &str) -> Result<&'a mut Channel, WorldError> {
    state
        .google
        .channels
        .get_mut(id)
        .ok_or_else(|| WorldError::unknown("channel", id))
}

/// All channels, as shown.
pub(crate) fn views(state: &State) -> Vec<ChannelView> {
    let now = state.time.now();
    let channels = state.google.channels.values();
    channels
        .map(|channel| ChannelView {
            id: channel.id.clone(),
            calendar: channel.resource.calendar().map(str::to_owned),
            resource_id: channel.resource_id.clone(),
            address: channel.address.clone(),
            lifecycle_address: None,
            token: channel.token.clone(),
            expiration: channel.expiration,
            email: channel.email.clone(),
            last_number: channel.last_number,
            stopped: channel.stopped,
            silenced: channel.silenced,
            live: !channel.stopped && !channel.silenced && !channel.has_expired(now),
        })
        .collect()
}
