//! Watching, polling, pausing: what operators decide.

use app::watch::Watched;
use domain::Provider;
use domain::inbox::Status;
use domain::subscription::NoPush;
use simulator::Settings;
use simulator::{CalendarOptions, Fault, HandshakeAnswer};
use testkit::World;

use crate::both::for_both;
use crate::events_of::meeting;
use crate::scenarios::is_true;
use crate::scenarios::paging::slice;
use crate::scenarios::scene::{
    arrives, clean, clean_with, hours, inbox, items, minutes, pass, runs, said_since, settled,
    settled_from_nothing, small_pages, titled,
};

for_both! {
    a_calendar_that_can_not_be_pushed_is_polled,
    a_poll_that_finds_nothing_is_not_repeated,
    a_callback_that_is_not_accepted_is_our_fault_and_leaves_no_channel,
    a_paused_calendar_keeps_its_hints_and_is_read_once_when_it_resumes,
    a_message_that_was_under_way_when_the_pause_came_reads_nothing,
    a_resume_whose_message_is_lost_is_swept,
    a_pause_in_the_middle_of_a_read_leaves_the_rest_for_later,
    a_paused_calendar_is_not_polled,
    an_unwatched_calendar_is_read_no_more,
    a_calendar_may_be_unwatched_while_it_is_read,
}

async fn holidays(provider: Provider) -> (World, domain::CalendarKey, String) {
    let world = World::start_at(provider, Settings::default()).await;
    let unwatchable = CalendarOptions {
        watchable: false,
        ..CalendarOptions::default()
    };
    let name = match provider {
        Provider::Google => "en.portuguese#holiday@group.v.calendar.example.com",
        Provider::Microsoft => "AAMkAGI2TGuLAAA",
    };
    let holidays = world.add_calendar(name, unwatchable);
    let (key, watched) = world.watch(&holidays).await;
    assert_eq!(watched, Watched::Polled(NoPush::Unwatchable));
    pass(&world, 1).await;
    is_true(&world, key, &holidays).await;
    (world, key, holidays)
}

async fn a_calendar_that_can_not_be_pushed_is_polled(provider: Provider) {
    let (world, key, holidays) = holidays(provider).await;

    let id = world.put_in(&holidays, meeting("Carnival"));
    assert_eq!(world.deliver().await, [0; 0]);
    pass(&world, 7).await;
    is_true(&world, key, &holidays).await;
    world.delete_in(&holidays, &id);
    pass(&world, 7).await;

    is_true(&world, key, &holidays).await;
    world.assert_feed_rebuilds(key).await;
    assert_eq!(
        said_since(&world, key).await,
        ["event.created", "event.deleted"]
    );
}

async fn a_poll_that_finds_nothing_is_not_repeated(provider: Provider) {
    let (world, key, holidays) = holidays(provider).await;
    pass(&world, 2).await;
    let before = runs(&world, key).await.len();

    pass(&world, 30).await;

    let polls = runs(&world, key).await.split_off(before);
    assert!((4..=9).contains(&polls.len()), "{} polls", polls.len());
    assert!(polls.iter().all(|run| run.reason == "poll"), "{polls:?}");
    is_true(&world, key, &holidays).await;
}

async fn a_callback_that_is_not_accepted_is_our_fault_and_leaves_no_channel(provider: Provider) {
    let world = World::start_at(provider, Settings::default()).await;
    match provider {
        Provider::Google => world.google.fault(Fault::UnauthorizedWebhook),
        // Microsoft calls the address, and is not answered as it wishes.
        Provider::Microsoft => world.google.answer_handshakes_with(|_| {
            Box::pin(async {
                HandshakeAnswer {
                    status: 500,
                    content_type: None,
                    body: Vec::new(),
                }
            })
        }),
    }

    let source = world.source(world.main());
    let refused = world.watcher.watch(world.organization, &source).await;

    let error = refused.expect_err("the callback address is not accepted");
    assert!(error.to_string().contains("callback"), "{error}");
    assert_eq!(world.watches(), []);
    let subscriptions = items(&world, "test-subscriptions").await;
    assert!(subscriptions.iter().all(|it| it["state"] == "failed"));
}

async fn a_paused_calendar_keeps_its_hints_and_is_read_once_when_it_resumes(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.put(meeting("Before"));
    settled_from_nothing(&world, key).await;
    let before = runs(&world, key).await.len();
    let owed = inbox(&world, key).await.req;
    let asked = world.pages_asked();

    world.watcher.pause(key).await.expect("an active calendar");
    for n in 0..5 {
        world.put(meeting(&format!("Event {n}")));
        arrives(&world).await;
        world.work().await;
        world.advance(minutes(2));
        world.sweep().await;
    }
    world.settle().await;
    let paused = inbox(&world, key).await;
    assert_eq!(paused.status, Status::Paused);
    assert_eq!(paused.req, owed + 5);
    assert_eq!(paused.due, None, "out of the sweeper's sight");
    assert_eq!(world.pages_asked(), asked);
    assert_eq!(runs(&world, key).await.len(), before);

    world.watcher.resume(key).await.expect("a paused calendar");
    settled_from_nothing(&world, key).await;
    assert_eq!(runs(&world, key).await.len(), before + 1);
    assert_eq!(said_since(&world, key).await, ["event.created"; 6]);
}

async fn a_message_that_was_under_way_when_the_pause_came_reads_nothing(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.put(meeting("Budget"));
    world.deliver().await;
    world.watcher.pause(key).await.expect("an active calendar");

    assert_eq!(world.work().await, 1);
    assert!(inbox(&world, key).await.is_dirty());

    world.watcher.resume(key).await.expect("a paused calendar");
    settled_from_nothing(&world, key).await;
}

async fn a_resume_whose_message_is_lost_is_swept(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.watcher.pause(key).await.expect("an active calendar");
    world.put(meeting("Budget"));
    world.deliver().await;
    world.cloud.lose_next_message("test-interactive");

    world.watcher.resume(key).await.expect("a paused calendar");

    assert_eq!(world.work().await, 0);
    settled_from_nothing(&world, key).await;
}

async fn a_pause_in_the_middle_of_a_read_leaves_the_rest_for_later(provider: Provider) {
    let (world, key) = clean_with(provider, small_pages(3)).await;
    for n in 0..12 {
        world.put(meeting(&format!("Event {n}")));
    }
    world.deliver().await;
    assert!(slice(&world).await);
    world.watcher.pause(key).await.expect("an active calendar");
    world.settle().await;
    assert_eq!(said_since(&world, key).await.len(), 3);

    world.watcher.resume(key).await.expect("a paused calendar");
    settled_from_nothing(&world, key).await;
    assert_eq!(said_since(&world, key).await.len(), 12);
}

async fn a_paused_calendar_is_not_polled(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.watcher.pause(key).await.expect("an active calendar");
    let asked = world.pages_asked();

    for _ in 0..6 {
        world.advance(hours(8));
        world.sweep().await;
        world.work().await;
    }

    assert_eq!(world.pages_asked(), asked);
    world.watcher.resume(key).await.expect("a paused calendar");
    settled(&world, key).await;
}

async fn an_unwatched_calendar_is_read_no_more(provider: Provider) {
    let (world, key) = clean(provider).await;
    let id = world.put(meeting("Budget"));
    settled_from_nothing(&world, key).await;
    world
        .watcher
        .unwatch(key)
        .await
        .expect("a watched calendar");
    world.settle().await;
    let asked = world.pages_asked();

    world.put(titled(&id, "Unheard"));
    for _ in 0..6 {
        world.advance(hours(8));
        world.deliver().await;
        assert_eq!(world.sweep().await, app::sweep::Swept::default());
        world.work().await;
    }

    assert_eq!(world.pages_asked(), asked);
    assert!(world.watches()[0].stopped);
    assert_eq!(world.google.violations(), []);
}

async fn a_calendar_may_be_unwatched_while_it_is_read(provider: Provider) {
    let (world, key) = clean_with(provider, small_pages(3)).await;
    for n in 0..12 {
        world.put(meeting(&format!("Event {n}")));
    }
    world.deliver().await;
    assert!(slice(&world).await);
    world
        .watcher
        .unwatch(key)
        .await
        .expect("a watched calendar");

    world.settle().await;

    assert_eq!(inbox(&world, key).await.status, Status::Unwatched);
    assert_eq!(inbox(&world, key).await.due, None);
    assert!(world.watches()[0].stopped);
}
