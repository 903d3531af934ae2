//! What scenarios share: letting time pass, looking at what is stored, comparing it with the truth.

use std::collections::BTreeMap;

use aws::runs::Listed;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::CalendarKey;
use domain::change::Change;
use domain::inbox::Inbox;
use domain::reading::Feed;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use simulator::Settings;
use testkit::World;
use testkit::world::ACCOUNT;

/// A world with a clean main calendar.
pub(crate) async fn clean() -> (World, CalendarKey) {
    clean_with(Settings::default()).await
}

/// The same, with a Google of one's choice.
pub(crate) async fn clean_with(settings: Settings) -> (World, CalendarKey) {
    let world = World::start_with(settings).await;
    let key = world.watch_main().await;
    (world, key)
}

/// A Google that serves so few events a page.
pub(crate) fn small_pages(max_page_size: usize) -> Settings {
    Settings {
        max_page_size,
        ..Settings::default()
    }
}

/// An event with this identifier and title; everything else stays as it is.
pub(crate) fn titled(id: &str, title: &str) -> Value {
    json!({ "id": id, "summary": title })
}

pub(crate) fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

pub(crate) fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

pub(crate) fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// Lets everything settle, then fails unless the mirror of the main calendar is the truth.
pub(crate) async fn settled(world: &World, key: CalendarKey) {
    world.settle().await;
    is_true(world, key, ACCOUNT).await;
}

/// The same, for a calendar that was born empty: its feed alone must rebuild its mirror.
pub(crate) async fn settled_from_nothing(world: &World, key: CalendarKey) {
    settled(world, key).await;
    world.assert_feed_rebuilds(key).await;
}

/// Lets notifications arrive, messages be worked on and the sweeper run for a while. For calendars
/// that are polled so often that a world with them never settles.
pub(crate) async fn pass(world: &World, minutes: i64) {
    for _ in 0..minutes * 2 {
        world.deliver().await;
        world.work().await;
        world.advance(seconds(30));
        world.sweep().await;
    }
    world.deliver().await;
    world.work().await;
}

/// Fails unless the mirror is the truth: as the audit sees it, and as the raw JSON has it.
pub(crate) async fn is_true(world: &World, key: CalendarKey, calendar: &str) {
    world.assert_in_sync(key).await;
    let stored: BTreeMap<String, Value> = rows(world, key)
        .await
        .into_iter()
        .map(|row| (text(&row["provider_id"]), row))
        .collect();
    let truth: BTreeMap<String, Value> = world
        .google
        .truth(calendar)
        .into_iter()
        .map(|event| (text(&event["id"]), event))
        .collect();
    let ids = |of: &BTreeMap<String, Value>| of.keys().cloned().collect::<Vec<_>>();
    assert_eq!(ids(&stored), ids(&truth), "the same events");
    for (id, event) in &truth {
        same(&stored[id], event);
    }
}

/// Compares a stored document with the provider's JSON, field by field, without our parser.
fn same(row: &Value, event: &Value) {
    let id = &event["id"];
    if let Some(master) = event["recurringEventId"].as_str() {
        assert_eq!(row["series"]["master_provider_id"], master, "{id}");
        let original = &event["originalStartTime"];
        same_point(&row["series"]["original_start"], original, id);
    } else {
        assert_eq!(row["series"], Value::Null, "{id}");
    }
    assert_eq!(row["status"], event["status"], "{id}");
    if event["status"] == "cancelled" {
        assert_eq!(row["kind"], "occurrence", "{id}");
        return;
    }
    let kind = match (&event["recurringEventId"], &event["recurrence"]) {
        (Value::String(_), _) => "exception",
        (_, Value::Array(_)) => "master",
        _ => "single",
    };
    assert_eq!(row["kind"], kind, "{id}");
    for (ours, theirs) in [
        ("title", "summary"),
        ("location", "location"),
        ("recurrence", "recurrence"),
        ("etag", "etag"),
        ("url", "htmlLink"),
        ("ical_uid", "iCalUID"),
        ("event_type", "eventType"),
    ] {
        assert_eq!(row[ours], event[theirs], "{theirs} of {id}");
    }
    let is_cut = |field: &str| {
        let cut = row["truncated"].as_array();
        cut.is_some_and(|cut| cut.iter().any(|name| name == field))
    };
    if !is_cut("description") {
        assert_eq!(row["description"], event["description"], "{id}");
    }
    for name in ["created", "updated"] {
        assert_eq!(instant(&row[name]), instant(&event[name]), "{name} of {id}");
    }
    for name in ["start", "end"] {
        same_point(&row[name], &event[name], id);
    }
    assert_eq!(row["busy"], event["transparency"] != "transparent", "{id}");
    let visibility = event["visibility"].as_str().unwrap_or("default");
    assert_eq!(row["visibility"], visibility, "{id}");
    assert_eq!(row["organizer"]["email"], event["organizer"]["email"]);
    let addresses = |people: &Value| {
        let people = people.as_array().cloned().unwrap_or_default();
        let addresses = people.iter().map(|person| person["email"].clone());
        addresses.collect::<Vec<_>>()
    };
    assert_eq!(
        addresses(&row["attendees"]),
        addresses(&event["attendees"]),
        "{id}"
    );
}

fn same_point(ours: &Value, theirs: &Value, id: &Value) {
    match theirs["dateTime"].as_str() {
        None => assert_eq!(ours["date"], theirs["date"], "{id}"),
        Some(_) => {
            assert_eq!(instant(&ours["at"]), instant(&theirs["dateTime"]), "{id}");
            assert_eq!(ours["zone"], theirs["timeZone"], "{id}");
        }
    }
}

fn instant(text: &Value) -> Option<Timestamp> {
    text.as_str().map(|text| text.parse().expect("an instant"))
}

/// The text of a JSON value that is one.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// The documents of a calendar's rows, as they are stored.
pub(crate) async fn rows(world: &World, key: CalendarKey) -> Vec<Value> {
    let items = items(world, "test-events").await;
    items
        .into_iter()
        .filter(|item| item["calendar"] == key.to_string())
        // What was deleted leaves its version for a week, and nothing else.
        .filter(|item| item["gone_version"] == Value::Null)
        .map(|item| serde_json::from_str(&text(&item["doc"])).expect("a document"))
        .collect()
}

/// The titles of a calendar's rows, in order.
pub(crate) async fn titles(world: &World, key: CalendarKey) -> Vec<String> {
    let mut titles: Vec<String> = rows(world, key)
        .await
        .iter()
        .filter_map(|row| row["title"].as_str().map(str::to_owned))
        .collect();
    titles.sort();
    titles
}

/// All items of a table, as they are stored.
pub(crate) async fn items(world: &World, table: &str) -> Vec<Value> {
    let client = aws_sdk_dynamodb::Client::new(&world.cloud.sdk_config());
    let mut items = Vec::new();
    let mut start = None;
    loop {
        let scan = client.scan().table_name(table);
        let output = scan
            .set_exclusive_start_key(start)
            .send()
            .await
            .expect("a table of this world");
        items.extend(output.items.unwrap_or_default().iter().map(|item| {
            let fields = item
                .iter()
                .map(|(name, value)| (name.clone(), plain(value)));
            Value::Object(fields.collect())
        }));
        start = output.last_evaluated_key;
        if start.is_none() {
            return items;
        }
    }
}

/// A stored value as JSON; bytes are only counted.
fn plain(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!(text),
        AttributeValue::N(number) => number.parse().map_or_else(|_| json!(number), Value::Number),
        AttributeValue::Bool(value) => json!(value),
        AttributeValue::B(bytes) => json!(format!("{} bytes", bytes.as_ref().len())),
        AttributeValue::L(list) => list.iter().map(plain).collect(),
        AttributeValue::M(map) => {
            let fields = map.iter().map(|(name, value)| (name.clone(), plain(value)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        other => json!(format!("{other:?}")),
    }
}

/// What a calendar owes.
pub(crate) async fn inbox(world: &World, key: CalendarKey) -> Inbox {
    let inboxes = &world.sync.syncer.inboxes;
    let found = inboxes.get(key).await.expect("a healthy AWS");
    found.expect("a calendar of this world").0
}

/// How far a calendar was read.
pub(crate) async fn feed(world: &World, key: CalendarKey) -> Feed {
    let feeds = world.sync.syncer.mirror.feeds();
    let found = feeds.get(key).await.expect("a healthy AWS");
    found.expect("a calendar of this world")
}

/// The entries of a calendar's feed.
pub(crate) async fn entries(world: &World, key: CalendarKey) -> Vec<Change> {
    let mirror = &world.sync.syncer.mirror;
    mirror.entries(key, 0, 10_000).await.expect("a healthy AWS")
}

/// What the entries say, as the bus names it.
pub(crate) async fn said(world: &World, key: CalendarKey) -> Vec<&'static str> {
    let entries = entries(world, key).await;
    entries.iter().map(|entry| entry.what.name()).collect()
}

/// What was said since the calendar was taken under watch.
pub(crate) async fn said_since(world: &World, key: CalendarKey) -> Vec<&'static str> {
    said(world, key).await.split_off(1)
}

/// The runs of a calendar.
pub(crate) async fn runs(world: &World, key: CalendarKey) -> Vec<Listed> {
    let runs = &world.sync.syncer.runs;
    runs.list(key).await.expect("a healthy AWS")
}

/// How the last run of a calendar ended.
pub(crate) async fn last_outcome(world: &World, key: CalendarKey) -> String {
    let runs = items(world, "test-runs").await;
    let last = runs
        .iter()
        .filter(|run| run["calendar"] == key.to_string())
        .max_by_key(|run| run["fence"].as_u64());
    text(&last.expect("a run")["outcome"])
}

/// The dead letters of a calendar.
pub(crate) async fn dead_letters(world: &World, key: CalendarKey) -> Vec<Value> {
    let all = items(world, "test-dead-letters").await;
    all.into_iter()
        .filter(|item| item["calendar"] == key.to_string())
        .collect()
}

/// How notifications ended, oldest first.
pub(crate) async fn outcomes(world: &World) -> Vec<String> {
    let mut records = items(world, "test-notifications").await;
    records.sort_by_key(|record| text(&record["correlation"]));
    records.iter().map(|it| text(&it["outcome"])).collect()
}

/// The one channel that was ever created for a calendar.
pub(crate) fn channel(world: &World, calendar: &str) -> String {
    let channels = world.google.channels();
    let mut of = channels
        .into_iter()
        .filter(|channel| channel.calendar.as_deref() == Some(calendar));
    let channel = of.next().expect("a channel");
    assert_eq!(of.next(), None, "one channel");
    channel.id
}
