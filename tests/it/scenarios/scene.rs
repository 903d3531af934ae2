//! What scenarios share: letting time pass, and looking at what is stored.

use aws::runs::Listed;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::change::Change;
use domain::inbox::Inbox;
use domain::reading::Feed;
use domain::{CalendarKey, Provider};
use jiff::SignedDuration;
use serde_json::{Map, Value, json};
use simulator::Settings;
use testkit::World;
use testkit::world::pages_of;

use super::truth::is_true;

/// A world with a clean main calendar.
pub(crate) async fn clean(provider: Provider) -> (World, CalendarKey) {
    clean_with(provider, Settings::default()).await
}

/// The same, with settings of one's choice.
pub(crate) async fn clean_with(provider: Provider, settings: Settings) -> (World, CalendarKey) {
    let world = World::start_at(provider, settings).await;
    let key = world.watch_main().await;
    (world, key)
}

/// A provider that serves so few events a page.
pub(crate) fn small_pages(items: usize) -> Settings {
    pages_of(Settings::default(), items)
}

/// Lets notifications arrive, of which there has to be one, and fails unless all are accepted.
/// Answers how many requests they came in: Microsoft tells several things at once.
pub(crate) async fn arrives(world: &World) -> usize {
    let answers = world.deliver().await;
    let accepted = world.accepted();
    assert!(!answers.is_empty(), "nothing arrived");
    assert!(answers.iter().all(|it| *it == accepted), "{answers:?}");
    answers.len()
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
    is_true(world, key, world.main()).await;
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

/// The one channel or subscription that was ever created for the main calendar.
pub(crate) fn channel(world: &World) -> String {
    let watches = world.watches();
    let [watch] = &watches[..] else {
        panic!("one channel: {watches:#?}");
    };
    watch.id.clone()
}
