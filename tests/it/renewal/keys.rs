//! The keys of channel tokens change, and nobody misses a word.

use app::rotate::Rotator;
use domain::Provider;
use domain::key_rotation::Refusal;
use testkit::World;

use super::{days, hours, listened_to, minutes, pass_watched, speaking, tick};
use crate::both::for_both;
use crate::events_of::meeting;
use crate::scenarios::{arrives, clean, settled};

for_both! {
    a_new_key_takes_over_with_the_renewals_and_the_old_one_goes,
    a_key_that_is_still_carried_stays,
    a_revoked_key_is_believed_no_more_and_everything_is_subscribed_to_again,
    the_key_that_signs_can_not_be_revoked,
}

fn rotator(world: &World) -> Rotator {
    lambda::connect_rotator(
        &world.cloud.sdk_config(),
        "token-keys".to_owned(),
        "test-subscriptions".to_owned(),
        world.watcher.ambient.clone(),
    )
}

async fn rotated(world: &World) -> u8 {
    let rotated = rotator(world).rotate().await.expect("a healthy AWS");
    rotated.expect("nothing under way").0
}

async fn a_new_key_takes_over_with_the_renewals_and_the_old_one_goes(provider: Provider) {
    let (world, key) = clean(provider).await;

    let new = rotated(&world).await;
    assert!(matches!(
        rotator(&world).rotate().await.expect("a healthy AWS"),
        Err(Refusal::UnderWay(_))
    ));
    if provider == Provider::Google {
        pass_watched(&world, days(9), hours(3)).await;
    } else {
        // Graph allows one subscription, so there is a moment between two.
        for _ in 0..72 {
            world.advance(hours(3));
            tick(&world).await;
        }
    }

    let rows = listened_to(&world, key).await;
    let newest = rows
        .iter()
        .max_by_key(|row| row.id)
        .expect("a subscription");
    assert_eq!(newest.token_key, Some(new));
    assert_eq!(rotator(&world).prune().await.expect("a healthy AWS"), [1]);
    let inventory = rotator(&world).inventory().await.expect("a healthy AWS");
    assert!(inventory.roster.keys.iter().eq([&new]));
    world.advance(minutes(10));
    world.put(meeting("Signed by the new key"));
    arrives(&world).await;
    settled(&world, key).await;
}

async fn a_key_that_is_still_carried_stays(provider: Provider) {
    let (world, key) = clean(provider).await;
    rotated(&world).await;
    world.advance(hours(1));

    let dropped = rotator(&world).prune().await.expect("a healthy AWS");

    assert_eq!(dropped, [0_u8; 0]);
    world.put(meeting("Signed by the old key"));
    arrives(&world).await;
    settled(&world, key).await;
}

async fn a_revoked_key_is_believed_no_more_and_everything_is_subscribed_to_again(
    provider: Provider,
) {
    let (world, key) = clean(provider).await;
    for n in 0..6 {
        let name = world.add_calendar(
            &format!("calendar-{n}"),
            simulator::CalendarOptions::default(),
        );
        world.watch(&name).await;
    }
    world.settle().await;
    let old = speaking(&world)[0].id.clone();
    let new = rotated(&world).await;
    world.advance(minutes(11));

    let revoked = rotator(&world).revoke(1).await.expect("a healthy AWS");

    assert_eq!(revoked, Ok(7));
    // What the old one says is not believed once nobody remembers its key.
    world.advance(minutes(5));
    world.put(meeting("Unheard"));
    let answers = world.deliver().await;
    assert!(
        answers.iter().all(|it| *it == world.refused()),
        "{answers:?}"
    );
    for _ in 0..3 {
        tick(&world).await;
        world.advance(minutes(5));
    }
    let lasting = speaking(&world).into_iter().filter(|it| it.id != old);
    assert_eq!(lasting.count(), 1);
    for row in listened_to(&world, key).await {
        assert!(row.token_key == Some(new) || row.state != domain::subscription::State::Active);
    }
    settled(&world, key).await;
    world.put(meeting("Heard"));
    arrives(&world).await;
    settled(&world, key).await;
}

async fn the_key_that_signs_can_not_be_revoked(provider: Provider) {
    let (world, key) = clean(provider).await;

    let refused = rotator(&world).revoke(1).await.expect("a healthy AWS");

    assert_eq!(refused, Err(Refusal::Signs));
    world.put(meeting("Still believed"));
    arrives(&world).await;
    settled(&world, key).await;
}
