//! Outlook calendars through Microsoft Graph.

mod assertion;
mod batch;
mod delta;
mod existing;
mod fixtures;
mod hostile;
mod links;
mod look_up;
mod redirects;
mod refusals;
mod series;
mod shapes;
mod subscriptions;
mod tokens;

use domain::window::Window;
use domain::{EventId, Provider};
use providers::grant::{AccessToken, Grant, OAuthClient, Proof};
use providers::{Ask, Page, Place, ReadError, Start, Wish};
use serde_json::{Value, json};

use crate::server::{Reply, Request, Server};
use crate::{CALENDAR, SUBSCRIPTION, at, client, now};

/// Where the fixtures' links lead.
const GRAPH: &str = "https://graph.microsoft.com";

const USER: &str = "users/622eaaff-0683-4862-9de4-f2ec83c2bd98";

const TENANT: &str = "84bd8158-6d4d-4958-8b9f-9d6445542f95";

fn fixture(name: &str) -> String {
    crate::fixture("microsoft", name)
}

fn access() -> AccessToken {
    AccessToken::new("eyJ0eXAi.test.access-token".into(), now())
}

fn place(access: &AccessToken) -> Place<'_> {
    crate::place(Provider::Microsoft, USER, access)
}

/// What the fixtures' first request asks for, and a fraction of a second that nobody is asked for.
fn window() -> Window {
    Window {
        from: at("2026-10-01T00:00:00.75Z"),
        until: at("2027-11-01T00:00:00.25Z"),
    }
}

fn everything() -> Start<'static> {
    Start::Everything(Some(window()))
}

/// Graph itself, which gives these answers in turn.
async fn graph(replies: Vec<Reply>) -> Server {
    Server::in_place_of(GRAPH, replies).await
}

/// A success that holds this JSON.
fn ok(body: &Value) -> Reply {
    Reply::new(200, body.to_string())
}

async fn page(reply: Reply, start: Start<'_>) -> Result<Page, ReadError> {
    let server = graph(vec![reply]).await;
    client(&server).page(&place(&access()), start).await
}

async fn page_of(server: &Server, start: Start<'_>) -> Result<Page, ReadError> {
    client(server).page(&place(&access()), start).await
}

fn wish<'a>(token: &'a str, address: &'a str) -> Wish<'a> {
    Wish {
        subscription: SUBSCRIPTION,
        token,
        address,
    }
}

fn event_ask(provider_id: &str) -> Ask {
    Ask::Event {
        id: EventId::of(CALENDAR, provider_id),
        provider_id: provider_id.to_owned(),
    }
}

fn series_ask(provider_id: &str) -> Ask {
    Ask::Series {
        master: EventId::of(CALENDAR, provider_id),
        provider_id: provider_id.to_owned(),
    }
}

/// An event that happens once.
fn single(id: &str) -> Value {
    json!({
        "id": id,
        "type": "singleInstance",
        "subject": "Budget review",
        "start": {"dateTime": "2026-11-12T09:30:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2026-11-12T10:00:00.0000000", "timeZone": "UTC"},
    })
}

/// A stand-up on every Thursday, with these exceptions.
fn weekly(id: &str, exceptions: &[Value]) -> Value {
    let mut series = single(id);
    series["type"] = "seriesMaster".into();
    series["recurrence"] = json!({
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["thursday"]},
        "range": {"type": "noEnd", "startDate": "2026-11-12", "recurrenceTimeZone": "UTC"},
    });
    series["cancelledOccurrences"] = json!([format!("OID.{id}.2026-11-19")]);
    series["exceptionOccurrences"] = exceptions.into();
    series
}

/// The occurrence on this date, moved to the afternoon.
fn moved(master: &str, date: &str) -> Value {
    json!({
        "id": format!("moved-{date}"),
        "type": "exception",
        "seriesMasterId": master,
        "occurrenceId": format!("OID.{master}.{date}"),
        "start": {"dateTime": format!("{date}T14:00:00.0000000"), "timeZone": "UTC"},
    })
}

fn secret() -> OAuthClient {
    OAuthClient {
        id: "925bff9f-f6e2-4a69-b858-f71ea2b9b6d0".to_owned(),
        proof: Proof::Secret("test-secret".into()),
    }
}

fn consent(tenant: &str) -> Grant {
    Grant::MicrosoftRefreshToken {
        tenant: tenant.to_owned(),
        refresh_token: "1.AXEA-test-refresh-1".into(),
    }
}

fn administrator(tenant: &str) -> Grant {
    Grant::MicrosoftTenant {
        tenant: tenant.to_owned(),
    }
}

/// The preferences of a request, in order.
fn preferences(request: &Request) -> Vec<&str> {
    let prefer = request.headers["prefer"].to_str().expect("a text");
    let mut preferences: Vec<&str> = prefer.split(", ").collect();
    preferences.sort_unstable();
    preferences
}
