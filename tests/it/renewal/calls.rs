//! What renewal costs in AWS calls: it grows with what is due, not with what exists.

use std::collections::BTreeMap;

use domain::Provider;
use domain::inbox::Source;
use domain::subscription::{State, Subscription};
use domain::token::Target;
use domain::{CalendarId, CalendarKey, SubscriptionId};
use futures::{StreamExt, stream};
use simulator::Settings;
use testkit::World;

use super::{days, hours};

/// How often each operation was called since the last time.
fn counted(world: &World) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for call in world.cloud.take_calls() {
        *counts.entry(call.to_string()).or_insert(0) += 1;
    }
    counts
}

/// Writes a calendar that is subscribed to and due at `renew_at`, as `watch` would have.
async fn write(world: &World, n: u64, renew_at: jiff::Timestamp) {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    let key = CalendarKey {
        organization: world.organization,
        calendar: CalendarId::from_bytes(bytes),
    };
    let id = SubscriptionId::from_bytes(bytes);
    let now = world.now();
    let target = Target::Calendar(key.calendar);
    let row = Subscription {
        state: State::Active,
        provider_id: Some("5522bd62-7c96-4530-85b0-00b916f6151a".to_owned()),
        expires_at: Some(now + days(4)),
        renewed_at: Some(now - days(3)),
        renew_at: Some(renew_at),
        ..Subscription::begun(id, key.organization, target, Provider::Microsoft, now)
    };
    let source = Source {
        provider: Provider::Microsoft,
        connection: world.connection,
        external_id: format!("users/{n}"),
    };
    let watcher = &world.watcher;
    watcher.subscriptions.create(&row).await.expect("a table");
    if renew_at > now {
        return;
    }
    watcher
        .inboxes
        .create(key, &source, now)
        .await
        .expect("a table");
    watcher.inboxes.expect(key, id).await.expect("a table");
}

#[tokio::test]
async fn a_run_with_nothing_due_reads_the_index_and_nothing_else() {
    let world = World::start_at(Provider::Microsoft, Settings::default()).await;
    world.watch_main().await;
    world.cloud.take_calls();

    world.renew().await;

    let counts = counted(&world);
    assert_eq!(
        counts,
        BTreeMap::from([("dynamodb Query test-subscriptions".to_owned(), 8)])
    );
}

#[tokio::test]
async fn ten_that_are_due_cost_the_same_among_ten_thousand() {
    let mut costs = Vec::new();
    for all in [10, 10_000] {
        let world = World::start_at(Provider::Microsoft, Settings::default()).await;
        let (soon, later) = (world.now() - hours(1), world.now() + days(2));
        let write = |n| write(&world, n, if n < 10 { soon } else { later });
        stream::iter(0..all)
            .map(write)
            .buffer_unordered(16)
            .collect::<()>()
            .await;
        world.cloud.take_calls();

        let renewed = world.renew().await;

        assert_eq!(renewed.due, 10);
        costs.push(counted(&world));
    }

    assert_eq!(costs[0], costs[1]);
    eprintln!("ten that are due, among ten thousand: {:#?}", costs[1]);
}
