//! Watching, polling, pausing: what operators decide.

use app::watch::Watched;
use domain::inbox::Status;
use domain::subscription::NoPush;
use simulator::{CalendarOptions, Fault};
use testkit::World;
use testkit::world::ACCOUNT;

use crate::events_of::meeting;
use crate::scenarios::scene::{
    clean, hours, inbox, is_true, items, minutes, pass, runs, said_since, settled,
    settled_from_nothing, titled,
};

const HOLIDAYS: &str = "en.portuguese#holiday@group.v.calendar.example.com";

async fn holidays() -> (World, domain::CalendarKey) {
    let world = World::start().await;
    let unwatchable = CalendarOptions {
        watchable: false,
        ..CalendarOptions::default()
    };
    world.google.add_calendar(ACCOUNT, HOLIDAYS, unwatchable);
    let (key, watched) = world.watch(HOLIDAYS).await;
    assert_eq!(watched, Watched::Polled(NoPush::Unwatchable));
    pass(&world, 1).await;
    is_true(&world, key, HOLIDAYS).await;
    (world, key)
}

#[tokio::test]
async fn a_calendar_that_can_not_be_pushed_is_polled() {
    let (world, key) = holidays().await;

    let id = world.google.put_event(HOLIDAYS, meeting("Carnival"));
    assert_eq!(world.deliver().await, [0; 0]);
    pass(&world, 7).await;
    is_true(&world, key, HOLIDAYS).await;
    world.google.delete_event(HOLIDAYS, &id);
    pass(&world, 7).await;

    is_true(&world, key, HOLIDAYS).await;
    world.assert_feed_rebuilds(key).await;
    assert_eq!(
        said_since(&world, key).await,
        ["event.created", "event.deleted"]
    );
}

#[tokio::test]
async fn a_poll_that_finds_nothing_is_not_repeated() {
    let (world, key) = holidays().await;
    pass(&world, 2).await;
    let before = runs(&world, key).await.len();

    pass(&world, 30).await;

    let polls = runs(&world, key).await.split_off(before);
    assert!((4..=9).contains(&polls.len()), "{} polls", polls.len());
    assert!(polls.iter().all(|run| run.reason == "poll"), "{polls:?}");
    is_true(&world, key, HOLIDAYS).await;
}

#[tokio::test]
async fn a_callback_that_is_not_accepted_is_our_fault_and_leaves_no_channel() {
    let world = World::start().await;
    world.google.fault(Fault::UnauthorizedWebhook);

    let source = world.source(ACCOUNT);
    let refused = world.watcher.watch(world.organization, &source).await;

    let error = refused.expect_err("the callback address is not accepted");
    assert!(error.to_string().contains("callback"), "{error}");
    assert_eq!(world.google.channels(), []);
    let subscriptions = items(&world, "test-subscriptions").await;
    assert!(subscriptions.iter().all(|it| it["state"] == "failed"));
}

#[tokio::test]
async fn a_paused_calendar_keeps_its_hints_and_is_read_once_when_it_resumes() {
    let (world, key) = clean().await;
    world.google.put_event(ACCOUNT, meeting("Before"));
    settled_from_nothing(&world, key).await;
    let before = runs(&world, key).await.len();
    let owed = inbox(&world, key).await.req;
    let asked = world.google.requests_to("events.list");

    world.watcher.pause(key).await.expect("an active calendar");
    for n in 0..5 {
        world
            .google
            .put_event(ACCOUNT, meeting(&format!("Event {n}")));
        assert_eq!(world.deliver().await, [200]);
        world.work().await;
        world.advance(minutes(2));
        world.sweep().await;
    }
    world.settle().await;
    let paused = inbox(&world, key).await;
    assert_eq!(paused.status, Status::Paused);
    assert_eq!(paused.req, owed + 5);
    assert_eq!(paused.due, None, "out of the sweeper's sight");
    assert_eq!(world.google.requests_to("events.list"), asked);
    assert_eq!(runs(&world, key).await.len(), before);

    world.watcher.resume(key).await.expect("a paused calendar");
    settled_from_nothing(&world, key).await;
    assert_eq!(runs(&world, key).await.len(), before + 1);
    assert_eq!(said_since(&world, key).await, ["event.created"; 6]);
}

#[tokio::test]
async fn a_message_that_was_under_way_when_the_pause_came_reads_nothing() {
    let (world, key) = clean().await;
    world.google.put_event(ACCOUNT, meeting("Budget"));
    world.deliver().await;
    world.watcher.pause(key).await.expect("an active calendar");

    assert_eq!(world.work().await, 1);
    assert!(inbox(&world, key).await.is_dirty());

    world.watcher.resume(key).await.expect("a paused calendar");
    settled_from_nothing(&world, key).await;
}

#[tokio::test]
async fn a_resume_whose_message_is_lost_is_swept() {
    let (world, key) = clean().await;
    world.watcher.pause(key).await.expect("an active calendar");
    world.google.put_event(ACCOUNT, meeting("Budget"));
    world.deliver().await;
    world.cloud.lose_next_message("test-interactive");

    world.watcher.resume(key).await.expect("a paused calendar");

    assert_eq!(world.work().await, 0);
    settled_from_nothing(&world, key).await;
}

#[tokio::test]
async fn a_pause_in_the_middle_of_a_read_leaves_the_rest_for_later() {
    let (world, key) =
        crate::scenarios::scene::clean_with(crate::scenarios::scene::small_pages(3)).await;
    for n in 0..12 {
        world
            .google
            .put_event(ACCOUNT, meeting(&format!("Event {n}")));
    }
    world.deliver().await;
    assert!(crate::scenarios::paging::slice(&world).await);
    world.watcher.pause(key).await.expect("an active calendar");
    world.settle().await;
    assert_eq!(said_since(&world, key).await.len(), 3);

    world.watcher.resume(key).await.expect("a paused calendar");
    settled_from_nothing(&world, key).await;
    assert_eq!(said_since(&world, key).await.len(), 12);
}

#[tokio::test]
async fn a_paused_calendar_is_not_polled() {
    let (world, key) = clean().await;
    world.watcher.pause(key).await.expect("an active calendar");
    let asked = world.google.requests_to("events.list");

    for _ in 0..6 {
        world.advance(hours(8));
        world.sweep().await;
        world.work().await;
    }

    assert_eq!(world.google.requests_to("events.list"), asked);
    world.watcher.resume(key).await.expect("a paused calendar");
    settled(&world, key).await;
}

#[tokio::test]
async fn an_unwatched_calendar_is_read_no_more() {
    let (world, key) = clean().await;
    let id = world.google.put_event(ACCOUNT, meeting("Budget"));
    settled_from_nothing(&world, key).await;
    world
        .watcher
        .unwatch(key)
        .await
        .expect("a watched calendar");
    world.settle().await;
    let asked = world.google.requests_to("events.list");

    world.google.put_event(ACCOUNT, titled(&id, "Unheard"));
    for _ in 0..6 {
        world.advance(hours(8));
        world.deliver().await;
        assert_eq!(world.sweep().await, app::sweep::Swept::default());
        world.work().await;
    }

    assert_eq!(world.google.requests_to("events.list"), asked);
    assert!(world.google.channels()[0].stopped);
    assert_eq!(world.google.violations(), []);
}

#[tokio::test]
async fn a_calendar_may_be_unwatched_while_it_is_read() {
    let (world, key) =
        crate::scenarios::scene::clean_with(crate::scenarios::scene::small_pages(3)).await;
    for n in 0..12 {
        world
            .google
            .put_event(ACCOUNT, meeting(&format!("Event {n}")));
    }
    world.deliver().await;
    assert!(crate::scenarios::paging::slice(&world).await);
    world
        .watcher
        .unwatch(key)
        .await
        .expect("a watched calendar");

    world.settle().await;

    assert_eq!(inbox(&world, key).await.status, Status::Unwatched);
    assert_eq!(inbox(&world, key).await.due, None);
    assert!(world.google.channels()[0].stopped);
}
