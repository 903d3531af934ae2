//! Receives Microsoft Graph's change notifications, and answers its handshakes.
//!
//! API Gateway → this function → DynamoDB (`calendars`, `notifications`,
//! `subscriptions`) → SQS (`interactive`).

use domain::Provider;
use lambda::config::{WebhookConfig, environment, log_level};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::start_logging(&log_level(&environment));
    let config = WebhookConfig::read(&environment)?;
    let sdk = aws::configuration(aws::Haste::Answering).await;
    let receiver = lambda::connect_receiver(&sdk, config, lambda::system());
    lambda::serve(receiver, Provider::Microsoft).await
}
