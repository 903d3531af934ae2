//! An AWS that answers from a table and counts what it is asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::bill::Bill;
use crate::{items, notification};

/// What the next notifications meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    /// A token that another key signed.
    Forged,
    /// The record of an earlier delivery.
    Repeated,
    /// A calendar that owes a read already.
    Coalesced,
    /// A calendar that owes nothing.
    Leading,
}

/// The services.
#[derive(Clone)]
pub(crate) struct Cloud {
    /// Where they are.
    pub(crate) address: SocketAddr,
    inside: Arc<Mutex<Inside>>,
}

struct Inside {
    path: Path,
    bill: Bill,
}

impl Cloud {
    /// Serves on a port of its own.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.context("could not listen for the SDK")?;
        let address = listener.local_addr().context("a bound socket")?;
        let inside = Arc::new(Mutex::new(Inside {
            path: Path::Leading,
            bill: Bill::default(),
        }));
        let cloud = Self { address, inside };
        let router = Router::new().fallback(answer).with_state(cloud.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(cloud)
    }

    /// From now on, notifications meet this.
    pub(crate) fn prepare(&self, path: Path) {
        self.inside().path = path;
    }

    /// What was asked for so far.
    pub(crate) fn bill(&self) -> Bill {
        self.inside().bill
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer(State(cloud): State<Cloud>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target");
    let target = target
        .and_then(|target| target.to_str().ok())
        .unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default();
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut inside = cloud.inside();
    let Some((answer, mut bill)) = serve(operation, &asked, inside.path) else {
        return (StatusCode::BAD_REQUEST, format!("no `{target}` here\n")).into_response();
    };
    bill.calls = 1;
    inside.bill += bill;
    let kind = [("content-type", "application/x-amz-json-1.0")];
    (kind, answer.to_string()).into_response()
}

fn serve(operation: &str, asked: &Value, path: Path) -> Option<(Value, Bill)> {
    let mut bill = Bill::default();
    let answer = match operation {
        "GetItem" => {
            // A consistent read of a small item, or of none.
            bill.reads = 1;
            match path {
                Path::Repeated => json!({ "Item": items::record() }),
                Path::Forged | Path::Coalesced | Path::Leading => json!({}),
            }
        }
        "BatchGetItem" => {
            // The switches of the organization and of everybody, which nobody has turned.
            bill.reads = 1;
            json!({ "Responses": {}, "UnprocessedKeys": {} })
        }
        "UpdateItem" => {
            let before = items::inbox(path == Path::Coalesced);
            let after = items::size(&before) + items::added(&asked["ExpressionAttributeValues"]);
            // The index on `due` is written when the update sets `due` for the first time.
            bill.index_writes = u64::from(before["due"].is_null());
            bill.writes = items::units(after) + bill.index_writes;
            json!({ "Attributes": before })
        }
        "PutItem" => {
            // The one item that a notification puts is its record; its index holds all of it.
            bill.index_writes = items::units(items::size(&asked["Item"]));
            bill.writes = 2 * bill.index_writes;
            json!({})
        }
        "SendMessage" => {
            bill.messages = 1;
            bill.fair_messages = u64::from(asked["MessageGroupId"].is_string());
            let id = "5fea7756-0ea4-451a-a703-a558b933e274";
            json!({ "MessageId": id, "MD5OfMessageBody": "fafb00f5732ab283681e124bf8747ed1" })
        }
        "GetSecretValue" => {
            bill.secrets = 1;
            json!({
                "ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:token-keys-a1b2c3",
                "Name": "token-keys",
                "VersionId": "a1b2c3d4-5678-90ab-cdef-example11111",
                "SecretString": notification::keys(),
            })
        }
        _ => return None,
    };
    Some((answer, bill))
}
