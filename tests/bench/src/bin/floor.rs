//! The floor: the runtime, the logging and the SDK clients of a webhook function, and no logic.
//!
//! It is what anybody would write who wants those clients, with the SDK's own defaults, so that our
//! settings show in the ratio too, and makes two calls per request, which is the least with which a
//! hint can be kept and passed on.

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use lambda_http::{Error, Request, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda::start_logging("info");
    let sdk = aws_config::load_defaults(BehaviorVersion::v2026_01_12()).await;
    let tables = &aws_sdk_dynamodb::Client::new(&sdk);
    let queues = &aws_sdk_sqs::Client::new(&sdk);
    // Nobody asks it, as nobody asks ours while its keys are fresh; it is there to be built.
    let _secrets = aws_sdk_secretsmanager::Client::new(&sdk);
    lambda_http::run(service_fn(move |_: Request| async move {
        tables
            .update_item()
            .table_name("calendars")
            .key("calendar", AttributeValue::S("floor".to_owned()))
            .update_expression("ADD req :one")
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .return_values(ReturnValue::AllOld)
            .send()
            .await?;
        queues
            .send_message()
            .queue_url("http://127.0.0.1/queue/interactive")
            .message_body("floor")
            .send()
            .await?;
        tracing::info!("kept and passed on");
        Ok::<_, Error>("")
    }))
    .await
}
