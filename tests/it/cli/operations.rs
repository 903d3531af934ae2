//! What operators look at first: health, switches, and whether strangers are turned away.

use domain::Provider;

use super::office::Office;
use crate::both::for_both;

for_both! {
    health_tells_a_monitor_how_it_is,
}

async fn health_tells_a_monitor_how_it_is(provider: Provider) {
    let office = Office::open(provider).await;
    let world = &office.world;
    world.watch_main().await;

    let well = office.types("health").await;
    office.types("health --json").await;
    world.revoke();
    world.put(crate::events_of::meeting("Budget"));
    world.deliver().await;
    world.work().await;
    let ill = office.types("health").await;

    assert_eq!(well.status, 0, "{well:?}");
    assert_ne!(ill.status, 0, "{ill:?}");
    insta::assert_snapshot!(format!("cli-health-{provider}"), office.transcript());
}

#[tokio::test]
async fn switches_are_shown_and_set() {
    let office = Office::open(Provider::Google).await;

    office.types("switches show").await;
    office.types("switches set").await;
    office
        .types("switches set --sync off --ingest record-only --dry-run")
        .await;
    let set = office
        .types("switches set --sync off --ingest record-only")
        .await;
    office.types("switches show --json").await;
    office.types("org show").await;
    office.types("health").await;

    assert_eq!(set.status, 0, "{set:?}");
    insta::assert_snapshot!("cli-switches", office.transcript());
}

#[tokio::test]
async fn a_webhook_that_turns_strangers_away_passes() {
    let office = Office::open(Provider::Google).await;

    let all = office.types("test-webhook").await;
    office
        .types("test-webhook --provider microsoft --json")
        .await;

    assert_eq!(all.status, 0, "{all:?}");
    insta::assert_snapshot!("cli-test-webhook", office.transcript());
}

#[tokio::test]
async fn something_else_at_the_address_of_the_webhook_does_not_pass() {
    let office = Office::open(Provider::Google).await;
    let provider = office.world.google_url().to_owned();

    let all = office.run(&["test-webhook", "--url", &provider]).await;

    assert_eq!(all.status, 1, "{all:?}");
    assert_eq!(all.out.matches("WRONG").count(), 3, "{all:?}");
}
