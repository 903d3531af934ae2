//! Brings calendars up to date.
//!
//! SQS (`interactive`, `bulk`) → this function → the provider → DynamoDB (`calendars`, `events`,
//! `changes`, `runs`) → EventBridge.

use lambda::config::{SyncConfig, environment, log_level};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::start_logging(&log_level(&environment));
    let config = SyncConfig::read(&environment)?;
    let sdk = aws::configuration(aws::Haste::Working).await;
    lambda::consume(lambda::connect_syncer(&sdk, config, lambda::system())?).await
}
