//! From a change at the provider to an entry on the bus.

use domain::Provider;
use simulator::Settings;
use testkit::World;

use crate::both::for_both;
use crate::events_of::meeting;
use crate::scenarios::arrives;

for_both! {
    a_change_at_the_provider_reaches_the_bus,
}

async fn a_change_at_the_provider_reaches_the_bus(provider: Provider) {
    let world = World::start_at(provider, Settings::default()).await;
    let key = world.watch_main().await;
    world.cloud.take_events();

    world.put(meeting("Budget"));
    arrives(&world).await;
    world.work().await;

    let events = world.cloud.events();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].detail_type, "calendar.event.created");
    world.settle().await;
    let audit = world.audit(key).await;
    assert!(audit.is_clean(), "{audit:#?}");
    world.assert_feed_rebuilds(key).await;
}
