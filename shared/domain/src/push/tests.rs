//! Tests of what is believed of push.

use jiff::SignedDuration;

use super::*;
use crate::inbox::tests::{at, clean, now};

const WHY: NoPush = NoPush::Unanswered;

fn all() -> [Push; 5] {
    [
        Push::None,
        Push::On,
        Push::Unproven(now()),
        Push::Doubted(now()),
        Push::Off(WHY),
    ]
}

/// A poll that began now and found a change of so many seconds ago.
fn polled(ago: i64) -> Learnt {
    Learnt {
        reason: Reason::Poll,
        started_at: now(),
        oldest: Some(at(-ago)),
    }
}

fn heard(ago: i64) -> Inbox {
    Inbox {
        heard_at: Some(at(-ago)),
        ..clean()
    }
}

#[test]
fn a_poll_that_finds_an_old_change_first_casts_doubt() {
    assert_eq!(
        after_run(Push::On, &clean(), polled(600)),
        Push::Doubted(now())
    );
    assert_eq!(
        after_run(Push::On, &heard(601), polled(600)),
        Push::Doubted(now())
    );
    assert_eq!(
        after_run(Push::Unproven(at(-900)), &clean(), polled(600)),
        Push::Doubted(now())
    );
}

#[test]
fn a_change_that_may_still_be_told_of_casts_none() {
    assert_eq!(after_run(Push::On, &clean(), polled(300)), Push::On);
    assert_eq!(
        after_run(Push::On, &clean(), polled(301)),
        Push::Doubted(now())
    );
}

#[test]
fn a_change_after_which_the_provider_was_heard_casts_none() {
    assert_eq!(after_run(Push::On, &heard(599), polled(600)), Push::On);
}

#[test]
fn only_a_poll_casts_doubt() {
    for reason in [
        Reason::Hint,
        Reason::Trailing,
        Reason::Echo,
        Reason::Slice,
        Reason::Overdue,
    ] {
        let learnt = Learnt {
            reason,
            ..polled(600)
        };
        assert_eq!(
            after_run(Push::On, &clean(), learnt),
            Push::On,
            "{reason:?}"
        );
    }
}

#[test]
fn doubt_ends_when_a_change_is_told_and_not_with_a_first_word() {
    let doubted = Push::Doubted(at(-100));
    let begun = Inbox {
        begun_at: Some(now()),
        ..clean()
    };
    let quiet = Learnt {
        oldest: None,
        ..polled(0)
    };

    assert_eq!(after_run(doubted, &begun, quiet), doubted);
    assert_eq!(after_run(doubted, &heard(101), quiet), doubted);
    assert_eq!(after_run(doubted, &heard(100), quiet), Push::On);
}

#[test]
fn a_first_word_proves_a_new_subscription() {
    let unproven = Push::Unproven(at(-100));
    let begun = |ago: i64| Inbox {
        begun_at: Some(at(-ago)),
        ..clean()
    };
    let quiet = Learnt {
        oldest: None,
        ..polled(0)
    };

    assert_eq!(after_run(unproven, &begun(99), quiet), Push::On);
    assert_eq!(after_run(unproven, &begun(101), quiet), unproven);
    assert_eq!(after_run(unproven, &heard(99), quiet), Push::On);
}

#[test]
fn each_loss_is_told_once_and_each_return() {
    let turns = |next: Push| all().map(|before| before.turn(next));

    use Turn::{Lost, Restored, Same};
    assert_eq!(turns(Push::On), [Same, Same, Same, Restored, Restored]);
    assert_eq!(
        turns(Push::Unproven(now())),
        [Same, Same, Same, Same, Restored]
    );
    assert_eq!(turns(Push::Doubted(now())), [Same, Lost, Lost, Same, Same]);
    assert_eq!(turns(Push::Off(WHY)), [Same, Lost, Lost, Same, Same]);
}

#[test]
fn a_new_subscription_does_not_make_up_for_one_that_was_silent() {
    for provider in Provider::ALL {
        let doubted = Push::Doubted(at(-1));
        assert_eq!(doubted.accepted(provider, now()), doubted);
        assert_eq!(Push::On.accepted(provider, now()), Push::On);
    }
    let off = Push::Off(WHY);
    assert_eq!(off.accepted(Provider::Google, now()), Push::Unproven(now()));
    assert_eq!(off.accepted(Provider::Microsoft, now()), Push::On);
}

#[test]
fn the_less_push_is_worth_the_more_often_is_read() {
    let periods = all().map(Push::period);

    assert_eq!(periods, [RECONCILE, RECONCILE, DOUBTED, DOUBTED, POLLED]);
    assert!(POLLED < DOUBTED && DOUBTED < RECONCILE);
}

#[test]
fn latency_is_what_lies_between_a_change_and_its_hint() {
    let told = Inbox {
        dirty_since: Some(at(-2)),
        read_at: Some(at(-3_600)),
        ..clean()
    };
    let learnt = |reason, ago| Learnt {
        reason,
        ..polled(ago)
    };

    assert_eq!(
        latency(&told, learnt(Reason::Hint, 5)),
        Some(SignedDuration::from_secs(3))
    );
    assert_eq!(latency(&told, learnt(Reason::Hint, 1)), None, "made after");
    assert_eq!(latency(&told, learnt(Reason::Poll, 5)), None, "not told");
    assert_eq!(
        latency(&told, learnt(Reason::Hint, 7_200)),
        None,
        "an old one"
    );
    assert_eq!(
        latency(&clean(), learnt(Reason::Hint, 5)),
        None,
        "nothing owed"
    );
}

#[test]
fn a_calendar_that_is_told_is_fresh_until_a_hint_is_owed() {
    let read = Inbox {
        read_at: Some(at(-7_200)),
        ..clean()
    };
    let owing = Inbox {
        req: read.syn + 1,
        dirty_since: Some(at(-40)),
        ..read.clone()
    };
    let seconds = |push, inbox: &Inbox| freshness(push, inbox, now()).map(|it| it.as_secs());

    assert_eq!(seconds(Push::On, &clean()), None, "never read");
    assert_eq!(seconds(Push::On, &read), Some(0));
    assert_eq!(seconds(Push::On, &owing), Some(40));
    for push in all().into_iter().filter(|push| *push != Push::On) {
        assert_eq!(seconds(push, &owing), Some(7_200), "{push:?}");
    }
}
