//! Many pages: empty ones, refused ones, ones that lead nowhere, and changes in between.

use domain::Provider;
use domain::reading::Checkpoint;
use simulator::{Fault, Settings};
use testkit::World;
use testkit::world::QUEUES;

use crate::both::for_both;
use crate::events_of::meeting;
use crate::scenarios::is_true;
use crate::scenarios::scene::{
    clean_with, entries, feed, inbox, last_outcome, rows, said, settled, settled_from_nothing,
    small_pages, titled,
};

for_both! {
    a_calendar_of_many_pages_is_imported_and_followed,
    a_page_with_more_events_than_a_transaction_holds_is_written_whole,
    empty_pages_are_turned,
    a_page_that_names_itself_as_the_next_one_sets_the_read_back,
    a_page_that_is_read_twice_changes_nothing_the_second_time,
    a_refused_page_restarts_the_round_from_its_cursor,
    pages_that_are_always_refused_set_the_read_back,
    a_page_refused_after_a_pause_restarts_the_round,
    a_page_refused_during_the_import_imports_anew_and_says_so_once,
    changes_while_pages_are_read_are_not_missed,
    changes_while_pages_of_a_snapshot_are_read_are_not_missed,
    changes_while_the_import_goes_on_are_not_missed,
    a_long_round_goes_on_in_slices_through_the_bulk_queue,
    a_slice_whose_message_is_lost_is_swept,
}

/// Works on one message for just one page; the rest is left to the next one.
pub(crate) async fn slice(world: &World) -> bool {
    for queue in QUEUES {
        if let Some(message) = world.cloud.receive(queue) {
            if world.work_until(&message, world.now()).await {
                world.cloud.delete(queue, &message);
            }
            return true;
        }
    }
    false
}

fn put(world: &World, count: usize) -> Vec<String> {
    let put = |n| world.put(meeting(&format!("Event {n}")));
    (0..count).map(put).collect()
}

async fn a_calendar_of_many_pages_is_imported_and_followed(provider: Provider) {
    let world = World::start_at(provider, small_pages(7)).await;
    world.bulk(100);
    let key = world.watch_main().await;
    is_true(&world, key, world.main()).await;
    assert_eq!(said(&world, key).await, ["resynced"]);

    put(&world, 30);
    for n in 0..20 {
        world.put(titled(&world.bulk_id(n), "Changed"));
    }
    settled(&world, key).await;

    assert_eq!(entries(&world, key).await.len(), 51);
}

async fn a_page_with_more_events_than_a_transaction_holds_is_written_whole(provider: Provider) {
    let (world, key) = clean_with(provider, Settings::default()).await;
    put(&world, 250);

    settled_from_nothing(&world, key).await;

    assert_eq!(rows(&world, key).await.len(), 250);
}

async fn empty_pages_are_turned(provider: Provider) {
    let world = World::start_at(provider, small_pages(3)).await;
    world.bulk(10);
    world.google.fault(Fault::EmptyPage.times(3));
    let key = world.watch_main().await;
    is_true(&world, key, world.main()).await;

    put(&world, 10);
    world.deliver().await;
    let mut pages = 0;
    while slice(&world).await {
        pages += 1;
        if pages % 2 == 0 {
            world.google.fault(Fault::EmptyPage);
        }
        assert!(pages < 50, "pages without end");
    }
    world.google.clear_faults();
    settled(&world, key).await;
    assert!(pages > 4, "{pages}");
    assert_eq!(inbox(&world, key).await.fails, 0);
}

async fn a_page_that_names_itself_as_the_next_one_sets_the_read_back(provider: Provider) {
    let (world, key) = clean_with(provider, small_pages(2)).await;
    put(&world, 5);
    world.google.fault(Fault::PageTokenLoop.always());

    world.deliver().await;
    world.work().await;
    assert_eq!(last_outcome(&world, key).await, "set_back");
    assert_eq!(inbox(&world, key).await.fails, 1);
    let asked = world.pages_asked();
    assert!(asked < 6, "{asked} requests");

    world.google.clear_faults();
    settled_from_nothing(&world, key).await;
    assert_eq!(inbox(&world, key).await.fails, 0);
}

async fn a_page_that_is_read_twice_changes_nothing_the_second_time(provider: Provider) {
    let (world, key) = clean_with(provider, small_pages(2)).await;
    put(&world, 5);
    world.google.fault(Fault::PageTokenLoop);

    settled_from_nothing(&world, key).await;

    assert_eq!(entries(&world, key).await.len(), 6);
}

async fn a_refused_page_restarts_the_round_from_its_cursor(provider: Provider) {
    let (world, key) = clean_with(provider, small_pages(2)).await;
    put(&world, 7);
    world.google.fault(Fault::RefusePageToken);

    world.deliver().await;
    world.work().await;
    assert_eq!(last_outcome(&world, key).await, "finished");
    assert_eq!(feed(&world, key).await.rebuild, 1, "no rebuild");

    settled_from_nothing(&world, key).await;
    assert_eq!(entries(&world, key).await.len(), 8);
}

async fn pages_that_are_always_refused_set_the_read_back(provider: Provider) {
    let (world, key) = clean_with(provider, small_pages(2)).await;
    put(&world, 7);
    world.google.fault(Fault::RefusePageToken.always());

    world.deliver().await;
    world.work().await;
    assert_eq!(last_outcome(&world, key).await, "set_back");

    world.google.clear_faults();
    settled_from_nothing(&world, key).await;
}

async fn a_page_refused_after_a_pause_restarts_the_round(provider: Provider) {
    // The page was stored by one invocation and is refused to the next.
    let (world, key) = clean_with(provider, small_pages(2)).await;
    put(&world, 7);
    world.deliver().await;
    assert!(slice(&world).await);
    let checkpoint = feed(&world, key).await.checkpoint;
    assert!(matches!(checkpoint, Some(Checkpoint::Page(_))));

    world.google.fault(Fault::RefusePageToken);
    settled_from_nothing(&world, key).await;
}

async fn a_page_refused_during_the_import_imports_anew_and_says_so_once(provider: Provider) {
    let world = World::start_at(provider, small_pages(3)).await;
    let ids = put(&world, 10);
    world.google.fault(Fault::RefusePageToken.times(2));
    let (key, _) = world.watch(world.main()).await;
    world.deliver().await;
    // The first page is stored, and an event of it goes away before the import starts over.
    assert!(slice(&world).await);
    world.delete(&ids[0]);

    settled(&world, key).await;

    assert_eq!(rows(&world, key).await.len(), 9);
    assert_eq!(said(&world, key).await[0], "resynced");
}

async fn changes_between_pages(provider: Provider, settings: Settings) {
    let (world, key) = clean_with(provider, settings).await;
    let ids = put(&world, 12);
    world.deliver().await;
    let mut pages = 0;
    while slice(&world).await {
        pages += 1;
        match pages {
            // Read already, not read yet, and new.
            1 => {
                world.put(titled(&ids[0], "Changed early"));
                world.put(titled(&ids[11], "Changed late"));
            }
            2 => {
                world.delete(&ids[1]);
                world.delete(&ids[10]);
            }
            3 => {
                world.put(meeting("New"));
            }
            _ => {}
        }
        world.deliver().await;
        assert!(pages < 100, "pages without end");
    }
    assert!(pages >= 4, "{pages}");

    settled_from_nothing(&world, key).await;
}

async fn changes_while_pages_are_read_are_not_missed(provider: Provider) {
    changes_between_pages(provider, small_pages(3)).await;
}

async fn changes_while_pages_of_a_snapshot_are_read_are_not_missed(provider: Provider) {
    changes_between_pages(
        provider,
        Settings {
            snapshot_pages: true,
            ..small_pages(3)
        },
    )
    .await;
}

async fn changes_while_the_import_goes_on_are_not_missed(provider: Provider) {
    let world = World::start_at(provider, small_pages(4)).await;
    world.bulk(40);
    let (key, _) = world.watch(world.main()).await;
    world.deliver().await;
    for n in 0..6 {
        assert!(slice(&world).await);
        world.put(meeting("New"));
        world.delete(&world.bulk_id(n));
        world.put(titled(&world.bulk_id(39 - n), "Changed"));
        world.deliver().await;
    }

    settled(&world, key).await;

    let said = said(&world, key).await;
    assert_eq!(said.iter().filter(|it| **it == "resynced").count(), 1);
}

async fn a_long_round_goes_on_in_slices_through_the_bulk_queue(provider: Provider) {
    let (world, key) = clean_with(provider, small_pages(5)).await;
    put(&world, 50);
    world.deliver().await;

    assert!(slice(&world).await);
    assert_eq!(last_outcome(&world, key).await, "handed_over");
    assert_eq!(world.cloud.messages("test-bulk").len(), 1);
    assert_eq!(entries(&world, key).await.len(), 6);
    // Nobody holds the lease between two slices, and nothing is forgotten.
    let between = inbox(&world, key).await;
    assert_eq!(between.lease, None);
    assert!(between.is_dirty() && between.due.is_some());

    settled_from_nothing(&world, key).await;
}

async fn a_slice_whose_message_is_lost_is_swept(provider: Provider) {
    let (world, key) = clean_with(provider, small_pages(5)).await;
    put(&world, 20);
    world.deliver().await;
    world.cloud.lose_next_message("test-bulk");

    assert!(slice(&world).await);
    assert_eq!(world.cloud.messages("test-bulk"), []);

    settled_from_nothing(&world, key).await;
}
