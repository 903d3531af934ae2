//! Looks after whatever is overdue: reads, publications, polls, announcements.
//!
//! EventBridge Scheduler → this function → DynamoDB (`calendars`, and what has news) → SQS, EventBridge.

use lambda::config::{SweeperConfig, environment, log_level};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::start_logging(&log_level(&environment));
    let config = SweeperConfig::read(&environment)?;
    let sdk = aws::configuration(aws::Haste::Working).await;
    lambda::sweep_on_schedule(lambda::connect_sweeper(&sdk, config, lambda::system())).await
}
