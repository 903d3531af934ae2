//! The cloud of one test: its services, its clock, its call log and its faults.
//!
//! The AWS SDKs under test are the real ones; only their HTTP client is ours. DynamoDB is an
//! engine of its own behind a loopback address, the other services are a few hundred lines of
//! memory. Calls are served one at a time, in the order in which they ask, so that "after the
//! third call" means the same thing in every run.

mod answer;
mod call;
mod clock;
mod crash;
mod dynamo;
mod events;
mod fault;
mod http;
mod kms;
mod order;
mod partial;
mod secrets;
mod sqs;
mod tables;
mod template;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use jiff::{SignedDuration, Timestamp};

pub use call::{Call, Service};
pub use clock::Clock;
pub use crash::{CrashPoints, Ended, at_every_crash_point};
pub use events::BusEvent;
pub use fault::{Failure, On};
pub use sqs::{Message, MessageState, QueueSettings};

/// The account every resource here belongs to.
const ACCOUNT: &str = "000000000000";
/// The region every resource here lives in.
const REGION: &str = "us-east-1";

/// A small AWS of one test; clones are the same cloud.
#[derive(Clone, Debug)]
pub struct Cloud {
    inside: Arc<Inside>,
}

/// What all clones, and all SDK clients made from them, share.
#[derive(Debug)]
struct Inside {
    clock: Clock,
    /// Held while a call is served: the calls of a test happen in one order.
    turn: tokio::sync::Mutex<()>,
    order: order::Shuffle,
    log: Mutex<Vec<Call>>,
    life: crash::Life,
    faults: fault::Plan,
    dynamo: dynamo::Dynamo,
    queues: sqs::Queues,
    bus: events::Bus,
    secrets: secrets::Secrets,
    keys: kms::Keys,
}

impl Cloud {
    /// An empty cloud on a Monday morning, 2 March 2026, 09:00 UTC.
    pub async fn start() -> Self {
        let monday = Timestamp::from_second(1_772_442_000).expect("a time in range");
        Self::start_at(monday).await
    }

    /// An empty cloud whose clock stands at `now`.
    pub async fn start_at(now: Timestamp) -> Self {
        let clock = Clock::at(now);
        Self {
            inside: Arc::new(Inside {
                turn: tokio::sync::Mutex::new(()),
                order: order::Shuffle::default(),
                log: Mutex::default(),
                life: crash::Life::default(),
                faults: fault::Plan::default(),
                dynamo: dynamo::Dynamo::start(clock.clone()).await,
                queues: sqs::Queues::new(clock.clone()),
                bus: events::Bus::default(),
                secrets: secrets::Secrets::new(clock.clone()),
                keys: kms::Keys::default(),
                clock,
            }),
        }
    }

    /// What the SDK clients under test are made from: retries as in production, without the waits.
    pub fn sdk_config(&self) -> SdkConfig {
        let retries = RetryConfig::standard()
            .with_initial_backoff(std::time::Duration::ZERO)
            .with_max_backoff(std::time::Duration::ZERO);
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::from_static(REGION))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::for_tests()))
            .http_client(http::CloudHttp::new(self))
            .endpoint_url("http://cloud.test")
            .retry_config(retries)
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            // A test that pauses the clock must not meet a deadline because a call takes real time.
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build()
    }

    /// The same, for a test in which every failed call is final.
    pub fn sdk_config_without_retries(&self) -> SdkConfig {
        self.sdk_config()
            .into_builder()
            .retry_config(RetryConfig::disabled())
            .build()
    }

    /// The clock of this cloud; it moves only when a test moves it.
    pub fn clock(&self) -> Clock {
        self.inside.clock.clone()
    }

    /// The time in this cloud.
    pub fn now(&self) -> Timestamp {
        self.inside.clock.now()
    }

    /// Lets time pass: messages become visible; expired items stay until they are swept.
    pub fn advance(&self, by: SignedDuration) {
        self.inside.clock.advance(by);
    }

    /// Every call so far, in the order in which they were served, retries included.
    pub fn calls(&self) -> Vec<Call> {
        locked(&self.inside.log).clone()
    }

    /// The calls since the last time somebody took them.
    pub fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut *locked(&self.inside.log))
    }

    /// Does the work and returns the calls that were made meanwhile; they stay in the log.
    pub async fn calls_during<T>(&self, work: impl Future<Output = T>) -> (T, Vec<Call>) {
        let before = self.calls().len();
        let output = work.await;
        let calls = self.calls().split_off(before);
        (output, calls)
    }

    /// Lets calls that are made at the same time arrive in another order, a different one per seed.
    pub fn shuffle_calls(&self, seed: u64) {
        self.inside.order.start(seed);
    }
}

/// Locks, even after a test panicked with the lock held: its report matters more than our state.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
