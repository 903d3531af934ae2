//! What makes an organization healthy, and what does not.

use super::*;
use crate::inbox::tests::{at, now};
use crate::subscription::NoPush;
use crate::switches::Power;

fn calendar(number: u8) -> Calendar {
    Calendar {
        id: CalendarId::from_bytes([number; 16]),
        status: Status::Active,
        push: Push::On,
        fails: 0,
        is_failing: false,
        freshness: Some(SignedDuration::ZERO),
        missed_push: 0,
        live: vec![SubscriptionId::from_bytes([number; 16])],
    }
}

fn subscription(number: u8, ends: i64) -> Subscription {
    Subscription {
        id: SubscriptionId::from_bytes([number; 16]),
        state: State::Active,
        expires_at: Some(at(ends)),
    }
}

fn of(
    calendars: &[Calendar],
    connections: &[Connection],
    subscriptions: &[Subscription],
) -> Report {
    let rows = Rows {
        calendars,
        connections,
        subscriptions,
        switches: (OrganizationId::from_bytes([9; 16]), Switches::default()),
    };
    judge(&rows, now())
}

fn of_calendars(calendars: &[Calendar]) -> Report {
    of(calendars, &[], &[])
}

#[test]
fn what_is_switched_off_is_a_problem() {
    let switches = Switches {
        publish: Power::Off,
        ..Switches::default()
    };
    let rows = Rows {
        calendars: &[calendar(1)],
        connections: &[],
        subscriptions: &[],
        switches: (OrganizationId::from_bytes([9; 16]), switches),
    };

    let report = judge(&rows, now());

    assert_eq!(report.verdict, Verdict::Degraded);
    assert_eq!(kinds(&report), [ProblemKind::SwitchedOff]);
}

fn kinds(report: &Report) -> Vec<ProblemKind> {
    report.problems.iter().map(|it| it.kind).collect()
}

#[test]
fn an_organization_without_anything_is_healthy() {
    let report = of_calendars(&[]);

    assert_eq!(report.verdict, Verdict::Healthy);
    assert_eq!((report.oldest, report.median), (None, None));
}

#[test]
fn what_is_as_somebody_wanted_it_is_no_problem() {
    let with = |number, status| Calendar {
        status,
        is_failing: true,
        ..calendar(number)
    };
    let never_announced = Calendar {
        push: Push::Off(NoPush::Unwatchable),
        live: vec![],
        ..calendar(4)
    };

    let report = of_calendars(&[
        calendar(1),
        with(2, Status::Paused),
        with(3, Status::Unwatched),
        never_announced,
    ]);

    assert_eq!(report.verdict, Verdict::Healthy, "{report:?}");
    let expected = Calendars {
        total: 4,
        active: 2,
        paused: 1,
        unwatched: 1,
        polled: 1,
        ..Calendars::default()
    };
    assert_eq!(report.calendars, expected);
}

#[test]
fn each_thing_that_is_wrong_with_a_calendar_is_a_problem() {
    #[track_caller]
    fn check(wrong: Calendar, kind: ProblemKind) {
        assert_eq!(kinds(&of_calendars(&[wrong])), [kind]);
    }

    check(
        Calendar {
            status: Status::Ungranted,
            ..calendar(1)
        },
        ProblemKind::CalendarUngranted,
    );
    check(
        Calendar {
            fails: 7,
            is_failing: true,
            ..calendar(1)
        },
        ProblemKind::CalendarFailing,
    );
    check(
        Calendar {
            freshness: Some(STALE + SignedDuration::from_secs(1)),
            ..calendar(1)
        },
        ProblemKind::CalendarStale,
    );
    check(
        Calendar {
            push: Push::Off(NoPush::Shared),
            ..calendar(1)
        },
        ProblemKind::CalendarPolled,
    );
    check(
        Calendar {
            push: Push::Doubted(now()),
            ..calendar(1)
        },
        ProblemKind::PushLost,
    );
}

#[test]
fn calendars_are_counted_by_how_we_learn_of_their_changes() {
    let with = |number, push| Calendar {
        push,
        missed_push: 2,
        ..calendar(number)
    };

    let report = of_calendars(&[
        with(1, Push::None),
        with(2, Push::On),
        with(3, Push::Unproven(now())),
        with(4, Push::Doubted(now())),
        with(5, Push::Off(NoPush::Denied)),
    ]);

    let expected = Calendars {
        total: 5,
        active: 5,
        polled: 1,
        unproven: 2,
        lost: 1,
        ..Calendars::default()
    };
    assert_eq!(report.calendars, expected);
    assert_eq!(report.missed_push, 10);
}

#[test]
fn a_tenth_of_the_calendars_unread_is_unhealthy_and_less_is_degraded() {
    let with = |count: u8| {
        let mut calendars: Vec<Calendar> = (1..=count).map(calendar).collect();
        calendars[0].is_failing = true;
        of_calendars(&calendars).verdict
    };

    assert_eq!(with(1), Verdict::Unhealthy);
    assert_eq!(with(10), Verdict::Unhealthy);
    assert_eq!(with(11), Verdict::Degraded);
}

#[test]
fn a_connection_that_needs_its_owner_degrades() {
    let connection = |number, needs_its_owner| Connection {
        id: ConnectionId::from_bytes([number; 16]),
        needs_its_owner,
    };

    let report = of(&[], &[connection(1, false), connection(2, true)], &[]);

    assert_eq!(report.verdict, Verdict::Degraded);
    assert_eq!(
        report.connections,
        Connections {
            total: 2,
            reauth_required: 1
        }
    );
}

#[test]
fn only_live_subscriptions_can_lapse() {
    let day = 86_400;
    let subscriptions = [
        subscription(1, -1),
        subscription(2, day),
        subscription(3, day + 1),
        // Nobody listens to it any more.
        subscription(9, -1),
        Subscription {
            state: State::Stopped,
            ..subscription(4, -1)
        },
    ];
    let calendars: Vec<Calendar> = (1..=4).map(calendar).collect();

    let report = of(&calendars, &[], &subscriptions);

    assert_eq!(
        report.subscriptions,
        Subscriptions {
            active: 2,
            lapsed: 1,
            expiring_within_day: 1
        }
    );
    assert_eq!(kinds(&report), [ProblemKind::SubscriptionLapsed]);
}

#[test]
fn the_ages_are_those_of_active_calendars() {
    let aged = |number, seconds| Calendar {
        freshness: Some(SignedDuration::from_secs(seconds)),
        ..calendar(number)
    };
    let paused = Calendar {
        status: Status::Paused,
        ..aged(9, 9_000)
    };
    let unread = Calendar {
        freshness: None,
        ..calendar(8)
    };

    let report = of_calendars(&[aged(1, 5), aged(2, 60), aged(3, 1), paused, unread]);

    assert_eq!(report.oldest, Some(SignedDuration::from_secs(60)));
    assert_eq!(report.median, Some(SignedDuration::from_secs(5)));
}

#[test]
fn the_worst_comes_first_and_the_list_is_bounded() {
    let mut calendars: Vec<Calendar> = (1..=120)
        .map(|number| Calendar {
            push: Push::Off(NoPush::Shared),
            ..calendar(number)
        })
        .collect();
    calendars[119].is_failing = true;

    let report = of_calendars(&calendars);

    assert_eq!(report.problems.len(), PROBLEMS);
    assert_eq!(kinds(&report)[0], ProblemKind::CalendarFailing);
    assert_eq!(report.calendars.polled, 120);
}
