//! The AWS services calwatch keeps things in.
//!
//! **Invariant:** no other crate names an AWS SDK. A refused condition is an answer, not an error:
//! [`Error`] means that a service could not be asked, so that the caller may try again.
//!
//! Every table has its module, which owns the shape of its items. Times inside items are
//! milliseconds since 1970 where a condition compares them, text where people read them, and
//! seconds in `expires_at`, as DynamoDB's TTL wants them.

mod attributes;
pub mod bus;
pub mod connections;
pub mod credentials;
pub mod dead_letters;
mod error;
pub mod event_document;
pub mod feed;
pub mod inbox;
pub mod mirror;
pub mod notifications;
pub mod organizations;
pub mod queue;
pub mod runs;
pub mod secrets;
pub mod subscriptions;

pub use aws_config::SdkConfig;
pub use error::Error;

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;

/// How long a caller can wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Haste {
    /// A provider waits for an answer: Graph gives three seconds, so two must do.
    Answering,
    /// Nobody waits.
    Working,
}

/// Reads region, credentials and endpoint the way every AWS program does.
pub async fn configuration(haste: Haste) -> SdkConfig {
    let (attempt, operation) = match haste {
        Haste::Answering => (Duration::from_millis(900), Duration::from_millis(2_000)),
        Haste::Working => (Duration::from_secs(5), Duration::from_secs(20)),
    };
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_millis(800))
        .operation_attempt_timeout(attempt)
        .operation_timeout(operation)
        .build();
    aws_config::defaults(behavior_version())
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(3))
        .load()
        .await
}

/// The SDK's defaults as of a day, so that an update of the SDK does not change ours.
pub fn behavior_version() -> aws_config::BehaviorVersion {
    aws_config::BehaviorVersion::v2026_01_12()
}
