//! Subscriptions that end, are refused, or are lost on the way.

use app::watch::Watched;
use domain::Provider;
use domain::inbox::Status;
use domain::push::Push;
use domain::subscription::{NoPush, State};
use simulator::{Fault, LifecycleEvent, Settings};
use testkit::{Failure, On, World};

use super::{days, feed, heard, hours, listened_to, minutes, speaking, tick};
use crate::both::for_both;
use crate::events_of::meeting;
use crate::scenarios::{arrives, clean, inbox, is_true, settled};

for_both! {
    a_subscription_that_ended_while_nobody_looked_is_restored,
    a_watch_that_crashed_before_the_provider_was_asked_is_made_up_for,
    an_attempt_that_was_never_answered_is_repeated_and_push_comes_back,
    a_provider_that_is_down_at_renewal_is_asked_again_and_nothing_lapses,
    a_provider_that_asks_for_patience_is_left_alone_for_the_rest_of_the_run,
    a_calendar_that_could_not_be_watched_is_tried_again_after_a_week,
    a_withdrawn_grant_is_not_renewed_with_and_a_new_one_is,
    one_failure_stops_nothing;
    only microsoft:
        a_subscription_that_graph_forgot_is_found_out_by_its_renewal,
        a_subscription_that_was_removed_is_replaced_at_the_next_run,
        a_calendar_that_somebody_else_was_told_of_gets_push_when_they_let_go,
}

async fn a_subscription_that_ended_while_nobody_looked_is_restored(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.advance(days(8));
    assert_eq!(speaking(&world).len(), 0);
    world.put(meeting("Unheard"));

    tick(&world).await;

    assert_eq!(speaking(&world).len(), 1);
    settled(&world, key).await;
    let said = heard(&world).await;
    assert!(said.contains(&"subscription.lapsed".to_owned()), "{said:?}");
    world.put(meeting("Heard"));
    arrives(&world).await;
    settled(&world, key).await;
}

async fn a_watch_that_crashed_before_the_provider_was_asked_is_made_up_for(provider: Provider) {
    let world = World::start_at(provider, Settings::default()).await;
    let source = world.source(world.main());
    // The keys are read, and row, feed and inbox written; then it dies.
    let ended = world
        .cloud
        .crash_during(4, async {
            let _ = world.watcher.watch(world.organization, &source).await;
        })
        .await;
    assert!(ended.crashed());
    let world = world.with_fresh_sandboxes();
    assert_eq!(speaking(&world).len(), 0);

    world.advance(minutes(16));
    tick(&world).await;

    assert_eq!(speaking(&world).len(), 1);
    world.settle().await;
}

async fn an_attempt_that_was_never_answered_is_repeated_and_push_comes_back(provider: Provider) {
    let world = World::start_at(provider, Settings::default()).await;
    world
        .google
        .fault(Fault::ServerError { status: 503 }.times(3));
    let (key, watched) = world.watch(world.main()).await;
    assert_eq!(watched, Watched::Polled(NoPush::Unanswered));
    assert_eq!(feed(&world, key).await.push, Push::Off(NoPush::Unanswered));
    world.google.clear_faults();

    world.advance(minutes(2));
    tick(&world).await;

    assert_eq!(speaking(&world).len(), 1);
    world.settle().await;
    assert_eq!(feed(&world, key).await.push, Push::On);
    let said = heard(&world).await;
    assert!(
        said.contains(&"calendar.push_restored".to_owned()),
        "{said:?}"
    );
    is_true(&world, key, world.main()).await;
}

async fn a_provider_that_is_down_at_renewal_is_asked_again_and_nothing_lapses(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.advance(days(5) + hours(12));
    world
        .google
        .fault(Fault::ServerError { status: 503 }.always());
    for _ in 0..24 {
        assert_eq!(speaking(&world).len(), 1);
        world.renew().await;
        world.advance(hours(1));
    }
    assert_eq!(
        feed(&world, key).await.push,
        Push::On,
        "the old one still lives"
    );
    world.google.clear_faults();

    tick(&world).await;
    world.advance(hours(1));
    tick(&world).await;

    let now = world.now();
    let lasts = speaking(&world)
        .iter()
        .any(|it| it.expiration > now + days(6));
    assert!(lasts, "{:#?}", speaking(&world));
    settled(&world, key).await;
}

async fn a_provider_that_asks_for_patience_is_left_alone_for_the_rest_of_the_run(
    provider: Provider,
) {
    let (world, _) = clean(provider).await;
    for n in 0..40 {
        let name = world.add_calendar(&format!("calendar-{n}"), Default::default());
        world.watch(&name).await;
    }
    world.settle().await;
    world.advance(days(6));
    world.google.fault(
        Fault::Quota {
            retry_after: Some(600),
        }
        .always(),
    );

    let renewed = world.renew().await;

    assert!(renewed.due >= 30, "{renewed:?}");
    // As many as were on their way already.
    assert!(renewed.refused <= 16, "{renewed:?}");
    assert_eq!(renewed.failures, 0);
    world.google.clear_faults();
    for _ in 0..4 {
        world.advance(minutes(10));
        tick(&world).await;
    }
    let now = world.now();
    let fresh = world.google.channels().into_iter();
    let fresh = fresh.filter(|it| it.live && it.expiration > now + days(5));
    assert_eq!(fresh.count(), 41);
}

async fn a_calendar_that_could_not_be_watched_is_tried_again_after_a_week(provider: Provider) {
    let world = World::start_at(provider, Settings::default()).await;
    world.fault(Fault::RefuseWatch);
    let (key, watched) = world.watch(world.main()).await;
    assert_eq!(watched, Watched::Polled(NoPush::Unwatchable));
    let asked = |world: &World| match provider {
        Provider::Google => world.google.requests_to("events.watch"),
        Provider::Microsoft => world.google.requests_to("graph.subscriptions.create"),
    };
    let before = asked(&world);
    for _ in 0..6 {
        world.advance(days(1));
        world.renew().await;
    }
    assert_eq!(asked(&world), before, "its nature hardly changes");

    world.advance(days(3));
    world.renew().await;

    assert_eq!(asked(&world), before + 1);
    assert_eq!(feed(&world, key).await.push, Push::Off(NoPush::Unwatchable));
}

async fn a_withdrawn_grant_is_not_renewed_with_and_a_new_one_is(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.revoke();
    world.advance(days(6));
    world.renew().await;
    world
        .watcher
        .inboxes
        .ask(key, world.now())
        .await
        .expect("a table");
    for _ in 0..3 {
        world.advance(minutes(2));
        world.sweep().await;
        world.work().await;
    }
    assert_eq!(inbox(&world, key).await.status, Status::Ungranted);
    world.advance(hours(2));

    let renewed = world.renew().await;

    assert_eq!((renewed.created, renewed.failures), (0, 0), "{renewed:?}");
    let said = heard(&world).await;
    assert!(
        said.contains(&"connection.reauth_required".to_owned()),
        "{said:?}"
    );
}

async fn one_failure_stops_nothing(provider: Provider) {
    let (world, _) = clean(provider).await;
    for n in 0..5 {
        let name = world.add_calendar(&format!("calendar-{n}"), Default::default());
        world.watch(&name).await;
    }
    world.settle().await;
    world.advance(days(6));
    world.cloud.fail_next(
        On::operation("UpdateItem").resource("test-subscriptions"),
        Failure::Throttled,
        1,
    );

    let renewed = world.renew().await;

    assert!(renewed.failures <= 1, "{renewed:?}");
    assert!(renewed.created + renewed.extended >= 5, "{renewed:?}");
}

async fn a_subscription_that_graph_forgot_is_found_out_by_its_renewal(_: Provider) {
    let (world, key) = clean(Provider::Microsoft).await;
    let channel = speaking(&world)[0].id.clone();
    world.graph.remove_subscription(&channel);
    world.put(meeting("Unheard"));
    world.advance(days(6));

    tick(&world).await;

    assert_eq!(speaking(&world).len(), 1);
    assert_ne!(speaking(&world)[0].id, channel);
    settled(&world, key).await;
}

async fn a_subscription_that_was_removed_is_replaced_at_the_next_run(_: Provider) {
    let (world, key) = clean(Provider::Microsoft).await;
    let channel = speaking(&world)[0].id.clone();
    let kind = LifecycleEvent::SubscriptionRemoved;
    world.graph.lifecycle(&channel, kind);
    arrives(&world).await;
    world.graph.remove_subscription(&channel);

    tick(&world).await;

    let rows = listened_to(&world, key).await;
    assert_eq!(speaking(&world).len(), 1);
    let states: Vec<State> = rows.iter().map(|row| row.state).collect();
    assert_eq!(states, [State::Lapsed, State::Active]);
    assert_eq!(
        feed(&world, key).await.push,
        Push::On,
        "there was no time for doubt"
    );
    settled(&world, key).await;
}

async fn a_calendar_that_somebody_else_was_told_of_gets_push_when_they_let_go(_: Provider) {
    let (one, first) = clean(Provider::Microsoft).await;
    let two = one.another_tenant(testkit::world::ACCOUNT).await;
    let (second, watched) = two.watch(two.main()).await;
    assert_eq!(watched, Watched::Polled(NoPush::Shared));
    one.advance(hours(9));
    tick(&one).await;
    assert_eq!(
        feed(&two, second).await.push,
        Push::Off(NoPush::Shared),
        "still theirs"
    );
    assert_eq!(speaking(&one).len(), 1);

    one.watcher.unwatch(first).await.expect("a calendar");
    one.work().await;
    one.advance(hours(9));
    tick(&two).await;

    assert_eq!(feed(&two, second).await.push, Push::On);
    two.put(meeting("Now told"));
    arrives(&two).await;
    two.settle().await;
    is_true(&two, second, two.main()).await;
}
