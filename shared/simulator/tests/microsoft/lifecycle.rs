//! Lifecycle notifications on demand.

use simulator::LifecycleEvent;

use crate::world::{HOOK, World, items, wish};

#[tokio::test]
async fn every_kind_can_be_sent_and_all_travel_together() {
    let world = World::new().await;
    let id = world.subscribed().await;

    world.graph.lifecycle(&id, LifecycleEvent::Missed);
    world
        .graph
        .lifecycle(&id, LifecycleEvent::ReauthorizationRequired);
    world.graph.lifecycle(&id, LifecycleEvent::Unknown);

    let deliveries = world.accept_all();
    assert_eq!(deliveries.len(), 1);
    assert_eq!(deliveries[0].url, format!("{HOOK}/lifecycle"));
    let items = items(&deliveries[0]);
    let kinds: Vec<_> = items.iter().map(|item| &item["lifecycleEvent"]).collect();
    assert_eq!(
        kinds,
        ["missed", "reauthorizationRequired", "unknownFutureValue"]
    );
    assert_eq!(items[0].get("resource"), None);
    assert_eq!(items[0].get("changeType"), None);
    assert_eq!(items[0]["clientState"], "secret");
    assert_eq!(world.get(&format!("subscriptions/{id}")).await.status, 200);
}

#[tokio::test]
async fn a_removed_subscription_is_told_and_gone() {
    let world = World::new().await;
    let id = world.subscribed().await;
    world.graph.storm(&world.calendar, None, 1);

    world
        .graph
        .lifecycle(&id, LifecycleEvent::SubscriptionRemoved);

    let deliveries = world.accept_all();
    assert_eq!(deliveries.len(), 1, "what it had not said stays unsaid");
    assert_eq!(
        items(&deliveries[0])[0]["lifecycleEvent"],
        "subscriptionRemoved"
    );
    assert_eq!(world.get(&format!("subscriptions/{id}")).await.status, 404);
    assert_eq!(world.subscribe(&world.calendar).await.status, 201);
}

#[tokio::test]
async fn without_an_address_for_them_there_are_none() {
    let world = World::new().await;
    let mut wish = wish(&world.calendar);
    wish.as_object_mut()
        .expect("fields")
        .remove("lifecycleNotificationUrl");
    let made = world.call("POST", "subscriptions", Some(wish)).await.json();

    let id = made["id"].as_str().expect("an id");
    world.graph.lifecycle(id, LifecycleEvent::Missed);

    assert!(world.accept_all().is_empty());
}
