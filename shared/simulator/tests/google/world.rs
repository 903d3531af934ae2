//! A world with one account, and a client that talks to it without sockets.

use axum::body::{Body, to_bytes};
use http::{HeaderMap, Request};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use simulator::{Delivery, Settings, Simulator};
use tower::ServiceExt as _;

pub(crate) const AMELIA: &str = "amelia.north@example.com";
pub(crate) const EVENTS: &str = "/calendar/v3/calendars/amelia.north%40example.com/events";
pub(crate) const HOOK: &str = "https://hooks.calsync.example/v1/hooks/google";

pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) bearer: String,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("a JSON body")
    }

    pub(crate) fn reason(&self) -> String {
        self.json()["error"]["errors"][0]["reason"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let simulator = Simulator::new(settings);
        let account = simulator.add_account(AMELIA);
        let mut world = Self {
            simulator,
            bearer: String::new(),
        };
        world.bearer = world.access_token(&account.refresh_token).await;
        world
    }

    pub(crate) async fn access_token(&self, refresh_token: &str) -> String {
        let answer = self.refresh(refresh_token).await;
        answer.json()["access_token"]
            .as_str()
            .expect("an access token")
            .to_owned()
    }

    pub(crate) async fn refresh(&self, refresh_token: &str) -> Answer {
        self.form(
            "/token",
            &[
                ("client_id", "simulator-client"),
                ("client_secret", "simulator-secret"),
                ("grant_type", "refresh_token"),
                ("refresh_token", refresh_token),
            ],
        )
        .await
    }

    pub(crate) async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = serde_urlencoded::to_string(fields).expect("a form");
        let request =
            Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body)).expect("a request"))
            .await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_as(&self.bearer, path).await
    }

    pub(crate) async fn get_as(&self, bearer: &str, path: &str) -> Answer {
        let request = Request::get(path).header("authorization", format!("Bearer {bearer}"));
        self.send(request.body(Body::empty()).expect("a request"))
            .await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.post_as(&self.bearer, path, body).await
    }

    pub(crate) async fn post_as(&self, bearer: &str, path: &str, body: Value) -> Answer {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {bearer}"))
            .header("content-type", "application/json");
        self.send(
            request
                .body(Body::from(body.to_string()))
                .expect("a request"),
        )
        .await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self
            .simulator
            .router()
            .oneshot(request)
            .await
            .expect("a router never fails");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 64 << 20).await.expect("a body that ends");
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).expect("text"),
        }
    }

    pub(crate) async fn watch(&self, id: &str) -> Answer {
        self.post(&format!("{EVENTS}/watch"), wish(id)).await
    }

    /// Reads to the end of a round: all items, and the sync token.
    pub(crate) async fn round(&self, sync_token: Option<&str>) -> (Vec<Value>, String) {
        let mut items = Vec::new();
        let mut page_token = None;
        loop {
            let page = self.page(sync_token, page_token.as_deref()).await.json();
            items.extend(page["items"].as_array().expect("items").iter().cloned());
            match page["nextPageToken"].as_str() {
                Some(token) => page_token = Some(token.to_owned()),
                None => {
                    return (
                        items,
                        page["nextSyncToken"]
                            .as_str()
                            .expect("a sync token")
                            .to_owned(),
                    );
                }
            }
        }
    }

    pub(crate) async fn page(&self, sync_token: Option<&str>, page_token: Option<&str>) -> Answer {
        let mut path = format!("{EVENTS}?maxResults=2500");
        for (name, token) in [("syncToken", sync_token), ("pageToken", page_token)] {
            if let Some(token) = token {
                path += &format!("&{name}={}", encode(token));
            }
        }
        self.get(&path).await
    }

    /// Takes what is due and accepts it.
    pub(crate) fn accept_all(&self) -> Vec<Delivery> {
        let deliveries = self.simulator.take_deliveries();
        for delivery in &deliveries {
            self.simulator.delivered(delivery.id, 200);
        }
        deliveries
    }
}

pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

pub(crate) fn wish(id: &str) -> Value {
    json!({ "id": id, "type": "web_hook", "address": HOOK, "token": "secret" })
}

pub(crate) fn ids(items: &[Value]) -> Vec<&str> {
    items
        .iter()
        .map(|item| item["id"].as_str().expect("an id"))
        .collect()
}

pub(crate) fn numbers(deliveries: &[Delivery]) -> Vec<u64> {
    let number = |delivery: &Delivery| delivery.header("x-goog-message-number").map(str::to_owned);
    deliveries
        .iter()
        .map(|delivery| {
            number(delivery)
                .expect("a number")
                .parse()
                .expect("a number")
        })
        .collect()
}
