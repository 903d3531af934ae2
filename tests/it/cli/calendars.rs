//! Calendars and their subscriptions.

use domain::Provider;
use jiff::SignedDuration;
use serde_json::Value;
use simulator::CalendarOptions;

use super::office::Office;
use crate::both::for_both;

for_both! {
    a_calendar_is_watched_changed_and_unwatched,
    subscriptions_are_shown_and_made_anew,
    decommissioning_leaves_nothing_at_the_provider,
}

async fn a_calendar_is_watched_changed_and_unwatched(provider: Provider) {
    let office = Office::open(provider).await;
    let world = &office.world;
    let (connection, main) = (world.connection, world.main());

    office
        .types(&format!("calendar watch {connection} {main} --dry-run"))
        .await;
    let watched = office
        .types(&format!("calendar watch {connection} {main}"))
        .await;
    let id = watched.id("cal_");
    world.settle().await;
    world.advance(SignedDuration::from_mins(3));
    office.types("calendar list").await;
    office.types("calendar list --json").await;
    office.types(&format!("calendar show {id}")).await;
    office
        .types(&format!("calendar pause {id} --dry-run"))
        .await;
    office.types(&format!("calendar pause {id} --json")).await;
    office.types(&format!("calendar resume {id}")).await;
    office.types(&format!("calendar resync {id}")).await;
    office.types(&format!("calendar refresh {id}")).await;
    office
        .types(&format!("calendar unwatch {id} --dry-run"))
        .await;
    office.types(&format!("calendar unwatch {id}")).await;
    office.types(&format!("calendar resume {id}")).await;
    office.types("calendar list").await;
    office.types("calendar list --all").await;
    let other = "cal_00000000000000000000000000";
    office.types(&format!("calendar show {other}")).await;

    insta::assert_snapshot!(format!("cli-calendars-{provider}"), office.transcript());
}

async fn subscriptions_are_shown_and_made_anew(provider: Provider) {
    let office = Office::open(provider).await;
    let world = &office.world;
    let key = world.watch_main().await;
    let calendar = key.calendar;

    let listed = office.types("subscription list").await;
    let id = listed.id("sub_");
    office
        .types(&format!("subscription list --calendar {calendar} --json"))
        .await;
    office.types(&format!("subscription show {id}")).await;
    office
        .types(&format!("subscription show {id} --json"))
        .await;
    office.types("refresh-subscriptions").await;
    office.types("refresh-subscriptions --all --dry-run").await;
    office
        .types(&format!("refresh-subscriptions --calendar {calendar}"))
        .await;
    office.types("refresh-subscriptions --all --json").await;
    let other = "cal_00000000000000000000000000";
    office
        .types(&format!("refresh-subscriptions --calendar {other}"))
        .await;

    insta::assert_snapshot!(format!("cli-subscriptions-{provider}"), office.transcript());
}

async fn decommissioning_leaves_nothing_at_the_provider(provider: Provider) {
    let office = Office::open(provider).await;
    let world = &office.world;
    world.watch_main().await;
    let launch = world.add_calendar("launch@example.com", CalendarOptions::default());
    world.watch(&launch).await;
    world.settle().await;

    office.types("decommission --dry-run").await;
    let unsure = office.types("decommission").await;
    assert_eq!(unsure.status, 1);
    let alive = || world.google.channels().iter().filter(|it| it.live).count();
    assert_eq!(alive(), 2);
    let hasty = office.types("decommission --yes --wait 0").await;
    assert_eq!(hasty.status, 1);
    world.work().await;
    let done = office.types("decommission --yes --wait 0").await;

    assert_eq!(done.status, 0, "{done:?}");
    assert_eq!(alive(), 0);
    let left = office.run(&["calendar", "list", "--json"]).await;
    let left: Value = serde_json::from_str(&left.out).expect("a list");
    assert_eq!(left, serde_json::json!([]));
    insta::assert_snapshot!(format!("cli-decommission-{provider}"), office.transcript());
}
