//! Keeps every watched calendar subscribed to: renews, replaces, restores and ends subscriptions.
//!
//! EventBridge Scheduler → this function → DynamoDB (`subscriptions`, `calendars`) → the providers.

use lambda::config::{WatchConfig, environment, log_level};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::start_logging(&log_level(&environment));
    let config = WatchConfig::read(&environment)?;
    let sdk = aws::configuration(aws::Haste::Working).await;
    lambda::renew_on_schedule(lambda::connect_renewer(&sdk, config, lambda::system())?).await
}
