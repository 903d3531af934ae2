//! Subscriptions, from their creation to their end.

use jiff::SignedDuration;
use serde_json::{Value, json};
use simulator::{CalendarOptions, Fault, Settings};

use crate::world::{HOOK, World, wish};

async fn refused(world: &World, change: Value) -> (u16, String, String) {
    let mut wish = wish(&world.calendar);
    let fields = change.as_object().expect("fields").clone();
    wish.as_object_mut().expect("a wish").extend(fields);
    let answer = world.call("POST", "subscriptions", Some(wish)).await;
    (answer.status, answer.code(), answer.message())
}

#[tokio::test]
async fn a_subscription_is_created_as_asked() {
    let world = World::new().await;

    let answer = world.subscribe(&world.calendar).await;

    let made = answer.json();
    assert_eq!(answer.status, 201);
    assert_eq!(made["clientState"], "secret");
    assert_eq!(made["expirationDateTime"], "2026-11-17T13:30:00Z");
    assert_eq!(made["creatorId"], json!(world.mailbox.user_id));
    assert_eq!(made["applicationId"], "simulator-app");
    let channel = &world.simulator.channels()[0];
    assert_eq!(made["id"], json!(channel.id));
    assert_eq!(channel.calendar.as_deref(), Some(&*world.calendar));
    assert!(channel.live);
}

#[tokio::test]
async fn a_wish_is_checked_word_by_word() {
    let world = World::new().await;
    for (change, code) in [
        (
            json!({ "notificationUrl": "http://hooks.example/" }),
            "ValidationError",
        ),
        (
            json!({ "lifecycleNotificationUrl": "ftp://hooks.example/" }),
            "ValidationError",
        ),
        (json!({ "clientState": "x".repeat(129) }), "ValidationError"),
        (json!({ "changeType": "created,eaten" }), "ValidationError"),
        (json!({ "changeType": "" }), "ValidationError"),
        (
            json!({ "expirationDateTime": "2026-11-10T14:30:00Z" }),
            "ValidationError",
        ),
        (json!({ "resource": "me/events" }), "ExtensionError"),
        (json!({ "includeResourceData": true }), "BadRequest"),
    ] {
        let (status, found, _) = refused(&world, change.clone()).await;
        assert_eq!((status, &*found), (400, code), "{change}");
    }
    let (status, ..) = refused(&world, json!({ "clientState": "x".repeat(128) })).await;
    assert_eq!(status, 201);
}

#[tokio::test]
async fn an_end_too_far_away_is_refused_and_one_too_near_is_raised() {
    let world = World::new().await;

    // 10,070 minutes after half past two on 10 November.
    let far = refused(
        &world,
        json!({ "expirationDateTime": "2026-11-17T14:20:01Z" }),
    )
    .await;
    let near = json!({ "expirationDateTime": "2026-11-10T14:31:00Z" });
    let (status, ..) = refused(&world, near).await;

    let message = "Subscription expiration can only be 10070 minutes in the future.";
    assert_eq!(far, (400, "ExtensionError".to_owned(), message.to_owned()));
    assert_eq!(status, 201);
    let ends = world.simulator.channels()[0].expiration;
    assert_eq!(ends.to_string(), "2026-11-10T15:15:00Z");
}

#[tokio::test]
async fn a_second_one_for_the_same_is_refused_with_the_first_ones_id() {
    let world = World::new().await;
    let id = world.subscribed().await;

    let same = refused(
        &world,
        json!({ "changeType": "deleted,updated,created", "notificationUrl": format!("{HOOK}/2") }),
    )
    .await;
    let other = refused(&world, json!({ "changeType": "deleted" })).await;
    world.graph.remove_subscription(&id);
    let again = refused(&world, json!({})).await;

    let message = format!("Subscription Id {id} already exists for the requested combination");
    assert_eq!((same.0, same.2), (409, message));
    assert_eq!((other.0, again.0), (201, 201));
}

#[tokio::test]
async fn what_cannot_be_watched_is_refused() {
    let world = World::new().await;
    let options = CalendarOptions {
        watchable: false,
        ..CalendarOptions::default()
    };
    let user = &world.mailbox.user_id;
    let holidays = world.graph.add_calendar(user, "AAMkHolidays", options);
    let team = world
        .graph
        .add_calendar(user, "AAMkTeam", CalendarOptions::default());

    let refused = world.subscribe(&holidays).await;

    assert_eq!((refused.status, &*refused.code()), (400, "ExtensionError"));
    assert!(refused.message().contains("/calendars/AAMkHolidays/events"));
    assert_eq!(world.subscribe(&team).await.status, 201);
    world
        .simulator
        .fault(Fault::RefuseWatch.on(&world.calendar));
    assert_eq!(world.subscribe(&world.calendar).await.status, 400);
    world
        .simulator
        .fault(Fault::RestoreAccess.on(&world.calendar));
    world
        .simulator
        .fault(Fault::RefuseSubscription { status: 403 });
    assert_eq!(world.subscribe(&world.calendar).await.status, 403);
    assert_eq!(world.subscribe(&world.calendar).await.status, 201);
}

#[tokio::test]
async fn a_lost_answer_leaves_a_subscription_behind() {
    let world = World::new().await;
    world.simulator.fault(Fault::LoseWatchAnswer);

    assert_eq!(world.subscribe(&world.calendar).await.status, 503);
    assert_eq!(world.subscribe(&world.calendar).await.status, 409);
}

#[tokio::test]
async fn the_secret_is_never_read_back_and_lists_have_pages() {
    let mut settings = Settings::default();
    settings.graph.subscription_page_size = 1;
    let world = World::with(settings).await;
    let first = world.subscribed().await;
    refused(&world, json!({ "changeType": "deleted" })).await;

    let one = world.get(&format!("subscriptions/{first}")).await.json();
    let page = world.get("subscriptions").await.json();
    let next = page["@odata.nextLink"].as_str().expect("a link");
    let last = world.get(next).await.json();

    assert_eq!(
        (&one["id"], &one["clientState"]),
        (&json!(first), &Value::Null)
    );
    assert_eq!(page["value"][0], {
        let mut one = one.clone();
        one.as_object_mut()
            .expect("fields")
            .remove("@odata.context");
        one
    });
    assert_eq!(last["value"][0]["changeType"], "deleted");
    assert_eq!(last.get("@odata.nextLink"), None);
}

#[tokio::test]
async fn a_subscription_can_be_renewed_until_it_ends() {
    let mut world = World::new().await;
    let id = world.subscribed().await;
    let path = format!("subscriptions/{id}");
    let until = |ends: &str| Some(json!({ "expirationDateTime": ends }));
    world.simulator.advance(SignedDuration::from_hours(24));
    world.renew().await;

    let renewed = world
        .call("PATCH", &path, until("2026-11-18T13:30:00Z"))
        .await;
    let too_far = world
        .call("PATCH", &path, until("2026-11-30T00:00:00Z"))
        .await;
    let fixed = json!({ "lifecycleNotificationUrl": HOOK });
    let fixed = world.call("PATCH", &path, Some(fixed)).await;
    world.simulator.advance(SignedDuration::from_hours(24 * 8));
    world.renew().await;
    let late = world
        .call("PATCH", &path, until("2026-11-20T13:30:00Z"))
        .await;

    assert_eq!(renewed.status, 200);
    assert_eq!(renewed.json()["expirationDateTime"], "2026-11-18T13:30:00Z");
    assert_eq!((too_far.status, &*too_far.code()), (400, "ExtensionError"));
    assert_eq!((fixed.status, &*fixed.code()), (400, "ValidationError"));
    assert_eq!((late.status, &*late.code()), (404, "ResourceNotFound"));
}

#[tokio::test]
async fn what_was_deleted_is_not_found() {
    let world = World::new().await;
    let id = world.subscribed().await;
    let path = format!("subscriptions/{id}");

    assert_eq!(world.call("DELETE", &path, None).await.status, 204);

    for (method, path) in [
        ("DELETE", path.clone()),
        ("GET", path.clone()),
        ("POST", format!("{path}/reauthorize")),
    ] {
        let answer = world.call(method, &path, None).await;
        assert_eq!((answer.status, &*answer.code()), (404, "ResourceNotFound"));
    }
    let patch = json!({ "expirationDateTime": "2026-11-17T13:30:00Z" });
    assert_eq!(world.call("PATCH", &path, Some(patch)).await.status, 404);
    assert!(!world.simulator.channels()[0].live);
}

#[tokio::test]
async fn renewing_and_reauthorizing_together_is_recorded() {
    let world = World::new().await;
    let id = world.subscribed().await;
    let path = format!("subscriptions/{id}");
    let reauthorize = format!("{path}/reauthorize");

    assert_eq!(world.call("POST", &reauthorize, None).await.status, 204);
    assert_eq!(world.simulator.violations(), []);
    let patch = json!({ "expirationDateTime": "2026-11-17T13:30:00Z" });
    world.call("PATCH", &path, Some(patch)).await;

    assert_eq!(world.simulator.violations().len(), 1);
}

#[tokio::test]
async fn a_mailbox_has_only_so_many() {
    let mut settings = Settings::default();
    settings.graph.max_subscriptions = 1;
    let world = World::with(settings).await;
    world.subscribed().await;

    let (status, ..) = refused(&world, json!({ "changeType": "deleted" })).await;

    assert_eq!(status, 403);
}
