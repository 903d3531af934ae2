//! What runs by the clock. A failure fails the invocation, so that its alarm rings.

use app::error_chain;
use app::sweep::Sweeper;
use app::sync::Allowance;
use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::{Value, json};

/// Sweeps whenever the scheduler says so.
///
/// # Errors
/// If the Lambda runtime ends.
pub async fn on_schedule(sweeper: Sweeper) -> Result<(), lambda_runtime::Error> {
    let sweeper = &sweeper;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
        let millis = i64::try_from(event.context.deadline).unwrap_or(i64::MAX);
        let end = Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX);
        sweep(sweeper, end)
    }))
    .await
}

/// Sweeps once, and is done before `end`.
///
/// # Errors
/// If the indexes could not be asked.
pub async fn sweep(sweeper: &Sweeper, end: Timestamp) -> Result<Value, lambda_runtime::Error> {
    let allowance = Allowance::until(end, sweeper.ambient.now());
    match sweeper.sweep(allowance.reserve_from).await {
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
