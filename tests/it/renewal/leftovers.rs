//! Subscriptions at a provider that nobody here knows any more.

use domain::Provider;
use domain::callback::Callback;
use serde_json::json;
use simulator::{Fault, Settings};
use testkit::World;
use testkit::world::{ACCOUNT, WEBHOOK_DOMAIN};
use ulid::Ulid;

use super::{days, hours, listened_to, speaking, tick};
use crate::events_of::meeting;
use crate::scenarios::{arrives, clean};

/// Subscribes at Graph to a calendar of the account, with an address of one's choice, as somebody
/// does who uses the same application.
async fn subscribe(world: &World, calendar: &str, address: &str) -> String {
    let access = match world
        .watcher
        .grants
        .access(world.organization, world.connection, Provider::Microsoft)
        .await
    {
        Ok(app::grants::Access::Token(token)) => token,
        other => panic!("no access: {other:?}"),
    };
    let place = providers::Place {
        provider: Provider::Microsoft,
        access: &access,
        calendar: domain::CalendarId::from_bytes([7; 16]),
        external_id: calendar,
    };
    let wish = providers::Wish {
        subscription: domain::SubscriptionId::from_bytes([7; 16]),
        token: "somebody's",
        address,
    };
    let watching = world.watcher.client.watch(&place, &wish, world.now()).await;
    watching
        .expect("a calendar nobody subscribed to")
        .provider_id
}

fn is_live(world: &World, id: &str) -> bool {
    let all = world.google.channels();
    all.iter().any(|it| it.id == id && it.live)
}

/// An address of this world's organization, with a subscription that was begun so long ago.
fn address(world: &World, organization: domain::OrganizationId, hours_ago: i64) -> String {
    let made = (world.now() - hours(hours_ago)).as_millisecond();
    let ulid = Ulid::from_parts(u64::try_from(made).expect("after 1970"), 7);
    let id = domain::SubscriptionId::new(ulid);
    Callback::of(Provider::Microsoft, organization, id).url(WEBHOOK_DOMAIN)
}

async fn renewed_after_a_day(world: &World) -> u32 {
    world.advance(days(6));
    let renewed = world.renew().await;
    assert_eq!(renewed.failures, 0, "{renewed:?}");
    renewed.reaped
}

#[tokio::test]
async fn only_certain_leftovers_of_ones_own_are_ended() {
    let (world, _) = clean(Provider::Microsoft).await;
    // A calendar each, since an application subscribes once to one.
    let mut places = Vec::new();
    for n in 0..4 {
        places.push(world.add_calendar(&format!("calendar-{n}"), Default::default()));
    }
    let theirs = world.another_tenant(ACCOUNT).await.organization;
    world.advance(days(5));
    let ours = address(&world, world.organization, 1);
    let leftover = subscribe(&world, &places[0], &ours).await;
    let tenants = subscribe(&world, &places[1], &address(&world, theirs, 1)).await;
    let sibling = ours.replace(WEBHOOK_DOMAIN, "https://staging.calwatch.example");
    // A sibling deployment answers for itself.
    world.google.answer_handshakes_with(answer_all);
    let sibling = subscribe(&world, &places[2], &sibling).await;
    world.advance(days(1));
    let just_begun = subscribe(&world, &places[3], &address(&world, world.organization, 0)).await;

    let renewed = world.renew().await;

    assert_eq!((renewed.reaped, renewed.extended), (1, 1), "{renewed:?}");
    assert!(!is_live(&world, &leftover));
    for kept in [&tenants, &sibling, &just_begun] {
        assert!(is_live(&world, kept), "{kept}");
    }
}

fn answer_all(
    delivery: simulator::Delivery,
) -> std::pin::Pin<Box<dyn Future<Output = simulator::HandshakeAnswer> + Send>> {
    Box::pin(async move {
        let (_, token) = delivery
            .url
            .split_once("validationToken=")
            .expect("a handshake");
        let token = token.replace('+', " ");
        let token = percent_encoding::percent_decode_str(&token);
        simulator::HandshakeAnswer {
            status: 200,
            content_type: Some("text/plain".to_owned()),
            body: token.collect(),
        }
    })
}

#[tokio::test]
async fn a_subscription_whose_answer_was_lost_is_ended_with_the_next_list() {
    let (world, key) = clean(Provider::Microsoft).await;
    let second = world.add_calendar("second", Default::default());
    world.google.fault(Fault::LoseWatchAnswer);
    let (lost, _) = world.watch(&second).await;
    world.watcher.unwatch(lost).await.expect("a calendar");
    world.work().await;
    assert_eq!(
        world
            .watches_of(&second)
            .iter()
            .filter(|it| it.live)
            .count(),
        1
    );

    assert_eq!(renewed_after_a_day(&world).await, 1);

    assert_eq!(
        world
            .watches_of(&second)
            .iter()
            .filter(|it| it.live)
            .count(),
        0
    );
    assert_eq!(listened_to(&world, key).await.len(), 1);
}

#[tokio::test]
async fn the_list_is_read_once_a_day_and_connection() {
    let (world, _) = clean(Provider::Microsoft).await;
    for n in 0..5 {
        let name = world.add_calendar(&format!("calendar-{n}"), Default::default());
        world.watch(&name).await;
    }
    world.settle().await;

    renewed_after_a_day(&world).await;

    assert_eq!(world.google.requests_to("graph.subscriptions.list"), 1);
}

#[tokio::test]
async fn a_long_list_is_read_to_its_end() {
    let mut settings = Settings::default();
    settings.graph.subscription_page_size = 2;
    let world = World::start_at(Provider::Microsoft, settings).await;
    let key = world.watch_main().await;
    let mut leftovers = Vec::new();
    for n in 0..5 {
        let place = world.add_calendar(&format!("calendar-{n}"), Default::default());
        let made = (world.now() - hours(1 + n)).as_millisecond();
        let ulid = Ulid::from_parts(u64::try_from(made).expect("after 1970"), 7);
        let id = domain::SubscriptionId::new(ulid);
        let address = Callback::of(Provider::Microsoft, world.organization, id);
        leftovers.push(subscribe(&world, &place, &address.url(WEBHOOK_DOMAIN)).await);
    }

    assert_eq!(renewed_after_a_day(&world).await, 5);

    assert!(leftovers.iter().all(|it| !is_live(&world, it)));
    assert_eq!(listened_to(&world, key).await.len(), 1);
}

#[tokio::test]
async fn google_has_no_list_and_a_leftover_is_stopped_when_it_speaks() {
    let world = World::start().await;
    world.google.fault(Fault::LoseWatchAnswer);
    let (key, _) = world.watch(world.main()).await;
    world.deliver().await;
    world.work().await;
    world.advance(super::minutes(2));
    let renewed = world.renew().await;
    assert_eq!(renewed.created, 1, "{renewed:?}");
    tick(&world).await;
    assert_eq!(
        speaking(&world).len(),
        1,
        "the lost one was stopped by its first word"
    );

    world.put(meeting("Budget"));

    assert_eq!(arrives(&world).await, 1);
    world.settle().await;
    world.assert_in_sync(key).await;
    assert_eq!(json!(world.google.violations()), json!([]));
}
