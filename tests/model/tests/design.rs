//! The design holds, exhaustively, under every kind of trouble; and the searches pass through
//! every place that matters.

#![expect(
    clippy::print_stdout,
    reason = "states and time of a search belong to its result"
)]

use std::collections::BTreeSet;

use model::bounds::Bounds;
use model::check::missed_landmarks;
use model::landmarks::within;
use model::searches::{Search, Verdict, harmless, limits, restless, shallow};
use model::variant::Variant;

fn judge(search: Search) {
    let report = search.run(1);
    println!("{report}");
    assert!(
        search.agrees(&report),
        "expected {:?}, found {report}\n{:#?}",
        search.verdict,
        report.violated
    );
}

fn holds(name: &str) {
    let bounds: Vec<Bounds> = shallow()
        .into_iter()
        .filter(|bounds| bounds.name == name)
        .collect();
    assert_eq!(bounds.len(), 1, "one set of bounds is called {name}");
    judge(Search {
        variant: Variant::Design,
        bounds: bounds[0],
        verdict: Verdict::Holds,
    });
}

macro_rules! the_design_holds {
    ($($test:ident: $bounds:literal,)*) => {
        $(#[test] fn $test() { holds($bounds); })*

        #[test]
        fn every_set_of_bounds_has_its_test() {
            let tested = BTreeSet::from([$($bounds),*]);
            assert_eq!(tested, shallow().into_iter().map(|bounds| bounds.name).collect());
        }
    };
}

the_design_holds! {
    the_design_holds_when_anybody_crashes: "crash",
    the_design_holds_in_a_storm_with_a_lost_message: "storm and loss",
    the_design_holds_when_a_lease_expires_under_its_holder: "lease expires",
    the_design_holds_when_slices_crash: "slices",
    the_design_holds_when_slices_lose_their_lease: "slices expire",
    the_design_holds_when_a_page_takes_several_transactions: "small transactions",
    the_design_holds_when_answers_are_lost_and_requests_land_late: "lost answers",
    the_design_holds_when_the_provider_refuses_pages_and_reads: "refused pages",
    the_design_holds_when_a_read_lags: "lag",
    the_design_holds_when_a_read_shows_a_part_and_a_poll_follows: "partial lag and poll",
    the_design_holds_through_a_pause: "pause",
    the_design_holds_when_sqs_delivers_twice: "sqs repeats",
    the_design_holds_while_two_publish: "publishing",
    the_design_holds_when_the_bus_refuses_an_entry: "bus failures",
    the_design_holds_with_two_live_subscriptions: "two subscriptions",
    the_design_holds_while_one_subscription_replaces_another: "activation",
    the_design_holds_when_records_lapse_and_linger: "lapsed records",
    the_design_holds_when_an_identity_returns_after_its_window: "reused identities",
    the_design_comes_to_rest_from_every_state: "comes to rest",
}

#[test]
fn what_is_called_harmless_is_harmless() {
    harmless().into_iter().for_each(judge);
}

#[test]
fn without_a_sweeper_a_calendar_does_not_come_to_rest() {
    judge(restless());
}

/// The echo repeats a read that showed nothing. One that showed a part of the news waits for the
/// next hint or poll.
#[test]
fn a_read_that_lags_behind_only_a_part_of_the_news_is_not_healed_by_the_echo() {
    limits().into_iter().for_each(judge);
}

#[test]
fn the_searches_pass_every_landmark() {
    for bounds in shallow() {
        let missed = missed_landmarks(bounds, &within(bounds.name));
        assert!(
            missed.is_empty(),
            "{} never reaches {missed:?}",
            bounds.name
        );
    }
}
