//! The AWS services calwatch keeps things in.
//!
//! **Invariant:** no other crate names an AWS SDK. A refused condition is an answer, not an error:
//! [`Error`] means that a service could not be asked, so that the caller may try again.
//!
//! Every table has its module, which owns the shape of its items. Times inside items are
//! milliseconds since 1970 where a condition compares them, text where people read them, and
//! seconds in `expires_at`, as DynamoDB's TTL wants them.

pub mod api_keys;
mod attributes;
pub mod bus;
pub mod calendars;
pub mod connections;
pub mod credentials;
pub mod dead_letters;
mod error;
pub mod event_document;
pub mod feed;
pub mod idempotency;
pub mod inbox;
pub mod mailboxes;
pub mod mirror;
pub mod notifications;
pub mod organizations;
pub mod outbox;
mod page;
pub mod queue;
pub mod runs;
pub mod secrets;
pub mod subscriptions;
pub mod tap;
mod transport;

pub use aws_config::SdkConfig;
pub use error::Error;
pub use page::Page;

use std::time::Duration;

use aws_config::Region;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use secrecy::{ExposeSecret, SecretString};

use crate::transport::Transport;

/// How long a caller can wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Haste {
    /// A provider waits for an answer: Graph gives three seconds, so two must do.
    Answering,
    /// Nobody waits.
    Working,
}

/// An AWS, or an emulator of one, and a way in.
#[derive(Clone, Debug)]
pub struct Account {
    /// Where its services answer.
    pub endpoint: String,
    /// Its region.
    pub region: String,
    /// Who we are there.
    pub access_key_id: String,
    /// What proves it.
    pub secret_access_key: SecretString,
}

/// Reads region, credentials and endpoint the way every AWS program does.
pub async fn configuration(haste: Haste) -> SdkConfig {
    let transport = Transport::default();
    let config = aws_config::defaults(behavior_version())
        .http_client(transport.clone())
        .timeout_config(timeouts(haste))
        .retry_config(retries())
        .load()
        .await;
    transport.aim(&config);
    config
}

/// For a program that is told where to go: nothing is read from its environment.
pub fn configuration_for(account: Account) -> SdkConfig {
    let credentials = Credentials::new(
        account.access_key_id,
        account.secret_access_key.expose_secret(),
        None,
        None,
        "given",
    );
    SdkConfig::builder()
        .behavior_version(behavior_version())
        .endpoint_url(account.endpoint)
        .region(Region::new(account.region))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .timeout_config(timeouts(Haste::Working))
        .retry_config(retries())
        .build()
}

fn timeouts(haste: Haste) -> TimeoutConfig {
    let (attempt, operation) = match haste {
        Haste::Answering => (Duration::from_millis(900), Duration::from_millis(2_000)),
        Haste::Working => (Duration::from_secs(5), Duration::from_secs(20)),
    };
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_millis(800))
        .operation_attempt_timeout(attempt)
        .operation_timeout(operation)
        .build()
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3)
}

/// The SDK's defaults as of a day, so that an update of the SDK does not change ours.
pub fn behavior_version() -> aws_config::BehaviorVersion {
    aws_config::BehaviorVersion::v2026_01_12()
}
