//! The handle to a simulated world: its clock, faults, messages and records.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::delivery::{Answer, Delivery, DeliveryView, Fate};
use crate::faults::PlannedFault;
use crate::google::channels::{ChannelView, ResourceState};
use crate::kept::{Kept, KeptError};
use crate::microsoft::graph::Graph;
use crate::requests::{RequestCount, Violation};
use crate::settings::{DeliveryTarget, Settings};
use crate::state::State;
use crate::world::WorldError;
use crate::{control, google, microsoft, post};

/// A simulated world; clones are the same world.
#[derive(Clone, Debug)]
pub struct Simulator(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    wake: Notify,
    kept: Option<Kept>,
}

impl Simulator {
    /// An empty world, with a manual clock that stands at `settings.start`.
    pub fn new(settings: Settings) -> Self {
        Self::of(State::new(settings), None)
    }

    /// The world in a file, or a new one that is kept there from now on. Its settings are not in the
    /// file. Each change writes all of it before it is answered, so that killing the process loses nothing.
    ///
    /// # Errors
    /// If the file cannot be used, or is not one that was written here.
    pub fn kept_in(file: &Path, settings: Settings) -> Result<Self, KeptError> {
        let (kept, state) = Kept::open(file, settings)?;
        Ok(Self::of(state, Some(kept)))
    }

    fn of(state: State, kept: Option<Kept>) -> Self {
        Self(Arc::new(Inner {
            state: Mutex::new(state),
            wake: Notify::new(),
            kept,
        }))
    }

    /// Microsoft's side of this world.
    pub fn graph(&self) -> Graph {
        Graph(self.clone())
    }

    /// Both APIs, their token endpoints and `/control`. Without [`Simulator::serve`] nothing is
    /// delivered by itself: see [`Simulator::take_deliveries`].
    pub fn router(&self) -> axum::Router {
        google::router()
            .merge(microsoft::router())
            .merge(control::router())
            .with_state(self.clone())
    }

    /// Follows this clock from now on.
    pub fn follow(&self, clock: Clock) {
        self.with(|state| state.time.follow(clock));
    }

    /// Lets time pass.
    pub fn advance(&self, by: SignedDuration) {
        self.with(|state| state.time.advance(by));
    }

    /// The simulator's time.
    pub fn now(&self) -> Timestamp {
        self.state().time.now()
    }

    /// Arms a fault, or does it at once if it is of that kind.
    ///
    /// # Panics
    /// If it names a calendar or channel that does not exist, or none where one is needed.
    pub fn fault(&self, fault: impl Into<PlannedFault>) {
        self.try_fault(fault.into())
            .expect("a fault for a calendar or channel of this world");
    }

    pub(crate) fn try_fault(&self, fault: PlannedFault) -> Result<(), WorldError> {
        self.with(|state| state.arm(fault))
    }

    /// Disarms every fault that waits; what was done at once stays.
    pub fn clear_faults(&self) {
        self.with(|state| state.faults.clear());
    }

    /// Takes every message that is due; each must be answered through [`Simulator::delivered`].
    pub fn take_deliveries(&self) -> Vec<Delivery> {
        self.change(|state| state.take_due(usize::MAX))
    }

    /// Tells how a message was answered and applies its provider's retry rule. Google: 102, 200, 201, 202
    /// and 204 are success, 500, 502, 503, 504 and no answer are retried, everything else loses the
    /// message. Microsoft: 2xx within three seconds, ten for retries, is success, and all else is retried.
    /// Returns what became of it; nothing if it was not under way.
    pub fn delivered(&self, id: u64, answer: impl Into<Answer>) -> Option<Fate> {
        self.with(|state| state.settle(id, answer.into()))
    }

    /// When the next message that waits is due.
    pub fn next_delivery_due(&self) -> Option<Timestamp> {
        self.state().next_due()
    }

    /// The last ten thousand messages.
    pub fn deliveries(&self) -> Vec<DeliveryView> {
        self.state().outbox.views()
    }

    /// Sends the last sent message again, byte for byte; of one channel, or of any. Returns its new id.
    pub fn redeliver(&self, channel: Option<&str>) -> Option<u64> {
        self.with(|state| {
            let delivery = state.outbox.last_sent(channel)?;
            let now = state.time.now();
            Some(state.outbox.post(delivery, now, None))
        })
    }

    /// Sends a forged message to a channel's address: everything is right but the token, which is
    /// replaced, or left out; for Microsoft that is `clientState`. Returns its id.
    ///
    /// # Errors
    /// If there is no such channel.
    pub fn forge(&self, channel: &str, token: Option<&str>) -> Result<u64, WorldError> {
        self.with(|state| {
            if state.microsoft.subscriptions.get(channel).is_ok() {
                return microsoft::notify::forge(state, channel, token);
            }
            google::notify::forge(state, channel, token)
        })
    }

    /// Sends a message of any state through a channel, alive or not; through a subscription an update,
    /// whatever the state. Returns its id.
    ///
    /// # Errors
    /// If there is no such channel.
    pub fn notify(&self, channel: &str, resource: ResourceState) -> Result<u64, WorldError> {
        self.with(|state| {
            if state.microsoft.subscriptions.get(channel).is_ok() {
                return microsoft::notify::force(state, channel);
            }
            google::notify::force(state, channel, resource)
        })
    }

    /// Replaces the delivery map.
    ///
    /// # Errors
    /// If a target is not on this machine.
    pub fn set_delivery_map(
        &self,
        map: std::collections::BTreeMap<String, DeliveryTarget>,
    ) -> Result<(), WorldError> {
        if let Some(target) = map.values().find(|target| !post::is_loopback(&target.base)) {
            return Err(WorldError::NotLoopback(target.base.clone()));
        }
        self.with(|state| state.settings.delivery_map = map);
        Ok(())
    }

    /// Every channel and subscription that was ever created.
    pub fn channels(&self) -> Vec<ChannelView> {
        let state = self.state();
        let mut views = google::channels::views(&state);
        views.extend(microsoft::subscriptions::views(&state));
        views
    }

    /// How often each endpoint gave each status.
    pub fn request_log(&self) -> Vec<RequestCount> {
        self.state().requests.counts()
    }

    /// How often an endpoint was called, whatever it answered.
    pub fn requests_to(&self, endpoint: &str) -> u64 {
        let counts = self.request_log();
        counts
            .iter()
            .filter(|entry| entry.endpoint == endpoint)
            .map(|entry| entry.count)
            .sum()
    }

    /// What clients did that a correct one never does.
    pub fn violations(&self) -> Vec<Violation> {
        self.state().requests.violations()
    }

    /// Changes the world, then lets the delivery loop look at it.
    pub(crate) fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = self.change(change);
        self.0.wake.notify_one();
        result
    }

    /// Changes the world, and writes it down if it is kept.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        let result = change(&mut state);
        if let Some(kept) = &self.0.kept {
            // Nobody may hear of a change that a crash would undo.
            kept.write(&state)
                .expect("the file of the world can be written");
        }
        result
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // A panicking test must not turn every other assertion into a poisoned lock.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) async fn woken(&self) {
        self.0.wake.notified().await;
    }
}
