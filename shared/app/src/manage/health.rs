//! How an organization is doing, from a bounded number of its rows.

use aws::connections::State;
use domain::health::{self, Report};
use jiff::Timestamp;

use super::calendars::seen;
use super::{Caller, Management, Refusal};

/// How many pages of each kind are read, of [`PAGE`] each: enough for most organizations, and few
/// enough for the time that an answer may take.
const PAGES: usize = 10;

/// How many rows a page has.
const PAGE: i32 = 200;

/// How an organization is doing.
#[derive(Clone, Debug)]
pub struct Checkup {
    /// What was found.
    pub report: Report,
    /// When it was looked at.
    pub checked_at: Timestamp,
    /// Whether everything was looked at.
    pub is_complete: bool,
}

impl Management {
    /// Looks at an organization's calendars, connections and subscriptions.
    ///
    /// # Errors
    /// If a dependency failed.
    pub async fn health(&self, caller: &Caller) -> Result<Checkup, Refusal> {
        let organization = caller.organization;
        let now = self.ambient.now();
        let switches = self.switches(caller).await?.effective();
        let mut is_complete = true;
        let mut calendars = Vec::new();
        let mut after = None;
        for page in 1..=PAGES {
            let found = self.calendars.list(organization, after, PAGE).await?;
            calendars.extend(found.items.into_iter().map(|it| {
                let calendar = seen(it, now);
                health::Calendar {
                    id: calendar.id,
                    status: calendar.status,
                    push: calendar.push,
                    fails: calendar.fails,
                    is_failing: calendar.is_failing,
                    freshness: calendar.freshness,
                    missed_push: calendar.missed_push,
                    live: calendar.live,
                }
            }));
            after = found.next;
            if after.is_none() {
                break;
            }
            is_complete &= page < PAGES;
        }
        let mut connections = Vec::new();
        let mut after = None;
        for page in 1..=PAGES {
            let found = self.connections.list(organization, after, PAGE).await?;
            connections.extend(found.items.iter().map(|it| health::Connection {
                id: it.id,
                needs_its_owner: match it.state {
                    State::ReauthRequired => true,
                    State::Active => false,
                },
            }));
            after = found.next;
            if after.is_none() {
                break;
            }
            is_complete &= page < PAGES;
        }
        let mut subscriptions = Vec::new();
        let mut after = None;
        for page in 1..=PAGES {
            let found = self
                .subscriptions
                .list(organization, None, after, PAGE)
                .await?;
            subscriptions.extend(found.items.iter().map(|it| health::Subscription {
                id: it.id,
                state: it.state,
                expires_at: it.expires_at,
            }));
            after = found.next;
            if after.is_none() {
                break;
            }
            is_complete &= page < PAGES;
        }
        Ok(Checkup {
            report: health::judge(
                &health::Rows {
                    calendars: &calendars,
                    connections: &connections,
                    subscriptions: &subscriptions,
                    switches: (organization, switches),
                },
                now,
            ),
            checked_at: now,
            is_complete,
        })
    }
}
