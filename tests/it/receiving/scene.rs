//! Calendars with a live subscription at Graph, and what Graph says about them.

use std::time::Duration;

use domain::subscription::{State, Subscription};
use domain::token::{Claims, Target};
use domain::{CalendarId, CalendarKey, OrganizationId, Provider, SubscriptionId};
use jiff::SignedDuration;
use lambda_http::http::{HeaderMap, Method};
use lambda_http::{Body, Request};
use serde_json::{Value, json};
use testkit::World;

use crate::scenarios::items;

/// Longer than any test takes, so that a busy machine is not taken for a slow AWS.
const LONG: Duration = Duration::from_secs(60);

/// What a provider sees: the status, the headers and the body.
pub(super) type Seen = (u16, HeaderMap, Vec<u8>);

/// A live subscription at Graph.
#[derive(Clone, Debug)]
pub(super) struct Outlook {
    pub(super) key: CalendarKey,
    pub(super) id: SubscriptionId,
    pub(super) token: String,
    /// Graph's own name for it.
    pub(super) name: String,
}

impl Outlook {
    /// An event of the calendar changed; which one, and into what, is this number.
    pub(super) fn changed(&self, n: usize) -> Value {
        json!({
            "subscriptionId": self.name,
            "subscriptionExpirationDateTime": "2026-11-17T13:30:00.0000000+00:00",
            "changeType": "updated",
            "resource": format!("Users/622eaaff/Events/AAkALgAA{n}"),
            "resourceData": {
                "@odata.type": "#Microsoft.Graph.Event",
                "@odata.id": format!("Users/622eaaff/Events/AAkALgAA{n}"),
                "@odata.etag": format!("W/\"DwAAABYAAAD{n}\""),
                "id": format!("AAkALgAA{n}"),
            },
            "clientState": self.token,
            "tenantId": "84bd8158-6d4d-4958-8b9f-9d6445542f95",
        })
    }

    /// Something happened to the subscription itself.
    pub(super) fn lifecycle(&self, event: &str) -> Value {
        json!({
            "subscriptionId": self.name,
            "subscriptionExpirationDateTime": "2026-11-17T13:30:00Z",
            "tenantId": "84bd8158-6d4d-4958-8b9f-9d6445542f95",
            "clientState": self.token,
            "lifecycleEvent": event,
        })
    }
}

/// A world whose main calendar has a subscription at Graph as well, and owes nothing. What has
/// changed there is found out by reading, whoever said so.
pub(super) async fn clean() -> (World, Outlook) {
    let world = World::start().await;
    let key = world.watch_main().await;
    let outlook = subscribe(&world, key, 1).await;
    world.settle().await;
    // The keys of tokens are believed for five minutes, and this fetches them. It ends clean,
    // because there is something to be read.
    change_unheard(&world, "Warm-up");
    post(&world, &[outlook.changed(0)]).await;
    world.work().await;
    world.advance(SignedDuration::from_secs(2));
    world.cloud.take_calls();
    (world, outlook)
}

/// A calendar of this organization that nobody reads, with a subscription at Graph.
pub(super) async fn calendar(world: &World, organization: OrganizationId, n: u8) -> Outlook {
    let key = CalendarKey {
        organization,
        calendar: CalendarId::from_bytes([n; 16]),
    };
    let inboxes = &world.receiver.inboxes;
    let created = inboxes
        .create(key, &world.source("outlook"), world.now())
        .await;
    assert!(created.expect("a healthy AWS"), "a new calendar");
    subscribe(world, key, n).await
}

/// Makes a subscription live, as whoever asks Graph for one does.
pub(super) async fn subscribe(world: &World, key: CalendarKey, n: u8) -> Outlook {
    let id = SubscriptionId::from_bytes([n; 16]);
    let name = format!("5522bd62-7c96-4530-85b0-00b916f61{n:03}");
    let claims = Claims {
        organization: key.organization,
        target: Target::Calendar(key.calendar),
        subscription: id,
    };
    let now = world.now();
    let row = Subscription {
        state: State::Active,
        provider_id: Some(name.clone()),
        renew_at: None,
        ..Subscription::begun(
            id,
            key.organization,
            claims.target,
            Provider::Microsoft,
            now,
        )
    };
    let receiver = &world.receiver;
    receiver.subscriptions.create(&row).await.expect("a table");
    receiver.inboxes.expect(key, id).await.expect("a table");
    let now = world.now();
    let activated = receiver.inboxes.activate(key, id, &name, now).await;
    activated.expect("a table");
    let token = receiver.keys.mint(&claims).await.expect("keys").0;
    Outlook {
        key,
        id,
        token,
        name,
    }
}

pub(super) fn address(organization: OrganizationId) -> String {
    format!("/api/webhooks/microsoft-calendar/{organization}")
}

pub(super) fn request(uri: &str, body: impl Into<Body>) -> Request {
    lambda_http::http::Request::builder()
        .method(Method::POST)
        .uri(uri)
        .body(body.into())
        .expect("a request")
}

pub(super) fn batch(elements: &[Value]) -> String {
    json!({ "value": elements }).to_string()
}

/// Posts notifications to the world's organization. The status.
pub(super) async fn post(world: &World, elements: &[Value]) -> u16 {
    send(world, &address(world.organization), batch(elements))
        .await
        .0
}

/// Posts anything.
pub(super) async fn send(world: &World, uri: &str, body: impl Into<Body>) -> Seen {
    answer(world, &request(uri, body), LONG).await
}

/// Lets the webhook function answer within some time.
pub(super) async fn answer(world: &World, request: &Request, within: Duration) -> Seen {
    let receiver = &world.receiver;
    let answer =
        lambda::webhook::answer_within(receiver, Provider::Microsoft, request, within).await;
    let (head, body) = answer.into_parts();
    let body: &[u8] = body.as_ref();
    (head.status.as_u16(), head.headers, body.to_vec())
}

/// How many reads were ever asked for.
pub(super) async fn asked(world: &World, outlook: &Outlook) -> u64 {
    let found = world.receiver.inboxes.get(outlook.key).await;
    let (inbox, _) = found.expect("a healthy AWS").expect("a calendar");
    inbox.req
}

/// What is recorded about a subscription's notifications, by the order of their names.
pub(super) async fn records(world: &World, outlook: &Outlook) -> Vec<Value> {
    let mut records = items(world, "test-notifications").await;
    records.retain(|record| record["subscription"] == outlook.id.to_string());
    records.sort_by_key(|record| record["notification"].to_string());
    records
}

/// A subscription's row, as it is stored.
pub(super) async fn row(world: &World, outlook: &Outlook) -> Value {
    let rows = items(world, "test-subscriptions").await;
    let of = |row: &&Value| row["subscription"] == outlook.id.to_string();
    rows.iter().find(of).expect("a row").clone()
}

/// The calls made so far, as one line each.
pub(super) fn taken(world: &World) -> String {
    let calls = world.cloud.take_calls();
    let lines: Vec<String> = calls.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// Changes the main calendar so that only Graph's notification tells of it: Google's is lost.
pub(super) fn change_unheard(world: &World, title: &str) {
    let event = crate::events_of::meeting(title);
    world.google.put_event(testkit::world::ACCOUNT, event);
    for delivery in world.google.take_deliveries() {
        world.google.delivered(delivery.id, 200);
    }
}
