//! The crate against canned answers on a loopback socket: what it sends, and what it makes of the
//! answers. The simulator, which is faithful but knows no impossible answers, comes in elsewhere.

mod google;
mod keys;
mod microsoft;
mod server;

use std::fs;
use std::path::PathBuf;

use domain::diff::Item;
use domain::{CalendarId, Provider, SubscriptionId};
use jiff::Timestamp;
use providers::grant::AccessToken;
use providers::{Client, Found, Page, Place, ReadError, Settings, Start};
use serde_json::Value;

use server::{Reply, Server};

const CALENDAR: CalendarId = CalendarId::from_bytes([7; 16]);
const SUBSCRIPTION: SubscriptionId = SubscriptionId::from_bytes([3; 16]);

/// The clock that the fixtures were frozen at.
fn now() -> Timestamp {
    at("2026-11-10T14:30:00Z")
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

fn client(server: &Server) -> Client {
    Client::new(Settings {
        google_api: server.url.clone(),
        google_token: format!("{}/token", server.url),
        microsoft_graph: server.url.clone(),
        microsoft_login: server.url.clone(),
    })
    .expect("a client of a loopback server")
}

fn place<'a>(provider: Provider, external_id: &'a str, access: &'a AccessToken) -> Place<'a> {
    Place {
        provider,
        access,
        calendar: CALENDAR,
        external_id,
    }
}

/// What becomes of a page that this reply answers.
async fn page(place: &Place<'_>, reply: Reply, start: Start<'_>) -> Result<Page, ReadError> {
    let server = Server::answering(reply).await;
    client(&server).page(place, start).await
}

/// A client whose server has gone away.
async fn client_of_nobody() -> Client {
    let server = Server::answering(Reply::new(200, "")).await;
    let client = client(&server);
    drop(server);
    tokio::task::yield_now().await;
    client
}

/// What was found, where all of it was understood.
fn understood(found: Vec<Found>) -> Result<Vec<Vec<Item>>, ReadError> {
    found
        .into_iter()
        .map(|found| match found {
            Found::Items(items) => Ok(items),
            Found::Unreadable => Err(ReadError::Unreadable {
                reason: "an event".to_owned(),
            }),
        })
        .collect()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// The pairs of a form or a query, in order of their names.
fn form(text: &str) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = serde_urlencoded::from_str(text).expect("a form");
    pairs.sort();
    pairs
}

fn fixture(provider: &str, name: &str) -> String {
    let path = folder(provider).join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of all fixtures of a provider, in order.
fn fixtures(provider: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder(provider))
        .expect("the folder of fixtures")
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.into_string().expect("a plain name"))
        .collect();
    names.sort();
    names
}

fn folder(provider: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(provider)
}

/// The status that the name of a fixture tells.
fn status_in(name: &str) -> u16 {
    name.split(['-', '.'])
        .filter(|part| part.len() == 3)
        .find_map(|part| part.parse().ok())
        .unwrap_or(200)
}
