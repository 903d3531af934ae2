//! Renewal: whatever subscription is due is looked after, most urgent first.
//!
//! | file | part |
//! |---|---|
//! | `mod.rs` | what is due, and in which order |
//! | `steps.rs` | one subscription: decide, then do |
//! | `reap.rs` | subscriptions of ours that nobody knows |

mod reap;
mod steps;

use std::collections::HashSet;
use std::sync::Mutex;

use aws::connections::Connections;
use domain::renew::{self, Due};
use domain::{ConnectionId, OrganizationId};
use futures::{StreamExt, future, stream};
use jiff::Timestamp;

use crate::watch::Watcher;
use crate::{Error, error_chain};

/// Looks after subscriptions.
#[derive(Clone, Debug)]
pub struct Renewer {
    /// What subscribes.
    pub watcher: Watcher,
    /// When a connection's subscriptions were last compared with the provider's.
    pub connections: Connections,
}

/// What one run of renewal did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Renewed {
    /// How many were due.
    pub due: u32,
    /// Subscriptions that live longer now.
    pub extended: u32,
    /// New subscriptions.
    pub created: u32,
    /// Subscriptions that were ended.
    pub ended: u32,
    /// Subscriptions of nobody that were ended.
    pub reaped: u32,
    /// Attempts that the provider refused; each is repeated.
    pub refused: u32,
    /// Subscriptions that could not be looked after; the next run tries again.
    pub failures: u32,
}

/// What became of one subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    Nothing,
    Extended,
    Created,
    Ended,
    Refused,
}

/// How many subscriptions one run looks after at once.
const AT_ONCE: usize = 16;

/// Connections whose provider asked for patience: nobody bothers it again in the same run.
type Patience = Mutex<HashSet<(OrganizationId, ConnectionId)>>;

impl Renewer {
    /// Looks after whatever is due, until `deadline`. One failure stops nothing.
    ///
    /// # Errors
    /// If the index could not be asked.
    pub async fn renew(&self, deadline: Timestamp) -> Result<Renewed, Error> {
        let mut renewed = Renewed::default();
        let mut due = self.due().await?;
        renew::order(&mut due);
        renewed.due = u32::try_from(due.len()).unwrap_or(u32::MAX);
        let patience = Patience::default();
        let patience = &patience;
        let mut work = stream::iter(due)
            .take_while(|_| future::ready(self.watcher.ambient.now() < deadline))
            .map(|due| async move { (due, self.look_after(due, patience).await) })
            .buffer_unordered(AT_ONCE);
        while let Some((due, result)) = work.next().await {
            match result {
                Ok((done, reaped)) => renewed.count(done, reaped),
                Err(error) => {
                    renewed.failures += 1;
                    tracing::error!(
                        subscription = %due.id,
                        error = error_chain(&error),
                        "could not look after a subscription; the next run tries again",
                    );
                }
            }
        }
        tracing::info!(
            due = renewed.due,
            extended = renewed.extended,
            created = renewed.created,
            ended = renewed.ended,
            reaped = renewed.reaped,
            refused = renewed.refused,
            failures = renewed.failures,
            "renewed",
        );
        Ok(renewed)
    }

    async fn due(&self) -> Result<Vec<Due>, Error> {
        let now = self.watcher.ambient.now();
        let mut all = Vec::new();
        for shard in 0..renew::SHARDS {
            all.extend(self.watcher.subscriptions.due(shard, now).await?);
        }
        Ok(all)
    }
}

impl Renewed {
    fn count(&mut self, done: Done, reaped: u32) {
        match done {
            Done::Nothing => {}
            Done::Extended => self.extended += 1,
            Done::Created => self.created += 1,
            Done::Ended => self.ended += 1,
            Done::Refused => self.refused += 1,
        }
        self.reaped += reaped;
    }
}
