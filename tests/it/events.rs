//! Every file under `events/`, run through the function's own code: they are documentation, and
//! documentation that is wrong is worse than none. A new file needs a new snapshot.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use aws_lambda_events::sqs::SqsEvent;
use domain::Provider;
use testkit::World;
use testkit::world::INVOCATION;

const COVERED: [&str; 6] = [
    "google-webhook",
    "management-api",
    "microsoft-webhook",
    "renewal",
    "sweeper",
    "sync",
];

fn folder(name: &str) -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.join("..").join("events").join(name)
}

/// The events of a function, with the names of their files, in order.
fn events_of(function: &str) -> Vec<(String, String)> {
    let files = fs::read_dir(folder(function)).expect("a folder of events");
    let mut events: Vec<_> = files
        .map(|file| file.expect("an entry").path())
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy();
            let text = fs::read_to_string(&path).expect("an event");
            (name.into_owned(), text)
        })
        .collect();
    events.sort();
    assert!(!events.is_empty(), "{function} has no events");
    events
}

/// The calls that were made, one a line.
fn calls(world: &World) -> String {
    let calls = world.cloud.take_calls();
    calls.iter().fold(String::new(), |mut lines, call| {
        writeln!(lines, "call: {call}").expect("a text takes what is written");
        lines
    })
}

#[tokio::test]
async fn every_function_with_events_is_covered_here() {
    let entries = fs::read_dir(folder("")).expect("the folder of events");
    let functions: BTreeSet<String> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .map(|path| {
            let name = path.file_name().expect("a name");
            name.to_string_lossy().into_owned()
        })
        .collect();

    assert!(functions.iter().eq(COVERED), "{functions:?}");
}

#[tokio::test]
async fn requests_from_google_are_answered_as_documented() {
    requests_are_answered(Provider::Google, "google-webhook").await;
}

#[tokio::test]
async fn requests_from_graph_are_answered_as_documented() {
    requests_are_answered(Provider::Microsoft, "microsoft-webhook").await;
}

async fn requests_are_answered(provider: Provider, function: &str) {
    for (name, text) in events_of(function) {
        let world = World::start().await;
        let request = lambda_http::request::from_str(&text).expect("a request of API Gateway");

        let answer = lambda::webhook::answer(&world.receiver, provider, &request).await;

        let (head, body) = answer.into_parts();
        let body: &[u8] = body.as_ref();
        let mut seen = format!("{}\n", head.status);
        for (name, value) in &head.headers {
            let value = value.to_str().expect("a header of ours");
            writeln!(seen, "{name}: {value}").expect("a text takes what is written");
        }
        seen.push_str(&calls(&world));
        seen.push('\n');
        seen.push_str(std::str::from_utf8(body).expect("a text"));
        insta::assert_snapshot!(format!("{function}_{name}"), seen);
    }
}

#[tokio::test]
async fn requests_to_the_management_api_are_answered_as_documented() {
    for (name, text) in events_of("management-api") {
        let world = World::start().await;
        let request = lambda_http::request::from_str(&text).expect("a request of API Gateway");
        let (parts, body) = request.into_parts();
        let body = axum::body::Body::from(body.to_vec());

        let request = lambda_http::http::Request::from_parts(parts, body);
        let answer = world.send(request).await;

        let mut seen = format!("{}\n", answer.status);
        for (name, value) in &answer.headers {
            // That of the document changes with every word in it.
            if name != "content-length" {
                let value = value.to_str().expect("a header of ours");
                writeln!(seen, "{name}: {value}").expect("a text takes what is written");
            }
        }
        seen.push_str(&calls(&world));
        seen.push('\n');
        if answer.bytes == api::openapi().as_bytes() {
            seen.push_str("docs/openapi.json");
        } else {
            seen.push_str(std::str::from_utf8(&answer.bytes).expect("a text"));
        }
        insta::assert_snapshot!(format!("management-api_{name}"), seen);
    }
}

#[tokio::test]
async fn messages_of_the_queue_are_worked_on_as_documented() {
    for (name, text) in events_of("sync") {
        let world = World::start().await;
        let event: SqsEvent = serde_json::from_str(&text).expect("an event of SQS");
        let deadline = world.now() + INVOCATION;

        let answer = Box::pin(lambda::sqs::work(
            &world.sync,
            event,
            "invocation",
            deadline,
        ))
        .await;

        let mut seen = serde_json::to_string(&answer).expect("an answer to SQS");
        seen.push('\n');
        seen.push_str(&calls(&world));
        for message in world.cloud.messages("test-dead-letters") {
            writeln!(seen, "buried: {}", message.body).expect("a text takes what is written");
        }
        insta::assert_snapshot!(format!("sync_{name}"), seen);
    }
}

#[tokio::test]
async fn ticks_of_the_scheduler_are_swept_as_documented() {
    for (name, text) in events_of("sweeper") {
        let world = World::start().await;
        // The sweeper asks its clock, and nothing of what the scheduler says.
        let _: serde_json::Value = serde_json::from_str(&text).expect("an event");

        let answer = lambda::schedule::sweep(
            &world.sweeper,
            world.now() + jiff::SignedDuration::from_mins(1),
        )
        .await;

        let answer = answer.expect("a healthy AWS");
        insta::assert_snapshot!(format!("sweeper_{name}"), answer);
    }
}

#[tokio::test]
async fn ticks_of_the_scheduler_renew_as_documented() {
    for (name, text) in events_of("renewal") {
        let world = World::start().await;
        let _: serde_json::Value = serde_json::from_str(&text).expect("an event");
        let end = world.now() + jiff::SignedDuration::from_mins(1);

        let answer = lambda::schedule::renew(&world.renewer, end).await;

        let answer = answer.expect("a healthy AWS");
        insta::assert_snapshot!(format!("renewal_{name}"), answer);
    }
}

#[test]
fn no_snapshot_outlives_its_event() {
    let snapshots = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/snapshots");
    let mut expected = BTreeSet::new();
    for function in COVERED {
        for (name, _) in events_of(function) {
            expected.insert(format!("it__events__{function}_{name}.snap"));
        }
    }

    let found: BTreeSet<String> = fs::read_dir(snapshots)
        .expect("a folder of snapshots")
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| name.starts_with("it__events__") && name.ends_with(".snap"))
        .collect();

    assert_eq!(found, expected);
}
