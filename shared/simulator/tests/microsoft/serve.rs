//! Graph over real sockets: handshakes and notifications through the delivery map.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Bytes;
use http::{HeaderMap, StatusCode, Uri};
use serde_json::Value;
use simulator::{Clock, DeliveryTarget, Settings, Simulator};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::world::{HOOK, wish};

type Seen = (Uri, HeaderMap, Bytes);

/// A receiver that echoes handshakes and accepts everything else.
async fn receiver() -> (String, mpsc::UnboundedReceiver<Seen>) {
    let (sender, received) = mpsc::unbounded_channel();
    let answer = move |uri: Uri, headers: HeaderMap, body: Bytes| {
        let query = uri.query().unwrap_or_default().to_owned();
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(&query).expect("a form");
        sender.send((uri, headers, body)).expect("the test listens");
        let token = pairs.into_iter().next().map(|(_, token)| token);
        async move { (StatusCode::OK, token.unwrap_or_default()) }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    (base, received)
}

#[tokio::test]
async fn a_served_graph_shakes_hands_and_notifies() {
    let (base, mut received) = receiver().await;
    let target = DeliveryTarget { base, host: None };
    let simulator = Simulator::new(Settings {
        delivery_map: BTreeMap::from([("https://hooks.calsync.example".to_owned(), target)]),
        ..Settings::default()
    });
    let graph = simulator.graph();
    let mailbox = graph.add_mailbox("amelia.north@contoso.example");
    let calendar = format!("users/{}", mailbox.user_id);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let own = format!("http://{}", listener.local_addr().expect("an address"));
    let served = simulator.clone();
    tokio::spawn(async move { served.serve(listener, Clock::Manual).await });

    let client = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    let form = serde_urlencoded::to_string([
        ("client_id", "simulator-app"),
        ("client_secret", "simulator-app-secret"),
        ("grant_type", "refresh_token"),
        ("refresh_token", &mailbox.refresh_token),
    ]);
    let token = client
        .post(format!("{own}/common/oauth2/v2.0/token"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.expect("a form"));
    let token = token
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("text");
    let token: Value = serde_json::from_str(&token).expect("JSON");
    let bearer = format!(
        "Bearer {}",
        token["access_token"].as_str().expect("a token")
    );
    let subscribe = client
        .post(format!("{own}/v1.0/subscriptions"))
        .header("authorization", &bearer)
        .header("content-type", "application/json")
        .body(wish(&calendar).to_string());
    let made = subscribe.send().await.expect("an answer");
    assert_eq!(made.status(), 201);

    for path in ["/v1/hooks/microsoft", "/v1/hooks/microsoft/lifecycle"] {
        let (uri, headers, body) = received.recv().await.expect("a handshake");
        assert_eq!(uri.path(), path);
        assert!(
            uri.query()
                .is_some_and(|query| query.contains("Validation%3a+Testing"))
        );
        assert_eq!(headers.get("user-agent"), None);
        assert!(body.is_empty());
    }
    graph.storm(&calendar, None, 2);
    let mut count = 0;
    while count < 2 {
        let (uri, headers, body) = received.recv().await.expect("a message");
        assert!(HOOK.ends_with(uri.path()));
        assert_eq!(headers["content-type"], "application/json; charset=utf-8");
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        count += body["value"].as_array().map_or(0, Vec::len);
    }
    let link = client
        .get(format!("{own}/v1.0/{calendar}/calendarView/delta?startDateTime=2026-11-01T00:00:00Z&endDateTime=2026-12-01T00:00:00Z"))
        .header("authorization", &bearer)
        .send();
    let page = link.await.expect("an answer").text().await.expect("text");
    assert!(
        page.contains(&format!("\"@odata.deltaLink\":\"{own}/v1.0/")),
        "{page}"
    );
}
