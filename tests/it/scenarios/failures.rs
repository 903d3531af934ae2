//! A provider that says no, in every way that it has of saying so.

use domain::inbox::Status;
use domain::{CalendarKey, Provider};
use providers::grant::Grant;
use serde_json::Value;
use simulator::{Fault, Settings};
use testkit::World;
use testkit::world::ACCOUNT;

use crate::both::for_both;
use crate::events_of::meeting;
use crate::scenarios::grants::replace;
use crate::scenarios::paging::slice;
use crate::scenarios::scene::{
    arrives, clean, clean_with, dead_letters, hours, inbox, last_outcome, minutes, runs,
    said_since, seconds, settled_from_nothing, small_pages, text,
};

for_both! {
    every_spelling_of_a_rate_limit_is_waited_out_and_is_nobodys_failure,
    the_provider_is_left_alone_for_as_long_as_it_asks,
    a_server_error_of_any_number_is_tried_again,
    one_failure_in_a_long_read_costs_only_its_page,
    a_calendar_that_is_not_found_is_failing_after_five_times_and_recovers,
    a_dead_letter_says_why_and_repeats_nothing_of_the_customers,
    a_calendar_that_fails_now_and_then_is_never_failing,
    a_provider_that_fails_at_random_ends_up_mirrored;
    only google:
        a_used_up_quota_is_left_alone_for_an_hour_by_the_sweeper,
        a_grant_that_lacks_a_scope_is_failing_after_five_times_and_recovers,
}

/// Lets one hint be worked on while the provider has this fault, and checks that it is set back.
async fn is_set_back(world: &World, key: CalendarKey) {
    world.put(meeting("Budget"));
    arrives(world).await;
    assert_eq!(world.work().await, 1, "acknowledged, not repeated");
    assert_eq!(last_outcome(world, key).await, "set_back");
    assert!(inbox(world, key).await.hold > Some(world.now()));
}

async fn every_spelling_of_a_rate_limit_is_waited_out_and_is_nobodys_failure(provider: Provider) {
    let (world, key) = clean(provider).await;
    // In turn, at Google: 403 for the user, 429, and 403 for the project.
    world
        .google
        .fault(Fault::Quota { retry_after: None }.times(3));
    is_set_back(&world, key).await;
    let mut hold = inbox(&world, key).await.hold;
    for _ in 0..2 {
        world.advance(minutes(1));
        assert_eq!(world.work().await, 1);
        let inbox = inbox(&world, key).await;
        assert_eq!(inbox.fails, 0);
        assert!(inbox.hold > hold);
        hold = inbox.hold;
    }

    world.advance(minutes(5));
    settled_from_nothing(&world, key).await;

    let refused: Vec<_> = world
        .google
        .request_log()
        .into_iter()
        .filter(|entry| entry.endpoint == world.page_endpoint() && entry.status >= 400)
        .map(|entry| (entry.status, entry.count))
        .collect();
    match provider {
        Provider::Google => assert_eq!(refused, [(403, 2), (429, 1)]),
        Provider::Microsoft => assert_eq!(refused, [(429, 3)]),
    }
    assert_eq!(dead_letters(&world, key).await, Vec::<Value>::new());
    assert_eq!(said_since(&world, key).await, ["event.created"]);
}

async fn the_provider_is_left_alone_for_as_long_as_it_asks(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.google.fault(Fault::Quota {
        retry_after: Some(300),
    });
    is_set_back(&world, key).await;
    let asked = world.pages_asked();
    let hold = inbox(&world, key).await.hold.expect("a hold");
    assert!(hold >= world.now() + seconds(300));
    assert!(hold <= world.now() + seconds(450));

    // Neither hints nor the sweeper hurry it.
    for _ in 0..9 {
        world.put(meeting("More"));
        world.deliver().await;
        world.work().await;
        world.advance(seconds(30));
        world.sweep().await;
        world.work().await;
    }
    assert_eq!(world.pages_asked(), asked);

    settled_from_nothing(&world, key).await;
    assert_eq!(said_since(&world, key).await.len(), 10);
}

async fn a_used_up_quota_is_left_alone_for_an_hour_by_the_sweeper(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.google.fault(Fault::UsageLimit);
    is_set_back(&world, key).await;
    let hold = inbox(&world, key).await.hold.expect("a hold");
    assert!(hold >= world.now() + hours(1));
    assert_eq!(world.cloud.messages("test-interactive"), [], "too far off");

    let asked = world.pages_asked();
    for _ in 0..5 {
        world.advance(minutes(10));
        world.sweep().await;
        world.put(meeting("More"));
        world.deliver().await;
        world.work().await;
    }
    assert_eq!(world.pages_asked(), asked);

    world.advance(hours(1));
    world.sweep().await;
    settled_from_nothing(&world, key).await;
    assert_eq!(inbox(&world, key).await.fails, 0);
}

async fn a_server_error_of_any_number_is_tried_again(provider: Provider) {
    let (world, key) = clean(provider).await;
    for status in [500, 502, 503, 504] {
        world.google.fault(Fault::ServerError { status });
        is_set_back(&world, key).await;
        // Microsoft's 503 says when to come again, which is no failure.
        let says_when = provider == Provider::Microsoft && status == 503;
        let fails = inbox(&world, key).await.fails;
        assert_eq!(fails, u32::from(!says_when), "{status}");

        settled_from_nothing(&world, key).await;
        assert_eq!(inbox(&world, key).await.fails, 0, "{status}");
    }
}

async fn one_failure_in_a_long_read_costs_only_its_page(provider: Provider) {
    let (world, key) = clean_with(provider, small_pages(3)).await;
    for n in 0..12 {
        world.put(meeting(&format!("Event {n}")));
    }
    world.deliver().await;
    assert!(slice(&world).await);
    assert!(slice(&world).await);
    let asked = world.pages_asked();
    world.google.fault(Fault::ServerError { status: 500 });

    world.work().await;
    assert_eq!(last_outcome(&world, key).await, "set_back");
    world.advance(minutes(1));
    world.work().await;

    assert_eq!(last_outcome(&world, key).await, "finished");
    // The failed page, the same again, and the last one.
    assert_eq!(world.pages_asked(), asked + 3);
    settled_from_nothing(&world, key).await;
}

/// Lets a calendar fail until it is failing, checks what is reported, and lets it recover.
async fn fails_and_recovers(world: World, key: CalendarKey, recover: impl AsyncFnOnce(&World)) {
    world.put(meeting("Budget"));
    world.deliver().await;
    world.settle().await;

    let failing = inbox(&world, key).await;
    assert_eq!(failing.status, Status::Active);
    assert!(failing.fails >= 5, "{failing:?}");
    assert!(failing.is_dirty());
    let letters = dead_letters(&world, key).await;
    assert_eq!(letters.len(), 1, "{letters:#?}");
    assert_eq!(letters[0]["fails"], 5);
    // A day later it has been tried a few times more, at most six hours apart.
    for _ in 0..48 {
        world.advance(minutes(30));
        world.sweep().await;
        world.work().await;
    }
    let tried = inbox(&world, key).await.fails;
    assert!((10..25).contains(&tried), "{tried}");
    assert_eq!(dead_letters(&world, key).await.len(), 1);

    recover(&world).await;
    let world = world.with_fresh_sandboxes();
    for _ in 0..14 {
        world.advance(minutes(30));
        world.sweep().await;
        world.work().await;
    }
    settled_from_nothing(&world, key).await;
    assert_eq!(inbox(&world, key).await.fails, 0);
    assert_eq!(said_since(&world, key).await, ["event.created"]);
}

async fn a_calendar_that_is_not_found_is_failing_after_five_times_and_recovers(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.fault(Fault::LoseAccess);

    fails_and_recovers(world, key, async |world| {
        world.fault(Fault::RestoreAccess);
    })
    .await;
}

async fn a_grant_that_lacks_a_scope_is_failing_after_five_times_and_recovers(provider: Provider) {
    let (world, key) = clean(provider).await;
    let narrow = ["calendar.calendarlist.readonly"];
    let account = world.google.add_account_with_scopes(ACCOUNT, &narrow);
    let grant = Grant::GoogleRefreshToken {
        refresh_token: account.refresh_token.into(),
    };
    replace(&world, &grant).await;
    let world = world.with_fresh_sandboxes();

    fails_and_recovers(world, key, async |world| {
        replace(world, &world.consent(ACCOUNT)).await;
    })
    .await;
}

async fn a_dead_letter_says_why_and_repeats_nothing_of_the_customers(provider: Provider) {
    let (world, key) = clean(provider).await;
    world.fault(Fault::LoseAccess);
    world.put(meeting("Secret budget"));
    world.deliver().await;
    world.settle().await;

    let letter = dead_letters(&world, key).await.remove(0);
    let reason = text(&letter["reason"]);
    let said = match provider {
        Provider::Google => "404 notFound",
        Provider::Microsoft => "403 ErrorAccessDenied",
    };
    assert!(reason.contains(said), "{reason}");
    let whole = letter.to_string();
    assert!(
        !whole.contains("Secret") && !whole.contains("amelia"),
        "{whole}"
    );
}

async fn a_calendar_that_fails_now_and_then_is_never_failing(provider: Provider) {
    let (world, key) = clean(provider).await;
    for _ in 0..8 {
        world
            .google
            .fault(Fault::ServerError { status: 503 }.times(4));
        world.put(meeting("Budget"));
        settled_from_nothing(&world, key).await;
        assert_eq!(inbox(&world, key).await.fails, 0);
    }
    assert_eq!(dead_letters(&world, key).await, Vec::<Value>::new());
}

async fn a_provider_that_fails_at_random_ends_up_mirrored(provider: Provider) {
    for seed in 1..=3 {
        let (world, key) = clean_with(
            provider,
            Settings {
                seed,
                ..small_pages(4)
            },
        )
        .await;
        for fault in [
            Fault::ServerError { status: 500 },
            Fault::Quota { retry_after: None },
            Fault::MalformedJson,
            Fault::EmptyPage,
            Fault::RefusePageToken,
            Fault::RepeatDelivery,
            Fault::ReorderDelivery,
        ] {
            world.google.fault(fault.with_probability(0.2));
        }
        for n in 0..40 {
            let id = world.put(meeting(&format!("Event {n}")));
            if n % 3 == 0 {
                world.delete(&id);
            }
            world.deliver().await;
            world.work().await;
            world.advance(seconds(7));
        }
        world.google.clear_faults();

        settled_from_nothing(&world, key).await;
        assert!(runs(&world, key).await.len() > 3);
    }
}
