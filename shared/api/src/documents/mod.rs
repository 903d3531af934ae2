//! What bodies look like. Programs in Rust may use these types instead of their own.

mod account;
mod calendar;
mod event;
mod feed;
mod health;
mod names;
mod problem;
mod switches;

pub use account::{
    Connection, ConnectionState, Given, GivenConnection, Grant, Key, NewConnection, NewKey,
    Organization, SecretKey,
};
pub use calendar::{
    Calendar, CalendarAction, CalendarChange, NewCalendar, NewSubscription, Subscription,
    SubscriptionAction, SubscriptionChange,
};
pub use event::{Attendee, Event, Person, Series, When};
pub use feed::{Change, ChangeType, Changes, Run, Snapshot};
pub use health::{
    CalendarCounts, ConnectionCounts, Freshness, Health, HealthProblem, SubscriptionCounts,
};
pub use names::{
    Attention, CalendarStatus, EventKind, EventStatus, HealthStatus, Ingest, PolledBecause, Power,
    ProblemKind, Provider, Push, ResponseStatus, Scope, SubscriptionState, Visibility,
};
pub use problem::{FieldError, Problem};
pub use switches::{AllSwitches, Switches, SwitchesChange};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A moment, in UTC, as RFC 3339 has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = DateTime)]
pub struct Moment(pub Timestamp);

/// A part of a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct List<T> {
    /// What is on it. Perhaps fewer than asked for, although there are more.
    pub items: Vec<T>,
    /// The cursor of the next part; null at the end.
    pub next: Option<String>,
}
