//! An API that is busy, away, or something else altogether.

use std::io;

use super::paper::{Done, run, run_into};
use super::stub::{Answer, Stub};

const KEY: &str = "cw_01M84WNCA90EJVAM2DK6KXW2QZ_s3cret";
const CALENDAR: &str = "cal_01M84WNCM37DX6624NCT4C4B15";

const BUSY: Answer = (
    503,
    r#"{"type":"urn:calwatch:problem:unavailable","title":"Unavailable","status":503,
       "detail":"try again in a moment"}"#,
);
const NONE: Answer = (200, r#"{"items":[],"next":null}"#);

async fn ask(stub: &Stub, words: &[&str]) -> Done {
    let mut line = words.to_vec();
    line.extend(["--url", &stub.url, "--key", KEY]);
    run(&line).await
}

#[tokio::test]
async fn an_api_that_asks_for_patience_is_asked_again() {
    let stub = Stub::start(&[BUSY, BUSY, NONE]).await;

    let done = ask(&stub, &["keys", "list"]).await;

    assert_eq!(done.status, 0, "{done:?}");
    assert_eq!(stub.asked().len(), 3);
}

#[tokio::test]
async fn patience_ends_with_what_the_api_said() {
    let stub = Stub::start(&[BUSY, BUSY, BUSY, NONE]).await;

    let done = ask(&stub, &["keys", "list"]).await;

    assert_eq!(done.status, 1);
    assert_eq!(done.notes, "calwatch: Unavailable: try again in a moment\n");
    assert_eq!(stub.asked().len(), 3);
}

#[tokio::test]
async fn a_repetition_creates_nothing_twice() {
    let made = (
        201,
        r#"{"id":"key_1","name":"ci","scope":"viewer","key":"cw_new"}"#,
    );
    let stub = Stub::start(&[BUSY, made]).await;

    let done = ask(&stub, &["keys", "create", "ci", "--scope", "viewer"]).await;

    assert_eq!(done.out, "cw_new\n");
    let keys: Vec<_> = stub
        .asked()
        .iter()
        .map(|asked| asked.headers["idempotency-key"].clone())
        .collect();
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0], keys[1]);
}

#[tokio::test]
async fn a_list_is_read_to_its_end() {
    let first = (
        200,
        r#"{"items":[{"id":"key_1","name":"one","scope":"admin","created_at":"2026-11-25T04:00:00Z"}],"next":"a&b"}"#,
    );
    let second = (
        200,
        r#"{"items":[{"id":"key_2","name":"two","scope":"viewer","created_at":"2026-11-25T04:00:00Z","new":1}],"next":null}"#,
    );
    let stub = Stub::start(&[first, second]).await;

    let done = ask(&stub, &["keys", "list", "--json"]).await;

    let paths: Vec<String> = stub.asked().into_iter().map(|asked| asked.path).collect();
    assert_eq!(
        paths,
        ["/api/keys?limit=200", "/api/keys?limit=200&cursor=a%26b"]
    );
    // As the API said it, whatever this release knows of it.
    assert!(
        done.out.starts_with(r#"[{"id":"key_1","name":"one""#),
        "{done:?}"
    );
    assert!(done.out.ends_with("\"new\":1}]\n"), "{done:?}");
}

#[tokio::test]
async fn a_key_is_in_no_message() {
    let page = (200, "<html>a page</html>");
    for answer in [page, (401, ""), (302, ""), (500, KEY)] {
        let stub = Stub::start(&[answer]).await;

        let done = ask(&stub, &["org", "show"]).await;

        assert_eq!(done.status, 1);
        assert_eq!(done.notes.lines().count(), 1, "{done:?}");
        assert!(!done.notes.contains("s3cret"), "{done:?}");
    }
    let done = run(&["org", "show", "--key", KEY, "--url", "http://api.example"]).await;
    assert_eq!(
        done.notes,
        "calwatch: http://api.example would send the key in clear; use https://\n"
    );
    let done = run(&["org", "shew", "--key", KEY]).await;
    assert_eq!(done.status, 2);
    assert!(!done.notes.contains("s3cret"), "{done:?}");
}

#[tokio::test]
async fn health_tells_a_monitor_that_it_could_not_be_found_out() {
    let away = "http://127.0.0.1:1";

    let done = run(&["health", "--url", away, "--key", KEY]).await;
    assert_eq!(done.status, 3, "{done:?}");
    let start = "calwatch: could not reach the API at http://127.0.0.1:1/; check";
    assert!(done.notes.starts_with(start), "{done:?}");

    assert_eq!(run(&["health", "--no-such-option"]).await.status, 3);
    assert_eq!(run(&["runs", "--no-such-option"]).await.status, 2);
}

#[tokio::test]
async fn health_is_an_exit_status() {
    let report = |status: &str| {
        format!(
            r#"{{"status":"{status}","checked_at":"2026-11-25T04:00:00Z","calendars":{{}},
                "connections":{{}},"subscriptions":{{}},"freshness_seconds":{{}}}}"#
        )
    };
    for (status, code) in [
        ("healthy", 0),
        ("degraded", 1),
        ("unhealthy", 2),
        ("odd", 3),
    ] {
        let report: &'static str = report(status).leak();
        let stub = Stub::start(&[(200, report)]).await;

        let done = ask(&stub, &["health"]).await;

        assert_eq!(done.status, code, "{done:?}");
        assert!(
            done.out
                .starts_with(&format!("{status}, 2026-11-25 04:00:00 UTC\n")),
            "{done:?}"
        );
    }
}

#[tokio::test]
async fn a_closed_pipe_is_no_failure() {
    let stub = Stub::start(&[NONE]).await;
    let line = ["keys", "list", "--json", "--url", &stub.url, "--key", KEY];

    let done = run_into(Box::new(Closed), &line).await;

    assert_eq!((done.status, &*done.notes), (0, ""));
}

/// A pipe that nobody reads from any more.
struct Closed;

impl io::Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_follower_survives_an_outage_and_stops_when_its_place_is_lost() {
    let entry = (
        200,
        r#"{"items":[{"seq":8,"at":"2026-11-25T04:00:00Z","type":"resynced"}],"cursor":8,"has_more":true}"#,
    );
    let lost = (
        410,
        r#"{"type":"urn:calwatch:problem:resync_required","title":"Gone","status":410,
           "detail":"take a snapshot","last_seq":40}"#,
    );
    let broken = (500, "");
    let stub = Stub::start(&[entry, broken, lost]).await;

    let follow = [
        "changes",
        CALENDAR,
        "--cursor",
        "7",
        "--follow",
        "--interval",
        "1",
    ];
    let done = ask(&stub, &follow).await;

    assert_eq!(done.status, 3, "{done:?}");
    assert_eq!(done.out, "#8     resynced  2026-11-25 04:00:00 UTC\n");
    assert_eq!(
        done.notes,
        format!(
            "the API answered 500 and did not say why; trying again in 1 s\n\
             calwatch: the entry after 8 is gone, the newest is 40; \
             take a snapshot and follow from it:\n  calwatch events {CALENDAR}\n"
        )
    );
    let last = stub.asked().pop().expect("three questions");
    assert_eq!(
        last.path,
        format!("/api/calendars/{CALENDAR}/changes?cursor=8&limit=200")
    );
}
