//! No organization reaches another, on any route: what is somebody else's is answered as if it were
//! not there, byte for byte.

use domain::Provider;
use domain::api_key::Scope;
use lambda_http::http::Method;
use serde_json::{Value, json};
use testkit::World;

use super::document::{Operation, operations};
use super::scene::{Office, is_problem, text};
use crate::events_of::meeting;

/// What belongs to somebody, and the same of nobody, by what the path is about.
struct Things {
    theirs: [(&'static str, String); 4],
}

impl Things {
    async fn of(victim: &Office) -> Self {
        let first = async |path: &str| {
            let listed = victim.world.get(&victim.admin, path).await;
            text(&listed["items"][0]["id"])
        };
        Self {
            theirs: [
                ("/api/keys", first("/api/keys").await),
                ("/api/connections", first("/api/connections").await),
                ("/api/calendars", first("/api/calendars").await),
                (
                    "/api/webhook-subscriptions",
                    first("/api/webhook-subscriptions").await,
                ),
            ],
        }
    }

    fn id(&self, path: &str) -> &str {
        let (_, id) = self
            .theirs
            .iter()
            .find(|(start, _)| path.starts_with(start))
            .unwrap_or_else(|| panic!("say which identifier {path} takes"));
        id
    }
}

/// The same kind of identifier, of something that nobody has.
fn unknown(id: &str) -> String {
    let (kind, _) = id.split_once('_').expect("a prefix");
    format!("{kind}_01ARZ3NDEKTSV4RRFFQ69G5FAV")
}

/// What a route is asked with, so that nothing but the identifier can be wrong.
fn body(method: &Method, path: &str, world: &World) -> Value {
    match (method.as_str(), path) {
        ("GET" | "DELETE", _) => Value::Null,
        ("PUT", "/api/connections/{id}") => json!({ "grant": grant(world) }),
        ("PUT", "/api/calendars/{id}") => json!({ "action": "pause" }),
        ("PUT", "/api/webhook-subscriptions/{id}") => json!({ "action": "pause" }),
        (method, path) => panic!("say what {method} {path} is asked with"),
    }
}

fn grant(world: &World) -> Value {
    let account = world.google.add_account("thief@example.com");
    json!({ "kind": "google_refresh_token", "refresh_token": account.refresh_token })
}

async fn victim_and_thief() -> (Office, Office) {
    let (victim, _) = Office::with_calendar(Provider::Google).await;
    let other = victim.world.another_tenant("thief@example.com").await;
    let thief = Office::of(other).await;
    (victim, thief)
}

#[tokio::test]
async fn what_is_somebody_elses_is_answered_as_if_it_were_not_there() {
    let (victim, thief) = victim_and_thief().await;
    let things = Things::of(&victim).await;
    let world = &thief.world;
    let mut tried = 0;

    for Operation { method, path, .. } in operations() {
        if !path.contains("{id}") {
            continue;
        }
        let theirs = things.id(&path);
        let body = body(&method, &path, world);
        let ask = async |id: &str| {
            let path = path.replace("{id}", id);
            let key = &thief.admin;
            world.call(key, method.clone(), &path, body.clone()).await
        };

        let stolen = ask(theirs).await;
        let nobodys = ask(&unknown(theirs)).await;
        let nonsense = ask("nonsense").await;

        is_problem(&stolen, 404, "not_found");
        assert_eq!(stolen, nobodys, "{method} {path}");
        assert_eq!(stolen, nonsense, "{method} {path}");
        tried += 1;
    }
    assert!(tried >= 12, "{tried} operations take an identifier");

    // And the victim notices nothing.
    let calendar = victim.get("/api/calendars").await;
    assert_eq!(calendar["items"][0]["status"], "active");
    victim.world.get(&victim.admin, "/api/keys").await;
    victim.world.put(meeting("Budget"));
    victim.world.settle().await;
    let connection = victim.get("/api/connections").await;
    assert_eq!(connection["items"][0]["state"], "active");
}

#[tokio::test]
async fn an_identifier_in_a_body_is_somebody_elses_as_if_it_were_unknown() {
    let (victim, thief) = victim_and_thief().await;
    let things = Things::of(&victim).await;
    let connection = things.id("/api/connections");
    let calendar = things.id("/api/calendars");

    for (path, field, theirs) in [
        ("/api/calendars", "connection", connection),
        ("/api/webhook-subscriptions", "calendar", calendar),
    ] {
        let ask = async |id: &str| {
            let mut body = json!({ field: id });
            if field == "connection" {
                body["external_id"] = json!(victim.world.main());
            }
            thief.ask(Method::POST, path, body).await
        };
        let stolen = ask(theirs).await;
        is_problem(&stolen, 422, "invalid");
        assert_eq!(stolen, ask(&unknown(theirs)).await, "{path}");
    }
}

#[tokio::test]
async fn no_list_holds_anything_of_somebody_elses() {
    let (victim, thief) = victim_and_thief().await;
    let things = Things::of(&victim).await;
    let calendar = things.id("/api/calendars");

    for Operation { method, path, .. } in operations() {
        if method != Method::GET || path.contains("{id}") || path.ends_with("openapi.json") {
            continue;
        }
        let answered = thief.world.get(&thief.admin, &path).await.to_string();
        for (_, theirs) in &things.theirs {
            assert!(!answered.contains(theirs), "{path}: {answered}");
        }
    }
    let filtered = format!("/api/webhook-subscriptions?calendar={calendar}");
    assert_eq!(thief.get(&filtered).await["items"], json!([]));
}

#[tokio::test]
async fn a_cursor_of_somebody_elses_leads_nowhere() {
    let (victim, thief) = victim_and_thief().await;
    victim.world.key(Scope::Viewer).await;
    let first = victim.world.get(&victim.admin, "/api/keys?limit=1").await;
    let cursor = text(&first["next"]);

    let path = format!("/api/keys?cursor={cursor}");
    let stolen = thief.world.get(&thief.admin, &path).await;

    let own = thief.world.get(&thief.admin, "/api/keys").await;
    let own: Vec<&Value> = own["items"].as_array().expect("keys").iter().collect();
    for key in stolen["items"].as_array().expect("keys") {
        assert!(own.contains(&key), "only the thief's own keys: {key}");
    }
}
