//! What the functions log holds nothing that a customer or a thief would mind.

use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::json;
use testkit::World;
use testkit::world::ACCOUNT;
use tracing_subscriber::fmt::MakeWriter;

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

/// A life with everything in it that is logged: accepted, repeated, late and forged notifications,
/// runs that succeed, fail, are throttled and lose their grant, and a message nobody can read.
async fn live(world: &World) {
    let key = world.watch_main().await;
    let event = world.google.put_event(
        ACCOUNT,
        json!({
            "summary": "SECRET-TITLE",
            "description": "SECRET-DESCRIPTION",
            "location": "SECRET-LOCATION",
            "attendees": [{ "email": "secret.guest@example.org", "displayName": "SECRET-GUEST" }],
            "start": { "dateTime": "2026-11-12T10:00:00Z" },
            "end": { "dateTime": "2026-11-12T11:00:00Z" },
        }),
    );
    world.settle().await;
    world.google.redeliver(None);
    let channel = world.google.channels()[0].id.clone();
    world
        .google
        .forge(&channel, Some("SECRET-FORGERY"))
        .expect("a channel that exists");
    world.deliver().await;

    for fault in [
        simulator::Fault::ServerError { status: 500 },
        simulator::Fault::MalformedJson,
        simulator::Fault::Quota { retry_after: None },
    ] {
        world.google.fault(fault.times(2));
        world.google.delete_event(ACCOUNT, &event);
        world.google.put_event(
            ACCOUNT,
            json!({
                "id": event,
                "summary": "SECRET-TITLE",
                "start": { "date": "2026-11-12" },
                "end": { "date": "2026-11-13" },
            }),
        );
        world.settle().await;
    }
    world.google.expire_sync_tokens(ACCOUNT);
    world.google.put_event(
        ACCOUNT,
        json!({
            "summary": "SECRET-TITLE",
            "start": { "date": "2026-11-12" },
            "end": { "date": "2026-11-13" },
        }),
    );
    world.settle().await;
    world.cloud.break_service(testkit::Service::DynamoDb);
    world.google.redeliver(None);
    world.deliver().await;
    world.cloud.mend_service(testkit::Service::DynamoDb);
    world.google.revoke(ACCOUNT);
    let world = world.with_fresh_sandboxes();
    world.google.put_event(
        ACCOUNT,
        json!({
            "summary": "SECRET-TITLE",
            "start": { "date": "2026-11-12" },
            "end": { "date": "2026-11-13" },
        }),
    );
    world.settle().await;
    world
        .watcher
        .unwatch(key)
        .await
        .expect("a watched calendar");
    world.settle().await;
}

#[test]
fn no_token_secret_title_or_address_is_ever_logged() {
    let kept = Kept::default();
    let subscriber = lambda::log_to(kept.clone(), "trace");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();

    let (secrets, calls) = tracing::subscriber::with_default(subscriber, || {
        runtime.block_on(async {
            let world = World::start().await;
            let account = world.google.add_account(ACCOUNT);
            // The channel token of a channel made for this purpose: all look alike.
            world
                .google
                .add_calendar(ACCOUNT, "other", simulator::CalendarOptions::default());
            world.watch("other").await;
            world
                .google
                .put_event("other", json!({ "summary": "SECRET-TITLE" }));
            let deliveries = world.google.take_deliveries();
            let tokens: Vec<String> = deliveries
                .iter()
                .filter_map(|delivery| delivery.header("X-Goog-Channel-Token"))
                .map(str::to_owned)
                .collect();
            assert!(!tokens.is_empty());
            for delivery in &deliveries {
                world.hand_over(delivery).await;
            }
            live(&world).await;
            let mut secrets = vec![
                account.refresh_token,
                account.client_secret,
                "k".repeat(64),
                ACCOUNT.to_owned(),
                "amelia".to_owned(),
                "secret.guest".to_owned(),
                "SECRET".to_owned(),
                "Bearer".to_owned(),
                "ya29".to_owned(),
            ];
            secrets.extend(tokens);
            (secrets, world.cloud.calls().len())
        })
    });

    let logged = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
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
    ] {
        assert!(ours.iter().any(|line| line.contains(outcome)), "{outcome}");
    }
    for secret in secrets {
        let found = ours.iter().find(|line| line.contains(&secret));
        assert!(found.is_none(), "a line holds {secret}");
    }
}
