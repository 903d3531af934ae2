//! Tests of how runs start, end and fail.

use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::inbox::tests::{STATUSES, any_inbox, at, clean, dirty, lease, now};

const REASONS: [Reason; 6] = [
    Reason::Hint,
    Reason::Trailing,
    Reason::Echo,
    Reason::Slice,
    Reason::Overdue,
    Reason::Poll,
];

const fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

fn acknowledged(refusal: Refusal) -> bool {
    matches!(refusal, Refusal::Acknowledge(_))
}

#[test]
fn a_reason_is_read_back_by_its_name() {
    for reason in REASONS {
        assert_eq!(Reason::from_name(reason.name()), Some(reason));
    }
    assert_eq!(Reason::from_name("whim"), None);
}

#[test]
fn a_lease_outlives_an_invocation_and_ends_before_its_message_returns() {
    assert!(LEASE > seconds(120));
    assert!(LEASE < seconds(720));
}

#[test]
fn a_message_without_work_is_acknowledged_and_says_why() {
    #[track_caller]
    fn check(inbox: Option<&Inbox>, expected: &'static str) {
        assert_eq!(refusal(inbox, now()), Refusal::Acknowledge(expected));
    }
    let is = |status| Inbox { status, ..dirty() };

    check(None, "the calendar is gone");
    check(Some(&is(Status::Paused)), "the calendar is paused");
    check(Some(&is(Status::Ungranted)), "the connection has no grant");
    check(Some(&is(Status::Unwatched)), "the calendar is unwatched");
    check(Some(&is(Status::Erasing)), "the calendar is being erased");
    check(Some(&clean()), "nothing is owed");
    let reading = Inbox {
        lease: lease(1),
        ..dirty()
    };
    check(Some(&reading), "another run is reading");
    let throttled = Inbox {
        hold: Some(at(901)),
        ..dirty()
    };
    check(Some(&throttled), "the sweeper owns a hold this long");
    check(Some(&dirty()), "the lease was taken and left meanwhile");
}

#[test]
fn a_message_that_comes_before_the_hold_ends_comes_again() {
    for (hold, expected) in [(1, 1), (59, 59), (900, 900)] {
        let inbox = Inbox {
            hold: Some(at(hold)),
            ..dirty()
        };
        assert_eq!(
            refusal(Some(&inbox), now()),
            Refusal::Later(seconds(expected))
        );
    }
}

#[test]
fn a_hold_does_not_bring_back_a_message_that_another_run_covers() {
    let inbox = Inbox {
        hold: Some(at(60)),
        lease: lease(1),
        ..dirty()
    };

    assert!(acknowledged(refusal(Some(&inbox), now())));
}

#[test]
fn the_delay_doubles_until_it_is_the_longest() {
    for (backoff, expected) in [
        (0, 1),
        (1, 2),
        (2, 4),
        (5, 32),
        (6, 60),
        (63, 60),
        (u32::MAX, 60),
    ] {
        assert_eq!(delay(backoff, seconds(60)), seconds(expected), "{backoff}");
    }
}

/// One hint is owed.
const HINT: Owed = Owed {
    g: 8,
    syn: 7,
    echo: None,
};

/// One echo is owed.
const ECHO_ONLY: Owed = Owed {
    g: 8,
    syn: 7,
    echo: Some(8),
};

#[test]
fn a_read_that_was_asked_for_and_found_nothing_is_repeated_once() {
    let repeated = Ending::Echo(ECHO);
    for (reason, expected) in [
        (Reason::Hint, repeated),
        (Reason::Trailing, repeated),
        (Reason::Slice, repeated),
        (Reason::Overdue, repeated),
        (Reason::Poll, Ending::Clean),
    ] {
        assert_eq!(ending(true, reason, HINT, 0.0), expected, "{reason:?}");
        assert_eq!(
            ending(true, reason, ECHO_ONLY, 0.0),
            Ending::Clean,
            "{reason:?} as an echo"
        );
    }
}

#[test]
fn an_echo_that_a_new_hint_overtook_is_repeated_like_any_first_read() {
    // The echo's message took the lease, but with the request of a hint that came after it.
    let overtaken = Owed { g: 9, ..ECHO_ONLY };

    assert!(matches!(
        ending(true, Reason::Echo, overtaken, 0.0),
        Ending::Echo(_)
    ));
}

#[test]
fn a_poll_that_a_hint_came_on_top_of_is_repeated_like_the_hint() {
    let both = Owed { g: 9, ..HINT };

    assert_eq!(ending(true, Reason::Poll, HINT, 0.0), Ending::Clean);
    assert_eq!(ending(true, Reason::Poll, both, 0.0), Ending::Echo(ECHO));
}

#[test]
fn a_run_that_fails_waits_longer_each_time() {
    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    for (fails, wait) in [
        (0, 4),
        (1, 8),
        (2, 16),
        (3, 32),
        (4, MINUTE),
        (5, 2 * MINUTE),
        (11, 128 * MINUTE),
        (12, 256 * MINUTE),
        (13, 6 * HOUR),
        (1_000, 6 * HOUR),
        (u32::MAX, 6 * HOUR),
    ] {
        let setback = failed(&Inbox { fails, ..dirty() }, 0.0, now());
        assert_eq!(setback.hold, at(wait), "{fails}");
        assert_eq!(setback.fails, fails.saturating_add(1));
    }
}

#[test]
fn a_calendar_becomes_failing_once() {
    let mut inbox = dirty();
    let mut newly = Vec::new();
    for _ in 0..20 {
        let setback = failed(&inbox, 0.5, now());
        inbox.fails = setback.fails;
        if setback.newly_failing {
            newly.push(setback.fails);
        }
    }

    assert_eq!(newly, [FAILING]);
}

#[test]
fn a_throttled_run_waits_as_long_as_it_was_told_within_a_day() {
    for (told, expected) in [
        (-5, 1),
        (0, 1),
        (1, 1),
        (300, 300),
        (57_600, 57_600),
        (900_000, 57_600),
    ] {
        let setback = throttled(&dirty(), Some(seconds(told)), 0.0, now());
        assert_eq!(setback.hold, at(expected), "{told}");
    }
}

#[test]
fn a_run_throttled_without_advice_waits_by_the_back_off() {
    for (backoff, expected) in [(0, 2), (1, 4), (5, 64), (8, 300), (u32::MAX, 300)] {
        let inbox = Inbox { backoff, ..dirty() };
        assert_eq!(
            throttled(&inbox, None, 0.0, now()).hold,
            at(expected),
            "{backoff}"
        );
        assert_eq!(
            throttled(&inbox, None, 1.0, now()).hold,
            now() + seconds(expected).mul_f64(1.5),
            "{backoff}"
        );
        assert_eq!(
            throttled(&inbox, None, 0.0, now()).backoff,
            backoff.saturating_add(1),
            "or the next throttle would wait no longer",
        );
    }
}

proptest! {
    #[test]
    fn the_delay_is_monotone_and_bounded(backoff in 0..64_u32, longest in 1..3_600_i64) {
        let longest = seconds(longest);
        let now = delay(backoff, longest);
        prop_assert!(now >= seconds(1) && now <= longest);
        prop_assert!(now <= delay(backoff + 1, longest));
        prop_assert!(now <= delay(backoff, longest + seconds(1)));
    }

    #[test]
    fn only_a_read_that_found_nothing_and_was_no_echo_is_repeated(
        reason in prop::sample::select(&REASONS),
        found_nothing: bool,
        was_echo: bool,
        jitter in 0.0..=1.0,
    ) {
        let owed = if was_echo { ECHO_ONLY } else { HINT };
        match ending(found_nothing, reason, owed, jitter) {
            Ending::Clean => {}
            Ending::Echo(wait) => {
                prop_assert!(found_nothing && !was_echo);
                prop_assert!(wait >= seconds(15) && wait <= seconds(60));
            }
        }
    }

    #[test]
    fn a_message_comes_again_only_for_an_active_dirty_unleased_calendar(inbox in any_inbox()) {
        if let Refusal::Later(delay) = refusal(Some(&inbox), now()) {
            prop_assert_eq!(inbox.status, Status::Active);
            prop_assert!(inbox.is_dirty() && !inbox.is_leased(now()));
            prop_assert_eq!(inbox.hold, Some(now() + delay));
            prop_assert!(delay > SignedDuration::ZERO && delay <= receive::LONGEST_DELAY);
        }
    }

    #[test]
    fn an_inactive_calendar_brings_no_message_back(
        inbox in any_inbox(),
        status in prop::sample::select(&STATUSES[1..]),
    ) {
        let inbox = Inbox { status, ..inbox };
        prop_assert!(acknowledged(refusal(Some(&inbox), now())));
    }

    #[test]
    fn a_failure_is_counted_and_waits_no_less_than_the_one_before(
        fails in 0..40_u32,
        jitter in 0.0..=1.0,
    ) {
        let setback = |fails| failed(&Inbox { fails, ..dirty() }, jitter, now());
        let (one, next) = (setback(fails), setback(fails + 1));
        prop_assert_eq!(one.newly_failing, one.fails == FAILING);
        prop_assert!(one.hold >= at(4) && one.hold <= next.hold);
        prop_assert!(next.hold <= at(6 * 3_600), "six hours");
    }

    #[test]
    fn a_throttle_is_nobodys_failure(
        inbox in any_inbox(),
        told in option::of(-100..100_000_i64),
        jitter in 0.0..=1.0,
    ) {
        let setback = throttled(&inbox, told.map(seconds), jitter, now());
        prop_assert_eq!(setback.fails, inbox.fails);
        prop_assert!(!setback.newly_failing);
        prop_assert!(setback.hold >= at(1) && setback.hold <= at(86_400));
    }
}
