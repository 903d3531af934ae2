//! Strangers: whatever they say, they hear the same and cost nothing.

use domain::Provider;
use lambda_http::Response;
use lambda_http::http::HeaderMap;
use simulator::{CalendarOptions, Delivery};
use testkit::World;
use testkit::world::{ACCOUNT, request};

use crate::events_of::meeting;
use crate::scenarios::scene::{clean, inbox, items, settled_from_nothing};

/// Everything that a stranger sees.
type Seen = (u16, HeaderMap, Vec<u8>);

async fn answer(world: &World, delivery: &Delivery) -> Seen {
    let request = request(delivery);
    let answer: Response<_> =
        lambda::webhook::answer(&world.receiver, Provider::Google, &request).await;
    let (head, body) = answer.into_parts();
    let body: &[u8] = body.as_ref();
    (head.status.as_u16(), head.headers, body.to_vec())
}

/// A delivery with another value of a header, or without it.
fn with(delivery: &Delivery, name: &str, value: Option<&str>) -> Delivery {
    let mut changed = delivery.clone();
    changed
        .headers
        .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    let added = value.map(|value| (name.to_owned(), value.to_owned()));
    changed.headers.extend(added);
    changed
}

fn token(delivery: &Delivery) -> String {
    let token = delivery.header("X-Goog-Channel-Token");
    token.expect("our channels have tokens").to_owned()
}

#[tokio::test]
async fn every_forgery_is_answered_with_the_same_bytes_and_costs_no_call() {
    let (world, key) = clean(Provider::Google).await;
    let team = "team@group.calendar.example.com";
    world
        .google
        .add_calendar(ACCOUNT, team, CalendarOptions::default());
    world.watch(team).await;
    world.settle().await;
    world.google.put_event(ACCOUNT, meeting("Budget"));
    world.google.put_event(team, meeting("Ours"));
    let real = world.google.take_deliveries();
    let (good, other) = (&real[0], &real[1]);
    // The keys are fetched again after five minutes; this is what fetches them.
    assert_eq!(answer(&world, other).await.0, 200);

    let token = token(good);
    let name = "X-Goog-Channel-Token";
    let elsewhere = Delivery {
        url: good.url.replace(
            &world.organization.to_string(),
            "org_01JCBK7Q2M5T8XW0E4N9R6V3ZB",
        ),
        ..good.clone()
    };
    let nowhere = Delivery {
        url: good.url.replace(&world.organization.to_string(), "nobody"),
        ..good.clone()
    };
    let mut flipped = token.clone().into_bytes();
    flipped[60] = if flipped[60] == b'A' { b'B' } else { b'A' };
    let flipped = String::from_utf8(flipped).expect("ASCII");
    let forgeries = [
        ("no token", with(good, name, None)),
        ("an empty token", with(good, name, Some(""))),
        ("a short token", with(good, name, Some("secret"))),
        ("a long token", with(good, name, Some(&"A".repeat(200)))),
        (
            "a token of our length",
            with(good, name, Some(&"A".repeat(111))),
        ),
        (
            "a token with one letter changed",
            with(good, name, Some(&flipped)),
        ),
        (
            "a token with more behind it",
            with(good, name, Some(&format!("{token}A"))),
        ),
        (
            "another channel's token",
            with(good, name, Some(&self::token(other))),
        ),
        (
            "a token on another channel id",
            with(good, "X-Goog-Channel-ID", Some(&other.channel_id)),
        ),
        (
            "a token on an unknown channel id",
            with(
                good,
                "X-Goog-Channel-ID",
                Some("sub_01JCBK7Q2M5T8XW0E4N9R6V3ZD"),
            ),
        ),
        ("another organization in the URL", elsewhere),
        ("no organization in the URL", nowhere),
    ];
    let owed = inbox(&world, key).await.req;
    world.cloud.take_calls();

    let expected = answer(&world, &forgeries[0].1).await;
    assert_eq!(expected.0, 401);
    for (what, forgery) in &forgeries {
        assert_eq!(answer(&world, forgery).await, expected, "{what}");
    }

    assert_eq!(world.cloud.take_calls(), []);
    assert_eq!(inbox(&world, key).await.req, owed);
    // The real one still counts.
    assert_eq!(answer(&world, good).await.0, 200);
    for delivery in &real {
        world.google.delivered(delivery.id, 200);
    }
    settled_from_nothing(&world, key).await;
}

#[tokio::test]
async fn a_forged_repetition_of_a_recorded_notification_is_a_forgery() {
    let (world, key) = clean(Provider::Google).await;
    world.google.put_event(ACCOUNT, meeting("Budget"));
    let real = world.google.take_deliveries().remove(0);
    assert_eq!(answer(&world, &real).await.0, 200);
    world.google.delivered(real.id, 200);

    let forged = with(&real, "X-Goog-Channel-Token", Some(&"B".repeat(111)));

    assert_eq!(answer(&world, &forged).await.0, 401);
    settled_from_nothing(&world, key).await;
}

#[tokio::test]
async fn a_signature_of_a_key_that_was_taken_away_is_a_forgery() {
    let (world, _) = clean(Provider::Google).await;
    let new = format!(r#"{{"signing":2,"2":"{}"}}"#, "n".repeat(64));
    world.cloud.put_secret("token-keys", &new);
    let world = world.with_fresh_sandboxes();

    world.google.put_event(ACCOUNT, meeting("Budget"));

    assert_eq!(world.deliver().await, [401]);
}

#[tokio::test]
async fn a_new_key_signs_new_channels_while_the_old_one_is_still_believed() {
    let (world, key) = clean(Provider::Google).await;
    world.google.put_event(ACCOUNT, meeting("Before"));
    assert_eq!(world.deliver().await, [200]);
    let both = format!(
        r#"{{"signing":2,"1":"{}","2":"{}"}}"#,
        "k".repeat(64),
        "n".repeat(64)
    );
    world.cloud.put_secret("token-keys", &both);
    // Somebody signs with the new key before the webhook function has heard of it.
    let fresh = world.with_fresh_sandboxes();
    fresh
        .watcher
        .subscribe(key, &world.source(world.main()))
        .await
        .expect("a second channel");

    // An unknown key is looked up, though only once a minute.
    world.advance(crate::scenarios::scene::minutes(2));
    world.google.put_event(ACCOUNT, meeting("Budget"));
    let answers = world.deliver().await;

    assert!(answers.iter().all(|answer| *answer == 200), "{answers:?}");
    settled_from_nothing(&world, key).await;
}

#[tokio::test]
async fn strangers_who_choose_unknown_keys_do_not_choose_our_bill() {
    let (world, key) = clean(Provider::Google).await;
    world.google.put_event(ACCOUNT, meeting("Budget"));
    let real = world.google.take_deliveries().remove(0);
    assert_eq!(answer(&world, &real).await.0, 200);
    world.google.delivered(real.id, 200);
    world.cloud.take_calls();
    // The third letter holds the key's number; ours is an E.
    for letter in ('F'..='Z').chain('a'..='z') {
        let token = format!("AQ{letter}{}", &token(&real)[3..]);
        let forged = with(&real, "X-Goog-Channel-Token", Some(&token));
        assert_eq!(answer(&world, &forged).await.0, 401, "{letter}");
    }

    assert!(world.cloud.take_calls().len() <= 1);
    settled_from_nothing(&world, key).await;
    assert!(!items(&world, "test-notifications").await.is_empty());
}
