//! Events that leave a calendar, or its window, and what a whole read makes of them.

use jiff::SignedDuration;
use serde_json::json;
use simulator::{CalendarOptions, Settings};
use testkit::World;

use super::clean;
use crate::events_of::meeting;
use crate::scenarios::scene::{feed, rows, runs, said_since, settled, titles};

const DAY: SignedDuration = SignedDuration::from_hours(24);

#[tokio::test]
async fn an_event_dragged_into_another_calendar_is_gone_from_this_one() {
    let (world, key) = clean().await;
    let other = world.add_calendar("AQMkOther", CalendarOptions::default());
    let mut event = meeting("Dragged");
    event["id"] = json!("dragged");
    world.put(event.clone());
    settled(&world, key).await;

    // The id survives, as an immutable one does.
    world.delete("dragged");
    world.put_in(&other, event);
    settled(&world, key).await;

    assert_eq!(titles(&world, key).await, Vec::<String>::new());
    assert_eq!(
        said_since(&world, key).await,
        ["event.created", "event.deleted"]
    );
}

#[tokio::test]
async fn what_aged_out_since_the_last_view_does_not_make_a_whole_read_doubtful() {
    let (world, key) = clean().await;
    for day in 1..=4 {
        let mut event = meeting(&format!("Soon {day}"));
        let at = |hours| (world.now() + DAY * day + SignedDuration::from_hours(hours)).to_string();
        event["start"]["dateTime"] = json!(at(0));
        event["end"]["dateTime"] = json!(at(1));
        world.put(event);
    }
    settled(&world, key).await;
    let before = (
        feed(&world, key).await.rebuild,
        runs(&world, key).await.len(),
    );

    // The past ends thirty days ago, and the reserve is used up.
    world.advance(DAY * 45);
    world.settle().await;

    assert_eq!(
        feed(&world, key).await.rebuild,
        before.0 + 1,
        "read anew once"
    );
    let marked = rows(&world, key).await;
    assert_eq!(marked.len(), 4);
    assert!(marked.iter().all(|row| row["outside_window"] == true));
}

#[tokio::test]
async fn a_row_that_time_brings_into_view_is_looked_for_again() {
    let (world, key) = clean().await;
    let far = |world: &World, hours| {
        (world.now() + DAY * 420 + SignedDuration::from_hours(hours)).to_string()
    };
    let mut event = meeting("Far");
    event["id"] = json!("faraway");
    world.put(event.clone());
    settled(&world, key).await;
    event["start"]["dateTime"] = json!(far(&world, 0));
    event["end"]["dateTime"] = json!(far(&world, 1));
    world.put(event);
    settled(&world, key).await;
    assert_eq!(rows(&world, key).await[0]["outside_window"], true);

    // Out of our sight, and the cursor that might have told is gone.
    world.delete("faraway");
    world.lose_cursors();
    world.settle().await;
    let other = world.put(meeting("Near"));
    world.settle().await;
    assert_eq!(rows(&world, key).await.len(), 2);
    for _ in 0..3 {
        world.advance(DAY * 45);
        world.settle().await;
    }

    let left = rows(&world, key).await;
    let names: Vec<_> = left.iter().map(|row| &row["provider_id"]).collect();
    assert_eq!(names, [&json!(other)]);
}

#[tokio::test]
async fn a_whole_read_that_begins_again_begins_with_another_number() {
    let world = World::start_at(domain::Provider::Microsoft, Settings::default()).await;
    world.put(meeting("One"));
    let (key, _) = world.watch(world.main()).await;
    world.deliver().await;
    // It notes the window, and never hears of the first page.
    world.fault(simulator::Fault::ServerError { status: 503 });
    world.work().await;
    let begun = feed(&world, key).await;
    assert!(begun.window.is_some() && begun.checkpoint.is_none());

    settled(&world, key).await;

    assert_eq!(feed(&world, key).await.rebuild, begun.rebuild + 1);
}
