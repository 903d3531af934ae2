//! Organizations, their keys and their connections.

use std::fmt;

use app::manage;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Moment, Provider, Scope, Switches};

/// The organization that the key belongs to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Organization {
    /// `org_…`
    pub id: String,
    /// What people call it.
    pub name: String,
    /// When it was created.
    pub created_at: Moment,
    /// What is switched off for it, by itself or everywhere.
    pub switches: Switches,
}

impl Organization {
    pub(crate) fn new(organization: manage::Organization, switches: Switches) -> Self {
        Self {
            id: organization.id.to_string(),
            name: organization.name,
            created_at: Moment(organization.created_at),
            switches,
        }
    }
}

/// A key, without what proves it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Key {
    /// `key_…`
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it allows.
    pub scope: Scope,
    /// When it was given.
    pub created_at: Moment,
}

impl From<manage::ApiKey> for Key {
    fn from(key: manage::ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name,
            scope: key.scope.into(),
            created_at: Moment(key.created_at),
        }
    }
}

/// A key that is wanted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NewKey {
    /// What people call it: 1 to 100 characters.
    pub name: String,
    /// What it allows.
    pub scope: Scope,
}

/// A key, and what proves it: shown this once.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct SecretKey {
    /// The key without it.
    #[serde(flatten)]
    pub public: Key,
    /// `cw_…`, what requests carry.
    pub key: String,
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({}, [redacted])", self.public.id)
    }
}

/// One grant at one provider, without the grant.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Connection {
    /// `con_…`
    pub id: String,
    /// Where.
    pub provider: Provider,
    /// Whether its grant works.
    pub state: ConnectionState,
    /// When it was connected.
    pub created_at: Moment,
    /// Whether calendars that waited for its grant are still being resumed.
    pub recovering: bool,
}

/// Whether a connection's grant works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// As far as calwatch knows.
    Active,
    /// The provider does not honour it any more: replace it.
    ReauthRequired,
}

impl From<manage::Connection> for Connection {
    fn from(connection: manage::Connection) -> Self {
        Self {
            id: connection.id.to_string(),
            provider: connection.provider.into(),
            state: match connection.state {
                manage::ConnectionState::Active => ConnectionState::Active,
                manage::ConnectionState::ReauthRequired => ConnectionState::ReauthRequired,
            },
            created_at: Moment(connection.created_at),
            recovering: connection.recovering_since.is_some(),
        }
    }
}

/// A connection whose grant was just given.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GivenConnection {
    /// The connection.
    #[serde(flatten)]
    pub connection: Connection,
    /// Whether the provider was asked what the grant is worth. If it did not answer, the first read
    /// tells.
    pub checked: bool,
}

impl From<manage::Connected> for GivenConnection {
    fn from(connected: manage::Connected) -> Self {
        Self {
            connection: connected.connection.into(),
            checked: connected.is_checked,
        }
    }
}

/// A connection that is wanted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NewConnection {
    /// Where.
    pub provider: Provider,
    /// What its user or administrator granted.
    pub grant: Grant,
}

/// A grant that replaces a connection's.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Given {
    /// What its user or administrator granted.
    pub grant: Grant,
}

/// What a user or an administrator granted. It is tried before it is accepted, kept encrypted, and
/// never shown again.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Grant {
    /// A Google user's consent.
    GoogleRefreshToken {
        /// What the consent was exchanged for.
        refresh_token: String,
    },
    /// A Google service account that acts for a user of its domain.
    GoogleServiceAccount {
        /// The account's own address.
        client_email: String,
        /// Which of its keys signs: `private_key_id` of the key file.
        key_id: String,
        /// That key, in PEM: `private_key` of the key file.
        private_key: String,
        /// The user it acts for.
        subject: String,
    },
    /// A Microsoft user's consent.
    MicrosoftRefreshToken {
        /// The user's tenant, or `common`.
        tenant: String,
        /// What the consent was exchanged for.
        refresh_token: String,
    },
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Grant([redacted])")
    }
}
