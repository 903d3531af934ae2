//! Messages from the queues, one a batch; a failed one is reported alone and comes back.

use std::pin::Pin;

use app::error_chain;
use app::sync::Outcome;
use aws::queue::Message;
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, service_fn};

use crate::Worker;

/// Works on messages until the sandbox ends.
///
/// # Errors
/// If the Lambda runtime ends.
pub async fn consume(worker: Worker) -> Result<(), lambda_runtime::Error> {
    let worker = &worker;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<SqsEvent>| {
        let LambdaEvent { payload, context } = event;
        // Boxed and without its type: a whole run is too large a future to nest further.
        let work: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(async move {
            let millis = i64::try_from(context.deadline).unwrap_or(i64::MAX);
            let deadline = Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX);
            work(worker, payload, &context.request_id, deadline).await
        });
        async move { Ok::<_, lambda_runtime::Error>(work.await) }
    }))
    .await
}

/// Works on one batch. What is not in the answer is acknowledged.
///
/// `invocation` owns the leases that are taken: a message that is delivered twice is worked on by
/// two invocations, and they must not share a lease.
pub async fn work(
    worker: &Worker,
    event: SqsEvent,
    invocation: &str,
    deadline: Timestamp,
) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    for record in event.records {
        let id = record.message_id.clone().unwrap_or_default();
        if let Ending::Failed = one(worker, &record, &id, invocation, deadline).await {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            response.batch_item_failures.push(failure);
        }
    }
    response
}

enum Ending {
    Acknowledged,
    Failed,
}

async fn one(
    worker: &Worker,
    record: &SqsMessage,
    id: &str,
    invocation: &str,
    deadline: Timestamp,
) -> Ending {
    let body = record.body.as_deref().unwrap_or_default();
    let syncer = &worker.syncer;
    let result = match Message::read(body) {
        Ok(Message::Sync {
            key,
            reason,
            correlation,
        }) => match syncer
            .sync(key, reason, correlation, invocation, deadline)
            .await
        {
            Ok(Outcome::Lost) => {
                tracing::warn!(calendar = %key.calendar, "another run has the calendar");
                return Ending::Failed;
            }
            Ok(Outcome::Acknowledged(why)) => {
                tracing::info!(calendar = %key.calendar, why, "nothing to do");
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        },
        Ok(Message::Publish { key }) => syncer.publisher.publish(key, deadline).await.map(|_| ()),
        Ok(Message::Recover(recovery)) => syncer.recoverer.recover(&recovery).await.map(|_| ()),
        Ok(Message::Stop { subscription }) => worker.stopper.stop(subscription).await.map(|_| ()),
        // It will not become readable by coming back.
        Err(unreadable) => {
            tracing::error!(message = id, reason = %unreadable, "buried a message");
            syncer.queue.bury(body).await.map_err(Into::into)
        }
    };
    match result {
        Ok(()) => Ending::Acknowledged,
        Err(error) => {
            tracing::error!(
                message = id,
                error = error_chain(&error),
                "could not work on a message; it comes back",
            );
            Ending::Failed
        }
    }
}
