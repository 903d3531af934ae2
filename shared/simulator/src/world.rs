//! Changing the world as its inhabitants would: accounts, calendars and events.

use serde_json::Value;

use crate::google::calendars::CalendarOptions;
use crate::google::grants::Account;
use crate::google::service_accounts::{Delegation, ServiceAccount};
use crate::google::{events, occurrences};
use crate::simulator::Simulator;

/// The world has no such thing, or will not take it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum WorldError {
    /// Something was named that does not exist.
    #[error("there is no {what} `{name}`")]
    Unknown {
        /// Its kind.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// An event, start or fault that makes no sense.
    #[error("that is not possible: {0}")]
    Impossible(String),
    /// A delivery target off this machine.
    #[error("`{0}` is not plain http to this machine")]
    NotLoopback(String),
}

impl WorldError {
    pub(crate) fn unknown(what: &'static str, name: &str) -> Self {
        let name = name.to_owned();
        Self::Unknown { what, name }
    }
}

impl Simulator {
    /// An account with its primary calendar, and a grant of the two smallest read-only scopes to the
    /// client of the settings. A second call for the same account issues another refresh token.
    pub fn add_account(&self, email: &str) -> Account {
        self.with(|state| state.add_account(email, None, None))
    }

    /// The same, with exactly these scopes.
    pub fn add_account_with_scopes(&self, email: &str, scopes: &[&str]) -> Account {
        self.with(|state| state.add_account(email, Some(scopes), None))
    }

    /// Lets a refresh token that exists elsewhere stand for an account's grant.
    pub fn accept_refresh_token(&self, email: &str, token: &str) -> Account {
        self.with(|state| state.add_account(email, None, Some(token)))
    }

    /// A one-time code, as the consent screen hands it out for an account.
    pub fn authorization_code(&self, email: &str) -> String {
        self.with(|state| state.authorization_code(email))
    }

    /// Ends every grant of an account, as its owner would. Channels go on until they expire.
    pub fn revoke(&self, email: &str) {
        self.with(|state| state.revoke(email));
    }

    /// A service account that may act for everyone, for any calendar scope, until [`Simulator::delegate`] says otherwise.
    pub fn add_service_account(&self) -> ServiceAccount {
        self.with(|state| state.add_service_account())
    }

    /// Replaces what a service account may do.
    ///
    /// # Errors
    /// If there is no such service account.
    pub fn delegate(&self, client_email: &str, delegation: Delegation) -> Result<(), WorldError> {
        self.with(|state| state.delegate(client_email, delegation))
    }

    /// Adds a calendar to an account. If it exists already, the account gets access to it as a reader.
    pub fn add_calendar(&self, email: &str, calendar: &str, options: CalendarOptions) {
        self.with(|state| state.add_calendar(email, calendar, options));
    }

    /// Creates an event, or merges fields into it if `id` exists; null removes a field. Returns its id.
    ///
    /// # Panics
    /// If there is no such calendar.
    pub fn put_event(&self, calendar: &str, event: Value) -> String {
        self.with(|state| events::put(state, calendar, event))
            .expect(HERE)
    }

    /// Deletes an event; a recurring one takes its exceptions along.
    ///
    /// # Panics
    /// If there is no such event.
    pub fn delete_event(&self, calendar: &str, id: &str) {
        self.with(|state| events::delete(state, calendar, id))
            .expect(HERE);
    }

    /// Cancels the occurrence that starts at `original_start` (RFC 3339, or a date). Returns its id.
    ///
    /// # Panics
    /// If there is no such event.
    pub fn cancel_occurrence(&self, calendar: &str, series: &str, original_start: &str) -> String {
        self.with(|state| occurrences::cancel(state, calendar, series, original_start))
            .expect(HERE)
    }

    /// Moves the occurrence that starts at `original_start`. Returns its id.
    ///
    /// # Panics
    /// If there is no such event.
    pub fn move_occurrence(
        &self,
        calendar: &str,
        series: &str,
        original_start: &str,
        (start, end): (&str, &str),
    ) -> String {
        let to = (start, end);
        self.with(|state| occurrences::reschedule(state, calendar, series, original_start, to))
            .expect(HERE)
    }

    /// Adds `count` events without a word to anyone, for large imports.
    ///
    /// # Panics
    /// If there is no such calendar.
    pub fn bulk_events(&self, calendar: &str, count: u32) {
        self.with(|state| events::bulk(state, calendar, count))
            .expect(HERE);
    }

    /// Changes one event `changes` times in a row, each time with its own message; without an id, the
    /// first change creates it. Returns its id.
    ///
    /// # Panics
    /// If there is no such calendar.
    pub fn storm(&self, calendar: &str, id: Option<&str>, changes: u32) -> String {
        self.with(|state| events::storm(state, calendar, id, changes))
            .expect(HERE)
    }

    /// Lets every sync token of a calendar answer 410.
    ///
    /// # Panics
    /// If there is no such calendar.
    pub fn expire_sync_tokens(&self, calendar: &str) {
        self.fault(crate::Fault::ExpireSyncTokens.on(calendar));
    }

    /// What a full `events.list` would return now, in one piece.
    ///
    /// # Panics
    /// If there is no such calendar.
    pub fn truth(&self, calendar: &str) -> Vec<Value> {
        let state = self.state();
        events::truth(&state, calendar).expect(HERE)
    }
}

const HERE: &str = "a calendar and event of this world";
