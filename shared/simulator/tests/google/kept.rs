//! A world in a file: what Google would never forget is there again after a crash.

use std::path::PathBuf;

use jiff::SignedDuration;
use serde_json::json;
use simulator::{Fate, KeptError, Settings, Simulator};
use tempfile::TempDir;

use crate::world::{AMELIA, World, ids, numbers};

fn file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("world.json");
    (folder, file)
}

/// Another process would begin like this; the first one ended without a word.
fn reopened(file: &std::path::Path) -> Simulator {
    Simulator::kept_in(file, Settings::default()).expect("a world")
}

async fn world(file: &std::path::Path) -> World {
    let simulator = reopened(file);
    let account = simulator.add_account(AMELIA);
    let mut world = World {
        simulator,
        bearer: String::new(),
    };
    world.bearer = world.access_token(&account.refresh_token).await;
    world
}

#[tokio::test]
async fn events_tokens_and_channels_outlive_the_process() {
    let (_folder, file) = file();
    let mut world = world(&file).await;
    world.watch("ch-1").await;
    world.simulator.bulk_events(AMELIA, 3);
    let kept = world.simulator.put_event(
        AMELIA,
        json!({ "summary": "Stand-up", "recurrence": ["RRULE:FREQ=DAILY;COUNT=5"],
            "start": { "dateTime": "2026-11-12T09:00:00Z" }, "end": { "dateTime": "2026-11-12T09:15:00Z" } }),
    );
    world
        .simulator
        .cancel_occurrence(AMELIA, &kept, "2026-11-13T09:00:00Z");
    world.accept_all();
    let (truth, channels) = (world.simulator.truth(AMELIA), world.simulator.channels());
    let (_, token) = world.round(None).await;

    world.simulator = reopened(&file);

    assert_eq!(world.simulator.truth(AMELIA), truth);
    assert_eq!(world.simulator.channels(), channels);
    assert_eq!(
        world.round(Some(&token)).await.0,
        Vec::<serde_json::Value>::new()
    );
    let later = world
        .simulator
        .put_event(AMELIA, json!({ "summary": "Lunch" }));
    assert_eq!(ids(&world.round(Some(&token)).await.0), [later.as_str()]);
    let last = world.accept_all();
    assert!(numbers(&last)[0] > channels[0].last_number, "{last:?}");
}

#[tokio::test]
async fn nothing_is_ever_named_like_something_from_before() {
    let (_folder, file) = file();
    let (first, second) = (reopened(&file), || reopened(&file));
    first.add_account(AMELIA);
    let one = first.put_event(AMELIA, json!({ "summary": "One" }));

    let two = second().put_event(AMELIA, json!({ "summary": "Two" }));

    assert_ne!(one, two);
    assert_eq!(second().truth(AMELIA).len(), 2);
}

#[tokio::test]
async fn messages_without_an_answer_are_sent_again() {
    let (_folder, file) = file();
    let mut world = world(&file).await;
    world.watch("ch-1").await;
    let sync = world.simulator.take_deliveries();
    world
        .simulator
        .put_event(AMELIA, json!({ "summary": "Lunch" }));

    world.simulator = reopened(&file);

    let again = world.simulator.take_deliveries();
    assert_eq!(again.len(), 2);
    assert_eq!((again[0].id, again[0].attempt), (sync[0].id, 2));
    assert_eq!(again[0].headers, sync[0].headers);
    world.simulator.delivered(again[0].id, 503);
    world.simulator.delivered(again[1].id, 200);

    world.simulator = reopened(&file);
    world.simulator.advance(SignedDuration::from_mins(1));

    let once_more = world.simulator.take_deliveries();
    assert_eq!(once_more.len(), 1);
    assert_eq!((once_more[0].id, once_more[0].attempt), (sync[0].id, 3));
    let fate = world.simulator.delivered(once_more[0].id, 200);
    assert_eq!(fate, Some(Fate::Delivered));
}

#[tokio::test]
async fn a_revoked_grant_stays_revoked() {
    let (_folder, file) = file();
    let mut world = world(&file).await;
    let account = world.simulator.add_account(AMELIA);
    world.simulator.revoke(AMELIA);

    world.simulator = reopened(&file);

    assert_eq!(world.refresh(&account.refresh_token).await.status, 400);
    assert_eq!(world.page(None, None).await.status, 401);
}

#[test]
fn a_file_that_is_something_else_is_refused_and_left_alone() {
    let (_folder, file) = file();
    for (text, is_understood) in [("{\"v\":9}", true), ("milk, eggs", false)] {
        std::fs::write(&file, text).expect("a file");

        let refused = Simulator::kept_in(&file, Settings::default()).err();

        assert_eq!(
            matches!(refused, Some(KeptError::Version(9))),
            is_understood
        );
        assert!(refused.is_some());
        assert_eq!(std::fs::read_to_string(&file).expect("a file"), text);
    }
}

#[cfg(unix)]
#[test]
fn the_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let (_folder, file) = file();
    reopened(&file).add_account(AMELIA);

    let mode = std::fs::metadata(&file)
        .expect("a file")
        .permissions()
        .mode();

    assert_eq!(mode & 0o777, 0o600);
}
