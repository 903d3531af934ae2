//! What each path costs in AWS calls, by name and in order. The budgets stand in the README.

use domain::Provider;
use jiff::SignedDuration;
use serde_json::json;
use simulator::Settings;
use testkit::{Cloud, Message, World};

use crate::both::for_both;
use crate::events_of::{meeting, stand_up};
use crate::scenarios::channel;

for_both! {
    a_leading_notification_costs_four_calls_of_which_the_last_two_are_parallel,
    a_coalesced_notification_costs_three_calls,
    a_repeated_notification_costs_one_call,
    a_forged_notification_costs_no_call,
    the_first_notification_in_a_fresh_sandbox_costs_two_calls_more,
    a_late_notification_is_recorded_and_stops_its_channel_at_most_once_an_hour,
    a_run_with_changes_on_one_page_costs_what_the_budget_says,
    a_run_that_finds_nothing_costs_five_calls_and_the_echo_it_asks_for,
    a_message_for_which_nothing_is_owed_costs_one_call,
    a_sweep_with_nothing_due_reads_the_indexes_and_nothing_else,
    a_sweep_reads_no_more_however_many_calendars_exist;
    only microsoft:
        a_run_that_looks_several_things_up_takes_the_rest_of_the_mailbox,
}

/// The calls made so far, as one line each.
fn taken(cloud: &Cloud) -> String {
    let calls = cloud.take_calls();
    let lines: Vec<String> = calls.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// A world whose webhook function is warm and whose main calendar is clean.
async fn warm(provider: Provider) -> World {
    warm_with_key(provider).await.0
}

/// The same, with the calendar.
async fn warm_with_key(provider: Provider) -> (World, domain::CalendarKey) {
    let world = World::start_at(provider, Settings::default()).await;
    let key = world.watch_main().await;
    // The keys of channel tokens are believed for five minutes, so one notification has to come
    // just before the test, and its run must end clean.
    world.put(meeting("Warm-up"));
    world.deliver().await;
    world.work().await;
    world.advance(SignedDuration::from_secs(2));
    world.cloud.take_calls();
    (world, key)
}

async fn deliver(world: &World) -> String {
    world.deliver().await;
    taken(&world.cloud)
}

fn next_message(world: &World) -> Message {
    world
        .cloud
        .receive("test-interactive")
        .expect("a message that can be received")
}

async fn a_leading_notification_costs_four_calls_of_which_the_last_two_are_parallel(
    provider: Provider,
) {
    let world = warm(provider).await;

    world.put(meeting("One"));

    let calls = deliver(&world).await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(calls, @r"
    dynamodb GetItem test-notifications
    dynamodb UpdateItem test-calendars
    dynamodb PutItem test-notifications
    sqs SendMessage test-interactive
    ");
    }
}

async fn a_coalesced_notification_costs_three_calls(provider: Provider) {
    let world = warm(provider).await;
    world.put(meeting("One"));
    deliver(&world).await;

    world.put(meeting("Two"));

    let calls = deliver(&world).await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(calls, @r"
    dynamodb GetItem test-notifications
    dynamodb UpdateItem test-calendars
    dynamodb PutItem test-notifications
    ");
    }
}

async fn a_repeated_notification_costs_one_call(provider: Provider) {
    let world = warm(provider).await;
    world.put(meeting("One"));
    deliver(&world).await;

    world.google.redeliver(None);

    let calls = deliver(&world).await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(calls, @"dynamodb GetItem test-notifications");
    }
}

async fn a_forged_notification_costs_no_call(provider: Provider) {
    let world = warm(provider).await;
    let channel = channel(&world);

    for token in [None, Some(""), Some("forged"), Some(&*"A".repeat(111))] {
        world
            .google
            .forge(&channel, token)
            .expect("a channel that exists");
    }

    assert_eq!(world.deliver().await, [world.refused(); 4]);
    assert_eq!(taken(&world.cloud), "");
}

async fn the_first_notification_in_a_fresh_sandbox_costs_two_calls_more(provider: Provider) {
    let world = warm(provider).await.with_fresh_sandboxes();
    world.put(meeting("One"));
    world.deliver().await;
    world.put(meeting("Two"));

    let calls = deliver(&world).await;

    assert_eq!(calls.lines().count(), 2 + 4 + 3, "{calls}");
    assert!(
        calls.starts_with("secretsmanager GetSecretValue"),
        "{calls}"
    );
    // Before the first message is sent, and then every half minute.
    let switches = "dynamodb BatchGetItem test-organizations";
    assert_eq!(calls.matches(switches).count(), 1, "{calls}");
}

async fn a_late_notification_is_recorded_and_stops_its_channel_at_most_once_an_hour(
    provider: Provider,
) {
    let (world, key) = warm_with_key(provider).await;
    world
        .watcher
        .unwatch(key)
        .await
        .expect("a watched calendar");
    world.cloud.take_calls();
    world.put(meeting("One"));
    world.deliver().await;
    world.put(meeting("Two"));

    let calls = deliver(&world).await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(calls, @r"
    dynamodb GetItem test-notifications
    dynamodb UpdateItem test-calendars
    dynamodb PutItem test-notifications
    dynamodb UpdateItem test-subscriptions
    sqs SendMessage test-bulk
    dynamodb GetItem test-notifications
    dynamodb UpdateItem test-calendars
    dynamodb PutItem test-notifications
    dynamodb UpdateItem test-subscriptions
    ");
    }
}

async fn a_run_with_changes_on_one_page_costs_what_the_budget_says(provider: Provider) {
    let world = warm(provider).await;
    // Microsoft is asked for smaller pages.
    let count = match provider {
        Provider::Google => 120,
        Provider::Microsoft => 90,
    };
    for n in 0..count {
        world.put(meeting(&format!("Event {n}")));
    }
    world.deliver().await;
    let message = next_message(&world);
    world.cloud.take_calls();

    assert!(world.work_on(&message).await);

    // Acquire, raise, ⌈n/100⌉ gets, ⌈n/49⌉ transactions of which the last commits the cursor,
    // finish, ⌈n/10⌉ publishes, mark, run record. At Microsoft also a place among those who may
    // ask the mailbox, taken and given back.
    match provider {
        Provider::Google => insta::assert_snapshot!(taken(&world.cloud), @r"
    dynamodb UpdateItem test-calendars
    dynamodb UpdateItem test-calendars
    dynamodb BatchGetItem test-events
    dynamodb BatchGetItem test-events
    dynamodb TransactWriteItems test-calendars,test-changes,test-events
    dynamodb TransactWriteItems test-calendars,test-changes,test-events
    dynamodb TransactWriteItems test-calendars,test-changes,test-events
    dynamodb UpdateItem test-calendars
    events PutEvents test-bus
    events PutEvents test-bus
    events PutEvents test-bus
    events PutEvents test-bus
    events PutEvents test-bus
    events PutEvents test-bus
    events PutEvents test-bus
    events PutEvents test-bus
    events PutEvents test-bus
    events PutEvents test-bus
    events PutEvents test-bus
    events PutEvents test-bus
    dynamodb UpdateItem test-calendars
    dynamodb PutItem test-runs
    "),
        Provider::Microsoft => insta::assert_snapshot!(taken(&world.cloud), @r"
    dynamodb UpdateItem test-calendars
    dynamodb UpdateItem test-mailboxes
    dynamodb UpdateItem test-calendars
    dynamodb BatchGetItem test-events
    dynamodb TransactWriteItems test-calendars,test-changes,test-events
    dynamodb TransactWriteItems test-calendars,test-changes,test-events
    dynamodb UpdateItem test-calendars
    dynamodb UpdateItem test-mailboxes
    events PutEvents test-bus
    events PutEvents test-bus
    events PutEvents test-bus
    events PutEvents test-bus
    events PutEvents test-bus
    events PutEvents test-bus
    events PutEvents test-bus
    events PutEvents test-bus
    events PutEvents test-bus
    dynamodb UpdateItem test-calendars
    dynamodb PutItem test-runs
    "),
    }
}

async fn a_run_that_finds_nothing_costs_five_calls_and_the_echo_it_asks_for(provider: Provider) {
    let world = warm(provider).await;
    world.notify_of_nothing();
    world.deliver().await;
    let message = next_message(&world);
    world.cloud.take_calls();

    assert!(world.work_on(&message).await);

    match provider {
        Provider::Google => insta::assert_snapshot!(taken(&world.cloud), @r"
    dynamodb UpdateItem test-calendars
    dynamodb UpdateItem test-calendars
    dynamodb UpdateItem test-calendars
    dynamodb UpdateItem test-calendars
    sqs SendMessage test-interactive
    dynamodb PutItem test-runs
    "),
        // The same, and a place among those who may ask the mailbox, taken and given back.
        Provider::Microsoft => insta::assert_snapshot!(taken(&world.cloud), @r"
    dynamodb UpdateItem test-calendars
    dynamodb UpdateItem test-mailboxes
    dynamodb UpdateItem test-calendars
    dynamodb UpdateItem test-calendars
    dynamodb UpdateItem test-calendars
    sqs SendMessage test-interactive
    dynamodb UpdateItem test-mailboxes
    dynamodb PutItem test-runs
    "),
    }
}

async fn a_message_for_which_nothing_is_owed_costs_one_call(provider: Provider) {
    let world = warm(provider).await;
    world.put(meeting("One"));
    world.deliver().await;
    let message = next_message(&world);
    assert!(world.work_on(&message).await);
    world.cloud.take_calls();

    assert!(world.work_on(&message).await);

    let calls = taken(&world.cloud);
    insta::allow_duplicates! {
        insta::assert_snapshot!(calls, @"dynamodb UpdateItem test-calendars");
    }
}

async fn a_sweep_with_nothing_due_reads_the_indexes_and_nothing_else(provider: Provider) {
    let world = warm(provider).await;

    world.sweep().await;

    let calls = taken(&world.cloud);
    assert_eq!(
        calls.lines().count(),
        6 * usize::from(domain::sweep::SHARDS)
    );
    assert!(
        calls
            .lines()
            .all(|call| call.starts_with("dynamodb Query test-")),
        "{calls}"
    );
}

async fn a_sweep_reads_no_more_however_many_calendars_exist(provider: Provider) {
    let world = warm(provider).await;
    for n in 0..20 {
        let name = format!("calendar-{n}");
        let calendar = world.add_calendar(&name, simulator::CalendarOptions::default());
        world.watch(&calendar).await;
    }
    world.settle().await;
    world.advance(SignedDuration::from_secs(1));
    world.cloud.take_calls();

    world.sweep().await;

    let calls = taken(&world.cloud);
    assert_eq!(
        calls.lines().count(),
        6 * usize::from(domain::sweep::SHARDS)
    );
}

async fn a_run_that_looks_several_things_up_takes_the_rest_of_the_mailbox(provider: Provider) {
    let world = warm(provider).await;
    for _ in 0..2 {
        let mut series = stand_up();
        series["recurrence"] = json!(["RRULE:FREQ=DAILY;COUNT=3"]);
        world.put(series);
    }
    world.deliver().await;
    let message = next_message(&world);
    world.cloud.take_calls();

    assert!(world.work_on(&message).await);

    // Acquire, enter, raise, the rest taken and given back, one get, one transaction, finish,
    // leave, one publish, mark, run record.
    insta::assert_snapshot!(taken(&world.cloud), @r"
    dynamodb UpdateItem test-calendars
    dynamodb UpdateItem test-mailboxes
    dynamodb UpdateItem test-calendars
    dynamodb UpdateItem test-mailboxes
    dynamodb UpdateItem test-mailboxes
    dynamodb BatchGetItem test-events
    dynamodb TransactWriteItems test-calendars,test-changes,test-events
    dynamodb UpdateItem test-calendars
    dynamodb UpdateItem test-mailboxes
    events PutEvents test-bus
    dynamodb UpdateItem test-calendars
    dynamodb PutItem test-runs
    ");
}
