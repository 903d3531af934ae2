//! What runs by the clock. A failure fails the invocation, so that its alarm rings.

use app::error_chain;
use app::sweep::Sweeper;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::{Value, json};

/// Sweeps whenever the scheduler says so.
///
/// # Errors
/// If the Lambda runtime ends.
pub async fn on_schedule(sweeper: Sweeper) -> Result<(), lambda_runtime::Error> {
    let sweeper = &sweeper;
    lambda_runtime::run(service_fn(move |_: LambdaEvent<Value>| sweep(sweeper))).await
}

/// Sweeps once.
///
/// # Errors
/// If the indexes could not be asked.
pub async fn sweep(sweeper: &Sweeper) -> Result<Value, lambda_runtime::Error> {
    match sweeper.sweep().await {
        Ok(swept) => Ok(json!({
            "reads": swept.reads,
            "publications": swept.publications,
            "polls": swept.polls,
            "failures": swept.failures,
        })),
        Err(error) => {
            tracing::error!(error = error_chain(&error), "could not sweep");
            Err(error.into())
        }
    }
}
