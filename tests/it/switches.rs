//! What an operator switches off waits, and nothing of it is lost.

use aws::organizations::Whose;
use domain::Provider;
use domain::switches::{Ingest, Power, Turn};
use jiff::SignedDuration;
use testkit::World;

use crate::both::for_both;
use crate::events_of::meeting;
use crate::scenarios::{arrives, clean, rows, settled_from_nothing};

for_both! {
    what_is_only_recorded_is_read_when_that_ends,
    reads_that_are_off_are_owed_until_they_are_on,
    a_poll_waits_while_reads_are_off,
    entries_wait_for_the_bus_while_it_is_off,
    one_organization_is_switched_off_and_the_others_are_not,
    everywhere_is_everywhere,
    switches_that_can_not_be_read_switch_nothing_off,
}

async fn turn(world: &World, whose: Whose, turn: Turn) {
    let organizations = &world.connector.organizations;
    let turned = organizations.turn(whose, turn).await;
    assert!(turned.expect("a table"), "an organization");
    // What was read before is believed for half a minute.
    world.advance(SignedDuration::from_secs(31));
}

async fn own(world: &World, what: Turn) {
    turn(world, Whose::Of(world.organization), what).await;
}

fn sync(power: Power) -> Turn {
    Turn {
        sync: Some(power),
        ..Turn::default()
    }
}

fn ingest(ingest: Ingest) -> Turn {
    Turn {
        ingest: Some(ingest),
        ..Turn::default()
    }
}

fn publish(power: Power) -> Turn {
    Turn {
        publish: Some(power),
        ..Turn::default()
    }
}

/// Half an hour, in which the sweeper comes every minute.
async fn half_an_hour(world: &World) {
    for _ in 0..30 {
        world.advance(SignedDuration::from_mins(1));
        world.sweep().await;
        world.deliver().await;
        world.work().await;
    }
}

async fn what_is_only_recorded_is_read_when_that_ends(provider: Provider) {
    let (world, key) = clean(provider).await;
    own(&world, ingest(Ingest::RecordOnly)).await;

    for n in 0..3 {
        world.put(meeting(&format!("Change {n}")));
        arrives(&world).await;
    }
    assert!(world.cloud.messages("test-interactive").is_empty());
    half_an_hour(&world).await;
    assert_eq!(rows(&world, key).await.len(), 0);
    assert!(!world.owes_nothing(key).await);
    own(&world, ingest(Ingest::On)).await;
    half_an_hour(&world).await;

    assert_eq!(rows(&world, key).await.len(), 3);
    settled_from_nothing(&world, key).await;
}

async fn reads_that_are_off_are_owed_until_they_are_on(provider: Provider) {
    let (world, key) = clean(provider).await;
    // The message is on its way already.
    world.put(meeting("Budget"));
    arrives(&world).await;
    own(&world, sync(Power::Off)).await;

    world.work().await;
    half_an_hour(&world).await;
    assert_eq!(rows(&world, key).await.len(), 0);
    own(&world, sync(Power::On)).await;
    half_an_hour(&world).await;

    assert_eq!(rows(&world, key).await.len(), 1);
    settled_from_nothing(&world, key).await;
}

async fn a_poll_waits_while_reads_are_off(provider: Provider) {
    let (world, key) = clean(provider).await;
    own(&world, sync(Power::Off)).await;
    world.google.fault(simulator::Fault::DropDelivery);
    world.put(meeting("Unheard"));
    let asked = world.pages_asked();

    world.advance(SignedDuration::from_hours(16));
    half_an_hour(&world).await;
    assert_eq!(world.pages_asked(), asked);
    own(&world, sync(Power::On)).await;
    half_an_hour(&world).await;

    assert_eq!(rows(&world, key).await.len(), 1);
}

async fn entries_wait_for_the_bus_while_it_is_off(provider: Provider) {
    let (world, key) = clean(provider).await;
    let before = world.cloud.events().len();
    own(&world, publish(Power::Off)).await;

    world.put(meeting("Budget"));
    arrives(&world).await;
    half_an_hour(&world).await;
    assert_eq!(rows(&world, key).await.len(), 1);
    assert_eq!(world.cloud.events().len(), before);
    own(&world, publish(Power::On)).await;
    half_an_hour(&world).await;

    assert_eq!(world.cloud.events().len(), before + 1);
    settled_from_nothing(&world, key).await;
}

async fn one_organization_is_switched_off_and_the_others_are_not(provider: Provider) {
    let (one, first) = clean(provider).await;
    let two = one.another_tenant("briar@example.com").await;
    let second = two.watch_main().await;
    own(&one, sync(Power::Off)).await;

    one.put(meeting("Waits"));
    two.put(meeting("Is read"));
    half_an_hour(&one).await;

    assert_eq!(rows(&one, first).await.len(), 0);
    assert_eq!(rows(&two, second).await.len(), 1);
}

async fn everywhere_is_everywhere(provider: Provider) {
    let (one, first) = clean(provider).await;
    let two = one.another_tenant("briar@example.com").await;
    let second = two.watch_main().await;
    turn(&one, Whose::Everywhere, sync(Power::Off)).await;

    one.put(meeting("Waits"));
    two.put(meeting("Waits, too"));
    half_an_hour(&one).await;
    assert_eq!(rows(&one, first).await.len(), 0);
    assert_eq!(rows(&two, second).await.len(), 0);
    turn(&one, Whose::Everywhere, sync(Power::On)).await;
    half_an_hour(&one).await;

    assert_eq!(rows(&one, first).await.len(), 1);
    assert_eq!(rows(&two, second).await.len(), 1);
}

async fn switches_that_can_not_be_read_switch_nothing_off(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.advance(SignedDuration::from_mins(1));
    world.cloud.fail_next(
        testkit::On::operation("BatchGetItem").resource("test-organizations"),
        testkit::Failure::ServiceUnavailable,
        1_000,
    );

    world.put(meeting("Budget"));
    arrives(&world).await;
    world.work().await;

    assert_eq!(rows(&world, key).await.len(), 1);
}
