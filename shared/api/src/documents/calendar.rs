//! Calendars and their subscriptions.

use app::manage;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Attention, CalendarStatus, Moment, PolledBecause, Provider, Push, SubscriptionState};

/// A calendar that is, or was, watched.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Calendar {
    /// `cal_…`
    pub id: String,
    /// Who keeps it.
    pub provider: Provider,
    /// The connection it is read with.
    pub connection: String,
    /// The provider's name for it.
    pub external_id: String,
    /// Whether it is read.
    pub status: CalendarStatus,
    /// How calwatch learns of its changes.
    pub push: Push,
    /// Why it is polled, if it is.
    pub polled_because: Option<PolledBecause>,
    /// How long the provider took to tell of a change, last time.
    pub push_latency_seconds: Option<f64>,
    /// How often a change was found that the provider should have told of.
    pub missed_push: u64,
    /// How old what calwatch knows of it is; null before the first read.
    pub freshness_seconds: Option<u64>,
    /// When the last read that ended began.
    pub last_read_at: Option<Moment>,
    /// When it is read next although nobody asks.
    pub poll_at: Option<Moment>,
    /// The newest entry of its feed.
    pub last_seq: u64,
    /// The newest entry on the bus.
    pub published_seq: u64,
    /// Whether its reads keep failing.
    pub failing: bool,
    /// Failed reads in a row.
    pub fails: u32,
    /// Its live subscriptions.
    pub subscriptions: Vec<String>,
}

impl From<manage::SeenCalendar> for Calendar {
    fn from(calendar: manage::SeenCalendar) -> Self {
        Self {
            id: calendar.id.to_string(),
            provider: calendar.source.provider.into(),
            connection: calendar.source.connection.to_string(),
            external_id: calendar.source.external_id,
            status: calendar.status.into(),
            push: calendar.push.into(),
            polled_because: calendar.polled_because.map(Into::into),
            push_latency_seconds: calendar.latency.map(|latency| latency.as_secs_f64()),
            missed_push: calendar.missed_push,
            freshness_seconds: calendar
                .freshness
                .map(|age| age.as_secs().try_into().unwrap_or_default()),
            last_read_at: calendar.last_read_at.map(Moment),
            poll_at: calendar.poll_at.map(Moment),
            last_seq: calendar.last_seq,
            published_seq: calendar.published_seq,
            failing: calendar.is_failing,
            fails: calendar.fails,
            subscriptions: calendar.live.iter().map(ToString::to_string).collect(),
        }
    }
}

/// A calendar that is to be watched.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NewCalendar {
    /// The connection to read it with: `con_…`
    pub connection: String,
    /// The provider's name for it. Google: its address, or `primary`. Microsoft: `users/<user>`,
    /// or `users/<user>/calendars/<calendar>`.
    pub external_id: String,
}

/// What is to be done to a calendar.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct CalendarChange {
    /// What.
    pub action: CalendarAction,
}

/// What can be done to a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CalendarAction {
    /// Stop reading it; what is missed is read when it is resumed.
    Pause,
    /// Read it again.
    Resume,
    /// Read all of it anew; what differs is told as changes.
    Resync,
    /// Subscribe to it again.
    Refresh,
}

/// A Google channel or a Graph subscription.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Subscription {
    /// `sub_…`
    pub id: String,
    /// Where.
    pub provider: Provider,
    /// Of which calendar.
    pub calendar: String,
    /// How far it got.
    pub state: SubscriptionState,
    /// When the provider forgets it.
    pub expires_at: Option<Moment>,
    /// What the provider said it needs.
    pub attention: Option<Attention>,
    /// When it was begun.
    pub created_at: Moment,
    /// Whether its calendar listens to it.
    pub live: bool,
}

impl From<manage::SeenSubscription> for Subscription {
    fn from(subscription: manage::SeenSubscription) -> Self {
        Self {
            id: subscription.id.to_string(),
            provider: subscription.provider.into(),
            calendar: subscription.calendar.to_string(),
            state: subscription.state.into(),
            expires_at: subscription.expires_at.map(Moment),
            attention: subscription.attention.map(Into::into),
            created_at: Moment(subscription.created_at),
            live: subscription.is_live,
        }
    }
}

/// A subscription that is wanted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NewSubscription {
    /// To which calendar: `cal_…`
    pub calendar: String,
}

/// What is to be done to the calendar of a subscription.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct SubscriptionChange {
    /// What.
    pub action: SubscriptionAction,
}

/// What can be done to the calendar of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionAction {
    /// Stop reading it; what is missed is read when it is resumed.
    Pause,
    /// Read it again.
    Resume,
    /// Subscribe to it again.
    Refresh,
}
