//! One call of an AWS service, as it stands in the log.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

/// A service of this cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// DynamoDB.
    DynamoDb,
    /// SQS.
    Sqs,
    /// EventBridge.
    EventBridge,
    /// Secrets Manager.
    SecretsManager,
    /// KMS.
    Kms,
}

/// One call that reached a service, or was on its way when it failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Which service was called.
    pub service: Service,
    /// The operation by its AWS name, `UpdateItem`.
    pub operation: String,
    /// The table, queue, bus, secret or key; several tables are joined by commas.
    pub resource: String,
}

impl Service {
    /// Its name in small letters, as in an endpoint.
    pub fn name(self) -> &'static str {
        match self {
            Self::DynamoDb => "dynamodb",
            Self::Sqs => "sqs",
            Self::EventBridge => "events",
            Self::SecretsManager => "secretsmanager",
            Self::Kms => "kms",
        }
    }

    fn of_target(prefix: &str) -> Option<Self> {
        match prefix {
            "DynamoDB_20120810" => Some(Self::DynamoDb),
            "AmazonSQS" => Some(Self::Sqs),
            "AWSEvents" => Some(Self::EventBridge),
            "secretsmanager" => Some(Self::SecretsManager),
            "TrentService" => Some(Self::Kms),
            _ => None,
        }
    }
}

impl Call {
    /// Reads a call from the `X-Amz-Target` header and the body of its request.
    pub(super) fn read(target: &str, body: &Value) -> Option<Self> {
        let (prefix, operation) = target.split_once('.')?;
        let service = Service::of_target(prefix)?;
        let resource = match service {
            Service::DynamoDb => tables(body),
            Service::Sqs => last_segment(text(body, "QueueUrl").or(text(body, "QueueName"))),
            Service::EventBridge => {
                let bus = &body["Entries"][0]["EventBusName"];
                last_segment(Some(bus.as_str().unwrap_or("default")))
            }
            Service::SecretsManager => text(body, "SecretId")
                .or(text(body, "Name"))
                .unwrap_or_default()
                .to_owned(),
            Service::Kms => last_segment(text(body, "KeyId")),
        };
        Some(Self {
            service,
            operation: operation.to_owned(),
            resource,
        })
    }

    /// Whether the call can leave something behind; a crash after any other is no new case.
    pub fn changes_state(&self) -> bool {
        let reads = [
            "GetItem",
            "BatchGetItem",
            "TransactGetItems",
            "Query",
            "Scan",
            "DescribeTable",
            "ListTables",
            "GetQueueUrl",
            "GetQueueAttributes",
            "GetSecretValue",
            "DescribeSecret",
            "Encrypt",
            "Decrypt",
            "GenerateDataKey",
        ];
        !reads.contains(&self.operation.as_str())
    }
}

/// `sqs SendMessage test-sync`.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} {}",
            self.service.name(),
            self.operation,
            self.resource
        )
    }
}

/// The tables a DynamoDB request names, each once.
fn tables(body: &Value) -> String {
    if let Some(table) = text(body, "TableName") {
        return last_segment(Some(table));
    }
    let mut tables = BTreeSet::new();
    if let Some(requests) = body["RequestItems"].as_object() {
        tables.extend(requests.keys().cloned());
    }
    for item in body["TransactItems"].as_array().into_iter().flatten() {
        for action in item.as_object().into_iter().flatten() {
            tables.insert(text(action.1, "TableName").unwrap_or_default().to_owned());
        }
    }
    tables.into_iter().collect::<Vec<_>>().join(",")
}

fn text<'a>(body: &'a Value, field: &str) -> Option<&'a str> {
    body[field].as_str()
}

/// A queue by its URL, a bus or key by its ARN: the name is what comes last.
fn last_segment(name: Option<&str>) -> String {
    let name = name.unwrap_or_default();
    name.rsplit('/').next().unwrap_or(name).to_owned()
}
