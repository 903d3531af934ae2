//! Looking at subscriptions, replacing and ending them.

use std::collections::{BTreeMap, BTreeSet};

use aws::Page;
use domain::subscription::{Attention, State, Subscription};
use domain::token::Target;
use domain::{CalendarId, CalendarKey, Provider, SubscriptionId};
use jiff::Timestamp;

use super::calendars::key;
use super::{Action, Caller, Management, Refusal};
use crate::watch::Watched;

/// A subscription as people look at it.
#[derive(Clone, Debug)]
pub struct SeenSubscription {
    /// Which.
    pub id: SubscriptionId,
    /// Where.
    pub provider: Provider,
    /// Of which calendar.
    pub calendar: CalendarId,
    /// How far it got.
    pub state: State,
    /// When the provider forgets it.
    pub expires_at: Option<Timestamp>,
    /// What the provider said it needs.
    pub attention: Option<Attention>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// Whether its calendar listens to it.
    pub is_live: bool,
}

impl Management {
    /// The organization's subscriptions, those of one calendar if it is given.
    ///
    /// # Errors
    /// If a dependency failed.
    pub async fn list_subscriptions(
        &self,
        caller: &Caller,
        calendar: Option<CalendarId>,
        after: Option<SubscriptionId>,
        limit: u16,
    ) -> Result<Page<SeenSubscription, SubscriptionId>, Refusal> {
        let page = self
            .subscriptions
            .list(caller.organization, calendar, after, i32::from(limit))
            .await?;
        let calendars: BTreeSet<CalendarKey> = page
            .items
            .iter()
            .filter_map(|it| calendar_of(it).map(|calendar| key(caller, calendar)))
            .collect();
        let calendars: Vec<CalendarKey> = calendars.into_iter().collect();
        let mut live = BTreeMap::new();
        for calendar in self.calendars.read(&calendars).await? {
            live.insert(calendar.key.calendar, calendar.inbox.live);
        }
        let items = page.items.iter().filter_map(|it| {
            let listens = live.get(&calendar_of(it)?);
            seen(it, listens.is_some_and(|live| live.contains_key(&it.id)))
        });
        Ok(Page {
            items: items.collect(),
            next: page.next,
        })
    }

    /// One subscription.
    ///
    /// # Errors
    /// If a dependency failed, or there is no such subscription.
    pub async fn subscription(
        &self,
        caller: &Caller,
        id: SubscriptionId,
    ) -> Result<SeenSubscription, Refusal> {
        // Rows are found by the subscription alone, so whose it is has to be looked at.
        let found = self.subscriptions.get(id).await?;
        let found = found.filter(|it| it.organization == caller.organization);
        let found = found.ok_or(Refusal::NotFound)?;
        let calendar = calendar_of(&found).ok_or(Refusal::NotFound)?;
        let inbox = self.watcher.inboxes.get(key(caller, calendar)).await?;
        let is_live = inbox.is_some_and(|(inbox, _)| inbox.live.contains_key(&id));
        seen(&found, is_live).ok_or(Refusal::NotFound)
    }

    /// Subscribes to a calendar again.
    ///
    /// # Errors
    /// If a dependency failed, there is no such calendar, or it can not be subscribed to.
    pub async fn subscribe(
        &self,
        caller: &Caller,
        calendar: CalendarId,
    ) -> Result<SeenSubscription, Refusal> {
        let found = match self.whole_calendar(caller, calendar).await {
            Err(Refusal::NotFound) => {
                return Err(Refusal::Invalid {
                    field: "calendar",
                    message: "there is no such calendar".to_owned(),
                });
            }
            found => found?,
        };
        let watched = self.subscribe_again(found.key, &found.source).await?;
        tracing::info!(
            organization = %caller.organization,
            by = %caller.key,
            calendar = %calendar,
            "subscribed again",
        );
        match watched {
            Watched::Pushed(id) => self.subscription(caller, id).await,
            Watched::Polled(why) => Err(Refusal::Conflict(format!(
                "the calendar is polled: {}",
                why.name()
            ))),
        }
    }

    /// Does something to the calendar of a subscription.
    ///
    /// # Errors
    /// If a dependency failed, there is no such subscription, or its calendar does not allow it.
    pub async fn act_on_subscription(
        &self,
        caller: &Caller,
        id: SubscriptionId,
        action: Action,
    ) -> Result<SeenSubscription, Refusal> {
        let calendar = self.subscription(caller, id).await?.calendar;
        self.act(caller, calendar, action).await?;
        self.subscription(caller, id).await
    }

    /// Ends the watch of a subscription's calendar, and with it all its subscriptions.
    ///
    /// # Errors
    /// If a dependency failed, or there is no such subscription.
    pub async fn end_subscription(
        &self,
        caller: &Caller,
        id: SubscriptionId,
    ) -> Result<(), Refusal> {
        let calendar = self.subscription(caller, id).await?.calendar;
        self.unwatch(caller, calendar).await
    }
}

const fn calendar_of(found: &Subscription) -> Option<CalendarId> {
    match found.target {
        Target::Calendar(calendar) => Some(calendar),
        // Nothing watches lists of calendars.
        Target::CalendarList(_) => None,
    }
}

fn seen(found: &Subscription, is_live: bool) -> Option<SeenSubscription> {
    Some(SeenSubscription {
        id: found.id,
        provider: found.provider,
        calendar: calendar_of(found)?,
        state: found.state,
        expires_at: found.expires_at,
        attention: found.attention,
        created_at: found.created_at,
        is_live,
    })
}
