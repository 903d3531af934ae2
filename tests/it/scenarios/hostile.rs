//! A provider, or somebody in between, whose answers are meant to break their reader.

use domain::{CalendarKey, Provider};
use serde_json::{Value, json};
use simulator::Fault;
use testkit::World;

use crate::both::for_both;
use crate::events_of::meeting;
use crate::scenarios::scene::{clean, inbox, last_outcome, rows, said_since, settled_from_nothing};

for_both! {
    a_page_cut_in_the_middle_is_survived,
    a_small_page_that_unfolds_without_end_is_survived,
    a_huge_page_is_survived,
    a_page_that_never_ends_is_survived,
    a_large_page_within_the_limit_is_read,
    a_slow_answer_is_waited_for,
    events_that_no_calendar_should_hold_are_kept_or_left_out_alone,
}

async fn is_survived(provider: Provider, fault: Fault) {
    let (world, key) = clean(provider).await;
    world.put(meeting("First"));
    settled_from_nothing(&world, key).await;
    set_back_by(&world, key, fault).await;

    settled_from_nothing(&world, key).await;
    assert_eq!(inbox(&world, key).await.fails, 0);
    assert_eq!(
        said_since(&world, key).await,
        ["event.created", "event.created"]
    );
}

async fn set_back_by(world: &World, key: CalendarKey, fault: Fault) {
    world.google.fault(fault);
    world.put(meeting("Second"));
    world.deliver().await;
    world.work().await;
    assert_eq!(last_outcome(world, key).await, "set_back");
    let inbox = inbox(world, key).await;
    assert_eq!(inbox.fails, 1);
    assert_eq!(inbox.lease, None);
    assert_eq!(rows(world, key).await.len(), 1);
}

async fn a_page_cut_in_the_middle_is_survived(provider: Provider) {
    is_survived(provider, Fault::MalformedJson).await;
}

async fn a_small_page_that_unfolds_without_end_is_survived(provider: Provider) {
    is_survived(provider, Fault::GzipBomb).await;
}

async fn a_huge_page_is_survived(provider: Provider) {
    is_survived(provider, Fault::HugePage { megabytes: 17 }).await;
}

async fn a_page_that_never_ends_is_survived(provider: Provider) {
    is_survived(provider, Fault::EndlessBody).await;
}

async fn a_large_page_within_the_limit_is_read(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.google.fault(Fault::HugePage { megabytes: 3 });
    world.put(meeting("Large"));
    world.deliver().await;
    world.work().await;

    assert_eq!(last_outcome(&world, key).await, "finished");
    let row = rows(&world, key).await.remove(0);
    match provider {
        Provider::Google => assert_eq!(row["truncated"], json!(["description"])),
        // What makes the page large is no property of Microsoft's events.
        Provider::Microsoft => assert_eq!(row["truncated"], Value::Null),
    }
}

async fn a_slow_answer_is_waited_for(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.google.fault(Fault::SlowAnswer { milliseconds: 300 });
    world.put(meeting("Budget"));
    world.deliver().await;
    world.work().await;

    assert_eq!(last_outcome(&world, key).await, "finished");
    settled_from_nothing(&world, key).await;
}

async fn events_that_no_calendar_should_hold_are_kept_or_left_out_alone(provider: Provider) {
    let (world, key) = clean(provider).await;
    let long = "x".repeat(1_024);
    for mut event in [
        json!({ "id": long, "summary": "A long name" }),
        json!({ "id": "../../../calendars/other", "summary": "A name that climbs" }),
        json!({ "id": "a?b=c&d#e%2f", "summary": "A name like a query" }),
        json!({ "id": "ünïcödé-🎉", "summary": "\u{202e}desrever" }),
        json!({ "id": "nulls", "summary": "a\u{0}b" }),
        json!({ "id": "empty", "summary": "", "description": "", "location": "" }),
        json!({ "id": "numbers", "summary": 7, "attendees": "nobody", "organizer": [] }),
    ] {
        if provider == Provider::Microsoft {
            // Its names are its own choice.
            event.as_object_mut().expect("an event").remove("id");
        }
        world.put(event);
    }
    world.settle().await;

    let audit = world.audit(key).await;
    assert!(audit.is_clean(), "{audit:#?}");
    let rows = rows(&world, key).await;
    assert_eq!(rows.len(), 7, "{rows:#?}");
    // Each can be confirmed by its name, however strange: a rebuild that doubts them all.
    world.lose_cursors();
    world.google.fault(Fault::ReadLag { changes: 100 }.times(2));
    world.put(meeting("New"));
    world.settle().await;
    let audit = world.audit(key).await;
    assert!(audit.is_clean(), "{audit:#?}");
    assert!(!said_since(&world, key).await.contains(&"event.deleted"));
}
