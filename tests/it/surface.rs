//! What others depend on, written down: stored items, queue messages, bus events, feed entries,
//! settings. A change here is a change of a contract: release N reads what N − 1 wrote.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use domain::{CalendarKey, Provider};
use lambda::config::VARIABLES;
use serde_json::{Map, Value, json};
use simulator::{Fault, Settings};
use testkit::world::QUEUES;
use testkit::{Service, World};

use crate::both::for_both;
use crate::events_of::{meeting, stand_up};
use crate::scenarios::{items, minutes, pass, seconds, slice, small_pages, titled};

for_both! {
    items_are_stored_like_this,
    items_of_a_calendar_in_the_middle_of_things_are_stored_like_this,
    items_of_a_failing_calendar_are_stored_like_this,
    messages_look_like_this,
    the_bus_says_this,
}

/// Identifiers of ours, by their prefixes; each is followed by 26 characters.
const PREFIXES: [&str; 7] = ["org_", "con_", "cal_", "sub_", "run_", "cor_", "evt_"];
const CHARACTERS: usize = 26;

/// The same text with a name for each identifier, in the order of their appearance: which one it
/// is does not matter, where the same one stands again does.
#[derive(Default)]
struct Names(BTreeMap<String, String>);

impl Names {
    fn replace(&mut self, text: &str) -> String {
        let mut rest = text;
        let mut replaced = String::new();
        while let Some(at) = PREFIXES.iter().filter_map(|it| rest.find(it)).min() {
            replaced.push_str(&rest[..at]);
            rest = &rest[at..];
            let prefix = &rest[..4];
            let end = 4 + CHARACTERS;
            let is_one = rest.len() >= end
                && rest[4..end]
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric());
            if !is_one {
                replaced.push_str(prefix);
                rest = &rest[4..];
                continue;
            }
            let known = self.0.keys().filter(|id| id.starts_with(prefix)).count();
            let fresh = format!("{prefix}{}", known + 1);
            replaced.push_str(self.0.entry(rest[..end].to_owned()).or_insert(fresh));
            rest = &rest[end..];
        }
        replaced.push_str(rest);
        replaced
    }
}

/// The same with everything in it that is opaque, or written as a text, made readable.
fn readable(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| match (name.as_str(), value) {
                ("cursor" | "page" | "lease_owner", Value::String(_)) => (name, json!("[opaque]")),
                // Chance is in them.
                ("due" | "hold" | "poll_at", Value::Number(_)) => (name, json!("[milliseconds]")),
                ("doc" | "checkpoint", Value::String(text)) => {
                    let inner = serde_json::from_str(&text).expect("JSON in a text");
                    (name, json!({ "as text": readable(inner) }))
                }
                (_, value) => (name, readable(value)),
            })
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(values) => values.into_iter().map(readable).collect(),
        other => other,
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("JSON can be written")
}

async fn table(world: &World, names: &mut Names, table: &str, order: &str) -> String {
    let mut items = items(world, &format!("test-{table}")).await;
    // Identifiers made in one moment have no order.
    items.sort_by_key(|item| (item[order].as_u64(), item[order].to_string()));
    if items.is_empty() {
        return String::new();
    }
    let mut text = format!("== {table}\n");
    for item in items {
        let item = names.replace(&pretty(&readable(item)));
        writeln!(text, "{item}").expect("a text takes what is written");
    }
    text
}

/// A calendar to which everything has happened once.
async fn eventful(provider: Provider) -> (World, CalendarKey) {
    let world = World::start_at(provider, Settings::default()).await;
    let key = world.watch_main().await;
    let one = world.put(meeting("Budget"));
    let two = world.put(json!({
        "summary": "Off-site",
        "description": "Bring boots",
        "location": "Sintra",
        "start": { "date": "2026-12-01" },
        "end": { "date": "2026-12-03" },
        "visibility": "private",
        "attendees": [{ "email": "ben@example.com", "displayName": "Ben", "optional": true }],
    }));
    world.settle().await;
    let series = world.put(stand_up());
    world.settle().await;
    world.put(titled(&one, "Budget 2027"));
    world.settle().await;
    world.cancel_occurrence(&series, "2026-11-19T09:30:00Z");
    world.settle().await;
    world.delete(&two);
    world.settle().await;
    if provider == Provider::Microsoft {
        let three = world.put(meeting("Reunion"));
        world.settle().await;
        // Far beyond what is read.
        world.put(json!({
            "id": three,
            "start": { "dateTime": "2029-11-12T10:00:00Z", "timeZone": "Europe/Lisbon" },
            "end": { "dateTime": "2029-11-12T11:00:00Z", "timeZone": "Europe/Lisbon" },
        }));
        world.settle().await;
    }
    (world, key)
}

/// The snapshot of a provider. Google's came first and has the bare name.
fn of(provider: Provider, name: &str) -> String {
    match provider {
        Provider::Google => name.to_owned(),
        Provider::Microsoft => format!("{name}-microsoft"),
    }
}

async fn items_are_stored_like_this(provider: Provider) {
    let (world, key) = eventful(provider).await;
    let mut names = Names::default();
    let mut text = String::new();
    for (name, order) in [
        ("organizations", "created_at"),
        ("connections", "created_at"),
        ("subscriptions", "created_at"),
        ("calendars", "part"),
        ("events", "doc"),
        ("changes", "seq"),
        ("runs", "fence"),
        ("notifications", "received_at"),
        ("mailboxes", "mailbox"),
    ] {
        text.push_str(&table(&world, &mut names, name, order).await);
    }
    insta::assert_snapshot!(of(provider, "items"), text);
    world.assert_in_sync(key).await;
}

async fn items_of_a_calendar_in_the_middle_of_things_are_stored_like_this(provider: Provider) {
    let world = World::start_at(provider, small_pages(1)).await;
    let key = world.watch_main().await;
    world.put(meeting("One"));
    world.put(meeting("Two"));
    world.deliver().await;
    assert!(slice(&world).await);
    let mut names = Names::default();
    let mut text = table(&world, &mut names, "calendars", "part").await;

    // A lease, as a run that crashed leaves it.
    let message = world.cloud.receive("test-bulk").expect("the next slice");
    let crashed = world.cloud.crash_during(2, world.work_on(&message)).await;
    assert!(crashed.crashed());
    text.push_str(&table(&world, &mut names, "calendars", "part").await);
    insta::assert_snapshot!(of(provider, "items-in-the-middle-of-things"), text);
    world.settle().await;
    world.assert_in_sync(key).await;
}

async fn items_of_a_failing_calendar_are_stored_like_this(provider: Provider) {
    let world = World::start_at(provider, Settings::default()).await;
    world.watch_main().await;
    world.fault(Fault::LoseAccess);
    world.put(meeting("Unread"));
    pass(&world, 5).await;
    let mut names = Names::default();
    let mut text = table(&world, &mut names, "calendars", "part").await;
    text.push_str(&table(&world, &mut names, "dead-letters", "fails").await);
    insta::assert_snapshot!(of(provider, "items-of-a-failing-calendar"), text);
}

/// The messages of both queues, as they are.
fn waiting(world: &World, names: &mut Names, text: &mut String) {
    for queue in QUEUES {
        for message in world.cloud.messages(queue) {
            let group = message.group.unwrap_or_else(|| "no group".to_owned());
            let line = format!("{queue} [{group}] {}", message.body);
            writeln!(text, "{}", names.replace(&line)).expect("a text takes what is written");
        }
    }
}

async fn messages_look_like_this(provider: Provider) {
    let world = World::start_at(provider, small_pages(1)).await;
    let key = world.watch_main().await;
    let mut names = Names::default();
    let mut text = String::new();

    // A hint; the next slice of a long run; what hints during it cause; what the bus is owed.
    world.put(meeting("One"));
    world.put(meeting("Two"));
    world.deliver().await;
    waiting(&world, &mut names, &mut text);
    assert!(slice(&world).await);
    waiting(&world, &mut names, &mut text);
    world.put(meeting("Three"));
    world.deliver().await;
    world.cloud.break_service(Service::EventBridge);
    world.work().await;
    world.cloud.mend_service(Service::EventBridge);
    waiting(&world, &mut names, &mut text);
    world.advance(minutes(1));
    world.sweep().await;
    waiting(&world, &mut names, &mut text);
    world.settle().await;

    // A read that found nothing; one that is overdue; a poll; a channel to be stopped.
    world.notify_of_nothing();
    world.deliver().await;
    world.work().await;
    waiting(&world, &mut names, &mut text);
    world.settle().await;
    world.cloud.lose_next_message("test-interactive");
    world.put(meeting("Four"));
    world.deliver().await;
    world.advance(seconds(31));
    world.sweep().await;
    waiting(&world, &mut names, &mut text);
    world.settle().await;
    world.advance(minutes(16 * 60));
    world.sweep().await;
    waiting(&world, &mut names, &mut text);
    world.settle().await;
    world.assert_in_sync(key).await;
    world
        .watcher
        .unwatch(key)
        .await
        .expect("a watched calendar");
    waiting(&world, &mut names, &mut text);

    insta::assert_snapshot!(of(provider, "messages"), text);
    for kind in [
        "hint", "slice", "trailing", "echo", "overdue", "poll", "publish", "stop",
    ] {
        assert!(text.contains(&format!("\"{kind}\"")), "no {kind}:\n{text}");
    }
}

async fn the_bus_says_this(provider: Provider) {
    let (world, key) = eventful(provider).await;
    let mut names = Names::default();
    let mut text = String::new();
    for event in world.cloud.events() {
        let head = format!(
            "{} from {} on {}",
            event.detail_type, event.source, event.bus
        );
        writeln!(text, "== {head}\n{}", names.replace(&pretty(&event.detail)))
            .expect("a text takes what is written");
        // Nothing of what people wrote travels on the bus.
        let detail = event.detail.to_string();
        assert!(
            !detail.contains("Budget") && !detail.contains('@'),
            "{detail}"
        );
    }
    insta::assert_snapshot!(of(provider, "bus"), text);
    world.assert_in_sync(key).await;
}

#[test]
fn settings_are_these() {
    let mut text = String::new();
    for variable in VARIABLES {
        let default = variable.default.unwrap_or("must be set");
        writeln!(text, "{} [{default}] {}", variable.name, variable.meaning)
            .expect("a text takes what is written");
    }
    insta::assert_snapshot!("settings", text);
}
