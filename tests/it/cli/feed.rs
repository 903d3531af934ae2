//! What a calendar holds, what changed in it, and how it was read.

use domain::Provider;
use jiff::SignedDuration;
use serde_json::Value;

use super::office::Office;
use crate::both::for_both;
use crate::events_of::meeting;

for_both! {
    a_calendar_is_read_and_followed,
    a_reader_whose_place_is_lost_is_told_what_to_do,
}

async fn a_calendar_is_read_and_followed(provider: Provider) {
    let office = Office::open(provider).await;
    let world = &office.world;
    world.put(meeting("Budget\u{1b}[2J"));
    let key = world.watch_main().await;
    let calendar = key.calendar;

    office.types(&format!("events {calendar}")).await;
    let lunch = world.put(meeting("Lunch"));
    world.settle().await;
    world.delete(&lunch);
    world.settle().await;
    office.types(&format!("changes {calendar}")).await;
    office
        .types(&format!("changes {calendar} --cursor 2 --json"))
        .await;
    office.types(&format!("changes {calendar} --new")).await;
    office.types(&format!("runs {calendar}")).await;
    office.types(&format!("runs {calendar} --json")).await;
    let events = office.types(&format!("events {calendar} --json")).await;

    let events: Value = serde_json::from_str(&events.out).expect("one document");
    assert_eq!(events["seq"], 3);
    assert_eq!(events["items"].as_array().map(Vec::len), Some(1));
    assert!(!office.transcript().contains('\u{1b}'));
    insta::assert_snapshot!(format!("cli-feed-{provider}"), office.transcript());
}

async fn a_reader_whose_place_is_lost_is_told_what_to_do(provider: Provider) {
    let office = Office::open(provider).await;
    let world = &office.world;
    let key = world.watch_main().await;
    // Longer than entries are kept.
    world.advance(SignedDuration::from_hours(24 * 40));

    let lost = office.types(&format!("changes {}", key.calendar)).await;

    assert_eq!(lost.status, 3);
    insta::assert_snapshot!(format!("cli-lost-{provider}"), office.transcript());
}
