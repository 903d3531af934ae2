//! Creating and stopping channels (2.2–2.4 of Google's rules, items 1, 2, 7 and 8 of the checklist).

use jiff::SignedDuration;
use serde_json::{Value, json};
use simulator::{CalendarOptions, Fault, Settings};

use crate::world::{AMELIA, EVENTS, World, wish};

async fn refused(world: &World, change: Value) -> String {
    let mut wish = wish("ch-1");
    for (name, value) in change.as_object().expect("fields") {
        wish[name] = value.clone();
    }
    let answer = world.post(&format!("{EVENTS}/watch"), wish).await;
    assert_eq!(answer.status, 400, "{}", answer.text);
    answer.reason()
}

#[tokio::test]
async fn a_channel_without_a_proper_id_is_refused() {
    let world = World::new().await;

    for id in [
        json!(null),
        json!(""),
        json!("x".repeat(65)),
        json!("white space"),
    ] {
        assert_eq!(
            refused(&world, json!({ "id": id })).await,
            "push.channelIdInvalid"
        );
    }
    assert_eq!(world.watch(&"x".repeat(64)).await.status, 200);
}

#[tokio::test]
async fn a_token_of_257_characters_is_refused() {
    let world = World::new().await;

    assert_eq!(
        refused(&world, json!({ "token": "x".repeat(257) })).await,
        "invalid"
    );
}

#[tokio::test]
async fn both_spellings_of_the_channel_type_are_accepted_and_no_third() {
    let world = World::new().await;

    for (id, kind) in [("ch-a", "web_hook"), ("ch-b", "webhook")] {
        let mut wish = wish(id);
        wish["type"] = json!(kind);
        assert_eq!(
            world.post(&format!("{EVENTS}/watch"), wish).await.status,
            200
        );
    }
    assert_eq!(
        refused(&world, json!({ "type": "email" })).await,
        "push.channelTypeNotSupported"
    );
}

#[tokio::test]
async fn an_address_without_https_or_host_is_refused() {
    let world = World::new().await;

    let reason = refused(&world, json!({ "address": "http://hooks.example/" })).await;
    assert_eq!(reason, "push.webhookUrlNotHttps");
    for address in ["", "https://", "https:///path"] {
        let reason = refused(&world, json!({ "address": address })).await;
        assert_eq!(reason, "push.webhookUrlNoHostOrAddress", "{address}");
    }
}

#[tokio::test]
async fn a_reused_channel_id_is_refused_even_after_stop_and_expiry() {
    let world = World::new().await;
    let first = world.watch("ch-1").await.json();
    assert_eq!(refused(&world, json!({})).await, "channelIdNotUnique");

    let stop = json!({ "id": "ch-1", "resourceId": first["resourceId"] });
    assert_eq!(
        world.post("/calendar/v3/channels/stop", stop).await.status,
        204
    );
    assert_eq!(refused(&world, json!({})).await, "channelIdNotUnique");

    world.simulator.advance(SignedDuration::from_mins(50));
    world.watch("ch-2").await;
    world.simulator.fault(Fault::ExpireChannel {
        channel: "ch-2".to_owned(),
    });
    assert_eq!(
        refused(&world, json!({ "id": "ch-2" })).await,
        "channelIdNotUnique"
    );
}

#[tokio::test]
async fn the_expiration_is_a_string_a_week_ahead_if_nothing_is_asked() {
    let world = World::new().await;

    let answer = world.watch("ch-1").await.json();

    let end = world.simulator.now().as_millisecond() + 604_800_000;
    assert_eq!(answer["expiration"], json!(end.to_string()));
}

#[tokio::test]
async fn the_expiration_is_the_stricter_of_wish_and_limit() {
    let settings = Settings {
        max_channel_seconds: 3_600,
        ..Settings::default()
    };
    let world = World::with(settings).await;
    let now = world.simulator.now().as_millisecond();
    let wishes = [
        (json!({ "params": { "ttl": "60" } }), 60),
        (json!({ "expiration": now + 120_000 }), 120),
        (
            json!({ "expiration": (now + 120_000).to_string(), "params": { "ttl": "90" } }),
            90,
        ),
        (
            json!({ "expiration": (now + 86_400_000).to_string() }),
            3_600,
        ),
    ];

    for (n, (wanted, seconds)) in wishes.into_iter().enumerate() {
        let mut wish = wish(&format!("ch-{n}"));
        wish.as_object_mut()
            .expect("fields")
            .extend(wanted.as_object().expect("fields").clone());
        let answer = world.post(&format!("{EVENTS}/watch"), wish).await.json();
        assert_eq!(
            answer["expiration"],
            json!((now + seconds * 1_000).to_string())
        );
    }
}

#[tokio::test]
async fn an_expiration_in_the_past_is_refused() {
    let world = World::new().await;

    assert_eq!(
        refused(&world, json!({ "expiration": "1000" })).await,
        "invalid"
    );
}

#[tokio::test]
async fn a_holiday_calendar_cannot_be_watched_but_can_be_read() {
    let world = World::new().await;
    let options = CalendarOptions {
        watchable: false,
        ..CalendarOptions::default()
    };
    world
        .simulator
        .add_calendar(AMELIA, "holidays@example.com", options);
    let path = "/calendar/v3/calendars/holidays%40example.com/events";

    let answer = world.post(&format!("{path}/watch"), wish("ch-1")).await;

    assert_eq!(
        (answer.status, answer.reason().as_str()),
        (400, "pushNotSupportedForRequestedResource")
    );
    assert_eq!(world.get(path).await.status, 200);
}

#[tokio::test]
async fn primary_is_an_alias_that_the_resource_uri_repeats() {
    let world = World::new().await;

    let named = world.watch("ch-1").await.json();
    let alias = world
        .post("/calendar/v3/calendars/primary/events/watch", wish("ch-2"))
        .await
        .json();

    assert_eq!(named["resourceId"], alias["resourceId"]);
    let uri = "https://www.googleapis.com/calendar/v3/calendars/primary/events?alt=json";
    assert_eq!(alias["resourceUri"], json!(uri));
}

#[tokio::test]
async fn stopping_an_unknown_or_stopped_channel_is_404() {
    let world = World::new().await;
    let channel = world.watch("ch-1").await.json();
    let stop = |id: &str, resource: &Value| json!({ "id": id, "resourceId": resource });
    let path = "/calendar/v3/channels/stop";

    assert_eq!(
        world
            .post(path, stop("ch-0", &channel["resourceId"]))
            .await
            .status,
        404
    );
    assert_eq!(
        world.post(path, stop("ch-1", &json!("other"))).await.status,
        404
    );
    assert_eq!(world.post(path, json!({ "id": "ch-1" })).await.status, 400);
    let stopped = world.post(path, stop("ch-1", &channel["resourceId"])).await;
    assert_eq!((stopped.status, stopped.text.as_str()), (204, ""));
    assert_eq!(
        world
            .post(path, stop("ch-1", &channel["resourceId"]))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn only_the_user_who_created_a_channel_can_stop_it() {
    let world = World::new().await;
    let channel = world.watch("ch-1").await.json();
    let ravi = world.simulator.add_account("ravi.south@example.org");
    let bearer = world.access_token(&ravi.refresh_token).await;
    let stop = json!({ "id": "ch-1", "resourceId": channel["resourceId"] });

    let answer = world
        .post_as(&bearer, "/calendar/v3/channels/stop", stop.clone())
        .await;

    assert_eq!(
        (answer.status, answer.reason().as_str()),
        (403, "forbidden")
    );
    assert_eq!(
        world.post("/calendar/v3/channels/stop", stop).await.status,
        204
    );
}

#[tokio::test]
async fn a_lost_answer_leaves_a_channel_behind() {
    let world = World::new().await;
    world.simulator.fault(Fault::LoseWatchAnswer);

    let answer = world.watch("ch-1").await;

    assert_eq!(answer.status, 503);
    assert!(world.simulator.channels()[0].live);
    assert_eq!(world.accept_all().len(), 1);
}
