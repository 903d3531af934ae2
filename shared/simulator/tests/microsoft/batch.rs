//! `$batch`, and how much one mailbox answers at once.

use serde_json::{Value, json};
use simulator::{Fault, Often};

use crate::world::{World, weekly};

fn requests(world: &World, ids: &[&str]) -> Value {
    let one = |(n, id): (usize, &&str)| {
        json!({
            "id": (n + 1).to_string(),
            "method": "GET",
            "url": format!("/{}/events/{id}?$select=subject", world.calendar),
            "headers": { "Prefer": "IdType=\"ImmutableId\"" },
        })
    };
    json!({ "requests": ids.iter().enumerate().map(one).collect::<Vec<_>>() })
}

/// The answers, in the order of their requests.
async fn batch(world: &World, body: Value) -> Vec<Value> {
    let answer = world.call("POST", "$batch", Some(body)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let mut responses = answer.json()["responses"]
        .as_array()
        .expect("answers")
        .clone();
    responses.sort_by_key(|one| one["id"].as_str().and_then(|id| id.parse::<u8>().ok()));
    responses
}

fn statuses(responses: &[Value]) -> Vec<u64> {
    let statuses = responses.iter().map(|one| one["status"].as_u64());
    statuses.map(Option::unwrap_or_default).collect()
}

#[tokio::test]
async fn each_request_has_its_own_answer() {
    let world = World::new().await;
    let id = world.graph.storm(&world.calendar, None, 1);
    let mut body = requests(&world, &[&id, "AAkAnother"]);
    let other = json!({ "id": "3", "method": "DELETE", "url": "/me/events/x" });
    body["requests"]
        .as_array_mut()
        .expect("requests")
        .push(other);

    let responses = batch(&world, body).await;

    assert_eq!(statuses(&responses), [200, 404, 400]);
    assert_eq!(responses[0]["body"]["subject"], "Storm, change 1");
    assert_eq!(responses[1]["body"]["error"]["code"], "ErrorItemNotFound");
    assert_eq!(world.simulator.violations(), []);
}

#[tokio::test]
async fn a_series_can_be_expanded_in_a_batch() {
    let world = World::new().await;
    let id = world.graph.put_event(&world.calendar, weekly());
    let mut body = requests(&world, &[&id]);
    let query = "?$select=subject,exceptionOccurrences&$expand=exceptionOccurrences";
    body["requests"][0]["url"] = json!(format!("/{}/events/{id}{query}", world.calendar));

    let responses = batch(&world, body).await;

    assert_eq!(responses[0]["body"]["exceptionOccurrences"], json!([]));
}

#[tokio::test]
async fn some_of_a_batch_may_be_throttled() {
    let world = World::new().await;
    let id = world.graph.storm(&world.calendar, None, 1);
    let quota = Fault::Quota {
        retry_after: Some(9),
    };
    world
        .simulator
        .fault(quota.with_probability(0.5).on(&world.calendar));

    let responses = batch(&world, requests(&world, &[&*id; 20])).await;

    let throttled: Vec<_> = responses
        .iter()
        .filter(|one| one["status"] == 429)
        .collect();
    assert!((1..20).contains(&throttled.len()));
    assert_eq!(throttled[0]["headers"]["Retry-After"], "9");
    assert_eq!(
        throttled[0]["body"]["error"]["code"],
        "ApplicationThrottled"
    );
    assert_eq!(world.simulator.violations(), []);
}

#[tokio::test]
async fn a_batch_holds_twenty() {
    let world = World::new().await;

    let answer = world
        .call("POST", "$batch", Some(requests(&world, &["x"; 21])))
        .await;

    assert_eq!(answer.status, 400);
    assert_eq!(world.simulator.violations().len(), 1);
}

#[tokio::test]
async fn answers_come_in_any_order() {
    let world = World::new().await;
    let id = world.graph.storm(&world.calendar, None, 1);

    let body = requests(&world, &[&*id; 20]);
    let answer = world.call("POST", "$batch", Some(body)).await.json();

    let responses = answer["responses"].as_array().expect("answers");
    let order: Vec<u8> = responses
        .iter()
        .filter_map(|one| one["id"].as_str()?.parse().ok())
        .collect();
    assert_eq!(order.len(), 20);
    assert!(!order.is_sorted());
}

#[tokio::test]
async fn a_fifth_request_at_once_is_one_too_many() {
    let world = World::new().await;
    let id = world.graph.storm(&world.calendar, None, 1);

    let four = futures::future::join_all((0..4).map(|_| world.event(&id, ""))).await;
    assert!(four.iter().all(|answer| answer.status == 200));
    let five = futures::future::join_all((0..5).map(|_| world.event(&id, ""))).await;

    let refused: Vec<_> = five.iter().filter(|answer| answer.status == 429).collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].code(), "ApplicationThrottled");
    assert_eq!(
        refused[0].message(),
        "Application is over its MailboxConcurrency limit."
    );
    assert_eq!(refused[0].headers["retry-after"], "7");
    assert_eq!(world.simulator.violations().len(), 1);
    assert_eq!(
        world.event(&id, "").await.status,
        200,
        "places are given back"
    );
}

#[tokio::test]
async fn a_batch_counts_as_what_is_in_it() {
    let world = World::new().await;
    let id = world.graph.storm(&world.calendar, None, 1);

    let body = requests(&world, &[&*id; 4]);
    let (event, responses) = futures::join!(world.event(&id, ""), batch(&world, body));

    assert_eq!(event.status, 200);
    assert_eq!(statuses(&responses), [200, 200, 200, 429]);
    assert_eq!(world.simulator.violations().len(), 1);
}

#[tokio::test]
async fn throttling_is_worded_in_turn() {
    let world = World::new().await;
    let quota = Fault::Quota { retry_after: None };
    world.simulator.fault(quota.times(2).often(Often::Next(2)));

    let first = world.event("x", "").await;
    let second = world.event("x", "").await;

    assert_eq!(
        (first.status, &*first.code()),
        (429, "ApplicationThrottled")
    );
    assert_eq!((second.status, &*second.code()), (429, "TooManyRequests"));
    assert_eq!(second.headers["retry-after"], "10");
}
