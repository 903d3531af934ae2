//! The crate against canned answers on a loopback socket: what it sends, and what it makes of the
//! answers. The simulator, which is faithful but knows no impossible answers, comes in elsewhere.

mod calendar;
mod channels;
mod fixtures;
mod grants;
mod hostile;
mod server;

use domain::{CalendarId, SubscriptionId};
use jiff::Timestamp;
use providers::grant::AccessToken;
use providers::{Client, Settings};

use server::Server;

const CALENDAR: CalendarId = CalendarId::from_bytes([7; 16]);
const SUBSCRIPTION: SubscriptionId = SubscriptionId::from_bytes([3; 16]);

/// The clock that the fixtures were frozen at.
fn now() -> Timestamp {
    "2026-11-10T14:30:00Z".parse().expect("a timestamp")
}

fn client(server: &Server) -> Client {
    Client::new(Settings {
        google_api: server.url.clone(),
        google_token: format!("{}/token", server.url),
    })
    .expect("a client of a loopback server")
}

fn access() -> AccessToken {
    AccessToken::new("ya29.a0-test-access-token".into(), now())
}
