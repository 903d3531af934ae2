//! Faults of reads, each as a client meets it.

use serde_json::{Value, json};
use simulator::{Fault, PlannedFault, Settings, SyncStateForm};

use crate::rounds::{WINDOW, ids, lunch, round};
use crate::world::{Answer, HOST, World};

async fn first(world: &World) -> Answer {
    world
        .get(&format!("{}/calendarView/delta?{WINDOW}", world.calendar))
        .await
}

fn values(answer: &Answer) -> Vec<Value> {
    answer.json()["value"].as_array().expect("items").clone()
}

async fn with_events(count: u32) -> World {
    let mut settings = Settings::default();
    settings.graph.page_size = 2;
    let world = World::with(settings).await;
    world.graph.bulk(&world.calendar, count);
    world
}

#[tokio::test]
async fn a_page_can_be_empty_and_lead_on() {
    let world = with_events(1).await;
    world.simulator.fault(Fault::EmptyPage.times(2));

    let page = first(&world).await;
    assert_eq!(values(&page), Vec::<Value>::new());

    let next = page.json()["@odata.nextLink"].as_str().map(str::to_owned);
    assert_eq!(round(&world, next.as_deref()).await.0.len(), 1);
}

#[tokio::test]
async fn items_can_come_twice_in_a_page_and_again_in_the_next() {
    let world = with_events(2).await;
    world.simulator.fault(Fault::RepeatItems);

    let (items, _) = round(&world, None).await;

    let ids = ids(&items);
    assert_eq!(ids.len(), 6);
    assert_eq!((ids[0], ids[1]), (ids[2], ids[3]));
    assert_eq!((ids[0], ids[1]), (ids[4], ids[5]));
}

#[tokio::test]
async fn items_can_lack_properties_and_be_unknown() {
    let world = with_events(1).await;
    world.simulator.fault(Fault::PartialItems);
    world.simulator.fault(Fault::UnknownRemoved);

    let items = values(&first(&world).await);

    assert_eq!(items[0].get("subject"), None);
    assert!(items[0]["start"].is_object());
    assert_eq!(items[1]["@removed"], json!({ "reason": "deleted" }));
    assert_eq!(values(&first(&world).await)[0]["subject"], "Event 0");
}

#[tokio::test]
async fn a_lagging_round_is_made_good_by_the_next() {
    let world = with_events(2).await;
    let (_, link) = round(&world, None).await;
    world.graph.put_event(&world.calendar, lunch());
    world
        .simulator
        .fault(Fault::ReadLag { changes: 1 }.on(&world.calendar));

    let (behind, link) = round(&world, Some(&link)).await;
    let (caught_up, _) = round(&world, Some(&link)).await;

    assert_eq!((behind.len(), caught_up.len()), (0, 1));
}

#[tokio::test]
async fn a_page_can_lead_to_itself() {
    let world = with_events(3).await;
    world.simulator.fault(Fault::PageTokenLoop.times(3));

    let page = first(&world).await.json();
    let link = page["@odata.nextLink"].as_str().expect("a link");
    let again = world.get(link).await.json();

    assert_eq!(again["@odata.nextLink"], json!(link));
    assert_eq!(again["value"], page["value"]);
}

#[tokio::test]
async fn a_link_can_lead_away() {
    let world = with_events(1).await;
    world.simulator.fault(Fault::ForeignLink);

    let page = first(&world).await.json();

    let link = page["@odata.deltaLink"].as_str().expect("a link");
    assert!(!link.contains(HOST), "{link}");
}

#[tokio::test]
async fn a_skip_token_can_be_refused() {
    let world = with_events(3).await;
    let page = first(&world).await.json();
    world.simulator.fault(Fault::RefusePageToken);

    let link = page["@odata.nextLink"].as_str().expect("a link");
    let refused = world.get(link).await;

    assert_eq!((refused.status, &*refused.code()), (400, "BadRequest"));
    assert_eq!(world.get(link).await.status, 200);
}

#[tokio::test]
async fn the_state_behind_a_token_is_lost_in_four_ways() {
    let world = with_events(1).await;
    for (form, status, code) in [
        (SyncStateForm::Gone, 410, "SyncStateNotFound"),
        (SyncStateForm::GoneWithLocation, 410, "resyncRequired"),
        (SyncStateForm::BadRequest, 400, "syncStateNotFound"),
        (SyncStateForm::ResyncRequired, 410, "resyncRequired"),
    ] {
        let (_, link) = round(&world, None).await;
        let fault = Fault::LoseSyncState { form };
        world.simulator.fault(fault.on(&world.calendar));

        let lost = world.get(&link).await;
        assert_eq!((lost.status, &*lost.code()), (status, code));
        let again = world.get(&link).await;
        assert_eq!((again.status, &*again.code()), (410, "SyncStateNotFound"));
        let location = lost.headers.get("location");
        assert_eq!(location.is_some(), form == SyncStateForm::GoneWithLocation);
        if let Some(location) = location {
            let location = location.to_str().expect("text");
            assert!(location.ends_with("/calendarView/delta?$deltatoken="));
            assert_eq!(round(&world, Some(location)).await.0.len(), 1);
        }
    }
    let (_, link) = round(&world, None).await;
    world
        .simulator
        .fault(Fault::ExpireSyncTokens.on(&world.calendar));
    assert_eq!(world.get(&link).await.status, 410);
}

#[tokio::test]
async fn an_answer_can_be_an_error() {
    let world = with_events(1).await;
    for (fault, status, code) in [
        (
            Fault::ServerError { status: 503 },
            503,
            "ServiceUnavailable",
        ),
        (Fault::ServerError { status: 504 }, 504, "UnknownError"),
        (
            Fault::ServerError { status: 500 },
            500,
            "InternalServerError",
        ),
        (Fault::MailboxNotEnabled, 404, "MailboxNotEnabledForRESTAPI"),
    ] {
        world.simulator.fault(fault.on(&world.calendar));
        let answer = first(&world).await;
        assert_eq!((answer.status, &*answer.code()), (status, code));
    }
    world.simulator.fault(Fault::LoseAccess.on(&world.calendar));
    assert_eq!(first(&world).await.code(), "ErrorAccessDenied");
    world
        .simulator
        .fault(Fault::RestoreAccess.on(&world.calendar));
    assert_eq!(first(&world).await.status, 200);
}

#[tokio::test]
async fn a_body_can_be_broken_or_huge() {
    let world = with_events(1).await;
    world.simulator.fault(Fault::MalformedJson);
    let malformed = first(&world).await;
    world.simulator.fault(Fault::HugePage { megabytes: 1 });
    let huge = first(&world).await;

    assert!(serde_json::from_str::<Value>(&malformed.text).is_err());
    assert!(huge.text.len() > 1 << 20);
    assert_eq!(values(&huge).len(), 1);
}

#[tokio::test]
async fn a_body_can_be_endless_or_a_bomb() {
    use axum::body::HttpBody as _;
    use tower::ServiceExt as _;

    let world = with_events(1).await;
    for (fault, encoding) in [(Fault::EndlessBody, None), (Fault::GzipBomb, Some("gzip"))] {
        world.simulator.fault(fault);
        let path = format!("{}/calendarView/delta?{WINDOW}", world.calendar);
        let request = world.request("GET", &path, crate::world::PREFER, None);
        let response = world
            .simulator
            .router()
            .oneshot(request)
            .await
            .expect("an answer");
        let found = response.headers().get("content-encoding");
        assert_eq!(found.and_then(|value| value.to_str().ok()), encoding);
        let mut body = std::pin::pin!(response.into_body());
        for _ in 0..20 {
            let frame = std::future::poll_fn(|context| body.as_mut().poll_frame(context)).await;
            assert!(frame.is_some_and(|frame| frame.is_ok()));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_can_be_slow() {
    let world = with_events(1).await;
    world.simulator.fault(Fault::SlowAnswer {
        milliseconds: 5_000,
    });
    let start = tokio::time::Instant::now();

    assert_eq!(first(&world).await.status, 200);

    assert_eq!(start.elapsed().as_secs(), 5);
}

#[tokio::test]
async fn a_fault_can_be_written_as_json() {
    let world = World::new().await;
    let fault =
        json!({ "fault": "lose_sync_state", "form": "bad_request", "calendar": world.calendar });
    let planned: PlannedFault = serde_json::from_value(fault).expect("a fault");

    world.simulator.fault(planned);

    let path = format!("{}/calendarView/delta?$deltatoken=x", world.calendar);
    assert_eq!(world.get(&path).await.code(), "syncStateNotFound");
}
