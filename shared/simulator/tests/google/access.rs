//! Who may read what: tokens, scopes, access (2.1, 2.7 and 2.8 of Google's rules).

use jiff::SignedDuration;
use serde_json::json;
use simulator::{CalendarOptions, Fault};

use crate::world::{AMELIA, EVENTS, World, encode, ids};

const LIST: &str = "/calendar/v3/users/me/calendarList";

#[tokio::test]
async fn a_missing_wrong_or_expired_token_is_401() {
    let world = World::new().await;

    assert_eq!(world.get_as("made-up", EVENTS).await.reason(), "authError");
    world.simulator.advance(SignedDuration::from_secs(3_599));
    let answer = world.get(EVENTS).await;

    assert_eq!(
        (answer.status, answer.reason().as_str()),
        (401, "authError")
    );
}

#[tokio::test]
async fn a_scope_that_does_not_cover_a_method_is_403() {
    let world = World::new().await;
    let account = world
        .simulator
        .add_account_with_scopes(AMELIA, &["calendar.events.readonly"]);
    let bearer = world.access_token(&account.refresh_token).await;

    assert_eq!(world.get_as(&bearer, EVENTS).await.status, 200);
    let answer = world.get_as(&bearer, LIST).await;
    assert_eq!(
        (answer.status, answer.reason().as_str()),
        (403, "insufficientPermissions")
    );
}

#[tokio::test]
async fn someone_elses_calendar_is_404() {
    let world = World::new().await;
    world.simulator.add_account("ravi.south@example.org");

    let answer = world
        .get("/calendar/v3/calendars/ravi.south%40example.org/events")
        .await;

    assert_eq!((answer.status, answer.reason().as_str()), (404, "notFound"));
}

#[tokio::test]
async fn a_calendar_added_to_a_second_account_is_shared() {
    let world = World::new().await;
    world.simulator.add_account("ravi.south@example.org");
    world
        .simulator
        .add_calendar("ravi.south@example.org", AMELIA, CalendarOptions::default());
    let ravi = world.simulator.add_account("ravi.south@example.org");
    let bearer = world.access_token(&ravi.refresh_token).await;

    assert_eq!(
        world.get_as(&bearer, EVENTS).await.json()["accessRole"],
        "reader"
    );
    assert_eq!(world.get(EVENTS).await.json()["accessRole"], "owner");
}

#[tokio::test]
async fn access_can_be_lost_and_come_back() {
    let world = World::new().await;
    let token = world.get(LIST).await.json();
    let token = encode(token["nextSyncToken"].as_str().expect("a sync token"));

    world.simulator.fault(Fault::LoseAccess.on(AMELIA));
    assert_eq!(world.get(EVENTS).await.status, 404);
    let changed = world.get(&format!("{LIST}?syncToken={token}")).await.json();
    assert_eq!(changed["items"][0]["deleted"], json!(true));
    assert_eq!(world.get(LIST).await.json()["items"], json!([]));

    world.simulator.fault(Fault::RestoreAccess.on(AMELIA));
    assert_eq!(world.get(EVENTS).await.status, 200);
    assert_eq!(world.get(LIST).await.json()["items"][0]["id"], AMELIA);
}

#[tokio::test]
async fn the_calendar_list_has_pages_and_a_sync_token() {
    let world = World::new().await;
    for n in 0..3 {
        world.simulator.add_calendar(
            AMELIA,
            &format!("team-{n}@example.com"),
            CalendarOptions::default(),
        );
    }

    let first = world.get(&format!("{LIST}?maxResults=3")).await.json();
    let page = encode(first["nextPageToken"].as_str().expect("a page token"));
    let second = world
        .get(&format!("{LIST}?maxResults=3&pageToken={page}"))
        .await
        .json();
    let sync = encode(second["nextSyncToken"].as_str().expect("a sync token"));
    world
        .simulator
        .add_calendar(AMELIA, "new@example.com", CalendarOptions::default());
    let third = world.get(&format!("{LIST}?syncToken={sync}")).await.json();

    assert_eq!(ids(first["items"].as_array().expect("items"))[0], AMELIA);
    assert_eq!(
        ids(second["items"].as_array().expect("items")),
        ["team-2@example.com"]
    );
    assert_eq!(
        ids(third["items"].as_array().expect("items")),
        ["new@example.com"]
    );
    assert_eq!(
        world.get(&format!("{LIST}?syncToken=bad")).await.status,
        410
    );
    assert_eq!(
        world
            .get(&format!("{LIST}?syncToken={sync}&showHidden=false"))
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn a_calendar_tells_its_title_and_zone_to_those_with_the_scope() {
    let world = World::new().await;
    let account = world
        .simulator
        .add_account_with_scopes(AMELIA, &["calendar.readonly"]);
    let bearer = world.access_token(&account.refresh_token).await;
    let path = "/calendar/v3/calendars/primary";

    assert_eq!(
        world.get_as(&bearer, path).await.json()["timeZone"],
        "Europe/Lisbon"
    );
    assert_eq!(world.get(path).await.status, 403);
}

#[tokio::test]
async fn requests_are_counted_by_method_and_status() {
    let world = World::new().await;
    world.get(EVENTS).await;
    world.get(EVENTS).await;
    world.get_as("made-up", EVENTS).await;

    let log = world.simulator.request_log();

    let lists: Vec<_> = log
        .iter()
        .filter(|entry| entry.endpoint == "events.list")
        .map(|entry| (entry.status, entry.count))
        .collect();
    assert_eq!(lists, [(200, 2), (401, 1)]);
    assert_eq!(world.simulator.requests_to("events.list"), 3);
}
