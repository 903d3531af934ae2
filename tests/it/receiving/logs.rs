//! What is logged about Graph's requests: one line for many strangers, and nobody's words.

use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;

use super::scene::{Outlook, address, batch, clean, post, send};

/// Keeps everything that is logged.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut kept = self.0.lock().expect("nobody panics while writing");
        kept.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Kept {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Everything that a request can be, with texts in it that nobody may read later.
async fn live() -> Outlook {
    let (world, outlook) = clean().await;
    let secretive = |mut element: Value| {
        for field in [
            "resource",
            "changeType",
            "id",
            "tenantId",
            "subscriptionId",
            "SECRET",
        ] {
            element[field] = json!("SECRET");
        }
        element
    };
    let mut forged = secretive(outlook.changed(1));
    forged["clientState"] = json!("SECRET".repeat(20));
    let real = secretive(outlook.changed(1));
    post(&world, &[real.clone(), real.clone(), outlook.changed(2)]).await;
    post(&world, std::slice::from_ref(&real)).await;
    post(&world, &vec![forged; 300]).await;
    post(&world, &[secretive(outlook.lifecycle("SECRET"))]).await;
    let uri = address(world.organization);
    for body in ["SECRET", r#"{"value":["SECRET"]}"#, r#"{"value":"SECRET"}"#] {
        send(&world, &uri, body).await;
    }
    for token in ["SECRET", "SECRET%00"] {
        send(&world, &format!("{uri}?validationToken={token}"), "").await;
    }
    send(&world, "/x/SECRET", batch(std::slice::from_ref(&real))).await;
    world.cloud.break_service(testkit::Service::DynamoDb);
    let failed = post(&world, &[real.clone(), outlook.changed(3)]).await;
    assert_eq!(failed, 503);
    world.cloud.mend_service(testkit::Service::DynamoDb);
    outlook
}

#[test]
fn strangers_share_a_line_and_nothing_they_or_graph_say_is_logged() {
    let kept = Kept::default();
    // While there is only one subscriber, a line that another test's thread comes upon first is
    // switched off for all threads.
    let _second = tracing::Dispatch::new(lambda::log_to(std::io::sink, "trace"));
    let subscriber = lambda::log_to(kept.clone(), "trace");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();

    let outlook = tracing::subscriber::with_default(subscriber, || runtime.block_on(live()));

    let logged = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    let forgeries: Vec<&str> = logged
        .lines()
        .filter(|line| line.contains(r#""forged":300"#))
        .collect();
    assert_eq!(forgeries.len(), 1, "{forgeries:?}");
    for expected in [
        "refused a handshake",
        "refused a request",
        "names another organization",
        "could not receive",
        r#""notifications":3,"repeated":1"#,
    ] {
        assert!(logged.contains(expected), "{expected}");
    }
    for secret in ["SECRET", &outlook.token, "622eaaff"] {
        let found = logged.lines().find(|line| line.contains(secret));
        assert!(found.is_none(), "a line holds {secret}: {found:?}");
    }
}
