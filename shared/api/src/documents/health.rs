//! How an organization is doing.

use app::manage;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{HealthStatus, Moment, ProblemKind};

/// How an organization is doing.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// The whole of it. Unhealthy: at least a tenth of the calendars that should be read are not.
    pub status: HealthStatus,
    /// When it was looked at.
    pub checked_at: Moment,
    /// Whether everything was looked at; an organization with more than 2,000 calendars has more
    /// than one answer may take.
    pub complete: bool,
    /// Its calendars.
    pub calendars: CalendarCounts,
    /// Its connections.
    pub connections: ConnectionCounts,
    /// The subscriptions that its calendars listen to.
    pub subscriptions: SubscriptionCounts,
    /// How old what calwatch knows of its active calendars is.
    pub freshness_seconds: Freshness,
    /// How often changes were found that a provider should have told of.
    pub missed_push: u64,
    /// What somebody should look at, the worst first, a hundred at most.
    pub problems: Vec<HealthProblem>,
}

/// How many calendars there are of each kind; one may be several.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct CalendarCounts {
    /// All.
    pub total: u64,
    /// Those that are read.
    pub active: u64,
    /// Those that were paused.
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
    /// Active ones whose reads keep failing.
    pub failing: u64,
}

/// How many connections there are.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConnectionCounts {
    /// All.
    pub total: u64,
    /// Those whose owner has to connect again.
    pub reauth_required: u64,
}

/// How many subscriptions there are that active calendars listen to.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct SubscriptionCounts {
    /// Those that the provider honours.
    pub active: u64,
    /// Those that ended without being replaced.
    pub lapsed: u64,
    /// Those that end within a day.
    pub expiring_within_day: u64,
}

/// How old what calwatch knows is.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct Freshness {
    /// At most; null if nothing was ever read.
    pub max: Option<u64>,
    /// For the calendar in the middle.
    pub p50: Option<u64>,
}

/// Something that somebody should look at.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HealthProblem {
    /// What kind.
    pub kind: ProblemKind,
    /// Of what.
    pub id: String,
    /// What to do.
    pub detail: String,
}

impl From<manage::Checkup> for Health {
    fn from(checkup: manage::Checkup) -> Self {
        let report = checkup.report;
        Self {
            status: report.verdict.into(),
            checked_at: Moment(checkup.checked_at),
            complete: checkup.is_complete,
            calendars: CalendarCounts {
                total: report.calendars.total,
                active: report.calendars.active,
                paused: report.calendars.paused,
                ungranted: report.calendars.ungranted,
                unwatched: report.calendars.unwatched,
                polled: report.calendars.polled,
                unproven: report.calendars.unproven,
                lost: report.calendars.lost,
                failing: report.calendars.failing,
            },
            connections: ConnectionCounts {
                total: report.connections.total,
                reauth_required: report.connections.reauth_required,
            },
            subscriptions: SubscriptionCounts {
                active: report.subscriptions.active,
                lapsed: report.subscriptions.lapsed,
                expiring_within_day: report.subscriptions.expiring_within_day,
            },
            freshness_seconds: Freshness {
                max: seconds(report.oldest),
                p50: seconds(report.median),
            },
            missed_push: report.missed_push,
            problems: report
                .problems
                .into_iter()
                .map(|problem| HealthProblem {
                    kind: problem.kind.into(),
                    id: problem.id,
                    detail: problem.detail,
                })
                .collect(),
        }
    }
}

fn seconds(age: Option<SignedDuration>) -> Option<u64> {
    age.map(|age| age.as_secs().try_into().unwrap_or_default())
}
