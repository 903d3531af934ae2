//! Subscriptions of ours at a provider that nobody here knows any more.
//!
//! Microsoft lists them, so once a day and connection the list is compared with ours. Only what is
//! certainly a leftover of this organization in this deployment is ended; Google lists nothing, and
//! its leftovers are stopped when they speak.

use domain::callback::Callback;
use domain::inbox::Source;
use domain::subscription::InTheWay;
use domain::{CalendarKey, Provider};
use jiff::SignedDuration;
use providers::grant::AccessToken;

use super::Renewer;
use crate::{Error, error_chain};

/// How often a connection's list is looked at.
const EVERY: SignedDuration = SignedDuration::from_hours(24);

impl Renewer {
    /// Compares the list of a connection that was just used, if that was not done today. Answers
    /// with how many leftovers were ended.
    pub(super) async fn reap(
        &self,
        key: CalendarKey,
        source: &Source,
        access: &AccessToken,
    ) -> Result<u32, Error> {
        match source.provider {
            Provider::Google => return Ok(0),
            Provider::Microsoft => {}
        }
        let watcher = &self.watcher;
        let now = watcher.ambient.now();
        let is_due = self
            .connections
            .note_reaping(key.organization, source.connection, EVERY, now)
            .await?;
        if !is_due {
            return Ok(0);
        }
        let standing = match watcher.client.subscriptions(source.provider, access).await {
            Ok(standing) => standing,
            // Tomorrow is soon enough.
            Err(error) => {
                tracing::warn!(
                    connection = %source.connection,
                    error = error_chain(&error),
                    "could not list subscriptions at a provider",
                );
                return Ok(0);
            }
        };
        let mut reaped = 0;
        for one in standing {
            // Another deployment's, or another organization's: theirs to look after.
            let callback = Callback::read(&watcher.webhook_domain, &one.address)
                .filter(|callback| callback.organization == key.organization);
            let Some(subscription) = callback.and_then(|callback| callback.subscription) else {
                continue;
            };
            match watcher.whose(key, subscription).await? {
                InTheWay::Leftover => {}
                InTheWay::Ours(_) | InTheWay::SomebodyElses => continue,
            }
            let stopped = watcher
                .client
                .stop(source.provider, access, subscription, &one.provider_id)
                .await;
            match stopped {
                Ok(()) => {
                    reaped += 1;
                    tracing::info!(%subscription, "ended a leftover");
                }
                Err(error) => tracing::warn!(
                    %subscription,
                    error = error_chain(&error),
                    "could not end a leftover",
                ),
            }
        }
        Ok(reaped)
    }
}
