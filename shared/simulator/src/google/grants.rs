//! Accounts and what they granted: refresh tokens, access tokens, codes.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::google::access::{Caller, SCOPE};
use crate::google::calendars::CalendarOptions;
use crate::state::State;

/// Google silently ends the oldest grant of an account to a client beyond this many.
const LIVE_REFRESH_TOKENS: usize = 100;

/// The smallest pair that reads events and the calendar list.
const SMALLEST: [&str; 2] = ["calendar.events.readonly", "calendar.calendarlist.readonly"];

/// An account with a grant to an OAuth client.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Account {
    /// Its address, which is also the id of its primary calendar.
    pub email: String,
    /// The grant.
    pub refresh_token: String,
    /// The client it was given to.
    pub client_id: String,
    /// That client's secret.
    pub client_secret: String,
    /// What was granted.
    pub scopes: Vec<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct RefreshToken {
    email: String,
    client: String,
    scopes: Vec<String>,
    serial: u64,
    revoked: bool,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct AccessToken {
    caller: Caller,
    expires: Timestamp,
    /// The grant it came from, which takes it along when it ends.
    refresh_token: Option<String>,
}

/// All grants of the world.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Grants {
    serial: u64,
    refresh: BTreeMap<String, RefreshToken>,
    access: BTreeMap<String, AccessToken>,
    codes: BTreeMap<String, String>,
}

impl Grants {
    /// Whom a live access token speaks for.
    pub(crate) fn caller(&self, token: &str, now: Timestamp) -> Option<Caller> {
        let token = self.access.get(token).filter(|token| now < token.expires)?;
        Some(token.caller.clone())
    }

    /// Whether a refresh token is known, and whether it still works.
    pub(crate) fn is_live(&self, token: &str) -> Option<bool> {
        self.refresh.get(token).map(|token| !token.revoked)
    }

    pub(crate) fn scopes(&self, token: &str) -> Vec<String> {
        self.refresh
            .get(token)
            .map(|token| token.scopes.clone())
            .unwrap_or_default()
    }

    /// The account behind a code, which works once.
    pub(crate) fn redeem(&mut self, code: &str) -> Option<String> {
        self.codes.remove(code)
    }

    /// Ends a grant by one of its tokens; false if the token is unknown.
    pub(crate) fn revoke(&mut self, token: &str) -> bool {
        let grant = match self.access.get(token) {
            Some(access) => access.refresh_token.clone(),
            None => Some(token.to_owned()),
        };
        let was_access = self.access.remove(token).is_some();
        let Some(grant) = grant else {
            return was_access;
        };
        self.access
            .retain(|_, access| access.refresh_token.as_deref() != Some(&grant));
        match self.refresh.get_mut(&grant) {
            Some(refresh) => {
                refresh.revoked = true;
                true
            }
            None => was_access,
        }
    }

    fn remember(&mut self, token: &str, email: &str, client: &str, scopes: Vec<String>) {
        self.serial += 1;
        let refresh = RefreshToken {
            email: email.to_owned(),
            client: client.to_owned(),
            scopes,
            serial: self.serial,
            revoked: false,
        };
        self.refresh.insert(token.to_owned(), refresh);

        let same = |token: &&mut RefreshToken| token.email == email && token.client == client;
        let mut live: Vec<_> = self
            .refresh
            .values_mut()
            .filter(same)
            .filter(|token| !token.revoked)
            .collect();
        if live.len() > LIVE_REFRESH_TOKENS
            && let Some(oldest) = live.iter_mut().min_by_key(|token| token.serial)
        {
            oldest.revoked = true;
        }
    }
}

impl State {
    pub(crate) fn add_account(
        &mut self,
        email: &str,
        scopes: Option<&[&str]>,
        refresh_token: Option<&str>,
    ) -> Account {
        if !self.google.calendars.contains_key(email) {
            self.add_calendar(email, email, CalendarOptions::default());
        }
        let fresh = format!("1//0g{}", self.random.token(40));
        let token = refresh_token.map_or(fresh, str::to_owned);
        let client = self.settings.client_id.clone();
        let scopes = scopes
            .unwrap_or(&SMALLEST)
            .iter()
            .map(|scope| full_scope(scope))
            .collect::<Vec<_>>();
        self.google
            .grants
            .remember(&token, email, &client, scopes.clone());
        Account {
            email: email.to_owned(),
            refresh_token: token,
            client_id: client,
            client_secret: self.settings.client_secret.clone(),
            scopes,
        }
    }

    pub(crate) fn authorization_code(&mut self, email: &str) -> String {
        let code = format!("4/0A{}", self.random.token(40));
        self.google
            .grants
            .codes
            .insert(code.clone(), email.to_owned());
        code
    }

    pub(crate) fn revoke(&mut self, email: &str) {
        let grants = &mut self.google.grants;
        grants
            .access
            .retain(|_, access| access.caller.email != email);
        for token in grants
            .refresh
            .values_mut()
            .filter(|token| token.email == email)
        {
            token.revoked = true;
        }
    }

    /// An access token for a user's grant.
    pub(crate) fn access_for_refresh_token(&mut self, token: &str) -> Option<String> {
        let refresh = self.google.grants.refresh.get(token)?;
        let caller = Caller {
            email: refresh.email.clone(),
            client: refresh.client.clone(),
            is_service_account: false,
            scopes: refresh.scopes.clone(),
        };
        Some(self.access("ya29.a0", caller, Some(token.to_owned())))
    }

    pub(crate) fn access(
        &mut self,
        prefix: &str,
        caller: Caller,
        refresh_token: Option<String>,
    ) -> String {
        let now = self.time.now();
        let life = SignedDuration::from_secs(self.settings.access_token_seconds);
        let token = format!("{prefix}{}", self.random.token(60));
        let access = &mut self.google.grants.access;
        if access.len() > 1_000 {
            access.retain(|_, token| now < token.expires);
        }
        let expires = now + life;
        access.insert(
            token.clone(),
            AccessToken {
                caller,
                expires,
                refresh_token,
            },
        );
        token
    }
}

/// A scope in full, from its short name or itself.
pub(crate) fn full_scope(scope: &str) -> String {
    if scope.contains("://") {
        scope.to_owned()
    } else {
        format!("{SCOPE}{scope}")
    }
}
