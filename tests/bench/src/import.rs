//! The memory of a sync function that imports a calendar, small and large.
//!
//! The provider is the simulator. AWS takes everything and keeps nothing but how far the import
//! got, so that what grows with the calendar can only be the function.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, ensure};
use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use providers::grant::Grant;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use simulator::{Settings, Simulator};
use tokio::net::TcpListener;

use crate::notification::{CALENDAR, ORGANIZATION};
use crate::sandbox::{Function, Sandbox};

/// A calendar that fits into a few pages, and one as large as they come.
const SIZES: [u32; 2] = [1_000, 100_000];

const CONNECTION: &str = "con_01JCBK7Q2M5T8XW0E4N9R6V3ZB";

const ACCOUNT: &str = "amelia.north@example.com";

/// One import.
#[derive(Debug)]
pub(crate) struct Import {
    /// How many events.
    pub(crate) events: u32,
    /// The most memory the function held, in bytes.
    pub(crate) memory: u64,
}

/// Measures both.
pub(crate) async fn measure(sync: &Function) -> anyhow::Result<Vec<Import>> {
    let mut imports = Vec::new();
    for events in SIZES {
        imports.push(import(sync, events).await.context("an import")?);
    }
    Ok(imports)
}

async fn import(sync: &Function, events: u32) -> anyhow::Result<Import> {
    let google = Simulator::new(Settings::default());
    let account = google.add_account(ACCOUNT);
    google.bulk_events(ACCOUNT, events);
    let google_address = serve(google.router()).await?;
    let grant = Grant::GoogleRefreshToken {
        refresh_token: account.refresh_token.into(),
    };
    let kept = Arc::new(Kept {
        grant: grant.to_json().expose_secret().to_owned(),
        oauth_client: json!({
            "client_id": account.client_id,
            "client_secret": account.client_secret,
        })
        .to_string(),
        progress: Mutex::default(),
    });
    let aws = Router::new().fallback(answer).with_state(kept.clone());
    let aws_address = serve(aws).await?;

    let mut sandbox = Sandbox::start_with(
        sync,
        aws_address,
        &[
            ("GOOGLE_API_BASE_URL", format!("http://{google_address}")),
            ("GOOGLE_TOKEN_URL", format!("http://{google_address}/token")),
        ],
    )
    .await?;
    let mut invocations = 0;
    while !kept.is_done() {
        invocations += 1;
        ensure!(invocations < 100, "the import does not end");
        sandbox.work(message(invocations)).await?;
    }
    // 250 events a page, as the provider's module asks for.
    let pages = google.requests_to("events.list");
    ensure!(
        pages >= u64::from(events.div_ceil(250)),
        "{pages} pages are not the whole calendar"
    );
    Ok(Import {
        events,

        memory: sandbox.memory()?,
    })
}

async fn serve(router: Router) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await;
    let listener = listener.context("could not listen")?;
    let address = listener.local_addr().context("a bound socket")?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

/// A message of the queue, as Lambda hands it over.
fn message(number: u32) -> Bytes {
    let body = json!({
        "v": "1",
        "kind": "sync",
        "organization": ORGANIZATION,
        "calendar": CALENDAR,
        "reason": "hint",
        "correlation": "cor_01JCBK7Q2M5T8XW0E4N9R6V3ZF",
    });
    let record = json!({
        "messageId": number.to_string(),
        "body": body.to_string(),
        "attributes": {},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
    });
    json!({ "Records": [record] }).to_string().into()
}

/// All that this AWS keeps.
struct Kept {
    grant: String,
    oauth_client: String,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    checkpoint: Option<Value>,
    is_done: bool,
}

impl Kept {
    fn is_done(&self) -> bool {
        self.progress().is_done
    }

    fn progress(&self) -> std::sync::MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a write says of how far the import got.
    fn note(&self, values: &Value) {
        let mut progress = self.progress();
        if let Some(checkpoint) = values.get(":checkpoint") {
            progress.checkpoint = Some(checkpoint.clone());
        }
        progress.is_done |= values.get(":cursor").is_some();
    }
}

async fn answer(State(kept): State<Arc<Kept>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target");
    let target = target.and_then(|target| target.to_str().ok());
    let operation = target
        .unwrap_or_default()
        .rsplit('.')
        .next()
        .unwrap_or_default();
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let kind = [("content-type", "application/x-amz-json-1.0")];
    (kind, kept.answer(operation, &asked).to_string()).into_response()
}

impl Kept {
    fn answer(&self, operation: &str, asked: &Value) -> Value {
        match operation {
            "UpdateItem" if asked["Key"]["part"]["S"] == "feed" => {
                self.note(&asked["ExpressionAttributeValues"]);
                json!({ "Attributes": self.feed() })
            }
            "UpdateItem" => json!({ "Attributes": inbox() }),
            "TransactWriteItems" => {
                self.note(&asked["TransactItems"][0]["Update"]["ExpressionAttributeValues"]);
                json!({})
            }
            "BatchGetItem" => json!({ "Responses": { "events": [] }, "UnprocessedKeys": {} }),
            "Query" => json!({ "Items": [], "Count": 0, "ScannedCount": 0 }),
            "GetItem" => json!({ "Item": {
                "organization": { "S": ORGANIZATION },
                "connection": { "S": CONNECTION },
                "provider": { "S": "google" },
                "state": { "S": "active" },
                "grant": { "B": "c2VhbGVk" },
                "created_at": { "S": "2026-11-10T14:30:00Z" },
            } }),
            "Decrypt" => json!({ "KeyId": "credentials", "Plaintext": base64(&self.grant) }),
            "GetSecretValue" => json!({ "SecretString": self.oauth_client }),
            "SendMessage" => {
                json!({ "MessageId": "1", "MD5OfMessageBody": "fafb00f5732ab283681e124bf8747ed1" })
            }
            "PutEvents" => json!({ "FailedEntryCount": 0, "Entries": [{ "EventId": "1" }] }),
            _ => json!({}),
        }
    }

    fn feed(&self) -> Value {
        let mut feed = json!({
            "fence": { "N": "1" },
            "round_g": { "N": "1" },
            "rebuilds": { "N": "1" },
            "last_seq": { "N": "0" },
            "published_seq": { "N": "0" },
        });
        if let Some(checkpoint) = &self.progress().checkpoint {
            feed["checkpoint"] = checkpoint.clone();
        }
        feed
    }
}

fn inbox() -> Value {
    json!({
        "provider": { "S": "google" },
        "connection": { "S": CONNECTION },
        "external_id": { "S": ACCOUNT },
        "status": { "S": "active" },
        "req": { "N": "1" },
        "syn": { "N": "0" },
        "fence": { "N": "1" },
        "lease_owner": { "S": "8476a536-e9f4-11e8-9739-2dfe598c3fcd" },
        "lease_until": { "N": "4102444800000" },
    })
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}
