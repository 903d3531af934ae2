//! What does an overdue calendar need?

use jiff::{SignedDuration, Timestamp};

use crate::inbox::{Inbox, Status};
use crate::receive;

/// Over how many partitions the sweeper's indexes are spread.
pub const SHARDS: u8 = 8;

/// How many calendars one sweep takes from one shard of one index.
pub const LIMIT: i32 = 500;

/// How often a calendar with working push is read all the same.
pub const RECONCILE: SignedDuration = SignedDuration::from_hours(12);

/// How often a calendar that can not be watched is read.
pub const POLLED: SignedDuration = SignedDuration::from_mins(5);

/// How soon the sweeper comes back to what is switched off.
pub const SWITCHED_OFF: SignedDuration = SignedDuration::from_mins(5);

/// The shard of a calendar, from its identifier's last bytes, which are random.
pub fn shard(calendar: crate::CalendarId) -> u8 {
    let bytes = calendar.to_bytes();
    bytes[15] % SHARDS
}

/// Why a claim was refused, and what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Somebody else took care of it.
    Lost,
    /// The calendar is not read at present, or owes nothing: remove `due` if that still holds.
    Idle,
}

/// Explains a refused claim from the inbox as it is.
pub fn refused(inbox: Option<&Inbox>) -> Refused {
    let Some(inbox) = inbox else {
        return Refused::Lost;
    };
    match inbox.status {
        Status::Active if inbox.is_dirty() => Refused::Lost,
        Status::Active
        | Status::Paused
        | Status::Ungranted
        | Status::Unwatched
        | Status::Erasing => Refused::Idle,
    }
}

/// Until when a claim keeps others away: past the hold, if there is one.
pub fn claimed_until(hold: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let claim = now + receive::CLAIM;
    hold.map_or(claim, |hold| claim.max(hold + receive::CLAIM))
}

/// When a calendar is polled next: its period, give or take a quarter. `jitter` is between 0 and 1.
pub fn next_poll(period: SignedDuration, jitter: f64, now: Timestamp) -> Timestamp {
    now + period.mul_f64(0.75 + jitter / 2.0)
}

#[cfg(test)]
mod tests {
    use proptest::option;
    use proptest::prelude::*;

    use super::*;
    use crate::CalendarId;
    use crate::inbox::tests::{STATUSES, at, clean, dirty, now};

    #[test]
    fn calendars_spread_evenly_over_all_shards() {
        let mut counts = [0; SHARDS as usize];
        for last in 0..=u8::MAX {
            let mut bytes = [9; 16];
            bytes[15] = last;
            counts[usize::from(shard(CalendarId::from_bytes(bytes)))] += 1;
        }

        assert_eq!(counts, [256 / usize::from(SHARDS); SHARDS as usize]);
    }

    #[test]
    fn a_claim_that_an_active_calendar_refused_was_lost_to_somebody_else() {
        assert_eq!(refused(Some(&dirty())), Refused::Lost);
        assert_eq!(refused(Some(&clean())), Refused::Idle);
    }

    #[test]
    fn a_claim_on_a_calendar_that_is_gone_leaves_nothing_to_do() {
        assert_eq!(refused(None), Refused::Lost);
    }

    #[test]
    fn a_calendar_that_is_not_read_is_swept_no_more() {
        for status in STATUSES
            .into_iter()
            .filter(|status| *status != Status::Active)
        {
            assert_eq!(
                refused(Some(&Inbox { status, ..dirty() })),
                Refused::Idle,
                "{status:?}"
            );
        }
    }

    #[test]
    fn a_claim_lasts_a_minute_and_past_the_hold() {
        #[track_caller]
        fn check(hold: Option<i64>, seconds: i64) {
            assert_eq!(claimed_until(hold.map(at), now()), at(seconds));
        }

        check(None, 60);
        check(Some(-3_600), 60);
        check(Some(0), 60);
        check(Some(45), 105);
        check(Some(6 * 3_600), 6 * 3_600 + 60);
    }

    #[test]
    fn a_poll_comes_a_quarter_early_or_late_at_most() {
        let check = |jitter: f64, seconds: i64| {
            assert_eq!(next_poll(POLLED, jitter, now()), at(seconds), "{jitter}");
        };

        check(0.0, 225);
        check(0.5, 300);
        check(1.0, 375);
    }

    proptest! {
        #[test]
        fn a_claim_always_outlives_the_message_that_it_allows(
            hold in option::of(-50_000..50_000_i64),
        ) {
            let until = claimed_until(hold.map(at), now());
            if let Some(delay) = receive::send_after(hold.map(at), now()) {
                prop_assert!(until >= now() + delay + receive::CLAIM);
            }
            prop_assert!(until >= now() + receive::CLAIM);
        }

        #[test]
        fn a_poll_is_always_ahead_and_near_its_period(minutes in 1..2_000_i64, jitter in 0.0..=1.0) {
            let period = SignedDuration::from_mins(minutes);
            let wait = next_poll(period, jitter, now()).duration_since(now());
            prop_assert!(wait >= period * 3 / 4 && wait <= period * 5 / 4);
        }
    }
}
