//! Whose subscription is in the way of a new one?
//!
//! Microsoft lets an application subscribe once to a calendar, whoever it does so for. What is in
//! the way may be a leftover of our own, of which we never heard, or somebody else's: another
//! organization that connected the same mailbox, or another deployment of the same application.

use domain::callback::Callback;
use domain::subscription::{self, InTheWay};
use domain::token::Target;
use domain::{CalendarKey, SubscriptionId};
use providers::{Place, ReadError};

use super::Watcher;
use crate::Error;

impl Watcher {
    /// Looks at the subscription that the provider calls `provider_id`, and ends it if it is a
    /// leftover.
    ///
    /// # Errors
    /// If a dependency of ours failed; the inner one is the provider's.
    pub(super) async fn make_way(
        &self,
        key: CalendarKey,
        place: &Place<'_>,
        provider_id: &str,
    ) -> Result<Result<InTheWay, ReadError>, Error> {
        let asked = self
            .client
            .address_of(place.provider, place.access, provider_id)
            .await;
        let address = match asked {
            Ok(Some(address)) => address,
            // It ended meanwhile.
            Ok(None) => return Ok(Ok(InTheWay::Leftover)),
            // We may not see it, so it is not ours.
            Err(ReadError::Refused { .. }) => return Ok(Ok(InTheWay::SomebodyElses)),
            Err(error) => return Ok(Err(error)),
        };
        let callback = Callback::read(&self.webhook_domain, &address)
            .filter(|callback| callback.organization == key.organization);
        let Some(subscription) = callback.and_then(|callback| callback.subscription) else {
            return Ok(Ok(InTheWay::SomebodyElses));
        };
        let whose = self.whose(key, subscription).await?;
        if whose != InTheWay::Leftover {
            return Ok(Ok(whose));
        }
        let stopped = self
            .client
            .stop(place.provider, place.access, subscription, provider_id)
            .await;
        Ok(stopped.map(|()| InTheWay::Leftover))
    }

    /// Whose one of the organization's own subscriptions is.
    pub(crate) async fn whose(
        &self,
        key: CalendarKey,
        id: SubscriptionId,
    ) -> Result<InTheWay, Error> {
        let now = self.ambient.now();
        // Rows are written before the provider is asked, so one without a row is nobody's. The
        // table may have been restored to a moment before, though, and somebody still be busy.
        let Some(row) = self.subscriptions.get(id).await? else {
            return Ok(subscription::without_row(id, now));
        };
        let Target::Calendar(calendar) = row.target else {
            return Ok(InTheWay::SomebodyElses);
        };
        let watched = CalendarKey { calendar, ..key };
        let inbox = self.inboxes.get(watched).await?;
        let is_live = inbox.is_some_and(|(inbox, _)| inbox.live.contains_key(&id));
        Ok(subscription::in_the_way(&row, is_live, key.calendar, now))
    }
}
