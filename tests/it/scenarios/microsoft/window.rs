//! The window in which a calendar is read: it moves with time, and what it leaves behind stays.

use domain::CalendarKey;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use testkit::World;

use super::clean;
use crate::events_of::meeting;
use crate::scenarios::scene::{
    feed, hours, rows, said_since, seconds, settled, settled_from_nothing, titled,
};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A meeting so many days from now.
fn in_days(world: &World, title: &str, days: i32) -> Value {
    let start = world.now() + DAY * days;
    let mut event = meeting(title);
    let point = |at: Timestamp| json!({ "dateTime": at.to_string(), "timeZone": "UTC" });
    event["start"] = point(start);
    event["end"] = point(start + SignedDuration::from_hours(1));
    event
}

/// Three days in a row, of which the second was taken out, and the third moved by an hour.
fn torn_series(world: &World, days: i32) {
    let mut series = in_days(world, "Training", days);
    series["recurrence"] = json!(["RRULE:FREQ=DAILY;COUNT=3"]);
    let id = world.put(series);
    let at = |days: i32| (world.now() + DAY * days).to_string();
    let later = |days: i32, by: i64| {
        let at = world.now() + DAY * days + SignedDuration::from_hours(by);
        at.to_string()
    };
    world.cancel_occurrence(&id, &at(days + 1));
    world.move_occurrence(&id, &at(days + 2), &later(days + 2, 1), &later(days + 2, 2));
}

/// The titles of rows that are outside, and of all others.
async fn sides(world: &World, key: CalendarKey) -> (Vec<String>, Vec<String>) {
    let mut rows = rows(world, key).await;
    rows.sort_by_key(|row| (row["title"].to_string(), row["kind"].to_string()));
    let (outside, within): (Vec<_>, Vec<_>) = rows
        .into_iter()
        .partition(|row| row["outside_window"] == true);
    let names = |rows: Vec<Value>| {
        let name = |row: &Value| match row["title"].as_str() {
            Some(title) => title.to_owned(),
            None => row["kind"].as_str().expect("a kind").to_owned(),
        };
        rows.iter().map(name).collect()
    };
    (names(outside), names(within))
}

#[tokio::test]
async fn a_window_whose_reserve_is_used_up_slides_and_deletes_nothing() {
    let (world, key) = clean().await;
    world.put(in_days(&world, "Past", -20));
    torn_series(&world, -25);
    // Many, so that what leaves is not so much that the read is doubted.
    for days in 60..80 {
        world.put(in_days(&world, "Soon", days));
    }
    // Beyond the reserve, so nobody has seen it yet.
    world.put(in_days(&world, "Far", 410));
    settled_from_nothing(&world, key).await;
    let before = feed(&world, key).await.window.expect("a window");
    let said = said_since(&world, key).await.len();
    let (outside, within) = sides(&world, key).await;
    assert_eq!(outside, [""; 0]);
    assert_eq!(within.len(), 24);

    world.advance(DAY * 50);
    world.sweep().await;
    settled_from_nothing(&world, key).await;

    let after = feed(&world, key).await;
    assert_eq!(after.rebuild, 2, "everything was read anew, once");
    let window = after.window.expect("a window");
    assert!(window.from > before.from && window.until > before.until);
    let (outside, within) = sides(&world, key).await;
    assert_eq!(outside, ["Past", "Training", "Training", "occurrence"]);
    assert_eq!(within[0], "Far");
    assert_eq!(within[1..], ["Soon"; 20]);
    assert_eq!(
        said_since(&world, key).await.split_off(said),
        ["event.created"],
        "what came into sight is told, and what left is not"
    );
}

#[tokio::test]
async fn an_event_that_comes_back_into_the_window_is_told() {
    let (world, key) = clean().await;
    let id = world.put(in_days(&world, "Past", -20));
    settled_from_nothing(&world, key).await;
    world.advance(DAY * 50);
    world.sweep().await;
    settled_from_nothing(&world, key).await;
    assert_eq!(sides(&world, key).await.0, ["Past"]);
    let said = said_since(&world, key).await.len();

    let mut back = in_days(&world, "Past", 3);
    back["id"] = json!(id);
    world.put(back);
    // Its subscription ended long ago, so the next poll finds it.
    world.advance(hours(16));
    world.sweep().await;
    settled_from_nothing(&world, key).await;

    assert_eq!(sides(&world, key).await.1, ["Past"]);
    assert_eq!(
        said_since(&world, key).await.split_off(said),
        ["event.updated"]
    );
}

#[tokio::test]
async fn a_window_with_some_reserve_left_stays() {
    let (world, key) = clean().await;
    let window = feed(&world, key).await.window;

    // Three quarters of a twelfth of a year, and no less.
    for _ in 0..22 {
        world.advance(DAY);
        world.sweep().await;
        world.work().await;
    }
    world.advance(seconds(90));
    settled(&world, key).await;

    assert_eq!(feed(&world, key).await.window, window);
    assert_eq!(feed(&world, key).await.rebuild, 1);
}

/// A world with one event, which was moved out of the window.
async fn wandered() -> (World, CalendarKey, String) {
    let (world, key) = clean().await;
    let id = world.put(in_days(&world, "Wanderer", 5));
    settled_from_nothing(&world, key).await;
    let mut far = in_days(&world, "Wanderer", 1_000);
    far["id"] = json!(id);
    world.put(far);
    settled_from_nothing(&world, key).await;
    assert_eq!(sides(&world, key).await.0, ["Wanderer"]);
    (world, key, id)
}

#[tokio::test]
async fn an_event_deleted_outside_without_a_word_is_not_noticed_and_stays_marked() {
    let (world, key, id) = wandered().await;

    // A whole read says nothing of what is outside.
    world.delete(&id);
    world.lose_cursors();
    settled(&world, key).await;

    assert_eq!(feed(&world, key).await.rebuild, 2);
    assert_eq!(sides(&world, key).await.0, ["Wanderer"]);
    assert_eq!(
        said_since(&world, key).await,
        ["event.created", "event.updated"]
    );
}

#[tokio::test]
async fn an_event_deleted_outside_of_which_a_round_tells_is_gone() {
    let (world, key, id) = wandered().await;

    world.delete(&id);
    settled_from_nothing(&world, key).await;

    assert_eq!(rows(&world, key).await, Vec::<Value>::new());
}

#[tokio::test]
async fn an_event_that_is_changed_outside_is_told_when_it_is_back() {
    let (world, key, id) = wandered().await;
    world.put(titled(&id, "Renamed"));
    world.settle().await;

    let mut back = in_days(&world, "Renamed", 6);
    back["id"] = json!(id);
    world.put(back);
    settled_from_nothing(&world, key).await;

    let (outside, within) = sides(&world, key).await;
    assert_eq!((outside.len(), within), (0, vec!["Renamed".to_owned()]));
}
