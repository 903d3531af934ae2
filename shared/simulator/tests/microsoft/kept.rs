//! A world in a file: what Graph would never forget is there again after a crash.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use simulator::{LifecycleEvent, Settings, Simulator};
use tempfile::TempDir;

use crate::rounds::{lunch, round};
use crate::world::{World, echo, items, weekly};

fn file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("world.json");
    (folder, file)
}

fn opened(file: &Path) -> Simulator {
    Simulator::kept_in(file, Settings::default()).expect("a world")
}

/// The same client at the same world, in what would be another process.
fn reopen(world: &mut World, file: &Path) {
    world.simulator = opened(file);
    world.graph = world.simulator.graph();
    world
        .simulator
        .answer_handshakes_with(|delivery| Box::pin(async move { echo(&delivery) }));
}

#[tokio::test]
async fn series_rounds_and_subscriptions_outlive_the_process() {
    let (_folder, file) = file();
    let mut world = World::of(opened(&file)).await;
    let subscription = world.subscribed().await;
    let calendar = world.calendar.clone();
    let series = world.graph.put_event(&calendar, weekly());
    world
        .graph
        .cancel_occurrence(&calendar, &series, "2026-11-12");
    world.graph.move_occurrence(
        &calendar,
        &series,
        "2026-11-19",
        "2026-11-19T11:00:00Z",
        "2026-11-19T11:15:00Z",
    );
    world.graph.bulk(&calendar, 2);
    let (truth, channels) = (world.graph.truth(&calendar), world.simulator.channels());
    let (_, link) = round(&world, None).await;

    reopen(&mut world, &file);

    assert_eq!(world.graph.truth(&calendar), truth);
    assert_eq!(world.simulator.channels(), channels);
    assert_eq!(round(&world, Some(&link)).await.0, Vec::<Value>::new());
    world.accept_all();
    let id = world.graph.put_event(&calendar, lunch());
    assert_eq!(round(&world, Some(&link)).await.0[0]["id"], json!(id));
    let told = items(&world.accept_all()[0]);
    assert_eq!(told[0]["subscriptionId"], json!(subscription));
}

#[tokio::test]
async fn notifications_that_did_not_leave_still_do() {
    let (_folder, file) = file();
    let mut world = World::of(opened(&file)).await;
    let subscription = world.subscribed().await;
    world.graph.put_event(&world.calendar, lunch());
    world.graph.lifecycle(&subscription, LifecycleEvent::Missed);

    reopen(&mut world, &file);
    let first = world.simulator.take_deliveries();
    reopen(&mut world, &file);
    let again = world.simulator.take_deliveries();

    let bodies = |all: &[simulator::Delivery]| all.iter().map(items).collect::<Vec<_>>();
    assert_eq!(first.len(), 2);
    assert_eq!(bodies(&again), bodies(&first));
}

#[tokio::test]
async fn a_rotated_refresh_token_is_known_again() {
    let (_folder, file) = file();
    let mut world = World::of(opened(&file)).await;
    let mailbox = world.mailbox.clone();
    let answer = world.refresh(&mailbox, &mailbox.refresh_token).await.json();
    let rotated = answer["refresh_token"]
        .as_str()
        .expect("a token")
        .to_owned();

    reopen(&mut world, &file);

    assert_eq!(world.refresh(&mailbox, &rotated).await.status, 200);
    assert_eq!(world.refresh(&mailbox, "1.AXEA-unknown").await.status, 400);
}
