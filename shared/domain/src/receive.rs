//! Was a notification seen before, and must a message be sent for it?

use jiff::{SignedDuration, Timestamp};

use crate::inbox::{Inbox, Status};

/// How long after a hint the sweeper looks after a calendar that nobody has read yet.
pub const GRACE: SignedDuration = SignedDuration::from_secs(30);

/// How long a claim keeps others from sending a message for the same calendar.
pub const CLAIM: SignedDuration = SignedDuration::from_secs(60);

/// SQS can not delay a message for longer; `due` owns what lies further ahead.
pub const LONGEST_DELAY: SignedDuration = SignedDuration::from_secs(900);

/// What the notifications table says about an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The request it was counted as. A record without one does not prove that it was counted.
    pub g: Option<u64>,
    /// Until when an identical delivery is taken for a repetition.
    pub dedup_until: Timestamp,
}

/// Whether a notification is an exact redelivery of one that was counted.
///
/// The record is written only after its request was counted, so a record with a request proves it.
/// DynamoDB deletes expired items days late, so the clock decides, not the item's presence.
pub fn is_repeated(record: Option<&Record>, now: Timestamp) -> bool {
    record.is_some_and(|record| record.g.is_some() && now < record.dedup_until)
}

/// What a counted request still needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forward {
    /// Nothing: a later read is owed already, or the calendar is not read at present.
    Nothing,
    /// A message, after this delay.
    Send(SignedDuration),
    /// The read that is owed is overdue: claim it, and send only if the claim succeeds.
    Claim {
        /// The `due` that was seen, on which the claim depends.
        seen: Timestamp,
    },
}

/// Decides from the inbox as it was *before* the request was counted.
pub fn forward(before: &Inbox, now: Timestamp) -> Forward {
    if before.status != Status::Active {
        return Forward::Nothing;
    }
    // An echo waits for up to a minute; a real hint must not wait with it.
    let leads = !before.is_dirty() || (before.only_echo_is_owed() && !before.is_leased(now));
    if leads {
        return send_after(before.hold, now).map_or(Forward::Nothing, Forward::Send);
    }
    match before.due {
        Some(seen) if seen < now => Forward::Claim { seen },
        Some(_) | None => Forward::Nothing,
    }
}

/// The delay that respects `hold`, unless it is longer than a message can be delayed.
pub fn send_after(hold: Option<Timestamp>, now: Timestamp) -> Option<SignedDuration> {
    let delay = hold.map_or(SignedDuration::ZERO, |hold| {
        hold.duration_since(now).max(SignedDuration::ZERO)
    });
    (delay <= LONGEST_DELAY).then_some(delay)
}

#[cfg(test)]
mod tests {
    use proptest::option;
    use proptest::prelude::*;

    use super::*;
    use crate::inbox::tests::{STATUSES, any_inbox, at, clean, dirty, echoing, lease, now};

    const AT_ONCE: Forward = Forward::Send(SignedDuration::ZERO);

    fn record(g: Option<u64>, seconds: i64) -> Record {
        Record {
            g,
            dedup_until: at(seconds),
        }
    }

    /// The inbox after one more hint was counted, as the bump leaves it.
    fn bumped(before: &Inbox) -> Inbox {
        Inbox {
            req: before.req + 1,
            due: before.due.or(Some(now() + GRACE)),
            dirty_since: before.dirty_since.or(Some(now())),
            ..before.clone()
        }
    }

    #[track_caller]
    fn check(before: &Inbox, expected: Forward) {
        assert_eq!(forward(before, now()), expected, "{before:?}");
    }

    #[test]
    fn a_notification_nobody_recorded_is_new() {
        assert!(!is_repeated(None, now()));
    }

    #[test]
    fn a_counted_notification_is_repeated_until_the_clock_says_otherwise() {
        for (seconds, expected) in [(86_400, true), (1, true), (0, false), (-86_400, false)] {
            assert_eq!(
                is_repeated(Some(&record(Some(1), seconds)), now()),
                expected,
                "{seconds}"
            );
        }
    }

    #[test]
    fn the_first_hint_of_a_clean_calendar_is_sent_at_once() {
        check(&clean(), AT_ONCE);
        // What an earlier busy period left behind does not matter.
        check(
            &Inbox {
                echo: Some(7),
                backoff: 6,
                ..clean()
            },
            AT_ONCE,
        );
    }

    #[test]
    fn a_hint_that_follows_another_is_covered_by_its_read() {
        check(&dirty(), Forward::Nothing);
        check(
            &Inbox {
                lease: lease(60),
                ..dirty()
            },
            Forward::Nothing,
        );
    }

    #[test]
    fn a_hint_for_an_overdue_calendar_must_claim_it_first() {
        for (seconds, expected) in [
            (30, Forward::Nothing),
            (0, Forward::Nothing),
            (-1, Forward::Claim { seen: at(-1) }),
            (-9_000, Forward::Claim { seen: at(-9_000) }),
        ] {
            check(
                &Inbox {
                    due: Some(at(seconds)),
                    ..dirty()
                },
                expected,
            );
        }
    }

    #[test]
    fn a_hint_for_a_dirty_calendar_without_due_waits_for_the_one_that_its_bump_sets() {
        let before = Inbox {
            due: None,
            ..dirty()
        };

        check(&before, Forward::Nothing);
        assert_eq!(bumped(&before).due, Some(at(30)));
    }

    #[test]
    fn a_hint_waits_for_the_hold_as_far_as_a_message_can() {
        for (seconds, expected) in [
            (-60, AT_ONCE),
            (0, AT_ONCE),
            (60, Forward::Send(SignedDuration::from_secs(60))),
            (900, Forward::Send(LONGEST_DELAY)),
            (901, Forward::Nothing),
        ] {
            check(
                &Inbox {
                    hold: Some(at(seconds)),
                    ..clean()
                },
                expected,
            );
        }
    }

    #[test]
    fn a_hint_does_not_wait_with_an_echo() {
        check(&echoing(), AT_ONCE);
        check(
            &Inbox {
                hold: Some(at(5)),
                ..echoing()
            },
            Forward::Send(SignedDuration::from_secs(5)),
        );
    }

    #[test]
    fn a_hint_during_an_echo_is_left_to_the_end_of_that_run() {
        check(
            &Inbox {
                lease: lease(60),
                ..echoing()
            },
            Forward::Nothing,
        );
    }

    #[test]
    fn a_hint_does_not_wait_for_an_echo_that_died() {
        check(
            &Inbox {
                lease: lease(-1),
                ..echoing()
            },
            AT_ONCE,
        );
    }

    #[test]
    fn a_storm_of_hints_sends_one_message() {
        for quiet in [clean(), echoing()] {
            let mut inbox = quiet;
            check(&inbox, AT_ONCE);
            for _ in 0..1_000 {
                inbox = bumped(&inbox);
                check(&inbox, Forward::Nothing);
            }
        }
    }

    #[test]
    fn a_hint_for_a_calendar_that_is_not_read_is_only_counted() {
        for status in STATUSES
            .into_iter()
            .filter(|status| *status != Status::Active)
        {
            for before in [clean(), dirty(), echoing()] {
                check(
                    &Inbox {
                        status,
                        due: Some(at(-60)),
                        ..before
                    },
                    Forward::Nothing,
                );
            }
        }
    }

    proptest! {
        #[test]
        fn a_record_without_a_request_never_proves_a_repetition(seconds in -100_000..100_000_i64) {
            prop_assert!(!is_repeated(Some(&record(None, seconds)), now()));
        }

        #[test]
        fn nothing_is_sent_for_an_inactive_calendar(inbox in any_inbox()) {
            if inbox.status != Status::Active {
                prop_assert_eq!(forward(&inbox, now()), Forward::Nothing);
            }
        }

        #[test]
        fn a_hint_that_sends_nothing_leaves_somebody_responsible(inbox in any_inbox()) {
            if inbox.status == Status::Active && forward(&inbox, now()) == Forward::Nothing {
                let after = bumped(&inbox);
                prop_assert!(after.is_dirty());
                // A clean calendar holds no `due` of its own, so its bump sets one.
                prop_assert!(!inbox.is_dirty() || after.due >= Some(now()) || held(&inbox));
                prop_assert!(inbox.is_dirty() || held(&inbox));
            }
        }

        #[test]
        fn a_claim_names_a_due_that_was_there_and_has_passed(inbox in any_inbox()) {
            if let Forward::Claim { seen } = forward(&inbox, now()) {
                prop_assert!(inbox.is_dirty());
                prop_assert_eq!(inbox.due, Some(seen));
                prop_assert!(seen < now());
            }
        }

        #[test]
        fn a_message_arrives_neither_before_the_hold_nor_later_than_it_must(
            hold in option::of(-2_000_000..2_000_000_i64),
        ) {
            let hold = hold.map(|milliseconds| now() + SignedDuration::from_millis(milliseconds));
            match send_after(hold, now()) {
                Some(delay) => {
                    prop_assert!(delay >= SignedDuration::ZERO && delay <= LONGEST_DELAY);
                    prop_assert_eq!(now() + delay, hold.map_or(now(), |hold| hold.max(now())));
                }
                None => prop_assert!(hold.is_some_and(|hold| now() + LONGEST_DELAY < hold)),
            }
        }
    }

    fn held(inbox: &Inbox) -> bool {
        send_after(inbox.hold, now()).is_none()
    }
}
