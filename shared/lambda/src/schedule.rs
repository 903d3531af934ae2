//! What runs by the clock. A failure fails the invocation, so that its alarm rings.

use app::renew::Renewer;
use app::sweep::Sweeper;
use app::sync::Allowance;
use app::{Ambient, Error, error_chain};
use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::{Value, json};

/// Sweeps whenever the scheduler says so.
///
/// # Errors
/// If the Lambda runtime ends.
pub async fn sweep_on_schedule(sweeper: Sweeper) -> Result<(), lambda_runtime::Error> {
    let sweeper = &sweeper;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        sweep(sweeper, end(&event)).await
    }))
    .await
}

/// Renews whenever the scheduler says so.
///
/// # Errors
/// If the Lambda runtime ends.
pub async fn renew_on_schedule(renewer: Renewer) -> Result<(), lambda_runtime::Error> {
    let renewer = &renewer;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
        // Boxed: what renewal may have to do is too large a future to nest further.
        Box::pin(async move { renew(renewer, end(&event)).await })
    }))
    .await
}

fn end(event: &LambdaEvent<Value>) -> Timestamp {
    let millis = i64::try_from(event.context.deadline).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
}

/// Sweeps once, and is done before `end`.
///
/// # Errors
/// If the indexes could not be asked.
pub async fn sweep(sweeper: &Sweeper, end: Timestamp) -> Result<Value, lambda_runtime::Error> {
    let swept = sweeper.sweep(until(end, &sweeper.ambient)).await;
    let swept = swept.map_err(|error| failed("could not sweep", error))?;
    Ok(json!({
        "reads": swept.reads,
        "publications": swept.publications,
        "polls": swept.polls,
        "announcements": swept.announcements,
        "failures": swept.failures,
    }))
}

/// Renews once, and is done before `end`.
///
/// # Errors
/// If the index could not be asked.
pub async fn renew(renewer: &Renewer, end: Timestamp) -> Result<Value, lambda_runtime::Error> {
    let renewed = renewer.renew(until(end, &renewer.watcher.ambient)).await;
    let renewed = renewed.map_err(|error| failed("could not renew", error))?;
    Ok(json!({
        "due": renewed.due,
        "extended": renewed.extended,
        "created": renewed.created,
        "ended": renewed.ended,
        "reaped": renewed.reaped,
        "refused": renewed.refused,
        "failures": renewed.failures,
    }))
}

/// When to stop beginning anything, so that what was begun is finished before the end.
fn until(end: Timestamp, ambient: &Ambient) -> Timestamp {
    Allowance::until(end, ambient.now()).reserve_from
}

fn failed(what: &'static str, error: Error) -> lambda_runtime::Error {
    tracing::error!(error = error_chain(&error), "{what}");
    error.into()
}
