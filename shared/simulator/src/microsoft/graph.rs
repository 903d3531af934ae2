//! The handle to the simulated Graph: what the people of its tenants do.

use serde_json::Value;

use crate::google::calendars::CalendarOptions;
use crate::microsoft::assertions::{Certificate, certificate};
use crate::microsoft::mailboxes::Mailbox;
use crate::microsoft::notify::LifecycleEvent;
use crate::microsoft::{events, get, occurrences};
use crate::simulator::Simulator;

const HERE: &str = "a mailbox, calendar, event or subscription of this world";

/// Microsoft's side of a simulated world; clones are the same world. A calendar goes by its path:
/// `users/{oid}`, or `users/{oid}/calendars/{id}`.
#[derive(Clone, Debug)]
pub struct Graph(pub(crate) Simulator);

impl Graph {
    /// A mailbox with its default calendar, and a grant to the app of the settings. A second call for
    /// the same user issues another refresh token.
    pub fn add_mailbox(&self, user: &str) -> Mailbox {
        self.0.with(|state| state.add_mailbox(user, None))
    }

    /// Lets a refresh token that exists elsewhere stand for a user's grant.
    pub fn accept_refresh_token(&self, user: &str, token: &str) -> Mailbox {
        self.0.with(|state| state.add_mailbox(user, Some(token)))
    }

    /// A one-time code, as the consent screen hands it out for a user.
    ///
    /// # Panics
    /// If there is no such mailbox.
    pub fn authorization_code(&self, user_id: &str) -> String {
        self.0
            .with(|state| state.mailbox_code(user_id))
            .expect(HERE)
    }

    /// Adds a calendar to a mailbox; `watchable` says whether it can be subscribed to. Returns its path.
    ///
    /// # Panics
    /// If there is no such mailbox.
    pub fn add_calendar(
        &self,
        user_id: &str,
        calendar_id: &str,
        options: CalendarOptions,
    ) -> String {
        self.0
            .with(|state| {
                let mailbox = state.microsoft.mailboxes.get(user_id)?.clone();
                Ok::<_, crate::WorldError>(state.add_graph_calendar(
                    &mailbox,
                    Some(calendar_id),
                    options,
                ))
            })
            .expect(HERE)
    }

    /// Creates an event, or merges fields into it if `id` exists; null removes a field. Returns its id.
    ///
    /// # Panics
    /// If there is no such calendar, or the event makes no sense.
    pub fn put_event(&self, calendar: &str, event: Value) -> String {
        self.0
            .with(|state| events::put(state, calendar, event))
            .expect(HERE)
    }

    /// Deletes an event, or a whole series.
    ///
    /// # Panics
    /// If there is no such event.
    pub fn delete_event(&self, calendar: &str, id: &str) {
        self.0
            .with(|state| events::delete(state, calendar, id))
            .expect(HERE);
    }

    /// Cancels the occurrence that starts at `original_start` (RFC 3339, or a date). Returns its id.
    ///
    /// # Panics
    /// If there is no such occurrence.
    pub fn cancel_occurrence(&self, calendar: &str, id: &str, original_start: &str) -> String {
        self.0
            .with(|state| occurrences::cancel(state, calendar, id, original_start))
            .expect(HERE)
    }

    /// Moves the occurrence that starts at `original_start`. Returns its id, which it keeps.
    ///
    /// # Panics
    /// If there is no such occurrence.
    pub fn move_occurrence(
        &self,
        calendar: &str,
        id: &str,
        original_start: &str,
        start: &str,
        end: &str,
    ) -> String {
        let to = (start, end);
        self.0
            .with(|state| occurrences::reschedule(state, calendar, id, original_start, to))
            .expect(HERE)
    }

    /// Changes fields of the occurrence that starts at `original_start`. Returns its id.
    ///
    /// # Panics
    /// If there is no such occurrence.
    pub fn change_occurrence(
        &self,
        calendar: &str,
        id: &str,
        original_start: &str,
        fields: Value,
    ) -> String {
        self.0
            .with(|state| occurrences::change(state, calendar, id, original_start, fields))
            .expect(HERE)
    }

    /// Adds `count` events without a word to anyone, for large imports.
    ///
    /// # Panics
    /// If there is no such calendar.
    pub fn bulk(&self, calendar: &str, count: u32) {
        self.0
            .with(|state| events::bulk(state, calendar, count))
            .expect(HERE);
    }

    /// Changes one event `updates` times in a row, each time with its own notification; without an id,
    /// the first change creates it. Returns its id.
    ///
    /// # Panics
    /// If there is no such calendar.
    pub fn storm(&self, calendar: &str, id: Option<&str>, updates: u32) -> String {
        self.0
            .with(|state| events::storm(state, calendar, id, updates))
            .expect(HERE)
    }

    /// Every single event and every series of a calendar, whatever the window, as a read in UTC with
    /// text bodies returns them; series with `cancelledOccurrences` and `exceptionOccurrences`.
    ///
    /// # Panics
    /// If there is no such calendar.
    pub fn truth(&self, calendar: &str) -> Vec<Value> {
        get::truth(&self.0.state(), calendar).expect(HERE)
    }

    /// Ends every grant of a user, as an administrator would. Subscriptions stay.
    ///
    /// # Panics
    /// If there is no such mailbox.
    pub fn revoke(&self, user_id: &str) {
        self.0
            .with(|state| state.revoke_mailbox(user_id))
            .expect(HERE);
    }

    /// Removes a subscription without a word to anyone.
    ///
    /// # Panics
    /// If there is no such subscription.
    pub fn remove_subscription(&self, id: &str) {
        self.0
            .with(|state| state.remove_subscription(id))
            .expect(HERE);
    }

    /// Sends a lifecycle notification, if the subscription has an address for it; `SubscriptionRemoved`
    /// also removes it. Those that are due at once for one address leave in one message.
    ///
    /// # Panics
    /// If there is no such subscription.
    pub fn lifecycle(&self, subscription_id: &str, kind: LifecycleEvent) {
        self.0
            .with(|state| {
                let now = state.time.now();
                state.tell_lifecycle(subscription_id, kind, now)
            })
            .expect(HERE);
    }

    /// Lets a tenant's administrator consent to the app acting for itself.
    pub fn grant_tenant(&self, tenant_id: &str) {
        self.0.with(|state| state.grant_tenant(tenant_id));
    }

    /// The app registration's certificate, with its key.
    pub fn certificate(&self) -> Certificate {
        certificate()
    }
}
