//! A world with one mailbox, and a client that talks to it without sockets.

use axum::body::{Body, to_bytes};
use http::{HeaderMap, Request};
use serde_json::{Value, json};
use simulator::{Delivery, Graph, HandshakeAnswer, Mailbox, Settings, Simulator};
use tower::ServiceExt as _;

pub(crate) const AMELIA: &str = "amelia.north@contoso.example";
pub(crate) const HOST: &str = "graph.example:8090";
pub(crate) const PREFER: &str = "IdType=\"ImmutableId\"";

pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) graph: Graph,
    pub(crate) mailbox: Mailbox,
    /// `users/{oid}`.
    pub(crate) calendar: String,
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

    pub(crate) fn code(&self) -> String {
        self.text_at("/error/code")
    }

    pub(crate) fn message(&self) -> String {
        self.text_at("/error/message")
    }

    fn text_at(&self, pointer: &str) -> String {
        let json = self.json();
        let text = json.pointer(pointer).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        Self::of(Simulator::new(settings)).await
    }

    pub(crate) async fn of(simulator: Simulator) -> Self {
        simulator.answer_handshakes_with(|delivery| Box::pin(async move { echo(&delivery) }));
        let graph = simulator.graph();
        let mailbox = graph.add_mailbox(AMELIA);
        let mut world = Self {
            calendar: format!("users/{}", mailbox.user_id),
            simulator,
            graph,
            mailbox,
            bearer: String::new(),
        };
        world.renew().await;
        world
    }

    /// Takes a fresh access token for the mailbox.
    pub(crate) async fn renew(&mut self) {
        self.bearer = self.access_token(&self.mailbox).await;
    }

    pub(crate) async fn access_token(&self, mailbox: &Mailbox) -> String {
        let answer = self.refresh(mailbox, &mailbox.refresh_token).await.json();
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    pub(crate) async fn refresh(&self, mailbox: &Mailbox, token: &str) -> Answer {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.token(&mailbox.tenant_id, &fields).await
    }

    /// Asks the token endpoint with the app's id and secret.
    pub(crate) async fn token(&self, tenant: &str, fields: &[(&str, &str)]) -> Answer {
        let app = [
            ("client_id", "simulator-app"),
            ("client_secret", "simulator-app-secret"),
        ];
        self.form(tenant, &[&app, fields].concat()).await
    }

    pub(crate) async fn form(&self, tenant: &str, fields: &[(&str, &str)]) -> Answer {
        let body = serde_urlencoded::to_string(fields).expect("a form");
        let request = Request::post(format!("/{tenant}/oauth2/v2.0/token"))
            .header("host", "login.example")
            .header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body)).expect("a request"))
            .await
    }

    /// A read with the usual preference; `path` follows `/v1.0/`.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_with(path, PREFER).await
    }

    pub(crate) async fn get_with(&self, path: &str, prefer: &str) -> Answer {
        self.send(self.request("GET", path, prefer, None)).await
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.send(self.request(method, path, PREFER, body)).await
    }

    pub(crate) fn request(
        &self,
        method: &str,
        path: &str,
        prefer: &str,
        body: Option<Value>,
    ) -> Request<Body> {
        let path = path.strip_prefix("http://").map_or_else(
            || format!("/v1.0/{path}"),
            |absolute| absolute.trim_start_matches(HOST).to_owned(),
        );
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", HOST)
            .header("authorization", format!("Bearer {}", self.bearer))
            .header("prefer", prefer)
            .header("content-type", "application/json");
        let body = body.map_or(Body::empty(), |body| Body::from(body.to_string()));
        request.body(body).expect("a request")
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.simulator.router().oneshot(request).await;
        let (parts, body) = response.expect("a router never fails").into_parts();
        let bytes = to_bytes(body, 64 << 20).await.expect("a body that ends");
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).expect("text"),
        }
    }

    /// One event of the mailbox's own calendar; the query may be empty.
    pub(crate) async fn event(&self, id: &str, query: &str) -> Answer {
        self.get(&format!("{}/events/{id}{query}", self.calendar))
            .await
    }

    /// Subscribes to a calendar at the usual addresses, with a secret.
    pub(crate) async fn subscribe(&self, calendar: &str) -> Answer {
        self.call("POST", "subscriptions", Some(wish(calendar)))
            .await
    }

    /// Subscribes to the mailbox's own calendar; the subscription's id.
    pub(crate) async fn subscribed(&self) -> String {
        let answer = self.subscribe(&self.calendar).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json()["id"].as_str().expect("an id").to_owned()
    }

    /// Takes what is due and accepts it.
    pub(crate) fn accept_all(&self) -> Vec<Delivery> {
        let deliveries = self.simulator.take_deliveries();
        for delivery in &deliveries {
            self.simulator.delivered(delivery.id, 202);
        }
        deliveries
    }
}

/// A time as events have it.
pub(crate) fn at(time: &str, zone: &str) -> Value {
    json!({ "dateTime": time, "timeZone": zone })
}

/// A single event.
pub(crate) fn single(subject: &str, start: &str, end: &str) -> Value {
    json!({ "subject": subject, "start": at(start, "UTC"), "end": at(end, "UTC") })
}

/// A meeting every Thursday at half past nine in Lisbon, from 5 November 2026 on.
pub(crate) fn weekly() -> Value {
    json!({
        "subject": "Team stand-up",
        "start": at("2026-11-05T09:30:00", "GMT Standard Time"),
        "end": at("2026-11-05T09:45:00", "GMT Standard Time"),
        "recurrence": {
            "pattern": { "type": "weekly", "interval": 1, "daysOfWeek": ["thursday"] },
            "range": { "type": "noEnd", "startDate": "2026-11-05" },
        },
    })
}

pub(crate) const HOOK: &str = "https://hooks.calsync.example/v1/hooks/microsoft";

/// A subscription as it is usually asked for.
pub(crate) fn wish(calendar: &str) -> Value {
    json!({
        "changeType": "created,updated,deleted",
        "notificationUrl": HOOK,
        "lifecycleNotificationUrl": format!("{HOOK}/lifecycle"),
        "resource": format!("{calendar}/events"),
        "expirationDateTime": "2026-11-17T13:30:00Z",
        "clientState": "secret",
    })
}

/// The answer to a handshake that a correct client gives.
pub(crate) fn echo(delivery: &Delivery) -> HandshakeAnswer {
    let (_, query) = delivery.url.split_once('?').expect("a query");
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).expect("a form");
    let token = pairs
        .into_iter()
        .find(|(name, _)| name == "validationToken");
    HandshakeAnswer {
        status: 200,
        content_type: Some("text/plain; charset=utf-8".to_owned()),
        body: token.expect("a token").1.into_bytes(),
    }
}

/// The notifications in a message.
pub(crate) fn items(delivery: &Delivery) -> Vec<Value> {
    let body: Value = serde_json::from_slice(&delivery.body).expect("JSON");
    body["value"].as_array().expect("items").clone()
}
