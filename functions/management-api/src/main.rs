//! Answers operators and product code: organizations, connections, calendars, changes, health.
//!
//! API Gateway → this function → DynamoDB, the provider (to connect and to watch) → SQS.

use api::Api;
use lambda::config::{ApiConfig, environment, log_level};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::start_logging(&log_level(&environment));
    let config = ApiConfig::read(&environment)?;
    let sdk = aws::configuration(aws::Haste::Working).await;
    let management = lambda::connect_management(&sdk, config, lambda::system())?;
    lambda::serve_router(api::router(Api::new(management))).await
}
