//! Faults of the API itself (2.8 of Google's rules, item 11 of the checklist).

use std::io::Read as _;
use std::time::Duration;

use axum::body::Body;
use flate2::read::GzDecoder;
use futures::StreamExt as _;
use http::Request;
use serde_json::json;
use simulator::{CalendarOptions, Fault};
use tower::ServiceExt as _;

use crate::world::{AMELIA, EVENTS, World};

async fn open(world: &World) -> axum::response::Response {
    let bearer = format!("Bearer {}", world.bearer);
    let request = Request::get(EVENTS)
        .header("authorization", bearer)
        .body(Body::empty())
        .expect("a request");
    world
        .simulator
        .router()
        .oneshot(request)
        .await
        .expect("a router never fails")
}

#[tokio::test]
async fn rate_limits_alternate_between_403_and_429() {
    let world = World::new().await;
    world
        .simulator
        .fault(Fault::Quota { retry_after: None }.times(3));

    let mut seen = Vec::new();
    for _ in 0..4 {
        let answer = world.get(EVENTS).await;
        seen.push((
            answer.status,
            if answer.status == 200 {
                String::new()
            } else {
                answer.reason()
            },
        ));
    }

    let expected = [
        (403, "userRateLimitExceeded"),
        (429, "rateLimitExceeded"),
        (403, "rateLimitExceeded"),
        (200, ""),
    ];
    assert_eq!(
        seen,
        expected.map(|(status, reason)| (status, reason.to_owned()))
    );
}

#[tokio::test]
async fn a_rate_limit_can_name_its_end() {
    let world = World::new().await;
    world.simulator.fault(Fault::Quota {
        retry_after: Some(7),
    });

    let answer = world.get(EVENTS).await;

    assert_eq!(answer.headers["retry-after"], "7");
}

#[tokio::test]
async fn a_fault_for_one_calendar_spares_the_others() {
    let world = World::new().await;
    world
        .simulator
        .add_calendar(AMELIA, "team@example.com", CalendarOptions::default());
    world.simulator.fault(
        Fault::ServerError { status: 503 }
            .always()
            .on("team@example.com"),
    );

    assert_eq!(world.get(EVENTS).await.status, 200);
    assert_eq!(
        world
            .get("/calendar/v3/calendars/team%40example.com/events")
            .await
            .status,
        503
    );
    world.simulator.fault(Fault::UsageLimit);
    assert_eq!(
        world
            .get("/calendar/v3/calendars/primary/events")
            .await
            .reason(),
        "quotaExceeded"
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_can_be_slow() {
    let world = World::new().await;
    world.simulator.fault(Fault::SlowAnswer {
        milliseconds: 30_000,
    });
    let before = tokio::time::Instant::now();

    assert_eq!(world.get(EVENTS).await.status, 200);

    assert_eq!(before.elapsed(), Duration::from_secs(30));
}

#[tokio::test]
async fn a_body_can_be_cut_in_the_middle() {
    let world = World::new().await;
    world
        .simulator
        .put_event(AMELIA, json!({ "summary": "café" }));
    world.simulator.fault(Fault::MalformedJson);

    let answer = world.get(EVENTS).await;

    assert_eq!(answer.status, 200);
    assert!(serde_json::from_str::<serde_json::Value>(&answer.text).is_err());
}

#[tokio::test]
async fn a_page_can_be_huge_and_still_valid() {
    let world = World::new().await;
    world.simulator.put_event(AMELIA, json!({}));
    world.simulator.fault(Fault::HugePage { megabytes: 3 });

    let answer = world.get(EVENTS).await;

    assert!(answer.text.len() > 3 << 20);
    assert!(answer.json()["nextSyncToken"].is_string());
}

#[tokio::test(start_paused = true)]
async fn a_body_can_go_on_for_ever() {
    let world = World::new().await;
    world.simulator.fault(Fault::EndlessBody);

    let body = open(&world).await.into_body().into_data_stream();

    let taken: usize = body
        .take(200)
        .map(|chunk| chunk.expect("a chunk").len())
        .fold(0, |a, b| async move { a + b })
        .await;
    assert!(taken > 10 << 20, "{taken}");
}

#[tokio::test]
async fn a_few_kilobytes_can_unpack_to_megabytes() {
    let world = World::new().await;
    world.simulator.fault(Fault::GzipBomb);

    let response = open(&world).await;

    assert_eq!(response.headers()["content-encoding"], "gzip");
    let chunks: Vec<_> = response
        .into_body()
        .into_data_stream()
        .take(4)
        .collect()
        .await;
    let packed: Vec<u8> = chunks
        .into_iter()
        .flat_map(|chunk| chunk.expect("a chunk"))
        .collect();
    let mut unpacked = Vec::new();
    GzDecoder::new(&packed[..])
        .read_to_end(&mut unpacked)
        .expect_err("it never ends");
    assert!(
        unpacked.len() > 100 * packed.len(),
        "{} of {}",
        unpacked.len(),
        packed.len()
    );
    assert!(unpacked.starts_with(b"{\"items\":["));
}

#[tokio::test]
async fn an_armed_fault_for_an_unknown_calendar_is_an_error() {
    let world = World::new().await;
    let body = json!({ "fault": "lose_access", "calendar": "nobody@example.com" });

    assert_eq!(world.post("/control/faults", body).await.status, 404);
}
