//! Stopping a subscription that nobody wants any more.

use aws::subscriptions::Subscriptions;
use domain::SubscriptionId;
use domain::subscription::State;
use domain::token::Target;
use providers::Client;

use crate::Error;
use crate::grants::{Access, Grants};
use aws::inbox::Inboxes;

/// Stops subscriptions at their providers.
#[derive(Clone, Debug)]
pub struct Stopper {
    /// Which subscriptions there are.
    pub subscriptions: Subscriptions,
    /// Which of them are live.
    pub inboxes: Inboxes,
    /// Access to the providers.
    pub grants: Grants,
    /// The providers.
    pub client: Client,
}

impl Stopper {
    /// Stops a subscription, unless it is live after all. `false` if there is nothing to stop or
    /// no way to stop it; it then ends by itself.
    ///
    /// # Errors
    /// If a dependency failed.
    pub async fn stop(&self, id: SubscriptionId) -> Result<bool, Error> {
        let Some(subscription) = self.subscriptions.get(id).await? else {
            return Ok(false);
        };
        let Target::Calendar(calendar) = subscription.target else {
            return Ok(false);
        };
        let key = domain::CalendarKey {
            organization: subscription.organization,
            calendar,
        };
        let Some((inbox, source)) = self.inboxes.get(key).await? else {
            return Ok(false);
        };
        // The message that asked may be older than a decision to keep the subscription.
        if inbox.live.contains_key(&id) {
            return Ok(false);
        }
        let Some(provider_id) = &subscription.provider_id else {
            return Ok(false);
        };
        let access = self
            .grants
            .access(key.organization, source.connection, source.provider)
            .await?;
        let Access::Token(token) = access else {
            return Ok(false);
        };
        self.client
            .stop(subscription.provider, &token, id, provider_id)
            .await?;
        match subscription.state {
            State::Active | State::Retiring | State::Stopped => {
                self.subscriptions
                    .become_state(id, State::Stopped, None, None)
                    .await?;
            }
            // Its row may stand for a calendar without push, and says when that is tried again.
            State::Pending | State::Failed | State::Lapsed => {}
        }
        tracing::info!(subscription = %id, "stopped a subscription");
        Ok(true)
    }
}
