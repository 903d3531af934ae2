//! What became of subscriptions, push and connections, on the bus.

use domain::Provider;
use testkit::{Failure, On, Service, World};

use super::{days, heard, minutes, tick};
use crate::both::for_both;
use crate::scenarios::clean;

for_both! {
    a_subscription_is_announced_when_it_begins_and_when_it_lives_longer,
    news_that_the_bus_did_not_take_is_told_by_the_next_sweep,
    news_is_told_once,
    the_form_of_news_is_fixed,
}

async fn a_subscription_is_announced_when_it_begins_and_when_it_lives_longer(provider: Provider) {
    let (world, _) = clean(provider).await;
    assert_eq!(heard(&world).await, ["subscription.created"]);

    world.advance(days(6));
    tick(&world).await;

    let after = heard(&world).await;
    let expected = match provider {
        Provider::Google => "subscription.created",
        Provider::Microsoft => "subscription.renewed",
    };
    assert_eq!(after[1..], [expected]);
}

async fn news_that_the_bus_did_not_take_is_told_by_the_next_sweep(provider: Provider) {
    let world = World::start_at(provider, simulator::Settings::default()).await;
    world.watch(world.main()).await;
    world.cloud.break_service(Service::EventBridge);
    world.sweep().await;
    world.cloud.mend_service(Service::EventBridge);
    assert_eq!(heard(&world).await, [""; 0], "claimed for a moment");

    world.advance(minutes(1));

    assert_eq!(heard(&world).await, ["subscription.created"]);
}

async fn news_is_told_once(provider: Provider) {
    let (world, _) = clean(provider).await;
    // The bus took it, and the note of that was lost.
    world.advance(days(6));
    world.renew().await;
    world.cloud.fail_next(
        On::operation("UpdateItem").containing("REMOVE announce_due"),
        Failure::ConditionalCheckFailed,
        1,
    );
    let before = heard(&world).await.len();
    world.advance(minutes(1));
    let repeated = heard(&world).await.len();
    world.advance(minutes(5));

    assert_eq!(repeated, before + 1, "at least once");
    assert_eq!(heard(&world).await.len(), repeated);
    let ids: Vec<_> = world
        .cloud
        .events()
        .iter()
        .filter_map(|it| it.detail["news_id"].as_str().map(str::to_owned))
        .collect();
    let last = ids.last().expect("news");
    assert_eq!(
        ids.iter().filter(|it| *it == last).count(),
        2,
        "and told apart by its id"
    );
}

async fn the_form_of_news_is_fixed(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.sweep().await;

    let events = world.cloud.events();
    let news = events
        .iter()
        .find(|it| it.detail_type == "subscription.created");
    let detail = &news.expect("news").detail;

    let names: Vec<_> = detail
        .as_object()
        .expect("an object")
        .keys()
        .cloned()
        .collect();
    assert_eq!(
        names,
        [
            "at",
            "calendar",
            "news_id",
            "organization",
            "subscription",
            "v"
        ]
    );
    assert_eq!(detail["organization"], key.organization.to_string());
    assert_eq!(detail["calendar"], key.calendar.to_string());
    assert_eq!(detail["v"], "1");
}
