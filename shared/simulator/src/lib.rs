//! A faithful Google Calendar and Microsoft Graph on one machine, with faults on demand.
//!
//! **Invariant:** this crate depends on nothing else of the workspace. It is the stranger that the
//! rest is tested against, so it must not share our understanding of the providers' formats.
//!
#![doc = include_str!("../README.md")]

mod arm;
mod clock;
mod control;
mod delivery;
mod faults;
mod google;
mod items;
mod kept;
mod key;
mod manner;
mod microsoft;
mod outbox;
mod post;
mod random;
mod requests;
mod seal;
mod serve;
mod settings;
mod simulator;
mod state;
mod world;

pub use crate::clock::Clock;
pub use crate::delivery::{Answer, Delivery, DeliveryView, Fate, Provider};
pub use crate::faults::{Fault, Often, PlannedFault, SyncStateForm, TokenError};
pub use crate::google::calendars::CalendarOptions;
pub use crate::google::channels::{ChannelView, ResourceState};
pub use crate::google::grants::Account;
pub use crate::google::service_accounts::{Delegation, ServiceAccount};
pub use crate::kept::KeptError;
pub use crate::microsoft::assertions::Certificate;
pub use crate::microsoft::graph::Graph;
pub use crate::microsoft::handshake::HandshakeAnswer;
pub use crate::microsoft::mailboxes::Mailbox;
pub use crate::microsoft::notify::LifecycleEvent;
pub use crate::microsoft::settings::GraphSettings;
pub use crate::requests::{RequestCount, Violation};
pub use crate::settings::{DeliveryTarget, Settings};
pub use crate::simulator::Simulator;
pub use crate::world::WorldError;
