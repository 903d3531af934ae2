//! Two organizations that connect one mailbox through one application, which may subscribe once.

use app::watch::Watched;
use domain::CalendarKey;
use domain::subscription::NoPush;
use serde_json::Value;
use testkit::World;
use testkit::world::ACCOUNT;

use super::clean;
use crate::events_of::meeting;
use crate::scenarios::is_true;
use crate::scenarios::scene::{arrives, entries, items, pass, rows, text};

/// Two organizations with the same mailbox: the first has push, the second is polled.
async fn two() -> (World, CalendarKey, World, CalendarKey) {
    let (one, first) = clean().await;
    let two = one.another_tenant(ACCOUNT).await;
    let (second, watched) = two.watch(two.main()).await;
    assert_eq!(watched, Watched::Polled(NoPush::Shared));
    pass(&one, 1).await;
    (one, first, two, second)
}

async fn of(world: &World, table: &str) -> Vec<Value> {
    let owner = world.organization.to_string();
    let mut items = items(world, table).await;
    items.retain(|item| item.to_string().contains(&owner));
    items
}

#[tokio::test]
async fn the_first_has_push_and_the_second_is_polled() {
    let (one, first, two, second) = two().await;
    assert_eq!(one.watches().iter().filter(|it| it.live).count(), 1);

    let id = one.put(meeting("Budget"));
    assert_eq!(arrives(&one).await, 1);
    assert_eq!(of(&two, "test-notifications").await, [Value::Null; 0]);
    one.work().await;
    assert_eq!(rows(&one, first).await.len(), 1);
    assert_eq!(rows(&two, second).await.len(), 0, "not told");
    pass(&one, 7).await;

    is_true(&one, first, one.main()).await;
    is_true(&two, second, two.main()).await;
    let ids = |rows: Vec<Value>| text(&rows[0]["id"]);
    assert_ne!(
        ids(rows(&one, first).await),
        ids(rows(&two, second).await),
        "the same event has another name for each"
    );
    one.delete(&id);
    pass(&one, 7).await;
    is_true(&one, first, one.main()).await;
    is_true(&two, second, two.main()).await;
    for (world, key) in [(&one, first), (&two, second)] {
        assert_eq!(entries(world, key).await.len(), 3);
    }
    for table in ["events", "changes", "runs", "calendars", "subscriptions"] {
        let table = format!("test-{table}");
        let all = items(&one, &table).await.len();
        let (ours, theirs) = (of(&one, &table).await.len(), of(&two, &table).await.len());
        assert_eq!(ours + theirs, all, "each of {table} has one owner");
    }
}

#[tokio::test]
async fn the_second_never_ends_the_push_of_the_first() {
    let (one, first, two, _) = two().await;
    for _ in 0..3 {
        let (_, watched) = two.watch(two.main()).await;
        assert_eq!(watched, Watched::Polled(NoPush::Shared));
    }

    one.put(meeting("Budget"));

    assert_eq!(arrives(&one).await, 1);
    one.work().await;
    assert_eq!(rows(&one, first).await.len(), 1);
}

#[tokio::test]
async fn when_the_first_lets_go_the_second_can_have_push() {
    let (one, first, two, second) = two().await;
    one.watcher
        .unwatch(first)
        .await
        .expect("a watched calendar");
    one.work().await;
    two.watcher
        .unwatch(second)
        .await
        .expect("a watched calendar");

    let (third, watched) = two.watch(two.main()).await;

    assert!(matches!(watched, Watched::Pushed(_)), "{watched:?}");
    two.settle().await;
    one.put(meeting("Budget"));
    assert_eq!(arrives(&two).await, 1);
    two.settle().await;
    is_true(&two, third, two.main()).await;
    assert_eq!(rows(&one, first).await.len(), 0, "left as it was");
}
