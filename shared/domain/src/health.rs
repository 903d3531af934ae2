//! How is an organization doing, and what is wrong?
//!
//! Rows come in as they are, a report goes out. What is merely so (a calendar that was paused, or
//! that its provider never announces changes of) is counted; what somebody should look at is a
//! problem.

mod problem;

use jiff::{SignedDuration, Timestamp};

pub use problem::{Problem, ProblemKind};

use problem::problem_of;

use crate::inbox::Status;
use crate::push::Push;
use crate::subscription::State;
use crate::switches::Switches;
use crate::{CalendarId, ConnectionId, OrganizationId, SubscriptionId};

/// How long a read may be owed before that is a problem: longer than the delays that are meant, the
/// longest of which is the ten minutes after a read that is doubted.
pub const STALE: SignedDuration = SignedDuration::from_mins(30);

/// How many problems are listed. The counts are whole all the same.
pub const PROBLEMS: usize = 100;

/// A calendar, as far as health goes.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// Which.
    pub id: CalendarId,
    /// Whether it is read.
    pub status: Status,
    /// How we learn of its changes.
    pub push: Push,
    /// Failed runs in a row.
    pub fails: u32,
    /// Whether it fails so often that somebody has to look.
    pub is_failing: bool,
    /// How old what we know of it is.
    pub freshness: Option<SignedDuration>,
    /// How often a change was found that its provider should have told of.
    pub missed_push: u64,
    /// Its live subscriptions.
    pub live: Vec<SubscriptionId>,
}

/// A connection, as far as health goes.
#[derive(Clone, Copy, Debug)]
pub struct Connection {
    /// Which.
    pub id: ConnectionId,
    /// Whether a person has to connect again.
    pub needs_its_owner: bool,
}

/// A subscription, as far as health goes.
#[derive(Clone, Copy, Debug)]
pub struct Subscription {
    /// Which.
    pub id: SubscriptionId,
    /// How far it got.
    pub state: State,
    /// When the provider forgets it.
    pub expires_at: Option<Timestamp>,
}

/// The whole of it, from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// There is nothing to do.
    Healthy,
    /// Somebody should look.
    Degraded,
    /// At least a tenth of the calendars that should be read are not.
    Unhealthy,
}

impl Verdict {
    /// The name towards readers.
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Healthy => "healthy",
            Verdict::Degraded => "degraded",
            Verdict::Unhealthy => "unhealthy",
        }
    }
}

/// How many calendars there are of each kind. One may be several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calendars {
    /// All, those that are not watched any more included.
    pub total: u64,
    /// Those that are read.
    pub active: u64,
    /// Those that an operator paused.
    pub paused: u64,
    /// Those that wait for a grant.
    pub ungranted: u64,
    /// Those that are not watched any more.
    pub unwatched: u64,
    /// Active ones that are polled.
    pub polled: u64,
    /// Active ones whose push has not been shown to work.
    pub unproven: u64,
    /// Active ones whose push has stopped.
    pub lost: u64,
    /// Active ones that keep failing.
    pub failing: u64,
}

/// How many connections there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    /// All.
    pub total: u64,
    /// Those whose owner has to connect again.
    pub reauth_required: u64,
}

/// How many live subscriptions there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Subscriptions {
    /// Those that the provider honours.
    pub active: u64,
    /// Those that ended without being replaced.
    pub lapsed: u64,
    /// Those that end within a day.
    pub expiring_within_day: u64,
}

/// How an organization is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The whole of it.
    pub verdict: Verdict,
    /// Its calendars.
    pub calendars: Calendars,
    /// Its connections.
    pub connections: Connections,
    /// Its live subscriptions.
    pub subscriptions: Subscriptions,
    /// How old what we know of an active calendar is, at most.
    pub oldest: Option<SignedDuration>,
    /// The same for the middle one.
    pub median: Option<SignedDuration>,
    /// How often changes were found that a provider should have told of.
    pub missed_push: u64,
    /// What somebody should look at, the worst first.
    pub problems: Vec<Problem>,
}

/// What an organization is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// Its calendars.
    pub calendars: &'a [Calendar],
    /// Its connections.
    pub connections: &'a [Connection],
    /// Its subscriptions.
    pub subscriptions: &'a [Subscription],
    /// It, and the switches that count for it.
    pub switches: (OrganizationId, Switches),
}

/// Judges an organization by its rows.
pub fn judge(rows: &Rows<'_>, now: Timestamp) -> Report {
    let Rows {
        calendars,
        connections,
        subscriptions,
        switches: (organization, switches),
    } = *rows;
    let mut problems = Vec::new();
    if switches != Switches::default() {
        problems.push(Problem {
            kind: ProblemKind::SwitchedOff,
            id: organization.to_string(),
            detail:
                "something is switched off, and owed until it is on again: look at the switches"
                    .to_owned(),
        });
    }
    let mut ages = Vec::new();
    let mut counted = Calendars::default();
    let mut unread = 0_u64;
    for calendar in calendars {
        count(&mut counted, calendar);
        if calendar.status == Status::Active {
            ages.extend(calendar.freshness);
        }
        let problem = problem_of(calendar);
        unread += u64::from(problem.as_ref().is_some_and(|problem| match problem.kind {
            ProblemKind::CalendarFailing
            | ProblemKind::CalendarUngranted
            | ProblemKind::CalendarStale => true,
            ProblemKind::SwitchedOff
            | ProblemKind::ConnectionReauthRequired
            | ProblemKind::SubscriptionLapsed
            | ProblemKind::PushLost
            | ProblemKind::CalendarPolled => false,
        }));
        problems.extend(problem);
    }
    let connected = connections_of(connections, &mut problems);
    let subscribed = subscriptions_of(calendars, subscriptions, now, &mut problems);
    ages.sort();
    let should_be_read = counted.active + counted.ungranted;
    let verdict = if unread > 0 && unread * 10 >= should_be_read {
        Verdict::Unhealthy
    } else if problems.is_empty() {
        Verdict::Healthy
    } else {
        Verdict::Degraded
    };
    problems.sort_by(|one, other| (one.kind, &one.id).cmp(&(other.kind, &other.id)));
    problems.truncate(PROBLEMS);
    Report {
        verdict,
        calendars: counted,
        connections: connected,
        subscriptions: subscribed,
        oldest: ages.last().copied(),
        median: ages.get(ages.len() / 2).copied(),
        missed_push: calendars.iter().map(|calendar| calendar.missed_push).sum(),
        problems,
    }
}

fn count(counted: &mut Calendars, calendar: &Calendar) {
    counted.total += 1;
    match calendar.status {
        Status::Active => {
            counted.active += 1;
            counted.failing += u64::from(calendar.is_failing);
            match calendar.push {
                Push::Off(_) => counted.polled += 1,
                Push::None | Push::Unproven(_) => counted.unproven += 1,
                Push::Doubted(_) => counted.lost += 1,
                Push::On => {}
            }
        }
        Status::Paused => counted.paused += 1,
        Status::Ungranted => counted.ungranted += 1,
        Status::Unwatched | Status::Erasing => counted.unwatched += 1,
    }
}

fn connections_of(connections: &[Connection], problems: &mut Vec<Problem>) -> Connections {
    let mut counted = Connections::default();
    for connection in connections {
        counted.total += 1;
        if connection.needs_its_owner {
            counted.reauth_required += 1;
            problems.push(Problem {
                kind: ProblemKind::ConnectionReauthRequired,
                id: connection.id.to_string(),
                detail: "the provider does not honour its grant any more: replace it".to_owned(),
            });
        }
    }
    counted
}

/// Only subscriptions that an active calendar listens to: the others may end as they like.
fn subscriptions_of(
    calendars: &[Calendar],
    subscriptions: &[Subscription],
    now: Timestamp,
    problems: &mut Vec<Problem>,
) -> Subscriptions {
    let mut counted = Subscriptions::default();
    let live: std::collections::BTreeSet<SubscriptionId> = calendars
        .iter()
        .filter(|calendar| calendar.status == Status::Active)
        .flat_map(|calendar| calendar.live.iter().copied())
        .collect();
    for subscription in subscriptions.iter().filter(|it| live.contains(&it.id)) {
        match subscription.state {
            State::Active | State::Retiring | State::Lapsed => {}
            State::Pending | State::Failed | State::Stopped => continue,
        }
        let has_lapsed = subscription.state == State::Lapsed;
        match subscription.expires_at {
            Some(end) if end <= now || has_lapsed => {
                counted.lapsed += 1;
                problems.push(Problem {
                    kind: ProblemKind::SubscriptionLapsed,
                    id: subscription.id.to_string(),
                    detail: "it ended without being replaced: refresh its calendar".to_owned(),
                });
            }
            Some(end) if end <= now + SignedDuration::from_hours(24) => {
                counted.active += 1;
                counted.expiring_within_day += 1;
            }
            Some(_) | None => counted.active += 1,
        }
    }
    counted
}

#[cfg(test)]
mod tests;
