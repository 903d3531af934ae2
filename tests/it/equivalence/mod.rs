//! The same calendar at both providers becomes the same events.
//!
//! Each case is played at a Google and at a Microsoft, from one description, and what is stored
//! afterwards is compared as the documents have it. Names that providers give, and the times at
//! which they say that something was written, are replaced by what they refer to.

mod series;
mod single;

use std::collections::BTreeMap;

use domain::{CalendarKey, Provider};
use serde_json::{Value, json};
use simulator::Settings;
use testkit::World;

use crate::scenarios::items;

/// What happens to a calendar; between two steps everything settles.
type Step = fn(&World);

/// What only one provider knows, or each knows in its own way.
const OWN: [&str; 9] = [
    "id",
    "provider_id",
    "etag",
    "url",
    "ical_uid",
    "created",
    "updated",
    "organizer",
    "event_type",
];

async fn play(provider: Provider, before: &[Step], after: &[Step]) -> Vec<Value> {
    let world = World::start_at(provider, Settings::default()).await;
    for step in before {
        step(&world);
    }
    let key = world.watch_main().await;
    for step in after {
        step(&world);
        world.settle().await;
    }
    world.assert_in_sync(key).await;
    documents(&world, key).await
}

/// The stored documents without what is each provider's own, in an order of ours.
async fn documents(world: &World, key: CalendarKey) -> Vec<Value> {
    let mut rows = BTreeMap::new();
    for item in items(world, "test-events").await {
        if item["calendar"] != key.to_string() || item["doc"] == Value::Null {
            continue;
        }
        let text = item["doc"].as_str().expect("a text");
        let mut row: Value = serde_json::from_str(text).expect("a document");
        let series = row.get("series").cloned().unwrap_or_default();
        let name = match series["master_provider_id"].as_str() {
            Some(master) => format!("{master} {}", series["original_start"]),
            None => row["provider_id"].to_string(),
        };
        let fields = row.as_object_mut().expect("an object");
        for own in OWN {
            fields.remove(own);
        }
        if let Some(series) = fields.get_mut("series").and_then(Value::as_object_mut) {
            series.remove("master");
        }
        rows.insert(name, row);
    }
    rows.into_values().collect()
}

async fn is_the_same(before: &[Step], after: &[Step]) -> Vec<Value> {
    let google = play(Provider::Google, before, after).await;
    let microsoft = play(Provider::Microsoft, before, after).await;

    assert_eq!(google, microsoft, "Google's is on the left");
    assert!(!google.is_empty(), "an empty calendar compares nothing");
    google
}

fn timed(id: &str, title: &str, start: &str, end: &str, zone: &str) -> Value {
    json!({
        "id": id,
        "summary": title,
        "start": { "dateTime": start, "timeZone": zone },
        "end": { "dateTime": end, "timeZone": zone },
    })
}

fn series(id: &str, start: &str, end: &str, zone: &str, rule: &str) -> Value {
    let mut event = timed(id, "Series", start, end, zone);
    event["recurrence"] = json!([rule]);
    event
}
