//! Mailboxes, the tenants they belong to, and the tokens that open them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::google::calendars::CalendarOptions;
use crate::random::{Random, derived};
use crate::state::State;
use crate::world::WorldError;

/// A mailbox with its user's grant to the app of the settings.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Mailbox {
    /// The user's object id.
    pub user_id: String,
    /// The tenant the user belongs to.
    pub tenant_id: String,
    /// The grant.
    pub refresh_token: String,
    /// The app it was given to.
    pub client_id: String,
    /// That app's secret.
    pub client_secret: String,
}

/// What is known of a mailbox for good.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct MailboxRecord {
    pub(crate) user_id: String,
    pub(crate) tenant_id: String,
    pub(crate) email: String,
}

impl MailboxRecord {
    /// `Amelia North`, from `amelia.north@contoso.example`.
    pub(crate) fn name(&self) -> String {
        let local = self.email.split('@').next().unwrap_or_default();
        let capital = |word: &str| {
            let mut letters = word.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<String>()
        };
        local.split('.').map(capital).collect::<Vec<_>>().join(" ")
    }
}

/// Whom an access token speaks for.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) tenant: String,
    /// The signed-in user; none for an app that acts for itself.
    pub(crate) user: Option<String>,
    pub(crate) expires: Timestamp,
}

#[derive(Debug, Deserialize, Serialize)]
struct RefreshToken {
    user: String,
    revoked: bool,
}

/// All mailboxes and grants of the world.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Mailboxes {
    by_user: BTreeMap<String, MailboxRecord>,
    refresh: BTreeMap<String, RefreshToken>,
    access: BTreeMap<String, Caller>,
    /// The user behind a code; none once it was used.
    codes: BTreeMap<String, Option<String>>,
    /// Tenants whose administrator consented to the app acting for itself.
    tenants: BTreeSet<String>,
    /// Assertions that were used, by their `jti`.
    assertions: BTreeSet<String>,
}

/// What a token that was shown turns out to be.
pub(crate) enum Grant {
    Live(String),
    Dead,
    Unknown,
}

impl Mailboxes {
    pub(crate) fn get(&self, user: &str) -> Result<&MailboxRecord, WorldError> {
        self.by_user
            .get(user)
            .ok_or_else(|| WorldError::unknown("mailbox", user))
    }

    /// Whom an access token speaks for, be it expired or not.
    pub(crate) fn caller(&self, token: &str) -> Option<&Caller> {
        self.access.get(token)
    }

    pub(crate) fn refresh_token(&self, token: &str) -> Grant {
        match self.refresh.get(token) {
            None => Grant::Unknown,
            Some(token) if token.revoked => Grant::Dead,
            Some(token) => Grant::Live(token.user.clone()),
        }
    }

    pub(crate) fn end_refresh_token(&mut self, token: &str) {
        if let Some(token) = self.refresh.get_mut(token) {
            token.revoked = true;
        }
    }

    /// The user behind a code, which works once.
    pub(crate) fn redeem(&mut self, code: &str) -> Grant {
        match self.codes.get_mut(code).map(Option::take) {
            None => Grant::Unknown,
            Some(None) => Grant::Dead,
            Some(Some(user)) => Grant::Live(user),
        }
    }

    /// Whether an administrator of this tenant consented.
    pub(crate) fn has_consent(&self, tenant: &str) -> bool {
        self.tenants.contains(tenant)
    }

    /// Remembers an assertion; false if it was used before.
    pub(crate) fn use_assertion(&mut self, id: &str) -> bool {
        self.assertions.insert(id.to_owned())
    }

    /// A tenant by its id or by the domain of one of its users.
    pub(crate) fn tenant(&self, name: &str) -> Option<String> {
        let is_it = |one: &&MailboxRecord| {
            one.tenant_id == name || one.email.split('@').nth(1) == Some(name)
        };
        let known = self.by_user.values().find(is_it);
        let known = known.map(|mailbox| mailbox.tenant_id.clone());
        known.or_else(|| self.tenants.get(name).cloned())
    }
}

impl State {
    pub(crate) fn add_mailbox(&mut self, email: &str, refresh_token: Option<&str>) -> Mailbox {
        let domain = email.split('@').nth(1).unwrap_or_default();
        let seed = self.settings.seed;
        let record = MailboxRecord {
            user_id: guid(&mut derived(seed, &format!("user {email}"))),
            tenant_id: guid(&mut derived(seed, &format!("tenant {domain}"))),
            email: email.to_owned(),
        };
        self.add_graph_calendar(&record, None, CalendarOptions::default());
        let token = match refresh_token {
            Some(token) => token.to_owned(),
            None => format!("1.AXEA{}", self.random.token(60)),
        };
        let refresh = RefreshToken {
            user: record.user_id.clone(),
            revoked: false,
        };
        let mailboxes = &mut self.microsoft.mailboxes;
        mailboxes.refresh.insert(token.clone(), refresh);
        let user_id = record.user_id.clone();
        let tenant_id = record.tenant_id.clone();
        mailboxes.by_user.insert(user_id.clone(), record);
        Mailbox {
            user_id,
            tenant_id,
            refresh_token: token,
            client_id: self.settings.graph.client_id.clone(),
            client_secret: self.settings.graph.client_secret.clone(),
        }
    }

    pub(crate) fn grant_tenant(&mut self, tenant: &str) {
        self.microsoft.mailboxes.tenants.insert(tenant.to_owned());
    }

    /// Ends every grant of a user, as an administrator would.
    pub(crate) fn revoke_mailbox(&mut self, user: &str) -> Result<(), WorldError> {
        let mailboxes = &mut self.microsoft.mailboxes;
        mailboxes.get(user)?;
        let of_user = mailboxes.refresh.values_mut();
        for token in of_user.filter(|token| token.user == user) {
            token.revoked = true;
        }
        mailboxes
            .access
            .retain(|_, caller| caller.user.as_deref() != Some(user));
        self.let_subscriptions_go_stale(user);
        Ok(())
    }

    pub(crate) fn mailbox_code(&mut self, user: &str) -> Result<String, WorldError> {
        self.microsoft.mailboxes.get(user)?;
        let code = format!("1.AXEA.code.{}", self.random.token(40));
        let codes = &mut self.microsoft.mailboxes.codes;
        codes.insert(code.clone(), Some(user.to_owned()));
        Ok(code)
    }

    /// Another refresh token of a user.
    pub(crate) fn another_refresh_token(&mut self, user: &str) -> String {
        let token = format!("1.AXEA{}", self.random.token(60));
        let refresh = RefreshToken {
            user: user.to_owned(),
            revoked: false,
        };
        let mailboxes = &mut self.microsoft.mailboxes;
        mailboxes.refresh.insert(token.clone(), refresh);
        token
    }

    /// An access token, for a user or for the app itself.
    pub(crate) fn graph_access(&mut self, tenant: &str, user: Option<&str>) -> String {
        let now = self.time.now();
        let life = SignedDuration::from_secs(self.settings.access_token_seconds);
        let token = format!("eyJ0eXAi.{}", self.random.token(60));
        let access = &mut self.microsoft.mailboxes.access;
        if access.len() > 1_000 {
            access.retain(|_, caller| now < caller.expires);
        }
        let caller = Caller {
            tenant: tenant.to_owned(),
            user: user.map(str::to_owned),
            expires: now + life,
        };
        access.insert(token.clone(), caller);
        token
    }
}

/// A GUID of version 4.
pub(crate) fn guid(random: &mut Random) -> String {
    let (high, low) = (random.next(), random.next());
    let high = (high & !0xf000) | 0x4000;
    let low = (low & !(0b11 << 62)) | (0b10 << 62);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}
