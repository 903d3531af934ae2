//! Tests of what a subscription needs.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::inbox::tests::{at, clean, now};
use crate::token::Target;
use crate::{OrganizationId, SubscriptionId};

const CALENDAR: CalendarId = CalendarId::from_bytes([2; 16]);
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
const HOUR: i64 = 3_600;

fn id(n: u8) -> SubscriptionId {
    SubscriptionId::from_bytes([n; 16])
}

/// One of a week that was accepted so many seconds ago.
fn active(n: u8, provider: Provider, ago: i64) -> Subscription {
    let began = at(-ago);
    Subscription {
        state: State::Active,
        provider_id: Some("theirs".to_owned()),
        expires_at: Some(began + WEEK),
        renewed_at: Some(began),
        token_key: Some(1),
        ..Subscription::begun(
            id(n),
            OrganizationId::from_bytes([1; 16]),
            Target::Calendar(CALENDAR),
            provider,
            began,
        )
    }
}

fn begun(n: u8, ago: i64) -> Subscription {
    Subscription::begun(
        id(n),
        OrganizationId::from_bytes([1; 16]),
        Target::Calendar(CALENDAR),
        Provider::Google,
        at(-ago),
    )
}

/// What follows for the first of these, if the calendar listens to all of them.
fn judged(rows: &[Subscription]) -> Step {
    judged_in(Status::Active, rows)
}

fn judged_in(status: Status, rows: &[Subscription]) -> Step {
    let live: BTreeMap<_, _> = rows.iter().map(|row| (row.id, String::new())).collect();
    let inbox = Inbox {
        status,
        live,
        ..clean()
    };
    let facts = Facts {
        row: &rows[0],
        inbox: Some(&inbox),
        others: &rows[1..],
        calendar: CALENDAR,
        signing: 1,
    };
    step(&facts, now())
}

/// One that nobody listens to any more.
fn judged_dead(row: &Subscription, others: &[Subscription]) -> Step {
    let inbox = Inbox {
        live: others.iter().map(|row| (row.id, String::new())).collect(),
        ..clean()
    };
    let facts = Facts {
        row,
        inbox: Some(&inbox),
        others,
        calendar: CALENDAR,
        signing: 1,
    };
    step(&facts, now())
}

const GOOGLE: Provider = Provider::Google;
const MICROSOFT: Provider = Provider::Microsoft;

#[test]
fn one_that_is_not_due_rests_until_it_is() {
    let row = active(1, GOOGLE, HOUR);
    let planned = due(CALENDAR, at(-HOUR), at(-HOUR) + WEEK);

    assert_eq!(judged(&[row]), Step::Rest(Some(planned)));
}

#[test]
fn google_is_replaced_and_microsoft_extended() {
    let late = 6 * 24 * HOUR;

    assert_eq!(judged(&[active(1, GOOGLE, late)]), Step::Replace);
    assert_eq!(judged(&[active(1, MICROSOFT, late)]), Step::Extend);
    assert_eq!(
        judged_in(Status::Paused, &[active(1, MICROSOFT, late)]),
        Step::Extend,
        "a paused calendar keeps its hints"
    );
}

#[test]
fn one_that_has_ended_is_restored() {
    for provider in Provider::ALL {
        assert_eq!(judged(&[active(1, provider, 8 * 24 * HOUR)]), Step::Restore);
        let removed = Subscription {
            attention: Some(Attention::Removed),
            ..active(1, provider, HOUR)
        };
        assert_eq!(judged(&[removed]), Step::Restore);
    }
}

#[test]
fn a_silent_one_is_replaced_once_it_had_its_chance() {
    let silent = |provider, ago| Subscription {
        attention: Some(Attention::Silent),
        ..active(1, provider, ago)
    };

    assert_eq!(judged(&[silent(GOOGLE, HOUR)]), Step::Replace);
    assert_eq!(judged(&[silent(MICROSOFT, HOUR)]), Step::Exchange);
    assert_eq!(judged(&[silent(GOOGLE, HOUR - 1)]), Step::Rest(Some(at(1))));
}

#[test]
fn a_request_to_authorize_again_is_answered_at_most_every_ten_minutes() {
    let asked = |ago| Subscription {
        attention: Some(Attention::Reauthorize),
        ..active(1, MICROSOFT, ago)
    };

    assert_eq!(judged(&[asked(600)]), Step::Extend);
    assert_eq!(judged(&[asked(590)]), Step::Rest(Some(at(10))));
}

#[test]
fn one_whose_key_was_revoked_is_replaced_at_once() {
    let unsigned = |provider| Subscription {
        attention: Some(Attention::Unsigned),
        ..active(1, provider, 60)
    };

    assert_eq!(judged(&[unsigned(GOOGLE)]), Step::Replace);
    assert_eq!(judged(&[unsigned(MICROSOFT)]), Step::Exchange);
}

#[test]
fn a_token_of_an_old_key_is_replaced_when_it_is_due() {
    let old = |provider, ago| Subscription {
        token_key: Some(7),
        ..active(1, provider, ago)
    };

    assert_eq!(judged(&[old(MICROSOFT, 6 * 24 * HOUR)]), Step::Exchange);
    assert!(matches!(
        judged(&[old(MICROSOFT, HOUR)]),
        Step::Rest(Some(_))
    ));
}

#[test]
fn an_old_one_stays_until_the_new_one_is_proven_or_an_hour_old() {
    let old = active(1, GOOGLE, 5 * 24 * HOUR);
    let new = |ago| active(2, GOOGLE, ago);
    let proven = Subscription {
        proven_at: Some(now()),
        ..new(1)
    };
    let afterwards = at(2 * 24 * HOUR) + AFTERWARDS;

    assert_eq!(
        judged(&[old.clone(), new(60)]),
        Step::Retire(now() + PERIOD)
    );
    assert_eq!(judged(&[old.clone(), new(HOUR - 60)]), Step::Retire(at(60)));
    assert_eq!(judged(&[old.clone(), new(HOUR)]), Step::Stop(afterwards));
    assert_eq!(judged(&[old, proven]), Step::Stop(afterwards));
}

#[test]
fn a_retiring_one_whose_successor_failed_is_on_duty_again() {
    let retiring = Subscription {
        state: State::Retiring,
        ..active(1, GOOGLE, 5 * 24 * HOUR)
    };

    assert_eq!(judged(&[retiring]), Step::Replace);
}

#[test]
fn one_that_is_being_replaced_waits_for_the_answer() {
    let old = active(1, GOOGLE, 5 * 24 * HOUR);

    assert_eq!(
        judged(&[old.clone(), begun(2, 60)]),
        Step::Rest(Some(at(-60) + IN_FLIGHT))
    );
    assert_eq!(judged(&[old, begun(2, 901)]), Step::Replace);
}

#[test]
fn one_that_was_never_answered_makes_room_or_stands_for_the_next_attempt() {
    let old = begun(1, 901);

    assert_eq!(
        judged(&[begun(1, 60)]),
        Step::Rest(Some(at(-60) + IN_FLIGHT))
    );
    assert_eq!(judged(std::slice::from_ref(&old)), Step::Restore);
    assert_eq!(judged(&[old.clone(), active(2, GOOGLE, HOUR)]), Step::Drop);
    assert_eq!(
        judged_dead(&old, &[active(2, GOOGLE, HOUR)]),
        Step::Rest(None)
    );
}

#[test]
fn one_that_was_never_answered_and_has_spoken_is_stopped() {
    let spoke = Subscription {
        provider_id: Some("theirs".to_owned()),
        ..begun(1, 901)
    };

    assert_eq!(
        judged(&[spoke.clone(), active(2, GOOGLE, HOUR)]),
        Step::Stop(now() + AFTERWARDS)
    );
    assert_eq!(judged(&[spoke]), Step::Restore);
}

#[test]
fn of_several_that_do_not_live_the_newest_stands_for_the_calendar() {
    let lapsed = Subscription {
        state: State::Lapsed,
        ..active(1, GOOGLE, 8 * 24 * HOUR)
    };

    assert_eq!(
        judged(&[lapsed.clone(), begun(2, 901)]),
        Step::Rest(Some(now() + PERIOD))
    );
    assert_eq!(judged(&[begun(2, 901), lapsed]), Step::Restore);
}

#[test]
fn a_failed_one_stands_for_a_calendar_without_push() {
    let failed = Subscription {
        state: State::Failed,
        ..begun(1, 5 * HOUR)
    };

    assert_eq!(judged_dead(&failed, &[]), Step::Restore);
    assert_eq!(
        judged_dead(&failed, &[active(2, GOOGLE, HOUR)]),
        Step::Rest(None)
    );
}

#[test]
fn a_stopped_one_is_listened_to_until_its_time_is_over() {
    let stopped = Subscription {
        state: State::Stopped,
        ..active(1, GOOGLE, 5 * 24 * HOUR)
    };

    assert_eq!(
        judged(&[stopped.clone(), active(2, GOOGLE, HOUR)]),
        Step::Drop
    );
    assert_eq!(judged_dead(&stopped, &[]), Step::Rest(None));
}

#[test]
fn a_calendar_that_is_not_watched_has_nothing_renewed() {
    let row = active(1, GOOGLE, 6 * 24 * HOUR);

    for status in [Status::Unwatched, Status::Erasing] {
        assert_eq!(
            judged_in(status, std::slice::from_ref(&row)),
            Step::Rest(None)
        );
    }
    assert_eq!(
        judged_in(Status::Ungranted, std::slice::from_ref(&row)),
        Step::Rest(Some(now() + UNGRANTED))
    );
    let facts = Facts {
        row: &row,
        inbox: None,
        others: &[],
        calendar: CALENDAR,
        signing: 1,
    };
    assert_eq!(step(&facts, now()), Step::Rest(None));
}

#[test]
fn what_does_not_live_comes_first_and_then_what_ends_first() {
    let due = |n, ends: Option<i64>, renew: i64| Due {
        id: id(n),
        renew_at: at(renew),
        ends_at: ends.map(at),
    };
    let mut all = [
        due(1, Some(900), -50),
        due(2, None, -10),
        due(3, Some(100), -1),
        due(4, None, -20),
    ];

    order(&mut all);

    assert_eq!(all.map(|it| it.id), [id(4), id(2), id(3), id(1)]);
}

#[test]
fn attempts_grow_rarer_and_a_provider_that_asks_for_patience_gets_it() {
    let minutes = |why, attempts| again(why, None, attempts, 0.0).as_mins();

    assert_eq!(
        [0, 1, 2, 6, 60].map(|n| minutes(NoPush::Unanswered, n)),
        [1, 2, 4, 60, 60]
    );
    assert_eq!(minutes(NoPush::Denied, 60), 360);
    assert_eq!(minutes(NoPush::Shared, 0), 360);
    assert_eq!(minutes(NoPush::Unwatchable, 0), 7 * 24 * 60);
    let wait = SignedDuration::from_mins(30);
    assert_eq!(again(NoPush::Unanswered, Some(wait), 0, 0.0), wait);
}

proptest! {
    #[test]
    fn three_runs_fit_between_the_plan_and_the_end(
        minutes in 40_i64..500_000,
        tail in any::<[u8; 16]>(),
    ) {
        let life = SignedDuration::from_mins(minutes);
        let planned = due(CalendarId::from_bytes(tail), now(), now() + life);
        let left = (now() + life).duration_since(planned);
        prop_assert!(left >= PERIOD * 3, "{left}");
        prop_assert!(planned > now());
        prop_assert!(left <= life / 2);
    }

    #[test]
    fn whatever_is_there_is_looked_after_again_or_needs_nothing(
        state in 0..6_usize,
        attention in 0..5_usize,
        ago in 0..900_000_i64,
        other in 0..4_usize,
    ) {
        let states = [
            State::Pending,
            State::Active,
            State::Retiring,
            State::Failed,
            State::Lapsed,
            State::Stopped,
        ];
        let row = Subscription {
            state: states[state],
            attention: Attention::ALL.get(attention).copied(),
            ..active(1, GOOGLE, ago)
        };
        let others = match other {
            0 => vec![],
            1 => vec![active(2, GOOGLE, ago / 2)],
            2 => vec![begun(2, ago / 2)],
            _ => vec![active(0, GOOGLE, ago + 60)],
        };
        let mut rows = vec![row.clone()];
        rows.extend(others.clone());
        // A watched calendar is only let go of where another subscription stands for it.
        if judged(&rows) == Step::Rest(None) {
            prop_assert!(others.iter().any(|it| it.state == State::Active), "{row:?}");
        }
        if let Step::Rest(Some(until)) = judged(&rows) {
            prop_assert!(until > now(), "{until}");
        }
    }
}
