//! Paging: sizes, tokens, changes meanwhile, and large calendars.

use serde_json::{Value, json};
use simulator::{Fault, Settings};

use crate::world::{AMELIA, EVENTS, World, encode, ids};

async fn world_with_pages_of(max_page_size: usize, snapshot_pages: bool) -> World {
    World::with(Settings {
        max_page_size,
        snapshot_pages,
        ..Settings::default()
    })
    .await
}

#[tokio::test]
async fn the_sync_token_is_on_the_last_page_only() {
    let world = world_with_pages_of(2, false).await;
    world.simulator.bulk_events(AMELIA, 4);

    let first = world.page(None, None).await.json();
    let token = first["nextPageToken"].as_str().expect("a page token");
    let second = world.page(None, Some(token)).await.json();

    assert_eq!(first["nextSyncToken"], Value::Null);
    assert_eq!(second["nextPageToken"], Value::Null);
    assert!(second["nextSyncToken"].is_string());
    assert_eq!(
        ids(second["items"].as_array().expect("items")),
        ["bulk00000002", "bulk00000003"]
    );
}

#[tokio::test]
async fn a_page_has_250_items_unless_more_are_asked() {
    let world = World::new().await;
    world.simulator.bulk_events(AMELIA, 3_000);

    let items = |page: Value| page["items"].as_array().expect("items").len();

    assert_eq!(items(world.get(EVENTS).await.json()), 250);
    assert_eq!(
        items(world.get(&format!("{EVENTS}?maxResults=9999")).await.json()),
        2_500
    );
    assert_eq!(
        world.get(&format!("{EVENTS}?maxResults=0")).await.status,
        400
    );
}

#[tokio::test]
async fn changes_during_a_round_are_in_it_or_in_the_next() {
    for snapshot in [false, true] {
        let world = world_with_pages_of(2, snapshot).await;
        world.simulator.bulk_events(AMELIA, 4);
        let first = world.page(None, None).await.json();
        world
            .simulator
            .put_event(AMELIA, json!({ "id": "bulk00000000", "summary": "again" }));
        world
            .simulator
            .put_event(AMELIA, json!({ "id": "bulk00000003", "summary": "later" }));

        let mut seen = Vec::new();
        let mut page = first;
        while let Some(token) = page["nextPageToken"].as_str() {
            page = world.page(None, Some(token)).await.json();
            seen.extend(page["items"].as_array().expect("items").clone());
        }
        let token = page["nextSyncToken"].as_str().expect("a sync token");
        let (rest, _) = world.round(Some(token)).await;

        let all = ["bulk00000002", "bulk00000000", "bulk00000003"];
        if snapshot {
            assert_eq!(ids(&seen), ["bulk00000002", "bulk00000003"]);
            assert_eq!(seen[1]["summary"], "Event 3");
        } else {
            assert_eq!(ids(&seen), all);
        }
        // Told twice where pages are not of one state: the next round begins where this one did.
        assert_eq!(ids(&rest), all[1..]);
    }
}

#[tokio::test]
async fn a_deletion_during_a_full_round_is_in_the_next() {
    for snapshot in [false, true] {
        let world = world_with_pages_of(2, snapshot).await;
        world.simulator.bulk_events(AMELIA, 4);
        let first = world.page(None, None).await.json();
        // One that was shown already, and one that was not.
        world.simulator.delete_event(AMELIA, "bulk00000000");
        world.simulator.delete_event(AMELIA, "bulk00000003");

        let mut page = first;
        while let Some(token) = page["nextPageToken"].as_str() {
            page = world.page(None, Some(token)).await.json();
        }
        let token = page["nextSyncToken"].as_str().expect("a sync token");
        let (rest, _) = world.round(Some(token)).await;

        assert_eq!(ids(&rest), ["bulk00000000", "bulk00000003"]);
        assert!(rest.iter().all(|event| event["status"] == "cancelled"));
    }
}

#[tokio::test]
async fn empty_pages_in_a_row_have_names_of_their_own() {
    let world = world_with_pages_of(2, false).await;
    world.simulator.bulk_events(AMELIA, 2);
    world.simulator.fault(Fault::EmptyPage.times(3));

    let mut names = std::collections::BTreeSet::new();
    let mut page = world.page(None, None).await.json();
    while let Some(token) = page["nextPageToken"].as_str().map(str::to_owned) {
        page = world.page(None, Some(&token)).await.json();
        assert!(names.insert(token), "a page that leads to itself");
    }

    assert_eq!(names.len(), 3);
    assert_eq!(
        ids(&page["items"].as_array().expect("items").clone()).len(),
        2
    );
}

#[tokio::test]
async fn changed_parameters_beside_a_page_token_are_a_violation() {
    let world = world_with_pages_of(1, false).await;
    world.simulator.bulk_events(AMELIA, 2);
    let (_, sync) = world.round(None).await;
    world
        .simulator
        .put_event(AMELIA, json!({ "id": "bulk00000000" }));
    world
        .simulator
        .put_event(AMELIA, json!({ "id": "bulk00000001" }));
    let page = world.page(Some(&sync), None).await.json();
    let token = encode(page["nextPageToken"].as_str().expect("a page token"));

    // An incremental round sends both tokens with every page.
    let answer = world
        .get(&format!("{EVENTS}?maxResults=2500&pageToken={token}"))
        .await;

    assert_eq!((answer.status, answer.reason().as_str()), (400, "invalid"));
    assert_eq!(world.simulator.violations().len(), 1);
}

#[tokio::test]
async fn a_page_token_can_be_refused_and_the_round_restarted() {
    let world = world_with_pages_of(1, false).await;
    world.simulator.bulk_events(AMELIA, 2);
    let page = world.page(None, None).await.json();
    let token = page["nextPageToken"].as_str().expect("a page token");
    world.simulator.fault(Fault::RefusePageToken.on(AMELIA));

    assert_eq!(world.page(None, Some(token)).await.status, 400);
    assert_eq!(world.round(None).await.0.len(), 2);
    assert_eq!(world.simulator.violations(), []);
}

#[tokio::test]
async fn an_empty_page_can_have_a_successor() {
    let world = World::new().await;
    let id = world.simulator.put_event(AMELIA, json!({}));
    world.simulator.fault(Fault::EmptyPage.times(2));

    let page = world.page(None, None).await.json();
    assert_eq!(
        (&page["items"], page["nextPageToken"].is_string()),
        (&json!([]), true)
    );
    let token = page["nextPageToken"].as_str();
    let page = world.page(None, token).await.json();
    let token = page["nextPageToken"].as_str();

    let page = world.page(None, token).await.json();
    assert_eq!(page["items"][0]["id"], json!(id));
    assert!(page["nextSyncToken"].is_string());
}

#[tokio::test]
async fn a_page_token_can_lead_to_itself() {
    let world = world_with_pages_of(1, false).await;
    world.simulator.bulk_events(AMELIA, 3);
    let page = world.page(None, None).await.json();
    let token = page["nextPageToken"]
        .as_str()
        .expect("a page token")
        .to_owned();
    world.simulator.fault(Fault::PageTokenLoop.always());

    let again = world.page(None, Some(&token)).await.json();

    assert_eq!(again["nextPageToken"], json!(token));
    world.simulator.clear_faults();
    assert_ne!(
        world.page(None, Some(&token)).await.json()["nextPageToken"],
        json!(token)
    );
}

#[tokio::test]
async fn a_hundred_thousand_events_are_served_whole() {
    let world = World::new().await;
    world.simulator.bulk_events(AMELIA, 100_000);

    let mut page = world.page(None, None).await;
    let mut count = page.text.matches("calendar#event\"").count();
    while let Some(token) = next(&page.text) {
        page = world.page(None, Some(&token)).await;
        count += page.text.matches("calendar#event\"").count();
    }

    assert_eq!(count, 100_000);
    assert_eq!(world.simulator.deliveries(), []);
    let token = page.json()["nextSyncToken"]
        .as_str()
        .expect("a sync token")
        .to_owned();
    world.simulator.put_event(
        AMELIA,
        json!({ "id": "bulk00050000", "summary": "changed" }),
    );
    assert_eq!(ids(&world.round(Some(&token)).await.0), ["bulk00050000"]);
}

/// The page token, without parsing a megabyte for it.
fn next(text: &str) -> Option<String> {
    let (_, rest) = text.rsplit_once("\"nextPageToken\":\"")?;
    rest.split('"').next().map(str::to_owned)
}
