//! Requests that their sender may repeat, and what the first of them was answered.
//!
//! Table `idempotency`, key `request`. A request is claimed before it is worked on, and its answer
//! is written afterwards, so of two at once only one is worked on.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::OrganizationId;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::attributes::{from_ms, ms, n, read, s};
use crate::{Error, SdkConfig};

/// How long an answer is remembered.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// How long a request may be worked on: longer than API Gateway waits for any (30 s). Whoever
/// claimed it and has not answered by then has died.
const IN_FLIGHT: SignedDuration = SignedDuration::from_mins(1);

/// The requests of all organizations.
#[derive(Clone, Debug)]
pub struct Requests {
    client: Client,
    table: String,
}

/// A request by the name that its sender gave it.
#[derive(Clone, Debug)]
pub struct Request {
    /// Whose.
    pub organization: OrganizationId,
    /// The sender's name for it.
    pub name: String,
    /// What it asks for, as a hash: the same name for something else is a mistake.
    pub fingerprint: String,
}

/// What a request was answered.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body; none if it held a secret, which is not kept.
    pub body: Option<String>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Answer({})", self.status)
    }
}

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is ours to work on, since this moment.
    Ours(Timestamp),
    /// It was answered.
    Answered(Answer),
    /// Somebody is working on it.
    InFlight,
    /// The name was used for something else.
    SomethingElse,
}

impl Requests {
    /// The requests in this table.
    pub fn new(config: &SdkConfig, table: String) -> Self {
        Self {
            client: Client::new(config),
            table,
        }
    }

    /// Claims a request.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn claim(&self, request: &Request, now: Timestamp) -> Result<Claim, Error> {
        const WHAT: &str = "could not claim a request";
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("request", s(key(request)))
            .item("v", n(1))
            .item("fingerprint", s(&request.fingerprint))
            .item("claimed_at", ms(now))
            .item("expires_at", n((now + KEPT).as_second()))
            // What has expired may still be there.
            .condition_expression(
                "attribute_not_exists(#request) OR expires_at <= :second \
                 OR (fingerprint = :fingerprint AND attribute_not_exists(#status) \
                     AND claimed_at < :before)",
            )
            .expression_attribute_names("#request", "request")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":second", n(now.as_second()))
            .expression_attribute_values(":fingerprint", s(&request.fingerprint))
            .expression_attribute_values(":before", ms(now - IN_FLIGHT))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let refused = match put {
            Ok(_) => return Ok(Claim::Ours(from_ms(now.as_millisecond()))),
            Err(error) => match error.into_service_error() {
                PutItemError::ConditionalCheckFailedException(refused) => refused,
                error => return Err(Error::new(WHAT, error)),
            },
        };
        #[derive(Deserialize)]
        struct RequestItem {
            fingerprint: String,
            status: Option<u16>,
            body: Option<String>,
        }
        let item: RequestItem = read(WHAT, refused.item.ok_or(Error::bare(WHAT))?)?;
        Ok(match item.status {
            _ if item.fingerprint != request.fingerprint => Claim::SomethingElse,
            Some(status) => Claim::Answered(Answer {
                status,
                body: item.body,
            }),
            None => Claim::InFlight,
        })
    }

    /// Notes what a claimed request was answered, unless somebody else claimed it since.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn answer(
        &self,
        request: &Request,
        claimed_at: Timestamp,
        answer: &Answer,
    ) -> Result<(), Error> {
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("request", s(key(request)))
            .condition_expression("claimed_at = :claimed_at")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":claimed_at", ms(claimed_at))
            .expression_attribute_values(":status", n(answer.status));
        update = match &answer.body {
            Some(body) => update
                .update_expression("SET #status = :status, #body = :body")
                .expression_attribute_names("#body", "body")
                .expression_attribute_values(":body", s(body)),
            None => update.update_expression("SET #status = :status"),
        };
        let done = update.send().await;
        match done {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_conditional_check_failed_exception()) =>
            {
                Ok(())
            }
            Err(error) => Err(Error::new("could not note an answer", error)),
        }
    }

    /// Gives a claimed request back, because nothing became of it.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn release(&self, request: &Request, claimed_at: Timestamp) -> Result<(), Error> {
        let deleted = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("request", s(key(request)))
            .condition_expression("claimed_at = :claimed_at")
            .expression_attribute_values(":claimed_at", ms(claimed_at))
            .send()
            .await;
        match deleted {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_conditional_check_failed_exception()) =>
            {
                Ok(())
            }
            Err(error) => Err(Error::new("could not give a request back", error)),
        }
    }
}

fn key(request: &Request) -> String {
    format!("{}/{}", request.organization, request.name)
}
