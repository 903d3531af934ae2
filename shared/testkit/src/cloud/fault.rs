//! Failures by plan: which calls fail next, and how.

use std::collections::BTreeSet;
use std::sync::Mutex;

use serde_json::{Value, json};

use super::answer::Refusal;
use super::call::{Call, Service};
use super::{Cloud, locked};

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The service wants fewer calls; nothing was done, and the SDK tries again.
    Throttled,
    /// The service is out of order; nothing was done, and the SDK tries again.
    ServiceUnavailable,
    /// The service cannot be reached; nothing was done, and the SDK tries again.
    Unreachable,
    /// The service did it, but its answer was lost; the SDK tries again.
    TimeoutAfterWrite,
    /// A transaction holds the item; nothing was done, and the SDK does not try again.
    TransactionConflict,
    /// The condition does not hold, whatever is stored; nothing was done.
    ConditionalCheckFailed,
    /// One entry of a batch is left undone, by its place; the answer says so.
    Entry(usize),
}

/// Which calls a failure is meant for.
#[derive(Clone, Debug, Default)]
pub struct On {
    service: Option<Service>,
    operation: Option<String>,
    resource: Option<String>,
    containing: Option<String>,
    skip: usize,
}

impl On {
    /// Any call.
    pub fn any() -> Self {
        Self::default()
    }

    /// Calls of one service.
    pub fn service(service: Service) -> Self {
        Self {
            service: Some(service),
            ..Self::default()
        }
    }

    /// Calls of one operation, by its AWS name.
    pub fn operation(operation: &str) -> Self {
        Self {
            operation: Some(operation.to_owned()),
            ..Self::default()
        }
    }

    /// Only those on this table, queue, bus, secret or key; for several tables, any of them.
    pub fn resource(mut self, resource: &str) -> Self {
        self.resource = Some(resource.to_owned());
        self
    }

    /// Only those whose request contains this text: an update by a word of its expression.
    pub fn containing(mut self, text: &str) -> Self {
        self.containing = Some(text.to_owned());
        self
    }

    /// Not the first `skip` of them.
    pub fn after(mut self, skip: usize) -> Self {
        self.skip = skip;
        self
    }

    fn matches(&self, call: &Call, body: &[u8]) -> bool {
        let same = |wanted: &Option<String>, it: &str| wanted.as_deref().is_none_or(|w| w == it);
        self.service.is_none_or(|service| service == call.service)
            && same(&self.operation, &call.operation)
            && call.resource.split(',').any(|it| same(&self.resource, it))
            && self.containing.as_deref().is_none_or(|text| {
                let body = std::str::from_utf8(body).unwrap_or_default();
                body.contains(text)
            })
    }
}

/// `"SendMessage"` is every `SendMessage`.
impl From<&str> for On {
    fn from(operation: &str) -> Self {
        Self::operation(operation)
    }
}

impl From<Service> for On {
    fn from(service: Service) -> Self {
        Self::service(service)
    }
}

/// What a test has planned against this cloud.
#[derive(Debug, Default)]
pub(super) struct Plan {
    next: Mutex<Vec<Planned>>,
    broken: Mutex<BTreeSet<Service>>,
}

#[derive(Debug)]
struct Planned {
    on: On,
    failure: Failure,
    times: usize,
}

impl Plan {
    pub(super) fn is_broken(&self, service: Service) -> bool {
        locked(&self.broken).contains(&service)
    }

    /// The failure planned for this call, which is then spent. The oldest plan goes first.
    pub(super) fn strike(&self, call: &Call, body: &[u8]) -> Option<Failure> {
        let mut next = locked(&self.next);
        for planned in next.iter_mut().filter(|it| it.times > 0) {
            if !planned.on.matches(call, body) {
                continue;
            }
            if planned.on.skip > 0 {
                planned.on.skip -= 1;
                continue;
            }
            planned.times -= 1;
            return Some(planned.failure);
        }
        None
    }
}

impl Cloud {
    /// The next `times` calls that match fail this way.
    pub fn fail_next(&self, on: impl Into<On>, failure: Failure, times: usize) {
        locked(&self.inside.faults.next).push(Planned {
            on: on.into(),
            failure,
            times,
        });
    }

    /// How many planned failures have not happened yet; a test that planned one wants 0.
    pub fn failures_left(&self) -> usize {
        let next = locked(&self.inside.faults.next);
        next.iter().map(|planned| planned.times).sum()
    }

    /// No call reaches the service until it is mended. The SDK does not try again: one failure
    /// stands for all its attempts.
    pub fn break_service(&self, service: Service) {
        locked(&self.inside.faults.broken).insert(service);
    }

    /// Calls reach the service again.
    pub fn mend_service(&self, service: Service) {
        locked(&self.inside.faults.broken).remove(&service);
    }
}

/// What a throttled caller is told.
pub(super) fn throttled(service: Service) -> Refusal {
    let code = match service {
        Service::Sqs => "RequestThrottled",
        Service::DynamoDb | Service::EventBridge | Service::SecretsManager | Service::Kms => {
            "ThrottlingException"
        }
    };
    Refusal::client(code, "rate exceeded")
}

pub(super) fn unavailable() -> Refusal {
    Refusal::new(503, "ServiceUnavailable", "the service is unavailable")
}

/// A plain update that meets a transaction, or a transaction that meets another.
pub(super) fn conflict(call: &Call, body: &Value) -> Refusal {
    if is_transaction(call) {
        return cancelled(
            body,
            "TransactionConflict",
            "Transaction is ongoing for the item",
        );
    }
    Refusal::client(
        "TransactionConflictException",
        "Transaction is ongoing for the item",
    )
}

pub(super) fn condition_failed(call: &Call, body: &Value) -> Refusal {
    if is_transaction(call) {
        let message = "The conditional request failed";
        return cancelled(body, "ConditionalCheckFailed", message);
    }
    Refusal::client(
        "ConditionalCheckFailedException",
        "The conditional request failed",
    )
}

fn is_transaction(call: &Call) -> bool {
    ["TransactWriteItems", "TransactGetItems"].contains(&call.operation.as_str())
}

/// The first item is the one to blame; the SDK gets a reason for each.
fn cancelled(body: &Value, code: &str, message: &str) -> Refusal {
    let items = body["TransactItems"].as_array().map_or(1, Vec::len);
    let mut reasons = vec![json!({ "Code": "None" }); items];
    reasons[0] = json!({ "Code": code, "Message": message });
    let codes: Vec<&str> = (0..items)
        .map(|place| if place == 0 { code } else { "None" })
        .collect();
    let text = format!(
        "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
        codes.join(", ")
    );
    Refusal::client("TransactionCanceledException", text)
        .with("CancellationReasons", Value::Array(reasons))
}
