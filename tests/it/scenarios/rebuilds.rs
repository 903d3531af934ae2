//! A cursor that the provider does not honour any more: everything is read again, in place.

use domain::Provider;
use simulator::{Fault, Settings};
use testkit::World;

use crate::both::for_both;
use crate::events_of::{meeting, stand_up};
use crate::scenarios::paging::slice;
use crate::scenarios::scene::{
    clean, clean_with, feed, inbox, last_outcome, minutes, rows, said_since, seconds, settled,
    settled_from_nothing, small_pages, titled, titles,
};

for_both! {
    a_lost_cursor_is_rebuilt_in_place_and_every_deletion_is_confirmed,
    a_rebuild_that_finds_nothing_new_says_nothing,
    a_cursor_lost_between_two_pages_is_rebuilt,
    a_cursor_lost_again_during_its_rebuild_is_rebuilt_again,
    a_rebuild_that_would_delete_much_is_repeated_after_ten_minutes,
    what_was_doubted_and_comes_back_is_never_deleted,
    a_list_that_leaves_events_out_again_and_again_deletes_nothing,
    a_series_that_went_while_the_cursor_was_lost_takes_its_markers_along,
    a_list_that_leaves_out_a_marker_does_not_bring_the_occurrence_back,
    a_provider_that_lags_behind_its_own_hint_is_read_once_more,
    a_calendar_that_was_emptied_while_the_cursor_was_lost_is_emptied_in_the_end,
}

/// A world with a clean main calendar of so many events.
async fn filled(
    provider: Provider,
    settings: Settings,
    count: usize,
) -> (World, domain::CalendarKey, Vec<String>) {
    let (world, key) = clean_with(provider, settings).await;
    let put = |n| world.put(meeting(&format!("Event {n:02}")));
    let ids = (0..count).map(put).collect();
    settled_from_nothing(&world, key).await;
    (world, key, ids)
}

/// Changes the world without a word to anyone, and loses the cursor.
fn behind_our_back(world: &World, change: impl FnOnce()) {
    world.google.fault(Fault::DropDelivery.always());
    change();
    world.google.clear_faults();
    world.lose_cursors();
}

async fn deletions(world: &World, key: domain::CalendarKey) -> usize {
    let said = said_since(world, key).await;
    said.iter().filter(|it| **it == "event.deleted").count()
}

async fn a_lost_cursor_is_rebuilt_in_place_and_every_deletion_is_confirmed(provider: Provider) {
    let (world, key, ids) = filled(provider, small_pages(4), 12).await;
    let before = said_since(&world, key).await.len();
    behind_our_back(&world, || {
        world.delete(&ids[3]);
        world.put(titled(&ids[5], "Changed"));
    });
    world.put(meeting("New"));
    world.deliver().await;

    // Rows stay live throughout: at no point does a reader miss an event that exists.
    let mut pages = 0;
    while slice(&world).await {
        pages += 1;
        assert!(rows(&world, key).await.len() >= 12, "after {pages} pages");
        assert!(pages < 50, "pages without end");
    }
    assert!(pages > 4, "{pages}");
    settled_from_nothing(&world, key).await;

    let mut said = said_since(&world, key).await.split_off(before);
    said.sort_unstable();
    assert_eq!(said, ["event.created", "event.deleted", "event.updated"]);
    assert_eq!(world.look_ups(), 1);
    assert_eq!(feed(&world, key).await.rebuild, 2);
}

async fn a_rebuild_that_finds_nothing_new_says_nothing(provider: Provider) {
    let (world, key, _) = filled(provider, Settings::default(), 12).await;
    let before = said_since(&world, key).await.len();
    world.lose_cursors();
    world.notify_of_nothing();

    settled_from_nothing(&world, key).await;

    assert_eq!(said_since(&world, key).await.len(), before);
    assert_eq!(feed(&world, key).await.rebuild, 2);
}

async fn a_cursor_lost_between_two_pages_is_rebuilt(provider: Provider) {
    let (world, key, ids) = filled(provider, small_pages(3), 12).await;
    for id in &ids {
        world.put(titled(id, "Changed"));
    }
    world.deliver().await;
    assert!(slice(&world).await);
    assert!(slice(&world).await);

    world.lose_cursors();

    settled_from_nothing(&world, key).await;
}

async fn a_cursor_lost_again_during_its_rebuild_is_rebuilt_again(provider: Provider) {
    let (world, key, ids) = filled(provider, small_pages(3), 12).await;
    behind_our_back(&world, || world.delete(&ids[0]));
    world.put(meeting("New"));
    world.deliver().await;
    assert!(slice(&world).await);
    assert!(slice(&world).await);

    // An event that the first rebuild has seen goes away, and its pages are refused.
    world.google.fault(Fault::DropDelivery);
    world.delete(&ids[1]);
    world.google.fault(Fault::RefusePageToken);

    settled_from_nothing(&world, key).await;
    assert_eq!(deletions(&world, key).await, 2);
}

async fn a_rebuild_that_would_delete_much_is_repeated_after_ten_minutes(provider: Provider) {
    let (world, key, ids) = filled(provider, Settings::default(), 10).await;
    behind_our_back(&world, || {
        for id in &ids[..4] {
            world.delete(id);
        }
    });
    world.put(meeting("New"));

    world.deliver().await;
    world.work().await;
    assert_eq!(last_outcome(&world, key).await, "set_back");
    let doubting = inbox(&world, key).await;
    assert_eq!(doubting.hold, Some(world.now() + minutes(10)));
    assert_eq!(doubting.fails, 0, "nobody failed");
    assert_eq!(deletions(&world, key).await, 0);
    assert_eq!(rows(&world, key).await.len(), 11);

    // A hint does not hurry it.
    world.put(meeting("Newer"));
    world.advance(minutes(9));
    world.deliver().await;
    world.work().await;
    world.sweep().await;
    world.work().await;
    assert_eq!(deletions(&world, key).await, 0);

    world.advance(seconds(61));
    settled_from_nothing(&world, key).await;
    assert_eq!(deletions(&world, key).await, 4);
    assert_eq!(world.look_ups(), 4);
    assert_eq!(rows(&world, key).await.len(), 8);
}

async fn what_was_doubted_and_comes_back_is_never_deleted(provider: Provider) {
    let (world, key, _) = filled(provider, Settings::default(), 10).await;
    let before = said_since(&world, key).await.len();
    world.lose_cursors();
    world.google.fault(Fault::ReadLag { changes: 100 });
    world.put(meeting("New"));

    world.deliver().await;
    world.work().await;
    assert_eq!(last_outcome(&world, key).await, "set_back");

    settled_from_nothing(&world, key).await;
    assert_eq!(
        said_since(&world, key).await.split_off(before),
        ["event.created"]
    );
    assert_eq!(world.look_ups(), 0);
}

async fn a_list_that_leaves_events_out_again_and_again_deletes_nothing(provider: Provider) {
    // Few enough to be believed at once, and all of them, to be doubted once and then believed.
    for (changes, times) in [(3, 1), (100, 2)] {
        let (world, key, _) = filled(provider, Settings::default(), 10).await;
        let all = titles(&world, key).await;
        world.lose_cursors();
        world.google.fault(Fault::ReadLag { changes }.times(times));
        world.put(meeting("New"));

        settled_from_nothing(&world, key).await;

        assert_eq!(deletions(&world, key).await, 0, "{changes} left out");
        assert!(world.look_ups() > 0);
        let titles = titles(&world, key).await;
        assert!(all.iter().all(|title| titles.contains(title)));
    }
}

async fn a_series_that_went_while_the_cursor_was_lost_takes_its_markers_along(provider: Provider) {
    let (world, key, _) = filled(provider, Settings::default(), 14).await;
    let series = world.put(stand_up());
    world.cancel_occurrence(&series, "2026-11-19T09:30:00Z");
    world.move_occurrence(
        &series,
        "2026-11-20T09:30:00Z",
        "2026-11-20T14:00:00Z",
        "2026-11-20T14:15:00Z",
    );
    settled_from_nothing(&world, key).await;
    behind_our_back(&world, || world.delete(&series));
    world.put(meeting("New"));

    settled_from_nothing(&world, key).await;

    assert_eq!(rows(&world, key).await.len(), 15);
}

async fn a_list_that_leaves_out_a_marker_does_not_bring_the_occurrence_back(provider: Provider) {
    let (world, key) = clean(provider).await;
    let series = world.put(stand_up());
    for n in 0..9 {
        world.put(meeting(&format!("Event {n}")));
    }
    world.cancel_occurrence(&series, "2026-11-19T09:30:00Z");
    settled_from_nothing(&world, key).await;
    let before = said_since(&world, key).await.len();

    world.lose_cursors();
    // The new event and the marker are the two last changes.
    world.google.fault(Fault::ReadLag { changes: 2 });
    world.put(meeting("New"));
    settled_from_nothing(&world, key).await;

    assert_eq!(
        said_since(&world, key).await.split_off(before),
        ["event.created"]
    );
}

async fn a_provider_that_lags_behind_its_own_hint_is_read_once_more(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.put(meeting("Budget"));
    world.google.fault(Fault::ReadLag { changes: 1 });

    world.deliver().await;
    world.work().await;
    assert_eq!(rows(&world, key).await.len(), 0, "not there yet");
    assert!(inbox(&world, key).await.only_echo_is_owed());

    world.advance(minutes(1));
    world.work().await;
    assert_eq!(titles(&world, key).await, ["Budget"]);
    settled(&world, key).await;
}

async fn a_calendar_that_was_emptied_while_the_cursor_was_lost_is_emptied_in_the_end(
    provider: Provider,
) {
    let (world, key, ids) = filled(provider, Settings::default(), 120).await;
    behind_our_back(&world, || {
        for id in &ids {
            world.delete(id);
        }
    });
    world.notify_of_nothing();

    world.deliver().await;
    world.work().await;
    assert_eq!(rows(&world, key).await.len(), 120, "doubted first");

    settled_from_nothing(&world, key).await;
    assert_eq!(rows(&world, key).await.len(), 0);
    assert_eq!(world.look_ups(), 120);
}
