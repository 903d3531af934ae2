//! What product code reads: a snapshot, then the changes that follow it, without a gap.

use domain::Provider;
use lambda_http::http::{Method, StatusCode};
use serde_json::{Value, json};
use simulator::Settings;
use std::collections::BTreeMap;
use testkit::World;

use super::scene::{Office, is_problem, text};
use crate::both::for_both;
use crate::events_of::{meeting, stand_up};
use crate::scenarios::{hours, titled};

for_both! {
    a_reader_who_takes_a_snapshot_and_follows_has_what_the_provider_has,
    the_documents_are_those_that_are_stored,
}

#[tokio::test]
async fn a_page_of_changes_says_where_to_go_on() {
    let (office, path) = with_changes(5).await;

    let first = office.get(&format!("{path}?cursor=0&limit=2")).await;
    let rest = office.get(&format!("{path}?cursor=2&limit=200")).await;
    let last = rest["cursor"].as_u64().expect("a cursor");
    let nothing = office.get(&format!("{path}?cursor={last}")).await;

    assert_eq!(
        (&first["cursor"], &first["has_more"]),
        (&json!(2), &json!(true))
    );
    assert_eq!(seqs(&first), [1, 2]);
    assert_eq!(seqs(&rest), (3..=last).collect::<Vec<_>>());
    assert_eq!(rest["has_more"], false);
    assert_eq!(
        nothing,
        json!({ "items": [], "cursor": last, "has_more": false })
    );
}

#[tokio::test]
async fn a_reader_whose_changes_have_expired_takes_a_new_snapshot() {
    let (office, path) = with_changes(3).await;
    let last = office.get(&path).await["cursor"].clone();

    office.world.advance(hours(30 * 24));

    // They are all still there: DynamoDB deletes what has expired when it likes.
    let expired = office
        .ask(Method::GET, &format!("{path}?cursor=1"), Value::Null)
        .await;
    is_problem(&expired, 410, "resync_required");
    assert_eq!(expired.body["last_seq"], last);
    // Who has seen everything has missed nothing.
    let up_to_date = office.get(&format!("{path}?cursor={last}")).await;
    assert_eq!(up_to_date["items"], json!([]));
    // The snapshot says where to go on.
    let events = path.replace("/changes", "/events");
    assert_eq!(office.get(&events).await["seq"], last);
}

#[tokio::test]
async fn a_cursor_that_never_was_needs_a_new_snapshot() {
    let (office, path) = with_changes(1).await;

    for cursor in ["99", "18446744073709551615"] {
        let path = format!("{path}?cursor={cursor}");
        let refused = office.ask(Method::GET, &path, Value::Null).await;
        is_problem(&refused, 410, "resync_required");
    }
}

#[tokio::test]
async fn a_snapshot_of_many_pages_keeps_its_number() {
    let world = World::start_at(Provider::Google, Settings::default()).await;
    world.bulk(25);
    let key = world.watch_main().await;
    let office = Office::of(world).await;
    let path = format!("/api/calendars/{}/events", key.calendar);
    let first = office.get(&format!("{path}?limit=10")).await;
    let seq = first["seq"].clone();

    // What happens meanwhile follows the number.
    office.world.put(meeting("Late"));
    office.world.settle().await;
    let mut seen = ids(&first);
    let mut next = first["next"].clone();
    while let Some(cursor) = next.as_str() {
        let page = office
            .get(&format!("{path}?limit=10&cursor={cursor}"))
            .await;
        assert_eq!(page["seq"], seq);
        seen.extend(ids(&page));
        next = page["next"].clone();
    }

    let changes = path.replace("/events", "/changes");
    let changes = office.get(&format!("{changes}?cursor={seq}")).await;
    let late = text(&changes["items"][0]["event"]);
    seen.retain(|id| *id != late);
    assert_eq!(seen.len(), 25);
    assert_eq!(changes["items"].as_array().map(Vec::len), Some(1));
}

async fn a_reader_who_takes_a_snapshot_and_follows_has_what_the_provider_has(provider: Provider) {
    let world = World::start_at(provider, Settings::default()).await;
    let budget = world.put(meeting("Budget"));
    let lunch = world.put(meeting("Lunch"));
    let key = world.watch_main().await;
    let office = Office::of(world).await;
    let world = &office.world;
    let base = format!("/api/calendars/{}", key.calendar);

    let snapshot = office.get(&format!("{base}/events")).await;
    let mut copy: BTreeMap<String, Value> = BTreeMap::new();
    for event in snapshot["items"].as_array().expect("events") {
        copy.insert(text(&event["id"]), event.clone());
    }
    let mut cursor = snapshot["seq"].clone();

    world.put(titled(&budget, "Budget, again"));
    world.delete(&lunch);
    world.put(stand_up());
    world.settle().await;
    loop {
        let changes = office
            .get(&format!("{base}/changes?limit=2&cursor={cursor}"))
            .await;
        for change in changes["items"].as_array().expect("changes") {
            let event = text(&change["event"]);
            match &change["after"] {
                Value::Null => copy.remove(&event),
                after => copy.insert(event, after.clone()),
            };
        }
        cursor = changes["cursor"].clone();
        if changes["has_more"] == false {
            break;
        }
    }

    let rows = crate::scenarios::rows(world, key).await;
    let mut rows: Vec<&Value> = rows.iter().collect();
    rows.sort_by_key(|row| row["id"].to_string());
    assert_eq!(copy.values().collect::<Vec<_>>(), rows);
    assert!(copy.values().any(|it| it["title"] == "Budget, again"));
    assert!(!copy.values().any(|it| it["title"] == "Lunch"));
}

async fn the_documents_are_those_that_are_stored(provider: Provider) {
    let world = World::start_at(provider, Settings::default()).await;
    world.put(stand_up());
    world.put(meeting("Budget"));
    let key = world.watch_main().await;
    let office = Office::of(world).await;
    let path = format!("/api/calendars/{}/events", key.calendar);

    let events = office.get(&path).await;
    let mut stored = crate::scenarios::rows(&office.world, key).await;

    stored.sort_by_key(|row| row["id"].to_string());
    assert!(!stored.is_empty());
    assert_eq!(events["items"], Value::Array(stored));
}

/// A calendar to which so many events were added one by one.
async fn with_changes(count: usize) -> (Office, String) {
    let (office, key) = Office::with_calendar(Provider::Google).await;
    for number in 0..count {
        office.world.put(meeting(&format!("Event {number}")));
    }
    office.world.settle().await;
    (office, format!("/api/calendars/{}/changes", key.calendar))
}

fn seqs(changes: &Value) -> Vec<u64> {
    let items = changes["items"].as_array().expect("changes").iter();
    items.filter_map(|it| it["seq"].as_u64()).collect()
}

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().expect("events").iter();
    items.map(|it| text(&it["id"])).collect()
}

#[tokio::test]
async fn reading_costs_what_it_must() {
    let (office, path) = with_changes(1).await;
    let calls = async |path: String| {
        office.get(&path).await;
        office.world.cloud.take_calls();
        office.get(&path).await;
        let calls = office.world.cloud.take_calls();
        let lines: Vec<String> = calls.iter().map(ToString::to_string).collect();
        lines.join("\n")
    };
    let calendar = path.trim_end_matches("/changes").to_owned();

    insta::assert_snapshot!(calls(path.clone()).await, @r"
    dynamodb GetItem test-calendars
    dynamodb Query test-changes
    ");
    insta::assert_snapshot!(calls(format!("{calendar}/events")).await, @r"
    dynamodb GetItem test-calendars
    dynamodb Query test-events
    ");
    insta::assert_snapshot!(calls(calendar).await, @"dynamodb BatchGetItem test-calendars");
    insta::assert_snapshot!(calls("/api/calendars".to_owned()).await, @r"
    dynamodb Query test-calendars
    dynamodb BatchGetItem test-calendars
    ");
    insta::assert_snapshot!(calls("/api/health".to_owned()).await, @r"
    dynamodb BatchGetItem test-organizations
    dynamodb Query test-calendars
    dynamodb BatchGetItem test-calendars
    dynamodb Query test-connections
    dynamodb Query test-subscriptions
    ");
}

#[tokio::test]
async fn an_unknown_calendar_has_no_feed() {
    let office = Office::open(Provider::Google).await;

    for what in ["events", "changes", "runs"] {
        let path = format!("/api/calendars/cal_01ARZ3NDEKTSV4RRFFQ69G5FAV/{what}");
        let refused = office.ask(Method::GET, &path, Value::Null).await;
        is_problem(&refused, 404, "not_found");
        assert_eq!(refused.status, StatusCode::NOT_FOUND);
    }
}
