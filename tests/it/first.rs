//! From a change at the provider to an entry on the bus.

use serde_json::json;
use testkit::World;
use testkit::world::ACCOUNT;

fn meeting(title: &str) -> serde_json::Value {
    json!({
        "summary": title,
        "start": { "dateTime": "2026-11-12T10:00:00Z", "timeZone": "Europe/Lisbon" },
        "end": { "dateTime": "2026-11-12T11:00:00Z", "timeZone": "Europe/Lisbon" },
    })
}

#[tokio::test]
async fn a_change_at_the_provider_reaches_the_bus() {
    let world = World::start().await;
    let key = world.watch_main().await;
    world.cloud.take_events();

    world.google.put_event(ACCOUNT, meeting("Budget"));
    assert_eq!(world.deliver().await, [200]);
    world.work().await;

    let events = world.cloud.events();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].detail_type, "calendar.event.created");
    world.settle().await;
    let audit = world.audit(key).await;
    assert!(audit.is_clean(), "{audit:#?}");
    world.assert_feed_rebuilds(key).await;
}
