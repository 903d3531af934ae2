//! Subscriptions: what is watched, for whom, until when.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::google::channels::ChannelView;
use crate::microsoft::mailboxes::Caller;
use crate::microsoft::notify::Change;
use crate::random::derived;
use crate::state::State;
use crate::world::WorldError;

/// A subscription, alive or not.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    /// As it was asked for.
    pub(crate) resource: String,
    pub(crate) calendar: String,
    /// As it was asked for.
    pub(crate) change_type: String,
    pub(crate) changes: Vec<Change>,
    pub(crate) notification_url: String,
    pub(crate) lifecycle_url: Option<String>,
    pub(crate) client_state: Option<String>,
    pub(crate) tls_version: String,
    pub(crate) expiration: Timestamp,
    /// Who created it, with the end of the access token that was used last.
    pub(crate) caller: Caller,
    /// The tenant of the mailbox.
    pub(crate) tenant: String,
    pub(crate) patched: Option<Timestamp>,
    pub(crate) reauthorized: Option<Timestamp>,
    /// Notifications so far.
    pub(crate) told: u64,
    pub(crate) removed: bool,
    pub(crate) silenced: bool,
}

impl Subscription {
    /// Whether it can still be asked for.
    pub(crate) fn exists(&self, now: Timestamp) -> bool {
        !self.removed && now < self.expiration
    }

    /// A delegated caller sees its user's subscriptions, an app those it made in the tenant.
    pub(crate) fn is_of(&self, caller: &Caller) -> bool {
        self.caller.user == caller.user && self.caller.tenant == caller.tenant
    }

    /// As Graph writes it; everywhere but in the answer to its creator, the secret is hidden.
    pub(crate) fn described(&self, state: &State, shows_secret: ShowsSecret) -> Value {
        let app = &state.settings.graph.client_id;
        let principal = || crate::microsoft::mailboxes::guid(&mut derived(0, app));
        let secret = match shows_secret {
            ShowsSecret::Yes => self.client_state.as_deref(),
            ShowsSecret::No => None,
        };
        json!({
            "id": self.id,
            "resource": self.resource,
            "applicationId": app,
            "changeType": self.change_type,
            "clientState": secret,
            "notificationUrl": self.notification_url,
            "notificationQueryOptions": null,
            "lifecycleNotificationUrl": self.lifecycle_url,
            "expirationDateTime": written(self.expiration),
            "creatorId": self.caller.user.clone().unwrap_or_else(principal),
            "includeResourceData": null,
            "latestSupportedTlsVersion": self.tls_version,
            "encryptionCertificate": null,
            "encryptionCertificateId": null,
            "notificationUrlAppId": null,
        })
    }
}

/// Whether an answer contains `clientState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShowsSecret {
    Yes,
    No,
}

/// A subscription's end, without a fraction if it has none.
pub(crate) fn written(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.fZ").to_string()
}

/// All subscriptions that were ever created.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Subscriptions {
    by_id: BTreeMap<String, Subscription>,
    /// Ids in the order of creation, for lists.
    order: Vec<String>,
}

impl Subscriptions {
    pub(crate) fn insert(&mut self, subscription: Subscription) {
        self.order.push(subscription.id.clone());
        self.by_id.insert(subscription.id.clone(), subscription);
    }

    pub(crate) fn get(&self, id: &str) -> Result<&Subscription, WorldError> {
        self.by_id
            .get(id)
            .ok_or_else(|| WorldError::unknown("channel", id))
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Result<&mut Subscription, WorldError> {
        self.by_id
            .get_mut(id)
            .ok_or_else(|| WorldError::unknown("channel", id))
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Subscription> {
        self.order.iter().filter_map(|id| self.by_id.get(id))
    }
}

impl State {
    /// Ends a subscription; what it has not said yet stays unsaid.
    pub(crate) fn remove_subscription(&mut self, id: &str) -> Result<(), WorldError> {
        self.microsoft.subscriptions.get_mut(id)?.removed = true;
        self.withdraw_notifications(id);
        Ok(())
    }

    /// The access tokens behind a user's subscriptions have ended.
    pub(crate) fn let_subscriptions_go_stale(&mut self, user: &str) {
        let now = self.time.now();
        for subscription in self.microsoft.subscriptions.by_id.values_mut() {
            if subscription.caller.user.as_deref() == Some(user) {
                subscription.caller.expires = subscription.caller.expires.min(now);
            }
        }
    }
}

/// All subscriptions, shown as channels.
pub(crate) fn views(state: &State) -> Vec<ChannelView> {
    let now = state.time.now();
    let email = |user: &str| {
        let mailbox = state.microsoft.mailboxes.get(user);
        mailbox.map_or_else(|_| user.to_owned(), |mailbox| mailbox.email.clone())
    };
    let all = state.microsoft.subscriptions.all();
    all.map(|one| ChannelView {
        id: one.id.clone(),
        calendar: Some(one.calendar.clone()),
        resource_id: one.resource.clone(),
        address: one.notification_url.clone(),
        lifecycle_address: one.lifecycle_url.clone(),
        token: one.client_state.clone(),
        expiration: one.expiration,
        email: one.caller.user.as_deref().map(email).unwrap_or_default(),
        last_number: one.told,
        stopped: one.removed,
        silenced: one.silenced,
        live: one.exists(now) && !one.silenced,
    })
    .collect()
}
