//! What the functions log holds nothing that a customer or a thief would mind.

use std::io::Write;
use std::sync::{Arc, Mutex};

use domain::api_key::Scope;
use domain::{CalendarKey, Provider};
use lambda_http::http::Method;
use serde_json::{Value, json};
use simulator::{CalendarOptions, Fault, Settings, SyncStateForm};
use testkit::World;
use testkit::world::ACCOUNT;
use tracing_subscriber::fmt::MakeWriter;

use crate::both::for_both;
use crate::scenarios::channel;

for_both! {
    no_token_secret_title_or_address_is_ever_logged,
}

/// Keeps everything that is logged.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .expect("nobody panics while writing")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Kept {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn titled_secret() -> Value {
    json!({
        "summary": "SECRET-TITLE",
        "start": { "date": "2026-11-12" },
        "end": { "date": "2026-11-13" },
    })
}

/// A life with everything in it that is logged: accepted, repeated, late and forged notifications,
/// runs that succeed, fail, are throttled and lose their grant, and a message nobody can read.
async fn live(world: &World) {
    let key = world.watch_main().await;
    let event = world.put(json!({
        "summary": "SECRET-TITLE",
        "description": "SECRET-DESCRIPTION",
        "location": "SECRET-LOCATION",
        "attendees": [{ "email": "secret.guest@example.org", "displayName": "SECRET-GUEST" }],
        "start": { "dateTime": "2026-11-12T10:00:00Z" },
        "end": { "dateTime": "2026-11-12T11:00:00Z" },
    }));
    world.settle().await;
    manage(world, key).await;
    world.google.redeliver(None);
    let channel = channel(world);
    world
        .google
        .forge(&channel, Some("SECRET-FORGERY"))
        .expect("a channel that exists");
    world.deliver().await;

    let mut faults = vec![
        Fault::ServerError { status: 500 },
        Fault::MalformedJson,
        Fault::Quota { retry_after: None },
    ];
    if world.provider == Provider::Microsoft {
        let form = SyncStateForm::GoneWithLocation;
        faults.extend([Fault::ForeignLink, Fault::LoseSyncState { form }]);
    }
    for fault in faults {
        world.google.fault(fault.times(2));
        world.delete(&event);
        world.put(json!({
            "id": event,
            "summary": "SECRET-TITLE",
            "start": { "date": "2026-11-12" },
            "end": { "date": "2026-11-13" },
        }));
        world.settle().await;
    }
    world.lose_cursors();
    world.put(titled_secret());
    world.settle().await;
    world.cloud.break_service(testkit::Service::DynamoDb);
    world.google.redeliver(None);
    world.deliver().await;
    world.cloud.mend_service(testkit::Service::DynamoDb);
    world.revoke();
    let world = world.with_fresh_sandboxes();
    world.put(titled_secret());
    world.settle().await;
    world
        .watcher
        .unwatch(key)
        .await
        .expect("a watched calendar");
    world.settle().await;
}

/// What operators ask for, well and badly.
async fn manage(world: &World, calendar: CalendarKey) {
    let key = world.key(Scope::Admin).await;
    let forged = match world.provider {
        Provider::Google => json!({
            "kind": "google_refresh_token", "refresh_token": "SECRET-GRANT",
        }),
        Provider::Microsoft => json!({
            "kind": "microsoft_refresh_token", "tenant": "common", "refresh_token": "SECRET-GRANT",
        }),
    };
    let connection = json!({ "provider": world.provider.slug(), "grant": forged });
    let named = json!({ "name": "SECRET-NAME", "scope": "viewer", "SECRET-FIELD": 1 });
    for (method, path, body) in [
        (Method::POST, "/api/connections", connection),
        (Method::POST, "/api/keys", named),
        (Method::POST, "/api/calendars", json!("SECRET-BODY")),
        (Method::GET, "/api/SECRET-PATH?SECRET-QUERY=1", Value::Null),
        (
            Method::GET,
            "/api/calendars?cursor=SECRET-CURSOR",
            Value::Null,
        ),
        (Method::GET, "/api/calendars", Value::Null),
    ] {
        world.call(&key, method.clone(), path, body.clone()).await;
        world.call("cw_SECRET-KEY", method, path, body).await;
    }
    let path = format!("/api/calendars/{}/changes", calendar.calendar);
    let changes = world.get(&key, &path).await;
    assert!(changes.to_string().contains("SECRET-TITLE"));
}

/// What nobody may find in a log.
async fn secrets(world: &World) -> Vec<String> {
    let other = world.add_calendar("other", CalendarOptions::default());
    world.watch(&other).await;
    world.put_in(&other, titled_secret());
    // The tokens of a channel made for this purpose: all look alike.
    let deliveries = world.google.take_deliveries();
    let watches = world.watches_of(&other);
    let mut secrets: Vec<String> = watches.into_iter().filter_map(|it| it.token).collect();
    assert_eq!(secrets.len(), 1, "a secret of a channel");
    assert!(!deliveries.is_empty());
    for delivery in &deliveries {
        world.hand_over(delivery).await;
    }
    match world.provider {
        Provider::Google => {
            let account = world.google.add_account(ACCOUNT);
            secrets.extend([account.refresh_token, account.client_secret]);
            // How its access tokens begin.
            secrets.push("ya29".to_owned());
        }
        Provider::Microsoft => {
            let mailbox = world.graph.add_mailbox(ACCOUNT);
            secrets.extend([mailbox.refresh_token, mailbox.client_secret]);
            // How its refresh and access tokens begin, and what is in its links and in those that
            // lead away from it.
            let beginnings = [
                "1.AXEA",
                "eyJ0eXAi",
                "deltatoken",
                "skiptoken",
                "calendarView",
                "attacker",
            ];
            secrets.extend(beginnings.map(str::to_owned));
        }
    }
    let others = ["amelia", "secret.guest", "SECRET", "Bearer", "cw_"];
    secrets.extend(others.map(str::to_owned));
    secrets.extend(["k".repeat(64), ACCOUNT.to_owned()]);
    secrets
}

async fn no_token_secret_title_or_address_is_ever_logged(provider: Provider) {
    let kept = Kept::default();
    // While there is only one subscriber, a line that another test's thread comes upon first is
    // switched off for all threads.
    let _second = tracing::Dispatch::new(lambda::log_to(std::io::sink, "trace"));
    let subscriber = lambda::log_to(kept.clone(), "trace");
    let guard = tracing::subscriber::set_default(subscriber);
    let world = World::start_at(provider, Settings::default()).await;
    let secrets = secrets(&world).await;
    live(&world).await;
    drop(guard);
    let calls = world.cloud.calls().len();

    let logged = kept.0.lock().expect("nobody panics while writing").clone();
    let logged = String::from_utf8(logged).expect("what is logged is text");
    let ours: Vec<&str> = logged.lines().collect();
    assert!(
        ours.len() > 20 && calls > 0,
        "the capture works: {}",
        ours.len()
    );
    for outcome in [
        "forwarded",
        "repeated",
        "a run ended",
        "set back",
        "refused a notification",
        "answered",
    ] {
        assert!(ours.iter().any(|line| line.contains(outcome)), "{outcome}");
    }
    for secret in secrets {
        let found = ours.iter().find(|line| line.contains(&secret));
        assert!(found.is_none(), "a line holds {secret}");
    }
}
