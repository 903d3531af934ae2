//! Change notifications and lifecycle notifications: what they look like, and what befalls them.

use http::Uri;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::faults::Fault;
use crate::microsoft::bundles::{Item, bundle};
use crate::microsoft::calendars::user_of;
use crate::microsoft::render::change_key;
use crate::microsoft::subscriptions::{Subscription, written};
use crate::state::State;
use crate::world::WorldError;

/// `changeType`.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    Created,
    Updated,
    Deleted,
}

impl Change {
    fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
        }
    }
}

/// `lifecycleEvent`.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum LifecycleEvent {
    /// Some notifications were lost.
    Missed,
    /// Graph has removed the subscription.
    SubscriptionRemoved,
    /// The access token behind it, or the subscription itself, is about to end.
    ReauthorizationRequired,
    /// A kind that nobody has heard of yet.
    Unknown,
}

impl LifecycleEvent {
    fn as_str(self) -> &'static str {
        match self {
            Self::Missed => "missed",
            Self::SubscriptionRemoved => "subscriptionRemoved",
            Self::ReauthorizationRequired => "reauthorizationRequired",
            Self::Unknown => "unknownFutureValue",
        }
    }
}

/// What a delivery fault does to a notification.
enum Mishap {
    Dropped,
    Repeated,
    Delayed(SignedDuration),
    Reordered,
}

impl State {
    /// Tells every live subscription to a calendar that one of its events changed.
    pub(crate) fn announce_event(&mut self, address: &str, id: &str, change: Change) {
        let now = self.time.now();
        let all = self.microsoft.subscriptions.all();
        let concerned: Vec<(String, bool)> = all
            .filter(|one| one.calendar == address && one.changes.contains(&change))
            .filter(|one| !one.silenced && now < one.expiration)
            .map(|one| (one.id.clone(), one.removed))
            .collect();
        for (subscription, removed) in concerned {
            if removed && !self.strikes(Some(address), &Fault::DeliverAfterStop) {
                continue;
            }
            if let Ok(item) = notification(self, &subscription, id, change) {
                send(self, item);
            }
        }
    }

    /// Sends a lifecycle notification, if the subscription has an address for it.
    pub(crate) fn tell_lifecycle(
        &mut self,
        subscription: &str,
        event: LifecycleEvent,
        due: Timestamp,
    ) -> Result<(), WorldError> {
        let known = self.microsoft.subscriptions.get(subscription)?;
        if let Some(url) = known.lifecycle_url.clone() {
            let mut value = json!({
                "subscriptionId": known.id,
                "subscriptionExpirationDateTime": written(known.expiration),
                "tenantId": known.tenant,
                "lifecycleEvent": event.as_str(),
            });
            if let Some(client_state) = &known.client_state {
                value["clientState"] = json!(client_state);
            }
            let item = Item {
                due,
                url,
                subscription: subscription.to_owned(),
                calendar: known.calendar.clone(),
                is_lifecycle: true,
                is_alone: false,
                value,
            };
            self.microsoft.pending.push(item);
        }
        match event {
            LifecycleEvent::SubscriptionRemoved => self.remove_subscription(subscription),
            LifecycleEvent::Missed
            | LifecycleEvent::ReauthorizationRequired
            | LifecycleEvent::Unknown => Ok(()),
        }
    }

    /// Tells subscriptions that notifications were lost.
    pub(crate) fn tell_missed(&mut self, subscriptions: &[String], due: Timestamp) {
        let now = self.time.now();
        for id in subscriptions {
            let known = self.microsoft.subscriptions.get(id);
            let waits =
                |item: &Item| item.is_lifecycle && item.subscription == *id && item.due >= due;
            let is_told = self.microsoft.pending.iter().any(waits);
            if known.is_ok_and(|one| one.exists(now)) && !is_told {
                // It is known, so this cannot fail.
                self.tell_lifecycle(id, LifecycleEvent::Missed, due).ok();
            }
        }
    }

    /// Takes back what an ended subscription has not said yet.
    pub(crate) fn withdraw_notifications(&mut self, subscription: &str) {
        let (faults, random) = (&mut self.faults, &mut self.random);
        self.microsoft.pending.retain(|item| {
            let late = |fault: &Fault| (*fault == Fault::DeliverAfterStop).then_some(());
            item.subscription != subscription
                || item.is_lifecycle
                || faults.strike(random, Some(&item.calendar), late).is_some()
        });
    }
}

/// A notification that is right in everything but its secret. Returns its message's id.
pub(crate) fn forge(
    state: &mut State,
    subscription: &str,
    client_state: Option<&str>,
) -> Result<u64, WorldError> {
    let mut item = any(state, subscription)?;
    match client_state {
        Some(client_state) => item.value["clientState"] = json!(client_state),
        None => {
            if let Some(fields) = item.value.as_object_mut() {
                fields.remove("clientState");
            }
        }
    }
    Ok(post(state, item))
}

/// A notification through a subscription, alive or not. Returns its message's id.
pub(crate) fn force(state: &mut State, subscription: &str) -> Result<u64, WorldError> {
    let item = any(state, subscription)?;
    Ok(post(state, item))
}

fn post(state: &mut State, item: Item) -> u64 {
    let now = state.time.now();
    let delivery = bundle(&[item]);
    state.outbox.post(delivery, now, None)
}

/// An update of the calendar's last event, or of one that nobody knows.
fn any(state: &mut State, subscription: &str) -> Result<Item, WorldError> {
    let known = state.microsoft.subscriptions.get(subscription)?;
    let calendar = state.microsoft.calendars.get(&known.calendar)?;
    let last = calendar.items.changes(0, calendar.items.head()).last();
    let id = last.map_or_else(|| "AAkAUnknown".to_owned(), |(id, _)| id.to_owned());
    notification(state, subscription, &id, Change::Updated)
}

fn notification(
    state: &mut State,
    subscription: &str,
    id: &str,
    change: Change,
) -> Result<Item, WorldError> {
    let due = state.time.now() + state.settings.delivery_latency;
    let own_id = match state.settings.graph.notification_ids {
        true => Some(format!("lsgTZMr9{}", state.random.token(5))),
        false => None,
    };
    let known = state.microsoft.subscriptions.get_mut(subscription)?;
    known.told += 1;
    let (known, told) = (known.clone(), known.told);
    let calendar = state.microsoft.calendars.get(&known.calendar)?;
    let changed = calendar.items.current(id).map_or(0, |one| one.changed);
    let key = change_key(id, changed);
    let resource = format!("Users/{}/Events/{id}", user_of(&known.calendar));
    let mut value = json!({
        "subscriptionId": known.id,
        "subscriptionExpirationDateTime": expiration(&known, told),
        "changeType": change.as_str(),
        "resource": resource,
        "resourceData": {
            "@odata.type": "#Microsoft.Graph.Event",
            "@odata.id": resource,
            "@odata.etag": format!("W/\"DwAAABYAAAD{}\"", &key[..25]),
            "id": id,
        },
        "tenantId": known.tenant,
    });
    if let Some(client_state) = &known.client_state {
        value["clientState"] = json!(client_state);
    }
    if let Some(own_id) = own_id {
        value["id"] = json!(own_id);
    }
    Ok(Item {
        due,
        url: known.notification_url,
        subscription: subscription.to_owned(),
        calendar: known.calendar,
        is_lifecycle: false,
        is_alone: false,
        value,
    })
}

/// In UTC mostly, and every third time on the clocks of India: both were seen.
fn expiration(subscription: &Subscription, told: u64) -> String {
    if !told.is_multiple_of(3) {
        let utc = subscription.expiration.strftime("%Y-%m-%dT%H:%M:%S+00:00");
        return utc.to_string();
    }
    let there = subscription.expiration + SignedDuration::from_mins(330);
    there.strftime("%Y-%m-%dT%H:%M:%S.%7f+05:30").to_string()
}

/// Puts a notification among those that wait, through whatever mishap is armed.
fn send(state: &mut State, mut item: Item) {
    let mishap = state.strike(Some(&item.calendar), |fault| match fault {
        Fault::DropDelivery => Some(Mishap::Dropped),
        Fault::RepeatDelivery => Some(Mishap::Repeated),
        Fault::DelayDelivery { seconds } => Some(Mishap::Delayed(SignedDuration::from_secs(
            (*seconds).into(),
        ))),
        Fault::ReorderDelivery => Some(Mishap::Reordered),
        _ => None,
    });
    let now = state.time.now();
    if let Some(until) = state.microsoft.health.drops_until(&item.url, now) {
        let subscriptions = [item.subscription.clone()];
        state.outbox.drop_silently(bundle(&[item]));
        state.tell_missed(&subscriptions, until);
        return;
    }
    item.due += state.microsoft.health.delay(&item.url, now);
    match mishap {
        None => state.microsoft.pending.push(item),
        Some(Mishap::Dropped) => state.outbox.drop_silently(bundle(&[item])),
        Some(Mishap::Repeated) => {
            let again = Item {
                is_alone: true,
                ..item.clone()
            };
            state.microsoft.pending.extend([item, again]);
        }
        Some(Mishap::Delayed(by)) => {
            item.due += by;
            state.microsoft.pending.push(item);
        }
        Some(Mishap::Reordered) => {
            let hold = i64::try_from(state.random.below(5_000)).unwrap_or(0) + 1;
            item.due += SignedDuration::from_millis(hold);
            state.microsoft.pending.push(item);
        }
    }
}

/// The host of an address, for its `Host` header.
pub(crate) fn host_of(url: &str) -> String {
    let uri = url.parse::<Uri>().ok();
    let authority = uri.as_ref().and_then(Uri::authority);
    authority.map(ToString::to_string).unwrap_or_default()
}

/// What an item says happened.
pub(crate) fn kind(value: &Value) -> &str {
    let kind = value.get("changeType").or(value.get("lifecycleEvent"));
    kind.and_then(Value::as_str).unwrap_or_default()
}
