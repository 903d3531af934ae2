//! Connecting, and connecting again after a grant was withdrawn.

use domain::Provider;
use lambda_http::http::{Method, StatusCode};
use providers::grant::Grant;
use serde_json::{Value, json};
use simulator::{CalendarOptions, Fault, TokenError};

use super::scene::{Office, is_problem, text};
use crate::both::for_both;
use crate::events_of::meeting;
use crate::scenarios::{hours, is_true, minutes};

for_both! {
    a_grant_is_tried_and_never_shown,
    a_grant_that_the_provider_refuses_is_not_kept,
    a_grant_is_taken_while_its_provider_does_not_answer,
    a_connection_that_is_connected_again_resumes_all_its_calendars,
    a_grant_of_the_other_provider_replaces_nothing,
    only_calendars_of_the_connection_are_resumed,
    a_connections_token_is_not_shown_to_the_other_provider,
}

/// The JSON of a grant, as the API takes it.
fn given(grant: &Grant) -> Value {
    let stored = grant.to_json();
    let mut json: Value =
        serde_json::from_str(secrecy::ExposeSecret::expose_secret(&stored)).expect("a grant");
    json.as_object_mut().expect("an object").remove("v");
    json
}

fn wanted(provider: Provider, grant: Value) -> Value {
    json!({ "provider": provider.slug(), "grant": grant })
}

/// A grant that no provider has heard of.
fn forged(provider: Provider) -> Value {
    match provider {
        Provider::Google => json!({ "kind": "google_refresh_token", "refresh_token": "forged" }),
        Provider::Microsoft => json!({
            "kind": "microsoft_refresh_token", "tenant": "common", "refresh_token": "forged",
        }),
    }
}

async fn a_grant_is_tried_and_never_shown(provider: Provider) {
    let office = Office::open(provider).await;
    let grant = given(&office.world.consent("beatrix@example.com"));
    let secret = text(&grant["refresh_token"]);

    let connected = office
        .done(
            Method::POST,
            "/api/connections",
            wanted(provider, grant),
            StatusCode::CREATED,
        )
        .await;

    assert_eq!(connected["state"], "active");
    assert_eq!(connected["checked"], true);
    assert_eq!(connected["recovering"], false);
    let id = text(&connected["id"]);
    let one = office.get(&format!("/api/connections/{id}")).await;
    let all = office.get("/api/connections").await;
    assert!(all["items"].as_array().expect("connections").contains(&one));
    for answer in [connected, one, all] {
        assert!(!answer.to_string().contains(&secret));
        assert!(answer.get("grant").is_none());
    }
    let rows = crate::scenarios::items(&office.world, "test-connections").await;
    assert!(!format!("{rows:?}").contains(&secret), "sealed at rest");
}

async fn a_grant_that_the_provider_refuses_is_not_kept(provider: Provider) {
    let office = Office::open(provider).await;
    let body = wanted(provider, forged(provider));

    let refused = office.ask(Method::POST, "/api/connections", body).await;

    is_problem(&refused, 409, "grant_refused");
    // The bare codes, and nothing that the provider says besides.
    let reason = match provider {
        Provider::Google => "invalid_grant",
        Provider::Microsoft => "invalid_grant, AADSTS9002313",
    };
    assert_eq!(refused.body["reason"], reason);
    let all = office.get("/api/connections").await;
    assert_eq!(all["items"].as_array().map(Vec::len), Some(1));
}

async fn a_grant_is_taken_while_its_provider_does_not_answer(provider: Provider) {
    let office = Office::open(provider).await;
    let grant = given(&office.world.consent("beatrix@example.com"));
    let error = TokenError::ServerError;
    let outage = Fault::TokenEndpoint { error };
    office.world.google.fault(outage.times(10));

    let connected = office
        .done(
            Method::POST,
            "/api/connections",
            wanted(provider, grant),
            StatusCode::CREATED,
        )
        .await;

    assert_eq!(connected["checked"], false);
    assert_eq!(connected["state"], "active");
}

async fn a_connection_that_is_connected_again_resumes_all_its_calendars(provider: Provider) {
    let office = Office::open(provider).await;
    let world = &office.world;
    let team = world.add_calendar("team@group.calendar.google.com", CalendarOptions::default());
    let main = text(&office.watch(world.main()).await["id"]);
    let other = text(&office.watch(&team).await["id"]);
    world.settle().await;
    world.revoke();
    world.put(meeting("Missed"));
    world.put_in(&team, meeting("Missed as well"));
    world.deliver().await;
    world.settle().await;
    let connection = world.connection.to_string();
    for id in [&main, &other] {
        let calendar = office.get(&format!("/api/calendars/{id}")).await;
        assert_eq!(calendar["status"], "ungranted");
    }
    let path = format!("/api/connections/{connection}");
    assert_eq!(office.get(&path).await["state"], "reauth_required");
    let health = office.get("/api/health").await;
    assert_eq!(health["status"], "unhealthy", "{health}");

    let grant = given(&world.consent(testkit::world::ACCOUNT));
    let again = office
        .done(
            Method::PUT,
            &path,
            json!({ "grant": grant }),
            StatusCode::OK,
        )
        .await;
    assert_eq!(again["state"], "active");
    assert_eq!(again["recovering"], true);
    world.settle().await;

    let after = office.get(&path).await;
    assert_eq!(after["recovering"], false);
    for (id, external) in [(&main, world.main()), (&other, team.as_str())] {
        let calendar = office.get(&format!("/api/calendars/{id}")).await;
        assert_eq!(calendar["status"], "active");
        let key = domain::CalendarKey {
            organization: world.organization,
            calendar: id.parse().expect("an identifier"),
        };
        is_true(world, key, external).await;
    }
}

async fn a_grant_of_the_other_provider_replaces_nothing(provider: Provider) {
    let office = Office::open(provider).await;
    let path = format!("/api/connections/{}", office.world.connection);
    let other = match provider {
        Provider::Google => Provider::Microsoft,
        Provider::Microsoft => Provider::Google,
    };
    let grant = json!({ "grant": forged(other) });

    let refused = office.ask(Method::PUT, &path, grant).await;

    is_problem(&refused, 422, "invalid");
    assert_eq!(refused.body["errors"][0]["field"], "grant.kind");
    let mixed = wanted(provider, forged(other));
    let refused = office.ask(Method::POST, "/api/connections", mixed).await;
    is_problem(&refused, 422, "invalid");
}

async fn only_calendars_of_the_connection_are_resumed(provider: Provider) {
    let office = Office::open(provider).await;
    let world = &office.world;
    let main = text(&office.watch(world.main()).await["id"]);
    world.settle().await;
    world.revoke();
    world.put(meeting("Missed"));
    world.deliver().await;
    world.work().await;
    let grant = given(&world.consent("beatrix@example.com"));
    let body = wanted(provider, grant.clone());
    let created = StatusCode::CREATED;
    let second = office
        .done(Method::POST, "/api/connections", body, created)
        .await;

    let grant = given(&world.consent("beatrix@example.com"));
    let path = format!("/api/connections/{}", text(&second["id"]));
    office
        .done(
            Method::PUT,
            &path,
            json!({ "grant": grant }),
            StatusCode::OK,
        )
        .await;
    world.work().await;
    world.advance(minutes(1));
    world.work().await;

    let calendar = office.get(&format!("/api/calendars/{main}")).await;
    assert_eq!(
        calendar["status"], "ungranted",
        "its own grant is still gone"
    );
}

async fn a_connections_token_is_not_shown_to_the_other_provider(provider: Provider) {
    let (office, _) = Office::with_calendar(provider).await;
    let other = match provider {
        Provider::Google => Provider::Microsoft,
        Provider::Microsoft => Provider::Google,
    };
    let world = &office.world;
    // One that is at hand, and one that would have to be bought.
    for world in [world.clone(), world.with_fresh_sandboxes()] {
        let grants = &world.sync.syncer.grants;
        let access = grants.access(world.organization, world.connection, other);
        assert!(access.await.is_err());
        let access = grants.access(world.organization, world.connection, provider);
        assert!(access.await.is_ok());
    }
}

#[tokio::test]
async fn a_connection_of_many_calendars_is_recovered_a_page_a_message() {
    let office = Office::open(Provider::Google).await;
    let world = &office.world;
    let calendars = 230;
    for number in 0..calendars {
        let key = domain::CalendarKey {
            organization: world.organization,
            calendar: domain::CalendarId::from_bytes([number; 16]),
        };
        let source = world.source(&format!("{number}@example.com"));
        let (feeds, inboxes) = (&world.watcher.feeds, &world.watcher.inboxes);
        let created = feeds.create(key, hours(12), world.now() + hours(12)).await;
        created.expect("a healthy AWS");
        let created = inboxes.create(key, &source, world.now()).await;
        created.expect("a healthy AWS");
        let acquired = inboxes.acquire(key, "a run", world.now()).await;
        acquired.expect("a healthy AWS");
        let suspended = inboxes.suspend(key, 1).await;
        assert!(suspended.expect("a healthy AWS"));
    }
    let path = format!("/api/connections/{}", world.connection);
    let grant = given(&world.consent(testkit::world::ACCOUNT));
    office
        .done(
            Method::PUT,
            &path,
            json!({ "grant": grant }),
            StatusCode::OK,
        )
        .await;

    // Three pages: the last message takes the mark off.
    let mut messages = 0;
    while office.get(&path).await["recovering"] == true {
        for queue in testkit::world::QUEUES {
            while let Some(message) = world.cloud.receive(queue) {
                if message.body.contains("recover") {
                    // SQS delivers some twice.
                    assert!(world.work_on(&message).await);
                    assert!(world.work_on(&message).await);
                    messages += 1;
                }
                world.cloud.delete(queue, &message);
            }
        }
        assert!(messages < 10, "it ends");
    }

    let mut active = 0;
    let mut after = String::new();
    loop {
        let page = office
            .get(&format!("/api/calendars?limit=200{after}"))
            .await;
        let items = page["items"].as_array().expect("calendars").iter();
        active += items.filter(|it| it["status"] == "active").count();
        match page["next"].as_str() {
            Some(next) => after = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(active, usize::from(calendars));
}

#[tokio::test]
async fn an_administrators_consent_is_not_taken_on_anybodys_word() {
    let office = Office::open(Provider::Microsoft).await;
    let grant = json!({ "kind": "microsoft_tenant", "tenant": "contoso.example" });
    let body = wanted(Provider::Microsoft, grant);

    let refused = office.ask(Method::POST, "/api/connections", body).await;

    is_problem(&refused, 422, "invalid");
    assert_eq!(refused.body["errors"][0]["field"], "grant.kind");
}
