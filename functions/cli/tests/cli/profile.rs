//! Where URL and key come from, and where a key goes.

use std::fs;

use serde_json::json;
use tempfile::TempDir;

use super::paper::run;
use super::stub::{Answer, Stub};

const NONE: Answer = (200, r#"{"items":[],"next":null}"#);

/// A profile with this URL and a key.
fn profile(folder: &TempDir, url: &str) -> String {
    let file = folder.path().join("profile.json");
    let kept = json!({ "v": 1, "url": url, "host": "api.example", "key": "cw_kept" });
    fs::write(&file, kept.to_string()).expect("a file");
    file.to_string_lossy().into_owned()
}

#[tokio::test]
async fn a_profile_says_whom_to_ask_and_as_whom() {
    let stub = Stub::start(&[NONE]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = profile(&folder, &stub.url);

    let done = run(&["keys", "list", "--json", "--profile", &file]).await;

    assert_eq!((done.status, &*done.out), (0, "[]\n"), "{done:?}");
    let asked = stub.asked().pop().expect("a question");
    assert_eq!(asked.headers["authorization"], "Bearer cw_kept");
    assert_eq!(asked.headers["host"], "api.example");
}

#[tokio::test]
async fn a_kept_key_goes_to_no_other_place() {
    let stub = Stub::start(&[NONE]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = profile(&folder, "https://api.example");

    let line = ["keys", "list", "--profile", &file, "--url", &stub.url];
    let done = run(&line).await;

    assert_eq!(
        done.notes,
        "calwatch: there is no API key for it; set CALWATCH_KEY or say --key KEY\n"
    );
    assert!(stub.asked().is_empty());
}

#[tokio::test]
async fn a_kept_key_is_not_written_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = profile(&folder, "https://api.example");
    let before = fs::read(&file).expect("a file");
    let stack = folder.path().join("stack.json");
    // Nothing listens there: it must not come to that.
    let description = json!({
        "endpoint": "http://127.0.0.1:1",
        "api_host": "localhost",
        "environment": {
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "0",
            "AWS_SECRET_ACCESS_KEY": "0",
            "TABLE_ORGANIZATIONS": "organizations",
            "TABLE_API_KEYS": "api-keys",
        },
    });
    fs::write(&stack, description.to_string()).expect("a file");

    let stack = stack.to_string_lossy();
    let create = [
        "org",
        "create",
        "Acme",
        "--local",
        &stack,
        "--profile",
        &file,
        "--save",
    ];
    let done = run(&create).await;

    assert_eq!(done.status, 1);
    assert!(done.notes.contains("holds a key"), "{done:?}");
    assert_eq!(fs::read(&file).expect("a file"), before);
}
