//! Whose subscription is in the way of a new one?
//!
//! Microsoft lets an application subscribe once to a calendar, whoever it does so for. What is in
//! the way may be a leftover of our own, of which we never heard, or somebody else's: another
//! organization that connected the same mailbox, or another deployment of the same application.

use domain::CalendarKey;
use domain::callback::Callback;
use domain::subscription::{self, InTheWay};
use domain::token::Target;
use providers::grant::AccessToken;

use super::Watcher;
use crate::Error;

impl Watcher {
    /// Looks at the subscription that the provider calls `provider_id`.
    ///
    /// # Errors
    /// If a dependency failed.
    pub(super) async fn in_the_way(
        &self,
        key: CalendarKey,
        provider: domain::Provider,
        access: &AccessToken,
        provider_id: &str,
    ) -> Result<InTheWay, Error> {
        let address = self
            .client
            .address_of(provider, access, provider_id)
            .await?;
        let Some(address) = address else {
            // It ended meanwhile.
            return Ok(InTheWay::Leftover);
        };
        let callback = Callback::read(&self.webhook_domain, &address)
            .filter(|callback| callback.organization == key.organization);
        let Some(id) = callback.and_then(|callback| callback.subscription) else {
            return Ok(InTheWay::SomebodyElses);
        };
        // Rows are written before the provider is asked, so one without a row is nobody's.
        let Some(row) = self.subscriptions.get(id).await? else {
            return Ok(InTheWay::Leftover);
        };
        let Target::Calendar(calendar) = row.target else {
            return Ok(InTheWay::SomebodyElses);
        };
        let watched = CalendarKey { calendar, ..key };
        let inbox = self.inboxes.get(watched).await?;
        let is_live = inbox.is_some_and(|(inbox, _)| inbox.live.contains_key(&id));
        let now = self.ambient.now();
        Ok(subscription::in_the_way(&row, is_live, key.calendar, now))
    }
}
