//! What somebody should look at, and what to do about it.

use super::{Calendar, STALE};
use crate::inbox::Status;
use crate::push::Push;
use crate::subscription::NoPush;

/// Something that somebody should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind.
    pub kind: ProblemKind,
    /// Of what.
    pub id: String,
    /// What to do.
    pub detail: String,
}

/// What can be wrong, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProblemKind {
    /// Something is switched off.
    SwitchedOff,
    /// A calendar's reads fail.
    CalendarFailing,
    /// A connection has no grant.
    ConnectionReauthRequired,
    /// A calendar waits for its connection's grant.
    CalendarUngranted,
    /// A read is owed for too long.
    CalendarStale,
    /// A live subscription has ended.
    SubscriptionLapsed,
    /// A provider does not tell of a calendar's changes any more.
    PushLost,
    /// A calendar is polled, and perhaps need not be.
    CalendarPolled,
}

impl ProblemKind {
    /// The name towards readers.
    pub const fn name(self) -> &'static str {
        match self {
            ProblemKind::SwitchedOff => "switched_off",
            ProblemKind::CalendarFailing => "calendar_failing",
            ProblemKind::ConnectionReauthRequired => "connection_reauth_required",
            ProblemKind::CalendarUngranted => "calendar_ungranted",
            ProblemKind::CalendarStale => "calendar_stale",
            ProblemKind::SubscriptionLapsed => "subscription_lapsed",
            ProblemKind::PushLost => "push_lost",
            ProblemKind::CalendarPolled => "calendar_polled",
        }
    }
}

/// The worst that is wrong with a calendar, if anything is.
pub(super) fn problem_of(calendar: &Calendar) -> Option<Problem> {
    let problem = |kind, detail| {
        Some(Problem {
            kind,
            id: calendar.id.to_string(),
            detail,
        })
    };
    match calendar.status {
        Status::Active => {}
        Status::Ungranted => {
            return problem(
                ProblemKind::CalendarUngranted,
                "its connection has no grant: have its owner connect again".to_owned(),
            );
        }
        Status::Paused | Status::Unwatched | Status::Erasing => return None,
    }
    let age = calendar.freshness.unwrap_or_default();
    if calendar.is_failing {
        let fails = calendar.fails;
        return problem(
            ProblemKind::CalendarFailing,
            format!("its last {fails} reads failed: look at its runs"),
        );
    }
    if age > STALE {
        let minutes = age.as_mins();
        return problem(
            ProblemKind::CalendarStale,
            format!("a read has been owed for {minutes} minutes: look at its runs"),
        );
    }
    let polled = |detail: &str| problem(ProblemKind::CalendarPolled, detail.to_owned());
    match calendar.push {
        // The provider never announces changes of such calendars, and nobody can change that.
        Push::Off(NoPush::Unwatchable) => None,
        Push::Off(NoPush::Shared) => {
            polled("another organization subscribed to it through the same application")
        }
        Push::Off(NoPush::Unanswered) => {
            polled("the provider did not answer when it was asked to subscribe: it is asked again")
        }
        Push::Off(NoPush::Denied) => polled(
            "the provider refuses the subscription: check WEBHOOK_DOMAIN and the permissions that \
             its owner granted",
        ),
        Push::Doubted(_) => problem(
            ProblemKind::PushLost,
            "a change was found that the provider should have told of: it is asked again, and the \
             calendar is read every few minutes meanwhile"
                .to_owned(),
        ),
        Push::None | Push::On | Push::Unproven(_) => None,
    }
}
